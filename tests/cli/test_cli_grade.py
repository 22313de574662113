"""``grade EXERCISE [PATH]``: which folder is graded, what is printed, and the exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from gradeline.course_schema import schema

Grade = Callable[..., Result]
Make = Callable[..., Path]


def use_check(course: Path, check: str) -> None:
    rubric = course / "rubrics" / "exercise-01.yaml"
    text = rubric.read_text(encoding="utf-8")
    rubric.write_text(text.replace("check: says\n    with: {word: lint}", f"check: {check}"), encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "code", "score"), [("tests\nlint\n", 0, 100), ("lint\n", 1, 40), ("tests\n", 1, 60), ("x\n", 1, 0)]
)
def test_the_exit_code_tells_passed_from_below_the_pass_mark(
    grade: Grade, submission: Make, text: str, code: int, score: int
) -> None:
    result = grade("exercise-01", str(submission(text)))
    assert result.exit_code == code
    assert f"Score {score} of 100" in result.output


@pytest.mark.parametrize("words", [("run", "exercise-01"), ("1",), ("01",), ("first-words",), ("EXERCISE-1",)])
def test_an_exercise_may_be_named_in_many_ways(grade: Grade, submission: Make, words: tuple[str, ...]) -> None:
    assert grade(*words, str(submission())).exit_code == 0


def test_kit_files_come_from_the_starter_but_never_the_files_to_hand_in(grade: Grade, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    result = grade("1", str(empty))
    assert result.exit_code == 1
    assert "`.github/workflows/ci.yml` is missing" in result.output
    assert "Score 0 of 100" in result.output


def test_json_on_standard_output_is_valid_and_the_same_every_time(grade: Grade, submission: Make) -> None:
    from jsonschema import Draft202012Validator

    folder = str(submission("tests\n"))
    first, second = grade("1", folder, "--format", "json"), grade("1", folder, "--format", "json")
    assert first.exit_code == 1
    assert first.stdout == second.stdout
    Draft202012Validator(schema("result-1")).validate(json.loads(first.stdout))
    assert json.loads(first.stdout)["submission"]["id"] == "alice"
    assert str(Path(folder).parent) not in first.stdout


def test_a_report_can_go_to_a_file_and_standard_output_stays_empty(
    grade: Grade, submission: Make, tmp_path: Path
) -> None:
    target = tmp_path / "report.json"
    target.write_text("old", encoding="utf-8")
    result = grade("1", str(submission()), "--format", "json", "--output", str(target))
    assert (result.exit_code, result.output) == (0, "")
    assert json.loads(target.read_text(encoding="utf-8"))["score"] == 100
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".tmp")] == []


def test_a_report_that_cannot_be_written_is_wrong_usage(grade: Grade, submission: Make, tmp_path: Path) -> None:
    target = tmp_path / "no" / "report.txt"
    result = grade("1", str(submission()), "--output", str(target))
    assert result.exit_code == 2
    # A long path is wrapped, wherever the test runs: compare without white space.
    assert "".join(result.stderr.split()) == f"grade:{target}:Nosuchfileordirectory."


def test_the_submission_is_left_as_it_was(grade: Grade, submission: Make) -> None:
    folder = submission("tests\n")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    grade("1", str(folder))
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_piped_report_has_no_colour(grade: Grade, submission: Make) -> None:
    assert "\x1b" not in grade("1", str(submission("x\n"))).output


def test_a_check_that_fails_is_exit_code_3_and_never_a_traceback(grade: Grade, submission: Make, course: Path) -> None:
    use_check(course, "breaks")
    result = grade("1", str(submission()))
    assert result.exit_code == 3
    assert "! grader failed   0/40  Lint runs" in result.output
    assert "ZeroDivisionError" in result.output
    assert "/home/prof" not in result.output
    assert "Traceback" not in result.output


def test_debug_shows_where_a_check_fails(grade: Grade, submission: Make, course: Path) -> None:
    use_check(course, "breaks")
    result = grade("1", str(submission()), "--debug")
    assert result.exit_code == 3
    assert "Traceback" in result.stderr
    assert "ZeroDivisionError: /home/prof/secret" in result.stderr


def test_points_that_wait_for_a_person_are_said(grade: Grade, submission: Make, course: Path) -> None:
    use_check(course, "unsure")
    result = grade("1", str(submission()))
    assert result.exit_code == 1
    assert "40 points cannot be decided from the files" in result.output


def test_a_broken_rubric_is_the_graders_failure_and_not_the_learners(
    grade: Grade, submission: Make, course: Path
) -> None:
    rubric = course / "rubrics" / "exercise-01.yaml"
    rubric.write_text(rubric.read_text(encoding="utf-8").replace("points: 60", "points: 61"), encoding="utf-8")
    result = grade("1", str(submission()))
    assert result.exit_code == 3
    assert "gives 101 points in all" in result.stderr


def test_a_learner_does_not_pay_for_schemas(grade: Grade, submission: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    import gradeline.course_schema

    def fail(*_: object) -> None:
        raise AssertionError("a learner's run must not validate by schema")

    monkeypatch.setattr(gradeline.course_schema, "problems", fail)
    assert grade("1", str(submission())).exit_code == 0


# --- without PATH ------------------------------------------------------------------------------


def test_the_workspace_one_is_in_is_graded(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    grade("start", "1", "--to", "work")
    monkeypatch.chdir("work/.github/workflows")
    result = grade("1")
    assert result.exit_code == 1
    assert "Submission: work" in result.output


def test_a_workspace_just_below_is_graded(grade: Grade) -> None:
    grade("start", "1")
    assert "Submission: exercise-01-first-words" in grade("1").output


def test_a_folder_with_the_file_to_hand_in_is_graded(
    grade: Grade, submission: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(submission())
    assert grade("1").exit_code == 0


def test_the_workspace_of_another_exercise_is_not_graded(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    grade("start", "2", "--to", "work")
    monkeypatch.chdir("work")
    result = grade("1")
    assert result.exit_code == 2
    assert "This is the workspace of exercise-02, not of exercise-01." in result.stderr.replace("\n", " ")


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"exercise": 1}', '{"exercise": "\\u001b[2J"}', "[" * 100_000, "\udcff"]
)
def test_a_damaged_marker_changes_nothing(grade: Grade, content: str) -> None:
    Path(".gradeline.json").write_text(content, encoding="utf-8", errors="surrogateescape")
    result = grade("1")
    assert result.exit_code == 2
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize("found", [".github/workflows/ci.yaml", ".github/workflow/ci.yml", "ci.yml"])
def test_a_misplaced_file_is_named_with_the_place_where_it_is_expected(
    grade: Grade, submission: Make, monkeypatch: pytest.MonkeyPatch, found: str
) -> None:
    monkeypatch.chdir(submission(path=Path(found)))
    result = grade("1")
    said = " ".join(result.stderr.split())
    assert result.exit_code == 2
    assert f"`.github/workflows/ci.yml` is missing. Found instead: `{found}`." in said
    assert "`grade start exercise-01` makes a folder to work in" in said


def test_a_path_that_is_not_there_is_wrong_usage(grade: Grade) -> None:
    result = grade("1", "nowhere\x1b[2J")
    assert result.exit_code == 2
    assert result.stderr == "grade: There is nothing at nowhere\\x1b[2J. Name the folder with your work.\n"


@pytest.mark.parametrize("inside", [".", "solutions/exercise-01-first-words/exemplar"])
def test_nothing_is_graded_inside_the_repository_that_gradeline_is_written_in(
    grade: Grade, course: Path, inside: str
) -> None:
    (course / "pyproject.toml").write_text('[project]\nname = "gradeline"\n', encoding="utf-8")
    result = grade("1", str(course / inside))
    said = " ".join(result.stderr.split())
    assert result.exit_code == 2
    assert "`grade start exercise-01 --to FOLDER` makes one elsewhere" in said
    assert "`grade verify exercise-01`" in said


def test_a_repository_of_another_name_is_graded(grade: Grade, course: Path) -> None:
    (course / "pyproject.toml").write_text('[project]\nname = "churn"\n', encoding="utf-8")
    assert grade("1", str(course / "solutions" / "exercise-01-first-words" / "exemplar")).exit_code == 0
