"""One simulated run of a pipeline: which units and steps run, what they reach, how they end.

``simulate`` is given the event (a scenario), the commands that fail in this experiment and an
oracle for what is not known.  Everything a check wants to prove is asked as an experiment: "tests
fail on a push to main; is the deployment still reached?"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gradeline.facts.commands import Toolbox
from gradeline.facts.evaluate import UNKNOWN, Result, evaluate, holds, known_truth, text_of
from gradeline.facts.moment import Moment, output_text
from gradeline.facts.ordering import ancestors_of, topological
from gradeline.facts.runs import NEVER, Notes, Place, Reached, Run, Size
from gradeline.facts.shell_machine import ScriptRun, Setting, run_script
from gradeline.facts.worlds import Assumption, Oracle, explore
from gradeline.model.effects import FailsUnless, PathFilter, ReadsTestResults
from gradeline.model.expression import Expression, Name, Value, walk
from gradeline.model.pipeline import Pipeline, Scenario, Shell, Step, Unit
from gradeline.model.project import Project
from gradeline.model.text import Text
from gradeline.records import record

# How many worlds a script may have, by the commands that all scripts of the pipeline took so far.  Of 878 public
# workflows the median takes 3 commands, one in ten more than 68; the bound keeps those with dozens of jobs that
# share long scripts at seconds.  Counted, not timed: the same everywhere.
SCRIPT_WORLDS_BY_WORK = ((10_000, 48), (20_000, 8), (40_000, 2))
MAX_LEGS = 8
EXIT_STATUS = "exit status"  # an output that every script has; no platform allows such a name


@record
class _Good:
    """The one run of a scenario in which nothing fails and nothing was asked, with the size of its notes after each
    unit.  An experiment that makes something fail goes the same way up to the unit in which that is."""

    notes: Notes
    sizes: tuple[Size, ...]


class Simulator:
    """Simulates one pipeline; remembers what scripts do so that repeated experiments are cheap.

    ``failing`` holds keys of commands, or ``failure:UNIT`` and ``cancelled:UNIT`` to end a whole unit so.
    """

    def __init__(self, pipeline: Pipeline, project: Project, toolbox: Toolbox) -> None:
        self.pipeline = pipeline
        self.project = project
        self.toolbox = toolbox
        self.order, self.cyclic = topological(pipeline.units)
        self.names = tuple(unit.id for unit in self.order)
        self._good: dict[str, _Good] = {}  # by scenario
        self.needed = ancestors_of(self.order)  # what a unit's status functions look at
        self.ancestors = ancestors_of(self.order, True)  # everything that ends before it starts
        self.entries = frozenset(unit.id for unit in pipeline.units if unit.kind == "entry")
        self.aside = frozenset(unit.id for unit in pipeline.units if unit.aside)
        self.mirrored = _mentioned(pipeline, project)
        self.work = 0  # steps simulated so far, in all runs together
        self.script_work = 0  # commands simulated so far, in all scripts together
        self._derived: dict[tuple[tuple[str, ...], int], Result] = {}
        self._presences: dict[tuple[str, int], bool | None] = {}
        self._scripts: dict[object, tuple[tuple[ScriptRun, tuple[Assumption, ...]], ...]] = {}
        self._reached: dict[int, dict[str, Reached]] = {}
        self._places: dict[tuple[str, str, int], Place] = {}
        self._platform: dict[int, dict[str, str]] = {}
        self._known: dict[int, Scenario] = {}  # scenarios that memos know by their identity; kept, so it stays theirs
        self.asked: dict[tuple[str, ...], None] = dict.fromkeys(self.mirrored.values())
        self.asked_for_changes = False

    def alike(self, one: Scenario, other: Scenario) -> bool:
        """Whether nothing that any run has asked for so far differs between two scenarios.

        A run is decided by what it asks, so where a run of ``one`` has been simulated, ``other`` goes the same way.
        """
        if self.asked_for_changes and one.changed != other.changed:
            return False
        return all(_same(one.names, other.names, path) for path in self.asked)

    def run(self, scenario: Scenario, failing: frozenset[str], oracle: Oracle, ignore_conditions: bool = False) -> Run:
        notes = Notes()
        absent = frozenset() if ignore_conditions else self._absent(scenario, oracle, notes)
        good = self._good.get(scenario.id) if failing and not ignore_conditions else None
        start = self._first_touched(failing) if good is not None else 0
        if good is not None and start:
            notes = good.notes.beginning(self.names[:start], good.sizes[start - 1])
        sizes: list[Size] = []
        for unit in self.order[start:]:
            if notes.refused:
                notes.unit_results[unit.id] = "skipped"
            elif unit.id in absent:
                notes.unit_results[unit.id] = "absent"
            else:
                notes.unit_results[unit.id] = self._unit(unit, scenario, failing, oracle, notes, ignore_conditions)
            notes.branches[unit.id] = self._branch(unit, notes)
            sizes.append(notes.size())
        if not failing and not ignore_conditions and not oracle.taken and not notes.refused:
            self._good[scenario.id] = _Good(notes, tuple(sizes))
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
        )

    def _first_touched(self, failing: frozenset[str]) -> int:
        """The number of units that run before the first one in which the experiment makes something fail."""
        whole = {key.partition(":")[2] for key in failing}
        for number, unit_id in enumerate(self.names):
            inside = unit_id + "/"
            if unit_id in whole or any(key.startswith(inside) for key in failing):
                return number
        return len(self.names)

    def _branch(self, unit: Unit, notes: Notes) -> str:
        """A unit that did not run stands for the worst of those it waited for."""
        result = notes.unit_results[unit.id]
        if result not in NEVER:
            return result
        before = {notes.branches.get(edge.unit, "success") for edge in unit.needs}
        return next((known for known in ("failure", "cancelled") if known in before), "success")

    def _absent(self, scenario: Scenario, oracle: Oracle, notes: Notes) -> frozenset[str]:
        """Units that are no part of a run; one that needs such a unit makes the platform refuse the run."""
        deciding = [unit for unit in self.order if unit.presence is not None]
        absent = frozenset(
            unit.id
            for unit in deciding
            if unit.presence is not None and not self._present(unit, unit.presence, scenario, oracle, notes)
        )
        for unit in self.order if absent and self.pipeline.strict_needs else ():
            for edge in unit.needs:
                if edge.kind == "success" and edge.unit in absent and unit.id not in absent:
                    notes.refused = f"{unit.id!r} needs {edge.unit!r}, which is no part of this run"
        return absent

    def _present(
        self, unit: Unit, presence: Expression, scenario: Scenario, oracle: Oracle, notes: Notes
    ) -> bool:
        """Whether a unit is in the run.  What is known for a scenario is the same in all its worlds."""
        key = (unit.id, self._identity(scenario))
        moment = Moment(self, unit, scenario, self.legs(unit)[0], notes)
        if key not in self._presences:
            self._presences[key] = known_truth(presence, moment)
        known = self._presences[key]
        return holds(presence, moment, oracle) if known is None else known

    def derived(self, path: tuple[str, ...], moment: Moment) -> Result:
        """A value that follows from the scenario; unknown while it is asked for by itself."""
        key = (path, self._identity(moment.scenario))
        if key not in self._derived:
            self._derived[key] = UNKNOWN
            self._derived[key] = evaluate(self.pipeline.derived[path], moment)
        return self._derived[key]

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
                return "success" if holds(unit.tolerate, moment, oracle) else result
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
            if unit.depends is not None and not holds(unit.depends, moment, oracle):
                return "skipped"
            if unit.condition is not None and not holds(unit.condition, moment, oracle):
                return "absent" if unit.passes_over else "skipped"
        if unit.kind == "entry":
            return "success"
        failed = unstable = False
        for number, leg in enumerate(legs):
            moment = Moment(self, unit, scenario, leg, notes, number)
            self._steps(unit.steps, moment, failing, oracle, ignore_conditions)
            result = moment.job_status
            unstable = unstable or "unstable" in moment.marks
            notes.legs[unit.id, number] = result
            if result == "failure":
                notes.raw_results[unit.id] = result
            if result == "failure" and not (unit.tolerate and holds(unit.tolerate, moment, oracle)):
                failed = True
            for name, expression in unit.outputs.items():
                notes.unit_outputs[unit.id, name] = output_text(expression, moment)
        for result in ("failure", "cancelled"):
            if f"{result}:{unit.id}" in failing:
                notes.raw_results[unit.id] = result
                return result
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

    def platform_variables(self, scenario: Scenario) -> Mapping[str, str]:
        """The environment variables that the platform sets in every step of a run."""
        key = self._identity(scenario)
        if key not in self._platform:
            found = dict(self.pipeline.known)
            for name, path in self.mirrored.items():
                text = text_of(scenario.names.get(path, UNKNOWN))
                if text is not None:
                    found[name] = text
            self._platform[key] = found
        return self._platform[key]

    def _identity(self, scenario: Scenario) -> int:
        """A key for memos: checks also ask about variations of a scenario, which have its id."""
        self._known.setdefault(id(scenario), scenario)
        return id(scenario)

    # -- steps -------------------------------------------------------------------------------

    def _place(self, unit: str, step: str, leg: int) -> Place:
        """The same place once: each run passes through all of them."""
        known = self._places.get((unit, step, leg))
        if known is None:
            known = self._places[unit, step, leg] = Place(unit, step, leg)
        return known

    def _steps(
        self,
        steps: tuple[Step, ...],
        moment: Moment,
        failing: frozenset[str],
        oracle: Oracle,
        ignore_conditions: bool,
    ) -> None:
        for step in steps:
            self.work += 1
            place = self._place(moment.unit.id, step.id, moment.leg_number)
            local = moment.with_step(step)
            if not ignore_conditions and not _runs(step.condition, step.implicit_success, local, oracle):
                moment.record(step, place, "skipped", "skipped", None)
                continue
            status: int | None = None
            if step.kind == "composite":
                inner = local.nested()
                self._steps(step.steps, inner, failing, oracle, ignore_conditions)
                raw = inner.job_status
                moment.environment.update(inner.published_environment)
                for name, expression in step.outputs.items():
                    moment.outputs[step.id, name] = output_text(expression, inner)
            elif step.kind == "script" and step.script is not None:
                status = self._script(step, step.script, local, place, failing, oracle)
                moment.outputs[step.id, EXIT_STATUS] = float(status)
                raw = "failure" if status else "success"
                if step.captures == "status":
                    moment.outputs[step.id, "status"] = float(status)
                    raw = "success"
                elif step.captures == "output":
                    moment.outputs[step.id, "output"] = UNKNOWN
            else:
                raw = self._use(step, local, place, failing, oracle)
            result = raw
            if raw == "failure" and step.tolerate is not None and holds(step.tolerate, local, oracle):
                result = "success"
                if step.marks:
                    moment.mark(step.marks)
            moment.record(step, place, raw, result, status)

    def _use(self, step: Step, moment: Moment, place: Place, failing: frozenset[str], oracle: Oracle) -> str:
        inner = self.toolbox.action_script(step)
        if inner is not None:
            return "failure" if self._script(step, inner, moment, place, failing, oracle) else "success"
        key = place.key + "use"
        moment.notes.reached[key] = Reached(key, place, None)
        for effect in step.effects:
            if isinstance(effect, PathFilter):
                self.asked_for_changes = True
                for name, patterns in effect.outputs.items():
                    moment.outputs[step.id, name] = _changed(moment.scenario.changed, patterns)
            if isinstance(effect, FailsUnless) and not holds(effect.condition, moment, oracle):
                return "failure"
            if isinstance(effect, ReadsTestResults) and self._tests_failed(moment):
                moment.mark("unstable")
        return "failure" if key in failing else "success"

    def _sharing(self, unit: Unit) -> frozenset[str]:
        """Earlier units that worked in the same folder."""
        if not unit.workspace:
            return frozenset()
        earlier = self.ancestors.get(unit.id, frozenset())
        return frozenset(other.id for other in self.order if other.workspace == unit.workspace and other.id in earlier)

    def _tests_failed(self, moment: Moment) -> bool:
        """Whether a test command that ran before in this unit ended with a failure."""
        return any(
            (reached.place.unit == moment.unit.id or reached.place.unit in self._sharing(moment.unit))
            and reached.invocation is not None
            and reached.invocation.status != 0
            and any("test" in reading.classes for reading in self.toolbox.readings(reached.invocation))
            for reached in moment.notes.reached.values()
        )

    def _script(
        self, step: Step, script: Text, moment: Moment, place: Place, failing: frozenset[str], oracle: Oracle
    ) -> int:
        outcomes = self._outcomes(step, script, moment, place, failing)
        choice = oracle.pick(f"what happens in {place.key}", len(outcomes))
        run, assumptions = outcomes[choice]
        if len(outcomes) > 1:
            oracle.assumptions.extend(assumptions)
        moment.notes.cut = moment.notes.cut or run.cut
        if run.invocations:
            moment.notes.reached.update(self._reached_by(run, place))
        moment.publish(step, run.published)
        if not run.cut and not run.invocations and all(line is not None for _, line in run.published):
            moment.settled.add(step.id)  # only the shell itself was at work, so nothing else can have written one
        return run.status

    def _reached_by(self, run: ScriptRun, place: Place) -> Mapping[str, Reached]:
        """What a way through a script reaches, made once: thousands of worlds may take it."""
        known = self._reached.get(id(run))  # `_scripts` keeps it, so its id stays its own
        if known is None:
            known = {item.key: Reached(item.key, place, item) for item in run.invocations}
            self._reached[id(run)] = known
        return known

    def _outcomes(
        self, step: Step, script: Text, moment: Moment, place: Place, failing: frozenset[str]
    ) -> tuple[tuple[ScriptRun, tuple[Assumption, ...]], ...]:
        shell = step.shell if step.kind == "script" else Shell("bash", errexit=True, pipefail=False)
        if shell is None or shell.program not in ("bash", "sh"):
            return ((ScriptRun(0, (), (), False), ()),)
        values = tuple(moment.partly(hole.expression) for hole in script.holes)
        environment = moment.variables(step.env)
        directory = moment.text(step.directory) or ""
        start = place.key
        mine = frozenset(key for key in failing if key.startswith(start))
        memo = (place, id(step), values, frozenset(environment.items()), directory, mine)
        if memo not in self._scripts:
            setting = Setting(
                project=self.project,
                variables=environment,
                channels=self.pipeline.channels,
                placeholder=lambda number: values[number] if number < len(values) else None,
                fails=mine.__contains__,
                predicate=self.toolbox.predicate,
                follow=self.toolbox.follow,
                directory=directory.strip("/").removeprefix("./"),
            )

            def once(oracle: Oracle) -> tuple[ScriptRun, tuple[Assumption, ...]]:
                run = run_script(script, shell, setting, oracle, place.key)
                self.script_work += run.work
                return run, tuple(oracle.assumptions)

            worlds = explore(once, self._script_worlds())
            self._scripts[memo] = self._distinct(worlds.results, worlds.complete)
        return self._scripts[memo]

    def _script_worlds(self) -> int:
        return next((worlds for work, worlds in SCRIPT_WORLDS_BY_WORK if self.script_work < work), 1)

    def _distinct(
        self, runs: tuple[tuple[ScriptRun, tuple[Assumption, ...]], ...], complete: bool
    ) -> tuple[tuple[ScriptRun, tuple[Assumption, ...]], ...]:
        """One representative of each way a script can end that makes a difference to anybody."""
        seen: dict[object, tuple[ScriptRun, tuple[Assumption, ...]]] = {}
        for run, assumptions in runs:
            relevant = tuple(item.key for item in run.invocations if item.opaque or self.toolbox.matters(item))
            key = (run.status, relevant, run.published)
            if key in seen:  # only what is assumed in each of them matters
                first, before = seen[key]
                seen[key] = (first, tuple(item for item in before if item in assumptions))
            else:
                cut = run.cut or not complete
                seen[key] = (ScriptRun(run.status, run.invocations, run.published, cut), assumptions)
        return tuple(seen.values())


_MISSING = object()


def _same(one: Mapping[tuple[str, ...], Value], other: Mapping[tuple[str, ...], Value], path: tuple[str, ...]) -> bool:
    first, second = one.get(path, _MISSING), other.get(path, _MISSING)
    return type(first) is type(second) and first == second


def _runs(condition: Expression | None, implicit_success: bool, moment: Moment, oracle: Oracle) -> bool:
    if implicit_success and not moment.status("success"):
        return False
    return condition is None or holds(condition, moment, oracle)


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


def _mentioned(pipeline: Pipeline, project: Project) -> Mapping[str, tuple[str, ...]]:
    """The variables holding a value of the scenario that something mentions.

    The others make no difference to any script, and without them a script is simulated once for all scenarios.
    """
    texts = [text.raw for unit in pipeline.units for text in _texts(unit)]
    texts.extend(script.text.raw for script in project.scripts.values())
    texts.extend(line.text.raw for recipe in project.recipes.values() for line in recipe.lines)
    everything = "\n".join(texts)
    return {name: path for name, path in pipeline.mirrored.items() if name in everything}


def _texts(unit: Unit) -> Iterator[Text]:
    yield from (variable.value for variable in unit.env)
    for condition in (unit.presence, unit.condition, *(step.condition for step in unit.walk())):
        for node in walk(condition) if condition is not None else ():
            if isinstance(node, Name) and node.path[0] == "env":
                yield Text(node.path[-1], node.span)
    for step in unit.walk():
        yield from (variable.value for variable in step.env)
        yield from step.inputs.values()
        yield from (text for text in (step.script, step.directory) if text is not None)


def _changed(changed: tuple[str, ...], patterns: tuple[str, ...] | None) -> Result:
    if patterns is None or not changed:
        return UNKNOWN
    from gradeline.facts.globs import matches

    def counts(path: str) -> bool:
        found = False
        for pattern in patterns:  # the last pattern that matches decides
            if matches(path, pattern.removeprefix("!")):
                found = not pattern.startswith("!")
        return found

    return "true" if any(counts(path) for path in changed) else "false"
