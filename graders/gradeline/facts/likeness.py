"""Which scenarios are the same for a pipeline: nothing that its runs ask for differs between them.

A run is decided by what it asks of its scenario.  Names whose value was looked at count by their value; a condition
that the scenario alone decides counts by its truth, so that a push to one branch and a push to another are the same
for a pipeline that only asks whether it is ``main``.

What is asked is also known for each piece of work (``begin``, ``end``): a unit that asks for nothing does the same
in every scenario, and a run that stops before the deployment never asks which branch it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gradeline.facts.evaluate import known_truth
from gradeline.model.expression import Call, Constant, Expression, Name, Operation, Template, Value, walk
from gradeline.model.pipeline import Scenario

if TYPE_CHECKING:
    from gradeline.facts.moment import Moment

_LOCAL = frozenset({"env", "job", "matrix", "strategy"})  # names that a unit or step decides
_MISSING = object()
CHANGES = "changes"  # asked: which files the scenario changes

# What was asked: paths of names, conditions by their ``id``, and ``CHANGES``.
Asked = dict[object, None]


class Likeness:
    """What the runs of one pipeline have asked for so far, and what scenarios answer.

    ``noting`` is true while a run is simulated, and while a check asks for something that it wants to take over.
    """

    def __init__(self, derived: Mapping[tuple[str, ...], Expression]) -> None:
        self.noting = False
        self.asked: Asked = {}
        self._heard = self.asked  # what the piece of work at hand has asked for
        self._derived = derived
        self._conditions: dict[int, Expression] = {}
        self._pure: dict[int, tuple[Expression, bool]] = {}
        self._truths: dict[tuple[int, int], bool | None] = {}
        self._scenarios: dict[int, Scenario] = {}
        self._alike: dict[tuple[int, int], tuple[int, bool]] = {}

    @contextmanager
    def listening(self) -> Iterator[None]:
        """What is looked at meanwhile tells scenarios apart from then on."""
        before, self.noting = self.noting, True
        heard = self._heard
        try:
            yield
        finally:
            self.noting, self._heard = before, heard

    def begin(self) -> Asked:
        """From now on note by itself what a piece of work asks for.  Hand the answer to ``end``."""
        outer, self._heard = self._heard, {}
        return outer

    def end(self, outer: Asked) -> Asked:
        """What the work asked for; the work around it has asked for that, too."""
        heard, self._heard = self._heard, outer
        outer.update(heard)
        return heard

    def hear(self, asked: Asked) -> None:
        """The work at hand takes over an outcome, so it asks for what the outcome was made from."""
        self._heard.update(asked)

    def note_changes(self) -> None:
        """A run has looked at the files that the scenario changes."""
        if self.noting:
            self.asked[CHANGES] = self._heard[CHANGES] = None

    def note(self, path: tuple[str, ...]) -> None:
        """A run has looked at a name; for one that is derived, at those it is derived from."""
        if not self.noting or path in self._heard:
            return
        self.asked[path] = self._heard[path] = None
        if path in self._derived:
            for node in walk(self._derived[path]):
                if isinstance(node, Name):
                    self.note(node.path)

    def identity(self, scenario: Scenario) -> int:
        """A key for memos.  Checks also ask about variations of a scenario, which have its id."""
        self._scenarios.setdefault(id(scenario), scenario)  # kept, so the number stays its own
        return id(scenario)

    def truth(self, condition: Expression, moment: Moment) -> bool | None:
        """Whether a condition holds, where the scenario alone decides it; None otherwise."""
        if not self._is_pure(condition):
            return None
        known = self._truth(condition, moment, moment.scenario)
        if known is not None and self.noting:
            self._conditions[id(condition)] = condition  # kept, so the number stays its own
            self.asked[id(condition)] = self._heard[id(condition)] = None
        return known

    def alike(self, one: Scenario, other: Scenario, moment: Moment, asked: Asked | None = None) -> bool:
        """Whether every run goes the same way in both, or the work that has ``asked`` for this.

        ``moment`` is any moment of the pipeline.
        """
        if asked is not None:
            return self._same(one, other, moment, asked)
        key = (id(one), id(other))
        known = self._alike.get(key)  # more is asked as time goes by: what differs once will differ for ever
        if known is None or (known[1] and known[0] != len(self.asked)):
            key = (self.identity(one), self.identity(other))
            known = self._alike[key] = (len(self.asked), self._same(one, other, moment, self.asked))
        return known[1]

    def _same(self, one: Scenario, other: Scenario, moment: Moment, asked: Asked) -> bool:
        for item in asked:
            if isinstance(item, tuple):
                same = _same_value(one.names, other.names, item)
            elif isinstance(item, int):
                condition = self._conditions[item]
                same = self._truth(condition, moment, one) is self._truth(condition, moment, other)
            else:
                same = one.changed == other.changed
            if not same:
                return False
        return True

    def _truth(self, condition: Expression, moment: Moment, scenario: Scenario) -> bool | None:
        key = (id(condition), id(scenario))
        if key not in self._truths:
            self.identity(scenario)
            noting, self.noting = self.noting, False
            self._truths[key] = known_truth(condition, moment.at_start_of(scenario))
            self.noting = noting
        return self._truths[key]

    def _is_pure(self, condition: Expression) -> bool:
        """Whether nothing but the scenario can decide the condition."""
        known = self._pure.get(id(condition))
        if known is None:
            pure = all(
                isinstance(node, Constant | Operation | Call | Template)
                or (isinstance(node, Name) and node.path[0] not in _LOCAL and node.path not in self._derived)
                for node in walk(condition)
            )
            known = self._pure[id(condition)] = (condition, pure)
        return known[1]


def _same_value(
    one: Mapping[tuple[str, ...], Value], other: Mapping[tuple[str, ...], Value], path: tuple[str, ...]
) -> bool:
    first, second = one.get(path, _MISSING), other.get(path, _MISSING)
    return type(first) is type(second) and first == second
