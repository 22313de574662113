"""Located YAML nodes: what a YAML file says, where it says it, and how a platform would read a scalar.

Nothing is expanded: an alias is a node of its own that points at the node it repeats.  The parser
only gives an alias a target when following every alias of the document stays small and acyclic, so
walking a tree through its aliases is always safe.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import isinf
from typing import Literal

from gradeline.records import field, record
from gradeline.source import SourceFile, Span

ScalarStyle = Literal["plain", "single", "double", "literal", "folded"]
CollectionStyle = Literal["block", "flow"]

MERGE_TAG = "tag:yaml.org,2002:merge"
_CORE = "tag:yaml.org,2002:"


@record
class Scalar:
    """One value as text.  ``tag`` is the tag as written (``!reference``, or the long form of ``!!str``).

    ``span`` covers the value with its quotes, anchor and tag; a block scalar ends with its last line
    of content.  A value that is not there (``key:``) is a plain empty scalar right after the colon.
    """

    value: str
    span: Span
    style: ScalarStyle = "plain"
    tag: str | None = None
    anchor: str | None = None
    source: SourceFile | None = field(default=None, repr=False)

    @property
    def text(self) -> str:
        """The value as a string, whatever its type would be."""
        return self.value

    @property
    def lines(self) -> tuple[tuple[int, int], ...]:
        """The file line and column where each line of ``value`` starts.

        Exact for literal blocks and for plain or quoted values on one line; empty when the value was
        folded or escaped, because then its characters have no simple place in the file.
        """
        if self.source is None or self.style == "folded":
            return ()
        if self.style == "literal":
            return self._literal_lines(self.source)
        if self.span.line != self.span.end_line:
            return ()
        quote = 0 if self.style == "plain" else 1
        end = self.span.end_column - 1 - quote
        start = end - len(self.value)
        line = self.source.line(self.span.line)
        if start < quote or line[start:end] != self.value:
            return ()
        if quote:
            mark = "'" if self.style == "single" else '"'
            if mark in self.value or line[start - 1] != mark:
                return ()  # an escape made the value shorter than its spelling
        return ((self.span.line, start + 1),)

    def _literal_lines(self, source: SourceFile) -> tuple[tuple[int, int], ...]:
        number = block_header(source, self.span)[0]
        pieces = self.value.removesuffix("\n").split("\n")
        indent = -1
        for offset, piece in enumerate(pieces, start=1):
            if piece:
                indent = len(source.line(number + offset)) - len(piece)
                break
        if indent < 0:
            return ()
        places = []
        for offset, piece in enumerate(pieces, start=1):
            line = source.line(number + offset)
            if piece and line[indent:] != piece:
                return ()
            places.append((number + offset, min(indent, len(line)) + 1))
        return tuple(places)


@record
class Mapping:
    """Keys and values in the order written, duplicates and ``<<`` included."""

    entries: tuple[tuple[Node, Node], ...]
    span: Span
    duplicates: tuple[tuple[Scalar, Scalar], ...] = ()  # (first key, later key) of the same text
    style: CollectionStyle = "block"
    tag: str | None = None
    anchor: str | None = None
    index: dict[str, int] = field(default_factory=dict, repr=False)  # key text -> its last entry

    @property
    def text(self) -> None:
        """A mapping has no text."""
        return None

    def get(self, key: str) -> Resolved | None:
        """The value of ``key`` with aliases followed; the last one when the key is repeated.

        None when the key is missing or its value is an alias that leads nowhere.
        """
        found = self.index.get(key)
        return None if found is None else resolve(self.entries[found][1])

    def key(self, name: str) -> Scalar | None:
        """The key node itself, for its place in the file."""
        found = self.index.get(name)
        node = None if found is None else resolve(self.entries[found][0])
        return node if isinstance(node, Scalar) else None

    def value(self, name: str) -> Node | None:
        """The value of ``name`` as written: an alias stays an alias."""
        found = self.index.get(name)
        return None if found is None else self.entries[found][1]

    def items(self) -> Iterator[tuple[Scalar, Resolved]]:
        """Key and resolved value of every effective entry, in order; like a dictionary's ``items``.

        Repeated keys give only their last entry; keys that are collections and values that are
        aliases without a target are left out.
        """
        for place in sorted(self.index.values()):
            key, value = (resolve(node) for node in self.entries[place])
            if isinstance(key, Scalar) and value is not None:
                yield key, value


@record
class Sequence:
    """A list.  ``items`` are as written; ``values()`` follows aliases."""

    items: tuple[Node, ...]
    span: Span
    style: CollectionStyle = "block"
    tag: str | None = None
    anchor: str | None = None

    @property
    def text(self) -> None:
        """A sequence has no text."""
        return None

    def values(self) -> Iterator[Resolved]:
        """The items with aliases followed; aliases without a target are left out."""
        for item in self.items:
            node = resolve(item)
            if node is not None:
                yield node


@record
class Alias:
    """``*name``.  ``target`` is the very node that carries the anchor, or None when the anchor is
    unknown, encloses the alias, or would make the document too large; a diagnostic says which."""

    name: str
    span: Span
    target: Resolved | None = field(default=None, repr=False)

    @property
    def text(self) -> str | None:
        """The text of the node the alias stands for, if that is a scalar."""
        return self.target.text if self.target is not None else None


Resolved = Scalar | Mapping | Sequence
Node = Scalar | Mapping | Sequence | Alias


def resolve(node: Node | None) -> Resolved | None:
    """The node itself, or what an alias stands for (None when it leads nowhere)."""
    return node.target if isinstance(node, Alias) else node


def walk(node: Node | None) -> Iterator[Node]:
    """Every node below and including ``node`` in file order, keys too; aliases are not followed."""
    stack = [] if node is None else [node]
    while stack:
        current = stack.pop()
        yield current
        if isinstance(current, Mapping):
            for key, value in reversed(current.entries):
                stack += (value, key)
        elif isinstance(current, Sequence):
            stack.extend(reversed(current.items))


# YAML 1.2.2, 10.3.2 "Tag Resolution" of the core schema: `on`, `yes` and `12:30` are text, `014` is 14.
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_NUMBERS_BEGIN = frozenset("+-.0123456789")  # most plain scalars are words
_LONGEST_NUMBER = 64  # characters; Python refuses to convert very long ones, and slowly
_LARGEST_INTEGER = 2**63


def scalar_value(node: Node | None) -> str | int | float | bool | None:
    """What a scalar means by the YAML 1.2 core schema; aliases are followed.

    Quoted and block scalars, unknown tags, and integers of more than 63 bits stay text.  None stands
    for a null, and is also the answer for a collection or for no node at all.
    """
    scalar = resolve(node)
    if not isinstance(scalar, Scalar):
        return None
    text, tag = scalar.value, scalar.tag
    if tag is None and scalar.style != "plain":
        return text
    if tag is not None and not tag.startswith(_CORE):
        return text
    kind = tag.removeprefix(_CORE) if tag else ""
    if kind not in ("", "null", "bool", "int", "float"):
        return text
    if kind in ("", "null") and text in _NULLS:
        return None
    if kind in ("", "bool") and text in _BOOLS:
        return _BOOLS[text]
    return _number(text, kind)


def is_null(scalar: Scalar) -> bool:
    """Whether a scalar is written as nothing: ``~``, ``null``, or nothing at all."""
    if scalar.tag is None:
        return scalar.style == "plain" and scalar.value in _NULLS
    return scalar_value(scalar) is None


def _number(text: str, kind: str) -> str | int | float:
    if kind not in ("", "int", "float") or len(text) > _LONGEST_NUMBER or text[:1] not in _NUMBERS_BEGIN:
        return text
    if _INTEGER.fullmatch(text):
        number = int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        if abs(number) >= _LARGEST_INTEGER:
            return text
        return float(number) if kind == "float" else number
    if kind != "int" and _FLOAT.fullmatch(text):
        real = float(text)
        return text if isinf(real) else real
    if kind != "int" and _INFINITE.fullmatch(text):
        return float(text.replace(".", "", 1))
    return text


def is_merge_key(node: Node) -> bool:
    """Whether a key is the merge key ``<<`` of YAML 1.1 (written plain, or tagged ``!!merge``)."""
    return isinstance(node, Scalar) and (
        node.tag == MERGE_TAG or (node.value == "<<" and node.style == "plain" and node.tag is None)
    )


def merge_keys(*roots: Node) -> tuple[Scalar, ...]:
    """Every merge key in the trees, in file order.

    YAML 1.2 has no merge keys, and GitHub Actions accepts anchors without them (GitHub Changelog,
    2025-09-18, "Actions: YAML anchors and non-public workflow templates").
    """
    return tuple(
        key
        for root in roots
        for node in walk(root)
        if isinstance(node, Mapping)
        for key, _ in node.entries
        if isinstance(key, Scalar) and is_merge_key(key)
    )


def merged_entries(mapping: Mapping, *, explicit_wins: bool = True) -> tuple[tuple[Scalar, Resolved], ...]:
    """Key and value of ``mapping`` with its merge keys applied, each key once.

    ``explicit_wins`` follows the YAML merge type: a key written in the mapping beats a merged one
    wherever ``<<`` stands.  Ruby's Psych, and so GitLab CI, applies ``<<`` where it stands instead:
    an explicit key *above* it is overwritten (ruby/psych, lib/psych/visitors/to_ruby.rb,
    ``revive_hash``); pass False for that.  In a list of mappings the first one wins in both.  Merged
    values that are not mappings are ignored.
    """
    return tuple(_merged(mapping, explicit_wins).values())


_Entries = dict[str, tuple[Scalar, Resolved]]


def _merged(mapping: Mapping, explicit_wins: bool) -> _Entries:
    # The parser bounds depth and expanded size of a document and refuses cycles; so this is bounded.
    result: _Entries = {}
    for raw_key, raw_value in mapping.entries:
        key, value = resolve(raw_key), resolve(raw_value)
        if not isinstance(key, Scalar) or value is None:
            continue
        if not is_merge_key(key):
            result[key.value] = (key, value)
            continue
        incoming: _Entries = {}
        for merged in value.values() if isinstance(value, Sequence) else (value,):
            if isinstance(merged, Mapping):
                for name, entry in _merged(merged, explicit_wins).items():
                    incoming.setdefault(name, entry)
        for name, entry in incoming.items():
            if not explicit_wins or name not in result:
                result[name] = entry
    return result


def block_header(source: SourceFile, span: Span) -> tuple[int, int]:
    """Line and column (1-based) of the ``|`` or ``>`` of a block scalar that starts at ``span``.

    Only an anchor, a tag, comments and line breaks can stand before it.
    """
    number, column = span.line, span.column - 1
    while number <= span.end_line:
        line = source.line(number)
        while column < len(line):
            if line[column] in "|>":
                return number, column + 1
            if line[column] == "#":
                break
            if line[column] in "&!":
                while column < len(line) and line[column] not in " \t":
                    column += 1
            else:
                column += 1
        number, column = number + 1, 0
    return span.line, span.column


def comment_after(source: SourceFile, span: Span) -> str:
    """The comment that follows ``span`` on its last line, without ``#`` and outer blanks, or "".

    Between the two may stand only what closes or separates: blanks, ``:``, ``,``, ``]`` and ``}``.
    """
    rest = source.line(span.end_line)[max(span.end_column - 1, 0) :]
    closing = rest.lstrip(" \t:,]}")
    before = rest[: len(rest) - len(closing)]
    if closing.startswith("#") and before.endswith((" ", "\t")):
        return closing[1:].strip()
    return ""
