"""A Jenkins controller from its Configuration as Code files and its list of plug-ins.

jenkinsci/configuration-as-code-plugin, docs/features; jenkinsci/plugin-installation-manager-tool README, "Plugin
Input Format".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from gradeline.model.controller import Access, Controller, Machine, Plugin
from gradeline.model.pipeline import Use
from gradeline.model.text import Text
from gradeline.readers import places
from gradeline.readers.reading import Read, Reading, shown
from gradeline.readers.references import version_kind
from gradeline.records import replace
from gradeline.source import Span
from gradeline.syntax.yaml import Mapping, Scalar, Sequence

Level = Literal["nothing", "read", "work", "everything", "unknown"]
_LEVELS: tuple[Level, ...] = ("nothing", "read", "work", "unknown", "everything")
MAX_LINES = 5_000
_MOVING = frozenset({"latest", "experimental"})


def read_controller(paths: tuple[str, ...], read: Read) -> Controller:
    """Everything that the files say about one server; several files add to each other."""
    found = Controller()
    for path in paths:
        if places.is_plugin_list(path):
            found = _with_plugins(found, path, read)
        elif places.is_casc(path):
            found = _with_settings(found, path, read)
    return found


def _with_settings(controller: Controller, path: str, read: Read) -> Controller:
    reading = Reading(path, read)
    root = reading.document(path)
    controller = replace(controller, diagnostics=(*controller.diagnostics, *reading.diagnostics))
    if root is None or not any(_get(root, key) is not None for key in ("jenkins", "unclassified", "credentials")):
        return controller
    settings = _get(root, "jenkins")
    executors = _get(settings, "numExecutors")
    return replace(
        controller,
        files=(*controller.files, path),
        executors=Text(executors.value, executors.span) if isinstance(executors, Scalar) else controller.executors,
        access=_access(_get(settings, "authorizationStrategy")) or controller.access,
        machines=(*controller.machines, *_machines(settings)),
        libraries=(*controller.libraries, *_libraries(root)),
    )


def _get(node: object, *keys: str) -> object:
    """The value behind a path of keys; None when there is none."""
    for key in keys:
        node = node.get(key) if isinstance(node, Mapping) else None
    return node


def _items(node: object) -> tuple[object, ...]:
    return tuple(node.items)[:MAX_LINES] if isinstance(node, Sequence) else ()


def _word(node: object) -> str:
    return node.value if isinstance(node, Scalar) else ""


# -- who may do what ------------------------------------------------------------------------------------


def _access(node: object) -> Access | None:
    """``authorizationStrategy``: a word, or one strategy with its settings."""
    if isinstance(node, Scalar):
        return _strategy(node.value, None, node.span)
    if not isinstance(node, Mapping):
        return None
    for key, value in node.items():
        return _strategy(key.value, value, key.span)
    return None


def _strategy(name: str, value: object, span: Span) -> Access:
    if name == "unsecured":
        return Access(span, "everything", "everything")
    if name == "loggedInUsersCanDoAnything":
        # hudson.security.FullControlOnceLoggedInAuthorizationStrategy: reading is allowed unless it is refused.
        refused = _word(_get(value, "allowAnonymousRead")).lower() == "false"
        return Access(span, "nothing" if refused else "read", "everything")
    if name == "legacy":
        return Access(span, "read", "read")
    grants = tuple(_grants(name, value))
    return Access(span, _most(grants, "anonymous"), _most(grants, "authenticated"))


def _grants(name: str, value: object) -> Iterator[tuple[str, str]]:
    """(who, right) of a matrix or of roles."""
    if name == "roleBased":
        for role in _items(_get(value, "roles", "global")):
            rights = [_word(item) for item in _items(_get(role, "permissions"))]
            people = [_word(item) for item in _items(_get(role, "assignments"))]
            for entry in _items(_get(role, "entries")):
                people.extend(_word(_get(entry, key)) for key in ("user", "group"))
            yield from ((who, right) for who in people if who for right in rights)
        return
    for item in (*_items(_get(value, "permissions")), *_items(_get(value, "grantedPermissions"))):
        parts = _word(item).split(":")
        if len(parts) >= 2:  # `Overall/Administer:admin`, or `USER:Overall/Administer:admin`
            yield parts[-1], parts[-2]
    for entry in _items(_get(value, "entries")):
        for key in ("user", "group"):
            holder = _get(entry, key)
            for right in _items(_get(holder, "permissions")):
                yield _word(_get(holder, "name")), _word(right)


def _most(grants: tuple[tuple[str, str], ...], who: str) -> Level:
    """The most that a group of people may do."""
    names = {"anonymous"} if who == "anonymous" else {"anonymous", "authenticated"}
    found: Level = "nothing"
    for name, right in grants:
        if name not in names:
            continue
        level: Level = "work"
        if right in ("Overall/Administer", "hudson.model.Hudson.Administer"):
            level = "everything"
        elif right.endswith(("/Read", "/Discover", "/ViewStatus", ".Read", "/SystemRead", "/ExtendedRead")):
            level = "read"
        elif "${" in right:
            level = "unknown"
        found = max(found, level, key=_LEVELS.index)
    return found


# -- machines and libraries -----------------------------------------------------------------------------


def _machines(settings: object) -> Iterator[Machine]:
    for node in _items(_get(settings, "nodes")):
        for kind in ("permanent", "dumb"):
            holder = _get(node, kind)
            if isinstance(holder, Mapping):
                labels = _word(_get(holder, "labelString")).split()
                yield Machine(_word(_get(holder, "name")), tuple(labels), holder.span)
    for cloud in _items(_get(settings, "clouds")):
        if not isinstance(cloud, Mapping):
            continue
        for maker, holder in cloud.items():
            pods = _word(maker) == "kubernetes"  # its README, "Declarative Pipeline": a pod may be given as YAML
            for template in _items(_get(holder, "templates")):
                if isinstance(template, Mapping):
                    words = _word(_get(template, "label")) or _word(_get(template, "labelString"))
                    name = _word(_get(template, "name"))
                    yield Machine(name, tuple(words.split()), template.span, made_on_demand=True, as_described=pods)
            if isinstance(holder, Mapping) and not _items(_get(holder, "templates")):
                name = _word(_get(holder, "name"))
                yield Machine(name, (), holder.span, made_on_demand=True, as_described=pods)


def _libraries(root: object) -> Iterator[Use]:
    for library in _items(_get(root, "unclassified", "globalLibraries", "libraries")):
        name = _get(library, "name")
        version = _word(_get(library, "defaultVersion"))
        if isinstance(name, Scalar):
            yield Use(name.span, name.value, version, version_kind(version), "include")


# -- plug-ins -------------------------------------------------------------------------------------------


def _with_plugins(controller: Controller, path: str, read: Read) -> Controller:
    found: tuple[Plugin, ...]
    if path.endswith((".yaml", ".yml")):
        reading = Reading(path, read)
        found = tuple(_listed(reading.document(path)))
        controller = replace(controller, diagnostics=(*controller.diagnostics, *reading.diagnostics))
    else:
        source = read(path)
        found = tuple(_lines(path, source.text if source is not None else ""))
    return replace(
        controller, plugins=(*controller.plugins, *found), plugin_files=(*controller.plugin_files, path)
    )


_PLUGIN = re.compile(r"(?P<name>[A-Za-z0-9._-]{1,120})(?::(?P<version>[^:#\s]{0,200}))?(?::(?P<address>\S{1,400}))?")


def _lines(path: str, text: str) -> Iterator[Plugin]:
    """``id``, ``id:version``, ``id:version:url`` and ``id:incrementals;group;version``, comments behind ``#``."""
    for number, line in enumerate(text.split("\n")[:MAX_LINES], start=1):
        written = line.partition("#")[0].strip()
        if not written:
            continue
        column = line.index(written) + 1
        span = Span(path, number, column, number, column + len(written))
        match = _PLUGIN.fullmatch(written)
        if match is None:
            yield Plugin(shown(written), "", "none", span)
            continue
        yield _plugin(match["name"], match["version"] or "", match["address"] or "", span)


def _plugin(name: str, version: str, address: str, span: Span) -> Plugin:
    if version.startswith("incrementals;"):
        return Plugin(name, version.rpartition(";")[2], "version", span)
    if version.lower() in _MOVING:
        return Plugin(name, version, "moving", span)
    if version and any(character.isdigit() for character in version):
        return Plugin(name, version, "version", span)
    return Plugin(name, version or address, "address" if address else "moving" if version else "none", span)


def _listed(root: object) -> Iterator[Plugin]:
    """``plugins: [{artifactId: git, source: {version: 5.2.0}}]``"""
    for item in _items(_get(root, "plugins")):
        name = _get(item, "artifactId")
        if isinstance(name, Scalar):
            version = _word(_get(item, "source", "version"))
            yield _plugin(name.value, version, _word(_get(item, "source", "url")), name.span)
