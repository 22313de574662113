"""Jobs as units, with everything a workflow says for all of them already applied.

GitHub Docs, "Workflow syntax", jobs and defaults.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gradeline.model.expression import Expression
from gradeline.model.pipeline import Edge, Environment, Exclusive, Permissions, Unit, Variable
from gradeline.model.text import Text
from gradeline.readers.github import expressions, matrix, runners, shells
from gradeline.readers.github.caches import FULL_ACCESS, CacheAccess, read_access
from gradeline.readers.github.permissions import read_permissions
from gradeline.readers.github.reading import Reading, is_null, shown
from gradeline.readers.github.scope import Scope
from gradeline.readers.github.steps import Surroundings, read_env, read_steps, read_timeout
from gradeline.readers.texts import plain
from gradeline.records import record, replace
from gradeline.syntax.yaml import Mapping as YamlMapping
from gradeline.syntax.yaml import Resolved, Scalar, Sequence

JOB_KEYS = frozenset(
    {
        "name", "needs", "if", "runs-on", "environment", "concurrency", "outputs", "env", "defaults", "steps",
        "timeout-minutes", "cancel-timeout-minutes", "strategy", "continue-on-error", "container", "services",
        "permissions", "snapshot", "cache-mode",
    }
)  # fmt: skip
CALL_KEYS = frozenset(
    {"name", "uses", "with", "secrets", "strategy", "needs", "if", "concurrency", "permissions", "cache-mode"}
)
_UNDECLARED = Permissions(False)
_HIDES_JOBS = frozenset({"yaml-syntax", "too-deep"})  # errors that can hide jobs which are there
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@record
class Shared:
    """What the workflow says for all of its jobs."""

    env: tuple[Variable, ...] = ()
    permissions: Permissions = _UNDECLARED
    shell: Text | None = None
    directory: Text | None = None
    cache: CacheAccess = FULL_ACCESS
    cache_limit: CacheAccess = FULL_ACCESS  # what the caller grants


@record
class Job:
    """One entry of ``jobs``: its name in the file, its id in the model and where it stands."""

    name: str
    id: str
    key: Scalar
    node: YamlMapping


def read_shared(
    reading: Reading, scope: Scope, root: YamlMapping, cache: CacheAccess, limit: CacheAccess = FULL_ACCESS
) -> Shared:
    """``cache`` is the access to the cache without ``cache-mode``, ``limit`` what the caller grants."""
    shell, directory = read_defaults(reading, scope, root.get("defaults"), "fixed")
    return Shared(
        read_env(reading, scope, root.get("env"), "workflow-env", "pipeline"),
        read_permissions(reading, root.key("permissions"), root.get("permissions")),
        shell,
        directory,
        read_access(reading, root, cache, limit),
        limit,
    )


def read_defaults(
    reading: Reading, scope: Scope, node: Resolved | None, where: str
) -> tuple[Text | None, Text | None]:
    """Shell and folder of ``defaults.run``."""
    mapping = reading.mapping(node, "`defaults`")
    run = reading.mapping(mapping.get("run"), "`defaults.run`") if mapping is not None else None
    if run is None:
        return None, None
    return (
        expressions.optional(reading, scope, run.get("shell"), where),
        expressions.optional(reading, scope, run.get("working-directory"), where),
    )


def list_jobs(reading: Reading, node: Resolved | None, prefix: str, at: YamlMapping) -> list[Job]:
    """The jobs of a workflow in file order; ids of called workflows start with the calling job."""
    mapping = reading.mapping(node, "`jobs`")
    if mapping is None or not mapping.entries:
        key = at.key("jobs")
        if not any(one.code in _HIDES_JOBS for one in reading.diagnostics):  # else that is what to repair
            reading.say("error", "no-jobs", "The workflow has no jobs.", key.span if key is not None else at.span)
        return []
    found: list[Job] = []
    for key, item in mapping.items():
        body = reading.mapping(item, f"The job `{shown(key.value)}`")
        if body is None:
            reading.say("error", "empty-job", f"The job `{shown(key.value)}` is empty.", key.span)
            continue
        if not _ID.fullmatch(key.value):
            message = f"`{shown(key.value)}` is no job id; it takes letters, digits, `-` and `_`."
            reading.say("error", "bad-id", message, key.span)
        found.append(Job(key.value, f"{prefix}{key.value}", key, body))
    return found


def needs_of(reading: Reading, jobs: list[Job]) -> Mapping[str, tuple[Edge, ...]]:
    """The edges of every job by its id.  Unknown jobs and circles are reported and left out."""
    ids = {job.name.lower(): job.id for job in jobs}
    edges: dict[str, list[Edge]] = {}
    for job in jobs:
        found: dict[str, Edge] = {}
        node = job.node.get("needs")
        for item in node.values() if isinstance(node, Sequence) else (node,):
            name = plain(item)
            if item is None or is_null(item):
                continue
            if name is None:
                reading.say("error", "wrong-type", "`needs` takes the ids of jobs.", item.span)
            elif name.raw.lower() not in ids:
                message = f"`needs` names the job `{shown(name.raw)}`, which does not exist."
                reading.say("error", "unknown-need", message, name.span)
            else:
                found.setdefault(ids[name.raw.lower()], Edge(ids[name.raw.lower()], name.span))
        edges[job.id] = list(found.values())
    _without_circles(reading, edges)
    return {name: tuple(found) for name, found in edges.items()}


def _without_circles(reading: Reading, edges: dict[str, list[Edge]]) -> None:
    """Remove each edge that leads back to a job it comes from (depth first, in file order)."""
    done: set[str] = set()
    for start in edges:
        trail: list[tuple[str, int]] = [(start, 0)]
        on_trail = {start}
        while trail:
            name, position = trail.pop()
            if name in done or position >= len(edges[name]):
                done.add(name)
                on_trail.discard(name)
                continue
            edge = edges[name][position]
            if edge.unit in on_trail:
                reading.say("error", "needs-circle", "Jobs wait for each other in a circle.", edge.span)
                del edges[name][position]
                trail.append((name, position))
                continue
            trail.append((name, position + 1))
            if edge.unit not in done:
                trail.append((edge.unit, 0))
                on_trail.add(edge.unit)


def job_scope(scope: Scope, jobs: list[Job], edges: tuple[Edge, ...]) -> Scope:
    """The scope of one job: only the jobs it waits for are visible in ``needs``."""
    waited = {edge.unit for edge in edges}
    return replace(scope, needs={job.name.lower(): job.id for job in jobs if job.id in waited})


def read_head(reading: Reading, scope: Scope, job: Job, edges: tuple[Edge, ...], shared: Shared) -> Unit:
    """What is common to ordinary jobs and jobs that call a workflow."""
    when = expressions.condition(reading, scope, job.node.get("if"), "job-if")
    name = expressions.optional(reading, scope, job.node.get("name"), "job", "`name`")
    own = read_permissions(reading, job.node.key("permissions"), job.node.get("permissions"))
    strategy = reading.mapping(job.node.get("strategy"), "`strategy`")
    return Unit(
        id=job.id,
        title=shown(name.raw, 200) if name is not None and name.raw.strip() else job.id,
        span=job.key.span.to(job.node.span),
        named=name is not None and bool(name.raw.strip()),
        needs=edges,
        condition=when.expression,
        condition_span=when.span,
        implicit_success=when.implicit_success,
        matrix=matrix.read_matrix(reading, scope, strategy),
        permissions=own if own.declared else shared.permissions,
        exclusive=read_exclusive(reading, scope, job.node, "job"),
    )


def read_job(reading: Reading, scope: Scope, job: Job, edges: tuple[Edge, ...], shared: Shared) -> Unit:
    """A job with steps of its own.  ``scope`` is that of ``job_scope``."""
    reading.spend_unit()
    node = job.node
    reading.unknown_keys(node, JOB_KEYS, "a job")
    unit = read_head(reading, scope, job, edges, shared)
    runner = runners.read_runner(reading, scope, node.get("runs-on"), unit.matrix)
    if not runner.labels:
        reading.say("error", "no-runner", f"The job `{shown(job.name)}` does not say `runs-on`.", job.key.span)
    companions = runners.read_services(reading, scope, node.get("services"))
    image, container_env = runners.read_container(reading, scope, node.get("container"))
    own_env = read_env(reading, scope, node.get("env"), "job-env", "unit")
    inner = scope.with_env((item.name, item.value) for item in shared.env)
    inner = inner.with_env((item.name, item.value) for item in own_env)
    shell, directory = read_defaults(reading, inner, node.get("defaults"), "job-defaults")
    around = Surroundings(
        default_shell=shells.default(runner.windows, image is not None),
        shell=shell if shell is not None else shared.shell,
        directory=directory if directory is not None else shared.directory,
        self_hosted=runner.self_hosted,
        cache=read_access(reading, node, shared.cache, shared.cache_limit),
    )
    steps = read_steps(reading, inner, node.get("steps"), around)
    if not steps:
        reading.say("error", "no-steps", f"The job `{shown(job.name)}` has no steps.", job.key.span)
    tolerate = expressions.tolerance(reading, scope, node.get("continue-on-error"), "job")
    tolerate_key, tolerate_node = node.key("continue-on-error"), node.get("continue-on-error")
    known = {step.id.lower(): step.id for step in steps}
    return replace(
        unit,
        tolerate=tolerate,
        tolerate_span=(
            tolerate_key.span.to(tolerate_node.span)
            if tolerate is not None and tolerate_key is not None and tolerate_node is not None
            else None
        ),
        runs_on=runner.labels,
        self_hosted=runner.self_hosted,
        image=image,
        image_text=runners.image_text(reading, scope, node.get("container")) if image is not None else None,
        services=tuple(one.use for one in companions),
        companions=companions,
        confinement=runners.read_confinement(node.get("container")),
        resources=runners.read_resources(reading, scope, node.get("container"), runner),
        environment=read_environment(reading, scope, node),
        timeout=read_timeout(reading, scope, node, "job"),
        env=(*shared.env, *container_env, *own_env),
        steps=steps,
        outputs=read_outputs(reading, replace(inner, steps=known), node.get("outputs"), "job-outputs"),
    )


def read_outputs(reading: Reading, scope: Scope, node: Resolved | None, where: str) -> Mapping[str, Expression]:
    """``outputs``; those of a called workflow are mappings with a ``value``."""
    mapping = reading.mapping(node, "`outputs`")
    found: dict[str, Expression] = {}
    for name, item in mapping.items() if mapping is not None else ():
        value = item.get("value") if isinstance(item, YamlMapping) else item
        text = expressions.optional(reading, scope, value, where, "An output")
        if text is not None:
            found[name.value] = text.template()
    return found


def read_environment(reading: Reading, scope: Scope, node: YamlMapping) -> Environment | None:
    """``environment``: a name, or a mapping with ``name`` and ``url``; an empty name means none."""
    key, value = node.key("environment"), node.get("environment")
    if key is None or value is None or is_null(value):
        return None
    url = None
    if isinstance(value, YamlMapping):
        reading.unknown_keys(value, frozenset({"name", "url", "deployment"}), "`environment`")
        # The address may come from a step (GitHub Docs, "Workflow syntax", jobs.<job_id>.environment.url).
        url = expressions.optional(reading, scope, value.get("url"), "step", "`url`")
        value = value.get("name")
    name = expressions.optional(reading, scope, value, "job", "`environment`")
    return Environment(name, key.span.to(name.span), url) if name is not None and name.raw.strip() else None


def read_exclusive(reading: Reading, scope: Scope, node: YamlMapping, level: str) -> Exclusive | None:
    """``concurrency``: a group, or a mapping with ``group``, ``cancel-in-progress`` and ``queue``."""
    where = "concurrency" if level == "workflow" else "job"
    key, value = node.key("concurrency"), node.get("concurrency")
    if key is None or value is None or is_null(value):
        return None
    span = key.span.to(value.span)
    if not isinstance(value, YamlMapping):
        group = expressions.text(reading, scope, value, where, "`concurrency`")
        return Exclusive(group, None, span) if group is not None else None
    reading.unknown_keys(value, frozenset({"group", "cancel-in-progress", "queue"}), "`concurrency`")
    group = expressions.optional(reading, scope, value.get("group"), where, "`group`")
    if group is None:
        reading.say("error", "no-group", "`concurrency` needs a `group`.", key.span)
        return None
    cancel = expressions.boolean(reading, scope, value.get("cancel-in-progress"), where, "`cancel-in-progress`")
    return Exclusive(group, cancel, span)
