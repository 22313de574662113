"""A Workflow, WorkflowTemplate, ClusterWorkflowTemplate or CronWorkflow as a pipeline.

Argo documentation, "Core Concepts", "Workflow Templates", "Cron Workflows", "Exit handlers" and
"Lifecycle-Hook"; "Field Reference" for the keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from gradeline.model.expression import Constant, Name
from gradeline.model.pipeline import Exclusive, Pipeline, Scenario, Trigger, Unit
from gradeline.readers.argo import bounds, cron, events, inputs, templates
from gradeline.readers.argo.documents import Document, Library
from gradeline.readers.argo.flow import Around, Flow, Site, Spec, maps, word
from gradeline.readers.argo.keys import CRON, SPEC
from gradeline.readers.argo.lookup import template_named
from gradeline.readers.argo.reading import Exhausted, Read, Reading, is_null, shown
from gradeline.readers.argo.scope import Scope
from gradeline.readers.examples import DEFAULT_BRANCH
from gradeline.records import replace
from gradeline.source import Span
from gradeline.syntax.yaml import Mapping as YamlMapping
from gradeline.syntax.yaml import Scalar, Sequence

IDENTITY: Mapping[tuple[str, ...], Literal["ref", "run", "commit", "pipeline", "os"]] = {
    ("workflow", "uid"): "run",
    ("workflow", "name"): "run",
    ("workflow", "creationTimestamp"): "run",
    ("workflow", "creationTimestamp", "s"): "run",
}


def read_document(document: Document, library: Library, read: Read) -> Pipeline:
    """One document as a pipeline.  Nothing is raised: what is wrong becomes a diagnostic."""
    reading = Reading(document.path, read, library=library)
    reading.diagnostics.extend(library.diagnostics.get(document.path, ()))
    root = document.root
    title = document.name.rstrip("-") or document.path
    pipeline = Pipeline(
        path=document.path,
        title=shown(title, 200),
        platform="argo",
        span=_start(root),
        named=document.named,
        role="orchestration",
        looks_back="needs",
        identity=IDENTITY,
    )
    spec = document.spec
    if spec is None:
        reading.say("error", "no-spec", f"A {document.kind} needs a `spec` with the workflow.", root.span)
        return replace(pipeline, diagnostics=tuple(reading.diagnostics))
    flow = Flow(reading, document, Spec((spec,)))
    ends: list[str] = []
    exclusive: Exclusive | None = None
    starts = cron.Starts()
    try:
        reading.unknown_keys(spec, SPEC, "a workflow")
        starts = _starts(reading, document)
        flow, home = _with_reference(flow, spec)
        exclusive = starts.exclusive or bounds.read_exclusive(reading, Scope(), flow.spec.holder("synchronization"))
        ends = _read_units(flow, home)
        _check_templates(flow)
    except Exhausted:
        reading.say("error", "too-large", "The workflow is too large to be read completely.", root.span)
        reading.hide(root.span, "the workflow is too large to be read completely")
    return replace(
        pipeline,
        triggers=starts.triggers,
        scenarios=_scenarios(document, starts, ends, library),
        units=tuple(flow.units),
        exclusive=exclusive,
        uses=tuple(reading.uses.values()),
        opaque=tuple(reading.opaque.values()),
        diagnostics=tuple(reading.diagnostics),
        decided_by=tuple(ends),
    )


def _start(root: YamlMapping) -> Span:
    """The line that says what the document is."""
    key, value = root.key("kind"), root.get("kind")
    return key.span.to(value.span) if key is not None and value is not None else root.span


# -- starts ----------------------------------------------------------------------------------------


def _starts(reading: Reading, document: Document) -> cron.Starts:
    if document.kind == "CronWorkflow":
        node = document.root.get("spec")
        if isinstance(node, YamlMapping):
            reading.unknown_keys(node, CRON, "the spec of a CronWorkflow")
            return cron.read_starts(reading, document, node)
        return cron.Starts()
    if document.kind == "Sensor":
        return events.read_starts(reading, document)
    return cron.Starts((Trigger("submit", _start(document.root)),))


def _scenarios(document: Document, starts: cron.Starts, ends: list[str], library: Library) -> tuple[Scenario, ...]:
    """One start for each schedule, or a submission by hand; a collection of templates is only used by others."""
    if document.kind in ("CronWorkflow", "Sensor"):
        return starts.scenarios
    trigger = starts.triggers[0] if starts.triggers else Trigger("submit", document.root.span)
    if ends or document.kind == "Workflow":
        return (Scenario("manual", "a submission of the workflow", "manual", trigger, DEFAULT_BRANCH),)
    if (document.kind.startswith("Cluster"), document.name) in library.referenced:
        return (Scenario("called", "a use by another workflow", "called", trigger),)
    return ()


# -- units -----------------------------------------------------------------------------------------


def _with_reference(flow: Flow, spec: YamlMapping) -> tuple[Flow, Document]:
    """The workflow of ``workflowTemplateRef`` behind the document's own fields, and the home of its names."""
    reference = spec.get("workflowTemplateRef")
    if not isinstance(reference, YamlMapping):
        return flow, flow.document
    if not is_null(spec.get("templates")):
        key = spec.key("templates")
        message = "A workflow that refers to a WorkflowTemplate has no `templates` of its own."
        flow.reading.say("error", "two-sources", message, key.span if key is not None else spec.span)
    name = word(reference.get("name"))
    found = flow.reading.library.templates.get((word(reference.get("clusterScope")) == "true", name))
    if found is None or found.spec is None:
        flow.reading.hide(reference.span, f"the workflow template {shown(name)} is not in the submission")
        return flow, flow.document
    return replace(flow, spec=Spec((spec, found.spec))), found


def _read_units(flow: Flow, home: Document) -> list[str]:
    """Add all units; gives the ids of those that decide how the run ends."""
    reading, spec = flow.reading, flow.spec
    arguments = tuple(node for node in spec.all("arguments") if isinstance(node, YamlMapping))
    free = inputs.free_parameters(arguments)
    for name, value in inputs.parameters_of(reading, Scope(), arguments).items():
        place = arguments[0].span if arguments else home.root.span
        typed = Name(("workflow", "parameters", name), place, untrusted=name in free)
        flow.names[f"workflow.parameters.{name}"] = value or typed
    if flow.document.kind == "Workflow" and not flow.document.name.endswith("-"):
        flow.names["workflow.name"] = Constant(flow.document.name, home.root.span)
    if word(spec.get("serviceAccountName")):
        flow.names["workflow.serviceAccountName"] = Constant(word(spec.get("serviceAccountName")), home.root.span)
    entry = spec.get("entrypoint")
    if not isinstance(entry, Scalar) or is_null(entry):
        _no_entry(flow, home)
        return []
    deadline = "activeDeadlineSeconds"
    around = Around(
        timeout=bounds.read_timeout(reading, Scope(flow.names), spec.holder(deadline), deadline),
        retry=bounds.read_retry(reading, Scope(flow.names), spec.holder("retryStrategy")),
    )
    main = _root(flow, home, entry, arguments, around, flow.free_id(entry.value or "main"))
    ends = [templates.use(flow, main).unit]
    handler = spec.get("onExit")
    if isinstance(handler, Scalar) and not is_null(handler):
        ends.append(templates.add_hook(flow, _handler_site(main), ends[0], "exit", None, handler).unit)
    for hooks in spec.all("hooks"):
        for key, hook in hooks.items() if isinstance(hooks, YamlMapping) else ():
            if isinstance(hook, YamlMapping):
                made = templates.add_hook(flow, _handler_site(main), ends[0], key.value, hook, None)
                if key.value == "exit":
                    ends.append(made.unit)
    return ends


def _root(
    flow: Flow, home: Document, entry: Scalar, arguments: tuple[YamlMapping, ...], around: Around, unit: str
) -> Site:
    """The use of the entry point, which gets the arguments of the workflow."""
    key = Scalar("template", entry.span)
    node = YamlMapping(((key, entry),), entry.span, index={"template": 0})
    found = template_named(home, entry.value)
    span = found.span if found is not None else entry.span
    return Site(unit, entry.value or "main", span, node, arguments, Scope(flow.names), home, around)


def _handler_site(main: Site) -> Site:
    """Where the hooks of the whole run stand."""
    return replace(main, scope=replace(main.scope, status=main.id), title="")


def _no_entry(flow: Flow, home: Document) -> None:
    """A workflow needs an entry point; a template may leave it to the workflow that refers to it."""
    document = flow.document
    named = (document.kind.startswith("Cluster"), document.name)
    hidden = home is document and not is_null(flow.spec.get("workflowTemplateRef"))
    if document.kind.endswith("WorkflowTemplate"):
        if named not in flow.reading.library.referenced:
            message = "Without an `entrypoint`, and used by no other workflow here, nothing of this template runs."
            flow.reading.say("warning", "no-entrypoint", message, _start(document.root))
    elif not hidden:
        flow.reading.say("error", "no-entrypoint", "The workflow needs an `entrypoint`.", _start(document.root))
    if hidden:
        flow.units.append(
            Unit(
                id="workflow",
                title="workflow",
                span=document.root.span,
                opaque=flow.reading.hide(document.root.span, "the workflow template is not in the submission"),
            )
        )


def _check_templates(flow: Flow) -> None:
    """Names of the document's own templates: each needs one, and only one may have it."""
    spec = flow.document.spec
    node = spec.get("templates") if spec is not None else None
    if node is not None and not is_null(node) and not isinstance(node, Sequence):
        flow.reading.say("error", "wrong-type", "`templates` needs a list.", node.span)
    seen: set[str] = set()
    for template in maps(node):
        name = word(template.get("name"))
        if not name:
            flow.reading.say("error", "bad-name", "A template needs a `name`.", template.span)
        elif name in seen:
            flow.reading.say("error", "bad-name", f"The template `{shown(name)}` is there twice.", template.span)
        seen.add(name)
