"""One simulated run of a pipeline: which units and steps run, what they reach, how they end.

``simulate`` is given the event (a scenario), the commands that fail in this experiment and an
oracle for what is not known.  Everything a check wants to prove is asked as an experiment: "tests
fail on a push to main; is the deployment still reached?"
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from gradeline.facts.block_memo import BlockMemo
from gradeline.facts.commands import Toolbox
from gradeline.facts.evaluate import UNKNOWN, Result, evaluate, holds, known_truth
from gradeline.facts.likeness import Asked
from gradeline.facts.moment import Moment, output_text
from gradeline.facts.ordering import ancestors_of, visible_units
from gradeline.facts.recall import Recall
from gradeline.facts.reported_variables import REPORT
from gradeline.facts.runs import NEVER, Notes, Run
from gradeline.facts.simulated_steps import Steps
from gradeline.facts.unit_memo import NOTHING, UnitMemo
from gradeline.facts.worlds import Oracle
from gradeline.model.effects import ReadsTestResults
from gradeline.model.expression import Expression, Value
from gradeline.model.pipeline import Pipeline, Scenario, Unit
from gradeline.model.project import Project

MAX_LEGS = 8
ENDED = ("failure", "cancelled")  # ways to end a whole unit in an experiment


class Simulator(Steps):
    """Simulates one pipeline; remembers what scripts and units do so that repeated experiments are cheap.

    ``failing`` holds keys of commands, or ``failure:UNIT`` and ``cancelled:UNIT`` to end a whole unit so.
    """

    def __init__(self, pipeline: Pipeline, project: Project, toolbox: Toolbox) -> None:
        super().__init__(pipeline, project, toolbox)
        self.needed = ancestors_of(self.order)  # what a unit's status functions look at
        self.visible = visible_units(pipeline, self.order, self.needed)
        self.memo = UnitMemo(self.visible, self.alike)
        self.blocks = BlockMemo(self.alike)
        self.entries = frozenset(unit.id for unit in pipeline.units if unit.kind == "entry")
        self.aside = frozenset(unit.id for unit in pipeline.units if unit.aside)
        self.replayed = 0  # units whose outcome was known
        self._derived: dict[tuple[tuple[str, ...], int], tuple[Result, Asked]] = {}
        self._presences: dict[tuple[str, int], bool | None] = {}
        self._asked_for: Asked = {}  # what the presences of units have asked of all scenarios so far
        self._decided: Recall[bool] = Recall()  # presences that the scenario alone does not tell
        self._ends = {unit.id: {f"{end}:{unit.id}": end for end in ENDED} for unit in self.order}
        self._anywhere: Moment | None = None
        self._deciding = [(unit, unit.presence) for unit in self.order if unit.presence is not None]

    def alike(self, one: Scenario, other: Scenario, asked: Asked | None = None) -> bool:
        """Whether nothing that any run has asked for so far differs between two scenarios, so that all runs of
        ``other`` go the way those of ``one`` went.  The same for one piece of work and what that has ``asked`` for."""
        if not self.order:
            return True
        if self._anywhere is None:
            self._anywhere = Moment(self, self.order[0], one, {}, Notes())
        return self.likeness.alike(one, other, self._anywhere, asked)

    def run(self, scenario: Scenario, failing: frozenset[str], oracle: Oracle, ignore_conditions: bool = False) -> Run:
        """One world.  ``ignore_conditions``: as if every condition held."""
        with self.likeness.listening():
            return self._run(scenario, failing, oracle, ignore_conditions)

    def _run(self, scenario: Scenario, failing: frozenset[str], oracle: Oracle, ignore_conditions: bool) -> Run:
        notes = Notes()
        self.likeness.identity(scenario)
        absent = frozenset() if ignore_conditions else self._absent(scenario, oracle, notes)
        parts = self.memo.parts(failing)
        for unit in self.order:
            mine = parts.get(unit.id, NOTHING)
            if notes.refused:
                notes.unit_results[unit.id] = "skipped"
            elif unit.id in absent:
                notes.unit_results[unit.id] = "absent"
            elif ignore_conditions:
                notes.unit_results[unit.id] = self._unconditional(unit, scenario, mine, oracle, notes)
            else:
                notes.unit_results[unit.id] = self._remembered(unit, scenario, mine, oracle, notes)
            result = notes.unit_results[unit.id]
            notes.branches[unit.id] = self._branch(unit, notes) if result in NEVER else result
            self.memo.end(unit, notes)
        for unit in self.cyclic:
            notes.unit_results[unit.id] = "skipped"
        return Run(
            scenario,
            notes.unit_results,
            notes.legs,
            tuple(notes.steps),
            notes.reached,
            tuple(oracle.assumptions),
            notes.cut,
            frozenset(notes.marked),
            notes.refused,
            self.aside,
            oracle.guessed,
            self.pipeline.decided_by,
            frozenset(notes.touched),
        )

    def _remembered(self, unit: Unit, scenario: Scenario, failing: frozenset[str], oracle: Oracle, notes: Notes) -> str:
        """The result of a unit, simulated once for all runs that look the same to it.  ``failing`` is what the
        experiment says of this unit, here and below."""
        if failing and not failing.isdisjoint(self._ends[unit.id]):  # it does what it always does, and then ends so
            ends = self._ends[unit.id]
            forced = next(end for key, end in ends.items() if key in failing)
            result = self._remembered(unit, scenario, failing.difference(ends), oracle, notes)
            if unit.kind in ("entry", "exit") or result in NEVER:
                return result
            notes.raw_results[unit.id] = forced
            return forced
        tests = unit.id in self._readers and self.failed_tests(self._sharing(unit), notes)
        key = (tests, self.memo.key(unit, failing, notes))
        known = self.memo.replay(key, scenario, oracle, notes)
        if known is not None:
            self.replayed += 1
            if known[1]:
                self.likeness.hear(known[1])
            return known[0]
        sizes = notes.sizes()
        strayed, notes.strayed = notes.strayed, False
        cut, notes.cut = notes.cut, False
        outer = self.likeness.begin()
        result = self._unit(unit, scenario, failing, oracle, notes, False)
        asked = self.likeness.end(outer)
        self.memo.keep(key, unit.id, result, sizes, notes, oracle, scenario, asked)
        notes.strayed = strayed or notes.strayed
        notes.cut = cut or notes.cut
        return result

    def _unconditional(
        self, unit: Unit, scenario: Scenario, failing: frozenset[str], oracle: Oracle, notes: Notes
    ) -> str:
        """The result of a unit whose conditions are not looked at: what it does where all of them hold."""
        if not failing and unit.id not in self._readers:
            known = self.memo.held((False, self.memo.key(unit, failing, notes)), scenario, notes)
            if known is not None:
                self.work += known[1]
                self.likeness.hear(known[2])
                return known[0]
        return self._unit(unit, scenario, failing, oracle, notes, True)

    @cached_property
    def _readers(self) -> frozenset[str]:
        """The units with a step that looks at the tests that ran before it."""
        return frozenset(
            unit.id
            for unit in self.order
            if any(isinstance(effect, ReadsTestResults) for step in unit.walk() for effect in step.effects)
        )

    def _branch(self, unit: Unit, notes: Notes) -> str:
        """A unit that did not run stands for the worst of those it waited for."""
        before = {notes.branches.get(edge.unit, "success") for edge in unit.needs}
        return next((known for known in ("failure", "cancelled") if known in before), "success")

    def _absent(self, scenario: Scenario, oracle: Oracle, notes: Notes) -> frozenset[str]:
        """Units that are no part of a run; one that needs such a unit makes the platform refuse the run."""
        absent = frozenset([
            unit.id
            for unit, presence in self._deciding
            if not self._present(unit, presence, scenario, oracle, notes)
        ])  # fmt: skip
        self.likeness.hear(self._asked_for)  # also what was asked when the answers were found
        for unit in self.order if absent and self.pipeline.strict_needs else ():
            for edge in unit.needs:
                if edge.kind == "success" and edge.unit in absent and unit.id not in absent:
                    notes.refused = f"{unit.id!r} needs {edge.unit!r}, which is no part of this run"
        return absent

    def _present(self, unit: Unit, presence: Expression, scenario: Scenario, oracle: Oracle, notes: Notes) -> bool:
        """Whether a unit is in the run.  What is known for a scenario is the same in all its worlds."""
        key = (unit.id, id(scenario))  # `_run` has the scenario kept, so its id stays its own
        if key not in self._presences:
            outer = self.likeness.begin()
            moment = Moment(self, unit, scenario, self.legs(unit)[0], notes)
            alone = self.likeness.truth(presence, moment)
            self._presences[key] = known_truth(presence, moment) if alone is None else alone
            self._asked_for.update(self.likeness.end(outer))
        known = self._presences[key]
        if known is not None:
            return known
        found = self._decided.find(key, oracle)
        if found is None:
            outer = self.likeness.begin()
            moment = Moment(self, unit, scenario, self.legs(unit)[0], notes)
            found = (holds(presence, moment, oracle),)
            self._decided.keep(key, oracle, found[0])
            self._asked_for.update(self.likeness.end(outer))
        return found[0]

    def derived(self, path: tuple[str, ...], moment: Moment) -> Result:
        """A value that follows from the scenario; unknown while it is asked for by itself."""
        key = (path, self.likeness.identity(moment.scenario))
        if key not in self._derived:
            self._derived[key] = (UNKNOWN, {})
            outer = self.likeness.begin()
            value = evaluate(self.pipeline.derived[path], moment)
            self._derived[key] = (value, self.likeness.end(outer))
        value, asked = self._derived[key]
        self.likeness.hear(asked)
        return value

    # -- units -------------------------------------------------------------------------------

    def _unit(
        self,
        unit: Unit,
        scenario: Scenario,
        failing: frozenset[str],
        oracle: Oracle,
        notes: Notes,
        ignore_conditions: bool,
    ) -> str:
        if unit.kind == "exit":
            result = self._exit(unit, notes)
            if result == "failure" and unit.tolerate is not None:
                moment = Moment(self, unit, scenario, self.legs(unit)[0], notes)
                notes.raw_results[unit.id] = result
                return "success" if self._holds(unit.tolerate, moment, oracle) else result
            for name, expression in unit.outputs.items():
                moment = Moment(self, unit, scenario, self.legs(unit)[0], notes)
                notes.unit_outputs[unit.id, name] = output_text(expression, moment)
            return result
        if unit.inside is not None and notes.unit_results.get(unit.inside) != "success":
            return "skipped"
        legs = self.legs(unit)
        moment = Moment(self, unit, scenario, legs[0], notes)
        if not ignore_conditions:
            if unit.implicit_success and not moment.may_start():
                return "skipped"
            if unit.depends is not None and not self._holds(unit.depends, moment, oracle):
                return "skipped"
            if unit.condition is not None and not self._holds(unit.condition, moment, oracle):
                return "absent" if unit.passes_over else "skipped"
        if unit.kind == "entry":
            return "success"
        failed = unstable = False
        for number, leg in enumerate(legs):
            if number:
                moment = Moment(self, unit, scenario, leg, notes, number)
            self._steps(unit.steps, moment, failing, oracle, ignore_conditions)
            result = moment.job_status
            unstable = unstable or "unstable" in moment.marks
            notes.legs[unit.id, number] = result
            if result == "failure":
                notes.raw_results[unit.id] = result
            if result == "failure" and not (unit.tolerate and self._holds(unit.tolerate, moment, oracle)):
                failed = True
            for name, expression in unit.outputs.items():
                notes.unit_outputs[unit.id, name] = output_text(expression, moment)
            if unit.id in self.reports.paths:
                said = next((said for (owner, _), said in self.said.items() if owner == unit.id), None)
                notes.unit_outputs[unit.id, REPORT] = self.reports.written(unit, moment.reported, said)
        if failed:
            return "failure"
        return "unstable" if unstable and self.pipeline.stops_when_unstable else "success"

    def _exit(self, unit: Unit, notes: Notes) -> str:
        """The end of a called workflow: failed when anything inside failed, skipped with its entry."""
        needs = [edge.unit for edge in unit.needs]
        entry = next((need for need in needs if need in self.entries), None)
        started = notes.unit_results.get(entry, "success") if entry else "success"
        if started in NEVER:
            return started
        results = [notes.branches.get(need, "skipped") for need in needs]
        for result in ("failure", "cancelled"):
            if result in results:
                return result
        return started

    def legs(self, unit: Unit) -> tuple[Mapping[str, Value | Expression], ...]:
        if unit.matrix is None or unit.matrix.legs is None or not unit.matrix.legs:
            return ({},)
        return unit.matrix.legs[:MAX_LEGS]


def constant_condition(condition: Expression | None, simulator: Simulator, unit: Unit) -> bool | None:
    """Whether a condition has the same value in every scenario: True, False, or None when it varies."""
    if condition is None:
        return True
    notes = Notes()
    values = {
        known_truth(condition, Moment(simulator, unit, scenario, {}, notes))
        for scenario in simulator.pipeline.scenarios
    }
    return values.pop() if len(values) == 1 else None
