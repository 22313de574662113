"""The Argo documents of a submission: which YAML files hold one, and how they refer to each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from gradeline.records import field, record, replace
from gradeline.source import Diagnostic, SourceFile, Span
from gradeline.syntax.yaml import Mapping, Resolved, Scalar, Sequence, parse, resolve

API = "argoproj.io/v1alpha1"
KINDS = ("Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow", "Sensor")
_SUBMITS = ("argoWorkflow", "k8s")
MAX_FILES = 300
MAX_DOCUMENTS = 400
_MAY_BE = re.compile(
    r"""^[ \t]*["']?kind["']?[ \t]*:[ \t]*["']?(?:(?:Cluster|Cron)?Workflow(?:Template)?|EventSource)\b""", re.MULTILINE
)

_SURELY = re.compile(
    r"""^kind[ \t]*:[ \t]*["']?(?:Cluster|Cron)?Workflow(?:Template)?["']?[ \t]*(?:#.*)?$""", re.MULTILINE
)


@record
class Document:
    """One Argo document: its place, kind and name.  ``inner`` is the workflow that a Sensor submits."""

    path: str
    kind: str
    name: str
    root: Mapping
    named: bool = False
    inner: Mapping | None = None

    @property
    def spec(self) -> Mapping | None:
        """The workflow inside: ``spec``, ``spec.workflowSpec`` of a CronWorkflow, or that of what a Sensor submits."""
        spec = (self.inner or self.root).get("spec")
        if self.kind == "CronWorkflow" and isinstance(spec, Mapping):
            spec = spec.get("workflowSpec")
        return spec if isinstance(spec, Mapping) else None


@record
class Broken:
    """A file that holds an Argo document by its words and cannot be read as YAML."""

    path: str


@record(frozen=False)
class Library:
    """``templates`` maps (is for the whole cluster, name) to a WorkflowTemplate; ``semaphores`` (config map,
    key) to how many may hold it; ``referenced`` holds the names of templates that others use; ``sources`` maps
    (event source, event) to its kind and settings."""

    documents: list[Document] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    diagnostics: dict[str, tuple[Diagnostic, ...]] = field(default_factory=dict)
    templates: dict[tuple[bool, str], Document] = field(default_factory=dict)
    semaphores: dict[tuple[str, str], str] = field(default_factory=dict)
    referenced: set[tuple[bool, str]] = field(default_factory=set)
    sources: dict[tuple[str, str], tuple[str, Mapping]] = field(default_factory=dict)


def text_of(node: Resolved | None) -> str:
    return node.value if isinstance(node, Scalar) else ""


def may_hold(source: SourceFile) -> bool:
    """Whether a file is worth parsing; only the parsed document decides."""
    return "argoproj.io/" in source.text and _MAY_BE.search(source.text) is not None


def read_library(paths: Iterable[str], read: Callable[[str], SourceFile | None]) -> Library:
    """Every Argo document in the files, in the order of ``paths``."""
    library = Library()
    opened = 0
    config_maps: list[SourceFile] = []
    for path in paths:
        source = read(path)
        if source is None:
            continue
        if not may_hold(source):
            if "ConfigMap" in source.text and len(config_maps) < MAX_FILES:
                config_maps.append(source)
            continue
        opened += 1
        if opened > MAX_FILES or len(library.documents) >= MAX_DOCUMENTS:
            break
        _open(library, source)
    if library.documents:
        for source in config_maps:
            for node in parse(source).documents:
                _semaphore(library, resolve(node))
    return library


def _open(library: Library, source: SourceFile) -> None:
    parsed = parse(source)
    found = 0
    for node in parsed.documents:
        for root in _roots(resolve(node)):
            kind = text_of(root.get("kind"))
            if kind == "ConfigMap":
                _semaphore(library, root)
            if kind == "EventSource":
                _events(library, root)
            if kind not in KINDS or text_of(root.get("apiVersion")) != API:
                continue
            found += 1
            if len(library.documents) >= MAX_DOCUMENTS:
                break
            metadata = root.get("metadata")
            name = generated = ""
            if isinstance(metadata, Mapping):
                name, generated = text_of(metadata.get("name")), text_of(metadata.get("generateName"))
            document = Document(source.path, kind, name or generated, root, bool(name or generated))
            if kind == "Sensor":
                inner = tuple(submitted(root))
                library.documents.extend(replace(document, inner=workflow) for workflow in inner)
            else:
                library.documents.append(document)
            if kind.endswith("WorkflowTemplate"):
                library.templates.setdefault((kind.startswith("Cluster"), document.name), document)
            library.referenced.update(_references(root))
    problems = tuple(item for item in parsed.diagnostics if found or item.severity == "error")
    if found:
        library.diagnostics[source.path] = problems
    elif problems and API in source.text and _SURELY.search(source.text) is not None:
        library.diagnostics[source.path] = problems
        library.broken.append(Broken(source.path))


def _roots(node: Resolved | None) -> Iterator[Mapping]:
    """A document, or the items of a Kubernetes ``List``."""
    if not isinstance(node, Mapping):
        return
    items = node.get("items")
    if text_of(node.get("kind")).endswith("List") and isinstance(items, Sequence):
        for item in items.values():
            if isinstance(item, Mapping):
                yield item
        return
    yield node


def _references(root: Mapping) -> Iterator[tuple[bool, str]]:
    """The templates a document refers to, wherever in it."""
    todo: list[tuple[Resolved, int]] = [(root, 0)]
    while todo:
        node, depth = todo.pop()
        if isinstance(node, Mapping):
            for key, value in node.items():
                if key.value in ("templateRef", "workflowTemplateRef") and isinstance(value, Mapping):
                    yield text_of(value.get("clusterScope")) == "true", text_of(value.get("name"))
                elif depth < 12 and not isinstance(value, Scalar):
                    todo.append((value, depth + 1))
        elif isinstance(node, Sequence) and depth < 12:
            todo.extend((item, depth + 1) for item in node.values() if not isinstance(item, Scalar))


def submitted(root: Mapping) -> Iterator[Mapping]:
    """The workflows that a Sensor submits, as it holds them."""
    spec = root.get("spec")
    for trigger in _maps(spec.get("triggers")) if isinstance(spec, Mapping) else ():
        template = trigger.get("template")
        for key in _SUBMITS if isinstance(template, Mapping) else ():
            action = template.get(key) if isinstance(template, Mapping) else None
            source = action.get("source") if isinstance(action, Mapping) else None
            resource = source.get("resource") if isinstance(source, Mapping) else None
            if isinstance(resource, Mapping) and text_of(resource.get("kind")) == "Workflow":
                yield resource


def sources_of(root: Mapping) -> Iterator[tuple[str, str, Mapping]]:
    """(event, kind, settings) of each event of an EventSource: ``calendar``, ``webhook``, ``minio``, ..."""
    spec = root.get("spec")
    for kind, events in spec.items() if isinstance(spec, Mapping) else ():
        for name, settings in events.items() if isinstance(events, Mapping) else ():
            if isinstance(settings, Mapping):
                yield name.value, kind.value, settings


def _maps(node: Resolved | None) -> Iterator[Mapping]:
    for item in node.values() if isinstance(node, Sequence) else ():
        if isinstance(item, Mapping):
            yield item


def _events(library: Library, root: Mapping) -> None:
    metadata = root.get("metadata")
    source = text_of(metadata.get("name")) if isinstance(metadata, Mapping) else ""
    for event, kind, settings in sources_of(root):
        if len(library.sources) < 1_000:
            library.sources[source, event] = (kind, settings)


def _semaphore(library: Library, root: Resolved | None) -> None:
    """The entries of a config map that are numbers: limits of semaphores may be among them."""
    if not isinstance(root, Mapping) or text_of(root.get("kind")) != "ConfigMap":
        return
    metadata, data = root.get("metadata"), root.get("data")
    if isinstance(metadata, Mapping) and isinstance(data, Mapping):
        for key, value in data.items():
            if isinstance(value, Scalar) and value.value.strip().isdecimal() and len(library.semaphores) < 1_000:
                library.semaphores[text_of(metadata.get("name")), key.value] = value.value.strip()


def span_of(document: Document) -> Span:
    return document.root.span
