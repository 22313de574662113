"""How alike two submissions are: the weight of what both have, of the weight of what either has.

A part weighs by how rare it is among the others of the class (inverse document frequency); the two submissions
themselves do not count, so that two in a class of two are compared fairly.  What everybody knows (kit, brief, right
answers) is taken out before.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from gradeline.records import record
from gradeline.words import MissingPart

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.uint64]
    Places = NDArray[np.int32]
    Weights = NDArray[np.float64]


@record
class Likeness:
    """``score`` is 0 to 1; ``shared`` is how many parts both have, ``fewest`` how many the smaller one has."""

    score: float
    shared: int
    fewest: int


class Corpus:
    """The own parts of all submissions of one exercise, in the order given.

    ``numbers`` are all parts, ``counts`` how many submissions have each.  For each submission ``order`` has the places
    of its parts in ``numbers`` as they follow on each other in its files, ``own`` the same in rising order.
    """

    def __init__(self, parts: Sequence[array[int]], known: array[int]) -> None:
        try:
            import numpy as np
        except ImportError as error:
            raise MissingPart("similarity.missing") from error
        common = np.unique(np.frombuffer(known, dtype=np.uint64)) if len(known) else np.empty(0, np.uint64)
        own: list[Numbers] = []
        for one in parts:
            numbers = np.frombuffer(one, dtype=np.uint64) if len(one) else np.empty(0, np.uint64)
            own.append(np.setdiff1d(numbers, common, assume_unique=True))
        together = np.concatenate(own) if own else np.empty(0, np.uint64)
        self.numbers, counts = np.unique(together, return_counts=True)
        self.order: tuple[Places, ...] = tuple(np.searchsorted(self.numbers, one).astype(np.int32) for one in own)
        self.own: tuple[Places, ...] = tuple(np.sort(one) for one in self.order)
        self.counts = counts
        size = max(1, len(parts))
        self._both = np.log1p(size / (1 + np.maximum(counts - 2, 0)))
        self._one = np.log1p(size / (1 + np.maximum(counts - 1, 0)))

    def __len__(self) -> int:
        return len(self.own)

    def size(self, one: int) -> int:
        """How many parts of its own a submission has."""
        return len(self.own[one])

    def values(self, one: int, most: int | None = None) -> Numbers:
        """The parts of a submission, or those that at most ``most`` submissions have."""
        places = self.own[one]
        return self.numbers[places if most is None else places[self.counts[places] <= most]]

    def compare(self, left: int, right: int) -> Likeness:
        import numpy as np

        mine, yours = self.own[left], self.own[right]
        shared = np.intersect1d(mine, yours, assume_unique=True)
        if not len(shared):
            return Likeness(0.0, 0, min(len(mine), len(yours)))
        both = float(self._both[shared].sum())
        single = float(self._one[mine].sum() + self._one[yours].sum() - 2 * self._one[shared].sum())
        return Likeness(both / (both + single), len(shared), min(len(mine), len(yours)))

    def rarity(self, places: Places, sharing: Literal[1, 2]) -> Weights:
        """What the parts at ``places`` say, 0 to 1: that two submissions have them, or that one of two has them.  1 is
        for one that no third has."""
        import numpy as np

        found: Weights = (self._both if sharing == 2 else self._one)[places] / np.log1p(max(1, len(self)))
        return found

    def weight(self, number: int) -> float:
        """How much a part says that two submissions share; 0 for one that is common knowledge."""
        import numpy as np

        place = int(np.searchsorted(self.numbers, np.uint64(number)))
        if place >= len(self.numbers) or int(self.numbers[place]) != number:
            return 0.0
        return float(self._both[place])
