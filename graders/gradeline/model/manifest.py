"""Manifests of a cluster: resources with their values, and what is applied together.

Values are those of ``model/infrastructure.py``: plain, lists and tables, each with its place.  A value that a patch
sets has the place of the patch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gradeline.model.infrastructure import Items, Plain, Table, Value
from gradeline.model.pipeline import Opaque
from gradeline.model.release import Release, Template
from gradeline.model.workload import Workload
from gradeline.records import field, record
from gradeline.source import Diagnostic, Span

EMPTY = Table(Span("", 1), {})


def at(value: Value | None, *path: str | int) -> Value | None:
    """What stands at a path inside a value; None when nothing does."""
    for step in path:
        if isinstance(value, Table) and isinstance(step, str):
            value = value.entries.get(step)
        elif isinstance(value, Items) and isinstance(step, int) and -len(value.items) <= step < len(value.items):
            value = value.items[step]
        else:
            return None
    return value


def text(value: Value | None, *path: str | int) -> str:
    """A scalar as text, as the platform would take it; empty for nothing, a list or a table."""
    found = at(value, *path)
    if not isinstance(found, Plain) or found.data is None:
        return ""
    if isinstance(found.data, bool):
        return str(found.data).lower()
    if isinstance(found.data, float) and found.data.is_integer():
        return str(int(found.data))
    return str(found.data)


def whole(value: Value | None, *path: str | int) -> int | None:
    """A scalar as a whole number; None when it is none."""
    found = text(value, *path)
    digits = found.removeprefix("-")
    return int(found) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None


def truth(value: Value | None, *path: str | int) -> bool | None:
    found = at(value, *path)
    return found.data if isinstance(found, Plain) and isinstance(found.data, bool) else None


def listed(value: Value | None, *path: str | int) -> tuple[Value, ...]:
    found = at(value, *path)
    return found.items if isinstance(found, Items) else ()


def entries(value: Value | None, *path: str | int) -> Mapping[str, Value]:
    found = at(value, *path)
    return found.entries if isinstance(found, Table) else {}


def place(value: Value | None, *path: str | int) -> Span | None:
    """Where the last part of a path is set: the line of its key."""
    if not path:
        return value.span if value is not None else None
    owner = at(value, *path[:-1])
    last = path[-1]
    if isinstance(owner, Table) and isinstance(last, str) and last in owner.entries:
        return owner.places.get(last, owner.entries[last].span)
    found = at(value, *path)
    return found.span if found is not None else None


@record
class Manifest:
    """One resource.  ``names`` are all names it had: tools that build manifests may add a prefix or a suffix."""

    span: Span
    api: str
    kind: str
    name: str
    namespace: str
    body: Table
    names: tuple[str, ...] = ()

    @property
    def labels(self) -> dict[str, str]:
        return {key: text(value) for key, value in entries(self.body, "metadata", "labels").items()}

    @property
    def annotations(self) -> dict[str, str]:
        return {key: text(value) for key, value in entries(self.body, "metadata", "annotations").items()}

    def called(self, name: str) -> bool:
        return name == self.name or name in self.names

    @property
    def head(self) -> Span:
        """The line of its name."""
        return place(self.body, "metadata", "name") or place(self.body, "kind") or self.span


@record
class Route:
    """A router of traffic: ``hosts`` are the services it sends requests to, each with its place; ``subsets`` the
    named parts of a host it uses (host, part)."""

    manifest: Manifest
    hosts: tuple[tuple[str, Span], ...] = ()
    subsets: tuple[tuple[str, str, Span], ...] = ()


@record
class Bundle:
    """What is applied together.  ``path`` is the file that puts it together, or the first of plain files.

    ``parts`` are all files it is made of; ``built``: a tool builds it from others (an overlay).
    """

    path: str
    span: Span
    manifests: tuple[Manifest, ...] = ()
    built: bool = False
    namespace: str = ""
    parts: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()  # what an overlay changes: namespace, images, replicas, patch, config
    opaque: tuple[Opaque, ...] = ()
    workloads: tuple[Workload, ...] = ()
    releases: tuple[Release, ...] = ()
    templates: tuple[Template, ...] = ()
    routes: tuple[Route, ...] = ()

    def find(self, kind: str, name: str) -> Manifest | None:
        return next((one for one in self.manifests if one.kind == kind and one.called(name)), None)

    def of(self, *kinds: str) -> Iterator[Manifest]:
        return (one for one in self.manifests if one.kind in kinds)


@record
class Manifests:
    """Everything in the repository that is meant for a cluster: overlays first, then plain files."""

    bundles: tuple[Bundle, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = field(default_factory=tuple)
