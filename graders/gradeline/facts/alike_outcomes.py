"""Outcomes of a piece of work that scenarios share when they are the same as far as the work has asked.

The answers to what a piece of work asks the oracle are looked at by ``recall.py``, what it asks of the scenario here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

from gradeline.facts.likeness import Asked
from gradeline.facts.recall import Recall
from gradeline.facts.worlds import Oracle
from gradeline.model.pipeline import Scenario

T = TypeVar("T")

Same = Callable[[Scenario, Scenario, Asked], bool]


class _Alike(Generic[T]):
    """The outcomes in one scenario and in those that are the same, as far as the work has ``asked`` in all of them."""

    __slots__ = ("_known", "asked", "outcomes", "scenario")

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.asked: Asked = {}
        self.outcomes: Recall[T] = Recall()
        self._known: dict[int, tuple[int, bool]] = {}

    def takes(self, scenario: Scenario, alike: Same) -> bool:
        """Whether all outcomes are also those of ``scenario``."""
        if scenario is self.scenario or not self.asked:
            return True
        known = self._known.get(id(scenario))  # the simulator keeps its scenarios, so the id stays its own
        if known is None or known[0] != len(self.asked):
            known = self._known[id(scenario)] = (len(self.asked), alike(self.scenario, scenario, self.asked))
        return known[1]


class AlikeOutcomes(Generic[T]):
    """The outcomes of many pieces of work, each with a key that holds everything it can see beside the scenario.

    ``alike`` tells whether two scenarios are the same for work that has asked for something.  As in ``Recall``: when
    ``find`` has found nothing, do the work, and then call ``keep`` or ``forget``.
    """

    def __init__(self, alike: Same) -> None:
        self._alike = alike
        self._groups: dict[Hashable, list[_Alike[T]]] = {}

    def find(self, key: Hashable, scenario: Scenario, oracle: Oracle) -> tuple[T, Asked] | None:
        """A known outcome, and what the work has asked of the scenario."""
        for group in self._groups.get(key, ()):
            if not group.asked or group.takes(scenario, self._alike):
                found = group.outcomes.find(None, oracle)
                return None if found is None else (found[0], group.asked)
        oracle.listen(oracle.position())
        return None

    def certain(self, key: Hashable, scenario: Scenario) -> Iterator[tuple[T, Asked]]:
        """The outcomes of this work when it asked the oracle nothing."""
        for group in self._groups.get(key, ()):
            found = group.outcomes.certain(None)
            if found is not None and group.takes(scenario, self._alike):
                yield found[0], group.asked

    def keep(self, key: Hashable, scenario: Scenario, oracle: Oracle, asked: Asked, outcome: T) -> None:
        """Remember the outcome of work that has just been done and has ``asked`` for this."""
        groups = self._groups.setdefault(key, [])
        for group in groups:
            if group.scenario is scenario or self._alike(group.scenario, scenario, asked):
                break
        else:
            group = _Alike(scenario)
            groups.append(group)
        group.asked.update(asked)
        group.outcomes.keep(None, oracle, outcome)

    @staticmethod
    def forget(oracle: Oracle) -> None:
        """The work that has just been done is not to be remembered."""
        Recall.forget(oracle)
