"""What a kustomization changes in a resource: names of targets, labels, images (Kustomize documentation)."""

from __future__ import annotations

import posixpath

from gradeline.model.infrastructure import Items, Plain, Table, Value
from gradeline.model.manifest import Manifest, entries, text
from gradeline.readers.references import image_parts
from gradeline.source import Span

MAX_DEPTH = 60


def inside(folder: str, name: str) -> str | None:
    """A path inside the submission; None for one outside of it and for an address."""
    if not name or "://" in name or name.startswith(("/", "git@")) or "?ref=" in name:
        return None
    path = posixpath.normpath(posixpath.join(folder, name))
    if path.startswith("../") or path == "..":
        return None
    return "" if path == "." else path


def placed(value: Value, span: Span, depth: int = 0) -> Value:
    if depth > MAX_DEPTH:
        return Plain(span, None)
    if isinstance(value, Table):
        inside = {key: placed(one, span, depth + 1) for key, one in value.entries.items()}
        return Table(span, inside, value.weight, dict.fromkeys(inside, span))
    if isinstance(value, Items):
        return Items(span, tuple(placed(one, span, depth + 1) for one in value.items), value.weight)
    return Plain(span, value.data) if isinstance(value, Plain) else value


def selected(one: Manifest, target: Value) -> bool:
    """Whether a target means the manifest; its values are regular expressions, of which the usual ones are read."""
    group, _, version = one.api.rpartition("/")
    for key, own in (("kind", one.kind), ("group", group), ("version", version)):
        wanted = text(target, key)
        if wanted and not _fits(wanted, own):
            return False
    wanted = text(target, "name")
    if wanted and not any(_fits(wanted, name) for name in (one.name, *one.names)):
        return False
    for part in text(target, "labelSelector").split(","):
        key, found, value = part.partition("=")
        if found and one.labels.get(key.strip().rstrip("=!")) != value.strip("= "):
            return False
    return True


def _fits(pattern: str, own: str) -> bool:
    """``.*``, ``a|b`` and ``a.*``; anything else is taken as it is written."""
    for part in pattern.strip("^$()").split("|"):
        if part in (own, ".*", "*") or (part.endswith(".*") and own.startswith(part[:-2])):
            return True
    return False


def nameless(body: Table) -> Table:
    meta = body.entries.get("metadata")
    if not isinstance(meta, Table):
        return body
    kept = {key: value for key, value in meta.entries.items() if key not in ("name", "namespace")}
    made = Table(meta.span, kept, meta.weight, meta.places)
    return Table(body.span, {**body.entries, "metadata": made}, body.weight, body.places)


def added(body: Value, path: tuple[str, ...], pairs: dict[str, Value] | object) -> Value:
    """``body`` with entries put into the table at ``path``, which is made when it is missing."""
    table = body if isinstance(body, Table) else Table(body.span, {})
    if not path:
        given = pairs if isinstance(pairs, dict) else {}
        spans = {key: value.span for key, value in given.items()}
        return Table(table.span, {**table.entries, **given}, table.weight, {**table.places, **spans})
    inside = added(table.entries.get(path[0], Table(table.span, {})), path[1:], pairs)
    return Table(table.span, {**table.entries, path[0]: inside}, table.weight, table.places)


def labelled(body: Value, pairs: object, selectors: bool, pods: bool) -> Value:
    body = added(body, ("metadata", "labels"), pairs)
    template = entries(body, "spec", "template")
    if template and pods:
        body = added(body, ("spec", "template", "metadata", "labels"), pairs)
    if selectors and template:
        body = added(body, ("spec", "selector", "matchLabels"), pairs)
    elif selectors and text(body, "kind") == "Service" and entries(body, "spec", "selector"):
        body = added(body, ("spec", "selector"), pairs)
    return body


def reference(item: Value) -> tuple[str, str, str]:
    return text(item, "newName"), text(item, "newTag"), text(item, "digest")


def with_image(body: Table, name: str, new: tuple[str, str, str], span: Span) -> Table:
    """``body`` with every container image of that name changed (Kustomize: ``images`` works on ``containers``)."""

    def walked(value: Value, depth: int) -> Value:
        if depth > MAX_DEPTH:
            return value
        if isinstance(value, Items):
            return Items(value.span, tuple(walked(one, depth + 1) for one in value.items), value.weight)
        if not isinstance(value, Table):
            return value
        made = {key: walked(one, depth + 1) for key, one in value.entries.items()}
        places = dict(value.places)
        for key in ("containers", "initContainers"):
            inner = made.get(key)
            if isinstance(inner, Items):
                made[key] = Items(inner.span, tuple(_container(one, name, new, span) for one in inner.items))
        return Table(value.span, made, value.weight, places)

    found = walked(body, 0)
    return found if isinstance(found, Table) else body


def _container(value: Value, name: str, new: tuple[str, str, str], span: Span) -> Value:
    written = text(value, "image")
    if not isinstance(value, Table) or not written:
        return value
    old, version, _ = image_parts(written)
    if old != name:
        return value
    new_name, tag, digest = new
    version = f"{tag}@{digest}" if tag and digest else digest or tag or version
    mark = "@" if version.startswith("sha") and digest and not tag else ":"
    if not (tag or digest) and version.startswith("sha256:"):
        mark = "@"
    reference = f"{new_name or old}{mark}{version}" if version else (new_name or old)
    return Table(value.span, {**value.entries, "image": Plain(span, reference)}, value.weight,
                 {**value.places, "image": span})  # fmt: skip
