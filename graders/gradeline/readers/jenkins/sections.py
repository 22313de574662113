"""A block of a declarative pipeline as its sections."""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.model.text import Text
from gradeline.readers.jenkins import values
from gradeline.readers.jenkins.scope import Scope
from gradeline.records import record
from gradeline.syntax import groovy_nodes as gr


@record
class Section:
    """The calls of a block, in order; a bare name such as ``none`` is a call without arguments."""

    node: gr.Call
    calls: tuple[gr.Call, ...] = ()

    def get(self, name: str) -> gr.Call | None:
        for call in self.calls:
            if call.name == name:
                return call
        return None

    def all(self, name: str) -> tuple[gr.Call, ...]:
        return tuple(call for call in self.calls if call.name == name)


def section(node: gr.Call | None) -> Section | None:
    """What stands in the block of a call; None when there is no call."""
    if node is None:
        return None
    return Section(node, tuple(_calls(node.block.body.statements if node.block is not None else ())))


def inside(node: gr.Call) -> Section:
    """What stands in the block of a call that is there."""
    return Section(node, tuple(_calls(node.block.body.statements if node.block is not None else ())))


def _calls(statements: tuple[gr.Node, ...]) -> Iterator[gr.Call]:
    for statement in statements:
        inner = statement.statement if isinstance(statement, gr.Labelled) else statement
        if isinstance(inner, gr.Call) and inner.target is None:
            yield inner
        elif isinstance(inner, gr.Name):
            yield gr.Call(inner.start, inner.end, inner.places, inner.name, inner.start, None, ())
        elif isinstance(inner, gr.Broken):
            yield from _calls(inner.found)


def plain(node: gr.Call) -> gr.Node | None:
    """The first argument without a name that is no block."""
    return next((item for item in node.positional if not isinstance(item, gr.Closure)), None)


def argument(node: gr.Call, name: str) -> gr.Node | None:
    """A named argument, or the first one without a name; those of a map that is given as one count as named."""
    named = node.get(name)
    if named is not None:
        return named
    first = plain(node)
    if isinstance(first, gr.MapLiteral):
        return first.get(name)
    return first


def setting(scope: Scope, node: gr.Call, name: str, direct: bool = False) -> Text | None:
    """``label 'x'`` inside the block of ``node``, ``label: 'x'`` as its argument, or (``direct``) its only one."""
    inner = inside(node).get(name) if node.block is not None else None
    value = plain(inner) if inner is not None else node.get(name)
    if value is None and direct and node.block is None:
        value = plain(node)
    return None if value is None else values.text(scope, value)


def switched_on(node: gr.Call | None) -> bool:
    """``beforeAgent true`` and ``failFast true``."""
    if node is None:
        return False
    value = plain(node)
    return isinstance(value, gr.Literal) and value.value is True
