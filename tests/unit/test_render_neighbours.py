"""Result formats of other graders: their fields, as their documentation or their source states them."""

from __future__ import annotations

import base64
import json
from fractions import Fraction
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gradeline.records import replace
from gradeline.render import formats
from gradeline.render.neighbours import classroom50, github_classroom, gradescope, prairielearn
from gradeline.result import CRITICAL, NOTHING_TO_GRADE, CriterionResult, Evidence, Hop, Report, Status
from gradeline.score import award
from gradeline.source import Diagnostic, Span

CI = ".github/workflows/ci.yml"
RUNNER = {
    "CLASSROOM": "cicd", "ASSIGNMENT": "exercise-12", "SUBMISSION_TAG": "submit/20261123T101500Z-abc1234",
    "COMMIT_URL": "https://example.org/c", "RELEASE_URL": "https://example.org/r", "REVIEW_URL": "https://example.org/v",
}  # fmt: skip


def criterion(name: str, status: Status, points: int) -> CriterionResult:
    value = Fraction(points)
    lost = status in ("unmet", "partial")
    return CriterionResult(
        id=name, title=f"The {name}", category="gates", points=value, awarded=award(value, status), status=status,
        message="Seen.", why="It matters.", hint="Look there." if lost else "",
        evidence=(Evidence(Span(CI, 6, 14, 6, 28), "problem" if lost else "proof", "lost"),),
        path_trace=(Hop("push"), Hop("deploy", Span(CI, 7, 3))) if status == "unmet" else (),
    )  # fmt: skip


def report(*criteria: CriterionResult, **more: Any) -> Report:
    fields: dict[str, Any] = {
        "exercise": "exercise-12", "title": "Matrix", "submission_id": "alice", "submission_digest": "a" * 64,
        "rubric_version": 1, "rubric_digest": "b" * 64, "grader_version": "0.1.0",
        "score": sum((one.awarded for one in criteria), Fraction(0)),
        "max_score": sum((one.points for one in criteria), Fraction(0)), "pass_mark": Fraction(70), "passed": False,
        "needs_review": True, "diagnostics": (), "sources": {}, **more,
    }  # fmt: skip
    return Report(criteria=criteria, **fields)


SAMPLE = report(
    criterion("gates", "unmet", 40), criterion("cache-key", "partial", 15), criterion("timeout", "met", 21),
    criterion("remote", "cannot_tell", 5), criterion("later", "not_applicable", 4), criterion("broken", "error", 15),
    lost_critical=("gates",),
    diagnostics=(
        Diagnostic("warning", CRITICAL, '"The gates" must hold.', ""),
        Diagnostic("warning", "duplicate-key", "The key is given twice.", CI, Span(CI, 3, 1)),
    ),
)  # fmt: skip
ALL_MET = report(criterion("gates", "met", 60), criterion("timeout", "met", 40), passed=True, needs_review=False)
EMPTY = report(
    criterion("gates", "unmet", 100),
    diagnostics=(
        Diagnostic("error", NOTHING_TO_GRADE, "There is nothing to grade.", ""),
        Diagnostic("error", "missing-file", "`ci.yml` is missing.", "ci.yml"),
    ),
)  # fmt: skip

TEXT = {"type": "string"}
NUMBER = {"type": "number"}
VISIBILITY = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
OUTPUT_FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}


def closed(required: str, **properties: Any) -> dict[str, Any]:
    """An object with these fields and no others."""
    return {
        "type": "object", "required": required.split(), "properties": properties, "additionalProperties": False,
    }  # fmt: skip


SCHEMAS: dict[str, Any] = {
    "gradescope": closed(
        "", score=NUMBER, execution_time=NUMBER, output=TEXT, output_format=OUTPUT_FORMAT,
        test_output_format=OUTPUT_FORMAT, test_name_format=OUTPUT_FORMAT, visibility=VISIBILITY,
        stdout_visibility=VISIBILITY, extra_data={"type": "object"}, leaderboard={"type": "array"},
        tests={"type": "array", "items": closed(
            "score max_score", score=NUMBER, max_score=NUMBER, status={"enum": ["passed", "failed"]}, name=TEXT,
            name_format=OUTPUT_FORMAT, number=TEXT, output=TEXT, output_format=OUTPUT_FORMAT,
            tags={"type": "array", "items": TEXT}, visibility=VISIBILITY, extra_data={"type": "object"},
        )},
    ),
    "check50": closed(
        "slug results version", slug=TEXT, version=TEXT,
        results={"type": "array", "items": closed(
            "name description passed log cause data dependency", name=TEXT, description=TEXT,
            passed={"type": ["boolean", "null"]}, log={"type": "array", "items": TEXT},
            cause={"oneOf": [{"type": "null"}, {
                "type": "object", "required": ["rationale"],
                "properties": {"rationale": TEXT, "help": TEXT, "error": closed(
                    "type value traceback data", type=TEXT, value=TEXT, traceback={"type": "array", "items": TEXT},
                    data={"type": "object"},
                )},
            }]},
            data={"type": "object"}, dependency={"type": ["string", "null"]},
        )},
    ),
    "github-classroom": closed(
        "version status max_score tests", version={"const": 1}, status={"enum": ["pass", "fail", "error"]},
        max_score={"type": "integer"},
        tests={"type": "array", "items": closed(
            "name status score message test_code filename line_no duration", name=TEXT,
            status={"enum": ["pass", "fail", "error"]}, score=NUMBER, message=TEXT, test_code=TEXT, filename=TEXT,
            line_no={"type": "integer"}, duration=NUMBER,
        )},
    ),
    "classroom50": {
        **closed(
            "schema classroom assignment submission commit release review datetime score max-score tests",
            schema={"const": "classroom50/result/v1"}, classroom=TEXT, assignment=TEXT, submission=TEXT, commit=TEXT,
            release=TEXT, review=TEXT,
            datetime={"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}, score={"type": "integer"},
            **{"max-score": {"type": "integer"}},
            tests={"type": "array", "items": {
                "type": "object", "required": ["test-name", "passed", "score", "max-score"],
                "properties": {"test-name": TEXT, "passed": {"type": "boolean"}, "score": {"type": "integer"},
                               "max-score": {"type": "integer"}},
            }},
        ),
        "additionalProperties": True,  # what it does not know is kept as it is
    },
    "prairielearn": closed(
        "score", score={"type": "number", "minimum": 0, "maximum": 1}, gradable={"type": "boolean"}, message=TEXT,
        output=TEXT, format_errors={"type": "array", "items": TEXT}, images={"type": "array"},
        tests={"type": "array", "items": closed(
            "points max_points",
            name=TEXT, description=TEXT, points=NUMBER, max_points=NUMBER, message=TEXT, output=TEXT,
            images={"type": "array"},
        )},
    ),
    "exercism": closed(
        "comments", summary=TEXT,
        comments={"type": "array", "items": {"oneOf": [{"type": "string"}, closed(
            "comment", comment={"type": "string", "pattern": r"^[a-z0-9_-]+\.[a-z0-9_-]+\.[a-z0-9_-]+$"},
            params={"type": "object", "additionalProperties": TEXT},
            type={"enum": ["essential", "actionable", "informative", "celebratory"]},
        )]}},
    ),
}  # fmt: skip


def rendered(kind: str, one: Report) -> Any:
    return json.loads(formats.render(kind, one, RUNNER))


def test_every_neighbour_has_a_specification_here() -> None:
    assert set(SCHEMAS) == set(formats.REPORTS)


@pytest.mark.parametrize("one", [SAMPLE, ALL_MET, EMPTY], ids=["sample", "all-met", "empty"])
@pytest.mark.parametrize("kind", sorted(SCHEMAS))
def test_a_report_has_the_fields_of_its_reader_and_no_others(kind: str, one: Report) -> None:
    Draft202012Validator(SCHEMAS[kind]).validate(rendered(kind, one))


def test_gradescope_shows_each_criterion_and_no_word_where_nothing_was_decided() -> None:
    tests = rendered("gradescope", SAMPLE)["tests"]
    assert [(one["number"], one["score"], one["max_score"], one.get("status")) for one in tests] == [
        ("1", 0, 40, "failed"), ("2", 7.5, 15, "failed"), ("3", 21, 21, "passed"), ("4", 0, 5, None), ("5", 0, 4, None),
        ("6", 0, 15, None),
    ]  # fmt: skip
    assert tests[0]["output"].split("\n") == [
        "not met, 0/40 points. Seen.", f"{CI}:6: lost", f"The path: push -> deploy ({CI}:7)", "Why: It matters.",
        "Hint: Look there.",
    ]  # fmt: skip


def test_gradescope_never_reads_text_as_a_page() -> None:
    data = rendered("gradescope", SAMPLE)
    assert {data["output_format"], data["test_output_format"], data["test_name_format"]} == {"text"}
    assert "score" not in data  # the sum of the tests, so that there is no second one


def test_gradescope_gets_a_result_also_for_what_cannot_be_read() -> None:
    data = json.loads(gradescope.unreadable("work.zip is a bomb.\x1b[2J"))
    Draft202012Validator(SCHEMAS["gradescope"]).validate(data)
    assert (data["score"], data["output"]) == (0, "work.zip is a bomb.\\x1b[2J")


def test_check50_leaves_open_what_was_not_decided_and_puts_points_into_data() -> None:
    results = rendered("check50", SAMPLE)["results"]
    assert [one["passed"] for one in results] == [False, False, True, None, None, None]
    assert [one["data"]["awarded"] for one in results] == [0, 7.5, 21, 0, 0, 0]
    assert results[0]["data"]["location"] == {"path": CI, "line": 6, "column": 14}
    assert results[2]["cause"] is None
    assert results[5]["cause"]["error"]["type"] == "GraderError"


def test_github_classroom_adds_up_in_both_of_its_ways() -> None:
    data = rendered("github-classroom", SAMPLE)
    passed = [test for test in data["tests"] if test["status"] == "pass"]
    assert sum(test["score"] for test in data["tests"]) == 28.5
    assert Fraction(len(passed), len(data["tests"])) * data["max_score"] == Fraction(57, 2)
    assert data["status"] == "error"
    reasons = [(test["name"], test["line_no"]) for test in data["tests"] if test["message"]]
    assert reasons == [
        ("The gates (1 of 80)", 6), ("The cache-key (16 of 30)", 6), ("The remote (1 of 10)", 0),
        ("The later (1 of 8)", 0), ("The broken (1 of 30)", 0),
    ]  # fmt: skip
    assert json.loads(base64.b64decode(github_classroom.output(SAMPLE))) == data


def test_github_classroom_needs_few_rows_when_points_are_round() -> None:
    data = rendered("github-classroom", ALL_MET)
    assert [(test["name"], test["score"]) for test in data["tests"]] == [
        ("The gates (1 of 3)", 20), ("The gates (2 of 3)", 20), ("The gates (3 of 3)", 20),
        ("The timeout (1 of 2)", 20),
        ("The timeout (2 of 2)", 20),
    ]  # fmt: skip
    assert data["status"] == "pass"


def test_classroom50_counts_hundredths_and_keeps_the_time_of_the_submission() -> None:
    data = rendered("classroom50", SAMPLE)
    assert (data["score"], data["max-score"]) == (2850, 10_000)
    assert [one["score"] for one in data["tests"]] == [0, 750, 2100, 0, 0, 0]
    assert [one["passed"] for one in data["tests"]] == [False, False, True, False, False, False]
    assert data["datetime"] == "2026-11-23T10:15:00Z"
    assert classroom50.submitted("submit/2026-11-23T10-15-00Z-abc") == "2026-11-23T10:15:00Z"
    assert data["review"] == "https://example.org/v"


@pytest.mark.parametrize(
    ("environment", "said"),
    [({}, "these are missing: CLASSROOM, ASSIGNMENT"), (RUNNER | {"SUBMISSION_TAG": "v1"}, "holds no time")],
)
def test_classroom50_says_what_its_runner_has_not_said(environment: dict[str, str], said: str) -> None:
    with pytest.raises(classroom50.MissingVariableError, match=said):
        classroom50.render(SAMPLE, environment)


def test_prairielearn_does_not_take_an_attempt_for_nothing() -> None:
    data = rendered("prairielearn", EMPTY)
    assert (data["gradable"], data["score"]) == (False, 0)
    assert data["format_errors"] == ["There is nothing to grade.", "`ci.yml` is missing."]
    assert "format_errors" not in rendered("prairielearn", SAMPLE)
    assert rendered("prairielearn", SAMPLE)["score"] == 0.285


def test_prairielearn_stays_below_its_limit() -> None:
    long = replace(criterion("gates", "unmet", 5), message="\u6f22 " * 40_000)
    text = prairielearn.render(report(*[replace(long, id=f"c{number}") for number in range(20)]))
    assert len(text.encode()) < prairielearn.LIMIT
    assert json.loads(text)["tests"][19]["points"] == 0


def test_exercism_shows_first_what_withholds_the_pass() -> None:
    comments = rendered("exercism", SAMPLE)["comments"]
    assert [(one["comment"], one["type"]) for one in comments] == [
        ("gradeline.exercise-12.gates", "essential"), ("gradeline.exercise-12.cache-key", "actionable"),
        ("gradeline.exercise-12.remote", "informative"), ("gradeline.exercise-12.later", "informative"),
        ("gradeline.exercise-12.broken", "informative"),
    ]  # fmt: skip
    assert rendered("exercism", ALL_MET)["comments"] == [
        {"comment": "gradeline.general.all_met", "params": {}, "type": "celebratory"}
    ]
