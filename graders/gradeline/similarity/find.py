"""The whole way for one exercise: candidates, exact likeness, clusters."""

from __future__ import annotations

from collections.abc import Sequence

from gradeline.records import field, record
from gradeline.similarity.candidates import groups, pairs
from gradeline.similarity.compare import Corpus
from gradeline.similarity.features import Own
from gradeline.similarity.passages import Passage, passages

# Measured with `make similarity` (docs/similarity.md): disguised copies are above, independent answers below.
THRESHOLD = 0.5
# With fewer parts of its own an answer is too small: two people write the same few lines.
FEWEST = 20
# With fewer than so many, more has to be alike: at ``FEWEST`` a fifth of what is missing to being the same.
_MANY = 60
_LARGE = 12  # members of a cluster of which not every pair is listed


@record
class Pair:
    """Two submissions by their names.  ``score`` is the likeness in structure, ``wording`` that of comments and names,
    both 0 to 1; ``shared`` parts are in both, the smaller one has ``fewest``."""

    left: str
    right: str
    score: float
    wording: float
    shared: int
    fewest: int


@record
class InCommon:
    """Two submissions that differ as a whole and have a passage in common, such as one job.

    ``worth`` counts its parts, those that others have, too, for less; ``shared`` are all of them (``keys``), and
    ``left_share`` and ``right_share`` say how much that is of what each has of its own, 0 to 1.
    """

    left: str
    right: str
    worth: float
    shared: int
    left_share: float
    right_share: float
    keys: tuple[int, ...] = field(default=(), repr=False)


@record
class Cluster:
    """Submissions that are connected by pairs; ``score`` is the highest of them."""

    members: tuple[str, ...]
    score: float


@record
class Similar:
    """What was found for one exercise.  ``small`` have too little of their own to be compared."""

    exercise: str
    compared: int
    pairs: tuple[Pair, ...]
    clusters: tuple[Cluster, ...]
    small: tuple[str, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()  # name and why
    threshold: float = THRESHOLD
    in_common: tuple[InCommon, ...] = ()


def similar(
    exercise: str, names: Sequence[str], parts: Sequence[Own], known: Own, *, threshold: float = THRESHOLD,
    unreadable: Sequence[tuple[str, str]] = (),
) -> Similar:  # fmt: skip
    """The pairs at or above ``threshold``, the most alike first, and the clusters they make; then who of the others
    have a part in common.

    ``names`` and ``parts`` belong together; the answer does not depend on their order.
    """
    order = sorted(range(len(names)), key=lambda place: names[place])
    names = [names[place] for place in order]
    corpus = Corpus([parts[place].structure for place in order], known.structure)
    wording = Corpus([parts[place].wording for place in order], known.wording)
    same = groups(corpus, FEWEST)
    clusters = _Clusters(len(names))
    found: list[Pair] = []

    def note(left: int, right: int) -> None:
        likeness = corpus.compare(left, right)
        if likeness.score >= needed(threshold, likeness.fewest):
            clusters.join(left, right, likeness.score)
            found.append(Pair(names[left], names[right], likeness.score, wording.compare(left, right).score,
                              likeness.shared, likeness.fewest))  # fmt: skip

    for group in same:
        for place, right in enumerate(group[1:], 1):
            for left in group[:place] if len(group) <= _LARGE else group[:1]:
                note(left, right)
    for left, right in pairs(corpus, tuple(group[0] for group in same)):
        if not clusters.is_large(left, right):
            note(left, right)
    return Similar(
        exercise,
        sum(map(len, same)),
        tuple(sorted(found, key=lambda one: (-one.score, one.left, one.right))),
        tuple(Cluster(tuple(names[one] for one in members), score) for members, score in clusters.all()),
        tuple(names[one] for one in range(len(names)) if corpus.size(one) < FEWEST),
        tuple(sorted(unreadable)),
        threshold,
        _in_common(corpus, names, clusters),
    )


def _in_common(corpus: Corpus, names: Sequence[str], clusters: _Clusters) -> tuple[InCommon, ...]:
    """Those that no cluster shows already, the most telling first."""
    def told(one: Passage) -> InCommon:
        left, right = (len(one.keys) / corpus.size(side) for side in (one.left, one.right))
        return InCommon(names[one.left], names[one.right], one.worth, len(one.keys), left, right, one.keys)

    found = map(told, passages(corpus, clusters.are_together))
    return tuple(sorted(found, key=lambda one: (-one.worth, one.left, one.right)))


def needed(threshold: float, fewest: int) -> float:
    """The likeness from which a pair is shown when the smaller answer has ``fewest`` parts of its own.

    Two honest answers to a small task share a lot, because there is not much else to write.
    """
    short = max(0.0, (_MANY - max(fewest, FEWEST)) / (_MANY - FEWEST))
    return threshold + (1 - threshold) * short / 5


class _Clusters:
    """Union-find; a cluster keeps its highest score."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))
        self._size = [1] * size
        self._score = [0.0] * size

    def _root(self, one: int) -> int:
        while self._parent[one] != one:
            self._parent[one] = self._parent[self._parent[one]]
            one = self._parent[one]
        return one

    def join(self, left: int, right: int, score: float) -> None:
        root, other = sorted((self._root(left), self._root(right)))
        self._score[root] = max(self._score[root], self._score[other], score)
        if root != other:
            self._parent[other] = root
            self._size[root] += self._size[other]

    def are_together(self, left: int, right: int) -> bool:
        return self._root(left) == self._root(right)

    def is_large(self, left: int, right: int) -> bool:
        """Whether both are in one cluster already, and it is so large that one more pair says nothing new."""
        root = self._root(left)
        return root == self._root(right) and self._size[root] > _LARGE

    def all(self) -> list[tuple[tuple[int, ...], float]]:
        """The clusters of two and more, the largest first."""
        members: dict[int, list[int]] = {}
        for one in range(len(self._parent)):
            members.setdefault(self._root(one), []).append(one)
        found = [(tuple(ones), self._score[root]) for root, ones in members.items() if len(ones) > 1]
        return sorted(found, key=lambda one: (-len(one[0]), -one[1], one[0]))


