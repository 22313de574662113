"""Places that only mention a command: printed, or written in a comment.

This explains a verdict to a person ("`echo pytest` prints the word"); it never decides one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradeline.facts.shell_machine import parse
from gradeline.facts.tools import classify
from gradeline.model.text import Text
from gradeline.source import Span
from gradeline.syntax import shell_nodes as sh

if TYPE_CHECKING:
    from gradeline.facts.case import PipelineFacts


@dataclass(frozen=True, slots=True)
class Mention:
    sentence: str
    span: Span


def mentions(facts: PipelineFacts, classes: tuple[str, ...]) -> Iterator[Mention]:
    """Printed and commented-out commands of the classes, in the order of the file."""
    wanted = set(classes)
    for unit in facts.pipeline.units:
        for step in unit.walk():
            if step.script is None:
                continue
            for words, span in _printed(step.script):
                if _classes(words) & wanted:
                    yield Mention(f"`{' '.join(words)}` is only printed, not run", span)
            yield from _commented(step.script.raw.split("\n"), wanted, step.script)
    source = facts.project.files.get(facts.pipeline.path)
    if source is not None:
        for number, line in enumerate(source.lines, 1):
            written = line.strip()
            if written.startswith("#"):
                command = written.lstrip("# -").removeprefix("run:").strip()
                if _classes(tuple(_words(command))) & wanted:
                    yield Mention(
                        f"`{command}` stands in a comment", Span(source.path, number, 1, number, len(line) + 1)
                    )


def _commented(lines: list[str], wanted: set[str], text: Text) -> Iterator[Mention]:
    offset = 0
    for line in lines:
        written = line.strip()
        if written.startswith("#"):
            command = written.lstrip("# ")
            if _classes(tuple(_words(command))) & wanted:
                yield Mention(f"`{command}` stands in a comment", text.at(offset, offset + len(line)))
        offset += len(line) + 1


def _printed(script: Text) -> Iterator[tuple[tuple[str, ...], Span]]:
    todo: list[object] = [parse(script.raw).body]
    while todo:
        node = todo.pop(0)
        if isinstance(node, sh.Sequence):
            todo.extend(item.node for item in node.items)
        elif isinstance(node, sh.AndOr):
            todo.extend((node.left, node.right))
        elif isinstance(node, sh.Pipeline):
            todo.extend(node.commands)
        elif isinstance(node, sh.If):
            todo.extend(body for _, body in node.branches)
        elif isinstance(node, sh.Simple) and node.words:
            words = [_literal(word) for word in node.words]
            if words[0] in ("echo", "printf"):
                text = " ".join(words[1:])
                yield tuple(_words(text)), script.at(node.start, node.end)


def _literal(word: sh.Word) -> str:
    return "".join(part.text for part in word.parts if isinstance(part, sh.Piece))


def _words(text: str) -> list[str]:
    for prefix in ("running", "run", "would run", "$"):
        if text.lower().startswith(prefix + " "):
            text = text[len(prefix) + 1 :]
    return text.split()


def _classes(words: tuple[str, ...]) -> set[str]:
    if not words or len(words) > 40:
        return set()
    return {name for reading in classify(words, {}) for name in reading.classes}
