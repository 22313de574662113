"""What the commands of a pipeline lead to: task runners, script files, folders and variables they name.

Only used to decide which files to read, so naming too much costs a little time and changes no verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from gradeline.records import field, record
from gradeline.syntax.shell import parse
from gradeline.syntax.shell_nodes import Assignment, Piece, Redirect, Simple, Word

PROGRAMS = {
    "bun": "npm",
    "gmake": "make",
    "go-task": "task",
    "hatch": "hatch",
    "just": "just",
    "make": "make",
    "mingw32-make": "make",
    "mise": "mise",
    "nox": "nox",
    "npm": "npm",
    "pdm": "pdm",
    "pipenv": "pipenv",
    "pixi": "pixi",
    "pnpm": "npm",
    "poe": "poe",
    "poethepoet": "poe",
    "pre-commit": "pre-commit",
    "pre_commit": "pre-commit",
    "prek": "pre-commit",
    "rtx": "mise",
    "rye": "rye",
    "task": "task",
    "tox": "tox",
    "yarn": "npm",
}
_INTERPRETERS = frozenset({".", "ash", "bash", "dash", "ksh", "python", "python3", "sh", "source", "zsh"})
_FILE_OPTIONS = frozenset(
    {"--conf", "--config", "--file", "--justfile", "--makefile", "--noxfile", "--taskfile", "-c", "-f", "-t"}
)
_SCRIPT_ENDINGS = (".bash", ".ksh", ".py", ".sh", ".zsh")
_PLAIN = frozenset({"str", "int", "bool", "int | None"})  # types of values that hold no node
_MAX_DEPTH = 3
_MAX_WORDS = 4000


@record(frozen=False)
class Mentions:
    """``runners`` are kinds of ``PROGRAMS``; ``folders``, ``files`` (given to a runner) and ``scripts`` are
    paths as written, ``interpreted`` those scripts that follow the name of an interpreter; ``names`` are
    variables that are set, ``overrides`` those of ``make NAME=value``."""

    runners: set[str] = field(default_factory=set)
    folders: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    interpreted: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    overrides: set[str] = field(default_factory=set)


@lru_cache(maxsize=512)  # as of the parser: submissions have many lines in common
def mentions(text: str) -> Mentions:
    """Everything a script mentions, also in the texts it hands to other shells.  Nobody may change it."""
    found = Mentions()
    _collect(text, found, 0)
    return found


def _collect(text: str, found: Mentions, depth: int) -> None:
    for node in _walk(parse(text).body):
        if isinstance(node, Simple):
            _command([_literal(word) for word in node.words], found, depth)
            _computed(node.words, found)
        elif isinstance(node, Assignment):
            found.names.add(node.name)
        elif isinstance(node, Redirect) and node.body is not None:
            _inner(_literal(node.body), found, depth)


_PARTS: dict[type, tuple[str, ...]] = {}


def _parts(kind: type) -> tuple[str, ...]:
    """The values of a kind of node that may hold nodes, the last first."""
    if kind not in _PARTS:
        kinds = kind.__dict__["__annotations__"]  # noqa: RUF063 - inspect costs 10 ms to import
        names: tuple[str, ...] = kind.__dict__["__record_fields__"]
        _PARTS[kind] = tuple(name for name in reversed(names) if kinds[name] not in _PLAIN)
    return _PARTS[kind]


def _walk(node: object) -> Iterator[object]:
    """Every node of a tree, outer ones first."""
    stack = [node]
    while stack:
        current = stack.pop()
        if type(current) is tuple:
            stack += current[::-1]
        elif current is not None:
            yield current
            stack += [getattr(current, name) for name in _parts(type(current))]


def _literal(word: Word) -> str | None:
    """The text of a word without expansions, None for any other word."""
    parts = [part.text for part in word.parts if isinstance(part, Piece)]
    return "".join(parts) if len(parts) == len(word.parts) else None


def _command(words: list[str | None], found: Mentions, depth: int) -> None:
    before = ""
    runs = False
    for word in words:
        if word is None:
            before = ""
            continue
        if len(found.words) < _MAX_WORDS:
            found.words.add(word)
        if word and word.split(None, 1) != [word]:  # some white space
            _inner(word, found, depth)
            before = ""
            continue
        name = word.rpartition("/")[2].partition("==")[0].partition("@")[0]
        if name in PROGRAMS:
            found.runners.add(PROGRAMS[name])
            runs = True
        option, equals, value = word.partition("=")
        if equals and option.isidentifier():
            (found.overrides if runs else found.names).add(option)
        path = value if equals else word
        if path and not path.startswith("-"):
            if option in _FILE_OPTIONS if equals else before in _FILE_OPTIONS:
                found.files.append(path)
            found.folders.append(path)
            interpreted = before.rpartition("/")[2] in _INTERPRETERS
            if path.endswith(_SCRIPT_ENDINGS) or "/" in path or interpreted:
                found.scripts.append(path)
            if interpreted:
                found.interpreted.add(path)
        if not word.startswith("-") or word in _FILE_OPTIONS:
            before = word


def _computed(words: tuple[Word, ...], found: Mentions) -> None:
    """Variables whose value is computed: the ``REF`` of ``make sign REF="$IMAGE@$DIGEST"``."""
    for word in words:
        head = word.parts[0] if word.parts else None
        if _literal(word) is None and isinstance(head, Piece):
            name, equals, _ = head.text.partition("=")
            if equals and name.isidentifier():
                found.overrides.add(name)


def _inner(text: str | None, found: Mentions, depth: int) -> None:
    """A text that may be handed to another shell, such as the argument of ``bash -c``."""
    if text and depth < _MAX_DEPTH and ("/" in text or any(program in text for program in PROGRAMS)):
        _collect(text, found, depth + 1)
