"""Which pairs of thousands are worth a look: MinHash and locality-sensitive hashing, with a fixed seed.

Two indexes: one of everything, for pairs that are nearly the same, and one of what few in the class have, for pairs
that share what is rare behind much that is common.  Submissions with the very same parts are one entry.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from gradeline.similarity.compare import Corpus
from gradeline.words import MissingPart

SEED = 20240229
PERMUTATIONS = 128
_NEAR, _RARE = 0.6, 0.3
_FEW = 0.1  # of the class


def groups(corpus: Corpus, fewest: int) -> tuple[tuple[int, ...], ...]:
    """Submissions with the same parts, in order; those with fewer than ``fewest`` parts are left out."""
    same: dict[bytes, list[int]] = defaultdict(list)
    for one in range(len(corpus)):
        if corpus.size(one) >= fewest:
            same[corpus.own[one].tobytes()].append(one)
    return tuple(tuple(found) for found in same.values())


def pairs(corpus: Corpus, ones: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Pairs of ``ones`` that may be alike, each once, in a fixed order."""
    few = max(8, round(_FEW * len(corpus)))
    found: set[tuple[int, int]] = set()
    for threshold, most in ((_NEAR, None), (_RARE, few)):
        found.update(_near(corpus, ones, threshold, most))
    yield from sorted(found)


def _near(corpus: Corpus, ones: tuple[int, ...], threshold: float, most: int | None) -> Iterator[tuple[int, int]]:
    try:
        from datasketch import MinHash, MinHashLSH
    except ImportError as error:
        raise MissingPart("similarity.missing") from error
    index: Any = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
    for one in ones:
        values = corpus.values(one, most)
        if len(values) < 4:
            continue
        sketch: Any = MinHash(num_perm=PERMUTATIONS, seed=SEED, hashfunc=_low)
        sketch.update_batch(values.tolist())
        for other in index.query(sketch):
            yield min(one, other), max(one, other)
        index.insert(one, sketch)


def _low(number: int) -> int:
    """The parts are hashes already; MinHash takes 32 bits of them."""
    return number & 0xFFFFFFFF
