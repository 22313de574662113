"""Deployments: into which environment, what is looked at afterwards, and in which order.

The environment is the one the job is tied to.  A job without one says it by the names its commands use: a
namespace, a context, a folder of settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.requests import request_of
from gradeline.facts.runs import Run
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.pipeline import Scenario
from gradeline.records import record

CHECKS = ("health-check",)
TESTS = ("test", "load-test")
Names = Mapping[str, Sequence[str]]


def deployments(facts: PipelineFacts) -> tuple[Activity, ...]:
    """Commands that bring something new into an environment; ways back, and what takes one down, are none."""
    return tuple(
        item
        for item in facts.doing("deploy")
        if not any("rollback" in reading.classes for reading in item.readings_of(("deploy",)))
        and (item.unit.environment is None or item.unit.environment.action != "stop")
    )


@record
class Target:
    """``name`` holds ``HIDDEN`` for what is computed; None when nothing says where a deployment goes."""

    name: str | None
    declared: bool


def target_of(facts: PipelineFacts, item: Activity, scenario: Scenario, names: Names) -> Target:
    """The environment that an activity works on in one scenario."""
    declared = item.unit.environment
    if declared is not None:
        places = [place.leg for place in item.places if place.unit == item.unit.id] or [0]
        return Target(facts.moment(item.unit, scenario, places[0]).hidden_text(declared.name).lower(), True)
    texts = [*item.invocation.words, item.invocation.directory] if item.invocation is not None else []
    if item.invocation is None:
        moment = facts.moment(item.unit, scenario)
        texts = [moment.hidden_text(text) for text in item.step.inputs.values()]
    said = [_said(word) for word in texts]
    for name, others in names.items():
        wanted = [other.lower() for other in (name, *others)]
        if any(_means(one, other) for one in said for other in wanted):
            return Target(name.lower(), False)
    return Target(None, False)


def says(word: str, name: str) -> bool:
    """Whether a word means it: ``--namespace=churn-prod``, ``overlays/production``, ``values-production.yaml``."""
    return _means(_said(word), name)


def _said(word: str) -> tuple[list[str], str]:
    """The parts of a path or value, and the name of a file of settings without its ending."""
    parts = word.lower().rpartition("=")[2].split("/")
    last = parts[-1].rpartition(".")[0] if parts[-1].endswith((".yaml", ".yml", ".json")) else ""
    return parts, last


def _means(said: tuple[list[str], str], name: str) -> bool:
    parts, last = said
    return name in parts or (bool(last) and (last == name or last.endswith(("-" + name, "." + name))))


def goes_to(facts: PipelineFacts, item: Activity, environment: str, names: Names) -> bool | None:
    """Whether the deployment goes into this environment in some scenario; None when that is computed."""
    hidden = False
    for scenario in facts.pipeline.scenarios:
        if scenario.id not in item.scenarios:
            continue
        target = target_of(facts, item, scenario, names)
        if target.name is None:
            continue
        if HIDDEN in target.name:
            if target.name.strip(HIDDEN) and fnmatchcase(target.name.replace(HIDDEN, "x"), environment.lower()):
                return True
            hidden = True
        elif fnmatchcase(target.name, environment.lower()) or target.name in (
            known.lower() for known in names.get(environment, ())
        ):
            return True
    return None if hidden else False


def is_chosen_at_start(facts: PipelineFacts, item: Activity, scenario: Scenario) -> bool:
    """Whether whoever starts the run by hand says where a deployment goes."""
    environment = item.unit.environment
    if scenario.kind != "manual" or scenario.id not in item.scenarios or environment is None:
        return False
    roots = facts.traced.traces.roots(facts.traced.text(item, scenario, environment.name))
    return bool(roots) and all(root is not None and root.kind == "setting" and not root.scoped for root in roots)


def order(run: Run) -> Mapping[str, int]:
    """When each command of a run is reached."""
    return {key: number for number, key in enumerate(run.reached)}


def comes_after(facts: PipelineFacts, item: Activity, first: Iterable[Activity]) -> bool:
    """Whether, in every run with both, the activity is reached after one of the others."""
    keys = frozenset(key for one in first for key in one.keys)
    seen = False
    for scenario in facts.pipeline.scenarios:
        for run in facts.runs(scenario).results:
            places = order(run)
            mine = [places[key] for key in item.keys if key in places]
            before = [places[key] for key in keys if key in places]
            if mine and before:
                seen = True
                if min(mine) < min(before):
                    return False
    return seen


def looked_at_after(
    facts: PipelineFacts, deployed: tuple[Activity, ...], classes: Sequence[str] = ()
) -> tuple[Activity, ...]:
    """What looks at an environment after its deployment: commands of the classes, and requests to a service."""
    if not deployed:
        return ()
    wanted = tuple(classes) or (*CHECKS, *TESTS)
    found = [
        item
        for item in facts.activities
        if any(reading.effect == "works" for reading in item.readings_of(wanted))
        or (not _tells(item) and request_of(facts, item) is not None)
    ]
    return tuple(item for item in found if comes_after(facts, item, deployed) and _depends(facts, item, deployed))


def _tells(item: Activity) -> bool:
    return any(reading.effect == "works" for reading in item.readings_of(("notify", "promote")))


def _depends(facts: PipelineFacts, item: Activity, deployed: tuple[Activity, ...]) -> bool:
    """A check that runs although the deployment failed looks at what was there before."""
    return facts.gated((item,), deployed).holds is not False or item.unit.id in {one.unit.id for one in deployed}


def targeted(facts: PipelineFacts, environment: str, names: Names) -> tuple[Activity, ...]:
    """The deployments into an environment; all of them without one."""
    found = deployments(facts)
    if not environment:
        return found
    return tuple(
        item
        for item in found
        if any(
            (target_of(facts, item, scenario, names).name or "") in (environment.lower(), *names.get(environment, ()))
            for scenario in facts.pipeline.scenarios
            if scenario.id in item.scenarios
        )
    )
