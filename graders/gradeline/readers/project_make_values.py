"""Variables of a Makefile, as far as they can be known without make.

GNU make manual, "How to Use Variables" and "Automatic Variables".  A value is text, or unknown when a
function or a condition makes it.  A variable that make would take from the environment or from the
command line of the pipeline stays a shell variable in the command, where its value may be known.
"""

from __future__ import annotations

from gradeline.readers.project_source import UNKNOWN, Chunk, Context
from gradeline.records import record, replace

MAX_VALUE = 8192
_MAX_DEPTH = 20
_FUNCTIONS = frozenset(
    [
        "abspath",
        "addprefix",
        "addsuffix",
        "and",
        "basename",
        "call",
        "dir",
        "error",
        "eval",
        "file",
        "filter",
        "filter-out",
        "findstring",
        "firstword",
        "flavor",
        "foreach",
        "guile",
        "if",
        "info",
        "intcmp",
        "join",
        "lastword",
        "let",
        "notdir",
        "or",
        "origin",
        "patsubst",
        "realpath",
        "shell",
        "sort",
        "strip",
        "subst",
        "suffix",
        "value",
        "warning",
        "wildcard",
        "word",
        "wordlist",
        "words",
    ]
)


@record
class Value:
    """``text`` None: unknown.  ``recursive``: references in it are expanded when it is used."""

    text: str | None
    recursive: bool = True
    weak: bool = False  # set by ``?=``: the environment goes first


class Variables:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._values: dict[str, Value] = {"OS": Value("", False)}  # set on Windows only
        self._memo: dict[str, str | None] = {}

    def inside(self, target: str, needs: list[str], values: dict[str, Value]) -> Variables:
        """The variables while a recipe runs: those of the target, and ``$@``, ``$<``, ``$^``."""
        inner = Variables(self._context)
        inner._values = {**self._values, **values}
        folder, _, base = target.rpartition("/")
        inner._values |= {
            "@": Value(target, False),
            "@D": Value(folder or ".", False),
            "@F": Value(base, False),
            "<": Value(needs[0] if needs else "", False),
            "+": Value(" ".join(needs), False),
        }
        inner._values.setdefault("^", Value(" ".join(dict.fromkeys(needs)), False))
        return inner

    def names(self) -> list[str]:
        return list(self._values)

    def unknown(self, name: str) -> None:
        self._set(name, Value(None))

    def assign(self, name: str, operator: str, text: str, overrides: bool) -> None:
        """One of ``= := ::= :::= ?= +=``."""
        before = self._values.get(name)
        if operator == "?=":
            if before is None:
                self._set(name, Value(text, True, True))
        elif operator == "+=":
            if before is None or before.text is None:
                self._set(name, Value(text) if before is None else before)
            else:
                added = text if before.recursive else self.constant_of(text)
                joined = None if added is None else f"{before.text} {added}".strip()
                self._set(name, replace(before, text=joined))
        elif operator == "=":
            self._set(name, Value(text))
        else:
            self._set(name, Value(self.constant_of(text), False))

    def _set(self, name: str, value: Value) -> None:
        if value.text is not None and len(value.text) > MAX_VALUE:
            value = Value(None)
        self._values[name] = value
        self._memo.clear()

    def local(self, name: str, operator: str, text: str) -> Value:
        """The value of a variable that only one target sees."""
        before = self._values.get(name)
        if operator == "+=" and before is not None:
            return Value(None if before.text is None else f"{before.text} {text}".strip())
        return Value(text, weak=operator == "?=")

    def defined(self, name: str) -> bool | None:
        """For ``ifdef``; None when only the environment can tell."""
        value = self._values.get(name)
        if value is None:
            return None
        return None if value.text is None else value.text != ""

    def constant(self, name: str) -> str | None:
        """The whole value of a variable of the file, None when it has none or it is unknown."""
        return self._expanded(name, 0, frozenset()) if name in self._values else None

    def constant_of(self, text: str) -> str | None:
        """``text`` with everything expanded, None when a part of it is unknown."""
        return self._constant(text, 0, frozenset())

    def words_of(self, text: str) -> tuple[list[str], bool]:
        """The words of a list whose unknown members are left out, and whether there were none of those."""
        words: list[str] = []
        known = True
        for word in _words(text):
            value = self.constant_of(word)
            known = known and value is not None
            words.extend((value or "").split())
        return words, known

    def expand(self, chunks: list[Chunk]) -> list[Chunk]:
        """A command with its references replaced; what is unknown becomes a shell variable nobody sets."""
        made: list[Chunk] = []
        for chunk in chunks:
            position = 0
            for start, end, name in _references(chunk.text):
                if start > position:
                    made.append(Chunk(chunk.text[position:start], chunk.start + position, chunk.exact))
                value = self._reference(name, 0, frozenset())
                made.append(Chunk(UNKNOWN if value is None else value, chunk.start + start, False))
                position = end
            if position < len(chunk.text):
                made.append(Chunk(chunk.text[position:], chunk.start + position, chunk.exact))
        return [chunk for chunk in made if chunk.text]

    # -- values ----------------------------------------------------------------------------------

    def _reference(self, name: str, depth: int, inside: frozenset[str]) -> str | None:
        if name == "$":
            return "$"
        if name == "MAKE":
            return "make"
        if name not in self._values:
            return self._foreign(name)
        value = self._values[name]
        given = name in self._context.overrides or (value.weak and name in self._context.environment)
        if given and name.isidentifier():
            return f"${{{name}}}"
        return self._expanded(name, depth, inside)

    def _foreign(self, name: str) -> str | None:
        """A variable that the file does not define: the environment's, or empty; None for a function."""
        function = name.split(None, 1)[0] if name.strip() else ""
        if function in ("info", "warning") and function != name:
            return ""
        if (function in _FUNCTIONS and function != name) or any(char in name for char in ":$ ,"):
            return None
        if name in ("CURDIR", "MAKEFILE_LIST", "MAKECMDGOALS", "*", "?", "%", "|", "*D", "*F", "MAKE_VERSION"):
            return None
        return f"${{{name}}}" if name.isidentifier() and self._context.inherits(name) else ""

    def _expanded(self, name: str, depth: int, inside: frozenset[str]) -> str | None:
        value = self._values[name]
        if value.text is None or not value.recursive:
            return value.text
        if name not in self._memo:
            if name in inside or depth > _MAX_DEPTH:
                return None
            self._memo[name] = self._constant(value.text, depth + 1, inside | {name})
        return self._memo[name]

    def _constant(self, text: str, depth: int, inside: frozenset[str]) -> str | None:
        pieces: list[str] = []
        position = length = 0
        for start, end, name in _references(text):
            value = self._reference(name, depth, inside)
            if value is None:
                return None
            pieces += (text[position:start], value)
            length += start - position + len(value)
            if length > MAX_VALUE:
                return None
            position = end
        pieces.append(text[position:])
        made = "".join(pieces)
        return made if len(made) <= MAX_VALUE else None


def _references(text: str) -> list[tuple[int, int, str]]:
    """(start, end, name) of each ``$x``, ``$(name)`` and ``${name}``; ``$$`` has the name ``$``."""
    found: list[tuple[int, int, str]] = []
    position = text.find("$")
    while 0 <= position < len(text) - 1:
        opener = text[position + 1]
        end = position + 2
        name = opener
        if opener in "({":
            closer = ")" if opener == "(" else "}"
            depth = 1
            while end < len(text) and depth:
                depth += (text[end] == opener) - (text[end] == closer)
                end += 1
            name = text[position + 2 : end - 1] if not depth else text[position + 2 :]
        found.append((position, end, name))
        position = text.find("$", end)
    return found


def _words(text: str) -> list[str]:
    """Blank-separated words; a reference with blanks inside stays one word."""
    words: list[str] = []
    start = -1
    depth = 0
    for position, char in enumerate(text):
        if char in "({":
            depth += 1
        elif char in ")}":
            depth -= 1
        if char.isspace() and depth <= 0:
            if start >= 0:
                words.append(text[start:position])
                start = -1
        elif start < 0:
            start = position
    if start >= 0:
        words.append(text[start:])
    return words
