"""Names and numbers as real classes and other countries have them: nobody is lost, mixed up, or given another grade."""

from __future__ import annotations

import unicodedata
from fractions import Fraction
from typing import Any

import pytest
from support.platform_importers import Refused, canvas, formulas

from gradeline.exports import canvas as canvas_export
from gradeline.exports import feedback, moodle, tables
from gradeline.exports.outcome import Notice, Settings
from gradeline.exports.people import Row, match, with_roster
from gradeline.exports.places import read
from gradeline.grades import Comment, Grade, Learner
from gradeline.render.cells import mark_of, number, text
from gradeline.words import Told


def grade(learner: str | Learner, score: str | None = "72.5", exercise: str = "exercise-07", **more: Any) -> Grade:
    who = Learner(learner) if isinstance(learner, str) else learner
    fields: dict[str, Any] = {"standing": "graded", "passed": True, "needs_review": False, **more}
    value = None if score is None else Fraction(score)
    return Grade(who, exercise, fields.pop("standing"), value, Fraction(100), **fields)


def canvas_file(points: str = "100", separator: str = ",", title: str = "exercise-07 (1)") -> bytes:
    rows = [["Student", "ID", "SIS Login ID", "Section", title], ["    Points Possible", "", "", "", points],
            ["Ada", "1", "ada", "A", ""]]  # fmt: skip
    quoted = ([f'"{cell}"' if set(cell) & set(",;") else cell for cell in row] for row in rows)
    return "".join(separator.join(row) + "\r\n" for row in quoted).encode()


ADA = [{"id": "1", "sis": "", "login": "ada", "name": "Ada"}]


def sheet(most: str) -> bytes:
    return f'Identifier,Full name,Grade,Maximum Grade,Feedback comments\r\nParticipant 1,Ada,,"{most}",\r\n'.encode()


def fill_sheet(one: Grade, content: bytes, settings: Settings | None = None) -> bytes:
    return moodle.worksheet(
        [one], "sheet.csv", content, settings or Settings(), lambda it: moodle.comment(feedback.sentences(it))
    ).content


# --- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "value"),
    [("100", 100), ("100.00", 100), ("100,50", Fraction(201, 2)), ("1.000,00", 1000), ("1,000.00", 1000), (" 7 ", 7),
     (".5", Fraction(1, 2)), ("1.000.000,5", Fraction(2000001, 2)), ("", None), ("1/0", None), ("1e999999999", None),
     ("nan", None), ("-5", None), ("A-F", None), ("\u0661\u0662", None), (".", None)],
)  # fmt: skip
def test_a_number_is_read_as_its_platform_reads_it_wherever_it_was_written(cell: str, value: object) -> None:
    assert number(cell) == value


def test_the_decimal_mark_is_that_of_the_file() -> None:
    assert [mark_of(one) for one in ("100,00", "1.000,0", "100", "1,000.00", "")] == [",", ",", ".", ".", "."]


def test_a_canvas_file_with_semicolons_and_decimal_commas_is_filled_as_it_is_written() -> None:
    """A point would be a date in a German spreadsheet that the file goes through."""
    outcome = canvas_export.fill([grade("ada", "12.5")], "c.csv", canvas_file("100,00", ";"), Settings())
    assert outcome.content.splitlines()[2] == b"Ada;1;ada;A;12,5"
    assert canvas(outcome.content, ADA, {"1": "exercise-07"}) == {("1", "1"): "12.5"}


def test_a_thousand_points_with_a_mark_between_the_digits_are_not_no_points() -> None:
    for points in ("1.000,00", "1,000.00"):
        with pytest.raises(Told, match="has 1000 points for exercise-07"):
            canvas_export.fill([grade("ada")], "c.csv", canvas_file(points), Settings())
        filled = canvas_export.fill([grade("ada")], "c.csv", canvas_file(points), Settings(scale=True))
        assert canvas(filled.content, ADA, {"1": "exercise-07"}) == {("1", "1"): "725"}


@pytest.mark.parametrize("points", ["1/0", "1e999999999", "nan", "A-F"])
def test_points_that_are_no_number_are_told_and_end_nothing(points: str) -> None:
    with pytest.raises(Told, match="which is no number"):
        canvas_export.fill([grade("ada")], "c.csv", canvas_file(points), Settings())
    with pytest.raises(Told, match="which is no number"):
        fill_sheet(grade("1"), sheet(points))


def test_a_worksheet_with_other_points_names_the_exercise() -> None:
    with pytest.raises(Told, match="has 1000 points for exercise-07"):
        fill_sheet(grade("1"), sheet("1.000,00"))


# --- columns ----------------------------------------------------------------------------------------------------------


def test_two_exercises_are_never_written_into_one_column() -> None:
    both = [grade("ada"), grade("ada", "10", "exercise-08")]
    settings = Settings(columns={"exercise-07": "1", "exercise-08": "exercise-07"})
    with pytest.raises(Told, match="the same column for exercise-07 and exercise-08"):
        canvas_export.fill(both, "c.csv", canvas_file(), settings)


@pytest.mark.parametrize("make", [canvas_export.new, moodle.gradebook, tables.gradescope])
def test_no_new_file_has_two_columns_with_one_title(make: Any) -> None:
    both = [grade("ada"), grade("ada", "10", "exercise-08")]
    for columns in ({"exercise-07": "HW", "exercise-08": "HW"}, {"exercise-07": "HW", "exercise-08": "HW\n"}):
        with pytest.raises(Told, match="Two columns would be called HW"):
            make(both, Settings(columns=columns))


@pytest.mark.parametrize(
    ("make", "title"),
    [(canvas_export.new, "Section"), (moodle.gradebook, "email"), (tables.gradescope, "SID"),
     (tables.gradescope, "exercise-07 - Max Points")],
)  # fmt: skip
def test_no_exercise_is_called_like_a_column_of_the_learner(make: Any, title: str) -> None:
    with pytest.raises(Told, match=f"Two columns would be called {title}"):
        make([grade("ada"), grade("ada", "10", "exercise-08")], Settings(columns={"exercise-08": title}))


def test_semicolons_in_the_title_of_an_assignment_do_not_separate() -> None:
    content = canvas_file(title="a; b; c; d; e; exercise-07 (1)")
    assert read("c.csv", content).separator == ","
    outcome = canvas_export.fill([grade("ada")], "c.csv", content, Settings(columns={"exercise-07": "1"}))
    assert outcome.content.splitlines()[2] == b"Ada,1,ada,A,72.5"


def test_a_canvas_file_with_last_and_first_names_apart_is_filled() -> None:
    content = (
        b"LastName,FirstName,ID,SIS User ID,SIS Login ID,Section,exercise-07 (1)\r\n"
        b"    Points Possible,,,,,,100\r\nLovelace,Ada,1,,x1,A,\r\nLee,Kim,2,,x2,A,\r\n"
    )
    grades = [grade(Learner("ada", "Ada Lovelace")), grade("x2", "5")]
    outcome = canvas_export.fill(grades, "c.csv", content, Settings())
    people = [{"id": "1", "sis": "", "login": "x1", "name": "a"}, {"id": "2", "sis": "", "login": "x2", "name": "b"}]
    assert canvas(outcome.content, people, {"1": "exercise-07"}) == {("1", "1"): "72.5", ("2", "1"): "5"}


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("Zoë Müller", unicodedata.normalize("NFD", "Müller, Zoë")), ("Ada Lovelace", "Ada\u00a0Lovelace"),
        ("\u05d0\u05d1\u05d2", "\u200f\u05d0\u05d1\u05d2\u200e"), ("Ada Lovelace", "\u2068Ada\u2069 LOVELACE"),
    ],
)  # fmt: skip
def test_a_name_is_the_same_in_every_spelling_of_unicode(mine: str, theirs: str) -> None:
    assert match([Learner("x", name=mine)], [Row(4, ("7",), theirs), Row(5, ("8",), "Kim")]).rows == {"x": 4}


def test_two_logins_that_differ_only_in_sharp_s_are_told_apart() -> None:
    rows = [Row(1, ("wei\u00df",)), Row(2, ("weiss",))]
    assert match([Learner("wei\u00df"), Learner("weiss")], rows).rows == {"wei\u00df": 1, "weiss": 2}
    assert match([Learner("WEISS")], rows).unclear == ("WEISS",)


def test_a_folder_in_other_letters_is_the_learner_of_the_roster_and_not_missing() -> None:
    """With --missing-as-zero the work that was there would have become a zero."""
    found, strangers = with_roster([grade("Ada")], [Learner("ada", "Ada L"), Learner("bob")])
    assert [(one.learner.id, one.learner.name, one.standing) for one in found] == [
        ("ada", "Ada L", "graded"), ("bob", "", "missing")]  # fmt: skip
    assert strangers == ()


def test_two_folders_that_could_be_one_learner_are_left_to_a_person() -> None:
    found, strangers = with_roster([grade("Ada"), grade("ADA", "5")], [Learner("ada")])
    assert [one.learner.id for one in found] == ["Ada", "ADA", "ada"]
    assert strangers == (Notice("unknown", "Ada"), Notice("unknown", "ADA"))
    _, strangers = with_roster([grade("ADA")], [Learner("ada"), Learner("Ada")])
    assert strangers == (Notice("unknown", "ADA"),)


@pytest.mark.parametrize("mark", ["\u200e", "\u200f", "\u202e", "\u2066", "\u2060", "\u00ad", "\ufeff", "\u061c"])
def test_no_formula_hides_behind_a_mark_that_nobody_sees(mark: str) -> None:
    assert text(f"{mark}=1+1") == f"'{mark}=1+1"
    assert text(f"{mark}\u05d0\u05d1") == f"{mark}\u05d0\u05d1"


def test_two_of_one_name_never_get_each_others_score_by_the_name() -> None:
    """Canvas does not know these logins; it would take the first Kim Lee for both."""
    kims = [grade(Learner("gh-1", "Kim Lee")), grade(Learner("gh-2", "Lee, Kim"), "5")]
    content = canvas_export.new([*kims, grade(Learner("ada", "Ada"), "9")], Settings()).content
    assert [line.split(",")[0].strip('"') for line in content.decode().splitlines()[2:]] == [
        "Ada", "Kim Lee (gh-1)", "Lee"]  # fmt: skip
    known = [{"id": "7", "sis": "", "login": "kim1", "name": "Kim Lee"}, *ADA]
    with pytest.raises(Refused, match="new student 'Kim Lee"):
        canvas(content, known, {"7": "exercise-07"})


def test_names_from_right_to_left_stay_as_they_are() -> None:
    name = "\u0639\u0628\u062f \u0627\u0644\u0644\u0647, \u0645\u062d\u0645\u062f"
    content = canvas_export.new([grade(Learner("u1", name))], Settings()).content.decode()
    assert content.splitlines()[2] == f'"{name}",,,u1,,72.5'


@pytest.mark.parametrize("hidden", ["\x1b[31mred", "a\x07b", "a\x7fb", "a\x9bb", "a\0b", "a\tb", "a\x0bb"])
def test_no_cell_holds_a_character_that_controls_a_terminal(hidden: str) -> None:
    for said in (text(hidden), moodle.comment([hidden])):
        assert all(unicodedata.category(one) != "Cc" for one in said)
        assert {*said} >= {*hidden} & {*"abred"}


def test_half_of_a_character_ends_no_export() -> None:
    half = Learner("a\ud800", "\udfff, x\n")
    said = Comment("TA\ud800", "x\udfff", "2026-01-01T00:00:00Z")
    one = grade(half, exercise="exercise-07", submitted="\ud800", reason="\ud800", comments=(said,))
    for make in (canvas_export.new, moodle.gradebook, tables.nbgrader, tables.gradescope):
        assert make([one], Settings()).content.decode("utf-8")
    assert "".join(tables.json_lines([one])).isascii()
    assert tables.parquet([one])
    for _, page in feedback.files([one]):
        assert page.encode("utf-8")
    assert b"72.5" in fill_sheet(grade(Learner("1"), comments=(said,)), sheet("100"))
    assert moodle.comment(["a\ud800b"]).encode("utf-8") == b"a?b"


def test_a_time_that_is_a_formula_is_text() -> None:
    one = grade("ada", submitted="=HYPERLINK(1)")
    for make in (tables.nbgrader, tables.gradescope):
        assert formulas(make([one], Settings()).content) == []


def test_feedback_on_two_exercises_with_strange_names_is_in_two_files() -> None:
    names = [name for name, _ in feedback.files([grade("ada", exercise="a b"), grade("ada", exercise="a/b")])]
    assert len(set(names)) == 4
    assert all(name.startswith("ada/exercise-") for name in names)
