"""What the steps of a unit do in a simulated run, one after the other.

A step sees its unit's leg at its moment (``moment.py``); a script is simulated by ``shell_machine.py``, once for
everything that makes a difference to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from gradeline.facts.block_memo import BlockMemo, sizes
from gradeline.facts.changed_files import asks_for_changes
from gradeline.facts.commands import Toolbox
from gradeline.facts.evaluate import UNKNOWN, Result, holds, text_of
from gradeline.facts.kept import Exported
from gradeline.facts.likeness import Likeness
from gradeline.facts.moment import Moment, output_text
from gradeline.facts.ordering import ancestors_of, topological
from gradeline.facts.reported_variables import Reports
from gradeline.facts.runs import Notes, Place, Reached, StepRun
from gradeline.facts.shell_machine import run_script
from gradeline.facts.shell_plain import exported
from gradeline.facts.shell_records import Invocation, ScriptRun, Setting, Wrapped
from gradeline.facts.traces import Trace, Traces
from gradeline.facts.worlds import Assumption, Oracle, explore
from gradeline.model.effects import FailsUnless, PathFilter, ReadsTestResults, Wraps
from gradeline.model.expression import Expression, Name, NeedsReport, NeedsResults, walk
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
EXIT_STATUS = "exit status"  # an output that every script has; no platform allows such a name


class Steps:
    """The half of a ``Simulator`` that goes through steps; remembers what their scripts do."""

    blocks: BlockMemo

    def __init__(self, pipeline: Pipeline, project: Project, toolbox: Toolbox) -> None:
        self.pipeline = pipeline
        self.project = project
        self.toolbox = toolbox
        self.order, self.cyclic = topological(pipeline.units)
        self.ancestors = ancestors_of(self.order, True)  # everything that ends before a unit starts
        self.mirrored = _mentioned(pipeline, project)
        self._led_to = _named_in(_called_texts(project), self.mirrored)
        self.work = 0  # steps simulated so far, in all runs together
        self.script_work = 0  # commands simulated so far, in all scripts together
        self._scripts: dict[object, tuple[tuple[ScriptRun, tuple[Assumption, ...]], ...]] = {}
        self._reached: dict[int, dict[str, Reached]] = {}
        self._places: dict[tuple[str, str, int], Place] = {}
        self._commands: dict[str, Invocation] = {}  # the first that was run with each key
        self._step_runs: dict[tuple[int, str, str, int | None], StepRun] = {}
        self._platform: dict[tuple[int, frozenset[str]], dict[str, str]] = {}
        self._mentions: dict[tuple[int, str], frozenset[str]] = {}
        self._exported: dict[frozenset[tuple[str, str]], Exported] = {}
        self._environments: dict[tuple[str, int, int, tuple[int, ...], tuple[str, ...]], Environment] = {}
        self._shared: dict[str, frozenset[str]] = {}
        self._wrapping: dict[str, dict[str, dict[str, Wrapped]]] = {}  # by unit and step
        self.reports = Reports(pipeline)
        self.likeness = Likeness(pipeline.derived)
        self.traces: Traces | None = None  # set for runs that tell unknown values apart
        self.assumed: Assumed | None = None  # files whose content an experiment assumes
        self._telling: dict[tuple[str, int, str], tuple[tuple[Expression, ...], bool]] = {}  # what scripts are told
        self.unread: dict[str, set[Span]] = {}  # commands of a unit that are told about its needs, and cannot be read
        self.said: Mapping[tuple[str, str], Mapping[str, str]] = {}  # outputs of steps (unit, step) in an experiment

    # -- steps -------------------------------------------------------------------------------

    def _place(self, unit: str, step: str, leg: int) -> Place:
        """The same place once: each run passes through all of them."""
        known = self._places.get((unit, step, leg))
        if known is None:
            known = self._places[unit, step, leg] = Place(unit, step, leg)
        return known

    def step_run(self, place: Place, raw: str, result: str, status: int | None) -> StepRun:
        """How a step ended, made once for each way: thousands of runs hold all of their steps."""
        key = (id(place), raw, result, status)  # ``_places`` keeps it, so its id stays its own
        known = self._step_runs.get(key)
        if known is None:
            known = self._step_runs[key] = StepRun(place, raw, result, status)
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
            if not ignore_conditions and step.implicit_success and moment.job_status != "success":
                moment.record(step, place, "skipped", "skipped", None)
                continue
            local = moment.with_step(step)
            condition = None if ignore_conditions else step.condition
            if condition is not None and not self._holds(condition, local, oracle):
                moment.record(step, place, "skipped", "skipped", None)
                continue
            status: int | None = None
            if step.kind == "composite":
                raw = self._block(step, local, failing, oracle, ignore_conditions)
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

    def _block(
        self, step: Step, moment: Moment, failing: frozenset[str], oracle: Oracle, ignore_conditions: bool
    ) -> str:
        """The result of a composite step, simulated once for all runs that look the same to it."""
        key = None if ignore_conditions else self.blocks.key(step, moment, failing)
        if key is None:
            return self._inside(step, moment, failing, oracle, ignore_conditions).job_status
        known = self.blocks.replay(key, moment, oracle)
        if known is not None:
            self.work += known.work
            self.likeness.hear(known.asked)
            return known.result
        notes, before, work = moment.notes, sizes(moment), self.work
        strayed, notes.strayed = notes.strayed, False
        cut, notes.cut = notes.cut, False
        outer = self.likeness.begin()
        inner = self._inside(step, moment, failing, oracle, ignore_conditions)
        asked = self.likeness.end(outer)
        self.blocks.keep(key, step, inner, before, self.work - work, oracle, asked)
        notes.strayed = strayed or notes.strayed
        notes.cut = cut or notes.cut
        return inner.job_status

    def _inside(
        self, step: Step, moment: Moment, failing: frozenset[str], oracle: Oracle, ignore_conditions: bool
    ) -> Moment:
        """The end of the steps inside a composite one."""
        inner = moment.nested()
        self._steps(step.steps, inner, failing, oracle, ignore_conditions)
        moment.hand_on(inner.published_environment)
        for name, expression in step.outputs.items():
            moment.outputs[step.id, name] = output_text(expression, inner)
        return inner

    def _answer(self, step: Step, moment: Moment) -> Result:
        """What a script gives as its output: not known, and in a traced run that of its commands."""
        if self.traces is None or step.script is None:
            return UNKNOWN
        made = [item.invocation for item in moment.notes.reached.values()
                if item.place.unit == moment.unit.id and item.place.step == step.id and item.invocation]  # fmt: skip
        words, places = tuple(item.words for item in made), tuple(item.span for item in made)
        return self.traces.command(words, {}, step.script.raw, moment.unit, places)

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
            if isinstance(effect, ReadsTestResults) and self.tests_failed(moment):
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

    def tests_failed(self, moment: Moment) -> bool:
        """Whether a test command that ran before in this unit, or in its folder, ended with a failure."""
        return self.failed_tests(self._sharing(moment.unit) | {moment.unit.id}, moment.notes)

    def failed_tests(self, units: frozenset[str], notes: Notes) -> bool:
        return any(
            reached.place.unit in units
            and reached.invocation is not None
            and reached.invocation.status != 0
            and any("test" in reading.classes for reading in self.toolbox.readings(reached.invocation))
            for reached in notes.reached.values()
        )

    def _holds(self, condition: Expression, moment: Moment, oracle: Oracle) -> bool:
        known = self.likeness.truth(condition, moment)
        return holds(condition, moment, oracle) if known is None else known

    # -- scripts -----------------------------------------------------------------------------

    def _script(
        self, step: Step, script: Text, moment: Moment, place: Place, failing: frozenset[str], oracle: Oracle
    ) -> int:
        outcomes = self._outcomes(step, script, moment, place, failing)
        run, assumptions = outcomes[0]
        if len(outcomes) > 1:
            run, assumptions = outcomes[oracle.pick(f"what happens in {place.key}", len(outcomes))]
            oracle.assume(assumptions)
        moment.notes.cut = moment.notes.cut or run.cut
        if run.touched:
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
        mine = frozenset([key for key in failing if key.startswith(start)]) if failing else failing
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
                return self._with_known(run), tuple(oracle.assumptions)

            worlds = explore(once, self._script_worlds())
            known = self._scripts[memo] = self._distinct(worlds.results, worlds.complete)
            if assumed is not None:
                self.unread.setdefault(moment.unit.id, set()).update(assumed.unread)
        return known

    def _with_known(self, run: ScriptRun) -> ScriptRun:
        """The same run, with the very commands of earlier runs where they are equal: what these do is known."""
        shared = tuple([known if (known := self._commands.setdefault(item.key, item)) == item else item
                        for item in run.invocations])  # fmt: skip
        return ScriptRun(run.status, shared, run.published, run.cut, run.work, run.touched)

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
        if complete and len(runs) == 1:
            return runs
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
        """The variables that a script sees, the same as a key, and as its commands find them.  They are put together
        once for all runs in which those that are computed have the same values."""
        names = self._read_by(step, script, moment.unit)
        constant = not moment.environment and not self.reports.sources.get(moment.unit.id)
        platform = self.platform_variables(moment.scenario, names)
        if not constant:
            found = moment.variables(step.env, names)
            return found, frozenset(found.items()), None
        bound = (*moment.unit.env, *moment.bindings, *step.env)
        computed = tuple([moment.hidden_text(variable.value) for variable in bound if variable.value.holes])
        # All of these are kept as long as the simulator, so an id stays its own.
        key = (moment.unit.id, id(step), id(platform), tuple([id(variable) for variable in moment.bindings]), computed)
        known = self._environments.get(key)
        if known is None:
            found = moment.variables(step.env, names)
            items = frozenset(found.items())
            if items not in self._exported:
                self._exported[items] = exported(found)
            known = self._environments[key] = found, items, self._exported[items]
        return known


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
