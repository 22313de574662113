"""What the readers of task runners share: files with places, texts made of their pieces, and what is known."""

from __future__ import annotations

import posixpath
import shlex
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from gradeline.model.pipeline import Shell
from gradeline.model.project import Recipe, RecipeLine
from gradeline.model.text import Text
from gradeline.records import record
from gradeline.source import Diagnostic, SourceFile, Span

MAX_FILE = 256 * 1024
MAX_RECIPES = 500  # of one file
MAX_LINES = 400  # of one recipe

# Stands in a command for a value that only the runner can compute: a variable nobody sets, so unknown.
UNKNOWN = "${unknown_value}"
KEPT = "\ue000"  # a private character before the name of a variable that ``quote`` leaves one


def kept(name: str) -> str:
    """How a value that is known by the name of a variable stands in a word."""
    return f"{KEPT}{name}\ue001"


SH = Shell("sh", False, False)

# Variables that are in the environment of a CI job whatever the pipeline says.
_EVERYWHERE = frozenset({"CI", "HOME", "HOSTNAME", "LANG", "LOGNAME", "PATH", "PWD", "SHELL", "TERM", "TMPDIR", "USER"})
_PLATFORM = ("ACTIONS_", "BITBUCKET_", "BUILD_", "CI_", "GITHUB_", "GITLAB_", "JENKINS_", "JOB_", "RUNNER_")


class Chunk(NamedTuple):
    """A piece of a command.  ``exact``: it is written like this in the file, from offset ``start`` on."""

    text: str
    start: int
    exact: bool = True


@record
class FileText:
    """A file whose offsets can be turned into places."""

    source: SourceFile

    @property
    def text(self) -> str:
        return self.source.text

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        found = self.text.find("\n")
        while found >= 0:
            starts.append(found + 1)
            found = self.text.find("\n", found + 1)
        return starts

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        return Span(self.source.path, *self.place(start), *self.place(max(start, end)))

    def slice(self, start: int, end: int) -> Text:
        """A stretch of the file as it is written."""
        return self.compose([Chunk(self.text[start:end], start)], start, end)

    def compose(self, chunks: Iterable[Chunk], start: int, end: int) -> Text:
        """A command made of pieces of ``text[start:end]`` and of values put in their place.

        Its lines have places in the file; a single line with values put in keeps only the place of the
        whole, because its columns are not those of the file any more.
        """
        raw: list[str] = []
        lines: list[tuple[int, int]] = []
        exact = True
        line_start: int | None = None
        offset = expected = start
        for chunk in chunks:
            offset = chunk.start
            for number, piece in enumerate(chunk.text.split("\n")):
                if number:
                    raw.append("\n")
                    lines.append(self.place(offset if line_start is None else line_start))
                    line_start = None
                    offset += chunk.exact
                if piece:
                    if line_start is None:
                        line_start = expected = offset
                    exact = exact and chunk.exact and offset == expected
                    raw.append(piece)
                    offset += len(piece) if chunk.exact else 0
                    expected = offset
        lines.append(self.place(offset if line_start is None else line_start))
        return Text("".join(raw), self.span(start, end), (), tuple(lines) if exact or len(lines) > 1 else ())

    def warning(self, code: str, message: str, start: int, end: int) -> Diagnostic:
        return Diagnostic("warning", code, message, self.source.path, self.span(start, end))


def plain_line(text: Text, shell: Shell = SH, ignores_errors: bool = False) -> RecipeLine:
    return RecipeLine(text, shell, ignores_errors)


@record
class Loaded:
    """The tasks of one file.  ``names`` of recipes and their ``needs`` are those inside the file."""

    path: str
    recipes: tuple[Recipe, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


@record
class Context:
    """What a reader may ask about the repository.

    ``environment`` are the names of variables that pipelines set, ``overrides`` those given to a runner on its
    command line, ``words`` the literal words of commands (which name tasks that no file lists, such as
    the environments of tox).
    """

    paths: tuple[str, ...]
    read: Callable[[str], SourceFile | None]
    environment: frozenset[str] = frozenset()
    overrides: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    @cached_property
    def files(self) -> frozenset[str]:
        return frozenset(self.paths)

    @cached_property
    def folders(self) -> frozenset[str]:
        found: set[str] = set()
        for path in self.paths:
            folder = path.rpartition("/")[0]
            while folder and folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(found)

    def exists(self, path: str) -> bool:
        """Whether a file or a folder is there."""
        path = join(path)
        return path in ("", ".") or path in self.files or path in self.folders

    def first(self, directory: str, names: Iterable[str]) -> FileText | None:
        """The first of ``names`` that is a readable file of ``directory``."""
        for name in names:
            found = self.file(join(directory, name))
            if found is not None:
                return found
        return None

    def file(self, path: str) -> FileText | None:
        """The file at ``path``, None when there is none that can be read."""
        source = self.read(path) if path in self.files else None
        return None if source is None or len(source.text) > MAX_FILE else FileText(source)

    def inherits(self, name: str) -> bool:
        """Whether a runner may find the variable in its environment."""
        known = name in self.environment or name in self.overrides or name in _EVERYWHERE
        return known or name.startswith(_PLATFORM)


def join(*parts: str) -> str:
    """Path parts as one path relative to the repository, without ``.`` and ``..`` where possible."""
    path = posixpath.normpath(posixpath.join(*parts)) if any(parts) else ""
    return "" if path == "." else path.removeprefix("./")


def parents(directory: str) -> Iterator[str]:
    """The folder itself and those around it, up to the root of the repository."""
    while directory:
        yield directory
        directory = directory.rpartition("/")[0]
    yield ""


def folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def working_directory(folder: str, asked: str) -> str:
    """``Recipe.directory`` of a task that runs in ``folder`` while its runner was started in ``asked``:
    empty when both are the same, so that the caller's folder stays."""
    return "" if folder == asked else folder or "."


def shell_of(arguments: Iterable[str], program: str = "") -> Shell:
    """The shell that a command such as ``bash -euo pipefail -c`` starts."""
    words = list(arguments)
    if not program and words:
        program = words.pop(0).rpartition("/")[2]
        if program == "env" and words:
            program = next((word for word in words if not word.startswith("-") and "=" not in word), "sh")
            words = words[words.index(program) + 1 :] if program in words else []
    errexit = pipefail = False
    takes_option = False
    for word in words:
        if takes_option:
            errexit = errexit or word == "errexit"
            pipefail = pipefail or word == "pipefail"
            takes_option = False
        elif word.startswith("-") and not word.startswith("--"):
            errexit = errexit or "e" in word
            takes_option = word.endswith("o") or "o" in word[1:]
        elif not word.startswith("+"):
            break
    return Shell(program or "sh", errexit, pipefail)


def is_shell(shell: Shell) -> bool:
    """Whether texts for this program are shell commands."""
    return shell.program in ("sh", "bash", "dash", "ash", "ksh", "zsh")


def without_shell(command: str) -> str:
    """A command that its runner splits into words itself, for a shell: operators become ordinary words."""
    if not any(char in command for char in "|&;<>()`#\n"):
        return command
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    keeps = "_@%+=:,./-$*?{}~[]"
    return " ".join(word if all(char.isalnum() or char in keeps for char in word) else quote(word) for word in words)


def quote(word: str) -> str:
    """A word as the shell has to be given it; ``UNKNOWN`` stays a variable."""
    if KEPT in word:  # a variable whose name is known; its value stays one word
        first, *others = word.split(KEPT)
        made = quote(first) if first else ""
        for other in others:
            name, _, rest = other.partition("\ue001")
            made += (f'"${{{name}}}"' if name.isidentifier() else quote(name)) + (quote(rest) if rest else "")
        return made
    if UNKNOWN in word:
        return UNKNOWN.join(quote(part) if part else "" for part in word.split(UNKNOWN))
    if word and all(char.isalnum() or char in "_@%+=:,./-" for char in word):
        return word
    return "'" + word.replace("'", "'\"'\"'") + "'"
