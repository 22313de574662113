"""The hosts of each group of an inventory, in YAML and in INI.

Ansible documentation, "How to build your inventory": groups of hosts, groups in groups, ranges such as
``gpu-[01:20]``.  What a plugin or a script finds is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradeline.model.playbook import Inventory, inventories
from gradeline.readers.ansible.files import Ansible
from gradeline.syntax.yaml import Mapping, Resolved

Groups = dict[str, set[str]]
_RANGE = re.compile(r"\[(\w{1,8}):(\w{1,8})(?::(\d{1,4}))?\]")
_MOST = 2000  # lines or groups of one file; larger ones are not counted
_LONGEST = 100  # hosts of one range that are told apart; nobody writes a batch that large


def read_hosts(ansible: Ansible) -> tuple[Inventory, ...]:
    """Every inventory, in the order of the paths."""
    found = []
    for path in sorted(inventories(ansible.paths)):
        groups = _groups(ansible, path)
        hosts = None if groups is None else {name: tuple(sorted(one)) for name, one in sorted(groups.items())}
        found.append(Inventory(path, hosts))
    return tuple(found)


def _groups(ansible: Ansible, path: str) -> Groups | None:
    """None when it is something else than an inventory, or too large."""
    name = path.rpartition("/")[2]
    if name.endswith((".yml", ".yaml")):
        return _of_yaml(ansible.root(path, quiet=True))
    return _of_ini(ansible.text(path)) if name.endswith((".ini", ".cfg")) or "." not in name else None


def _of_yaml(root: Resolved | None) -> Groups | None:
    if not isinstance(root, Mapping) or root.get("plugin") is not None:
        return None
    direct: Groups = {}
    inner: Groups = {}
    left = [(key.value, value) for key, value in root.items()]
    for _ in range(_MOST):
        if not left:
            return _closed(direct, inner)
        name, node = left.pop()
        direct.setdefault(name, set())
        if not isinstance(node, Mapping):
            continue
        hosts, children = node.get("hosts"), node.get("children")
        if isinstance(hosts, Mapping):
            direct[name] |= {host for key, _ in hosts.items() for host in _expanded(key.value)}
        if isinstance(children, Mapping):
            more = [(key.value, value) for key, value in children.items()]
            inner.setdefault(name, set()).update(key for key, _ in more)
            left += more
    return None


def _of_ini(text: str) -> Groups | None:
    direct: Groups = {}
    inner: Groups = {}
    name, kind = "ungrouped", ""
    lines = text.splitlines()
    if len(lines) > _MOST or text.startswith("#!"):
        return None
    for line in lines:
        word = line.strip().partition(" #")[0].split(" ")[0]
        if line.strip().startswith("["):
            name, _, kind = line.strip().partition("]")[0].strip("[ ").partition(":")
            direct.setdefault(name, set())
        elif not word or word.startswith(("#", ";")) or kind == "vars":
            continue
        elif kind == "children":
            inner.setdefault(name, set()).add(word)
        else:
            direct.setdefault(name, set()).update(_expanded(word))
    return _closed(direct, inner)


def _closed(direct: Groups, inner: Groups) -> Groups:
    """Each group with the hosts of the groups in it, however deep."""
    found: Groups = {}
    for name in {*direct, *inner}:
        seen, left = {name}, [name]
        while left:
            for child in inner.get(left.pop(), set()) - seen:
                seen.add(child)
                left.append(child)
        found[name] = set().union(*(direct.get(one, set()) for one in seen))
    return found


def _expanded(word: str) -> Iterator[str]:
    """The hosts that one entry stands for; of several ranges only the first is counted."""
    match = _RANGE.search(word)
    if match is None:
        yield word
        return
    first, last, step = match.group(1), match.group(2), int(match.group(3) or 1)
    numbers = first.isdecimal() and last.isdecimal()
    low, high = (int(first), int(last)) if numbers else (ord(first[0]), ord(last[0]))
    for number in range(low, min(high, low + _LONGEST) + 1, max(1, step)):
        yield f"{word[: match.start()]}{number}{word[match.end() :]}"
