"""Everything a check may ask about a submission, platform and syntax left behind.

``Case`` holds one ``PipelineFacts`` per pipeline.  Its questions are answered by experiments on the
simulated pipeline (``simulate.py``): is a command reached, does its failure stop the run, can a
target be reached without its gate?
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from gradeline.facts import experiments
from gradeline.facts.activities import Activity, Judgement
from gradeline.facts.commands import Toolbox
from gradeline.facts.evaluate import known_truth
from gradeline.facts.likeness import Asked
from gradeline.facts.moment import Moment
from gradeline.facts.programs import Program
from gradeline.facts.readings import QUESTION
from gradeline.facts.runs import Notes, Place, Reached, Run, StepRun
from gradeline.facts.shell_records import Invocation
from gradeline.facts.shell_state import HIDDEN, shown
from gradeline.facts.simulate import Simulator
from gradeline.facts.starts import started
from gradeline.facts.tools import Reading
from gradeline.facts.worlds import Worlds, explore
from gradeline.lint import Linters, NoLinters
from gradeline.model.data import Data
from gradeline.model.pipeline import Pipeline, Scenario, Step, Unit
from gradeline.model.project import Project
from gradeline.records import replace
from gradeline.result import Hop

if TYPE_CHECKING:
    from gradeline.facts.images import ImageFacts
    from gradeline.facts.infrastructure import StackFacts
    from gradeline.facts.mentions import Candidate
    from gradeline.facts.secret_flow import Exposure
    from gradeline.facts.tests_kinds import Tests
    from gradeline.facts.traced import Traced
    from gradeline.model.code import Codebase
    from gradeline.model.services import Services

T = TypeVar("T")

# Steps and known units gone through so far for a pipeline, and the worlds one more run may then have.
WORLDS_BY_WORK = ((6_000, 48), (12_000, 8), (30_000, 2))


class PipelineFacts:
    """One pipeline with all that can be asked about it; answers are kept."""

    def __init__(self, pipeline: Pipeline, project: Project, toolbox: Toolbox) -> None:
        self.project = project
        self.toolbox = toolbox
        self.simulator = Simulator(pipeline, project, toolbox)
        self.pipeline = started(pipeline, self.simulator)
        self.simulator.pipeline = self.pipeline
        self._runs: dict[tuple[str, frozenset[str]], Worlds[Run]] = {}
        self._leaders: dict[frozenset[str], list[tuple[Scenario, Worlds[Run], Asked]]] = {}  # by experiment
        self._everything: dict[str, Run] = {}
        self._starts: dict[str, Notes] = {}
        self._filled: dict[tuple[int, frozenset[str]], Scenario] = {}
        self._all_leaders: list[tuple[Run, Asked]] = []
        self.moved_downloads: dict[str, tuple[tuple[str, str], ...]] = {}  # by unit, see ``download_folders.py``
        self._doing: dict[tuple[tuple[str, ...], str | None], tuple[Activity, ...]] = {}
        self.starts_of_steps: dict[tuple[str, int, int, int], Moment] = {}  # see ``reached_effects.py``
        self._numbered: dict[int, tuple[Reached, int]] = {}
        self._numbers: dict[Hashable, int] = {}
        self._activities: dict[Hashable, Activity] = {}

    def seen_by(self, unit: Unit) -> frozenset[str]:
        """The units whose files ``unit`` finds in its folder: its own, and earlier ones of the same workspace."""
        if not unit.workspace:
            return frozenset({unit.id})
        earlier = self.simulator.ancestors.get(unit.id, frozenset())
        same = (other.id for other in self.pipeline.units if other.workspace == unit.workspace and other.id in earlier)
        return frozenset({unit.id, *same})

    # -- runs --------------------------------------------------------------------------------

    def runs(self, scenario: Scenario, failing: Iterable[str] = ()) -> Worlds[Run]:
        """Every world of ``scenario`` when the commands with the keys in ``failing`` fail."""
        key = (scenario.id, frozenset(failing))
        if key not in self._runs:
            self._runs[key] = self._known_runs(scenario, key[1]) or self._simulated(scenario, key[1])
        return self._runs[key]

    def _simulated(self, scenario: Scenario, failing: frozenset[str]) -> Worlds[Run]:
        likeness = self.simulator.likeness
        outer = likeness.begin()
        worlds = explore(lambda oracle: self.simulator.run(scenario, failing, oracle), self._worlds())
        self._leaders.setdefault(failing, []).append((scenario, worlds, likeness.end(outer)))
        return worlds

    def _known_runs(self, scenario: Scenario, failing: frozenset[str]) -> Worlds[Run] | None:
        """The runs of another scenario that goes the same way, as those of this one."""
        for leader, worlds, asked in self._leaders.get(failing, ()):
            if self.simulator.alike(leader, scenario, asked):
                self.simulator.likeness.hear(asked)
                return Worlds(tuple(replace(run, scenario=scenario) for run in worlds.results), worlds.complete)
        return None

    def everything(self, scenario: Scenario) -> Run:
        """The run of ``scenario`` in which every condition holds."""
        if scenario.id not in self._everything:
            simulator = self.simulator
            known = (run for run, asked in self._all_leaders if simulator.alike(run.scenario, scenario, asked))
            run = next(known, None)
            if run is None:
                outer = simulator.likeness.begin()
                run = explore(lambda oracle: simulator.run(scenario, frozenset(), oracle, True), 1).results[0]
                self._all_leaders.append((run, simulator.likeness.end(outer)))
            self._everything[scenario.id] = replace(run, scenario=scenario)
        return self._everything[scenario.id]

    def unlike(self, scenarios: Iterable[Scenario]) -> Iterator[Scenario]:
        """The scenarios without those that go the same way as an earlier one.

        For a question about runs: after an experiment with a scenario, the next one is left out when nothing that
        any run has asked for so far tells the two apart, because then the experiment ends the same way.
        """
        seen: list[Scenario] = []
        for scenario in scenarios:
            if not any(self.simulator.alike(other, scenario) for other in seen):
                seen.append(scenario)
                yield scenario

    def taken_over(self, scenario: Scenario, known: list[tuple[Scenario, T]], work: Callable[[], T]) -> T:
        """An answer about ``scenario``: that of a scenario which is the same as far as anybody has looked, or new.

        ``known`` holds the answers to the same question so far.  The work may look at runs and at moments of the
        scenario only.
        """
        for other, answer in known:
            if self.simulator.alike(other, scenario):
                return answer
        with self.simulator.likeness.listening():
            answer = work()
        known.append((scenario, answer))
        return answer

    def _worlds(self) -> int:
        """How many worlds a run may still have: fewer as the work on this pipeline adds up, so that a
        pipeline full of open questions costs seconds, not minutes.  Counted, not timed: the same everywhere."""
        done = self.simulator.work + self.simulator.replayed
        return next((worlds for work, worlds in WORLDS_BY_WORK if done < work), 1)

    def scenarios(self, *kinds: str) -> tuple[Scenario, ...]:
        """The ways this pipeline is started, optionally only of some kinds."""
        return tuple(item for item in self.pipeline.scenarios if not kinds or item.kind in kinds)

    @cached_property
    def traced(self) -> Traced:
        """The same pipeline simulated so that values that are not known can be told apart."""
        from gradeline.facts.traced import Traced

        return Traced(self)

    @cached_property
    def placed(self) -> Traced:
        """The same, in which a command that is asked again at another place gives another value."""
        from gradeline.facts.traced import Traced

        return Traced(self, placed=True)

    def filled(self, scenario: Scenario, kinds: frozenset[str]) -> Scenario:
        """A scenario in which all names of its identity have a value, those of the given kinds another one."""
        from gradeline.facts.scenarios import filled

        key = (self.simulator.likeness.identity(scenario), kinds)
        if key not in self._filled:
            self._filled[key] = filled(self, scenario, kinds)
        return self._filled[key]

    @cached_property
    def written(self) -> Iterable[Candidate]:
        """Places where a command may be written that is not run."""
        from gradeline.facts.mentions import written

        return written(self)

    @cached_property
    def exposures(self) -> Iterable[Exposure]:
        """Where the scripts show or keep a secret."""
        from gradeline.facts.as_asked import AsAsked
        from gradeline.facts.secret_flow import exposures

        return AsAsked(exposures(self))

    @cached_property
    def different_scenarios(self) -> tuple[Scenario, ...]:
        """One scenario of each kind of run: those that reach the same and tolerate the same are alike."""
        found: dict[object, Scenario] = {}
        tolerating = [
            (unit, leg, tolerate)
            for unit in self.pipeline.units
            for tolerate in (unit.tolerate, *(step.tolerate for step in unit.walk()))
            if tolerate is not None
            for leg in range(len(self.simulator.legs(unit)))
        ]
        for scenario in self.pipeline.scenarios:
            worlds = self.runs(scenario)
            tolerated = tuple(
                known_truth(tolerate, self.moment(unit, scenario, leg)) for unit, leg, tolerate in tolerating
            )
            shapes = tuple((tuple(run.unit_results.items()), tuple(run.reached)) for run in worlds.results)
            found.setdefault((shapes, tolerated), scenario)
        return tuple(found.values())

    def moment(self, unit: Unit, scenario: Scenario, leg: int = 0) -> Moment:
        """The start of a unit's leg in a run where everything before it succeeded."""
        notes = self._starts.get(scenario.id)
        if notes is None:
            notes = self._starts[scenario.id] = Notes(unit_results=self.runs(scenario).results[0].unit_results)
        legs = self.simulator.legs(unit)
        return Moment(self.simulator, unit, scenario, legs[min(leg, len(legs) - 1)], notes, leg)

    def _moment(self, unit: Unit, scenario_id: str, leg: int) -> Moment:
        scenario = next(item for item in self.pipeline.scenarios if item.id == scenario_id)
        legs = self.simulator.legs(unit)
        return Moment(self.simulator, unit, scenario, legs[min(leg, len(legs) - 1)], Notes(), leg)

    @cached_property
    def activities(self) -> tuple[Activity, ...]:
        """All commands and actions that are reached in at least one world of one scenario."""
        return self._collect(
            (run, scenario.id) for scenario in self.pipeline.scenarios for run in self.runs(scenario).results
        )

    @cached_property
    def reached_steps(self) -> Mapping[tuple[str, str], tuple[tuple[Scenario, int], ...]]:
        """The scenarios and matrix legs in which each step (unit id, step id) runs in at least one world."""
        found: dict[tuple[str, str], list[tuple[Scenario, int]]] = {}
        # Scenarios that go the same way share the steps of all their runs, and worlds share most of theirs.  The runs
        # keep them, so an id stays its own.
        known: dict[tuple[int, ...], list[tuple[list[tuple[Scenario, int]], int]]] = {}
        unique = {scenario.id: scenario for scenario in reversed(self.pipeline.scenarios)}
        for scenario in reversed(unique.values()):
            worlds = self.runs(scenario).results
            shape = tuple([id(run.steps) for run in worlds])
            if shape not in known:
                items = {id(item): item for run in worlds for item in run.steps if item.raw != "skipped"}
                places = dict.fromkeys([(one.place.unit, one.place.step, one.place.leg) for one in items.values()])
                known[shape] = [(found.setdefault((unit, step), []), leg) for unit, step, leg in places]
            legs = {leg: (scenario, leg) for _, leg in known[shape]}
            for at, leg in known[shape]:
                at.append(legs[leg])
        return {key: tuple(at) for key, at in found.items()}

    @cached_property
    def reached_units(self) -> Mapping[str, tuple[tuple[Scenario, int], ...]]:
        """The same for any step of each unit, by its id."""
        found: dict[str, dict[tuple[str, int], tuple[Scenario, int]]] = {}
        for unit in self.pipeline.units:
            mine = found.setdefault(unit.id, {})
            for step in unit.walk():
                for scenario, leg in self.reached_steps.get((unit.id, step.id), ()):
                    mine[scenario.id, leg] = (scenario, leg)
        return {unit: tuple(mine.values()) for unit, mine in found.items()}

    @cached_property
    def activities_at(self) -> Mapping[tuple[str, str], tuple[Activity, ...]]:
        """The activities of each step (unit id, step id)."""
        found: dict[tuple[str, str], list[Activity]] = {}
        for item in self.activities:
            found.setdefault((item.unit.id, item.step.id), []).append(item)
        return {key: tuple(items) for key, items in found.items()}

    @cached_property
    def dormant(self) -> tuple[Activity, ...]:
        """Commands and actions that would run if every condition were true, but never do."""
        if not self.pipeline.scenarios:
            return ()
        live = {(item.span, item.text) for item in self.activities}
        scenario = self.pipeline.scenarios[0]
        run = self.everything(scenario)
        return tuple(item for item in self._collect([(run, scenario.id)]) if (item.span, item.text) not in live)

    def reached_in(self, scenario: Scenario, runs: Iterable[Run]) -> tuple[Activity, ...]:
        """The commands and actions that some runs of an experiment reach, also those that need a failure."""
        return self._collect((run, scenario.id) for run in runs)

    def _collect(self, runs: Iterable[tuple[Run, str]]) -> tuple[Activity, ...]:
        # One command as often as it is reached, and the scenarios that reach it.  Worlds share what they reach, and
        # scenarios that go the same way all of it; the runs keep it, so its id stays its own.
        groups: dict[int, tuple[list[Reached], dict[str, None]]] = {}
        grouped: dict[int, dict[str, None]] = {}
        whole: dict[int, list[dict[str, None]]] = {}
        for run, scenario_id in runs:
            known = whole.get(id(run.reached))
            if known is None:
                known = whole[id(run.reached)] = []
                for reached in run.reached.values():
                    scenarios = grouped.get(id(reached))
                    if scenarios is None:
                        members, scenarios = groups.setdefault(self._number(reached), ([], {}))
                        members.append(reached)
                        grouped[id(reached)] = scenarios
                    known.append(scenarios)
            for scenarios in known:
                scenarios[scenario_id] = None
        return tuple([self._known_activity(members, tuple(scenarios)) for members, scenarios in groups.values()])

    def _number(self, reached: Reached) -> int:
        """A number for a command or action, the same however often and wherever it is reached."""
        known = self._numbered.get(id(reached))
        if known is None:
            text = " ".join(reached.invocation.words) if reached.invocation else "use"
            trail = reached.invocation.trail if reached.invocation else ()
            span = reached.invocation.span if reached.invocation else None
            group = (reached.place.unit, reached.place.step, span, text, trail)
            # Kept with its number, so the id stays its own.
            known = self._numbered[id(reached)] = reached, self._numbers.setdefault(group, len(self._numbers))
        return known[1]

    def _known_activity(self, members: list[Reached], scenarios: tuple[str, ...]) -> Activity:
        """The activity of what is reached, made once: experiments reach mostly the same."""
        key = (*map(id, members), scenarios)
        known = self._activities.get(key)
        if known is None:
            unit, step = self._steps[members[0].place.unit, members[0].place.step]
            known = self._activities[key] = self._activity(unit, step, members, scenarios)
        return known

    @cached_property
    def _steps(self) -> Mapping[tuple[str, str], tuple[Unit, Step]]:
        return {(unit.id, step.id): (unit, step) for unit in self.pipeline.units for step in unit.walk()}

    def _activity(self, unit: Unit, step: Step, members: list[Reached], scenarios: tuple[str, ...]) -> Activity:
        first = members[0]
        keys = tuple(dict.fromkeys([reached.key for reached in members]))
        places: tuple[Place, ...] = (first.place,)
        if len(members) > 1:
            places = tuple(dict.fromkeys([reached.place for reached in members]))
        invocation = first.invocation
        if invocation is not None:
            readings = self.toolbox.readings(self._seen(invocation))
            text = _shown(" ".join(invocation.words))
            return Activity(
                keys,
                unit,
                step,
                text,
                invocation.span,
                invocation.trail,
                readings,
                invocation,
                invocation.opaque,
                places,
                scenarios,
            )
        name = step.use.name if step.use else step.title
        readings = self._action_readings(unit, step, scenarios, first.place.leg)
        span = step.use.span if step.use else step.span
        opaque = step.opaque.reason if step.opaque else ""
        return Activity(keys, unit, step, name, span, (), readings, None, opaque, places, scenarios)

    def _seen(self, invocation: Invocation) -> Invocation:
        """A command as it works where it is started: at a commit, changes lie there that are not committed yet."""
        if self.pipeline.role != "hooks":
            return invocation
        from gradeline.facts.commit_hooks import at_commit

        return replace(invocation, words=at_commit(invocation.words))

    def _action_readings(self, unit: Unit, step: Step, scenarios: Iterable[str], leg: int) -> tuple[Reading, ...]:
        """What an action does in any of the scenarios: its inputs may depend on the event."""
        found: list[Reading] = []
        constant = not any(text.holes for text in step.inputs.values())
        for scenario_id in scenarios:
            moment = None if constant else self._moment(unit, scenario_id, leg)
            inputs = {
                key: _partly(text.raw if moment is None else moment.hidden_text(text))
                for key, text in step.inputs.items()
            }
            found.extend(one for one in self.toolbox.action_readings(step, inputs) if one not in found)
            if constant:
                break
        return tuple(found)

    def does(self, activity: Activity, classes: Sequence[str], scenario: Scenario) -> bool:
        """Whether the activity does the work of a class in this scenario."""
        if scenario.id not in activity.scenarios:
            return False
        if QUESTION in classes and any(activity is one for one in self.doing(QUESTION)):
            return True
        readings = activity.readings
        if activity.invocation is None:
            readings = self._action_readings(activity.unit, activity.step, (scenario.id,), 0)
        wanted = set(classes)
        return any(reading.effect == "works" and wanted & reading.classes for reading in readings)

    def doing(self, *classes: str, effect: str | None = "works") -> tuple[Activity, ...]:
        """Live activities of any of the classes whose arguments make them do the work."""
        key = (classes, effect)
        if key not in self._doing:
            found: set[int] = set()
            if QUESTION in classes:
                from gradeline.facts.requests import questions

                found.update(questions(self))
            found |= {
                number
                for name in classes
                for number, does in self._by_class.get(name, ())
                if effect is None or does == effect
            }
            self._doing[key] = tuple(self.activities[number] for number in sorted(found))
        return self._doing[key]

    @cached_property
    def _by_class(self) -> Mapping[str, list[tuple[int, str]]]:
        """For each class the activities that have a reading of it, by their number, with the effect."""
        found: dict[str, list[tuple[int, str]]] = {}
        for number, item in enumerate(self.activities):
            for reading in item.readings:
                for name in reading.classes:
                    found.setdefault(name, []).append((number, reading.effect))
        return found

    # -- experiments -------------------------------------------------------------------------

    def blocking(self, activity: Activity, keys: Iterable[str] | None = None) -> Judgement:
        """Whether the run fails whenever this activity fails (in each leg on its own)."""
        return experiments.blocking(self, activity, keys)

    def doubt(self, activity: Activity, scenarios: Iterable[Scenario]) -> Judgement | None:
        """Why the activity may never run: it is only reached when a variable that nothing sets has some value."""
        return experiments.doubt(self, activity, scenarios)

    def gated(
        self, targets: tuple[Activity, ...], gates: tuple[Activity, ...], among: tuple[Scenario, ...] | None = None
    ) -> Judgement:
        """Whether every run that reaches a target has passed a gate that would have stopped it.

        ``among``: only runs of these scenarios count.
        """
        return experiments.gated(self, targets, gates, among)

    def path_to(self, run: Run, target: Activity, gates: tuple[Activity, ...]) -> tuple[Hop, ...]:
        """A way from the event to the target that ran, avoiding units with a gate where it can."""
        return experiments.path_to(self, run, target, gates)

    def step_runs(self, run: Run, unit_id: str) -> tuple[StepRun, ...]:
        return tuple(item for item in run.steps if item.place.unit == unit_id)


class Case:
    """A submission as checks see it.  ``kit`` maps a language to the version production runs."""

    def __init__(
        self,
        project: Project,
        pipelines: tuple[PipelineFacts, ...],
        kit: Mapping[str, object] | None = None,
        toolbox: Toolbox | None = None,
        linters: Linters | None = None,
    ) -> None:
        self.project = project
        self.pipelines = pipelines
        self.kit = kit or {}
        self.toolbox = toolbox or Toolbox(project)
        self.linters = linters or NoLinters()

    @cached_property
    def images(self) -> Mapping[str, ImageFacts]:
        """The images of the repository by the path of their build file, in the order of the paths."""
        from gradeline.facts.images import images_of

        return images_of(self.project, self.pipelines, self.toolbox)

    @property
    def services(self) -> Mapping[str, Services]:
        """The compose files of the repository by their path."""
        return self.project.services

    def select_images(self, patterns: Iterable[str] | None) -> tuple[ImageFacts, ...]:
        """The images whose build file matches one of the patterns; all of them without any."""
        wanted = tuple(patterns or ("*",))
        return tuple(
            facts for path, facts in self.images.items() if any(fnmatchcase(path, pattern) for pattern in wanted)
        )

    @cached_property
    def stacks(self) -> tuple[StackFacts, ...]:
        """What the repository declares as infrastructure: each root with each set of values."""
        from gradeline.facts.infrastructure import StackFacts

        return tuple(StackFacts(stack) for stack in self.project.infrastructure.stacks)

    @property
    def code(self) -> Codebase:
        """The Python files of the repository, each read when somebody first asks for it."""
        return self.project.code

    @cached_property
    def tests(self) -> Tests:
        """The tests of the repository with what each of them does."""
        from gradeline.facts.tests_kinds import Tests

        return Tests(self.project)

    @property
    def data(self) -> Data:
        """The data under version control and its stages."""
        return self.project.data

    def select(self, patterns: Iterable[str] | None) -> tuple[PipelineFacts, ...]:
        """The pipelines whose path matches one of the patterns; without any, those of continuous integration.
        A pattern that matches build files selects the builds of their images."""
        wanted = tuple(patterns or ())
        if not wanted:
            return tuple(facts for facts in self.pipelines if facts.pipeline.role == "ci")
        named = tuple(
            facts for facts in self.pipelines if any(fnmatchcase(facts.pipeline.path, pattern) for pattern in wanted)
        )
        if not named:  # a file that is only called is a part of those that call it
            named = tuple(
                facts for facts in self.pipelines
                if any(fnmatchcase(unit.span.path, pattern) for unit in facts.pipeline.units for pattern in wanted)
            )  # fmt: skip
        if not any(fnmatchcase(path, pattern) for path in self.project.build_files for pattern in wanted):
            return named
        return (*named, *(facts.build for facts in self.select_images(wanted)))


def build_case(
    project: Project,
    pipelines: tuple[Pipeline, ...],
    kit: Mapping[str, object],
    programs: Mapping[str, Program] | None = None,
    linters: Linters | None = None,
) -> Case:
    """Facts are computed when a check first asks for them, and then kept.  It may ask the analysers ``linters``."""
    toolbox = Toolbox(project, programs, scripts=lambda: _scripts(pipelines))
    known = tuple(PipelineFacts(pipeline, project, toolbox) for pipeline in pipelines)
    return Case(project, known, kit, toolbox, linters)


def _scripts(pipelines: tuple[Pipeline, ...]) -> Iterator[str]:
    for pipeline in pipelines:
        for unit in pipeline.units:
            yield from (step.script.raw for step in unit.walk() if step.script is not None)


def _partly(text: str) -> str | None:
    """A text with unknown stretches, or None when nothing of it is known."""
    return text if not text or text.strip(HIDDEN) else None


def _shown(text: str) -> str:
    text = shown(text)
    return text if len(text) <= 80 else text[:77] + "..."
