"""Side by side: which lines of one submission correspond to which lines of the other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from gradeline.records import record, replace
from gradeline.render.mask import masked_lines
from gradeline.render.text import cells
from gradeline.similarity.features import Part

_GAP = 2  # lines between two places that still are one
_LONG = 25  # lines of one place, so that a person can see what corresponds to what
_MOST = 12
_WIDE = 300  # characters of one line


@record
class Place:
    """``lines`` are what stands there, harmless and without credentials."""

    path: str
    line: int
    end: int
    lines: tuple[str, ...] = ()


@record
class Match:
    """Two places that correspond; ``weight`` says how much they tell, ``shared`` how many parts they share."""

    left: Place
    right: Place
    shared: int
    weight: float


def side_by_side(left: Sequence[Part], right: Sequence[Part], weight: Callable[[int], float]) -> tuple[Match, ...]:
    """The places that correspond, those that tell the most first.

    ``weight`` gives 0 for what is common knowledge.
    """
    there: dict[int, list[Part]] = defaultdict(list)
    for part in right:
        if part.view != "wording":
            there[part.key].append(part)
    shared = [part for part in left if part.view != "wording" and part.key in there and weight(part.key) > 0]
    matches = []
    for block in _blocks(shared):
        keys = {part.key for part in block}
        target = _target(keys, there, block[0])
        if target is None:
            continue
        here = [part for part in block if any(other in target for other in there[part.key])]
        told = {part.key for part in here}
        matches.append(Match(_place(here), _place(target), len(told), sum(weight(key) for key in told)))
    matches.sort(key=lambda one: (-one.weight, one.left.path, one.left.line))
    return tuple(matches[:_MOST])


def with_lines(matches: Iterable[Match], left: Mapping[str, str], right: Mapping[str, str]) -> tuple[Match, ...]:
    """The same with the text of the places; ``left`` and ``right`` are the files of the two by path."""
    return tuple(replace(one, left=_shown(one.left, left), right=_shown(one.right, right)) for one in matches)


def _shown(place: Place, files: Mapping[str, str]) -> Place:
    lines = masked_lines(files.get(place.path, "").split("\n"))[place.line - 1 : place.end]
    return replace(place, lines=tuple("".join(cells(line.rstrip("\r").expandtabs(4)[:_WIDE])) for line in lines))


def _blocks(found: Iterable[Part]) -> list[list[Part]]:
    """Parts whose lines touch; a part over many lines, such as a whole unit, joins nothing together."""
    ordered = sorted(found, key=lambda one: (one.path, one.line, one.end))
    blocks: list[list[Part]] = []
    end = 0
    for part in ordered:
        last = blocks[-1][0] if blocks else None
        if last is not None and last.path == part.path and part.line <= min(end + _GAP, last.line + _LONG - 1):
            blocks[-1].append(part)
        else:
            blocks.append([part])
            end = 0
        end = max(end, min(part.end, part.line + 3))
    return blocks


def _target(keys: set[int], there: dict[int, list[Part]], first: Part) -> list[Part] | None:
    """The block of the other submission that shares the most of ``keys``; of equals the one nearest to ``first``."""
    blocks = _blocks(part for key in sorted(keys) for part in there[key])
    if not blocks:
        return None
    counts = Counter({place: len({part.key for part in block}) for place, block in enumerate(blocks)})
    best = max(counts.values())
    equal = [block for place, block in enumerate(blocks) if counts[place] == best]
    return min(equal, key=lambda block: (block[0].path != first.path, abs(block[0].line - first.line)))


def _place(parts: Sequence[Part]) -> Place:
    return Place(
        parts[0].path, min(one.line for one in parts), max(min(one.end, one.line + 3) for one in parts)
    )
