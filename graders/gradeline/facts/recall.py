"""Work that was done before is not done again: its outcome follows from a key and from what it asks the oracle.

A piece of a simulation is ordinary code that asks an ``Oracle`` whenever something is not known.  With the same
key it asks the same first question, after the same answer the same second one, and so on: everything that is
known about it is a tree of questions.  Looking up an outcome puts the questions to the oracle of the world at hand,
as the work itself would, so assumptions and later answers are the same as if the work had been done.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

from gradeline.facts.worlds import Oracle, Question

T = TypeVar("T")

# Work that asks more than this is done each time: it hardly ever meets the same answers again.
LONGEST = 64


class _Node(Generic[T]):
    """A question and where each answer leads, or an outcome."""

    __slots__ = ("outcome", "question", "ways")

    def __init__(self) -> None:
        self.question: Question | None = None
        self.ways: dict[Hashable, _Node[T]] = {}
        self.outcome: tuple[T] | None = None


class Recall(Generic[T]):
    """The outcomes of one kind of work.

    After ``find`` has found nothing the work has to be done with the same oracle, and then ``keep`` or
    ``forget`` called: the oracle listens in between, and does not ask again what ``find`` has asked.  The work may
    itself look up parts of its own.
    """

    def __init__(self) -> None:
        self._trees: dict[Hashable, _Node[T]] = {}

    def find(self, key: Hashable, oracle: Oracle) -> tuple[T] | None:
        """The outcome, wrapped so that None can be one."""
        node = self._trees.get(key)
        start = oracle.position()
        while node is not None and node.question is not None:
            answer = oracle.ask(node.question)
            node = node.ways.get(_way(answer) if type(answer) is tuple else answer)
        if node is not None:
            return node.outcome
        oracle.listen(start)
        return None

    def certain(self, key: Hashable) -> tuple[T] | None:
        """The outcome of work that asks nothing, wrapped."""
        node = self._trees.get(key)
        return node.outcome if node is not None and node.question is None else None

    def keep(self, key: Hashable, oracle: Oracle, outcome: T) -> None:
        """Remember the outcome of work that has just been done."""
        heard = oracle.heard()
        if len(heard) > LONGEST:
            return
        node = self._trees.setdefault(key, _Node())
        for question, answer in heard:
            node.question = question
            node = node.ways.setdefault(_way(answer), _Node())
        node.outcome = (outcome,)

    @staticmethod
    def forget(oracle: Oracle) -> None:
        """The work that has just been done is not to be remembered."""
        oracle.heard()


def _way(answer: object) -> Hashable:
    """An answer as a key.  A value may be anything: 1 and True and "1" are not the same."""
    return repr(answer) if isinstance(answer, tuple) else answer
