"""Places where a command is written but not run: printed, in a comment, as text, or where no run gets to.

This explains a verdict to a person ("`echo pytest` prints the word"); it never decides one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gradeline.facts import catalogue, tools
from gradeline.facts.shell_records import parse
from gradeline.model.text import Text
from gradeline.records import record
from gradeline.source import Span
from gradeline.syntax import shell_nodes as sh

if TYPE_CHECKING:
    from gradeline.facts.case import PipelineFacts

MAX_WORDS = 40
MAX_NODES = 2000
MAX_SHOWN = 60
_PRINTERS = ("echo", "printf")
_BRACKETS = str.maketrans("'\"()`;", "\n\n\n\n\n\n")


@record
class Mention:
    sentence: str
    span: Span


def mentions(facts: PipelineFacts, classes: tuple[str, ...]) -> Iterator[Mention]:
    """Commands of the classes that are written somewhere, first those in the pipeline, in the order of the file."""
    wanted = frozenset(classes)
    for unit in facts.pipeline.units:
        for step in unit.walk():
            if step.script is not None:
                yield from _in_script(step.script, wanted)
                yield from _commented(step.script, wanted)
    source = facts.project.files.get(facts.pipeline.path)
    if source is not None:
        for number, line in enumerate(source.lines, 1):
            written = line.strip()
            if written.startswith("#"):
                command = written.lstrip("# -").removeprefix("run:").strip()
                if _does(tuple(_words(command)), wanted):
                    yield Mention(
                        f"`{command}` stands in a comment", Span(source.path, number, 1, number, len(line) + 1)
                    )
    for _, recipe in sorted(facts.project.recipes.items()):
        for recipe_line in recipe.lines:
            yield from _in_script(recipe_line.text, wanted)
    for _, script in sorted(facts.project.scripts.items()):
        yield from _in_script(script.text, wanted)


def idle_use(words: tuple[str | None, ...], classes: tuple[str, ...]) -> bool:
    """Whether a program of the classes is only asked about itself: ``trivy version``."""
    return (
        len(words) > 1
        and words[1] in ("version", "help", "completion")
        and not tools.classify(words, {})
        and bool(frozenset(classes) & catalogue.all_classes(words[0]))
    )


def _commented(script: Text, wanted: frozenset[str]) -> Iterator[Mention]:
    offset = 0
    for line in script.raw.split("\n"):
        written = line.strip()
        if written.startswith("#"):
            command = written.lstrip("# ")
            if _does(tuple(_words(command)), wanted):
                yield Mention(f"`{command}` stands in a comment", script.at(offset, offset + len(line)))
        offset += len(line) + 1


def _in_script(script: Text, wanted: frozenset[str]) -> Iterator[Mention]:
    for node in _commands(script):
        span = script.at(node.start, node.end)
        shown = _shown(script.raw[node.start : node.end])
        words = tuple(_literal(word) for word in node.words)
        if words[0] in _PRINTERS:
            text = " ".join(words[1:])
            if _does(tuple(_words(text)), wanted):
                yield Mention(f"`{_shown(text)}` is only printed, not run", span)
        elif _does(words, wanted):
            yield Mention(f"`{shown}` stands here, but no run gets to it", span)
        elif any(_does(words[at:], wanted) for at in range(1, min(len(words), MAX_WORDS))):
            yield Mention(f"`{shown}` only names it and does not run it", span)
        elif any(_does(tuple(line.split()), wanted) for text in words[1:] for line in _lines(text)):
            yield Mention(f"`{shown}` holds it as text and does not run it", span)
        for redirect in node.redirects:
            if redirect.body is not None:
                yield from _in_text(redirect.body, script, wanted)


def _in_text(body: sh.Word, script: Text, wanted: frozenset[str]) -> Iterator[Mention]:
    """The lines of a here-document."""
    offset = body.start
    for line in script.raw[body.start : body.end].split("\n"):
        if _does(tuple(line.split()), wanted):
            yield Mention(f"`{_shown(line)}` is only text here, not run", script.at(offset, offset + len(line)))
        offset += len(line) + 1


def _commands(script: Text) -> Iterator[sh.Simple]:
    """Every simple command of a script, wherever it stands."""
    todo: list[sh.Node] = [parse(script.raw).body]
    for _ in range(MAX_NODES):
        if not todo:
            return
        node = todo.pop(0)
        if isinstance(node, sh.Simple):
            if node.words:
                yield node
            words = [*node.words, *(item.value for item in node.assignments if item.value is not None)]
            todo[:0] = [part.body for word in words for part in word.parts if isinstance(part, sh.Substitution)]
        else:
            todo[:0] = _children(node)


def _children(node: sh.Node) -> list[sh.Node]:
    match node:
        case sh.Sequence():
            return [item.node for item in node.items]
        case sh.AndOr():
            return [node.left, node.right]
        case sh.Pipeline():
            return list(node.commands)
        case sh.If():
            bodies = [part for branch in node.branches for part in branch]
            return [*bodies, *([node.otherwise] if node.otherwise is not None else [])]
        case sh.While():
            return [node.condition, node.body]
        case sh.Case():
            return [arm.body for arm in node.arms]
        case sh.Group() | sh.For() | sh.Function():
            return [node.body]
    return []


def _literal(word: sh.Word) -> str:
    return "".join(part.text for part in word.parts if isinstance(part, sh.Piece))


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_SHOWN else line[: MAX_SHOWN - 3] + "..."


def _lines(text: str) -> list[str]:
    """What stands between the brackets and quotes of a text in another language."""
    return text.translate(_BRACKETS).split("\n") if len(text) <= 4 * MAX_WORDS else []


def _words(text: str) -> list[str]:
    for prefix in ("running", "run", "would run", "$"):
        if text.lower().startswith(prefix + " "):
            text = text[len(prefix) + 1 :]
    return text.split()


def _does(words: tuple[str, ...], wanted: frozenset[str]) -> bool:
    """Whether the words, taken as a command, would do something of the classes."""
    inner: tuple[str | None, ...] = words
    for _ in range(4):
        if not inner or not inner[0] or len(inner) > MAX_WORDS:
            return False
        if any(wanted & reading.classes for reading in tools.classify(inner, {})):
            return True
        unwrapped = tools.unwrap(inner, {})
        if unwrapped is None or unwrapped.kind != "command" or unwrapped.argv == inner:
            return False
        inner = unwrapped.argv
    return False
