"""Patches of Kustomize: strategic merge and JSON patches (RFC 6902).

Kustomize documentation, "patches"; Kubernetes documentation, "Update API Objects in Place Using kubectl patch" and the
API reference (patch merge keys).  Kinds whose schema Kustomize does not know have their lists replaced.
"""

from __future__ import annotations

import re

from gradeline.model.infrastructure import Items, Plain, Table, Value
from gradeline.model.manifest import Manifest, text

MAX_DEPTH = 40
_KEYS = {
    "containers": ("name",), "initContainers": ("name",), "ephemeralContainers": ("name",), "env": ("name",),
    "volumes": ("name",), "volumeMounts": ("mountPath",), "ports": ("containerPort", "port"),
    "imagePullSecrets": ("name",), "hostAliases": ("ip",), "topologySpreadConstraints": ("topologyKey",),
    "secrets": ("name",), "ownerReferences": ("uid",),
}  # fmt: skip
_KNOWN = re.compile(r"(v1|[a-z]+/v[0-9a-z]+|[a-z.]+\.k8s\.io/v[0-9a-z]+)")


def knows_schema(manifest: Manifest) -> bool:
    """Whether the merge keys of its lists are known: it belongs to Kubernetes itself."""
    return _KNOWN.fullmatch(manifest.api) is not None


def merged(base: Value, patch: Value, keyed: bool, name: str = "", depth: int = 0) -> Value | None:
    """``base`` after a strategic merge (``keyed``) or a plain merge patch; None when the patch deletes it."""
    if isinstance(patch, Plain) and patch.data is None:
        return None
    if depth > MAX_DEPTH:
        return base
    if isinstance(base, Table) and isinstance(patch, Table):
        directive = text(patch, "$patch")
        if directive == "delete":
            return None
        if directive == "replace":
            return _without(patch)
        entries, places = dict(base.entries), dict(base.places)
        for key, value in patch.entries.items():
            if key.startswith("$"):
                continue
            old = entries.get(key)
            new = merged(old, value, keyed, key, depth + 1) if old is not None else _cleaned(value)
            if new is None:
                entries.pop(key, None)
                places.pop(key, None)
            else:
                entries[key] = new
                if not isinstance(new, (Table, Items)) or old is None:
                    places[key] = patch.places.get(key, value.span)
        return Table(base.span, entries, base.weight, places)
    if isinstance(base, Items) and isinstance(patch, Items) and keyed and name in _KEYS:
        return _lists(base, patch, _KEYS[name], depth)
    return _cleaned(patch)


def _lists(base: Items, patch: Items, keys: tuple[str, ...], depth: int) -> Value:
    if any(text(item, "$patch") == "replace" for item in patch.items):
        return Items(patch.span, tuple(item for item in patch.items if not text(item, "$patch")))
    found = list(base.items)
    for item in patch.items:
        key = next((one for one in keys if text(item, one)), None)
        place = next(
            (number for number, old in enumerate(found) if key is not None and text(old, key) == text(item, key)), None
        )
        if place is None:
            if text(item, "$patch") != "delete":
                found.append(item)
            continue
        new = merged(found[place], item, True, "", depth + 1)
        if new is None:
            del found[place]
        else:
            found[place] = new
    return Items(base.span, tuple(found), base.weight)


def _without(patch: Table) -> Table:
    kept = {key: value for key, value in patch.entries.items() if not key.startswith("$")}
    return Table(patch.span, kept, patch.weight, patch.places)


def _cleaned(value: Value) -> Value | None:
    return None if isinstance(value, Plain) and value.data is None else value


def changed(value: Value, path: tuple[str, ...], operation: str, new: Value | None, depth: int = 0) -> Value | None:
    """``value`` after one operation of a JSON patch at ``path``; None when that is not possible."""
    if not path:
        return new
    if depth > MAX_DEPTH:
        return None
    key, rest = path[0], path[1:]
    if isinstance(value, Table):
        entries, places = dict(value.entries), dict(value.places)
        if not rest:
            if operation != "add" and key not in entries:
                return None
            if operation == "remove":
                del entries[key]
            elif new is not None:
                entries[key] = new
                places[key] = new.span
            return Table(value.span, entries, value.weight, places)
        if key not in entries:
            return None
        inside = changed(entries[key], rest, operation, new, depth + 1)
        if inside is None:
            return None
        entries[key] = inside
        return Table(value.span, entries, value.weight, places)
    if isinstance(value, Items):
        items = list(value.items)
        if key == "-":
            place = len(items)
        elif key.isascii() and key.isdigit() and len(key) < 6:
            place = int(key)
        else:
            return None
        if not rest and operation == "add" and place <= len(items) and new is not None:
            items.insert(place, new)
        elif place >= len(items):
            return None
        elif not rest and operation == "remove":
            del items[place]
        elif not rest and new is not None:
            items[place] = new
        else:
            inside = changed(items[place], rest, operation, new, depth + 1)
            if inside is None:
                return None
            items[place] = inside
        return Items(value.span, tuple(items), value.weight)
    return None


def pointer(path: str) -> tuple[str, ...]:
    """``/spec/a~1b`` as its parts (RFC 6901)."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:])
