"""Help, names, lists, manual pages, and how the program ends when something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import click
import pytest
from click.testing import CliRunner, Result

from gradeline import __version__
from gradeline.words import english
from gradeline_cli.commands import COMMANDS
from gradeline_cli.main import program
from gradeline_cli.parts import App

Grade = Callable[..., Result]


def test_help_names_every_command_and_every_exit_code(grade: Grade) -> None:
    result = grade("--help")
    assert result.exit_code == 0
    for name in COMMANDS:
        assert f"  {name:<10}  {english()(f'command.{name}')}\n" in result.output
    assert "0 passed, 1 below the pass mark, 2 wrong usage" in " ".join(result.output.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_called_what_the_overview_calls_it(name: str) -> None:
    command = program.get_command(click.Context(program), name)
    assert command is not None
    assert (command.name, command.short_help) == (name, english()(f"command.{name}"))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_the_common_options(grade: Grade, name: str) -> None:
    result = grade(name, "--help")
    assert result.exit_code == 0
    for option in ("--no-color", "--course", "--debug"):
        assert option in result.output


def test_no_words_at_all_show_the_help(grade: Grade) -> None:
    assert grade().output == grade("--help").output
    assert grade().exit_code == 0


def test_the_version_is_printed(grade: Grade) -> None:
    assert grade("--version").output == f"gradeline {__version__}\n"


@pytest.mark.parametrize(
    ("word", "meant"),
    [("frist-words", "first-words"), ("exercise-1O", "exercise-01"), ("lisst", "list"), ("verfy", "verify")],
)
def test_a_wrong_word_is_answered_with_what_was_probably_meant(grade: Grade, word: str, meant: str) -> None:
    result = grade(word)
    assert result.exit_code == 2
    assert "Did you mean" in result.stderr
    assert meant in result.stderr


@pytest.mark.parametrize("number", ["exercise-99", "99", "ex99"])
def test_a_number_that_no_exercise_has_is_answered_with_the_list(grade: Grade, number: str) -> None:
    assert grade(number).stderr == f"grade: There is no exercise '{number}'. `grade list` shows all exercises.\n"


@pytest.mark.parametrize(
    "words", [("--nope",), ("list", "extra"), ("run",), ("1", "a", "b"), ("1", "--format", "xml"), ("verify",),
              ("verify", "1", "--all"), ("explain",), ("explain", "nope"), ("completion", "tcl"), ("start", "nope")],
)  # fmt: skip
def test_wrong_usage_is_exit_code_2_and_says_how(grade: Grade, words: tuple[str, ...]) -> None:
    result = grade(*words)
    assert result.exit_code == 2
    assert result.stderr.startswith("grade: ")
    assert result.stdout == ""


def test_what_a_person_typed_is_shown_harmlessly(grade: Grade) -> None:
    for words in (("\x1b[2Jx",), ("explain", "\x1b[2Jx"), ("1", "--format", "\x1b[2J")):
        result = grade(*words)
        assert result.exit_code == 2
        assert "\x1b" not in result.output


def test_the_list_has_every_exercise_after_what_it_builds_on(grade: Grade) -> None:
    lines = grade("list").output.splitlines()
    assert lines[0].split() == ["state", "exercise", "level", "min", "topics", "title"]
    assert lines[1].split() == ["→", "next", "exercise-01", "intro", "30", "1", "First", "words"]
    assert lines[2].split()[0] == "exercise-02"
    assert lines[-1] == "Next step: `grade start exercise-01` makes a folder to work in."


def test_options_for_all_commands_work_before_and_after_the_name(course: Path) -> None:
    for words in (("--course", str(course), "list"), ("list", "--course", str(course))):
        result = CliRunner().invoke(program, words, obj=App())
        assert "First words" in result.output


def test_a_course_that_is_none_is_not_the_learners_failure(tmp_path: Path) -> None:
    result = CliRunner().invoke(program, ["--course", str(tmp_path), "list"], obj=App())
    assert result.exit_code == 3
    assert "is no course" in " ".join(result.stderr.split())


@pytest.mark.parametrize("name", ["says", "SAYS", "T1", "t1"])
def test_a_check_is_explained_by_name_or_code(grade: Grade, name: str) -> None:
    assert grade("explain", name).output == (
        "says (T1, flow)\n===============\n\nA line says a word.\n\nHow to repair\n    Say it.\n"
    )


def test_checks_are_listed_by_family(grade: Grade) -> None:
    lines = grade("explain", "--list").output.splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["bounds", "T3", "breaks"], ["flow", "T1", "says"], ["flow", "T2", "unsure"],
    ]  # fmt: skip


def test_a_misspelled_check_comes_with_a_suggestion(grade: Grade) -> None:
    assert "Did you mean says?" in grade("explain", "sayss").stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed_without_starting_a_shell(
    grade: Grade, monkeypatch: pytest.MonkeyPatch, shell: str
) -> None:
    import subprocess

    def fail(*_: object, **__: object) -> NoReturn:
        raise AssertionError("nothing may be started")

    monkeypatch.setattr(subprocess, "run", fail)
    result = grade("completion", shell)
    assert result.exit_code == 0
    assert "_GRADE_COMPLETE" in result.output


def test_exercises_and_commands_are_completed(
    grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_GRADE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "grade e")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert grade().output.split() == [
        "plain,explain", "plain,export", "plain,exercise-01", "plain,exercise-02",
    ]  # fmt: skip
    monkeypatch.setenv("COMP_WORDS", "grade start fi")
    monkeypatch.setenv("COMP_CWORD", "2")
    assert grade().output.split() == ["plain,first-words"]
    monkeypatch.setenv("COMP_WORDS", "grade explain u")
    assert grade().output.split() == ["plain,unsure"]


def test_an_unknown_kind_of_completion_is_wrong_usage(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_GRADE_COMPLETE", "bogus")
    assert grade("list").exit_code == 2


class Failing:
    """A course that raises what a test wants, from the deepest place there is."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def exercises(self) -> NoReturn:
        raise self.error


def run_failing(error: BaseException, *words: str) -> Result:
    return CliRunner().invoke(program, ["list", *words], obj=App(_course=Failing(error)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "error", [KeyError("x\x1b[2J"), RecursionError(), MemoryError(), AssertionError(), OSError("bare")]
)
def test_a_bug_is_two_lines_and_exit_code_3(error: Exception) -> None:
    result = run_failing(error)
    assert result.exit_code == 3
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 2
    assert type(error).__name__ in result.stderr
    assert "This is not your mistake" in result.stderr
    assert "--debug" in result.stderr
    assert "\x1b" not in result.stderr


def test_debug_adds_the_traceback(grade: Grade) -> None:
    result = run_failing(KeyError("deep"), "--debug")
    assert result.exit_code == 3
    assert "Traceback" in result.stderr
    assert "KeyError: 'deep'" in result.stderr


@pytest.mark.parametrize("error", [KeyboardInterrupt(), EOFError(), click.Abort()])
def test_an_interruption_is_exit_code_130(error: BaseException) -> None:
    result = run_failing(error)
    assert result.exit_code == 130
    assert result.stderr == "\nInterrupted.\n"


def test_a_file_that_cannot_be_used_is_named_and_no_bug() -> None:
    result = run_failing(PermissionError(13, "Permission denied", "grades.txt"))
    assert result.exit_code == 2
    assert result.stderr == "grade: grades.txt: Permission denied.\n"
