"""How many hosts a play is for, where an inventory of the submission says it.

Ansible documentation, "How to build your inventory": groups of hosts in INI or YAML, groups in groups, ranges such as
``gpu-[01:20]``.  What a plugin or a script finds is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gradeline.facts.playbook_layout import inventories
from gradeline.model.playbook import Play
from gradeline.source import SourceFile
from gradeline.syntax.yaml import parse
from gradeline.syntax.yaml_nodes import Mapping as YamlMapping

Groups = dict[str, set[str]]
_RANGE = re.compile(r"\[(\w{1,8}):(\w{1,8})(?::(\d{1,4}))?\]")
_PLAIN = re.compile(r"[A-Za-z_][\w-]*(?:[,:]\s*[A-Za-z_][\w-]*)*|\*")
_MOST = 2000  # lines or groups of one file; larger ones are not counted
_LONGEST = 100  # hosts of one range that are told apart; nobody writes a batch that large


def sizes(play: Play, files: Mapping[str, SourceFile]) -> tuple[tuple[str, int], ...]:
    """The inventories that know the hosts of a play, each with their number: those of production, and where none is
    named so all of them as one.  Empty when it is not known."""
    if _PLAIN.fullmatch(play.hosts.strip()) is None:
        return ()
    wanted = [one.strip() for one in re.split("[,:]", play.hosts)]
    found: list[tuple[str, set[str]]] = []
    for path in inventories(sorted(files)):
        groups = _groups(files[path])
        if groups is None:
            return ()
        hosts = set().union(*(_hosts(groups, name) for name in wanted))
        if hosts:
            found.append((path, hosts))
    production = tuple((path, len(hosts)) for path, hosts in found if "prod" in path.lower())
    if production or not found:
        return production
    return ((found[0][0], len(set().union(*(hosts for _, hosts in found)))),)


def _hosts(groups: Groups, name: str) -> set[str]:
    if name in ("all", "*"):
        return set().union(*groups.values())
    return groups.get(name, set())


def _groups(source: SourceFile) -> Groups | None:
    """The hosts of each group of an inventory; None when it is something else, or too large."""
    path = source.path.rpartition("/")[2]
    if path.endswith((".yml", ".yaml")):
        return _of_yaml(source)
    return _of_ini(source.text) if path.endswith((".ini", ".cfg")) or "." not in path else None


def _of_yaml(source: SourceFile) -> Groups | None:
    root = parse(source).root
    if not isinstance(root, YamlMapping) or root.get("plugin") is not None:
        return None
    direct: Groups = {}
    inner: Groups = {}
    left = [(key.value, value) for key, value in root.items()]
    for _ in range(_MOST):
        if not left:
            return _closed(direct, inner)
        name, node = left.pop()
        direct.setdefault(name, set())
        if not isinstance(node, YamlMapping):
            continue
        hosts, children = node.get("hosts"), node.get("children")
        if isinstance(hosts, YamlMapping):
            direct[name] |= {host for key, _ in hosts.items() for host in _expanded(key.value)}
        if isinstance(children, YamlMapping):
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
