"""Hostile files around a pipeline: bounded time, diagnostics instead of exceptions."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.projects import project

from gradeline.readers.project_source import UNKNOWN

BOUND = 8.0  # seconds of processor time; a slow machine takes a third of it


def doubling(line: str, last: str, count: int = 60) -> str:
    """Definitions that each use the one before twice."""
    return "".join(line.format(this=number, before=number - 1) for number in range(1, count)) + last


def numbered(line: str, count: int) -> str:
    return "".join(line.format(number) for number in range(count))


CASES: dict[str, tuple[dict[str, str], str]] = {
    "make: doubling variables": (
        {"Makefile": "A0=x\n" + doubling("A{this}=$(A{before})$(A{before})\n", "t:\n\t$(A59)\n")},
        "make t",
    ),
    "make: itself": ({"Makefile": "A=$(B)\nB=$(A)\ninclude Makefile\nt: t\n\t$(A)\n"}, "make t"),
    "make: open references": ({"Makefile": "t:\n\t" + "$(" * 100_000 + "\n"}, "make t"),
    "make: many lines": ({"Makefile": "t:\n" + "\tpytest $(X)\n" * 15_000}, "make t"),
    "make: many targets": ({"Makefile": "".join(f"t{n}: t{n + 1}\n\ta\n" for n in range(10_000))}, "make t0"),
    "make: growing value": ({"Makefile": "A:=a\n" + "A+=$(A)\n" * 15_000 + "t:\n\t$(A)\n"}, "make t"),
    "make: open conditions": ({"Makefile": "ifdef X\n" * 20_000}, "make t"),
    "make: many exports": (
        {"Makefile": numbered("V{}=x\n", 5_000) + "export\n" + numbered("t{}:\n\ta\n", 900)},
        "make t0",
    ),
    "make: commas": ({"Makefile": "ifeq (" + "," * 200_000 + "\nendif\nifeq '" + "' '" * 60_000 + "\n"}, "make t"),
    "just: open dependencies": ({"justfile": "t: " + "(a " * 80_000 + "\n"}, "just t"),
    "just: open attribute": ({"justfile": "[" + "] " * 100_000 + "x\nt:\n  a\n"}, "just t"),
    "task: open templates": ({"Taskfile.yml": 'tasks: {t: "' + "{{" * 100_000 + '"}\n'}, "task t"),
    "ini: blanks": ({"tox.ini": "[tox]\na" + " " * 200_000 + "b\n"}, "tox"),
    "docker: open references": ({"Dockerfile": "FROM " + "${a:-" * 50_000 + "\n"}, "x"),
    "just: open interpolations": ({"justfile": "t:\n" + "  {{" * 50_000}, "just t"),
    "just: long sum": ({"justfile": "a := " + '"x" + ' * 30_000 + '"y"\nt:\n  {{a}}\n'}, "just t"),
    "just: doubling": (
        {"justfile": 'a0 := "x"\n' + doubling("a{this} := a{before} + a{before}\n", "t:\n  {{a59}}\n")},
        "just t",
    ),
    "toml: deep": ({"pyproject.toml": "a = " + "[" * 100_000}, "poe t"),
    "toml: long key": ({"pyproject.toml": "a" + ".a" * 60_000 + "=1\n"}, "poe t"),
    "toml: escapes": ({"pyproject.toml": 'a="""' + '\\"""' * 50_000 + '"""\n'}, "poe t"),
    "toml: many": ({"pyproject.toml": "[tool.poe.tasks]\n" + "".join(f'a{n}="x"\n' for n in range(9_000))}, "poe t"),
    "tox: doubling": (
        {"tox.ini": "[x]\n" + doubling("k{this}={{[x]k{before}}}{{[x]k{before}}}\n", "[testenv]\ncommands={[x]k59}\n")},
        "tox",
    ),
    "tox: itself": ({"tox.ini": "[testenv]\ncommands={[testenv]commands}\n {[testenv]commands}\n"}, "tox"),
    "tox: many environments": (
        {"tox.ini": f"[tox]\nenvlist=a{{{','.join(map(str, range(900)))}}}-{{{','.join(map(str, range(900)))}}}\n"},
        "tox",
    ),
    "tox: open braces": ({"tox.ini": "[testenv]\ncommands=" + "{" * 100_000 + "\n"}, "tox"),
    "nox: long session": ({"noxfile.py": "import nox\n@nox.session\ndef t(s):\n" + '  s.run("a")\n' * 9_000}, "nox"),
    "python: calls of calls": (
        {
            "x.py": 'import subprocess\ndef f0(): subprocess.run(["a"])\n'
            + "".join(f"def f{n}():\n" + f"  f{n - 1}()\n" * 20 for n in range(1, 40))
            + "f39()\n"
        },
        "python x.py",
    ),
    "python: doubling list": (
        {"x.py": "import subprocess\na0=[]\n" + doubling("a{this}=[*a{before},*a{before}]\n", "subprocess.run(a59)\n")},
        "python x.py",
    ),
    "json: deep": ({"package.json": '{"scripts":{"a":' + "[" * 100_000}, "npm test"),
    "task: includes itself": (
        {"Taskfile.yml": "includes: {a: ./Taskfile.yml, b: ./b}\n", "b/Taskfile.yml": "includes: {c: ..}\n"},
        "task",
    ),
    "hooks: many": (
        {".pre-commit-config.yaml": "repos:\n" + "- {repo: local, hooks: [{id: a, entry: b}]}\n" * 3_000},
        "pre-commit run",
    ),
    "tests: many": ({f"test_{n}.py": "def test_a(): pass\n" * 2_000 for n in range(10)}, "pytest"),
    "docker: many": ({"Dockerfile": "ARG A=$A\n" * 2_000 + "FROM ${A}\n" * 5_000}, "x"),
    "folders: many": (
        {f"d{n}/Makefile": "t:\n\tx" for n in range(300)},
        "".join(f"cd d{n}\n" for n in range(300)) + "make t; just t\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_file_takes_bounded_time(name: str) -> None:
    files, command = CASES[name]
    start = time.process_time()
    found = project(files, command)
    assert time.process_time() - start < BOUND
    assert len(found.recipes) <= 1000
    assert all(len(line.text.raw) <= 300_000 for recipe in found.recipes.values() for line in recipe.lines)


def test_a_value_that_grows_without_end_is_unknown() -> None:
    files, command = CASES["make: doubling variables"]
    assert project(files, command).recipes["make", "t"].lines[0].text.raw == UNKNOWN


def test_a_file_above_the_limit_is_not_read_as_a_runner() -> None:
    assert project({"Makefile": "t:\n\ta\n" + "#" * 300_000}, "make t").recipes == {}


NAMES = (
    "Makefile justfile Taskfile.yml tox.ini noxfile.py package.json pyproject.toml x.sh .pre-commit-config.yaml x.py "
    "Dockerfile setup.cfg pytest.ini test_x.py .python-version"
)
COMMAND = "make t; just t; task t; tox -e a; nox; npm test; poe t; hatch run t; bash x.sh; python x.py; pre-commit run"
MARKS = [
    "t",
    ":",
    "\n",
    "\t",
    " ",
    "  ",
    "=",
    "$(",
    "${",
    "$",
    "{{",
    "}}",
    "{",
    "}",
    "[",
    "]",
    '"',
    "'",
    '"""',
    "#",
    "\\",
]
ENDS = ["\\\n", "é", "\0", "\r\n", "%", "@", "|", "a", ","]
WORDS = [
    "commands",
    "[testenv]",
    "[tox]",
    "tasks:",
    "- ",
    "cmds:",
    "repos:",
    "hooks:",
    "id: a",
    "scripts",
    "FROM ",
    "python:3",
]
LINES = ["import subprocess\n", "subprocess.run(", "def t():", "@nox.session\n", "import nox\n", "[tool.poe.tasks]\n"]
MAKE = ["set shell := ", "ifeq (a,b)\n", "endif\n", "include x\n", "define a\n", "ARG a=b\n"]
PIECES = st.sampled_from([*MARKS, *ENDS, *WORDS, *LINES, *MAKE])
TEXT = st.lists(PIECES, max_size=30).map("".join)


@settings(max_examples=120, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES.split()), TEXT, min_size=1, max_size=4))
def test_no_text_of_a_file_escapes_as_an_exception(files: dict[str, str]) -> None:
    found = project(files, COMMAND)
    for (runner, name), recipe in found.recipes.items():
        assert (recipe.runner, recipe.name) == (runner, name)
        for line in recipe.lines:
            span = line.text.at(0, len(line.text.raw))
            assert 1 <= span.line <= span.end_line
            assert not line.text.lines or len(line.text.lines) == line.text.raw.count("\n") + 1
