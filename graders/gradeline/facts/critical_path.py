"""How long a run takes when every job that may run does so at once: the longest way through its jobs.

The minutes of each kind of work are given by the exercise, so that an answer depends on the graph alone.  Steps of
a job run one after the other, legs of a matrix side by side, and a job starts when those it waits for have ended.
"""

from __future__ import annotations

from collections.abc import Mapping

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.reached_effects import performed
from gradeline.facts.runs import Run
from gradeline.facts.shell_records import join_path
from gradeline.model.effects import CacheUse
from gradeline.model.pipeline import Scenario, Unit
from gradeline.records import field, record

INSTALL = "install"
MAX_SHARDS = 64
# Options that let one command do a part of the work (pytest-split, pytest-shard, Playwright).
_SHARDS = ("--splits", "--num-shards", "--shard-count", "--total-shards")


@record
class Costs:
    """Minutes by tool class; ``cached`` those with a warm cache in the job, ``job`` what each job costs by itself.

    A name such as ``test tests/unit`` is the work of a class on one path; a command costs all paths that it covers.
    """

    minutes: Mapping[str, float]
    cached: Mapping[str, float] = field(default_factory=dict)
    job: float = 0.0


@record
class Stretch:
    """One job on the way and how long it takes."""

    unit: Unit
    minutes: float


@record
class Way:
    """The longest way of one run."""

    scenario: Scenario
    stretches: tuple[Stretch, ...]

    @property
    def minutes(self) -> float:
        return sum(stretch.minutes for stretch in self.stretches)


def longest(facts: PipelineFacts, scenario: Scenario, costs: Costs) -> Way:
    """The longest way of the slowest world of a scenario."""
    ways = [_of_run(facts, scenario, run, costs) for run in facts.runs(scenario).results]
    return max(ways, key=lambda way: way.minutes)


def _of_run(facts: PipelineFacts, scenario: Scenario, run: Run, costs: Costs) -> Way:
    spent = _spent(facts, scenario, run, costs)
    best: dict[str, tuple[float, tuple[Stretch, ...]]] = {}
    for unit in facts.simulator.order:
        if not run.ran(unit.id):
            continue
        before = [edge.unit for edge in unit.needs] + ([unit.inside] if unit.inside else [])
        known = [best[name] for name in before if name in best]
        length, way = max(known, key=lambda one: one[0], default=(0.0, ()))
        own = spent.get(unit.id, 0.0) + (costs.job if unit.kind == "work" else 0.0)
        best[unit.id] = (length + own, (*way, Stretch(unit, own)) if own else way)
    _, stretches = max(best.values(), key=lambda one: one[0], default=(0.0, ()))
    return Way(scenario, stretches)


def _spent(facts: PipelineFacts, scenario: Scenario, run: Run, costs: Costs) -> dict[str, float]:
    """The minutes of the work of each job: those of its slowest leg."""
    legs: dict[tuple[str, int], float] = {}
    installed: dict[tuple[str, int], float] = {}
    for item in facts.activities:
        if scenario.id not in item.scenarios:
            continue
        each = _cost(facts, scenario, item, costs)
        reached = (run.reached.get(key) for key in item.keys if each)
        # A command that a loop tries again is the same work, so it counts once in each leg.
        for place in dict.fromkeys((one.place.unit, one.place.leg) for one in reached if one is not None):
            if facts.toolbox.installs(item) or item.readings_of((INSTALL,)):
                # Its minutes are those of the dependencies, not of each command that has a part in it.
                before = installed.get(place, 0.0)
                installed[place] = max(before, each)
                legs[place] = legs.get(place, 0.0) + installed[place] - before
            else:
                legs[place] = legs.get(place, 0.0) + each
    found: dict[str, float] = {}
    for (unit, _), minutes in legs.items():
        found[unit] = max(found.get(unit, 0.0), minutes)
    return found


def _cost(facts: PipelineFacts, scenario: Scenario, item: Activity, costs: Costs) -> float:
    names = {name for reading in item.readings if reading.effect != "pretends" for name in reading.classes}
    if facts.toolbox.installs(item):
        names.add(INSTALL)
    warm = any(cache.effect.mode != "save" and cache.legs(scenario) for cache in performed(facts, CacheUse, item.unit))
    table = {**costs.minutes, **costs.cached} if warm else costs.minutes
    parts = sum(minutes for name, minutes in table.items() if on_path(facts, item, name))
    return max(parts, *(table[name] for name in names if name in table), 0.0) / _shards(item)


def on_path(facts: PipelineFacts, item: Activity, name: str) -> bool:
    """Whether a command does the work of a name such as ``test tests/unit``: on that path, or on a part of it."""
    kind, _, path = name.partition(" ")
    readings = [reading for reading in item.readings_of((kind,)) if reading.effect != "pretends"]
    if not path or not readings:
        return False
    directory = item.invocation.directory if item.invocation is not None else ""
    inside = (
        join_path(directory, target.split("::")[0]).startswith(f"{path}/")
        for reading in readings
        for target in reading.targets
        if target
    )
    return any(inside) or facts.toolbox.does_work_on(item, (kind,), path).holds is True


def _shards(item: Activity) -> int:
    """Into how many parts the work is split, of which this command does one."""
    words = item.invocation.words if item.invocation is not None else ()
    for number, word in enumerate(words):
        name, equals, value = word.partition("=")
        given = value if equals else (words[number + 1] if number + 1 < len(words) else "")
        if name == "--shard":
            given = given.partition("/")[2]
        elif name not in _SHARDS:
            continue
        if given.isdigit() and 0 < int(given) <= MAX_SHARDS:
            return int(given)
    return 1
