"""The commands of a script as its shell tree has them, whatever the layout of the text."""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.shell_records import parse
from gradeline.model.pipeline import Step
from gradeline.records import record
from gradeline.syntax import shell_nodes as sh

MAX_NODES = 20_000


@record
class Command:
    """One simple command, test or assignment of a script.

    ``source`` is its text with blanks collapsed and continued lines joined; ``start`` and ``end`` are
    offsets in the script.  ``document`` are the lines of a here-document it is given.
    """

    source: str
    start: int
    end: int
    document: tuple[str, ...] = ()


def children(node: sh.Node) -> tuple[sh.Node, ...]:
    """The commands directly inside ``node``, in the order of the text."""
    if type(node) is sh.Simple:  # most nodes
        return ()
    if isinstance(node, sh.Sequence):
        return tuple(item.node for item in node.items)
    if isinstance(node, sh.AndOr):
        return (node.left, node.right)
    if isinstance(node, sh.Pipeline):
        return node.commands
    if isinstance(node, sh.If):
        inner: list[sh.Node] = [part for branch in node.branches for part in branch]
        return (*inner, node.otherwise) if node.otherwise is not None else tuple(inner)
    if isinstance(node, sh.While):
        return (node.condition, node.body)
    if isinstance(node, sh.Group | sh.For | sh.Function):
        return (node.body,)
    if isinstance(node, sh.Case):
        return tuple(arm.body for arm in node.arms)
    return ()


def walk(node: sh.Node) -> Iterator[sh.Node]:
    """``node`` and everything below it in the order of the text; at most ``MAX_NODES``."""
    todo = [node]
    for _ in range(MAX_NODES):
        if not todo:
            return
        current = todo.pop()
        yield current
        todo.extend(reversed(children(current)))


def walk_deep(node: sh.Node) -> Iterator[sh.Node]:
    """The same, and the commands inside ``$(...)`` right after the command that holds them."""
    todo = [node]
    for _ in range(MAX_NODES):
        if not todo:
            return
        current = todo.pop()
        yield current
        inner = [part.body for word in _words(current) for part in word.parts if isinstance(part, sh.Substitution)]
        todo.extend(reversed([*inner, *children(current)]))


def tree(script: str) -> sh.Sequence:
    """The body of a script."""
    return parse(script).body


def commands(script: str) -> tuple[Command, ...]:
    """Every command of a ``sh`` or ``bash`` script; what cannot be understood counts line by line."""
    found: list[Command] = []
    for node in walk(tree(script)):
        if isinstance(node, sh.Simple | sh.Test | sh.Arithmetic):
            source = _joined(script[node.start : node.end])
            document = _document(node) if isinstance(node, sh.Simple) else ()
            found.append(Command(source, node.start, node.end, document))
        elif isinstance(node, sh.Broken):
            found.extend(_lines(script, node.start, node.end))
    return tuple(found)


def step_commands(step: Step) -> tuple[Command, ...]:
    """The commands of a step's script; for a language other than the shell, its lines."""
    if step.script is None:
        return ()
    if step.shell is None or step.shell.program in ("bash", "sh"):
        return commands(step.script.raw)
    return tuple(_lines(step.script.raw, 0, len(step.script.raw)))


def _joined(text: str) -> str:
    return " ".join(text.replace("\\\n", " ").split())


def _document(node: sh.Simple) -> tuple[str, ...]:
    lines: list[str] = []
    for redirect in node.redirects:
        if redirect.operator in ("<<", "<<-") and redirect.body is not None:
            text = "".join(part.text for part in redirect.body.parts if isinstance(part, sh.Piece))
            lines.extend(line.strip() for line in text.split("\n") if line.strip())
    return tuple(lines)


def _lines(script: str, start: int, end: int) -> Iterator[Command]:
    position = start
    for line in script[start:end].split("\n"):
        written = line.strip()
        if written and not written.startswith("#"):
            yield Command(" ".join(written.split()), position, position + len(line))
        position += len(line) + 1


def parameters(script: str) -> Iterator[tuple[sh.Parameter, int, int]]:
    """Every ``$NAME`` and ``${NAME...}`` of a script with the place of the word it stands in."""
    for node in walk(tree(script)):
        todo = list(_words(node))
        while todo:
            word = todo.pop(0)
            for part in word.parts:
                if isinstance(part, sh.Parameter):
                    yield part, word.start, word.end
                elif isinstance(part, sh.Substitution):
                    todo.extend(inner for body in walk(part.body) for inner in _words(body))


def _words(node: sh.Node) -> Iterator[sh.Word]:
    """The words of one command, without those of the commands inside it."""
    if isinstance(node, sh.Simple):
        yield from node.words
        for assignment in node.assignments:
            yield from (assignment.value,) if assignment.value is not None else ()
            yield from assignment.elements or ()
        for redirect in node.redirects:
            yield from (word for word in (redirect.target, redirect.body) if word is not None)
    elif isinstance(node, sh.Test):
        yield from node.tokens
    elif isinstance(node, sh.For):
        yield from node.words or ()
    elif isinstance(node, sh.Case):
        yield node.subject


def literal(word: sh.Word) -> str | None:
    """The text of a word in which nothing is computed, else None."""
    return word.literal
