"""Tables for programs, and feedback for learners: read back by strict readers."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import datetime
from fractions import Fraction
from html.parser import HTMLParser
from typing import Any

import pyarrow.parquet as pq
import pytest
from support.hostile_text import COMMANDS, HTML, MARKDOWN, SHEETS, TERMINAL
from support.platform_importers import formulas

from gradeline.exports import feedback, tables
from gradeline.exports.book import collect, thin
from gradeline.exports.outcome import Settings
from gradeline.grades import Comment, Grade, Learner, Override
from gradeline.render import json as json_renderer
from gradeline.render.stored import report_of
from gradeline.words import Told


def result(message: str = "The tests do not stop the build.", hint: str = "What stops it?") -> dict[str, Any]:
    criterion = {
        "id": "gates", "title": "Tests gate the build", "category": "gates", "points": 15, "awarded": 0,
        "status": "unmet", "message": message, "why": "It matters.", "hint": hint, "path_trace": [
            {"text": "push", "path": None, "line": None, "column": None},
            {"text": "build", "path": "ci.yml", "line": 4, "column": 3}],
        "evidence": [{"path": "ci.yml", "line": 7, "column": 1, "end_line": 7, "end_column": 4, "role": "problem",
                      "text": message}],
    }  # fmt: skip
    return {
        "schema": "https://gradeline.dev/schema/result-1.json", "exercise": "exercise-07",
        "submission": {"id": "ada", "digest": "a" * 64}, "rubric": {"version": 3, "digest": "b" * 64},
        "grader": {"version": "0.1.0"}, "tools": {}, "score": 72.5, "max_score": 100, "pass_mark": 70, "passed": True,
        "needs_review": False, "criteria": [criterion, {**criterion, "id": "met", "status": "met", "awarded": 15,
                                                        "title": "Secrets", "message": "Nothing leaks."}],
        "diagnostics": [{"severity": "warning", "code": "critical-criterion", "message": "Gates decides.",
                         "path": "ci.yml", "line": 4}],
    }  # fmt: skip


def grade(learner: str = "ada", score: object = "72.5", **more: Any) -> Grade:
    fields: dict[str, Any] = {"standing": "graded", "passed": True, "needs_review": False, **more}
    value = None if score is None else Fraction(str(score))
    who = Learner(learner, fields.pop("name", ""), fields.pop("email", ""))
    return Grade(who, "exercise-07", fields.pop("standing"), value, Fraction(100), **fields)


CLASS = [
    grade("ada", "72.5", name="Ada de Lovelace", email="ada@example.edu", late=Fraction(5), result=result(),
          submitted="2026-11-20T10:00:00Z",
          overrides=(Override("Prof", "seen it run", "2026-11-21T00:00:00Z", Fraction(15), "gates"),),
          comments=(Comment("TA", "Nice work, \u6f22", "2026-11-21T00:00:00Z"),)),
    grade("bob", None, standing="missing", name="Bob"), grade("cyd", None, standing="error", reason="timeout"),
    grade("dan", None, standing="excused"), grade("eve", 0, passed=False),
]  # fmt: skip


def read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8")), strict=True))


def test_nbgraders_columns_are_there_and_no_score_is_never_zero() -> None:
    rows = read(tables.nbgrader(CLASS, Settings()).content)
    assert list(rows[0]) == [
        "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
        "late_submission_penalty", "score", "max_score", "status"]  # fmt: skip
    assert [(one["student_id"], one["raw_score"], one["late_submission_penalty"], one["score"], one["status"])
            for one in rows] == [
        ("ada", "77.5", "5", "72.5", "graded"), ("bob", "", "", "", "missing"), ("cyd", "", "", "", "error"),
        ("dan", "", "", "", "excused"), ("eve", "0", "0", "0", "graded")]  # fmt: skip
    assert (rows[0]["first_name"], rows[0]["last_name"], rows[1]["last_name"]) == ("Ada de", "Lovelace", "Bob")
    assert all(float(one["max_score"]) == 100 for one in rows)
    assert datetime.fromisoformat(rows[0]["timestamp"]).hour == 10


def test_gradescopes_four_columns_for_each_assignment() -> None:
    outcome = tables.gradescope(CLASS, Settings(columns={"exercise-07": "HW 7"}))
    rows = read(outcome.content)
    names = [name for name in rows[0] if name.endswith(" - Max Points")]
    assert names == ["HW 7 - Max Points"]
    assert [name for name in rows[0] if name.startswith("HW 7")] == [
        "HW 7", "HW 7 - Max Points", "HW 7 - Submission Time", "HW 7 - Lateness (H:M:S)"]  # fmt: skip
    assert [(one["SID"], one["HW 7"]) for one in rows] == [
        ("ada", "72.5"), ("bob", ""), ("cyd", ""), ("dan", ""), ("eve", "0")]  # fmt: skip
    assert outcome.by_kind() == {"error": ("cyd/exercise-07",), "excused": ("dan/exercise-07",),
                                 "missing": ("bob/exercise-07",)}  # fmt: skip


@pytest.mark.parametrize("name", [*SHEETS, "a,b", 'a"b', "a\nb", "Zoë"])
def test_no_table_holds_a_formula(name: str) -> None:
    for make in (tables.nbgrader, tables.gradescope):
        content = make([grade(name, name=name, email=name)], Settings()).content
        assert formulas(content) == []
        assert len(read(content)) == 1


def test_json_lines_say_everything_and_keep_null_and_zero_apart() -> None:
    lines = [json.loads(one) for one in tables.json_lines(CLASS)]
    assert [one["score"] for one in lines] == [72.5, None, None, None, 0]
    assert [one["standing"] for one in lines] == ["graded", "missing", "error", "excused", "graded"]
    assert lines[0]["criteria"][0] == {"id": "gates", "status": "unmet", "awarded": 0.0, "points": 15.0}
    assert lines[0]["overrides"] == [{"author": "Prof", "reason": "seen it run", "time": "2026-11-21T00:00:00Z",
                                      "criterion": "gates", "points": 15.0}]  # fmt: skip
    assert (lines[0]["rubric_version"], lines[0]["grader"], lines[0]["late"]) == (3, "0.1.0", 5.0)
    assert "".join(tables.json_lines([grade("\ud800\x1b")])).isascii()


def test_parquet_has_types_and_the_same_rows_and_bytes() -> None:
    content = tables.parquet(CLASS)
    table = pq.read_table(io.BytesIO(content))
    assert {name: str(table.schema.field(name).type) for name in ("score", "passed", "attempt", "learner")} == {
        "score": "double", "passed": "bool", "attempt": "int32", "learner": "string"}  # fmt: skip
    rows = table.to_pylist()
    assert [one["score"] for one in rows] == [72.5, None, None, None, 0.0]
    assert rows[0]["criteria"][1] == {"id": "met", "status": "met", "awarded": 15.0, "points": 15.0}
    assert rows[1]["criteria"] == []
    assert tables.parquet(CLASS) == content
    assert pq.read_table(io.BytesIO(tables.parquet(grade(f"u{number}") for number in range(2500)))).num_rows == 2500


def test_two_grades_for_one_piece_of_work_are_refused() -> None:
    with pytest.raises(Told, match="ada has two grades for exercise-07"):
        tables.nbgrader([grade(), grade(attempt=2)], Settings())
    with pytest.raises(Told, match="no grades to write"):
        tables.gradescope([], Settings())


# --- feedback -------------------------------------------------------------------------------------


def test_a_stored_result_is_the_same_report_again() -> None:
    data = result()
    assert json_renderer.as_data(report_of(data)) == data


def test_feedback_says_what_counts_what_was_lost_and_who_decided() -> None:
    assert feedback.sentences(CLASS[0]) == (
        "72.5 of 100 points, passed.", "5 points were taken because it was late.",
        "Prof gave 15 points for gates: seen it run", "Gates decides.",
        "Tests gate the build: not met (0/15). The tests do not stop the build. What stops it?",
        "TA: Nice work, \u6f22")  # fmt: skip
    said = {one.learner.id: feedback.sentences(one)[0] for one in CLASS[1:]}
    assert said == {
        "bob": "Nothing was handed in.", "dan": "You are excused from this exercise.",
        "cyd": "There is no grade yet: the grader failed, not you. A person looks at it.",
        "eve": "0 of 100 points, not passed."}  # fmt: skip


def test_each_learner_gets_files_whose_names_fit_every_system() -> None:
    names = ["ada", "ADA", "../../etc", "con", "a/b", "", "x" * 300, "ada@example.edu", "=1", "\u6f22", "end."]
    paths = [path for path, _ in feedback.files([grade(one) for one in names], ["html"])]
    assert paths[0] == "ada/exercise-07.html"
    assert paths[7] == "ada@example.edu/exercise-07.html"
    assert len({path.casefold() for path in paths}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._@-]*/exercise-07\.html|-[0-9a-f]{8}/exercise-07\.html", path)
               for path in paths)  # fmt: skip
    assert not any(path.casefold().startswith(("con/", "end./")) for path in paths)


class Page(HTMLParser):
    """The elements and attributes of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[str, ...]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


PLAIN = Page(feedback.as_html(grade(result=result(), comments=(Comment("TA", "x", ""),))))


@pytest.mark.parametrize("text", [*HTML, *TERMINAL, *COMMANDS, *MARKDOWN])
def test_a_page_has_the_same_elements_whatever_a_learner_wrote(text: str) -> None:
    page = Page(feedback.as_html(grade(result=result(text, text), comments=(Comment("TA", text, ""),))))
    hintless = [one for one in PLAIN.seen if one[0] not in ("strong", "p")]
    assert [one for one in page.seen if one[0] not in ("strong", "p")] == hintless
    assert not {"script", "img", "a", "iframe", "link", "svg"} & {tag for tag, _ in page.seen}
    assert "\x1b" not in page.words
    assert "\u202e" not in page.words


def test_a_page_allows_its_own_style_only_and_markdown_shows_the_same() -> None:
    html = feedback.as_html(CLASS[0])
    assert "default-src 'none'; style-src 'sha256-" in html
    assert "Tests gate the build: not met (0/15)" in html
    text = feedback.as_markdown(CLASS[0])
    assert "## What the grader found" in text
    assert "Tests gate the build" in text
    assert "took" not in text


def test_tables_of_data_are_the_same_from_results_without_their_sentences() -> None:
    less = [thin(one) for one in CLASS]
    assert less[0].result == {
        "rubric": {"version": 3}, "grader": {"version": "0.1.0"}, "criteria": (
            {"awarded": 0, "id": "gates", "points": 15, "status": "unmet"},
            {"awarded": 15, "id": "met", "points": 15, "status": "met"})}  # fmt: skip
    assert list(tables.json_lines(less)) == list(tables.json_lines(CLASS))
    assert tables.parquet(less) == tables.parquet(CLASS)


@pytest.mark.parametrize("result", [
    {}, {"rubric": {"version": 1}}, {"rubric": {}, "grader": {}, "criteria": {}},
    {"rubric": {}, "grader": {}, "criteria": [{"id": "a", "status": "met", "awarded": 1}]},
    {"rubric": {}, "grader": {}, "criteria": ["a"]}, {"rubric": [], "grader": {}, "criteria": []},
])  # fmt: skip
def test_a_result_that_is_not_whole_is_not_made_thinner(result: dict[str, Any]) -> None:
    broken = grade("ada", result=result)
    assert thin(broken) is broken


def test_the_points_of_an_exercise_are_known_from_any_grade_that_has_them() -> None:
    book = collect([
        Grade(Learner("ada"), "exercise-01", "missing", None, Fraction(0), passed=False, needs_review=False),
        Grade(Learner("bob"), "exercise-01", "graded", Fraction(3), Fraction(5), passed=False, needs_review=False),
        Grade(Learner("ada"), "exercise-02", "missing", None, Fraction(0), passed=False, needs_review=False),
    ])  # fmt: skip
    assert book.most == {"exercise-01": 5, "exercise-02": 0}
