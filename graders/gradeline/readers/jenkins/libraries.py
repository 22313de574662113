"""Shared libraries that a file loads, and how firmly their versions are fixed.

Jenkins, "Extending with Shared Libraries": ``@Library('name@version') _``, ``library 'name@version'`` and the
``libraries`` section; without a version the one of the controller's configuration is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradeline.model.pipeline import Use
from gradeline.readers.jenkins import values
from gradeline.readers.jenkins.reading import Reading, shown
from gradeline.readers.jenkins.scope import Scope
from gradeline.readers.jenkins.sections import argument
from gradeline.readers.references import version_kind
from gradeline.source import Span
from gradeline.syntax import groovy_nodes as gr


def note_libraries(reading: Reading, body: gr.Block) -> None:
    """Every library becomes a reference; from then on steps may come from elsewhere."""
    for node, named in _named(body):
        reading.library = reading.library or node
        for item in named:
            reading.note_use(_use(item))


# Without one of these in its text a file names no library; an escape may spell any character.
_LOADS = tuple(map(re.compile, (r"ibrary", r"lib(?<!\wlib)\b", r"\\[u0-7]")))


def _named(body: gr.Block) -> Iterator[tuple[gr.Node, tuple[gr.Node, ...]]]:
    if not any(one.search(body.places.text) for one in _LOADS):
        return
    for node in gr.walk(body):
        if isinstance(node, gr.Annotation) and node.name.rpartition(".")[2] == "Library":
            yield node, tuple(item for argument_ in node.arguments for item in _listed(argument_.value))
        elif isinstance(node, gr.Call) and node.target is None and node.name in ("library", "lib"):
            identifier = argument(node, "identifier")
            yield node, (identifier,) if identifier is not None else ()


def _listed(node: gr.Node) -> tuple[gr.Node, ...]:
    return tuple(item.value for item in node.items) if isinstance(node, gr.ListLiteral) else (node,)


def _use(node: gr.Node) -> Use:
    text = values.text(Scope(), node)
    span: Span = node.span
    if text.holes:
        return Use(span, shown(text.raw.partition("@")[0]), "", "computed", "include")
    name, _, version = text.raw.partition("@")
    return Use(span, name, version, version_kind(version), "include", comment=_comment(node))


def _comment(node: gr.Node) -> str:
    """The comment behind the reference on its line, without its marks."""
    text = node.places.text
    end = text.find("\n", node.end)
    rest = text[node.end : end if end >= 0 else len(text)]
    for mark in ("//", "/*"):
        _, found, comment = rest.partition(mark)
        if found:
            return comment.removesuffix("*/").strip()
    return ""
