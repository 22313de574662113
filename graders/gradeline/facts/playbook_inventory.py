"""How many hosts a play is for, where an inventory of the submission says it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gradeline.model.playbook import Inventory, Play

_PLAIN = re.compile(r"[A-Za-z_][\w-]*(?:[,:]\s*[A-Za-z_][\w-]*)*|\*")


def sizes(play: Play, inventories: tuple[Inventory, ...]) -> tuple[tuple[str, int], ...]:
    """The inventories that know the hosts of a play, each with their number: those of production, and where none is
    named so all of them as one.  Empty when it is not known."""
    if _PLAIN.fullmatch(play.hosts.strip()) is None:
        return ()
    wanted = [one.strip() for one in re.split("[,:]", play.hosts)]
    found: list[tuple[str, set[str]]] = []
    for one in inventories:
        groups = one.groups
        if groups is None:
            return ()
        hosts = {host for name in wanted for host in _hosts(groups, name)}
        if hosts:
            found.append((one.path, hosts))
    production = tuple((path, len(hosts)) for path, hosts in found if "prod" in path.lower())
    if production or not found:
        return production
    return ((found[0][0], len(set().union(*(hosts for _, hosts in found)))),)


def _hosts(groups: Mapping[str, tuple[str, ...]], name: str) -> tuple[str, ...]:
    if name in ("all", "*"):
        return tuple(host for hosts in groups.values() for host in hosts)
    return groups.get(name, ())
