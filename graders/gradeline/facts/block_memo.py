"""What a block of steps did in one run is what it does in every run that looks the same to it.

The idea of ``unit_memo.py`` one size smaller.  A scripted pipeline is often one unit with hundreds of steps, and an
experiment makes one command of it fail: every block that does not hold this command does what it did before, as long
as what it can see is the same.  Blocks in which something fails are simulated each time: an experiment is done once,
so its own outcomes would only fill the memory.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from itertools import islice

from gradeline.facts.alike_outcomes import AlikeOutcomes, Same
from gradeline.facts.evaluate import Result
from gradeline.facts.likeness import Asked
from gradeline.facts.moment import Moment
from gradeline.facts.runs import Reached, StepRun
from gradeline.facts.worlds import Oracle
from gradeline.model.effects import ReadsTestResults
from gradeline.model.expression import Output
from gradeline.model.pipeline import Step, Unit
from gradeline.records import record
from gradeline.source import Span

# Steps that a block has to hold, itself included, until looking it up costs less than simulating it.
LEAST = 6


@record
class BlockOutcome:
    """What a block adds to the notes of a run and to the moment of its unit; ``work`` counts its steps."""

    result: str
    work: int
    asked: Asked
    steps: tuple[StepRun, ...]
    reached: Mapping[str, Reached]
    touched: frozenset[tuple[str, str, str]]
    cut: bool
    marked: frozenset[str]
    marks: frozenset[str]
    outputs: Mapping[tuple[str, str], Result]
    settled: frozenset[str]
    reported: tuple[str | None, ...]
    published: Mapping[str, str]


_PLAIN = frozenset((str, int, float, bool, type(None), Span))  # types of values that hold no expression
_MISSING: Result = "\0missing"


class _Block:
    """What is known of a block before anything runs."""

    __slots__ = ("ids", "reads_tests")

    def __init__(self, step: Step) -> None:
        self.ids = frozenset(inner.id for inner in step.walk())
        self.reads_tests = any(isinstance(one, ReadsTestResults) for inner in step.walk() for one in inner.effects)


class _Blocks:
    """The blocks of one unit, and the outputs of steps that anything in the unit looks at."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        sizes = {step.id: sum(1 for _ in step.walk()) for step in unit.walk() if step.kind == "composite"}
        large = frozenset(step for step, size in sizes.items() if size >= LEAST)
        self.known = {step.id: _Block(step) for step in unit.walk() if step.id in large} if large else {}
        self.looked_at = tuple(sorted(set(_outputs_in(unit)))) if large else ()
        self._failing: dict[frozenset[str], frozenset[str]] = {}

    def failing(self, keys: frozenset[str]) -> frozenset[str]:
        """The ids of the steps that the keys of an experiment may be about, and parts of keys that are no ids."""
        found = self._failing.get(keys)
        if found is None:
            start = self.unit.id + "/"
            steps: set[str] = set()
            for key in keys:
                rest = key.removeprefix(start)
                end = rest.find("/") if len(rest) < len(key) else -1
                while end >= 0:  # a key begins with the unit, the step and a slash; an id may hold slashes
                    steps.add(rest[:end])
                    end = rest.find("/", end + 1)
            found = self._failing[keys] = frozenset(steps)
        return found


class BlockMemo:
    """The outcomes of the blocks of one pipeline.  ``alike`` as in ``AlikeOutcomes``."""

    def __init__(self, alike: Same) -> None:
        self._units: dict[str, _Blocks] = {}
        self._outcomes: AlikeOutcomes[BlockOutcome] = AlikeOutcomes(alike)

    def key(self, step: Step, moment: Moment, failing: frozenset[str]) -> Hashable | None:
        """Everything that decides what a block does besides the scenario; None for one that is to be simulated."""
        blocks = self._units.get(moment.unit.id)
        if blocks is None:
            blocks = self._units[moment.unit.id] = _Blocks(moment.unit)
        block = blocks.known.get(step.id)
        if block is None or (failing and not block.ids.isdisjoint(blocks.failing(failing))):
            return None
        outputs, settled, notes = moment.outputs, moment.settled, moment.notes
        return (
            moment.unit.id,
            moment.leg_number,
            step.id,
            notes.seen,
            block.reads_tests and moment.simulator.tests_failed(moment),
            frozenset(notes.marked),
            frozenset(moment.marks),
            frozenset(moment.environment.items()),
            tuple([(_value(outputs.get(one, _MISSING)), one[0] in settled) for one in blocks.looked_at]),
        )

    def replay(self, key: Hashable, moment: Moment, oracle: Oracle) -> BlockOutcome | None:
        """Do what a block is known to do, and tell it.

        None when that is not known: then simulate it, and ``keep`` the outcome.
        """
        found = self._outcomes.find(key, moment.scenario, oracle)
        if found is None:
            return None
        known, notes = found[0], moment.notes
        notes.steps.extend(known.steps)
        notes.reached.update(known.reached)
        notes.touched |= known.touched
        notes.marked |= known.marked
        notes.cut = notes.cut or known.cut
        moment.marks |= known.marks
        moment.outputs.update(known.outputs)
        moment.settled |= known.settled
        moment.reported.extend(known.reported)
        moment.hand_on(known.published)
        return known

    def keep(
        self,
        key: Hashable,
        step: Step,
        inner: Moment,
        before: tuple[int, ...],
        work: int,
        oracle: Oracle,
        asked: Asked,
    ) -> None:
        """Remember what was added since ``before`` (``sizes``) was taken.  ``inner`` is the end of the block."""
        notes = inner.notes
        if notes.strayed:  # the key does not hold what the block looked at
            self._outcomes.forget(oracle)
            return
        steps, reached, outputs, reported = before
        ids = self._units[inner.unit.id].known[step.id].ids
        outcome = BlockOutcome(
            inner.job_status,
            work,
            asked,
            tuple(notes.steps[steps:]),
            dict(islice(notes.reached.items(), reached, None)),
            frozenset([one for one in notes.touched if one[0] == inner.unit.id and one[1] in ids]),
            notes.cut,
            frozenset(notes.marked),
            frozenset(inner.marks),
            dict(islice(inner.outputs.items(), outputs, None)),
            ids & inner.settled,
            tuple(inner.reported[reported:]),
            inner.published_environment,
        )
        self._outcomes.keep(key, inner.scenario, oracle, asked, outcome)


def sizes(moment: Moment) -> tuple[int, int, int, int]:
    """How much is written down so far; everything is only ever added at the end, as each step runs once in a leg."""
    return (len(moment.notes.steps), len(moment.notes.reached), len(moment.outputs), len(moment.reported))


def _value(value: Result) -> Hashable:
    """A value as a part of a key: 1 and True and 1.0 are not the same."""
    return type(value), value


def _outputs_in(unit: Unit) -> Iterator[tuple[str, str]]:
    """Each output of a step that some expression of the unit looks at, wherever it stands."""
    waiting: list[object] = [unit]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if type(one) is tuple:
            waiting += one
        elif type(one) in _PLAIN or id(one) in seen:
            continue
        elif isinstance(one, Mapping):
            waiting += one.values()
        elif isinstance(one, Output) and one.owner == "step":
            yield one.id, one.name
        else:
            seen.add(id(one))  # the unit keeps it, so the id stays its own
            values = [getattr(one, name) for name in getattr(one, "__record_fields__", ())]
            waiting += [value for value in values if value and type(value) not in _PLAIN]
