"""Containers of a template: image, environment, resources and what their processes may do.

Kubernetes API reference, Container v1 core and PodSecurityContext v1 core; Argo documentation, "Field Reference".
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.model.expression import Expression, Secret, Unresolved
from gradeline.model.pipeline import Use, Variable
from gradeline.model.resources import Amount, Confinement, Resources
from gradeline.model.text import Hole, Text
from gradeline.readers.argo import expressions
from gradeline.readers.argo.reading import Reading, is_null, shown
from gradeline.readers.argo.scope import Scope
from gradeline.readers.references import image_parts
from gradeline.readers.texts import spoken
from gradeline.readers.uses import comment_of
from gradeline.source import Span
from gradeline.syntax.yaml import Mapping, Resolved, Scalar, Sequence, scalar_value

_ACCELERATOR = ("gpu", "tpu", "accelerator", "neuron", "gaudi")
_ROOT = "0"


def read_image(reading: Reading, scope: Scope, container: Mapping) -> tuple[Use | None, Text | None]:
    """The image of a container, and its text when the version has to be computed."""
    node = container.get("image")
    text = expressions.optional(reading, scope, node, "`image`")
    if text is None or not isinstance(node, Scalar) or not text.raw.strip():
        return None, None
    comment = comment_of(node)
    known = spoken(text)
    if known is None:
        start = min(hole.start for hole in text.holes)
        name = shown(text.raw[:start].rstrip(":@")) or shown(text.raw)
        return reading.note_use(Use(text.span, name, "", "computed", "image", comment=comment)), text
    name, version, kind = image_parts(known.strip())
    return reading.note_use(Use(text.span, name, version, kind, "image", comment=comment)), text if text.holes else None


def read_env(reading: Reading, scope: Scope, container: Mapping) -> tuple[Variable, ...]:
    """``env`` and ``envFrom``; a value from a secret holds a ``Secret``, one from elsewhere is not known."""
    found: list[Variable] = []
    for item in _list(reading, container.get("envFrom"), "`envFrom`"):
        reading.spend()
        prefix = _plain(item.get("prefix"))
        for key in ("secretRef", "configMapRef"):
            source = item.get(key)
            if isinstance(source, Mapping):
                span = source.span
                name = _plain(source.get("name"))
                value: Expression = Secret(f"{name}.*", span)
                if key == "configMapRef":
                    value = Unresolved(f"it stands in the config map {shown(name)}", span)
                found.append(Variable(f"{prefix}* of {name}", _whole(f"{key} {name}", span, value), "step", span))
    for item in _list(reading, container.get("env"), "`env`"):
        reading.spend()
        name = _plain(item.get("name"))
        text = expressions.optional(reading, scope, item.get("value"), "The value of a variable")
        source = item.get("valueFrom")
        if text is None and isinstance(source, Mapping):
            text = _from_elsewhere(source)
        if text is None and name:
            text = Text("", item.span)
        if name and text is not None:
            found.append(Variable(name, text, "step", _bound_at(item)))
    return tuple(found)


def _bound_at(item: Mapping) -> Span:
    """The entry that gives a variable its value."""
    for key in ("value", "valueFrom"):
        name, node = item.key(key), item.get(key)
        if name is not None and node is not None and not is_null(node):
            return name.span.to(node.span) if node.span.line >= name.span.line else name.span
    return item.span


def _from_elsewhere(source: Mapping) -> Text | None:
    for key, value in source.items():
        span = key.span.to(value.span) if (value.span.line, value.span.column) >= (key.span.line, 1) else key.span
        name = _plain(value.get("name")) if isinstance(value, Mapping) else ""
        entry = _plain(value.get("key")) if isinstance(value, Mapping) else ""
        if key.value == "secretKeyRef":
            return _whole(f"secret {name}.{entry}", span, Secret(f"{name}.{entry}", span))
        words = {"configMapKeyRef": f"it stands in the config map {shown(name)}", "fieldRef": "it describes the pod"}
        reason = words.get(key.value, "it exists only at run time")
        return _whole(f"{key.value} {name}.{entry}", span, Unresolved(reason, span))
    return None


def _whole(raw: str, span: Span, value: Expression) -> Text:
    return Text(raw, span, (Hole(0, len(raw), value),))


def read_volumes(template: Mapping, container: Mapping, volumes: dict[str, Mapping]) -> dict[str, Text]:
    """The secrets that are mounted as files, by the place where they appear."""
    named = dict(volumes)
    for volume in _maps(template.get("volumes")):
        named[_plain(volume.get("name"))] = volume
    found: dict[str, Text] = {}
    for mount in _maps(container.get("volumeMounts")):
        secret = named.get(_plain(mount.get("name")))
        source = secret.get("secret") if secret is not None else None
        if isinstance(source, Mapping):
            name = _plain(source.get("secretName"))
            value = Secret(f"{name}.*", mount.span)
            found[_plain(mount.get("mountPath"))] = _whole(f"secret {name}", mount.span, value)
    return found


# -- resources -------------------------------------------------------------------------------------


def read_resources(
    reading: Reading,
    scope: Scope,
    containers: list[Mapping],
    pod: Resolved | None,
    places: Mapping | None,
    fallback: list[Mapping],
    inherited: tuple[Mapping, ...] = (),
) -> Resources | None:
    """Requests and limits of the main container (or of the pod), node labels and tolerated taints.

    ``places`` holds ``nodeSelector`` and ``tolerations``; where it lacks one, the first of ``fallback`` counts.
    Each amount that the container does not name is that of the first of the ``inherited`` containers that does.
    """
    node: Resolved | None = pod
    for container in containers:
        node = node if isinstance(node, Mapping) else container.get("resources")
    layers = [one for one in (node, *(one.get("resources") for one in inherited)) if isinstance(one, Mapping)]
    resources = layers[0] if layers else None
    selectors = _texts(reading, scope, _first(places, fallback, "nodeSelector"))
    tolerates = tuple(_tolerations(_first(places, fallback, "tolerations")))
    if resources is None and not selectors and not tolerates:
        return None
    found: dict[str, dict[str, Text]] = {"cpu": {}, "memory": {}, "gpu": {}}
    for layer, side in ((layer, side) for layer in layers for side in ("requests", "limits")):
        values = layer.get(side)
        for key, value in values.items() if isinstance(values, Mapping) else ():
            word = key.value.lower()
            kind = word if word in ("cpu", "memory") else ("gpu" if any(one in word for one in _ACCELERATOR) else "")
            text = expressions.optional(reading, scope, value, "An amount") if kind else None
            if text is not None:
                found[kind].setdefault(side, text)
    span = resources.span if resources is not None else None

    def amount(kind: str) -> Amount:
        return Amount(found[kind].get("requests"), found[kind].get("limits"))

    return Resources(span, amount("cpu"), amount("memory"), amount("gpu"), selectors, tolerates)


def _first(node: Mapping | None, fallback: list[Mapping], key: str) -> Resolved | None:
    for mapping in ([node] if node is not None else []) + fallback:
        value = mapping.get(key)
        if value is not None and not is_null(value):
            return value
    return None


def _texts(reading: Reading, scope: Scope, node: Resolved | None) -> tuple[Text, ...]:
    if not isinstance(node, Mapping):
        return ()
    found = []
    for key, value in node.items():
        text = expressions.optional(reading, scope, value, "A label")
        if text is not None:
            shift = len(key.value) + 1
            holes = tuple(Hole(hole.start + shift, hole.end + shift, hole.expression) for hole in text.holes)
            found.append(Text(f"{key.value}={text.raw}", text.span, holes))
    return tuple(found)


def _tolerations(node: Resolved | None) -> Iterator[Text]:
    for item in _maps(node):
        key, value = _plain(item.get("key")), _plain(item.get("value"))
        yield Text(f"{key}={value}" if value else key, item.span)


# -- rights ----------------------------------------------------------------------------------------


def read_confinement(nodes: list[Resolved | None]) -> Confinement | None:
    """``securityContext`` of the container, the template and the workflow; the inner one decides each question."""
    contexts = [node for node in nodes if isinstance(node, Mapping)]
    if not contexts:
        return None

    def asked(key: str) -> bool | None:
        for context in contexts:
            value = scalar_value(context.get(key))
            if isinstance(value, bool):
                return value
        return None

    non_root = asked("runAsNonRoot")
    for context in contexts:
        user = context.get("runAsUser")
        if isinstance(user, Scalar):  # the number 0 is root, and is not started where root is forbidden
            non_root = False if user.value == _ROOT else (True if non_root is None else non_root)
            break
    dropped: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    for context in contexts:
        capabilities = context.get("capabilities")
        if isinstance(capabilities, Mapping) and not dropped and not added:
            dropped, added = _words(capabilities.get("drop")), _words(capabilities.get("add"))
    return Confinement(
        contexts[0].span,
        non_root,
        asked("privileged"),
        asked("allowPrivilegeEscalation"),
        asked("readOnlyRootFilesystem"),
        dropped,
        added,
    )


# -- helpers ---------------------------------------------------------------------------------------


def _plain(node: Resolved | None) -> str:
    return node.value if isinstance(node, Scalar) else ""


def _words(node: Resolved | None) -> tuple[str, ...]:
    return tuple(item.value for item in node.values() if isinstance(item, Scalar)) if isinstance(node, Sequence) else ()


def _maps(node: Resolved | None) -> Iterator[Mapping]:
    if isinstance(node, Sequence):
        for item in node.values():
            if isinstance(item, Mapping):
                yield item


def _list(reading: Reading, node: Resolved | None, what: str) -> Iterator[Mapping]:
    if node is not None and not is_null(node) and not isinstance(node, Sequence):
        reading.say("error", "wrong-type", f"{what} needs a list.", node.span)
    yield from _maps(node)
