"""Canvas and Moodle read what is written, every learner lands in the right row, and nothing else changes."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from typing import Any

import pytest
from support.platform_importers import Refused, canvas, formulas, moodle_gradebook, moodle_worksheet

from gradeline.exports import canvas as canvas_export
from gradeline.exports import moodle
from gradeline.exports.outcome import Notice, Settings
from gradeline.exports.people import with_roster
from gradeline.grades import Grade, Learner
from gradeline.words import Told

SETTINGS = Settings()


def grade(learner: str | Learner, score: object = "72.5", exercise: str = "exercise-07", **more: Any) -> Grade:
    who = Learner(learner) if isinstance(learner, str) else learner
    value = None if score is None else Fraction(str(score))
    fields: dict[str, Any] = {"standing": "graded", "passed": True, "needs_review": False, **more}
    return Grade(who, exercise, fields.pop("standing"), value, Fraction(100), **fields)


EXPORT = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Exercise 7 (4711),Other (99),Current Score,Final Grade\r\n"
    ",,,,,Manual Posting,,,\r\n"
    "    Points Possible,,,,,100.00,10.00,(read only),(read only)\r\n"
    '"Lovelace, Ada",1,S1,ada@example.edu,"A ""1"", left",  ,9.50,88.00,B\r\n'
    '"Böb ""Bobby"" Tables",2,,bob,A,55.00,,,\r\n'
    "Kim Lee,3,S3,kim1,B,,,,\r\n"
    "Kim Lee,4,S4,kim2,B,,,,\r\n"
    "-,5,,dash,B,40,,,\r\n"
    '"Student, Test",6,,,B,,,,\r\n'
).encode()
CANVAS = [
    {"id": "1", "sis": "S1", "login": "ada@example.edu", "name": "Ada Lovelace"},
    {"id": "2", "sis": "", "login": "bob", "name": 'Böb "Bobby" Tables'},
    {"id": "3", "sis": "S3", "login": "kim1", "name": "Kim Lee"},
    {"id": "4", "sis": "S4", "login": "kim2", "name": "Kim Lee"},
    {"id": "5", "sis": "", "login": "dash", "name": "-"},
    {"id": "6", "sis": "", "login": "test", "name": "Student, Test"},
]  # fmt: skip


def test_an_export_of_canvas_is_filled_and_canvas_takes_over_just_that() -> None:
    outcome = canvas_export.fill(
        [grade("ada", "72.555"), grade("bob", None, standing="excused"), grade("kim2", 0), grade("-", 40)],
        "grades.csv", EXPORT, SETTINGS,
    )  # fmt: skip
    taken = canvas(outcome.content, CANVAS, {"4711": "Exercise 7", "99": "Other"})
    assert {who: score for (who, what), score in taken.items() if what == "4711"} == {
        "1": "72.56", "2": "EX", "3": "", "4": "0", "5": "40", "6": ""}  # fmt: skip
    assert {who: score for (who, what), score in taken.items() if what == "99"} == {
        "1": "9.50", "2": "", "3": "", "4": "", "5": "", "6": ""}  # fmt: skip
    assert outcome.notices == (Notice("ungraded", "Kim Lee"),)
    assert outcome.written == 4


def test_all_else_of_an_export_stays_byte_for_byte() -> None:
    filled = canvas_export.fill([grade("ada"), grade("kim2", 0)], "grades.csv", EXPORT, SETTINGS).content
    before, after = EXPORT.split(b"\r\n"), filled.split(b"\r\n")
    assert [number for number, line in enumerate(before) if line != after[number]] == [3, 6]
    assert after[3] == before[3].replace(b",  ,9.50", b",72.5,9.50")
    assert after[6] == b"Kim Lee,4,S4,kim2,B,0,,,"
    same = canvas_export.fill([grade("bob", 55, exercise="Exercise 7")], "g.csv", EXPORT, SETTINGS)
    assert same.content != EXPORT  # 55.00 became 55: the number is the same, the file says ours
    nobody = canvas_export.fill([grade("eve", exercise="exercise-7")], "grades.csv", EXPORT, SETTINGS)
    assert nobody.content == EXPORT


def test_no_score_of_canvas_is_taken_away_by_work_that_has_none() -> None:
    grades = [grade("bob", None, standing="missing"), grade("dash", 30, needs_review=True),
              grade("ada", None, standing="error")]  # fmt: skip
    outcome = canvas_export.fill(grades, "grades.csv", EXPORT, SETTINGS)
    assert outcome.content == EXPORT
    assert {(one.kind, one.name) for one in outcome.notices if one.kind != "ungraded"} == {
        ("missing", "bob/exercise-07"), ("open", "dash/exercise-07"), ("error", "ada/exercise-07")}  # fmt: skip
    assert outcome.lost  # points wait: somebody has to do something
    zero = canvas_export.fill(grades, "grades.csv", EXPORT, Settings(open_too=True, missing_zero=True)).content
    taken = canvas(zero, CANVAS, {"4711": "Exercise 7", "99": "Other"})
    assert (taken["2", "4711"], taken["5", "4711"], taken["1", "4711"]) == ("0", "30", "")


def test_two_who_have_one_name_are_left_to_a_person_and_told_apart_by_a_login() -> None:
    outcome = canvas_export.fill(
        [grade(Learner("x1", name="Kim Lee")), grade(Learner("x2", name="Lee, Kim")), grade("nobody")],
        "grades.csv", EXPORT, SETTINGS,
    )  # fmt: skip
    assert outcome.content == EXPORT
    assert [one for one in outcome.notices if one.kind != "ungraded"] == [
        Notice("unknown", "nobody"), Notice("unclear", "x1"), Notice("unclear", "x2")]  # fmt: skip
    by_login = canvas_export.fill([grade(Learner("x1", name="Kim Lee", lms_id="4"))], "g.csv", EXPORT, SETTINGS)
    assert b"Kim Lee,4,S4,kim2,B,72.5,,," in by_login.content


def test_one_row_is_never_given_to_two_learners() -> None:
    both = [grade("ada", 10), grade(Learner("a.l", email="ada@example.edu"), 90)]
    outcome = canvas_export.fill(both, "grades.csv", EXPORT, SETTINGS)
    assert outcome.content == EXPORT
    assert [one.name for one in outcome.notices if one.kind == "unclear"] == ["a.l", "ada"]


def test_other_points_in_canvas_are_told_and_converted_when_that_is_wanted() -> None:
    ten = EXPORT.replace(b"100.00,10.00", b"10.00,10.00")
    with pytest.raises(Told, match="has 10 points for exercise-07, and the rubric has 100"):
        canvas_export.fill([grade("ada")], "grades.csv", ten, SETTINGS)
    assert b",7.25,9.50" in canvas_export.fill([grade("ada")], "g.csv", ten, Settings(scale=True)).content


def test_a_column_is_named_by_its_number_and_an_exercise_without_one_is_told() -> None:
    grades = [grade("ada"), grade("ada", 50, exercise="exercise-08")]
    outcome = canvas_export.fill(grades, "grades.csv", EXPORT, Settings(columns={"exercise-08": "99"}, scale=True))
    assert b",72.5,5,88.00,B" in outcome.content
    assert Notice("column", "exercise-08") in canvas_export.fill(grades, "g.csv", EXPORT, SETTINGS).notices
    with pytest.raises(Told, match="has no column for exercise-08"):
        canvas_export.fill(grades[1:], "grades.csv", EXPORT, SETTINGS)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no gradebook of Canvas"),
        (b"a,b\n1,2\n", "no gradebook of Canvas"),
        (EXPORT.replace(b"Kim Lee,3", b'"Kim" Lee,3'), "no CSV at line 6"),
        (EXPORT + b'"open', "no CSV at line 10"),
        (EXPORT.decode().encode("utf-16"), "not in UTF-8"),
        (EXPORT.replace(b"100.00,", b"100.00 (read only),"), "read only"),
        (EXPORT.replace(b"Other (99)", b"exercise-07"), "several columns"),
    ],
)
def test_a_file_that_canvas_did_not_write_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(Told, match=said):
        canvas_export.fill([grade("ada")], "grades.csv", content, SETTINGS)


HOSTILE = [
    "=HYPERLINK(\"http://example.org\",\"x\")", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1",
    "x;=1+1", "x\t=1+1", "x\n=1+1", "\uff1d1", " =1", "\u200b=1", "a,b", 'say "hi"', "Zoë 漢字", "two\nlines", "-", "",
    "Points Possible", "\ud800", "nul\0", "O'Neil",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_new_file_runs_no_formula_and_canvas_still_knows_the_learner(name: str) -> None:
    learner = Learner("u1", name=name, lms_id="17", section=name)
    outcome = canvas_export.new([grade(learner), grade("bob", None, standing="excused")],
                                Settings(columns={"exercise-07": "Exercise 7 (4711)"}))  # fmt: skip
    assert formulas(outcome.content) == []
    known = [{"id": "17", "sis": "", "login": "u1", "name": "?"}, {"id": "2", "sis": "", "login": "bob", "name": "?"}]
    assert canvas(outcome.content, known, {"4711": "Exercise 7"}) == {("17", "4711"): "72.5", ("2", "4711"): "EX"}


def test_names_and_numbers_that_are_no_formulas_stay() -> None:
    rows = list(csv.reader(io.StringIO(canvas_export.new(
        [grade(Learner("u1", name="-", section="-1")), grade(Learner("+49123", name="O'Neil, Zoë"))], SETTINGS
    ).content.decode())))  # fmt: skip
    assert rows[2:] == [["O'Neil, Zoë", "", "", "+49123", "", "72.5"], ["-", "", "", "u1", "-1", "72.5"]]


def test_a_login_that_had_to_be_changed_is_told() -> None:
    outcome = canvas_export.new([grade("=1+1"), grade("@team")], SETTINGS)
    assert outcome.notices == (Notice("altered", "=1+1"), Notice("altered", "@team"))


def test_a_title_that_canvas_would_drop_is_refused() -> None:
    with pytest.raises(Told, match="Canvas would drop a column called Final Grade Project"):
        canvas_export.new([grade("ada")], Settings(columns={"exercise-07": "Final Grade Project"}))


def test_a_roster_adds_who_is_missing_and_keeps_who_is_not_in_it() -> None:
    roster = [Learner("ada", "Ada", "ada@example.edu", "1", "A"), Learner("cyd", "Cyd")]
    found, notices = with_roster([grade("ada"), grade("eve", 50)], roster)
    assert notices == (Notice("unknown", "eve"),)
    assert [(one.learner.id, one.learner.name, one.standing) for one in found] == [
        ("ada", "Ada", "graded"), ("eve", "", "graded"), ("cyd", "Cyd", "missing")]  # fmt: skip
    assert canvas_export.new(found, SETTINGS).notices == (Notice("missing", "cyd/exercise-07"),)


# --- Moodle ---------------------------------------------------------------------------------------

ENGLISH = ("Identifier", "Grade", "Last modified (grade)", "Feedback comments")
SHEET = (
    b"Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,Last modified (submission),"
    b'"Online text","Last modified (grade)","Feedback comments"\r\n'
    b'Participant 11,"Lovelace, Ada",ada@example.edu,"Submitted for grading - ",,100.00,Yes,-,"two\r\nlines",-,\r\n'
    b'Participant 12,Bob,bob@example.edu,"No submission - ",,100.00,Yes,-,,-,"old, ""said"""\r\n'
    b"Participant 13,Kim Lee,kim@example.edu,-,50.00,100.00,No,-,,-,\r\n"
    b"Participant 14,Kim Lee,lee@example.edu,-,,100.00,Yes,-,,-,\r\n"
)


def fill(grades: list[Grade], content: bytes = SHEET, settings: Settings = SETTINGS) -> Any:
    said = moodle.comment(["Well <b>done</b>", "=1"])
    return moodle.worksheet(grades, "sheet.csv", content, settings, lambda _: said)


def test_a_worksheet_is_filled_and_moodle_reads_grade_and_feedback() -> None:
    outcome = fill([grade("ada", "66.666"), grade("12", None, standing="missing"), grade("kim", 70), grade("eve", 1)])
    read = moodle_worksheet(outcome.content, ["11", "12", "13", "14"], ENGLISH, "Participant ")
    assert read == {
        "11": ("66.67", "Well &lt;b&gt;done&lt;/b&gt;<br>=1"), "12": ("", 'old, "said"'), "13": ("50.00", ""),
        "14": ("", "")}  # fmt: skip
    assert set(outcome.notices) == {
        Notice("missing", "12/exercise-07"), Notice("locked", "kim/exercise-07"), Notice("unknown", "eve"),
        Notice("ungraded", "Kim Lee")}  # fmt: skip
    assert formulas(outcome.content.replace(b"; - ", b"")) == []


def test_only_grade_and_feedback_of_a_worksheet_change() -> None:
    filled = fill([grade("ada")]).content
    before, after = SHEET.split(b"\r\n"), filled.split(b"\r\n")
    assert [number for number, line in enumerate(before) if line != after[number]] == [1, 2]
    assert after[1] == before[1].replace(b'",,100.00', b'",72.5,100.00')
    assert after[2] == b'lines",-,Well &lt;b&gt;done&lt;/b&gt;<br>=1'
    assert fill([grade("eve")]).content == SHEET


def test_a_german_worksheet_keeps_its_decimal_comma_and_another_language_is_named() -> None:
    german = (
        '\ufeffID,"Vollständiger Name",E-Mail-Adresse,Status,Bewertung,Bestwertung,"Bewertung kann geändert werden",'
        '"Zuletzt geändert (Bewertung)","Feedback als Kommentar"\n'
        'Teilnehmer/in11,Ada,ada@example.edu,-,,"100,00",Ja,-,\n'
    ).encode()
    outcome = fill([grade("11")], german)
    words = ("ID", "Bewertung", "Zuletzt geändert (Bewertung)", "Feedback als Kommentar")
    assert moodle_worksheet(outcome.content, ["11"], words, "Teilnehmer/in")["11"][0] == "72,5"
    french = german.replace(b"ID,", b"Identifiant,").replace(b",Bewertung,", b",Note,")
    with pytest.raises(Told, match="has no column Identifier"):
        fill([grade("11")], french)
    assert b'"72,5"' in fill([grade("11")], french, Settings(columns={"id": "Identifiant", "grade": "Note"})).content


def test_a_worksheet_with_other_points_or_several_exercises_is_told() -> None:
    ten = SHEET.replace(b"100.00", b"10.00")
    with pytest.raises(Told, match="has 10 points"):
        fill([grade("ada")], ten)
    assert b",7.25,10.00" in fill([grade("ada")], ten, Settings(scale=True)).content
    with pytest.raises(Told, match="for one exercise"):
        fill([grade("ada"), grade("ada", exercise="exercise-08")])


@pytest.mark.parametrize("name", HOSTILE)
def test_moodles_gradebook_takes_the_file_whatever_the_names_are(name: str) -> None:
    grades = [grade(Learner("u1", name=name)), grade("bob", None, standing="error"), grade("cyd", 0)]
    outcome = moodle.gradebook(grades, SETTINGS)
    assert formulas(outcome.content) == []
    assert moodle_gradebook(outcome.content, ["u1", "cyd"], ["exercise-07"]) == {
        ("u1", "exercise-07"): "72.5", ("cyd", "exercise-07"): "0"}  # fmt: skip
    assert outcome.notices == (Notice("error", "bob/exercise-07"),)


def test_the_importers_refuse_what_the_platforms_refuse() -> None:
    with pytest.raises(Refused, match="new student"):
        canvas(EXPORT, CANVAS[:1], {"4711": "x", "99": "y"})
    with pytest.raises(Refused, match="bad score"):
        canvas(EXPORT.replace(b"55.00", b"many"), CANVAS, {"4711": "x", "99": "y"})
    with pytest.raises(Refused, match="unknown user"):
        moodle_gradebook(b"username,e\r\nx,1\r\n", ["ada"], ["e"])
    with pytest.raises(Refused, match="participant"):
        moodle_worksheet(SHEET, ["11"], ENGLISH, "Participant ")
    assert formulas(b"a,=1\r\n") == ["=1"]
    assert formulas(b'a,"x;=1"\r\n')
