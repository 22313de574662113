"""Edits of YAML text at the places of its nodes, so that everything else stays byte for byte.

Only for our own answers: nothing here is safe for what learners write.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import yaml


@dataclass(frozen=True)
class Entry:
    """One ``key: value`` of a mapping in block style, with the path of keys that leads to it."""

    path: tuple[str, ...]
    key: yaml.ScalarNode
    value: yaml.Node
    parent: yaml.MappingNode

    @property
    def column(self) -> int:
        column: int = self.key.start_mark.column
        return column


@dataclass(frozen=True)
class Item:
    """One element of a block sequence; ``path`` leads to the sequence."""

    path: tuple[str, ...]
    node: yaml.Node
    parent: yaml.SequenceNode
    number: int


def tree(text: str) -> yaml.Node | None:
    """The tree of a file with one document; None when it has none, or tags that only a platform knows."""
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)  # noqa: TID251 - our own answers
    except yaml.YAMLError:
        return None


def trees(text: str) -> list[yaml.Node]:
    """The trees of all documents of a file that have one; none when a document cannot be read."""
    try:
        return [one for one in yaml.compose_all(text, Loader=yaml.SafeLoader) if one is not None]
    except yaml.YAMLError:
        return []


def walk(node: yaml.Node | None, path: tuple[str, ...] = (), flow: bool = False) -> Iterator[Entry | Item]:
    """Every entry and item below ``node``, parents first; with ``flow`` also those between braces and brackets."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if value.start_mark.index < key.end_mark.index:
                continue  # an alias: its value stands elsewhere
            if isinstance(key, yaml.ScalarNode):
                here = (*path, key.value)
                if flow or not node.flow_style:
                    yield Entry(here, key, value, node)
                yield from walk(value, here, flow)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            if number and item.start_mark.index < node.value[number - 1].end_mark.index:
                continue
            if item.start_mark.index < node.start_mark.index:
                continue
            if flow or not node.flow_style:
                yield Item(path, item, node, number)
            yield from walk(item, (*path, str(number)), flow)


def entries(text: str, name: str | None = None) -> Iterator[Entry]:
    """The entries of a file, all or those of one key."""
    for one in walk(tree(text)):
        if isinstance(one, Entry) and name in (None, one.key.value):
            yield one


def items(text: str, name: str | None = None) -> Iterator[Item]:
    """The items of the sequences of a file, all or those under one key."""
    for one in walk(tree(text)):
        if isinstance(one, Item) and (name is None or one.path[-1:] == (name,)):
            yield one


def scalar(entry: Entry) -> str:
    return entry.value.value if isinstance(entry.value, yaml.ScalarNode) else ""


def without(text: str, entry: Entry) -> str | None:
    """The text without an entry; None where that would leave an empty mapping."""
    if len(entry.parent.value) < 2:
        return None
    if entry.parent.flow_style:
        return _without_part(text, [(key, value) for key, value in entry.parent.value], entry.key)
    start = text.rfind("\n", 0, entry.key.start_mark.index) + 1
    if text[start : entry.key.start_mark.index].strip():  # behind the dash of a list: the next key comes there
        return text[: entry.key.start_mark.index] + text[entry.parent.value[1][0].start_mark.index :]
    return text[:start] + text[_end(text, entry.value) :]


def without_item(text: str, item: Item) -> str | None:
    """The text without an item of a sequence; None for the only one."""
    if len(item.parent.value) < 2:
        return None
    if item.parent.flow_style:
        return _without_part(text, [(one, one) for one in item.parent.value], item.node)
    start = text.rfind("\n", 0, item.node.start_mark.index) + 1
    return text[:start] + text[_end(text, item.node) :]


def _without_part(text: str, parts: list[tuple[yaml.Node, yaml.Node]], gone: yaml.Node) -> str:
    """The text without a part of what stands between braces or brackets, and without the comma beside it."""
    number = next(number for number, (first, _) in enumerate(parts) if first is gone)
    if number + 1 < len(parts):
        return text[: gone.start_mark.index] + text[parts[number + 1][0].start_mark.index :]
    return text[: parts[number - 1][1].end_mark.index] + text[parts[number][1].end_mark.index :]


def _end(text: str, node: yaml.Node) -> int:
    """Where the line after a value starts."""
    index: int = node.end_mark.index
    if index and text[index - 1 : index] == "\n":
        return index
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        return text.rfind("\n", 0, index) + 1
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def with_value(text: str, entry: Entry | Item, value: str) -> str:
    """The text with another value, written as given; one that has an anchor or a tag stays as it is."""
    node = entry.value if isinstance(entry, Entry) else entry.node
    start, end = node.start_mark.index, node.end_mark.index
    if text[start : start + 1] in ("&", "!"):
        return text
    tail = "\n" if text[start:end].endswith("\n") and not value.endswith("\n") else ""
    return text[:start] + value + tail + text[end:]


def with_entry(text: str, parent: yaml.Node, line: str) -> str | None:
    """The text with a line more at the start of a mapping in block style."""
    if not isinstance(parent, yaml.MappingNode) or parent.flow_style or not parent.value:
        return None
    mark = parent.value[0][0].start_mark
    indent = " " * mark.column
    added = line.replace("\n", f"\n{indent}")
    return f"{text[: mark.index]}{added}\n{indent}{text[mark.index :]}"
