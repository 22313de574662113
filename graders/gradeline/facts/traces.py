"""Which unknown value is which: a simulation in which each value that is not known carries a sign of where it is from.

In a traced run ``HIDDEN`` is followed by one sign.  Two texts with the same signs hold the same value, whatever it is:
the digest that the run was started with is the same in every job it is handed to, through variables, outputs, called
workflows, functions and scripts.
"""

from __future__ import annotations

from collections.abc import Mapping

from gradeline.facts.shell_state import HIDDEN
from gradeline.model.expression import Expression, Name, Output
from gradeline.model.expression import walk as walk_expression
from gradeline.model.pipeline import Unit
from gradeline.records import record
from gradeline.source import Span

_FIRST = 0xF0000  # Unicode, Supplementary Private Use Area-A: no script needs a character of it
_MOST = 60_000
# Programs that give the same answer for the same words and input, wherever they run.
_PURE = frozenset(
    ("cut", "sed", "awk", "tr", "head", "tail", "grep", "jq", "yq", "basename", "dirname", "echo", "printf", "base64",
     "sort", "uniq", "rev", "tee", "cat")
)  # fmt: skip


def plain(text: str) -> str:
    """A text as it would be without signs."""
    if HIDDEN not in text:
        return text
    first, *rest = text.split(HIDDEN)
    return first + "".join(HIDDEN + (piece[1:] if piece and ord(piece[0]) >= _FIRST else piece) for piece in rest)


@record
class Source:
    """Where a value is from.  ``kind``: ``setting`` (``scoped`` when each environment may have its own), ``output``
    of a step or unit, ``variable`` that nothing sets, ``command`` whose answer it is, or ``part`` of other values.
    A ``file`` is read where it lies.  ``words`` are those of the commands, ``inside`` the signs of the values that it
    was made of, ``places`` where the commands stand when the traces tell them apart by that."""

    kind: str
    name: str
    unit: str = ""
    scoped: bool = False
    words: tuple[tuple[str, ...], ...] = ()
    inside: tuple[str, ...] = ()
    step: str = ""
    places: tuple[Span, ...] = ()


class Traces:
    """The signs of one traced simulation.  ``own`` are variables that the platform sets, the same in a whole run.
    ``placed``: the same command at two places of a unit gives two values, as what it asks about may have changed."""

    def __init__(self, own: frozenset[str] = frozenset(), placed: bool = False) -> None:
        self._own = own
        self._placed = placed
        self._signs: dict[Source, str] = {}
        self._sources: list[Source] = []

    def sign(self, source: Source) -> str:
        """An unknown value from this source; without a sign when there are too many."""
        if source not in self._signs:
            if len(self._sources) >= _MOST:
                return HIDDEN
            self._signs[source] = HIDDEN + chr(_FIRST + len(self._sources))
            self._sources.append(source)
        return self._signs[source]

    def sources(self, text: str) -> tuple[Source | None, ...]:
        """Where each unknown stretch of a text is from, in its order; None for one without a sign."""
        found: list[Source | None] = []
        pieces = text.split(HIDDEN)
        for piece in pieces[1:]:
            number = ord(piece[0]) - _FIRST if piece else -1
            found.append(self._sources[number] if 0 <= number < len(self._sources) else None)
        return tuple(found)

    def roots(self, text: str) -> frozenset[Source | None]:
        """The sources that the unknown stretches are made of in the end."""
        found: set[Source | None] = set()
        waiting = list(self.sources(text))
        seen: set[Source] = set()
        while waiting:
            source = waiting.pop()
            if source is None or not source.inside:
                found.add(source)
                continue
            if source not in seen:
                seen.add(source)
                waiting.extend(inner for sign in source.inside for inner in self.sources(sign))
        return frozenset(found)

    # -- what a simulation asks ----------------------------------------------------------------

    def expression(self, node: Expression, unit: Unit) -> str:
        """The value of an expression that is not known."""
        names = tuple(part for part in walk_expression(node) if isinstance(part, Name | Output))
        if len(names) == 1 and names[0] is node:
            if isinstance(node, Output):
                owner = node.id if node.owner == "unit" else unit.id
                return self.sign(Source("output", node.name, owner, step="" if node.owner == "unit" else node.id))
            if isinstance(node, Name):
                return self.sign(self._setting(node.path, node.unset, unit))
        if not names:
            return HIDDEN
        inside = tuple(self.expression(part, unit) for part in names)
        return self.sign(Source("part", type(node).__name__, inside=inside))

    def _setting(self, path: tuple[str, ...], unset: bool, unit: Unit) -> Source:
        scoped = (unset or path[:1] in (("vars",), ("secrets",))) and unit.environment is not None
        return Source("setting", ".".join(path), unit.id if scoped else "", scoped)

    def variable(self, name: str, unit: Unit) -> str:
        """A variable of a script that nothing in the files sets."""
        scoped = unit.environment is not None and name not in self._own
        return self.sign(Source("variable", name, unit.id if scoped else "", scoped))

    def part(self, value: str, operation: str) -> str:
        """What an operation makes of a value that is not known."""
        signs = tuple(HIDDEN + piece[:1] for piece in value.split(HIDDEN)[1:])
        if not signs or None in self.sources(value):
            return HIDDEN
        return self.sign(Source("part", f"{operation}:{value}", inside=signs))

    def command(
        self,
        words: tuple[tuple[str, ...], ...],
        given: Mapping[str, str],
        text: str,
        unit: Unit,
        places: tuple[Span, ...] = (),
    ) -> str:
        """What a command substitution gives.  ``given``: the variables in it with their values."""
        pure = all(item and item[0].rpartition("/")[2] in _PURE for item in words)
        signs = tuple(HIDDEN + piece[:1] for value in given.values() for piece in value.split(HIDDEN)[1:])
        if pure and all(None not in self.sources(value) for value in given.values()):
            shape = "\n".join((text, *(f"{name}={value}" for name, value in sorted(given.items()))))
            return self.sign(Source("part" if signs else "file", shape, inside=signs))
        shape = "\n".join(" ".join(item) for item in words) or text
        return self.sign(Source("command", shape, unit.id, words=words, places=places if self._placed else ()))


class Trace:
    """The traces as one unit's scripts write them."""

    def __init__(self, traces: Traces, unit: Unit) -> None:
        self.traces = traces
        self.unit = unit

    def variable(self, name: str) -> str:
        return self.traces.variable(name, self.unit)

    def part(self, value: str, operation: str) -> str:
        return self.traces.part(value, operation)

    def command(
        self, words: tuple[tuple[str, ...], ...], given: Mapping[str, str], text: str, places: tuple[Span, ...]
    ) -> str:
        return self.traces.command(words, given, text, self.unit, places)
