"""Help and wrong usage in the language that was asked for: every command, every option, and click's own words."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from types import ModuleType

import click
import pytest
from click import core, exceptions, formatting, parser, types
from click.testing import Result

from gradeline.words import english, load
from gradeline_cli import spoken
from gradeline_cli.main import program

Grade = Callable[..., Result]
GERMAN, ENGLISH = load("de"), english()
PLACEHOLDERS = {ENGLISH(key): GERMAN(key) for key in ENGLISH.names("metavar.")}
CAPITALS = re.compile(r"\b[A-Z]{2,}\b")


def commands(group: click.Group = program, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command, with those of groups."""
    context = click.Context(group)
    for name in group.list_commands(context):
        yield (*path, name)
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


def found(path: tuple[str, ...]) -> click.Command:
    command: click.Command | None = program
    for name in path:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), name)
    assert command is not None
    return command


COMMANDS = tuple(commands())


def flat(text: str) -> str:
    """Without the line breaks; a word that was broken at its hyphen is one again."""
    return " ".join(re.sub(r"-\n +", "-", text).split())


def test_the_commands_of_groups_are_looked_at_too() -> None:
    assert {("batch",), ("book", "import"), ("study", "agree"), ("tools", "install")} < set(COMMANDS)
    assert len(COMMANDS) > 40


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_in_german_holds_no_english_sentence(grade: Grade, path: tuple[str, ...]) -> None:
    page, options = flat(grade("--lang", "de", *path, "--help").output), 0
    assert page.startswith(f"Aufruf: grade {' '.join(path)} [OPTIONEN]")
    for option in (one for one in found(path).params if isinstance(one, click.Option)):
        assert isinstance(option, spoken.Option), option.name
        key = option._help
        assert GERMAN(key) != ENGLISH(key), key
        assert flat(GERMAN(key)) in page, key
        assert flat(ENGLISH(key)) not in page, key
        options += 1
    assert options >= 5
    about = f"about.{'.'.join(path)}"
    for told, said in zip(ENGLISH(about).split("\n\n"), GERMAN(about).split("\n\n"), strict=True):
        assert told != said, about
        assert flat(said.replace("\b", "")) in page, about
    assert not re.search(r"\b(?:Usage|Options|Commands|Show|Write|default|required|the|or)\b[: ]", page), page


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_in_english_is_what_the_words_say(grade: Grade, path: tuple[str, ...]) -> None:
    page = flat(grade(*path, "--help").output)
    assert page.startswith(f"Usage: grade {' '.join(path)} [OPTIONS]")
    assert page.endswith("-h, --help Show this message and exit.") or "Commands: " in page
    assert flat(ENGLISH(f"about.{'.'.join(path)}").replace("\b", "")) in page


@pytest.mark.parametrize("path", [one for one in COMMANDS if isinstance(found(one), click.Group)], ids=" ".join)
def test_a_group_lists_its_commands_in_german(grade: Grade, path: tuple[str, ...]) -> None:
    page = grade("--lang", "de", *path, "--help").output
    _, listed = flat(page).split(" Befehle: ")
    own = [one for one in COMMANDS if one[:-1] == path]
    assert listed == " ".join(f"{one[-1]} {GERMAN('command.' + '.'.join(one))}" for one in own)


def test_every_text_of_the_help_belongs_to_a_command() -> None:
    named = {f"{kind}.{'.'.join(path)}" for path in COMMANDS for kind in ("about", "command")} | {"about.grade"}
    named |= {one._help for path in COMMANDS for one in found(path).params if isinstance(one, spoken.Option)}
    named |= {one._help for one in program.params if isinstance(one, spoken.Option)}
    assert set(ENGLISH.names("about.") + ENGLISH.names("command.") + ENGLISH.names("option.")) == named


def test_every_placeholder_is_one_of_a_command() -> None:
    shown = " ".join(" ".join(found(path).collect_usage_pieces(click.Context(found(path)))) for path in ((), *COMMANDS))
    for path in COMMANDS:
        context = click.Context(found(path))
        shown += " ".join(f" {one.make_metavar(context)}" for one in found(path).params)
    assert {one for one in PLACEHOLDERS if not re.search(rf"\b{one}\b", shown)} == set()
    same = {"CA", "ID", "MB", "NAME", "REF", "TEXT", "URL"}  # in German, too
    assert set(CAPITALS.findall(shown)) - set(PLACEHOLDERS) - {"BOOLEAN", "INTEGER", "RANGE"} == same


@pytest.mark.parametrize("key", [*ENGLISH.names("about."), *ENGLISH.names("option.")])
def test_a_text_calls_a_placeholder_what_the_usage_calls_it(key: str) -> None:
    for word in CAPITALS.findall(ENGLISH(key)):
        if word in PLACEHOLDERS and f"{word}:" not in ENGLISH(key).replace(f"{word}: ", ""):
            assert re.search(rf"\b{PLACEHOLDERS[word]}\b", GERMAN(key)), word
            assert PLACEHOLDERS[word] == word or not re.search(rf"\b{word}\b", GERMAN(key)), word


# --- what click itself says -----------------------------------------------------------------------

# For programmers, or for what no command here has: prompts, deprecated options, dates, files that click opens.
ELSEWHERE = re.compile(
    r"deprecated|prompt|Aborted|^Error|^Try |UUID|does not match the format|must be an iterable|defined twice|"
    r"cannot use the same flag|Could not (?:determine|open)|No options defined|exactly one parameter|"
    r"Invalid start character|unknown error|Missing \{param_type\}|Missing parameter: |^Choice\(|not executable"
)


def said_by(module: ModuleType) -> Iterator[str]:
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "ngettext"):
            for one in node.args[:2]:
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    yield one.value


def test_all_that_click_may_say_here_is_translated() -> None:
    said = {text for module in (core, exceptions, formatting, parser, types) for text in said_by(module)}
    ours = {ENGLISH(key): key for key in ENGLISH.names("click.")}
    assert sorted(text for text in said if text not in ours and not ELSEWHERE.search(text)) == []
    unsaid = {key for text, key in ours.items() if text not in said}
    assert unsaid == {"click.help", "click.required", *(f"click.name.{one}" for one in (
        "integer", "integer_range", "float", "float_range"))}  # fmt: skip
    assert [key for key in ours.values() if GERMAN(key) == ENGLISH(key)] == []


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("book import", "Es fehlt das Argument 'ERGEBNISSE'."),
        ("study sheet .", "Es fehlt die Option '--seed'."),
        ("batch nowhere", "Das geht nicht bei 'ABGABEN': Ordner 'nowhere' gibt es nicht."),
        ("batch a-file", "Das geht nicht bei 'ABGABEN': Ordner 'a-file' ist eine Datei."),
        ("batch . --roster .", "Das geht nicht bei '--roster': Datei '.' ist ein Ordner."),
        ("batch . --jobs many", "Das geht nicht bei '--jobs': 'many' ist keine ganze Zahl."),
        ("batch . --jobs 999", "Das geht nicht bei '--jobs': 999 liegt nicht im Bereich 1<=x<=256."),
        ("batch . --engine spark", "Das geht nicht bei '--engine': 'spark' ist keines von 'local', 'dask'."),
        ("batch . --roster a-file", "--roster braucht --gradebook."),
        ("ci --folder x", "--folder sagt, wo die Arbeit einer Übung liegt: Nenne die Übung mit --exercise."),
        ("list a b", "Die Argumente (a b) sind zu viel."),
        ("list --nope", "Die Option '--nope' gibt es nicht."),
        ("list --debugg", "Die Option '--debugg' gibt es nicht. Meinst du '--debug'?"),
        ("list --course", "Die Option '--course' braucht einen Wert."),
        ("list --plain=yes", "Die Option '--plain' nimmt keinen Wert."),
        ("tools instal", "Den Befehl 'instal' gibt es nicht. Meinst du 'install'?"),
        ("verify", "Nenne eine Übung, oder nimm --all."),
        ("explain", "Nenne eine Prüfung, oder nimm --list."),
        ("explain say", "Es gibt keine Prüfung 'say'. Meinst du says?"),
        ("explain zzz", "Es gibt keine Prüfung 'zzz'. `grade explain --list` zeigt alle."),
    ],
)
def test_wrong_usage_is_told_in_german(grade: Grade, typed: str, told: str) -> None:
    click.open_file("a-file", "w").close()
    result = grade("--lang", "de", *typed.split())
    assert result.exit_code == 2
    assert result.stderr.splitlines()[0] == f"grade: {told}"
    assert re.fullmatch(r"`grade[a-z ]* --help` zeigt, wie es geht\.", result.stderr.splitlines()[1])


def test_a_name_of_a_file_is_never_taken_for_a_word(grade: Grade) -> None:
    assert grade("batch", "file", "--lang", "de").stderr.startswith(
        "grade: Das geht nicht bei 'ABGABEN': Ordner 'file' "
    )
    assert grade("tools", "path", "--lang", "de").stderr.startswith("grade: Den Befehl 'path' gibt es nicht.")


def test_the_language_may_be_named_after_the_help(grade: Grade) -> None:
    for words in (("--help", "--lang", "de"), ("--help", "--lang=de"), ("--lang", "de", "--help")):
        assert grade("list", *words).output.startswith("Aufruf: grade list [OPTIONEN]\n")
    assert grade("list", "--help", "--lang", "tlh").output.startswith("Usage: grade list")
    assert "no texts in the language 'tlh'" in grade("list", "--nope", "--lang", "tlh").stderr + grade(
        "list", "--lang", "tlh").stderr  # fmt: skip


def test_one_run_leaves_no_language_for_the_next(grade: Grade) -> None:
    before = grade("batch", "--help").output
    assert grade("batch", "--help", "--lang", "de").output != before
    assert grade("batch", "--help").output == before
    assert grade("batch", "nowhere").stderr.startswith(
        "grade: Invalid value for 'SUBMISSIONS': Directory 'nowhere' does"
    )


def test_the_locale_of_the_system_says_nothing(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LANGUAGE", "LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.setenv(name, "de_DE.UTF-8")
    assert grade("list", "--help").output.startswith("Usage: grade list [OPTIONS]\n")
    monkeypatch.setenv("GRADE_LANG", "de")
    assert grade("list", "--help").output.startswith("Aufruf: grade list [OPTIONEN]\n")


def test_a_group_without_a_command_shows_its_help_as_it_is(grade: Grade) -> None:
    result = grade("book", "--lang", "de")
    alone = grade("book")
    assert (result.exit_code, alone.exit_code) == (2, 2)
    assert alone.stderr == grade("book", "--help").stdout
    assert result.stderr == "grade: Es fehlt ein Befehl.\n`grade book --help` zeigt, wie es geht.\n"


def test_plain_letters_are_all_that_a_terminal_without_others_gets(
    grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = grade("--plain", "--lang", "de", "run", "--help").output
    assert page.isascii()
    assert page.startswith("Aufruf: grade run [OPTIONEN] [UEBUNG] [PFAD]\n\n  Bewertet eine Abgabe fuer UEBUNG.\n")


def test_a_shell_shows_the_help_of_options_in_german(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_GRADE_COMPLETE", "zsh_complete")
    monkeypatch.setenv("GRADE_LANG", "de")
    monkeypatch.setenv("COMP_CWORD", "2")
    monkeypatch.setenv("COMP_WORDS", "grade batch --eng")
    assert grade().output == "plain\n--engine\nWer bewertet: dieser Rechner oder ein Dask-Cluster.\n"
    monkeypatch.setenv("COMP_CWORD", "1")
    monkeypatch.setenv("COMP_WORDS", "grade comp")
    assert grade().output == "plain\ncompletion\nDas Skript für die Vervollständigung einer Shell ausgeben.\n"
