"""The published schemas accept what authors write and refuse what would mislead a learner."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from gradeline.course_schema import SchemaName, parameter_problems, problems, schema
from gradeline.rubric import CATEGORIES, LEVELS, Document
from gradeline.source import Span

CRITERION: dict[str, Any] = {
    "id": "tests-block", "points": 100, "category": "stages", "check": "runs", "with": {"tool": "test"},
    "why": "Failing tests must fail the run.", "source": {"title": "GitHub Docs", "url": "https://docs.github.com/x"},
    "hints": ["Which command fails here?", "Read about exit codes.", "GitLab: script: pytest"],
}  # fmt: skip
GOOD: dict[SchemaName, dict[str, Any]] = {
    "exercise": {
        "id": "exercise-12", "slug": "gha-matrix-cache", "title": "Matrix", "topics": [7], "level": "core",
        "minutes": 60, "prerequisites": ["exercise-01"], "summary": "one line about it",
        "submit": [".github/workflows/*.yml", ".gitlab-ci.yml", "..weird"], "production": {"python": "3.12"},
    },
    "rubric": {"exercise": "exercise-12", "version": 1, "pass_mark": 70, "criteria": [CRITERION]},
    "expect": {"story": "Believed that a green run means tested.", "loses": {"tests-block": "unmet"}},
}  # fmt: skip


def broken(name: SchemaName, path: tuple[str | int, ...], value: object) -> tuple[str, ...]:
    data = deepcopy(GOOD[name])
    target: Any = data
    for part in path[:-1]:
        target = target[part]
    if value is None:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return problems(name, Document("file.yaml", data, {("criteria", 0): Span("file.yaml", 4)}))


@pytest.mark.parametrize("name", ["exercise", "rubric", "expect"])
def test_a_good_file_has_no_problems(name: SchemaName) -> None:
    assert problems(name, Document("file.yaml", GOOD[name])) == ()


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("exercise", ("submit", 0), "../x"), ("exercise", ("submit", 0), "/x"), ("exercise", ("submit", 0), "a\\b"),
        ("exercise", ("submit", 0), "a//b"), ("exercise", ("submit", 0), "a/."), ("exercise", ("submit",), []),
        ("exercise", ("extra",), 1), ("exercise", ("summary",), None), ("exercise", ("level",), "hard"),
        ("exercise", ("production",), {"python": {"of": 1}}), ("exercise", ("topics",), [0]),
        ("rubric", ("criteria", 0, "why"), None), ("rubric", ("criteria", 0, "source"), None),
        ("rubric", ("criteria", 0, "source", "url"), "http://x"), ("rubric", ("criteria", 0, "hints"), ["only one"]),
        ("rubric", ("criteria", 0, "check"), None), ("rubric", ("criteria", 0, "all"), [{"check": "dry"}]),
        ("rubric", ("criteria", 0, "points"), "10"), ("rubric", ("criteria", 0, "points"), float("nan")),
        ("rubric", ("criteria", 0, "points"), 1e308), ("rubric", ("criteria", 0, "points"), -5),
        ("rubric", ("criteria", 0, "code"), "import os"), ("rubric", ("criteria",), []),
        ("expect", ("loses",), {}), ("expect", ("loses", "tests-block"), "met"), ("expect", ("story",), None),
    ],
)  # fmt: skip
def test_a_bad_value_is_a_problem_that_names_the_file(
    name: SchemaName, path: tuple[str | int, ...], value: object
) -> None:
    found = broken(name, path, value)
    assert found
    assert all(one.startswith("file.yaml") for one in found)


def test_a_problem_names_line_and_value() -> None:
    assert broken("rubric", ("criteria", 0, "points"), "10") == (
        "file.yaml:4: criteria[0].points '10' is not of type 'integer'",
    )


def test_schemas_and_loader_know_the_same_words() -> None:
    assert tuple(schema("rubric")["$defs"]["criterion"]["properties"]["category"]["enum"]) == CATEGORIES
    assert tuple(schema("exercise")["properties"]["level"]["enum"]) == LEVELS


def test_parameters_are_judged_by_the_schema_of_the_check() -> None:
    accepted = {"type": "object", "additionalProperties": False, "properties": {"max": {"type": "integer"}}}
    assert parameter_problems({"max": 30}, accepted) == ()
    assert parameter_problems({"max": "30", "min": 1}, accepted) == (
        "Additional properties are not allowed ('min' was unexpected)",
        "max: '30' is not of type 'integer'",
    )
