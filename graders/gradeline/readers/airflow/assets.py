"""Assets: what a task produces and a DAG waits for, and DAGs that follow each other by them.

Airflow documentation, "Asset Definitions", "Asset-Aware Scheduling": a DAG is started when a task that names the
asset among its outlets succeeded; a list waits for all of its assets, ``&`` and ``|`` say it.  The task SDK's
``asset`` decorator: a DAG with one task, called as the asset, without catch-up; the names of parameters are assets
that the task reads, and start nothing.
"""

from __future__ import annotations

from typing import Any

from gradeline.readers.airflow.nodes import Dag, Produced, Task
from gradeline.readers.flows.values import Made
from gradeline.readers.reading import MAX_UNITS

_SINGLE = ("Asset", "Dataset", "Model", "ref")
_ALL = ("AssetAll", "DatasetAll")
_ANY = ("AssetAny", "DatasetAny")
# Settings of one run of a DAG, which the runs of the others do not have.
_OF_A_RUN = frozenset({"max_active_runs", "on_failure_callback", "dagrun_timeout", "deadline"})
_FOR_ITS_TASKS = (("on_failure_callback", "on_failure_callback"), ("execution_timeout", "dagrun_timeout"))
MAX_ASSETS = 200
MAX_DAGS = 300


def is_asset(value: Any) -> bool:
    """Whether a value is an asset, or several as a condition."""
    if isinstance(value, Made):
        return value.name.startswith("airflow.") and value.last in (*_SINGLE, *_ALL, *_ANY, "AssetAlias")
    return isinstance(value, Produced)


def both(left: Any, right: Any, any_of: bool, like: Made | Produced) -> Made:
    """``left & right`` or ``left | right``."""
    name = "airflow.sdk.AssetAny" if any_of else "airflow.sdk.AssetAll"
    return Made(name, (left, right), {}, like.node, like.span)


def _names(value: Any) -> frozenset[str]:
    """The name and the address of one asset; each stands for the other where only one is given."""
    if isinstance(value, Produced):
        return frozenset({value.name, value.uri or value.name})
    if isinstance(value, Made) and value.last in _SINGLE:
        given = (*value.args[:2], value.kwargs.get("name"), value.kwargs.get("uri"))
        return frozenset(one for one in given if isinstance(one, str) and one)
    return frozenset()


def _members(value: Any) -> tuple[list[Any], bool]:
    """The assets that a schedule or a list of outlets names, and whether one of several is enough somewhere."""
    found: list[Any] = []
    any_of = False
    waiting, rounds = [value], 0
    while waiting and rounds < MAX_ASSETS:
        one, rounds = waiting.pop(), rounds + 1
        if isinstance(one, Produced) and one.outlets:
            waiting.extend(reversed(one.outlets[:MAX_ASSETS]))
        elif isinstance(one, Made) and one.last in (*_ALL, *_ANY):
            any_of = any_of or one.last in _ANY
            waiting.extend(reversed(one.args[:MAX_ASSETS]))
        elif isinstance(one, list | tuple):
            waiting.extend(reversed(one[:MAX_ASSETS]))
        else:
            found.append(one)
    return found, any_of


def joined(dags: list[Dag]) -> list[Dag]:
    """The DAGs of a repository, those that are started by assets of others together with them."""
    if len(dags) > MAX_DAGS or sum(len(dag.tasks) for dag in dags) > MAX_UNITS:
        return dags
    makers: dict[str, list[Task]] = {}
    for task in (task for dag in dags for task in dag.tasks if "outlets" in task.kwargs):
        for one in _members(task.kwargs["outlets"])[0]:
            for name in sorted(_names(one)):
                makers.setdefault(name, []).append(task)
    links = {id(dag): found for dag in dags if (found := _makers_for(dag, makers))} if makers else {}
    if not links or _circular(dags, links):
        return dags
    leader = {id(dag): id(dag) for dag in dags}

    def first(dag: int) -> int:
        while leader[dag] != dag:
            dag = leader[dag]
        return dag

    for dag in dags:
        for task in links.get(id(dag), ()):
            leader[first(id(dag))] = first(id(task.dag))
    groups: dict[int, list[Dag]] = {}
    for dag in dags:
        groups.setdefault(first(id(dag)), []).append(dag)
    return [group[0] if len(group) == 1 else _together(group, links) for group in groups.values()]


def _makers_for(dag: Dag, makers: dict[str, list[Task]]) -> list[Task]:
    """The tasks of other DAGs whose assets start a DAG; none when something else may start it as well."""
    schedule = dag.kwargs.get("schedule")
    if not (is_asset(schedule) or (isinstance(schedule, list) and schedule and all(map(is_asset, schedule)))):
        return []
    found: dict[int, Task] = {}
    members, any_of = _members(schedule)
    for one in members:
        mine = {id(task): task for name in sorted(_names(one)) for task in makers.get(name, ()) if task.dag is not dag}
        if not mine and any_of:
            return []
        found.update(mine)
    return list(found.values())[:MAX_ASSETS]


def _circular(dags: list[Dag], links: dict[int, list[Task]]) -> bool:
    done: set[int] = set()
    for _ in dags:
        ready = {id(dag) for dag in dags if id(dag) not in done
                 and all(id(task.dag) in done for task in links.get(id(dag), ()))}  # fmt: skip
        if not ready:
            break
        done |= ready
    return len(done) < len(dags)


def _together(group: list[Dag], links: dict[int, list[Task]]) -> Dag:
    """One DAG of several.  What each was told for its own run is told for its tasks."""
    roots = [dag for dag in group if id(dag) not in links]
    first = roots[0]
    made = Dag(first.dag_id, dict(first.kwargs), first.node, first.module, first.span, first.named)
    made.parts, made.members = tuple(roots), tuple(group)
    alone = all(dag.kwargs.get("max_active_runs") == 1 for dag in group)
    left_out = _OF_A_RUN - {"max_active_runs"} if alone else _OF_A_RUN
    made.kwargs = {name: value for name, value in first.kwargs.items() if name not in left_out}
    starts = [(dag, [task for task in dag.tasks if not any(other.dag is dag for other, _ in task.before)])
              for dag in group]  # fmt: skip
    for dag, first_tasks in starts:
        for task in first_tasks if id(dag) in links else ():
            # Without a task before it, each rule lets a task start.
            task.kwargs["trigger_rule"] = "one_success" if _members(dag.kwargs.get("schedule"))[1] else "all_success"
            for maker in links[id(dag)]:
                task.after(maker, task.span)
    taken: set[str] = set()
    for dag in group:
        for task in list(dag.tasks):
            for name, given in _FOR_ITS_TASKS:
                if dag.kwargs.get(given) is not None and given not in made.kwargs:
                    task.kwargs.setdefault(name, dag.kwargs[given])
            task.name = task.name if task.name not in taken else f"{dag.dag_id}.{task.name}"
            taken.add(task.name)
            task.dag = made
            made.tasks.append(task)
    return made
