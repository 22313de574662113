"""The variables of a container, wherever their values come from.

Kubernetes documentation, "ConfigMaps" and the API reference of Container: ``env`` goes before ``envFrom``, a later
source of ``envFrom`` before an earlier one; ``fieldRef`` names a part of the pod.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from gradeline.model.infrastructure import Table, Value
from gradeline.model.manifest import Manifest, at, entries, listed, place, text
from gradeline.source import Span

_FIELD = re.compile(r"metadata\.(labels|annotations)\['([^']{1,253})'\]")


def variables(
    container: Table, template: Value | None, manifests: Sequence[Manifest], namespace: str
) -> tuple[dict[str, str | None], dict[str, Span], Span | None]:
    """Each variable with its value (None when it is not here) and its place; and a source of more variables that is
    not here."""
    values: dict[str, str | None] = {}
    spans: dict[str, Span] = {}
    elsewhere: Span | None = None
    for source in listed(container, "envFrom"):
        name = text(source, "configMapRef", "name")
        settings = _settings(manifests, name, namespace) if name else None
        if settings is None:
            elsewhere = elsewhere or source.span
            continue
        prefix = text(source, "prefix")
        for key in entries(settings.body, "data"):
            values[f"{prefix}{key}"] = text(settings.body, "data", key)
            spans[f"{prefix}{key}"] = place(settings.body, "data", key) or settings.head
    for one in listed(container, "env"):
        name = text(one, "name")
        if name:
            values[name], spans[name] = _variable(one, template, manifests, namespace)
    return values, spans, elsewhere


def _variable(
    one: Value, template: Value | None, manifests: Sequence[Manifest], namespace: str
) -> tuple[str | None, Span]:
    span = place(one, "value") or one.span
    source = at(one, "valueFrom")
    if source is None:
        return text(one, "value"), span
    key = text(source, "configMapKeyRef", "key")
    settings = _settings(manifests, text(source, "configMapKeyRef", "name"), namespace) if key else None
    if settings is not None and key in entries(settings.body, "data"):
        return text(settings.body, "data", key), place(settings.body, "data", key) or span
    field = _FIELD.fullmatch(text(source, "fieldRef", "fieldPath"))
    if field is not None:
        found: Mapping[str, Value] = entries(template, "metadata", field[1])
        if field[2] in found:
            return text(found[field[2]]), place(template, "metadata", field[1], field[2]) or span
    return None, span


def _settings(manifests: Sequence[Manifest], name: str, namespace: str) -> Manifest | None:
    """The map of settings with this name; None when there is none here, or several with different values."""
    found = [one for one in manifests if one.kind == "ConfigMap" and one.called(name)
             and (not one.namespace or not namespace or one.namespace == namespace)]  # fmt: skip
    return found[0] if len(found) == 1 else None
