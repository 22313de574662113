"""The tree of a PromQL expression, as plain records.

Seconds and numbers are None where a variable (``$__rate_interval``, ``{{args.limit}}``) stands for them.
Parentheses are not kept: the tree has the order already.
"""

from __future__ import annotations

from typing import Literal

from gradeline.records import record

MatchOperator = Literal["=", "!=", "=~", "!~"]


@record
class Number:
    value: float | None


@record
class String:
    value: str


@record
class Matcher:
    """``known`` is false when the value holds a variable."""

    label: str
    operator: MatchOperator
    value: str
    known: bool = True


@record
class Selector:
    """``name`` is the metric's, empty when no single name is asked for; ``matchers`` leave ``__name__`` out
    when it is in ``name``.  ``offset`` in seconds, ``pinned`` for ``@``."""

    name: str
    matchers: tuple[Matcher, ...] = ()
    offset: float | None = 0.0
    pinned: bool = False

    def matcher(self, label: str) -> Matcher | None:
        return next((matcher for matcher in self.matchers if matcher.label == label), None)


@record
class Range:
    """``x[5m]``, and ``expression[1h:5m]`` with ``step`` (0.0: the default one)."""

    expression: Node
    seconds: float | None
    subquery: bool = False
    step: float | None = None
    offset: float | None = 0.0


@record
class Call:
    function: str
    arguments: tuple[Node, ...]


@record
class Aggregate:
    """``by`` is None without ``by (...)``, ``without`` likewise; ``parameter`` is that of ``topk``, ``quantile``."""

    operator: str
    expression: Node
    parameter: Node | None = None
    by: tuple[str, ...] | None = None
    without: tuple[str, ...] | None = None


@record
class Binary:
    """``on`` and ``ignoring`` are None when not written; ``grouped`` says which side has several series to one."""

    operator: str
    left: Node
    right: Node
    bool: bool = False
    on: tuple[str, ...] | None = None
    ignoring: tuple[str, ...] | None = None
    grouped: Literal["", "left", "right"] = ""
    included: tuple[str, ...] = ()


@record
class Negative:
    expression: Node


Node = Number | String | Selector | Range | Call | Aggregate | Binary | Negative


def children(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Call):
        return node.arguments
    if isinstance(node, Binary):
        return (node.left, node.right)
    if isinstance(node, Aggregate):
        return (node.expression,) if node.parameter is None else (node.parameter, node.expression)
    if isinstance(node, (Range, Negative)):
        return (node.expression,)
    return ()


def walk(node: Node) -> tuple[tuple[Node, tuple[Node, ...]], ...]:
    """Every node with the nodes around it, the nearest last; in the order of the text."""
    found: list[tuple[Node, tuple[Node, ...]]] = []
    waiting: list[tuple[Node, tuple[Node, ...]]] = [(node, ())]
    while waiting:
        one, around = waiting.pop()
        found.append((one, around))
        inside = (*around, one)
        waiting.extend((child, inside) for child in reversed(children(one)))
    return tuple(found)
