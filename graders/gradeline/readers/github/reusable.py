"""Workflows that jobs call: those of the repository are read into the caller, others stay closed.

GitHub Docs, "Reuse workflows" and "Reusing workflow configurations": ten levels at most, permissions can
only be lowered, ``env`` of the caller is not handed on, secrets only by name or with ``inherit``.
"""

from __future__ import annotations

from collections.abc import Mapping

from gradeline.model.expression import Constant, Expression
from gradeline.model.pipeline import Edge, Unit, Use
from gradeline.model.text import Text
from gradeline.readers.github import expressions, matrix, triggers
from gradeline.readers.github.caches import read_access
from gradeline.readers.github.composite import folder_of
from gradeline.readers.github.jobs import (
    CALL_KEYS,
    Job,
    Shared,
    job_scope,
    list_jobs,
    needs_of,
    read_exclusive,
    read_head,
    read_job,
    read_outputs,
    read_shared,
)
from gradeline.readers.github.permissions import capped
from gradeline.readers.github.reading import Reading, is_null, shown
from gradeline.readers.github.scope import Input, Scope
from gradeline.readers.github.steps import read_inputs
from gradeline.readers.github.uses import action_use
from gradeline.readers.texts import plain
from gradeline.readers.uses import comment_of
from gradeline.records import record, replace
from gradeline.source import Span
from gradeline.syntax.yaml import Mapping as YamlMapping
from gradeline.syntax.yaml import Scalar, scalar_value

MAX_LEVELS = 10


@record
class Caller:
    """The calls around a workflow, outermost first: the files and the places of the calls."""

    paths: tuple[str, ...]
    via: tuple[Span, ...] = ()
    entry: Unit | None = None  # the entry of the innermost call

    @property
    def prefix(self) -> str:
        return self.entry.id.removesuffix(START) if self.entry is not None else ""


START = "(start)"


def read_jobs(
    reading: Reading, scope: Scope, root: YamlMapping, shared: Shared, caller: Caller, units: list[Unit]
) -> list[Job]:
    """Add the units of a workflow to ``units``, with those of the workflows it calls in place of the calls."""
    jobs = list_jobs(reading, root.get("jobs"), caller.prefix, root)
    edges = needs_of(reading, jobs)
    for job in jobs:
        inner = job_scope(scope, jobs, edges[job.id])
        if job.node.key("uses") is not None:
            units.extend(_call(reading, inner, job, edges[job.id], shared, caller))
        else:
            units.append(_inside(reading, read_job(reading, inner, job, edges[job.id], shared), caller))
    return jobs


def _inside(reading: Reading, unit: Unit, caller: Caller) -> Unit:
    """A unit as part of the call it stands in."""
    if caller.entry is None:
        return unit
    title = f"{caller.entry.title} / {unit.title.removeprefix(caller.prefix)}"
    return replace(
        unit,
        title=title,
        inside=caller.entry.id,
        via=caller.via,
        permissions=capped(reading, unit.permissions, caller.entry.permissions, caller.via[-1]),
        matrix=matrix.combined(caller.entry.matrix, unit.matrix),
    )


def _call(
    reading: Reading, scope: Scope, job: Job, edges: tuple[Edge, ...], shared: Shared, caller: Caller
) -> list[Unit]:
    reading.spend_unit()
    reading.unknown_keys(job.node, CALL_KEYS, "a job that calls a workflow")
    head = _inside(reading, read_head(reading, scope, job, edges, shared), caller)
    node = job.node.get("uses")
    value = plain(node)
    if value is None or not isinstance(node, Scalar) or not value.raw.strip():
        reading.say("error", "bad-use", "`uses` needs the path of a workflow.", job.key.span)
        return [replace(head, opaque=reading.hide(job.key.span, "the called workflow is not named"))]
    value = expressions.lowered(reading, scope, value, "job")
    use = action_use(reading, value, comment_of(node), "workflow")
    inherits = _inherits(job)
    head = replace(head, use=use, passes_all_secrets=inherits)
    if use.kind != "local":
        return [replace(head, opaque=reading.hide(use.span, f"the workflow `{shown(use.name)}` is not here"))]
    path = folder_of(use.name)
    problem = _problem(reading, path, caller, use)
    root = reading.document(path) if path is not None and not problem else None
    if root is None or path is None:
        return [replace(head, opaque=reading.hide(use.span, problem or "the called workflow is not in the submission"))]
    starts = triggers.read_triggers(reading, root)
    if not starts.callable:
        reading.say("error", "not-callable", f"`{shown(path)}` has no `workflow_call`.", use.span)
        return [replace(head, opaque=reading.hide(use.span, "the workflow cannot be called"))]
    return _inlined(reading, scope, job, head, root, starts, path, caller, shared)


def _problem(reading: Reading, path: str | None, caller: Caller, use: Use) -> str:
    """Why a local workflow cannot be followed; empty when it can."""
    if path is None or reading.document(path) is None:
        reading.say("error", "missing-workflow", f"There is no workflow `{shown(use.name)}`.", use.span)
        return "the called workflow is not in the submission"
    if path in caller.paths:
        reading.say("error", "call-circle", "Workflows call each other in a circle.", use.span)
        return "the workflows call each other"
    if len(caller.paths) >= MAX_LEVELS:
        reading.say("error", "too-many-levels", f"More than {MAX_LEVELS} levels of workflows.", use.span)
        return "too many levels of workflows"
    return ""


def _inherits(job: Job) -> Span | None:
    value = plain(job.node.get("secrets"))
    key = job.node.key("secrets")
    return key.span.to(value.span) if key is not None and value is not None and value.raw == "inherit" else None


def _inlined(
    reading: Reading,
    scope: Scope,
    job: Job,
    head: Unit,
    root: YamlMapping,
    starts: triggers.Starts,
    path: str,
    caller: Caller,
    caller_shared: Shared,
) -> list[Unit]:
    call = head.use.span if head.use is not None else head.span
    entry = replace(head, id=f"{head.id} / {START}", kind="entry", use=None)
    inner_scope = Scope(
        inputs=_inputs(reading, scope, job, starts, call),
        secrets=_secrets(reading, scope, job, starts, call),
    )
    called = Caller((*caller.paths, path), (*caller.via, call), entry)
    granted = read_access(reading, job.node, caller_shared.cache, caller_shared.cache_limit)
    shared = read_shared(reading, inner_scope, root, granted, granted)
    whole = read_exclusive(reading, inner_scope, root, "workflow")
    if entry.exclusive is None and whole is not None:
        entry = replace(entry, exclusive=whole)
    units: list[Unit] = []
    jobs = read_jobs(reading, inner_scope, root, shared, called, units)
    known = {item.name.lower(): item.id for item in jobs}
    outputs: Mapping[str, Expression] = {}
    if starts.call is not None:
        outer = replace(inner_scope, jobs=known)
        outputs = read_outputs(reading, outer, starts.call.get("outputs"), "call-outputs")
    ends = (entry.id, *(item.id for item in jobs))
    finish = Unit(
        id=head.id,
        title=head.title,
        span=head.span,
        kind="exit",
        named=head.named,
        inside=head.inside,
        needs=tuple(Edge(name, call, "done") for name in ends),
        implicit_success=False,
        permissions=head.permissions,
        outputs=outputs,
        via=head.via,
    )
    return [entry, *units, finish]


def _inputs(
    reading: Reading, scope: Scope, job: Job, starts: triggers.Starts, call: Span
) -> Mapping[str, Input]:
    """The inputs of a called workflow: given, default, or the empty value of the type."""
    written = read_inputs(reading, scope, job.node.get("with"), "call-with")
    given = {name.lower(): text for name, text in written.items()}
    for name, text in given.items():
        if name not in starts.call_inputs:
            message = f"The called workflow has no input `{shown(name)}`."
            reading.say("error", "unknown-input", message, text.span)
    bound: dict[str, Input] = {}
    for name, declaration in starts.call_inputs.items():
        value: Expression | None = None
        if name in given:
            value = given[name].template()
        elif declaration.default is not None:
            default = expressions.lowered(reading, Scope(), declaration.default, "call-default")
            value = default.template()
        elif declaration.required:
            message = f"The called workflow needs the input `{shown(declaration.name)}`."
            reading.say("error", "missing-input", message, call)
        if value is None:
            value = triggers.empty_value(declaration.kind, call)
        bound[name] = Input(triggers.typed(value, declaration.kind))
    return bound


def _secrets(
    reading: Reading, scope: Scope, job: Job, starts: triggers.Starts, call: Span
) -> Mapping[str, Expression] | None:
    """The secrets a called workflow sees; None when it inherits those of its caller."""
    if _inherits(job) is not None:
        return scope.secrets
    node = job.node.get("secrets")
    mapping = reading.mapping(node, "`secrets`") if not is_null(node) else None
    declared = reading.mapping(starts.call.get("secrets"), "`secrets`") if starts.call is not None else None
    names = {key.value.lower() for key, _ in declared.items()} if declared is not None else set()
    bound: dict[str, Expression] = {}
    for key, item in mapping.items() if mapping is not None else ():
        text: Text | None = expressions.text(reading, scope, item, "call-secrets", "A secret")
        if key.value.lower() not in names:
            message = f"The called workflow has no secret `{shown(key.value)}`."
            reading.say("error", "unknown-secret", message, key.span)
        if text is not None:
            bound[key.value.lower()] = text.template() if text.holes else Constant(text.raw, text.span)
    for key, item in declared.items() if declared is not None else ():
        required = isinstance(item, YamlMapping) and scalar_value(item.get("required")) is True
        if required and key.value.lower() not in bound:
            message = f"The called workflow needs the secret `{shown(key.value)}`."
            reading.say("error", "missing-secret", message, call)
    return bound
