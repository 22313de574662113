"""Variables that an inventory sets for its groups and hosts, in YAML and in INI.

Ansible documentation, "How to build your inventory" (Assigning a variable to one machine, to many machines) and
"Organizing host and group variables".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradeline.model.playbook import Setting, inventories
from gradeline.readers.ansible.files import Ansible, settings
from gradeline.records import record
from gradeline.source import Span
from gradeline.syntax.yaml import Mapping, Resolved

MAX_GROUPS = 2_000
_SECTION = re.compile(r"\[([\w.-]{1,100})(?::(vars|children))?\]\s*(?:[#;].*)?")
_PAIR = re.compile(r"([A-Za-z_]\w{0,100})\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s#]+)")


@record
class Told:
    """What an inventory says of a group or a host.  ``groups``: its group, behind those around it; ``host`` is empty
    for a group.  ``values`` may be none."""

    groups: tuple[str, ...]
    host: str
    values: tuple[Setting, ...] = ()


def inventory_values(ansible: Ansible) -> tuple[Told, ...]:
    """What the inventories say; those of production come first."""
    found: list[Told] = []
    for path in sorted(inventories(ansible.paths), key=lambda one: ("prod" not in one, one)):
        name = path.rpartition("/")[2]
        if name.endswith((".yml", ".yaml")):
            found += _of_mapping(ansible.root(path, quiet=True))
        elif name.endswith(".ini") or "." not in name:
            found += _of_lines(path, ansible.text(path))
    return tuple(found)


def values_for(told: tuple[Told, ...], hosts: str) -> dict[str, Setting]:
    """The variables for the hosts of a play: those of a host it names, of inner groups, of outer ones; in the end those
    of single hosts of its groups, which only some of its machines have."""
    wanted = {one.strip(" !&") for one in hosts.replace(":", ",").split(",")}
    whole = bool(wanted & {"all", "*"})
    around = {"all"}
    for one in told:
        way = (*one.groups, one.host)
        around.update(name for place, name in enumerate(way) if wanted & set(way[place:]))
    ranked: list[tuple[int, int, Told]] = []
    for one in told:
        inside = whole or bool(wanted & set(one.groups))
        if one.host:
            if one.host in wanted or inside:
                ranked.append((0 if one.host in wanted else 2, -len(one.groups), one))
        elif inside or one.groups[-1] in around:
            ranked.append((1, -len(one.groups), one))
    found: dict[str, Setting] = {}
    for _, _, one in sorted(ranked, key=lambda item: item[:2]):
        for setting in one.values:
            found.setdefault(setting.name, setting)
    return found


def _of_mapping(root: Resolved | None) -> Iterator[Told]:
    """Groups and their children; one that holds itself is looked at once on each way, and all of it has an end."""
    if not isinstance(root, Mapping):
        return
    todo: list[tuple[tuple[str, ...], Resolved]] = []
    todo += [((key.value,), value) for key, value in root.items()][::-1]
    for _ in range(MAX_GROUPS):
        if not todo:
            return
        groups, node = todo.pop()
        if not isinstance(node, Mapping):
            continue
        yield Told(groups, "", tuple(settings(node.get("vars")).values()))
        hosts = node.get("hosts")
        for key, own in hosts.items() if isinstance(hosts, Mapping) else ():
            yield Told(groups, key.value, tuple(settings(own).values()))
        children = node.get("children")
        if isinstance(children, Mapping):
            todo += [((*groups, key.value), value) for key, value in children.items() if key.value not in groups]


def _of_lines(path: str, text: str) -> Iterator[Told]:
    group, kind = "all", ""
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        section = _SECTION.fullmatch(bare)
        if section is not None:
            group, kind = section.group(1), section.group(2) or ""
        elif bare and bare[0] not in "#;" and kind != "children":
            host = "" if kind == "vars" else bare.split(None, 1)[0]
            pairs = [(pair.group(1), pair.group(2).strip("\"'")) for pair in _PAIR.finditer(bare[len(host) :])]
            span = Span(path, number)
            own = tuple(Setting(name, span, value, computed="{{" in value) for name, value in pairs)
            yield Told((group,), host, own)
