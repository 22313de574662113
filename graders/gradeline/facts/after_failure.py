"""What still happens when something failed: the experiments behind reports, messages and clean-up.

Each experiment lets one earlier command of the same job, or one job before it, fail, and looks whether the
step in question is still reached and whether the run still fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from typing import Literal

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.runs import NEVER, Place, Reached, Run
from gradeline.facts.shell_records import Invocation
from gradeline.facts.shell_state import shown
from gradeline.model.pipeline import Scenario, Step, Unit
from gradeline.records import record
from gradeline.result import Evidence, Hop
from gradeline.source import Span

MAX_GROUPS = 40  # earlier steps and jobs that are made to fail, those nearest to the step in question
MAX_FAILED = 12  # jobs whose first command is made to fail to see what a script then does
MAX_COMMANDS = 4  # of one step that are tried until one of them fails the run
# What a run is there to find out: a failure of these must stay visible.
JUDGING = frozenset(
    {
        "lint",
        "format",
        "type-check",
        "test",
        "coverage",
        "mutation",
        "data-validation",
        "load-test",
        "image-scan",
        "dependency-scan",
        "sast",
        "secret-scan",
        "iac-scan",
        "package-check",
        "build",
        "train",
        "evaluate",
        "model-gate",
        "fairness-gate",
        "deploy",
        "publish",
        "push-image",
        "register",
    }
)


@record
class Reactor:
    """A step, or one command of it, that may react to a failure.

    ``words`` is None for a whole step; ``way`` is where its command stands and what leads to it.  ``writes`` is the
    channel that its script writes to, when that is what counts: then a command of the same script may fail before it.
    """

    unit: Unit
    step: Step
    text: str
    span: Span
    words: tuple[str, ...] | None = None
    writes: str = ""
    way: tuple[object, ...] = ()

    def ran(self, run: Run) -> bool:
        """Whether it was reached in some leg of its job."""
        if self.writes:
            return (self.unit.id, self.step.id, self.writes) in run.touched
        if self.words is None:
            return (self.unit.id, self.step.id) in run.passed
        return any(
            item.place.unit == self.unit.id
            and item.place.step == self.step.id
            and item.invocation is not None
            and self._is(item.invocation)
            for item in run.reached.values()
        )

    def _is(self, invocation: Invocation) -> bool:
        """The same command, or the same place of the file with other values: a message holds the status of the run."""
        if invocation.words == self.words:
            return True
        same = self.words is not None and len(invocation.words) == len(self.words)
        return same and invocation.words[:1] == (self.words or ())[:1] and self.way == _way(invocation)


@record
class Cause:
    """One thing that fails in an experiment."""

    key: str
    text: str
    span: Span
    judges: bool


@record
class Reaction:
    """``reacts``: always reached; ``sometimes``: after some failures only; ``misses``: after none;
    ``hides``: reached, but the run then succeeds; ``idle``: nothing comes before it; ``never``: no event
    reaches it; ``unknown``: it depends on something that is not in the files."""

    status: Literal["reacts", "sometimes", "misses", "hides", "idle", "never", "unknown"]
    sentence: str
    evidence: tuple[Evidence, ...] = ()
    path: tuple[Hop, ...] = ()


Select = Callable[[PipelineFacts, Reached], bool]


def judged(facts: PipelineFacts, reached: Reached) -> bool:
    """Selects the commands whose outcome a report is about: when the preparation fails there is none."""
    if reached.invocation is None:
        return False
    return any(JUDGING & reading.classes for reading in facts.toolbox.readings(reached.invocation))


def since_start(facts: PipelineFacts, reactor: Reactor) -> Select:
    """The same, from the first start of services in the job of the reactor on: before that there is nothing to take
    down or to look at."""
    order = {step.id: number for number, step in enumerate(reactor.unit.walk())}
    starts = [item for item in facts.doing("start-services") if item.unit.id == reactor.unit.id]
    first = min(((order.get(item.step.id, 0), item.span) for item in starts), default=None)

    def select(facts: PipelineFacts, reached: Reached) -> bool:
        if not judged(facts, reached):
            return False
        if first is None or reached.invocation is None or reached.place.unit != reactor.unit.id:
            return True
        return (order.get(reached.place.step, 0), reached.invocation.span) > first

    return select


def reactors(facts: PipelineFacts, classes: frozenset[str]) -> Iterator[Reactor]:
    """Commands and actions of the classes, also those that only run after a failure."""
    for item in (*facts.activities, *facts.dormant, *_only_failed(facts)):
        if any(reading.effect != "pretends" for reading in item.readings_of(classes)):
            yield of_activity(item)


def _only_failed(facts: PipelineFacts) -> Iterator[Activity]:
    """Commands behind a test of a script that holds in failed runs only: ``if [ "$STATUS" != Succeeded ]``."""
    units = facts.pipeline.units
    if not any(_may_ask(unit, step) for unit in units for step in unit.walk()):
        return
    known = {(item.span, item.text) for item in (*facts.activities, *facts.dormant)}
    first: dict[str, str] = {}
    for item in facts.activities:
        if item.invocation is not None:
            first.setdefault(item.unit.id, item.keys[0])
    for scenario in facts.pipeline.scenarios[:1]:
        for key in list(first.values())[:MAX_FAILED]:
            for item in facts.reached_in(scenario, facts.runs(scenario, [key]).results):
                if (item.span, item.text) not in known:
                    known.add((item.span, item.text))
                    yield item


def _may_ask(unit: Unit, step: Step) -> bool:
    """Whether a step that may run after a failure has a script that decides something."""
    if step.script is None or not any(word in step.script.raw for word in ("if ", "case ", "&&", "||")):
        return False
    late = unit.condition is not None or unit.depends is not None or not unit.implicit_success
    late = late or unit.inside is not None  # then what is around it may be late
    waits = any(edge.kind == "done" for edge in unit.needs)
    return late or waits or step.condition is not None or not step.implicit_success


def of_activity(item: Activity) -> Reactor:
    made = item.invocation
    if made is None:
        return Reactor(item.unit, item.step, item.text, item.span)
    return Reactor(item.unit, item.step, item.text, item.span, made.words, way=_way(made))


def _way(invocation: Invocation) -> tuple[object, ...]:
    return (invocation.span, tuple(frame.span for frame in invocation.trail))


def react(
    facts: PipelineFacts,
    reactor: Reactor,
    select: Select | None = None,
    nearest: bool = False,
    here: bool = False,
    scenarios: Iterable[Scenario] | None = None,
    apart: frozenset[str] = frozenset(),
) -> Reaction:
    """How the reactor answers to failures before it, in all scenarios or only in some.

    ``select`` limits the commands of its job that are made to fail, when there are any that it takes;
    ``nearest`` lets only the last step with such a command fail, or the jobs before it when there is none;
    ``here`` lets any of its own job fail, and the jobs before it only when its own has no such command.
    ``apart`` are classes of commands that are not made to fail: a message that does not go out tells nobody so.
    """
    left = {key for item in (*facts.activities, *facts.dormant) if apart and item.readings_of(apart)
            for key in item.keys}  # fmt: skip
    asked = facts.pipeline.scenarios if scenarios is None else tuple(scenarios)
    outcomes = [_in_scenario(facts, scenario, reactor, select, nearest, here, left) for scenario in facts.unlike(asked)]
    met = [outcome for outcome in outcomes if outcome.status != "never"]
    if not met:
        return _never(reactor)
    for status in ("hides", "misses", "sometimes", "unknown"):
        for outcome in met:
            if outcome.status == status:
                return outcome
    return next((outcome for outcome in met if outcome.status == "reacts"), met[0])


def _never(reactor: Reactor) -> Reaction:
    evidence = (Evidence(reactor.span, "problem", "never reached"), *_conditions(reactor, "context", "its condition"))
    return Reaction("never", f"`{reactor.text}` is never reached, whether something failed or not", evidence)


def _conditions(reactor: Reactor, role: Literal["proof", "context"], text: str) -> Iterator[Evidence]:
    for span in (reactor.step.condition_span, reactor.unit.condition_span):
        if span is not None:
            yield Evidence(span, role, text)


def _in_scenario(
    facts: PipelineFacts, scenario: Scenario, reactor: Reactor, select: Select | None, nearest: bool, here: bool,
    left: Set[str],
) -> Reaction:  # fmt: skip
    normal = facts.runs(scenario).results
    on_success = any(reactor.ran(run) for run in normal)
    handled: list[tuple[Cause, Run]] = []
    missed: list[tuple[Cause, Run]] = []
    open_cases: list[tuple[Cause, Run]] = []
    hidden: Cause | None = None
    for group in _causes(facts, scenario, reactor, select, nearest, here, left):
        for cause in group:
            runs = [run for run in facts.runs(scenario, [cause.key]).results if _happened(run, cause)]
            failed = [run for run in runs if run.failed or "unstable" in run.marked]  # both can be seen
            if runs and not failed and cause.judges:
                hidden = hidden or cause
            if not failed:
                continue  # its failure is tolerated, so there is nothing to react to
            silent = [run for run in failed if not _ran(facts, scenario, reactor, cause, run)]
            target = handled if not silent else open_cases if len(silent) < len(failed) else missed
            target.append((cause, silent[0] if silent else failed[0]))
            break
    if not on_success and not handled and not open_cases:
        return Reaction("never", "")
    if hidden is not None:
        return _hides(reactor, hidden, scenario)
    if missed:
        return _misses(facts, reactor, *missed[0], some=bool(handled))
    if open_cases:
        return _open(reactor, open_cases[0][0])
    if not handled:
        return Reaction(
            "idle",
            f"nothing that can fail comes before `{reactor.text}`",
            (Evidence(reactor.span, "problem", "waits for nothing"),),
        )
    return _reacts(reactor, handled[0][0])


def _ran(facts: PipelineFacts, scenario: Scenario, reactor: Reactor, cause: Cause, run: Run) -> bool:
    script = reactor.step.script
    if not reactor.writes or script is None:
        return reactor.ran(run)
    place = Place(reactor.unit.id, reactor.step.id, 0)
    if not cause.key.startswith(place.key):
        return reactor.ran(run)
    moment = facts.moment(reactor.unit, scenario).with_step(reactor.step)
    outcomes = facts.simulator._outcomes(reactor.step, script, moment, place, frozenset({cause.key}))
    reached = [
        script_run for script_run, _ in outcomes if any(item.key == cause.key for item in script_run.invocations)
    ]
    return bool(reached) and all(reactor.writes in script_run.touched for script_run in reached)


def _happened(run: Run, cause: Cause) -> bool:
    if cause.key.startswith("failure:"):
        return run.unit_results.get(cause.key.removeprefix("failure:")) == "failure"
    return cause.key in run.reached


def _causes(
    facts: PipelineFacts, scenario: Scenario, reactor: Reactor, select: Select | None, nearest: bool, here: bool,
    left: Set[str],
) -> list[list[Cause]]:  # fmt: skip
    """What comes before the reactor: one group of commands for each earlier step, then each job before."""
    before = [item for item in _before(facts.everything(scenario), reactor) if item.key not in left]
    chosen = [item for item in before if select is None or select(facts, item)]
    groups: dict[str, list[Cause]] = {}
    for reached in chosen or before:
        group = groups.setdefault(reached.place.step, [])
        if len(group) < MAX_COMMANDS:
            group.append(_cause(facts, reactor.unit, reached))
    found = list(groups.values())
    if (nearest or here) and found:
        return found[-1:] if nearest else found[-MAX_GROUPS:]
    results = facts.runs(scenario).results[0].unit_results
    ancestors = facts.simulator.ancestors.get(reactor.unit.id, frozenset())
    found = found[-MAX_GROUPS:]
    jobs = [unit for unit in facts.pipeline.units if unit.kind == "work" and unit.id in ancestors]
    return (
        found
        + [
            [Cause(f"failure:{unit.id}", unit.title, unit.span, False)]
            for unit in jobs
            if results.get(unit.id) not in NEVER
        ][-MAX_GROUPS:]
    )


def _before(run: Run, reactor: Reactor) -> Iterator[Reached]:
    """What the reactor's job reached before it, in one leg."""
    order = {item.place.step: number for number, item in enumerate(run.steps) if item.place.unit == reactor.unit.id}
    mine = [item for item in run.reached.values() if item.place.unit == reactor.unit.id and item.place.leg == 0]
    limit = order.get(reactor.step.id, len(run.steps))
    for item in mine:
        if item.place.step == reactor.step.id:
            same = item.invocation is not None and item.invocation.words == reactor.words
            if not reactor.writes and (reactor.words is None or same):
                return
            yield item
        elif order.get(item.place.step, limit) < limit:
            yield item


def _cause(facts: PipelineFacts, unit: Unit, reached: Reached) -> Cause:
    if reached.invocation is None:
        step = next((step for step in unit.walk() if step.id == reached.place.step), None)
        span = step.span if step is not None else unit.span
        return Cause(reached.key, step.title if step is not None else unit.title, span, False)
    readings = facts.toolbox.readings(reached.invocation)
    judges = any(JUDGING & reading.classes and reading.effect == "works" for reading in readings)
    text = shown(" ".join(reached.invocation.words))
    return Cause(reached.key, text if len(text) <= 80 else text[:77] + "...", reached.invocation.span, judges)


# -- sentences -------------------------------------------------------------------------------------


def _reacts(reactor: Reactor, cause: Cause) -> Reaction:
    proofs = (
        Evidence(reactor.span, "proof", f"also runs after `{cause.text}` failed"),
        *_conditions(reactor, "proof", "this condition holds after a failure"),
    )
    return Reaction("reacts", f"`{reactor.text}` also runs after a failure", proofs)


def _hides(reactor: Reactor, cause: Cause, scenario: Scenario) -> Reaction:
    return Reaction(
        "hides",
        f"on {scenario.title}, the run ends with success although `{cause.text}` failed",
        (
            Evidence(cause.span, "problem", "this failure is lost"),
            Evidence(reactor.span, "context", "runs after it"),
        ),
    )


def _misses(facts: PipelineFacts, reactor: Reactor, cause: Cause, run: Run, some: bool) -> Reaction:
    evidence = (
        Evidence(reactor.span, "problem", f"skipped when `{cause.text}` fails"),
        *_conditions(reactor, "context", "its condition"),
        Evidence(cause.span, "context", "fails in this experiment"),
    )
    path = (
        Hop(run.scenario.title, run.scenario.trigger.span),
        Hop(f"`{cause.text}` (failure)", cause.span),
        Hop(f"`{reactor.text}` (skipped)", reactor.span),
    )
    sentence = f"when `{cause.text}` fails, `{reactor.text}` does not run"
    return Reaction("sometimes" if some else "misses", sentence, evidence, path)


def _open(reactor: Reactor, cause: Cause) -> Reaction:
    return Reaction(
        "unknown",
        f"whether `{reactor.text}` runs after `{cause.text}` failed depends on something that is not in the files",
        (Evidence(reactor.step.condition_span or reactor.unit.condition_span or reactor.span, "problem", "open"),),
    )
