"""The turns of a loop over numbers: ``for i in {1..30}``, ``for i in $(seq 1 30)``.

Bash Reference Manual, "Brace Expansion" (sequence expressions); seq(1).  The first turns of a long loop and its last
ones show what it does: a counter that is looked at is looked at in the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gradeline.syntax import shell_nodes as sh

_RANGE = re.compile(r"\{(-?[0-9]{1,6})\.\.(-?[0-9]{1,6})(?:\.\.(-?[0-9]{1,6}))?\}")
_NUMBER = re.compile(r"-?[0-9]{1,6}")
_BEGIN, _END = 3, 3


def counted(words: tuple[sh.Word, ...], fields: Callable[[sh.Word], list[str]]) -> list[str] | None:
    """The numbers that a loop goes through, at most six of them; None for any other loop."""
    if len(words) != 1:
        return None
    parts = words[0].parts
    if all(isinstance(part, sh.Piece) and not part.quoted for part in parts):
        found = _RANGE.fullmatch("".join(part.text for part in parts if isinstance(part, sh.Piece)))
        if found is None:
            return None
        first, last, step = int(found[1]), int(found[2]), abs(int(found[3] or 1)) or 1
        return _shown(range(first, last + 1, step) if first <= last else range(first, last - 1, -step))
    if len(parts) != 1 or not isinstance(parts[0], sh.Substitution):
        return None
    inner = _only_command(parts[0].body)
    if inner is None or not inner.words or inner.redirects or inner.assignments:
        return None
    said = [field for word in inner.words for field in fields(word)]
    numbers = said[1:]
    if said[:1] != ["seq"] or not 1 <= len(numbers) <= 3 or not all(_NUMBER.fullmatch(one) for one in numbers):
        return None
    known = [int(one) for one in numbers]
    first, step, last = (1, 1, known[0]) if len(known) == 1 else (known[0], 1, known[1]) if len(known) == 2 else known
    if not step:
        return None
    return _shown(range(first, last + (1 if step > 0 else -1), step))


def _only_command(node: sh.Node) -> sh.Simple | None:
    from gradeline.facts.script_shape import walk

    found = [one for one in walk(node) if isinstance(one, sh.Simple)]
    return found[0] if len(found) == 1 else None


def _shown(numbers: range) -> list[str]:
    if len(numbers) <= _BEGIN + _END:
        return [str(one) for one in numbers]
    return [str(one) for one in (*numbers[:_BEGIN], *numbers[-_END:])]
