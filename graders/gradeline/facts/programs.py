"""What the programs of an exercise's kit do: ``python scripts/gate.py`` is the model gate because the kit says so.

A kit brings programs that learners only have to run in the right place.  ``exercise.yaml`` names the tool class of
each; how a learner starts it (by path, as a module, from another folder) makes no difference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gradeline.facts.readings import Reading
from gradeline.model.project import Project
from gradeline.records import record

WRITTEN = frozenset({"fairness-gate"})  # programs that learners write: what they do is judged by checks
_PYTHON = re.compile(r"python(?:3(?:\.\d+)?)?(?:\.exe)?\Z")
_SHELLS = frozenset({"bash", "sh", "dash"})
_TAKES_A_WORD = frozenset({"-W", "-X"})  # python(1)
_PREPARES = {"--help": "shows its help", "-h": "shows its help", "--version": "shows its version"}


@record
class Program:
    """``changed``: the learner's copy is not the one of the kit, so nobody knows what it does."""

    classes: frozenset[str]
    changed: bool = False


Words = tuple[str | None, ...]


def reading_of(words: Words, directory: str, project: Project, programs: Mapping[str, Program]) -> Reading | None:
    """What a command does that starts a program of the kit; None for any other command."""
    if not programs:
        return None
    started = started_file(words, directory, project)
    if started is None:
        return None
    path, arguments = _of_kit(started[0], directory, programs), started[1]
    if path not in programs:
        return None
    program = programs[path]
    if program.changed:
        return Reading(path, program.classes, "unknown", f"{path} is not the program of the kit any more")
    for word in arguments:
        if word in _PREPARES:
            return Reading(path, program.classes, "pretends", f"`{word}` {_PREPARES[word]}")
        if word == "--dry-run":
            return Reading(path, program.classes, "pretends", "`--dry-run` changes nothing")
    options = {word: () for word in arguments if word is not None and word.startswith("--")}
    return Reading(path, program.classes, options=options)


def _of_kit(path: str, directory: str, programs: Mapping[str, Program]) -> str:
    """The program at a path; images hold the repository below a folder of their own (``/app/scripts/gate.py``)."""
    if path in programs or not (path.startswith("/") or directory.startswith("/")):
        return path
    return max((name for name in programs if path.endswith(f"/{name}")), key=len, default=path)


def started_file(words: Words, directory: str, project: Project) -> tuple[str, Words] | None:
    """The file of the repository that a command starts, and its arguments."""
    first = words[0]
    if not first:
        return None
    name = first.rpartition("/")[2]
    if not _PYTHON.match(name) and name not in _SHELLS:
        return (_placed(directory, first), words[1:]) if "/" in first else None
    position = 1
    while position < len(words):
        word = words[position]
        if word is None:
            return None
        if word == "-m" and name not in _SHELLS:
            module = words[position + 1] if position + 1 < len(words) else None
            path = None if module is None else _module(module, directory, project)
            return None if path is None else (path, words[position + 2 :])
        if not word.startswith("-"):
            return _placed(directory, word), words[position + 1 :]
        position += 2 if word in _TAKES_A_WORD else 1
    return None


def _module(module: str, directory: str, project: Project) -> str | None:
    inner = module.replace(".", "/")
    for base in (directory, "src", ""):
        for end in (".py", "/__main__.py"):
            path = _placed(base, inner + end)
            if project.is_file(path):
                return path
    return None


def _placed(directory: str, path: str) -> str:
    from gradeline.facts.shell_records import join_path

    return join_path(directory, path)
