"""What a unit did in one run is what it does in every run that looks the same to it.

A unit sees which of its own commands fail, how the units before it ended, and the marks on the run.
Nothing else decides what it does but the answers to what it asks (see ``recall.py``) and what it asks of the
scenario (see ``likeness.py``): scenarios that are the same as far as the unit has looked share its outcomes.
Experiments differ in one command, so most of their units have been simulated before.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from itertools import islice

from gradeline.facts.alike_outcomes import AlikeOutcomes, Same
from gradeline.facts.evaluate import Result
from gradeline.facts.likeness import Asked
from gradeline.facts.reported_variables import REPORT
from gradeline.facts.runs import NEVER, Notes, Reached, StepRun
from gradeline.facts.worlds import Oracle
from gradeline.model.pipeline import Scenario, Unit
from gradeline.records import record


@record
class _Outcome:
    """What a unit adds to the notes of a run."""

    result: str
    raw_results: Mapping[str, str]
    unit_outputs: Mapping[tuple[str, str], Result]
    legs: Mapping[tuple[str, int], str]
    steps: tuple[StepRun, ...]
    reached: Mapping[str, Reached]
    marked: frozenset[str]
    touched: frozenset[tuple[str, str, str]]
    cut: bool

    @property
    def complete(self) -> bool:
        """Whether the unit ran, and each of its steps."""
        return self.result not in NEVER and not any(step.raw == "skipped" for step in self.steps)


def _write(known: _Outcome, notes: Notes) -> None:
    notes.legs.update(known.legs)
    notes.steps.extend(known.steps)
    notes.reached.update(known.reached)
    if known.raw_results:
        notes.raw_results.update(known.raw_results)
    if known.unit_outputs:
        notes.unit_outputs.update(known.unit_outputs)
    if known.marked:
        notes.marked |= known.marked
    if known.touched:
        notes.touched |= known.touched
    notes.cut = notes.cut or known.cut


NOTHING: frozenset[str] = frozenset()
_NO_CHANNELS: frozenset[tuple[str, str, str]] = frozenset()


class UnitMemo:
    """The outcomes of the units of one pipeline.

    ``before`` are the units whose endings each one sees; ``alike`` tells whether two scenarios are the same for work
    that has asked for something.
    """

    def __init__(self, before: Mapping[str, frozenset[str]], alike: Same) -> None:
        self._before = {unit: tuple(sorted(others)) for unit, others in before.items()}
        self._inside = tuple((unit, unit + "/") for unit in before)
        self._outcomes: AlikeOutcomes[_Outcome] = AlikeOutcomes(alike)
        self._endings: dict[Hashable, int] = {}
        self._parts: dict[frozenset[str], Mapping[str, frozenset[str]]] = {}

    def key(self, unit: Unit, failing: frozenset[str], notes: Notes) -> Hashable:
        """What decides a unit's outcome besides the scenario; ``failing`` is its part of the experiment."""
        notes.seen = seen = tuple(map(notes.endings.get, self._before.get(unit.id, ())))
        return unit.id, failing, seen, frozenset(notes.marked) if notes.marked else NOTHING

    def replay(self, key: Hashable, scenario: Scenario, oracle: Oracle, notes: Notes) -> tuple[str, Asked] | None:
        """Write a known outcome into the notes and tell it, with what it has asked of the scenario.

        None when there is none: then do the work, and ``keep`` it.
        """
        found = self._outcomes.find(key, scenario, oracle)
        if found is None:
            return None
        _write(found[0], notes)
        return found[0].result, found[1]

    def held(self, key: Hashable, scenario: Scenario, notes: Notes) -> tuple[str, int, Asked] | None:
        """The same for an outcome in which all conditions held and nothing was asked: the unit does so, too, when its
        conditions are not looked at.  Also tells the number of its steps."""
        for outcome, asked in self._outcomes.certain(key, scenario):
            if outcome.complete:
                _write(outcome, notes)
                return outcome.result, len(outcome.steps), asked
        return None

    def keep(
        self,
        key: Hashable,
        unit: str,
        result: str,
        before: tuple[int, ...],
        notes: Notes,
        oracle: Oracle,
        scenario: Scenario,
        asked: Asked,
    ) -> None:
        """Remember what was added to the notes since they had the sizes ``before`` (``Notes.sizes``)."""
        if notes.strayed:  # the key does not hold what the unit looked at
            self._outcomes.forget(oracle)
            return
        raw, outputs, legs, steps, reached = before
        outcome = _Outcome(
            result,
            dict(islice(notes.raw_results.items(), raw, None)),
            dict(islice(notes.unit_outputs.items(), outputs, None)),
            dict(islice(notes.legs.items(), legs, None)),
            tuple(notes.steps[steps:]),
            dict(islice(notes.reached.items(), reached, None)),
            frozenset(notes.marked),
            frozenset([one for one in notes.touched if one[0] == unit]) if notes.touched else _NO_CHANNELS,
            notes.cut,
        )
        self._outcomes.keep(key, scenario, oracle, asked, outcome)

    def end(self, unit: Unit, notes: Notes) -> None:
        """Note how the unit ended, as later units can tell it: a number for each way."""
        outputs: tuple[Result, ...] = (None,) * (len(unit.outputs) + 1)
        if notes.unit_outputs:
            outputs = tuple([notes.unit_outputs.get((unit.id, name)) for name in (*unit.outputs, REPORT)])
        ending = (notes.unit_results[unit.id], notes.raw_results.get(unit.id), notes.branches[unit.id], outputs)
        notes.endings[unit.id] = self._endings.setdefault(ending, len(self._endings))

    def parts(self, failing: frozenset[str]) -> Mapping[str, frozenset[str]]:
        """The parts of an experiment by the units that each is about."""
        parts = self._parts.get(failing)
        if parts is None:
            found: dict[str, set[str]] = {}
            for key in failing:
                ended = key.partition(":")[2]
                for unit, inside in self._inside:
                    if key.startswith(inside) or unit == ended:
                        found.setdefault(unit, set()).add(key)
            parts = self._parts[failing] = {unit: frozenset(keys) for unit, keys in found.items()}
        return parts
