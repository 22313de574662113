"""What an HCL file says, with places: bodies of attributes and blocks, and expressions.

HCL Native Syntax Specification.  The same nodes are made of HCL in JSON (``.tf.json``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Union

from gradeline.records import record
from gradeline.source import Diagnostic, Span

Scalar = Union[str, int, float, bool, None]  # noqa: UP007 - evaluated at run time


@record
class Literal:
    span: Span
    value: Scalar


@record
class Template:
    """Text and expressions in turn; the value is a text unless there is exactly one part."""

    span: Span
    parts: tuple[Expression, ...]


@record
class TemplateIf:
    """``%{ if }`` in a template."""

    span: Span
    condition: Expression
    then: Expression
    otherwise: Expression


@record
class TemplateFor:
    """``%{ for }`` in a template."""

    span: Span
    names: tuple[str, ...]
    collection: Expression
    body: Expression


@record
class Name:
    """A name that stands at the start of a reference: ``var``, ``aws_s3_bucket``, ``each``."""

    span: Span
    name: str


@record
class Attribute:
    """``of.name``."""

    span: Span
    of: Expression
    name: str


@record
class Index:
    """``of[key]``."""

    span: Span
    of: Expression
    key: Expression


@record
class Splat:
    """``of[*].a.b``: the path is taken in each element.  ``full`` false is the older ``of.*.a``."""

    span: Span
    of: Expression
    path: tuple[str | Expression, ...]
    full: bool = True


@record
class Call:
    """``expanded``: the last argument is a list of arguments (``f(a...)``)."""

    span: Span
    name: str
    arguments: tuple[Expression, ...]
    expanded: bool = False


@record
class Unary:
    span: Span
    operator: str
    operand: Expression


@record
class Binary:
    span: Span
    operator: str
    left: Expression
    right: Expression


@record
class Conditional:
    span: Span
    condition: Expression
    then: Expression
    otherwise: Expression


@record
class TupleOf:
    span: Span
    items: tuple[Expression, ...]


@record
class ObjectOf:
    """``entries`` are pairs of key and value; a bare word as key has become a literal."""

    span: Span
    entries: tuple[tuple[Expression, Expression], ...]


@record
class For:
    """``[for names in collection : value if condition]``; with ``key`` an object, ``grouped`` by ``...``."""

    span: Span
    names: tuple[str, ...]
    collection: Expression
    key: Expression | None
    value: Expression
    condition: Expression | None
    grouped: bool = False


@record
class Broken:
    """What could not be read, or goes on too deep."""

    span: Span
    reason: str


Expression = Union[  # noqa: UP007 - evaluated at run time
    Literal, Template, TemplateIf, TemplateFor, Name, Attribute, Index, Splat, Call, Unary, Binary, Conditional,
    TupleOf, ObjectOf, For, Broken,
]  # fmt: skip


@record
class Setting:
    """``name = value``."""

    span: Span
    name: str
    value: Expression


@record
class Label:
    span: Span
    text: str


@record
class Block:
    """``span`` is the whole block, ``head`` the line it starts with, up to the brace."""

    span: Span
    head: Span
    kind: str
    labels: tuple[Label, ...]
    body: Body


@record
class Body:
    span: Span
    settings: tuple[Setting, ...] = ()
    blocks: tuple[Block, ...] = ()

    def get(self, name: str) -> Setting | None:
        return next((one for one in self.settings if one.name == name), None)

    def inside(self, kind: str) -> tuple[Block, ...]:
        """The blocks of a kind."""
        return tuple(one for one in self.blocks if one.kind == kind)


@record
class Parsed:
    """``complete`` false: a part of the file is not in ``body``; a diagnostic says where.  ``damage`` are the first and
    last lines of what is not, as far as that can be told; nothing for a file that was not read at all."""

    body: Body
    diagnostics: tuple[Diagnostic, ...]
    complete: bool
    damage: tuple[tuple[int, int], ...] = ()


def parts(node: Expression) -> Iterator[Expression]:
    """The expressions directly inside one."""
    if isinstance(node, Template):
        yield from node.parts
    elif isinstance(node, TemplateIf | Conditional):
        yield from (node.condition, node.then, node.otherwise)
    elif isinstance(node, TemplateFor):
        yield from (node.collection, node.body)
    elif isinstance(node, Attribute):
        yield node.of
    elif isinstance(node, Index):
        yield from (node.of, node.key)
    elif isinstance(node, Splat):
        yield node.of
        yield from (one for one in node.path if not isinstance(one, str))
    elif isinstance(node, Call):
        yield from node.arguments
    elif isinstance(node, Unary):
        yield node.operand
    elif isinstance(node, Binary):
        yield from (node.left, node.right)
    elif isinstance(node, TupleOf):
        yield from node.items
    elif isinstance(node, ObjectOf):
        for key, value in node.entries:
            yield from (key, value)
    elif isinstance(node, For):
        yield from (one for one in (node.collection, node.key, node.value, node.condition) if one is not None)


def walk(node: Expression) -> Iterator[Expression]:
    """An expression and everything inside it, outer ones first, in the order of the text."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(tuple(parts(one))))


def reference(node: Expression) -> tuple[str, ...]:
    """The words of a reference up to its first index: ``var.name``, ``data.aws_x.y.json``; empty for others."""
    path: list[str] = []
    while True:
        if isinstance(node, Attribute):
            path.append(node.name)
            node = node.of
        elif isinstance(node, Index | Splat):
            path.clear()
            node = node.of
        elif isinstance(node, Name):
            return (node.name, *reversed(path))
        else:
            return ()
