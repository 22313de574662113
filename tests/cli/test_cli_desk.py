"""A learner's desk: what is done and what comes next, hints one by one, back to the start, and the way out of
every usual mistake."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from click.testing import Result

from gradeline_cli.commands import COMMANDS

Grade: TypeAlias = Callable[..., Result]
CI = Path(".github/workflows/ci.yml")
WORK = Path("exercise-01-first-words")


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRADE_PROGRESS", str(tmp_path / "progress"))
    return tmp_path / "progress"


def save(text: str, folder: Path = WORK) -> None:
    (folder / CI).write_text(text, encoding="utf-8")


def flat(result: Result) -> str:
    return " ".join((result.stdout + result.stderr).split())


# --- since the last attempt -------------------------------------------------------------------------


def test_the_report_says_what_is_newly_met_and_what_was_lost(grade: Grade) -> None:
    grade("start", "1")
    save("tests\n")
    first = grade("1").stdout
    assert "\nSince the start: 0 → 60 points\n  ✔ now met  Tests run\n" in first
    assert 'Well done: "Tests run" holds now, that earns 60 points.' in first
    save("lint\n")
    second = grade("1").stdout
    assert "\nSince your last attempt: 60 → 40 points\n  ✔ now met  Lint runs\n  ✘ lost     Tests run\n" in second
    assert 'Well done: "Lint runs" holds now, that earns 40 points.' in second


def test_praise_is_only_for_what_is_new(grade: Grade) -> None:
    grade("start", "1")
    save("tests\n")
    grade("1")
    save("tests\n# a comment\n")
    again = grade("1").stdout
    assert "Since your last attempt no criterion has changed.\n" in again
    assert "Well done" not in again
    same = grade("1").stdout
    assert "The files are the same as at your last attempt.\n" in same
    assert "Well done" not in same
    save("tests\nlint\n")
    done = grade("1").stdout
    assert "Since your last attempt: 60 → 100 points\n  ✔ now met  Lint runs\n" in done
    assert done.count("Well done") == 1
    assert "Well done: everything this exercise asks for holds.\n" in done


def test_nobody_is_praised_for_what_the_starter_has(grade: Grade, course: Path) -> None:
    (course / "exercises" / "exercise-01-first-words" / "starter" / CI).write_text("tests\n", encoding="utf-8")
    grade("start", "1")
    untouched = grade("1").stdout
    assert "Score 60 of 100" in untouched
    assert "These are still the files of the start.\n" in untouched
    assert "Well done" not in untouched
    grade("start", "1", "--to", "again")
    save("tests\n# mine\n", Path("again"))
    changed = grade("1", "again").stdout
    assert "Since the start no criterion has changed.\n" in changed
    assert "Well done" not in changed


def test_attempts_under_another_rubric_are_not_compared(grade: Grade, course: Path) -> None:
    grade("start", "1")
    save("tests\n")
    grade("1")
    rubric = course / "rubrics" / "exercise-01.yaml"
    rubric.write_text(rubric.read_text(encoding="utf-8").replace("word: lint", "word: style"), encoding="utf-8")
    save("tests\nlint\n")
    assert "The exercise or the grader is a newer one than at your last attempt" in flat(grade("1"))


def test_a_criterion_that_only_waits_is_not_called_lost() -> None:
    from fractions import Fraction

    from gradeline.render.since import compare
    from gradeline.result import CriterionResult, Report

    def one(name: str, status: str) -> CriterionResult:
        return CriterionResult(name, name, "stages", Fraction(10), Fraction(0), status, "", "", "")  # type: ignore[arg-type]

    now = (one("a", "cannot_tell"), one("b", "error"), one("c", "not_applicable"), one("d", "partial"), one("e", "met"))
    none, full = Fraction(0), Fraction(100)
    report = Report("exercise-01", "", "", "", 1, "", "", none, full, Fraction(70), False, False, now, ())
    since = compare({"a": "met", "b": "met", "c": "met", "d": "unmet", "e": "cannot_tell"}, Fraction(30), report)
    assert [result.id for result in since.lost] == ["c"]
    assert [result.id for result in since.better] == ["d"]
    assert [result.id for result in since.gained] == ["e"]


# --- list, next, progress ------------------------------------------------------------------------------


def test_the_list_shows_what_is_passed_what_is_begun_and_what_comes_next(grade: Grade) -> None:
    grade("start", "1")
    save("tests\n")
    grade("1")
    begun = grade("list").stdout.splitlines()
    assert begun[1].split()[:5] == ["→", "60", "of", "100", "exercise-01"]
    save("tests\nlint\n")
    grade("1")
    lines = grade("list").stdout.splitlines()
    assert lines[1].split() == ["✔", "passed", "exercise-01", "intro", "30", "1", "First", "words"]
    assert lines[2].split()[:3] == ["→", "next", "exercise-02"]
    assert lines[-2:] == ["1 of 2 passed.", "Next step: `grade start exercise-02` makes a folder to work in."]


def test_next_goes_on_with_what_was_begun_and_says_where(grade: Grade) -> None:
    assert "`grade start exercise-01` makes a folder" in flat(grade("next"))
    grade("start", "2", "--to", "deep/two")
    save("tests\n", Path("deep/two"))
    grade("2", "deep/two")
    told = flat(grade("next"))
    assert told.startswith("exercise-02: More words")
    assert "You have begun this one: best score 60 of 100, 1 attempt so far." in told
    assert "Your folder is deep/two." in told
    Path("deep/two").rename("elsewhere")
    assert "is not there any more. Next step: `grade start exercise-02`" in flat(grade("next"))


def test_next_does_not_send_people_to_where_they_are(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    grade("start", "exercise-01")
    folder = next(path for path in Path().iterdir() if path.name.startswith("exercise-01"))
    monkeypatch.chdir(folder)
    grade("exercise-01")
    told = flat(grade("next"))
    assert "You are in its folder. Next step: work on it, then run `grade exercise-01`." in told
    assert "Your folder is" not in told


def test_next_is_the_first_exercise_whose_prerequisites_are_passed(grade: Grade) -> None:
    grade("start", "1")
    save("tests\nlint\n")
    grade("1")
    assert grade("next").stdout.startswith("exercise-02: More words\n")
    grade("start", "2", "--to", "two")
    save("tests\nlint\n", Path("two"))
    grade("2", "two")
    assert grade("next").stdout == "You have passed every exercise of this course. Well done!\n"
    assert "You have passed every exercise" in grade("list").stdout


def test_progress_counts_attempts_and_hints(grade: Grade, kept: Path) -> None:
    assert "not graded anything yet" in grade("progress").stdout
    grade("start", "1")
    for text in ("tests\n", "tests\n#\n", "tests\nlint\n"):
        save(text)
        grade("1")
    save("lint\n")
    grade("hint", "1")
    told = grade("progress").stdout
    assert "exercise-01: passed, best score 100, 3 attempts, 2 hints\n" not in told  # met criteria showed no hint
    assert "exercise-01: passed, best score 100, 3 attempts, 1 hint\n" in told
    assert "Your progress is kept in ../progress." in flat(grade("progress"))
    history = grade("progress", "1").stdout.splitlines()
    assert [line.split()[3:6] for line in history if line.startswith("  20")] == [
        ["60", "of", "100"], ["60", "of", "100"], ["100", "of", "100"]]  # fmt: skip


def test_without_progress_everything_works_and_nothing_is_written(
    grade: Grade, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADE_PROGRESS", "off")
    grade("start", "1")
    assert grade("1").exit_code == 1
    assert "Hint 1 of 3" in grade("hint", "1").stdout
    assert "no progress is kept" in grade("progress").stdout
    assert grade("list").exit_code == grade("next").exit_code == 0
    assert not kept.exists()


# --- hints ----------------------------------------------------------------------------------------


def test_each_call_gives_one_more_hint_and_the_report_has_given_the_first(grade: Grade) -> None:
    grade("start", "1")
    grade("1")  # shows hint 1 of both
    assert "Hint 2 of 3: Read about exit codes.\n" in grade("hint", "1").stdout
    third = grade("hint", "1", "tests-run").stdout
    assert "Hint 3 of 3: GitLab: script: make check\n" in third
    assert "That was the last hint. `grade explain says` shows all" in third
    assert "Hint 3 of 3" in grade("hint", "1", "TESTS_RUN").stdout
    assert "Hint 2 of 3: Read about linters." in grade("hint", "1", "lint-runs").stdout
    assert "tests-run: Tests run. not met, 3 of 3 hints seen." in grade("hint", "1", "--list").stdout


def test_a_hint_can_be_read_again_without_being_counted(grade: Grade) -> None:
    grade("start", "1")
    assert "Hint 1 of 3" in grade("hint", "1").stdout
    assert "Hint 3 of 3" in grade("hint", "1", "--level", "3").stdout
    assert "Hint 2 of 3" in grade("hint", "1").stdout
    assert grade("hint", "1", "--level", "4").exit_code == 2


def test_who_needs_no_hint_gets_none(grade: Grade) -> None:
    grade("start", "1")
    save("tests\nlint\n")
    assert grade("hint", "1").stdout == "There is no criterion to repair, so no hint is needed.\n"
    assert grade("hint", "1", "tests-run").stdout == '"Tests run" holds already, so no hint is needed.\n'


def test_a_misspelled_criterion_is_guessed(grade: Grade) -> None:
    grade("start", "1")
    assert "has no criterion 'test-run'. Did you mean tests-run, lint-runs?" in flat(grade("hint", "1", "test-run"))
    assert "Its criteria are: tests-run, lint-runs." in flat(grade("hint", "1", "zzz"))


# --- reset and solution ------------------------------------------------------------------------------


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_reset_puts_the_starter_back_and_keeps_all_that_was_there(grade: Grade) -> None:
    grade("start", "1")
    at_start = tree(WORK)
    save("tests\n")
    (WORK / "notes" / "own").mkdir(parents=True)
    (WORK / "notes" / "own" / "idea.txt").write_bytes(b"\xff\x00 an idea")
    (WORK / "kit.txt").unlink()
    (WORK / ".git").mkdir()
    (WORK / ".git" / "HEAD").write_text("ref", encoding="utf-8")
    (WORK / "link.yml").symlink_to("kit.txt")
    done = grade("reset", "1")
    assert done.exit_code == 0
    assert "3 files are as they were at the start." in done.stdout
    (WORK / "link.yml").unlink()
    assert tree(WORK) == {**at_start, ".git/HEAD": b"ref"}
    assert not (WORK / "notes").exists()
    copy = Path(f"{WORK}.before-reset-1")
    assert tree(copy) == {CI.as_posix(): b"tests\n", "notes/own/idea.txt": b"\xff\x00 an idea"}
    assert "nothing was changed" in flat(grade("reset", "1"))
    save("lint\n")
    grade("reset", "1")
    assert tree(Path(f"{WORK}.before-reset-2")) == {CI.as_posix(): b"lint\n"}
    assert tree(copy)[CI.as_posix()] == b"tests\n"


def test_after_a_reset_hints_begin_again_and_nothing_is_called_lost(grade: Grade) -> None:
    grade("start", "1")
    save("tests\n")
    grade("1")
    grade("hint", "1", "lint-runs")
    grade("reset", "1")
    assert "Since your last attempt" not in grade("1").stdout
    assert "Hint 2 of 3" in grade("hint", "1", "lint-runs").stdout  # the report has just shown the first


def test_only_a_workspace_is_reset(grade: Grade, submission: Callable[..., Path]) -> None:
    folder = submission("tests\n")
    refused = grade("reset", "1", str(folder))
    assert (refused.exit_code, (folder / CI).read_bytes()) == (2, b"tests\n")
    assert "is no workspace of exercise-01, so nothing was changed" in flat(refused)


def test_a_reset_that_cannot_copy_takes_nothing_away(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    grade("start", "1")
    save("tests\n")
    (WORK / "mine.txt").write_text("mine", encoding="utf-8")
    before = tree(WORK)
    real = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if "before-reset" in str(path) and path.name == "mine.txt":
            raise OSError(28, "No space left on device", str(path))
        return real(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    assert grade("reset", "1").exit_code == 2
    assert tree(WORK) == before


def test_the_solution_is_shown_after_passing_only(grade: Grade) -> None:
    grade("start", "1")
    early = grade("solution", "1")
    assert early.exit_code == 2
    assert "is shown after you have passed it" in flat(early)
    save("lint\ntests\n")
    grade("1")
    save("neither\n")  # once passed is passed
    shown = grade("solution", "1").stdout
    assert "--- exemplar: .github/workflows/ci.yml\ntests\nlint\n" in shown
    other = grade("solution", "1", "exemplar-reversed").stdout
    assert "--- exemplar-reversed: .github/workflows/ci.yml\nlint\ntests\n" in other
    assert "There is no solution 'wrong'" in flat(grade("solution", "1", "wrong"))


def test_where_there_are_no_solutions_it_is_said(grade: Grade, course: Path) -> None:
    (course / "solutions").rename(course / "not-shipped")
    assert "not part of this installation" in flat(grade("solution", "1"))


# --- the usual mistakes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("exercise-01-frist", "exercise-01?"), ("exercis-01", "exercise-01"), ("frist-words", "first-words"),
        ("hnit", "hint"), ("progres", "progress"),
    ],
)  # fmt: skip
def test_a_misspelled_first_word_is_guessed(grade: Grade, typed: str, meant: str) -> None:
    wrong = grade(typed)
    assert wrong.exit_code == 2
    assert f"There is no exercise {typed!r}. Did you mean {meant}" in flat(wrong)


def test_who_is_in_another_workspace_is_told_where_the_right_one_is(
    grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    grade("start", "1")
    grade("start", "2", "--to", "far/away")
    monkeypatch.chdir(WORK)
    wrong = grade("2")
    assert wrong.exit_code == 2
    assert (
        "This is the workspace of exercise-01, not of exercise-02. "
        "Your workspace of exercise-02 is ../far/away: go there with `cd`"
    ) in flat(wrong)
    assert "`grade exercise-01` grades the workspace you are in." in flat(wrong)


def test_who_is_in_no_workspace_is_told_where_it_is(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    grade("start", "1", "--to", "far/away")
    Path("empty").mkdir()
    monkeypatch.chdir("empty")
    assert "Your workspace of exercise-01 is ../far/away:" in flat(grade("1"))


def test_a_workspace_beside_this_one_is_found_without_progress(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADE_PROGRESS", "off")
    grade("start", "1")
    grade("start", "2")
    monkeypatch.chdir("exercise-02-more-words/.github")
    assert "Your workspace of exercise-01 is ../../exercise-01-first-words: go" in flat(grade("1"))


def test_a_misspelled_folder_is_guessed(grade: Grade) -> None:
    grade("start", "1")
    wrong = grade("1", "exercise-01-frist-words")
    assert "There is nothing at exercise-01-frist-words. Did you mean exercise-01-first-words?" in flat(wrong)


@pytest.mark.parametrize(
    ("expected", "there"),
    [
        ("Dockerfile", "docker-file"), ("Dockerfile", "dockerfile"), ("Dockerfile", "Dockerfile.txt"),
        ("Dockerfile", "app/Dockerfile"), ("Jenkinsfile", "jenkinsfile"), ("Jenkinsfile", "JenkinsFile.groovy"),
        ("Jenkinsfile", "Jenkins-file"), (".gitlab-ci.yml", ".gitlab-ci.yaml"), (".gitlab-ci.yml", "gitlab-ci.yml"),
        (".gitlab-ci.yml", ".gitlab_ci.yml"), (".github/workflows/ci.yml", ".github/workflows/ci.yaml"),
        (".github/workflows/ci.yml", ".github/workflow/ci.yml"),
        (".github/workflows/ci.yml", "github/workflows/ci.yml"),
        (".github/workflows/ci.yml", "ci.yml"), (".github/workflows/ci.yml", ".github/ci.yml"),
        ("dvc.yaml", "dvc.yml"), ("prometheus/rules.yml", "prometheus/rule.yml"),
    ],
)  # fmt: skip
def test_a_file_with_a_wrong_name_is_named_with_the_right_one(
    grade: Grade, course: Path, expected: str, there: str
) -> None:
    file = course / "exercises" / "exercise-01-first-words" / "exercise.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("[.github/workflows/ci.yml]", json.dumps([expected])), encoding="utf-8"
    )
    Path(there).parent.mkdir(parents=True, exist_ok=True)
    Path(there).write_text("hello\n", encoding="utf-8")
    wrong = grade("1")
    assert wrong.exit_code == 2
    assert f"`{expected}` is missing. Found instead: `{there}`. Compare the names and the folders." in flat(wrong)


def test_a_missing_file_is_named_with_its_place(grade: Grade) -> None:
    Path("README.md").write_text("hello", encoding="utf-8")
    wrong = flat(grade("1"))
    assert "`.github/workflows/ci.yml` is missing: it is expected at exactly this place" in wrong
    assert "`grade start exercise-01` makes a folder to work in" in wrong


# --- who cannot see colours or drawings ------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", [("1",), ("list",), ("next",), ("progress",), ("hint", "1"), ("start", "1"), ("reset", "1")], ids=" ".join
)
def test_plain_output_is_ascii_and_at_most_80_columns(grade: Grade, words: tuple[str, ...]) -> None:
    grade("start", "1")
    save("tests\n")
    grade("1")
    save("täst → ✔\n")
    told = grade(*words, "--plain").stdout
    assert told.isascii()
    assert "\x1b" not in told
    assert max(map(len, told.splitlines())) <= 80


def test_plain_output_says_in_words_what_is_marked(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADE_PLAIN", "1")
    grade("start", "1")
    told = grade("1").stdout
    assert "\nCriteria, 2 in all:\nnot met, 0 of 60: Tests run\nnot met, 0 of 40: Lint runs\n" in told
    assert (
        "\n  Place: .github/workflows/ci.yml, line 1, columns 1 to 2.\n  Marked part: he\n"
        "  What is seen there: not here\n"
    ) in told
    assert not set("│^✘|") & set(told)


def test_german_is_spoken_where_it_is_asked_for_and_never_in_a_result(
    grade: Grade, monkeypatch: pytest.MonkeyPatch, course: Path
) -> None:
    (course / "exercises" / "exercise-01-first-words" / "README.de.md").write_text("# Aufgabe\n", encoding="utf-8")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert "Next step: " in grade("list").stdout
    started = grade("start", "1", "--lang", "de").stdout
    assert started.startswith("exercise-01: First words\nDein Ordner ist exercise-01-first-words.\n")
    assert (WORK / "EXERCISE.md").read_text(encoding="utf-8") == "# Aufgabe\n"
    english = grade("1", "--format", "json").stdout
    monkeypatch.setenv("GRADE_LANG", "de")
    assert grade("1", "--format", "json").stdout == english
    report = grade("1").stdout
    assert "0 von 100 Punkten  ✘ nicht bestanden  (bestanden ab 70)\n" in report
    assert "Nächster Schritt: Arbeite an „Tests run“ in .github/workflows/ci.yml:1, dann\n  starte" in report
    assert "Tipp 2 von 3: Read about exit codes." in grade("hint", "1").stdout
    assert "Es gibt keine Übung 'exercis-01'. Meinst du exercise-01" in flat(grade("exercis-01"))
    assert "nichts wurde geändert" in flat(grade("reset", "1"))
    assert "nothing was changed" in flat(grade("reset", "1", "--lang", "en"))  # the task in German is no change
    assert "Befehle:\n  run         Eine Abgabe bewerten;" in grade("--help").stdout


def test_an_unknown_language_is_said_before_anything_is_done(grade: Grade) -> None:
    wrong = grade("start", "1", "--lang", "tlh")
    assert (wrong.exit_code, WORK.exists()) == (2, False)
    assert "no texts in the language 'tlh'" in flat(wrong)


def test_every_command_has_a_module_of_its_own() -> None:
    folder = Path(__file__).parents[2] / "cli" / "gradeline_cli" / "commands"
    modules = {name.removesuffix(".py") for name in os.listdir(folder) if name.endswith(".py")} - {"__init__"}  # noqa: PTH208
    assert set(COMMANDS.values()) == modules


# --- inside a workspace ------------------------------------------------------------------------------


def test_inside_a_workspace_the_exercise_need_not_be_named(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    grade("start", "1")
    (WORK / "deep").mkdir()
    monkeypatch.chdir(WORK / "deep")
    named, short = grade("run", "1", "--format", "json"), grade("run", "--format", "json")
    assert (short.stdout, short.exit_code) == (named.stdout, 1)
    assert "Hint 2 of 3" in grade("hint", "tests-run").stdout
    assert "Hint 3 of 3" in grade("hint", "1", "tests-run").stdout
    assert "after you have passed it" in flat(grade("solution"))


@pytest.mark.parametrize("word", ["exercise-9", "exercize-01", "77"])
def test_a_misspelled_exercise_is_not_taken_for_something_else(
    grade: Grade, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    grade("start", "1")
    monkeypatch.chdir(WORK)
    for command in ("run", "hint", "watch", "reset", "solution"):
        done = grade(command, word)
        assert (done.exit_code, "There is no exercise" in done.stderr) == (2, True), command


def test_elsewhere_the_next_action_is_named(grade: Grade) -> None:
    for command in ("run", "hint", "watch", "reset", "solution"):
        done = grade(command)
        assert done.exit_code == 2
        assert "Which exercise? Name it, for example exercise-01, or go into a folder" in flat(done), command
