"""A rubric is built strictly: every mistake of an author is named with file, line and value."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from gradeline.rubric import (
    AllOf,
    AnyOf,
    CheckUse,
    CourseError,
    Document,
    Source,
    build_rubric,
    evaluation_order,
    rules_in,
)
from gradeline.source import Span

RUBRIC: dict[str, Any] = {
    "exercise": "exercise-12",
    "version": 3,
    "pass_mark": 70,
    "criteria": [
        {
            "id": "tests-gate-build", "points": 60, "category": "gates", "check": "gates",
            "with": {"gate": "test", "target": "build"}, "half": {"check": "runs", "with": {"tool": "test"}},
            "critical": True, "why": "A package that was never tested must not exist.",
            "source": {"title": "GitHub Docs", "url": "https://docs.github.com/"}, "hints": ["a", "b", "c"],
        },
        {
            "id": "clean", "title": "Clean code", "points": 40, "category": "style", "needs": ["tests-gate-build"],
            "all": [{"check": "named"}, {"any": [{"check": "dry"}, {"check": "runs", "with": {"tool": "lint"}}]}],
        },
    ],
}  # fmt: skip


def changed(path: tuple[str | int, ...], value: object) -> Document:
    data = deepcopy(RUBRIC)
    target: Any = data
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value
    return Document("rubrics/exercise-12.yaml", data)


def problem(document: Document) -> str:
    with pytest.raises(CourseError) as caught:
        build_rubric(document)
    return str(caught.value)


def test_a_rubric_keeps_everything_that_was_written() -> None:
    rubric = build_rubric(Document("r", deepcopy(RUBRIC)))
    first, second = rubric.criteria
    assert (rubric.exercise, rubric.version, rubric.pass_mark) == ("exercise-12", 3, 70)
    assert first.rule == CheckUse("gates", {"gate": "test", "target": "build"})
    assert first.half == CheckUse("runs", {"tool": "test"})
    assert first.critical
    assert first.source == Source("GitHub Docs", "https://docs.github.com/")
    assert first.hints == ("a", "b", "c")
    assert second.needs == ("tests-gate-build",)
    assert second.rule == AllOf((CheckUse("named"), AnyOf((CheckUse("dry"), CheckUse("runs", {"tool": "lint"})))))


def test_a_title_is_made_of_the_id_when_there_is_none() -> None:
    rubric = build_rubric(Document("r", deepcopy(RUBRIC)))
    assert [one.title for one in rubric.criteria] == ["Tests gate build", "Clean code"]


def test_all_checks_of_a_rule_are_found() -> None:
    rubric = build_rubric(Document("r", deepcopy(RUBRIC)))
    assert [use.id for use in rules_in(rubric.criteria[1].rule)] == ["named", "dry", "runs"]


@pytest.mark.parametrize("points", [float("nan"), -5, 0, 1e308, "10", 10.5, True, None, 101])
def test_points_must_be_whole_numbers_that_are_written_as_numbers(points: object) -> None:
    message = problem(changed(("criteria", 0, "points"), points))
    assert "criteria[0].points" in message
    assert "whole number from 1 to 100" in message


def test_points_sum_to_one_hundred() -> None:
    assert "gives 99 points in all" in problem(changed(("criteria", 0, "points"), 59))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("criteria",), [], "is empty: an exercise without criteria cannot be graded"),
        (("criteria",), "x", "criteria must be a list"),
        (("exercise",), "../../etc", "must look like exercise-12"),
        (("exercise",), None, "exercise is missing"),
        (("pass_mark",), 0, "pass_mark is '0'"),
        (("version",), "1", "version is '1'"),
        (("criteria", 1, "id"), "tests-gate-build", "which another criterion has already"),
        (("criteria", 1, "id"), "Tests!", "must be words joined by '-'"),
        (("criteria", 1, "category"), "beauty", "must be one of stages, caching"),
        (("criteria", 1, "needs"), ["nobody"], "names 'nobody', which is no criterion"),
        (("criteria", 0, "needs"), ["clean"], "need each other in a circle: tests-gate-build, clean"),
        (("criteria", 0, "needs"), ["tests-gate-build"], "in a circle"),
        (("criteria", 0, "critical"), "yes", "must be true or false"),
        (("criteria", 0, "all"), [], "exactly one of check, all and any"),
        (("criteria", 1, "all"), [], "criteria[1].all is empty"),
        (("criteria", 0, "with"), [], "criteria[0].with must be a mapping"),
        (("criteria", 0, "hints"), [1], "criteria[0].hints[0] must be text"),
        (("criteria", 0), "x", "criteria[0] must be a mapping"),
        (("criteria", 0, "check"), "", "criteria[0].check must be text"),
    ],
)
def test_a_mistake_in_a_rubric_is_named(path: tuple[str | int, ...], value: object, said: str) -> None:
    assert said in problem(changed(path, value))


def test_rules_nest_only_so_deep() -> None:
    rule: dict[str, Any] = {"check": "dry"}
    for _ in range(6):
        rule = {"all": [rule]}
    document = changed(("criteria", 1, "all"), [rule])
    assert "deeper than 4 levels" in problem(document)


def test_an_error_names_the_line_of_the_nearest_value() -> None:
    document = changed(("criteria", 0, "points"), "10")
    located = Document(document.path, document.data, {("criteria", 0): Span(document.path, 5)})
    assert problem(located).startswith("rubrics/exercise-12.yaml:5: criteria[0].points is '10'")


def test_the_digest_changes_with_the_meaning_and_not_with_the_order_of_keys() -> None:
    digest = build_rubric(Document("r", deepcopy(RUBRIC))).digest
    shuffled = {key: RUBRIC[key] for key in reversed(RUBRIC)}
    assert build_rubric(Document("other", shuffled)).digest == digest
    assert build_rubric(changed(("version",), 4)).digest != digest
    assert len(digest) == 64


def test_criteria_are_evaluated_after_those_they_need_and_otherwise_in_order() -> None:
    data = deepcopy(RUBRIC)
    data["criteria"].reverse()
    rubric = build_rubric(Document("r", data))
    assert [one.id for one in evaluation_order(rubric.criteria)] == ["tests-gate-build", "clean"]
