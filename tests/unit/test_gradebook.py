"""The gradebook on SQLite and PostgreSQL: what counts, what is refused, and that nothing can be changed unseen."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from support.databases import KINDS, database

from gradeline.gradebook import database as databases
from gradeline.gradebook import tables, writing
from gradeline.gradebook.checking import verify
from gradeline.gradebook.database import Book, open_book
from gradeline.gradebook.history import entries
from gradeline.gradebook.lateness import LatePolicy, days_late, taken
from gradeline.gradebook.migrations import HEAD
from gradeline.gradebook.pen import Voice, exact
from gradeline.gradebook.reading import grades, read
from gradeline.gradebook.taking import Imported, add_results
from gradeline.gradebook.times import point_in_time, when
from gradeline.grades import Grade, Learner
from gradeline.records import replace
from gradeline.result import CRITICAL, critical_note
from gradeline.words import Told

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
VOICE = Voice("tina", NOON)


@pytest.fixture(params=KINDS)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def book(where: str) -> Iterator[Book]:
    found = open_book(where, create=True)
    yield found
    found.close()


def result(
    *awarded: float, digest: str = "d1", waits: tuple[int, ...] = (), critical: tuple[int, ...] = ()
) -> dict[str, Any]:
    """A result with a criterion of 50 points for each number."""
    score, most = sum(awarded), 50 * len(awarded)
    lost = [number for number in critical if not awarded[number]]
    return {
        "submission": {"id": "x", "digest": digest}, "rubric": {"digest": "r"}, "grader": {"version": "1"},
        "score": score, "max_score": most, "pass_mark": 70, "passed": score >= 70 and not lost,
        "needs_review": bool(waits),
        "criteria": [
            {"id": f"c{number}", "title": f"C{number}", "points": 50, "awarded": points,
             "status": "cannot_tell" if number in waits else "met" if points else "unmet"}
            for number, points in enumerate(awarded)
        ],
        "diagnostics": [{"code": CRITICAL, "message": critical_note(f"C{number}")} for number in lost],
    }  # fmt: skip


def graded(learner: str, data: dict[str, Any], submitted: str = "", exercise: str = "exercise-01") -> Grade:
    return Grade(
        Learner(learner), exercise, "graded", Fraction(str(data["score"])), Fraction(data["max_score"]),
        passed=data["passed"], needs_review=data["needs_review"], result=data, submitted=submitted,
    )  # fmt: skip


def failed(learner: str, reason: str) -> Grade:
    return Grade(
        Learner(learner), "exercise-01", "error", None, Fraction(0), passed=False, needs_review=True, reason=reason
    )


def only(book: Book) -> Grade:
    (found,) = grades(book)
    return found


# -- lateness ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("late", "grace", "days"),
    [
        (timedelta(0), 0, 0), (timedelta(seconds=1), 0, 1), (timedelta(days=1), 0, 1),
        (timedelta(days=1, seconds=1), 0, 2), (timedelta(minutes=15), 15, 0), (timedelta(minutes=15, seconds=1), 15, 1),
        (timedelta(days=-3), 0, 0),
    ],
)  # fmt: skip
def test_a_day_late_counts_when_it_has_begun_and_grace_is_on_time(late: timedelta, grace: int, days: int) -> None:
    assert days_late(NOON + late, NOON, grace) == days


@pytest.mark.parametrize(
    ("late", "policy", "points"),
    [
        (timedelta(hours=1), LatePolicy(), 0),
        (timedelta(hours=1), LatePolicy(Fraction(10)), 10),
        (timedelta(days=2, hours=1), LatePolicy(Fraction(10)), 30),
        (timedelta(days=30), LatePolicy(Fraction(10)), 72),  # never below nothing
        (timedelta(days=7), LatePolicy(cut_off=7), 0),
        (timedelta(days=7, seconds=1), LatePolicy(cut_off=7), 72),
        (timedelta(hours=1), LatePolicy(Fraction("3.3")), Fraction(33, 10)),
        (timedelta(minutes=9), LatePolicy(cut_off=0, grace=10), 0),
        (timedelta(minutes=11), LatePolicy(cut_off=0, grace=10), 72),
    ],
)  # fmt: skip
def test_what_lateness_takes_is_exact(late: timedelta, policy: LatePolicy, points: Fraction) -> None:
    assert taken(Fraction(72), Fraction(100), NOON + late, NOON, policy) == points


def test_a_deadline_in_another_zone_is_the_same_moment() -> None:
    assert point_in_time("2026-12-01T13:00:00+01:00") == NOON == point_in_time("2026-12-01T12:00")


@pytest.mark.parametrize("text", ["72.5", "0", "100", "1/3", "0.0625", "-0.5"])
def test_exact_text_reads_back_as_the_same_number(text: str) -> None:
    assert exact(Fraction(text)) == text


# -- what counts ---------------------------------------------------------------------------------------------------


def test_the_same_result_twice_is_one_and_new_work_is_a_new_attempt(book: Book) -> None:
    first = [graded("ada", result(50, 0)), failed("bob", "timeout")]
    assert vars_of(add_results(book, first, VOICE)) == (2, 2, 0)
    assert vars_of(add_results(book, first, VOICE)) == (0, 0, 2)
    assert vars_of(add_results(book, [graded("ada", result(50, 50, digest="d2"))], VOICE)) == (1, 1, 0)
    ada, bob = grades(book)
    assert (ada.attempt, ada.score, ada.passed) == (2, 100, True)
    assert (bob.standing, bob.score, bob.reason, bob.needs_review) == ("error", None, "timeout", True)
    assert verify(book).problems == ()


def vars_of(done: Imported) -> tuple[int, int, int]:
    return done.attempts, done.results, done.known


def test_a_new_result_of_the_same_work_counts_and_the_old_one_stays(book: Book) -> None:
    add_results(book, [graded("ada", result(0, 0))], VOICE)
    add_results(book, [graded("ada", result(50, 50))], VOICE)
    assert (only(book).attempt, only(book).score) == (1, 100)
    assert [one.row["score"] for one in entries(book, "ada") if one.kind == "results"] == ["0", "100"]


def test_a_persons_points_for_one_criterion_add_to_the_graders_others(book: Book) -> None:
    add_results(book, [graded("ada", result(50, 0, waits=(1,)))], VOICE)
    assert (only(book).score, only(book).passed, only(book).needs_review) == (50, False, True)
    writing.override(book, "ada", "exercise-01", Fraction("30.5"), "seen it work", VOICE, "c1")
    grade = only(book)
    assert (grade.score, grade.passed, grade.needs_review) == (Fraction("80.5"), True, False)
    assert grade.result is not None
    assert grade.result["score"] == 50  # the grader's own result is what it was
    writing.override(book, "ada", "exercise-01", None, "a mistake", VOICE, "c1")
    assert (only(book).score, only(book).overrides) == (50, ())


def test_a_persons_points_for_the_whole_are_the_last_word(book: Book) -> None:
    writing.set_exercise(book, "exercise-01", NOON, LatePolicy(Fraction(10)), VOICE)
    add_results(book, [graded("ada", result(50, 50), "2026-12-01T13:00:00Z")], VOICE)
    assert (only(book).score, only(book).late) == (90, 10)
    writing.override(book, "ada", "exercise-01", Fraction(69), "talked to her", VOICE)
    assert (only(book).score, only(book).late, only(book).passed) == (69, 0, False)


def test_a_critical_criterion_withholds_the_pass_until_a_person_gives_points_for_it(book: Book) -> None:
    add_results(book, [graded("ada", result(50, 50, 0, critical=(2,)))], VOICE)
    assert (only(book).score, only(book).passed) == (100, False)
    writing.override(book, "ada", "exercise-01", Fraction(40), "why not", VOICE, "c0")
    assert (only(book).score, only(book).passed) == (90, False)
    writing.override(book, "ada", "exercise-01", Fraction(1), "seen", VOICE, "c2")
    assert (only(book).score, only(book).passed) == (91, True)


def test_lateness_can_cost_the_pass_and_an_extension_gives_it_back(book: Book) -> None:
    writing.set_exercise(book, "exercise-01", NOON, LatePolicy(Fraction(10), grace=5), VOICE)
    add_results(book, [graded("ada", result(50, 25), "2026-12-01T12:06:00Z")], VOICE)
    assert (only(book).score, only(book).passed) == (65, False)
    writing.extend(book, "ada", "exercise-01", NOON + timedelta(minutes=1), "ill", VOICE)
    assert (only(book).score, only(book).passed) == (75, True)
    writing.extend(book, "ada", "exercise-01", None, "not ill", VOICE)
    assert (only(book).score, only(book).passed) == (65, False)


def test_best_of_compares_what_lateness_has_left(book: Book) -> None:
    writing.set_exercise(book, "exercise-01", NOON, LatePolicy(Fraction(10), counts="best"), VOICE)
    first = graded("ada", result(50, 40), "2026-12-01T11:00:00Z")
    second = graded("ada", result(50, 49, digest="d2"), "2026-12-01T14:00:00Z")
    add_results(book, [first, second], VOICE)
    assert (only(book).attempt, only(book).score) == (1, 90)
    writing.set_exercise(book, "exercise-01", NOON, LatePolicy(Fraction(5), counts="best"), VOICE)
    assert (only(book).attempt, only(book).score) == (2, 94)


def test_excused_and_missing_are_no_zero(book: Book) -> None:
    writing.enrol(book, [Learner("ada"), Learner("bob", "Bob")], VOICE)
    add_results(book, [graded("ada", result(50, 50))], VOICE)
    writing.excuse(book, "ada", "exercise-01", True, "ill", VOICE)
    ada, bob = grades(book)
    assert (ada.standing, ada.score, ada.passed) == ("excused", None, False)
    assert (bob.standing, bob.score, bob.max_score, bob.learner.name) == ("missing", None, 100, "Bob")
    writing.excuse(book, "ada", "exercise-01", False, "well again", VOICE)
    assert next(grades(book)).score == 100


def test_a_roster_says_who_somebody_is_and_the_last_one_counts(book: Book) -> None:
    add_results(book, [graded("ada", result(50, 50))], VOICE)
    assert writing.enrol(book, [Learner("ada", "Ada")], VOICE) == 1
    assert writing.enrol(book, [Learner("ada", "Ada")], VOICE) == 0
    assert writing.enrol(book, [Learner("ada", "Ada L.")], VOICE) == 1
    assert only(book).learner == Learner("ada", "Ada L.")


def test_names_that_no_database_takes_are_kept_with_escapes(book: Book) -> None:
    name = "a\0b\udcffc"
    add_results(book, [graded(name, result(50, 50))], VOICE)
    assert add_results(book, [graded(name, result(50, 50))], VOICE).known == 1
    assert only(book).learner.id == "a\\x00b\\udcffc"


# -- failures, and work that comes again ------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["crash", "timeout", "unreadable"])
def test_a_grader_that_fails_on_work_it_has_graded_takes_no_grade_away(book: Book, reason: str) -> None:
    good = replace(graded("ada", result(50, 50)), digest="w")
    add_results(book, [good], VOICE)
    add_results(book, [replace(failed("ada", reason), digest="w")], VOICE)
    assert (only(book).standing, only(book).score, only(book).passed, only(book).attempt) == ("graded", 100, True, 1)
    assert [one.row["reason"] for one in entries(book, "ada") if one.kind == "results"] == ["", reason]
    assert vars_of(add_results(book, [good], VOICE)) == (0, 0, 1)


def test_a_tool_that_failed_takes_no_grade_away_and_what_it_left_is_more_than_nothing(book: Book) -> None:
    half = result(50, 0, waits=(1,))
    half["criteria"][1]["status"] = "error"
    part = replace(graded("ada", half), standing="error", needs_review=True)
    add_results(book, [part, failed_again(part)], VOICE)
    assert (only(book).standing, only(book).score, only(book).needs_review) == ("error", 50, True)
    add_results(book, [graded("ada", result(50, 50)), part], VOICE)
    assert (only(book).standing, only(book).score, only(book).needs_review) == ("graded", 100, False)


def failed_again(grade: Grade) -> Grade:
    return replace(failed(grade.learner.id, "crash"), digest="d1")


def test_work_that_nobody_could_read_is_no_other_work(book: Book) -> None:
    add_results(book, [replace(graded("ada", result(50, 50)), digest="w")], VOICE)
    add_results(book, [failed("ada", "unreadable")], VOICE)
    assert (only(book).standing, only(book).score, only(book).attempt) == ("graded", 100, 1)


def test_who_goes_back_to_earlier_work_has_its_grade_and_its_decisions_again(book: Book) -> None:
    first, second = graded("ada", result(50, 0)), graded("ada", result(0, 0, digest="d2"))
    add_results(book, [first], VOICE)
    writing.override(book, "ada", "exercise-01", Fraction(20), "half of it", VOICE, "c1")
    add_results(book, [second], VOICE)
    assert (only(book).attempt, only(book).score) == (2, 0)
    assert vars_of(add_results(book, [first], VOICE)) == (0, 0, 1)
    assert (only(book).attempt, only(book).score) == (1, 70)
    head = verify(book).head
    add_results(book, [first], VOICE)
    assert verify(book) == verify(book, head)
    assert verify(book).problems == ()


def test_downloads_with_times_may_be_taken_in_in_any_order(book: Book) -> None:
    late = graded("ada", result(50, 50, digest="d2"), "2026-12-03T10:00:00Z")
    early = graded("ada", result(50, 0), "2026-12-01T10:00:00Z")
    for grade in (late, early, late, early):
        add_results(book, [grade], VOICE)
    assert (only(book).score, only(book).submitted) == (100, "2026-12-03T10:00:00Z")
    assert verify(book).problems == ()
    again = replace(early, submitted="2026-12-04T10:00:00Z")
    add_results(book, [again], VOICE)
    assert (only(book).score, only(book).submitted) == (50, "2026-12-01T10:00:00Z")  # it was there in time


def test_a_decision_is_about_the_attempt_that_counts(book: Book) -> None:
    writing.set_exercise(book, "exercise-01", None, LatePolicy(counts="best"), VOICE)
    add_results(book, [graded("ada", result(50, 40)), graded("ada", result(50, 0, digest="d2"))], VOICE)
    writing.override(book, "ada", "exercise-01", Fraction(60), "copied", VOICE)
    assert (only(book).attempt, only(book).score, only(book).passed) == (1, 60, False)
    writing.override(book, "ada", "exercise-01", None, "not copied", VOICE)
    assert (only(book).attempt, only(book).score) == (1, 90)
    with pytest.raises(Told, match="no decision to take back"):
        writing.override(book, "ada", "exercise-01", None, "again", VOICE)


def test_points_of_a_person_are_never_more_than_a_rubric_gives_today(book: Book) -> None:
    add_results(book, [graded("ada", result(50, 50)), graded("bob", result(0, 0))], VOICE)
    writing.override(book, "ada", "exercise-01", Fraction(50), "seen", VOICE, "c0")
    writing.override(book, "bob", "exercise-01", Fraction(95), "seen", VOICE)
    less = result(30, 50)
    less["criteria"][0]["points"], less["max_score"] = 30, 80
    add_results(book, [graded("ada", less), graded("bob", {**result(0, 0), "max_score": 80})], VOICE)
    ada, bob = grades(book)
    assert (ada.score, ada.max_score, ada.overrides[0].points) == (80, 80, 30)
    assert (bob.score, bob.max_score) == (80, 80)


def test_work_that_only_a_person_graded_passes_by_everybodys_pass_mark(book: Book) -> None:
    add_results(book, [graded("ada", result(50, 50)), failed("bob", "crash")], VOICE)
    with pytest.raises(Told, match="from 0 to 100"):
        writing.override(book, "bob", "exercise-01", Fraction(101), "by hand", VOICE)
    writing.override(book, "bob", "exercise-01", Fraction(70), "by hand", VOICE)
    _, bob = grades(book)
    assert (bob.standing, bob.score, bob.max_score, bob.passed) == ("graded", 70, 100, True)
    writing.override(book, "bob", "exercise-01", Fraction(69), "by hand", VOICE)
    assert not list(grades(book))[1].passed


def test_a_failure_at_the_end_does_not_hide_the_maximum_from_those_who_handed_in_nothing(book: Book) -> None:
    writing.enrol(book, [Learner("cyd")], VOICE)
    add_results(book, [graded("ada", result(50, 50)), failed("zoe", "crash")], VOICE)
    assert [(one.learner.id, one.max_score) for one in grades(book)] == [("ada", 100), ("cyd", 100), ("zoe", 100)]


def test_points_and_words_for_several_are_all_said_or_none(book: Book) -> None:
    add_results(book, [graded("ada", result(50, 0)), graded("bob", result(50, 0))], VOICE)
    before = verify(book)
    with pytest.raises(Told, match="too long"):
        writing.decide(book, ("ada", "bob"), "exercise-01", Fraction(9), "r", VOICE, "c1", "x" * 10_001)
    with pytest.raises(Told, match="Nobody is called"):
        writing.decide(book, ("ada", "eve"), "exercise-01", Fraction(9), "r", VOICE, "c1", "well done")
    assert verify(book) == before
    writing.decide(book, ("ada", "bob"), "exercise-01", Fraction(9), "r", VOICE, "c1", "well done")
    assert [(one.score, len(one.comments)) for one in grades(book)] == [(59, 1), (59, 1)]


def test_one_learner_is_read_as_in_the_whole_class(book: Book) -> None:
    writing.enrol(book, [Learner("ada", "Ada"), Learner("bob")], VOICE)
    writing.set_exercise(book, "exercise-02", NOON, LatePolicy(), VOICE)
    add_results(book, [graded("ada", result(50, 0)), graded("eve", result(50, 50))], VOICE)
    everybody = list(grades(book))
    assert [(one.learner.id, one.exercise, one.standing) for one in everybody][:3] == [
        ("ada", "exercise-01", "graded"), ("ada", "exercise-02", "missing"), ("bob", "exercise-01", "missing"),
    ]  # fmt: skip
    for name in ("ada", "bob", "eve"):
        assert list(grades(book, name)) == [one for one in everybody if one.learner.id == name]
    assert list(grades(book, exercise="exercise-02")) == [one for one in everybody if one.exercise == "exercise-02"]


def test_two_long_names_with_one_beginning_stay_two_learners(book: Book) -> None:
    names = ["x" * 300 + end for end in "ab"]
    assert vars_of(add_results(book, [graded(name, result(50, 0)) for name in names], VOICE)) == (2, 2, 0)
    assert vars_of(add_results(book, [graded(name, result(50, 0)) for name in names], VOICE)) == (0, 0, 2)
    assert [len(one.learner.id) for one in grades(book)] == [255, 255]
    writing.comment(book, names[0], "exercise-01", "well done", VOICE)
    assert sum(len(one.comments) for one in grades(book, names[0])) == 1


@pytest.mark.parametrize("text", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00", "tomorrow", ""])
def test_a_time_that_has_no_utc_is_said(text: str) -> None:
    with pytest.raises(Told, match="is not a time"):
        point_in_time(text)


def test_every_year_is_written_with_four_digits() -> None:
    assert when(point_in_time("0099-01-01T00:00")) == "0099-01-01T00:00:00Z"
    assert when(point_in_time("2026-12-01T13:00:00.9+01:00")) == "2026-12-01T12:00:00Z"


# -- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("learner", "points", "criterion", "reason", "said"),
    [
        ("adda", "1", "", "r", "Did you mean ada?"), ("ada", "101", "", "r", "from 0 to 100"),
        ("ada", "51", "c0", "r", "from 0 to 50"), ("ada", "-1", "", "r", "from 0 to 100"),
        ("ada", "1", "c9", "r", "It has c0, c1."), ("ada", "1", "", " ", "Say why"),
        ("bob", "1", "", "r", "bob has handed in nothing"),
    ],
)  # fmt: skip
def test_a_slip_of_the_pen_is_named_and_nothing_is_noted(
    book: Book, learner: str, points: str, criterion: str, reason: str, said: str
) -> None:
    writing.enrol(book, [Learner("bob")], VOICE)
    add_results(book, [graded("ada", result(50, 0))], VOICE)
    before = verify(book).head
    with pytest.raises(Told, match=said.replace("?", "[?]")):
        writing.override(book, learner, "exercise-01", Fraction(points), reason, VOICE, criterion)
    assert verify(book).head == before


def test_no_row_can_be_changed_or_deleted_by_anybody_who_connects(book: Book) -> None:
    everything_said(book)
    for name in tables.PROTECTED:
        for statement in (f"DELETE FROM {name}", f"UPDATE {name} SET {_column(name)} = {_column(name)}"):
            with pytest.raises(Told, match="only grows"), book.writing() as connection:
                connection.exec_driver_sql(statement)
    assert verify(book).problems == ()


def _column(name: str) -> str:
    return {"contents": "data"}.get(name, "entry")


@pytest.mark.parametrize("name", tables.PROTECTED)
def test_no_row_is_replaced_by_a_program_with_the_file(book: Book, name: str) -> None:
    everything_said(book)
    before = verify(book)
    assert before.problems == ()
    if not Path(book.name).is_file():  # PostgreSQL
        key, column = ("digest", "data") if name == "contents" else ("entry", "entry")
        upsert = f"ON CONFLICT ({key}) DO UPDATE SET {column} = EXCLUDED.{column}"
        with pytest.raises(Told, match="only grows"), book.writing() as connection:
            connection.exec_driver_sql(f"INSERT INTO {name} SELECT * FROM {name} {upsert}")
        return
    keys = {"contents": ("rowid, digest, data", "rowid, 'other', data")}.get(name)
    columns, values = keys or (", ".join(tables.METADATA.tables[name].c.keys()),) * 2
    file = sqlite3.connect(book.name)
    for statement in (
        f"INSERT OR REPLACE INTO {name} ({columns}) SELECT {values} FROM {name}",
        f"REPLACE INTO {name} SELECT * FROM {name}",
        f"UPDATE OR REPLACE {name} SET rowid = 1",
        f"DELETE FROM {name}",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="only grows"):
            file.execute(statement)
    file.close()
    assert verify(book) == before


def everything_said(book: Book) -> None:
    """A statement of each kind."""
    writing.enrol(book, [Learner("ada")], VOICE)
    writing.set_exercise(book, "exercise-01", NOON, LatePolicy(), VOICE)
    add_results(book, [graded("ada", result(50, 0))], VOICE)
    writing.override(book, "ada", "exercise-01", Fraction(1), "r", VOICE)
    writing.comment(book, "ada", "exercise-01", "well done", VOICE)
    writing.extend(book, "ada", "exercise-01", NOON, "ill", VOICE)
    writing.excuse(book, "ada", "exercise-01", True, "ill", VOICE)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE results SET score = '99'", "book.verify.changed"),
        ("UPDATE history SET author = 'eve'", "book.verify.changed"),
        ("DELETE FROM comments", "book.verify.lost"),
        ("UPDATE contents SET data = '{}'", "book.verify.content"),
        ("DELETE FROM contents", "book.verify.missing"),
    ],
)  # fmt: skip
def test_who_takes_the_locks_off_is_found_out(book: Book, statement: str, said: str) -> None:
    add_results(book, [graded("ada", result(50, 0))], VOICE)
    writing.comment(book, "ada", "exercise-01", "well done", VOICE)
    _unprotected(book, statement)
    assert said in {one.key for one in verify(book).problems}


def test_a_tail_that_was_cut_off_is_found_by_the_digest_that_was_kept(book: Book) -> None:
    writing.enrol(book, [Learner("ada")], VOICE)
    early = verify(book).head
    writing.enrol(book, [Learner("bob")], VOICE)
    late = verify(book).head
    assert verify(book, early).problems == ()
    _unprotected(book, "DELETE FROM learners WHERE entry = 2", "DELETE FROM history WHERE entry = 2")
    assert verify(book).problems == ()
    assert [one.key for one in verify(book, late).problems] == ["book.verify.head"]


def _unprotected(book: Book, *statements: str) -> None:
    """As somebody with the file, or a superuser, could do it: without triggers and foreign keys."""
    with book.reading() as connection:
        kind = connection.dialect.name
    if kind == "sqlite":
        file = sqlite3.connect(book.name)
        for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            file.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            file.execute(statement)
        file.commit()
        file.close()
        return
    with book.writing() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for statement in statements:
            connection.exec_driver_sql(statement)


# -- the database ---------------------------------------------------------------------------------------------------


def test_the_migrations_make_the_tables_that_the_program_speaks_to(book: Book) -> None:
    with book.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.METADATA) == []
    folder = Path(databases.__file__).with_name("migrations")
    assert ScriptDirectory(str(folder)).get_heads() == [HEAD]


def test_a_book_of_the_first_version_is_brought_up_to_date_with_its_history(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "HEAD", "0001")
    book = open_book(where, create=True)
    everything_said(book)
    before = verify(book)
    book.close()
    monkeypatch.undo()
    with pytest.raises(Told, match="made by an older Gradeline"):
        open_book(where)
    book = open_book(where, create=True)
    assert verify(book) == before
    assert before.statements == 8
    add_results(book, [graded("ada", result(0, 0, digest="d2")), graded("ada", result(50, 0))], VOICE)
    assert only(book).attempt == 1
    for statement in ("DELETE FROM attempts", "UPDATE attempts SET number = 7"):
        with pytest.raises(Told, match="only grows"), book.writing() as connection:
            connection.exec_driver_sql(statement)
    assert verify(book).problems == ()
    book.close()


def test_a_book_can_be_read_by_its_address(where: str) -> None:
    book = open_book(where, create=True)
    add_results(book, [graded("ada", result(50, 50))], VOICE)
    book.close()
    assert [(one.learner.id, one.score) for one in read(where)] == [("ada", 100)]


def test_eight_writers_at_once_leave_one_unbroken_chain(where: str) -> None:
    open_book(where, create=True).close()
    problems: list[BaseException] = []

    def write(number: int) -> None:
        mine = open_book(where)
        try:
            for count in range(12):
                add_results(mine, [graded(f"w{number}", result(50, 0, digest=str(count)))], VOICE)
        except BaseException as error:
            problems.append(error)
        finally:
            mine.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    book = open_book(where)
    checked = verify(book)
    assert problems == []
    assert (checked.problems, checked.statements, checked.results) == ((), 2 * 96, 96)
    assert [one.attempt for one in grades(book)] == [12] * 8
    book.close()


def test_books_opened_for_the_first_time_by_many_are_made_once(where: str) -> None:
    problems: list[BaseException] = []

    def make() -> None:
        try:
            open_book(where, create=True).close()
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=make) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert problems == []


def test_a_statement_that_fails_midway_leaves_nothing(book: Book) -> None:
    class Broken(dict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            raise RuntimeError("power is gone")

    before = verify(book)
    bad = graded("bob", result(50, 50))
    with pytest.raises(RuntimeError):
        add_results(book, [graded("ada", result(50, 50)), replace(bad, result=Broken(x=1))], VOICE)
    assert verify(book) == before


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("nowhere.db", "There is no gradebook nowhere.db"), ("mysql://u@h/d", "a file or postgresql"),
        ("sqlite://", "a file or postgresql"), ("://", "a file or postgresql"),
        ("postgresql://tina:geheim@127.0.0.1:1/x", "cannot be used"),
    ],
)  # fmt: skip
def test_an_address_that_leads_nowhere_is_said_without_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Told) as caught:
        open_book(where)
    assert said in str(caught.value)
    assert "geheim" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_no_gradebook_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database" * 100, encoding="utf-8")
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE mine (x)")
    other.close()
    for name, said in (("text.db", "not a database"), ("other.db", "a database of something else")):
        with pytest.raises(Told, match=said):
            open_book(str(tmp_path / name), create=True)


def test_a_book_of_a_newer_version_is_not_touched(where: str) -> None:
    book = open_book(where, create=True)
    with book.writing() as connection:
        connection.execute(sqlalchemy.text("UPDATE alembic_version SET version_num = '9999'"))
    book.close()
    for create in (False, True):
        with pytest.raises(Told, match="made by a newer Gradeline"):
            open_book(where, create=create)
