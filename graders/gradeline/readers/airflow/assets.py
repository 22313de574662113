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


def _members(value: Any, depth: int = 0) -> list[Any]:
    """The assets that a schedule or a list of outlets names."""
    if isinstance(value, Produced) and value.outlets:
        return [one for item in value.outlets for one in _members(item, depth + 1)]
    if isinstance(value, Made) and value.last in (*_ALL, *_ANY) and depth < 8:
        return [one for item in value.args for one in _members(item, depth + 1)]
    if isinstance(value, list | tuple) and depth < 8:
        return [one for item in value[:MAX_ASSETS] for one in _members(item, depth + 1)]
    return [value]


def _is_any(value: Any) -> bool:
    """Whether one of several assets is enough somewhere."""
    if isinstance(value, Made) and value.last in _ANY:
        return True
    parts = value.args if isinstance(value, Made) and value.last in _ALL else value
    return isinstance(parts, list | tuple) and any(_is_any(one) for one in parts[:MAX_ASSETS])


def joined(dags: list[Dag]) -> list[Dag]:
    """The DAGs of a repository, those that are started by assets of others together with them."""
    makers = [(_names(one), task) for dag in dags for task in dag.tasks for one in _members(task.kwargs.get("outlets"))]
    if not any(names for names, _ in makers) or len(dags) > MAX_DAGS:
        return dags
    links = {id(dag): found for dag in dags if (found := _makers_for(dag, makers))}
    if not links or _circular(dags, links):
        return dags
    groups: dict[int, list[Dag]] = {}
    leader = {id(dag): id(dag) for dag in dags}
    for dag in dags:
        for task in links.get(id(dag), ()):
            old, new = leader[id(dag)], leader[id(task.dag)]
            leader = {key: new if value == old else value for key, value in leader.items()}
    for dag in dags:
        groups.setdefault(leader[id(dag)], []).append(dag)
    return [group[0] if len(group) == 1 else _together(group, links) for group in groups.values()]


def _makers_for(dag: Dag, makers: list[tuple[frozenset[str], Task]]) -> list[Task]:
    """The tasks of other DAGs whose assets start a DAG; none when something else may start it as well."""
    schedule = dag.kwargs.get("schedule")
    if not (is_asset(schedule) or (isinstance(schedule, list) and schedule and all(map(is_asset, schedule)))):
        return []
    found: list[Task] = []
    for one in _members(schedule):
        mine = [task for names, task in makers if names & _names(one) and task.dag is not dag]
        if not mine and _is_any(schedule):
            return []
        found.extend(mine)
    return list({id(task): task for task in found}.values())


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
    alike = {name for name in first.kwargs if all(dag.kwargs.get(name) == first.kwargs[name] for dag in group)}
    made.kwargs = {name: value for name, value in first.kwargs.items() if name not in _OF_A_RUN or name in alike}
    starts = [(dag, [task for task in dag.tasks if not any(other.dag is dag for other, _ in task.before)])
              for dag in group]  # fmt: skip
    for dag, first_tasks in starts:
        for task in first_tasks if id(dag) in links else ():
            # Without a task before it, each rule lets a task start.
            task.kwargs["trigger_rule"] = "one_success" if _is_any(dag.kwargs.get("schedule")) else "all_success"
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
