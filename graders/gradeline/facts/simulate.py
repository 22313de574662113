"""One simulated run of a pipeline: which units and steps run, what they reach, how they end.

``simulate`` is given the event (a scenario), the commands that fail in this experiment and an
oracle for what is not known.  Everything a check wants to prove is asked as an experiment: "tests
fail on a push to main; is the deployment still reached?"
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from gradeline.facts.changed_files import asks_for_changes
from gradeline.facts.commands import Toolbox
from gradeline.facts.evaluate import UNKNOWN, Result, evaluate, holds, known_truth, text_of
from gradeline.facts.kept import Exported
from gradeline.facts.likeness import Asked, Likeness
from gradeline.facts.moment import Moment, output_text
from gradeline.facts.ordering import ancestors_of, topological, visible_units
from gradeline.facts.recall import Recall
from gradeline.facts.reported_variables import REPORT, Reports
from gradeline.facts.runs import NEVER, Notes, Place, Reached, Run
from gradeline.facts.shell_machine import run_script
from gradeline.facts.shell_plain import exported
from gradeline.facts.shell_records import ScriptRun, Setting, Wrapped
from gradeline.facts.traces import Trace, Traces
from gradeline.facts.unit_memo import UnitMemo
from gradeline.facts.worlds import Assumption, Oracle, explore
from gradeline.model.effects import FailsUnless, PathFilter, ReadsTestResults, Wraps
from gradeline.model.expression import Expression, Name, NeedsReport, NeedsResults, Value, walk
from gradeline.model.pipeline import Pipeline, Scenario, Shell, Step, Unit
from gradeline.model.project import Project
from gradeline.model.text import Text

if TYPE_CHECKING:
    from gradeline.facts.assumed import Assumed
    from gradeline.source import Span

Environment = tuple[Mapping[str, str], frozenset[tuple[str, str]], Exported | None]

# How many worlds a script may have, by the commands that all scripts of the pipeline took so far.  Of 878 public
# workflows the median takes 3 commands, one in ten more than 68; the bound keeps those with dozens of jobs that
# share long scripts at seconds.  Counted, not timed: the same everywhere.
SCRIPT_WORLDS_BY_WORK = ((10_000, 48), (20_000, 8), (40_000, 2))
MAX_LEGS = 8
ENDED = ("failure", "cancelled")  # ways to end a whole unit in an experiment
EXIT_STATUS = "exit status"  # an output that every script has; no platform allows such a name


class Simulator:
    """Simulates one pipeline; remembers what scripts do so that repeated experiments are cheap.

    ``failing`` holds keys of commands, or ``failure:UNIT`` and ``cancelled:UNIT`` to end a whole unit so.
    """

    def __init__(self, pipeline: Pipeline, project: Project, toolbox: Toolbox) -> None:
        self.pipeline = pipeline
        self.project = project
        self.toolbox = toolbox
        self.order, self.cyclic = topological(pipeline.units)
        self.needed = ancestors_of(self.order)  # what a unit's status functions look at
        self.ancestors = ancestors_of(self.order, True)  # everything that ends before it starts
        self.visible = visible_units(pipeline, self.order, self.needed)
        self.memo = UnitMemo(self.visible, self.alike)
        self.entries = frozenset(unit.id for unit in pipeline.units if unit.kind == "entry")
        self.aside = frozenset(unit.id for unit in pipeline.units if unit.aside)
        self.mirrored = _mentioned(pipeline, project)
        self._led_to = _named_in(_called_texts(project), self.mirrored)
        self.work = 0  # steps simulated so far, in all runs together
        self.replayed = 0  # units whose outcome was known
        self.script_work = 0  # commands simulated so far, in all scripts together
        self._derived: dict[tuple[tuple[str, ...], int], tuple[Result, Asked]] = {}
        self._presences: dict[tuple[str, int], bool | None] = {}
        self._asked_for: dict[str, Asked] = {}  # what the presence of a unit has asked of all scenarios so far
        self._decided: Recall[bool] = Recall()  # presences that the scenario alone does not tell
        self._scripts: dict[object, tuple[tuple[ScriptRun, tuple[Assumption, ...]], ...]] = {}
        self._reached: dict[int, dict[str, Reached]] = {}
        self._places: dict[tuple[str, str, int], Place] = {}
        self._platform: dict[tuple[int, frozenset[str]], dict[str, str]] = {}
        self._mentions: dict[tuple[int, str], frozenset[str]] = {}
        self._ends = {unit.id: {f"{end}:{unit.id}": end for end in ENDED} for unit in self.order}
        self._exported: dict[frozenset[tuple[str, str]], Exported] = {}
        self._environments: dict[tuple[str, int, int, tuple[int, ...]], Environment] = {}
        self._anywhere: Moment | None = None
        self._readers: dict[str, bool] = {}
        self._shared: dict[str, frozenset[str]] = {}
        self._wrapping: dict[str, dict[str, dict[str, Wrapped]]] = {}  # by unit and step
        self.reports = Reports(pipeline)
        self.likeness = Likeness(pipeline.derived)
        self.traces: Traces | None = None  # set for runs that tell unknown values apart
        self._telling: dict[tuple[str, int, str], tuple[tuple[Expression, ...], bool]] = {}  # what scripts are told
        self.unread: dict[str, set[Span]] = {}  # commands of a unit that are told about its needs, and cannot be read
        self.assumed: Assumed | None = None  # files whose content an experiment assumes
        self.said: Mapping[tuple[str, str], Mapping[str, str]] = {}  # outputs of steps (unit, step) in an experiment

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
        for unit in self.order:
            if notes.refused:
                notes.unit_results[unit.id] = "skipped"
            elif unit.id in absent:
                notes.unit_results[unit.id] = "absent"
            elif ignore_conditions:
                notes.unit_results[unit.id] = self._unconditional(unit, scenario, failing, oracle, notes)
            else:
                notes.unit_results[unit.id] = self._remembered(unit, scenario, failing, oracle, notes)
            notes.branches[unit.id] = self._branch(unit, notes)
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

    def _remembered(
        self, unit: Unit, scenario: Scenario, failing: frozenset[str], oracle: Oracle, notes: Notes
    ) -> str:
        """The result of a unit, simulated once for all runs that look the same to it."""
        ends = self._ends[unit.id]
        if failing and not failing.isdisjoint(ends):  # it does what it always does, and then ends so
            forced = next(end for key, end in ends.items() if key in failing)
            result = self._remembered(unit, scenario, failing.difference(ends), oracle, notes)
            if unit.kind in ("entry", "exit") or result in NEVER:
                return result
            notes.raw_results[unit.id] = forced
            return forced
        tests = self._reads_results(unit) and self._failed_tests(self._sharing(unit), notes)
        key = (tests, self.memo.key(unit, failing, notes))
        known = self.memo.replay(key, scenario, oracle, notes)
        if known is not None:
            self.replayed += 1
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
        if not failing and not self._reads_results(unit):
            known = self.memo.held((False, self.memo.key(unit, failing, notes)), scenario, notes)
            if known is not None:
                self.work += known[1]
                self.likeness.hear(known[2])
                return known[0]
        return self._unit(unit, scenario, failing, oracle, notes, True)

    def _reads_results(self, unit: Unit) -> bool:
        """Whether a step of the unit looks at the tests that ran before it."""
        if unit.id not in self._readers:
            effects = (effect for step in unit.walk() for effect in step.effects)
            self._readers[unit.id] = any(isinstance(effect, ReadsTestResults) for effect in effects)
        return self._readers[unit.id]

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
        outer = self.likeness.begin()
        present = self._is_present(unit, presence, scenario, oracle, notes)
        asked = self._asked_for.setdefault(unit.id, {})
        asked.update(self.likeness.end(outer))
        self.likeness.hear(asked)  # also what was asked when the answer was found
        return present

    def _is_present(
        self, unit: Unit, presence: Expression, scenario: Scenario, oracle: Oracle, notes: Notes
    ) -> bool:
        key = (unit.id, self.likeness.identity(scenario))
        moment = Moment(self, unit, scenario, self.legs(unit)[0], notes)
        if key not in self._presences:
            alone = self.likeness.truth(presence, moment)
            self._presences[key] = known_truth(presence, moment) if alone is None else alone
        known = self._presences[key]
        if known is not None:
            return known
        found = self._decided.find(key, oracle)
        if found is None:
            found = (holds(presence, moment, oracle),)
            self._decided.keep(key, oracle, found[0])
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

    def platform_variables(self, scenario: Scenario, names: frozenset[str]) -> Mapping[str, str]:
        """The environment variables that the platform sets in every step of a run; of those that hold a value of the
        scenario only ``names``."""
        for name in names:
            self.likeness.note(self.mirrored[name])
        key = (self.likeness.identity(scenario), names)
        if key not in self._platform:
            found = dict(self.pipeline.known)
            for name in names:
                text = text_of(scenario.names.get(self.mirrored[name], UNKNOWN))
                if text is not None:
                    found[name] = text
            self._platform[key] = found
        return self._platform[key]

    def _read_by(self, step: Step, script: Text, unit: Unit) -> frozenset[str]:
        """The variables holding a value of the scenario that the script, its environment or what it may lead to
        mentions.  The others make no difference, and without them it is simulated once for all scenarios."""
        if not self.mirrored:
            return frozenset()
        key = (id(step), script.raw)
        if key not in self._mentions:
            texts = [script.raw, *(variable.value.raw for variable in (*unit.env, *step.env))]
            everything = "\n".join(texts)
            named = {name for name in self.mirrored if name in everything}
            self._mentions[key] = self._led_to | named
        return self._mentions[key]

    def _environment(self, step: Step, script: Text, moment: Moment) -> Environment:
        """The variables that a script sees, the same as a key, and as its commands find them.  Those that only hold
        constants are put together once for all runs."""
        names = self._read_by(step, script, moment.unit)
        constant = not moment.environment and not self.reports.sources.get(moment.unit.id)
        platform = self.platform_variables(moment.scenario, names)
        # All of these are kept as long as the simulator, so an id stays its own.
        key = (moment.unit.id, id(step), id(platform), tuple([id(variable) for variable in moment.bindings]))
        known = self._environments.get(key) if constant else None
        if known is None:
            found = moment.variables(step.env, names)
            known = found, frozenset(found.items()), None
            bound = (*moment.unit.env, *moment.bindings, *step.env)
            if constant and not any(variable.value.holes for variable in bound):
                if known[1] not in self._exported:
                    self._exported[known[1]] = exported(found)
                known = self._environments[key] = found, known[1], self._exported[known[1]]
        return known

    def _holds(self, condition: Expression, moment: Moment, oracle: Oracle) -> bool:
        known = self.likeness.truth(condition, moment)
        return holds(condition, moment, oracle) if known is None else known

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
            if not ignore_conditions and not self._runs(step.condition, step.implicit_success, local, oracle):
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
                    moment.outputs[step.id, "output"] = self._answer(step, moment)
            else:
                raw = self._use(step, local, place, failing, oracle)
            result = raw
            if raw == "failure" and step.tolerate is not None and self._holds(step.tolerate, local, oracle):
                result = "success"
                if step.marks:
                    moment.mark(step.marks)
            moment.record(step, place, raw, result, status)

    def _answer(self, step: Step, moment: Moment) -> Result:
        """What a script gives as its output: not known, and in a traced run that of its commands."""
        if self.traces is None or step.script is None:
            return UNKNOWN
        made = [item.invocation for item in moment.notes.reached.values()
                if item.place.unit == moment.unit.id and item.place.step == step.id and item.invocation]  # fmt: skip
        words, places = tuple(item.words for item in made), tuple(item.span for item in made)
        return self.traces.command(words, {}, step.script.raw, moment.unit, places)

    def _runs(self, condition: Expression | None, implicit_success: bool, moment: Moment, oracle: Oracle) -> bool:
        if implicit_success and not moment.status("success"):
            return False
        return condition is None or self._holds(condition, moment, oracle)

    def _use(self, step: Step, moment: Moment, place: Place, failing: frozenset[str], oracle: Oracle) -> str:
        inner = self.toolbox.action_script(step)
        if inner is not None:
            return "failure" if self._script(step, inner, moment, place, failing, oracle) else "success"
        key = place.key + "use"
        moment.notes.reached[key] = Reached(key, place, None)
        for effect in step.effects:
            if isinstance(effect, PathFilter):
                self.likeness.note_changes()
                for name, patterns in effect.outputs.items():
                    moment.outputs[step.id, name] = _changed(moment.scenario.changed, patterns)
            if isinstance(effect, FailsUnless) and not self._holds(effect.condition, moment, oracle):
                return "failure"
            if isinstance(effect, ReadsTestResults) and self._tests_failed(moment):
                moment.mark("unstable")
        return "failure" if key in failing else "success"

    def _sharing(self, unit: Unit) -> frozenset[str]:
        """Earlier units that worked in the same folder."""
        if not unit.workspace:
            return frozenset()
        if unit.id not in self._shared:
            earlier = self.ancestors.get(unit.id, frozenset())
            same = (other.id for other in self.order if other.workspace == unit.workspace and other.id in earlier)
            self._shared[unit.id] = frozenset(same)
        return self._shared[unit.id]

    def _tests_failed(self, moment: Moment) -> bool:
        """Whether a test command that ran before in this unit, or in its folder, ended with a failure."""
        return self._failed_tests(self._sharing(moment.unit) | {moment.unit.id}, moment.notes)

    def _failed_tests(self, units: frozenset[str], notes: Notes) -> bool:
        return any(
            reached.place.unit in units
            and reached.invocation is not None
            and reached.invocation.status != 0
            and any("test" in reading.classes for reading in self.toolbox.readings(reached.invocation))
            for reached in notes.reached.values()
        )

    def _script(
        self, step: Step, script: Text, moment: Moment, place: Place, failing: frozenset[str], oracle: Oracle
    ) -> int:
        outcomes = self._outcomes(step, script, moment, place, failing)
        choice = oracle.pick(f"what happens in {place.key}", len(outcomes))
        run, assumptions = outcomes[choice]
        if len(outcomes) > 1:
            oracle.assume(assumptions)
        moment.notes.cut = moment.notes.cut or run.cut
        moment.notes.touched.update((place.unit, place.step, channel) for channel in run.touched)
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
        environment, items, told = self._environment(step, script, moment)
        directory = moment.text(step.directory) or ""
        start = place.key
        mine = frozenset(key for key in failing if key.startswith(start))
        assumed = self.assumed or self._told(step, script, moment)
        memo = (start, id(step), values, items, directory, mine, () if assumed is None else assumed.changed)
        known = self._scripts.get(memo)
        if known is None:
            setting = Setting(
                project=self.project,
                variables=environment,
                channels=self.pipeline.channels,
                placeholder=lambda number: values[number] if number < len(values) else None,
                fails=mine.__contains__,
                predicate=self.toolbox.predicate,
                follow=self.toolbox.follow,
                directory=directory.strip("/").removeprefix("./"),
                trace=None if self.traces is None else Trace(self.traces, moment.unit),
                reports=self.reports.paths.get(moment.unit.id, frozenset()),
                assumed=assumed,
                endings=self.toolbox.endings,
                wrapped=self._wrapped(moment.unit, step),
                exported=told,
            )

            def once(oracle: Oracle) -> tuple[ScriptRun, tuple[Assumption, ...]]:
                run = run_script(script, shell, setting, oracle, start)
                self.script_work += run.work
                return run, tuple(oracle.assumptions)

            worlds = explore(once, self._script_worlds())
            known = self._scripts[memo] = self._distinct(worlds.results, worlds.complete)
            if assumed is not None:
                self.unread.setdefault(moment.unit.id, set()).update(assumed.unread)
        return known

    def _told(self, step: Step, script: Text, moment: Moment) -> Assumed | None:
        """What a script is told about how the units before it ended, or asks about the change at hand; None for one
        that does neither."""
        key = (moment.unit.id, id(step), script.raw)
        if key not in self._telling:
            texts = [script, *(one.value for one in (*moment.unit.env, *moment.bindings, *step.env) if one.value.holes)]
            wholes = [hole.expression for text in texts for hole in text.holes]
            found = tuple(node for node in wholes if any(
                isinstance(inner, NeedsReport | NeedsResults) for inner in walk(node)))  # fmt: skip
            self._telling[key] = (found, asks_for_changes(script.raw))
        reports, asks = self._telling[key]
        changed = moment.scenario.changed if asks else ()
        if changed:
            self.likeness.note_changes()
        elif not reports:
            return None
        from gradeline.facts.assumed import Assumed

        told = frozenset(moment.partly(node) for node in reports)
        return Assumed({}, told=told - {""}, changed=changed)

    def _wrapped(self, unit: Unit, step: Step) -> Mapping[str, Wrapped]:
        """What earlier steps of the unit have put around programs."""
        if unit.id not in self._wrapping:
            found: dict[str, tuple[tuple[str, Wrapped], ...]] = {}
            sofar: tuple[tuple[str, Wrapped], ...] = ()
            for one in unit.walk():
                found[one.id] = sofar
                for effect in one.effects:
                    if isinstance(effect, Wraps):
                        sofar = (*sofar, (effect.program, Wrapped(effect.output, effect.succeeds)))
            self._wrapping[unit.id] = {key: dict(value) for key, value in found.items() if value}
        return self._wrapping[unit.id].get(step.id, {})

    def _script_worlds(self) -> int:
        return next((worlds for work, worlds in SCRIPT_WORLDS_BY_WORK if self.script_work < work), 1)

    def _distinct(
        self, runs: tuple[tuple[ScriptRun, tuple[Assumption, ...]], ...], complete: bool
    ) -> tuple[tuple[ScriptRun, tuple[Assumption, ...]], ...]:
        """One representative of each way a script can end that makes a difference to anybody."""
        seen: dict[object, tuple[ScriptRun, tuple[Assumption, ...]]] = {}
        for run, assumptions in runs:
            relevant = tuple(item.key for item in run.invocations if item.opaque or self.toolbox.matters(item))
            key = (run.status, relevant, run.published, run.touched)
            if key in seen:  # only what is assumed in each of them matters
                first, before = seen[key]
                seen[key] = (first, tuple(item for item in before if item in assumptions))
            else:
                cut = run.cut or not complete
                kept = ScriptRun(run.status, run.invocations, run.published, cut, run.work, run.touched)
                seen[key] = (kept, assumptions)
        return tuple(seen.values())


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
    """The variables holding a value of the scenario that something mentions; nothing asks for the others."""
    texts = "\n".join([_called_texts(project), *(text.raw for unit in pipeline.units for text in _texts(unit))])
    return {name: pipeline.mirrored[name] for name in sorted(_named_in(texts, pipeline.mirrored))}


def _called_texts(project: Project) -> str:
    """The texts that commands may lead to."""
    texts = [script.text.raw for script in project.scripts.values()]
    texts.extend(line.text.raw for recipe in project.recipes.values() for line in recipe.lines)
    return "\n".join(texts)


def _named_in(text: str, names: Iterable[str]) -> frozenset[str]:
    return frozenset(name for name in names if name in text)


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
