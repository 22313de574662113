"""Copies of a part: a job, a stage, some steps or a function of one answer inside another that is otherwise its own.

The parts of one submission stand in the order of its files and lines.  A passage is the stretch of them in which what
the other has, too, outweighs what it has not (the segment with the largest sum, as sequences are aligned).  A part
that only these two have counts 1, one that others have counts less, one that the other lacks half of that against it.

Who is compared comes from an inverted index of what few have, so that the work grows with the class and not with its
square.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from gradeline.records import record
from gradeline.similarity.compare import Corpus

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Sums = NDArray[np.float64]

# What a passage is worth at least, in parts that only these two have.  Measured with `benchmarks/similarity.py`: the
# largest of answers that were written apart is 11; one job that an author has put into two answers word for word, 19.
WORTH = 20.0
_AGAINST = 0.5
# What more than so many submissions have leads from none to another; it still counts in a passage, for little.
_MANY = 24
_SHARED = 16  # parts that few have, before two submissions are looked at
_MOST = 6  # passages of two submissions


@record
class Passage:
    """What two submissions have in common in stretches, by their places in the corpus.

    ``worth`` is in parts that only these two have; ``keys`` are the parts that both have in the stretches.
    """

    left: int
    right: int
    worth: float
    keys: tuple[int, ...]


def passages(corpus: Corpus, are_known: Callable[[int, int], bool]) -> Iterator[Passage]:
    """Every two submissions with a passage in common, each once, in a fixed order; not those that ``are_known``."""
    index = _Index(corpus)
    for left in range(len(corpus)):
        for right in index.sharing(left):
            if are_known(left, right):
                continue
            found, back = _common(corpus, left, right), _common(corpus, right, left)
            if back.worth > found.worth:
                found = back
            if found.worth >= WORTH:
                yield Passage(left, right, found.worth, found.keys)


def _common(corpus: Corpus, one: int, other: int) -> Passage:
    """The stretches of ``one`` that ``other`` has."""
    import numpy as np

    order = corpus.order[one]
    there = np.isin(order, corpus.own[other], assume_unique=True)
    sums = np.where(there, corpus.rarity(order, 2), -_AGAINST * corpus.rarity(order, 1))
    worth, keys = 0.0, []
    for _ in range(_MOST):
        begin, end, score = _largest(sums)
        if score < WORTH:
            break
        worth += score
        keys += corpus.numbers[order[begin:end][there[begin:end]]].tolist()
        sums[begin:end] = -len(sums)  # no other stretch reaches over this one
    return Passage(one, other, worth, tuple(keys))


def _largest(values: Sums) -> tuple[int, int, float]:
    """Begin, end (exclusive) and sum of the consecutive values with the largest sum."""
    import numpy as np

    if not len(values):
        return 0, 0, 0.0
    until = np.concatenate(([0.0], np.cumsum(values)))
    lowest = np.minimum.accumulate(until)
    end = int(np.argmax(until - lowest))
    begin = int(np.argmin(until[: end + 1]))
    return begin, end, float(until[end] - until[begin])


class _Index:
    """Who has a part, for the parts that at least two have and few."""

    def __init__(self, corpus: Corpus) -> None:
        import numpy as np

        self._corpus = corpus
        places = np.concatenate(corpus.own) if len(corpus) else np.empty(0, np.int32)
        owners = np.repeat(np.arange(len(corpus), dtype=np.int32), [len(one) for one in corpus.own])
        self._owners = owners[np.argsort(places, kind="stable")]
        self._begin = np.concatenate(([0], np.cumsum(corpus.counts)))[:-1]

    def sharing(self, one: int) -> Sequence[int]:
        """The submissions behind ``one`` that have enough of what few have in common with it, in order."""
        import numpy as np

        counts = self._corpus.counts
        mine = self._corpus.own[one]
        mine = mine[(counts[mine] > 1) & (counts[mine] <= _MANY)]
        if len(mine) < _SHARED:
            return ()
        many = counts[mine]
        first = np.repeat(self._begin[mine] - np.concatenate(([0], np.cumsum(many)[:-1])), many)
        who = self._owners[first + np.arange(int(many.sum()))]
        others, shared = np.unique(who[who > one], return_counts=True)
        found: list[int] = others[shared >= _SHARED].tolist()
        return found
