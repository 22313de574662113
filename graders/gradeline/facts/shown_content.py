"""What the texts hold that a pipeline shows to people: commands whose answers flow into them, and words.

Followed are redirections, pipes, ``tee``, substitutions, variables, files that are read again, and outputs of steps.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.script_shape import children, literal, tree, walk
from gradeline.model.expression import Expression, Output
from gradeline.model.expression import walk as walk_expression
from gradeline.model.pipeline import Step, Unit
from gradeline.model.text import Places, Text
from gradeline.records import record
from gradeline.source import Span
from gradeline.syntax import shell_nodes as sh

MAX_PARTS = 2_000  # commands that are looked at for one pipeline
COMPUTED = "\0"  # stands in a word for what is computed
# ("file", name), ("variable", step and name), ("output" or "summary", step), ("stdin", step and offset of a command)
Target = tuple[str, str]


@record
class Part:
    """One command of one script."""

    unit: Unit
    step: Step
    node: sh.Simple
    span: Span


@record
class Content:
    """``parts`` are the commands whose answers a text holds, ``items`` what they are known to do, ``words`` are the
    words that stand there whatever happens."""

    parts: tuple[Part, ...]
    items: tuple[Activity, ...]
    words: tuple[str, ...]


class Shown:
    """The flows of one pipeline."""

    def __init__(self, facts: PipelineFacts) -> None:
        self.facts = facts
        self.flows: dict[Target, list[Part]] = {}
        self.parts: list[Part] = []
        self.channels = facts.pipeline.channels
        for unit in facts.pipeline.units:
            for step in unit.walk():
                if step.script is not None and (step.shell is None or step.shell.program in ("bash", "sh")):
                    self._visit(unit, step, Places(step.script), tree(step.script.raw), ())

    # -- gathering ---------------------------------------------------------------------------

    def _visit(self, unit: Unit, step: Step, places: Places, node: sh.Node, into: tuple[Target, ...]) -> None:
        todo: list[tuple[sh.Node, tuple[Target, ...]]] = [(node, into)]
        while todo and len(self.parts) < MAX_PARTS:
            current, targets = todo.pop()
            targets = self._redirected(unit, step, current, targets)
            if isinstance(current, sh.Simple):
                part = Part(unit, step, current, places.at(current.start, current.end))
                self.parts.append(part)
                for target in (*targets, *self._named(current)):
                    self.flows.setdefault(target, []).append(part)
                for assignment in current.assignments:
                    self.flows.setdefault(("variable", f"{_key(unit, step)} {assignment.name}"), []).append(part)
            elif isinstance(current, sh.Pipeline):
                last = self._redirected(unit, step, current.commands[-1], targets)
                copies = tuple(target for one in current.commands for target in self._copied(unit, step, one))
                after = (*current.commands[1:], None)
                for one, following in reversed(list(zip(current.commands, after, strict=True))):
                    taken = ("stdin", f"{_key(unit, step)} {following.start}") if following is not None else None
                    todo.append((one, (*last, *copies, *((taken,) if taken is not None else ()))))
            else:
                todo.extend((one, targets) for one in reversed(children(current)))

    def _redirected(
        self, unit: Unit, step: Step, node: sh.Node, targets: tuple[Target, ...]
    ) -> tuple[Target, ...]:
        for redirect in getattr(node, "redirects", ()):
            if redirect.target is None or redirect.fd not in (None, 1):
                continue
            if redirect.operator in (">", ">>", ">|", "&>", "&>>"):
                found = self._target(unit, step, redirect.target)
                targets = (found,) if found is not None else ()
            elif redirect.operator == ">&":
                targets = ()
        return targets

    def _target(self, unit: Unit, step: Step, word: sh.Word) -> Target | None:
        for part in word.parts:
            if isinstance(part, sh.Parameter) and part.name in self.channels:
                channel = self.channels[part.name]
                return (channel, _key(unit, step)) if channel in ("output", "summary") else None
        name = _file(word)
        return ("file", name) if name else None

    def _copied(self, unit: Unit, step: Step, node: sh.Node) -> tuple[Target, ...]:
        if isinstance(node, sh.Simple) and node.words and literal(node.words[0]) == "tee":
            return tuple(target for word in node.words[1:] if (target := self._target(unit, step, word)))
        return ()

    def _named(self, node: sh.Simple) -> tuple[Target, ...]:
        """Files that a command writes because an option says so: ``--out report.md``, ``-o report.md``."""
        words = [literal(word) or "" for word in node.words]
        found: list[Target] = []
        for position, word in enumerate(words):
            name, equals, value = word.partition("=")
            if name in ("-o", "--out", "--output", "--report", "--table", "--save"):
                value = value if equals else next(iter(words[position + 1 : position + 2]), "")
                if "." in value:
                    found.append(("file", value.rpartition("/")[2]))
        return tuple(found)

    # -- asking ------------------------------------------------------------------------------

    def of_parts(self, parts: list[Part]) -> Content:
        """What the answers of some commands hold, and what those that they read hold."""
        seen: dict[int, Part] = {}  # by their commands, which the scripts keep
        words: list[str] = []
        items: dict[int, Activity] = {}
        todo = deque(parts)
        while todo and len(seen) < MAX_PARTS:
            part = todo.popleft()
            if id(part.node) in seen:
                continue
            seen[id(part.node)] = part
            items.update((id(item), item) for item in self.facts.activities if _at(item, part))
            todo.extend(self.flows.get(("stdin", f"{_key(part.unit, part.step)} {part.node.start}"), ()))
            for word in _all_words(part.node):
                text = "".join(piece.text if isinstance(piece, sh.Piece) else COMPUTED for piece in word.parts)
                words.append(text)
                todo.extend(self._read(part, word))
            if part.step.script is not None:
                start, end = part.node.start, part.node.end
                for hole in part.step.script.holes:
                    if start <= hole.start < end:
                        todo.extend(self.of_expression(part.unit, hole.expression))
        return Content(tuple(seen.values()), tuple(items.values()), tuple(words))

    def _read(self, part: Part, word: sh.Word) -> Iterator[Part]:
        """The commands whose answers a word takes in."""
        name = _file(word)
        if name:
            yield from (one for one in self.flows.get(("file", name), ()) if one.node is not part.node)
        for piece in word.parts:
            if isinstance(piece, sh.Substitution):
                for node in walk(piece.body):
                    if isinstance(node, sh.Simple):
                        text = part.step.script
                        span = Places(text).at(node.start, node.end) if text is not None else part.span
                        yield Part(part.unit, part.step, node, span)
            elif isinstance(piece, sh.Parameter):
                yield from self.flows.get(("variable", f"{_key(part.unit, part.step)} {piece.name}"), ())
                for variable in (*part.unit.env, *part.step.env):
                    if variable.name == piece.name:
                        yield from self.of_text(part.unit, variable.value)

    def of_text(self, unit: Unit, text: Text) -> Iterator[Part]:
        """The commands whose answers a value of the pipeline takes in: outputs of steps, and files that it names."""
        for expression in (hole.expression for hole in text.holes):
            yield from self.of_expression(unit, expression)
        for line in text.raw.split("\n"):
            name = line.strip().rpartition("/")[2]
            if name:
                yield from self.flows.get(("file", name), ())

    def of_expression(self, unit: Unit, expression: Expression) -> Iterator[Part]:
        for node in walk_expression(expression):
            if isinstance(node, Output) and node.owner == "step":
                yield from self.flows.get(("output", f"{unit.id} {node.id}"), ())
            elif isinstance(node, Output):
                for other in self.facts.pipeline.units:
                    if other.id == node.id and node.name in other.outputs and other.kind == "work":
                        yield from self.of_expression(other, other.outputs[node.name])

    def at(self, item: Activity) -> list[Part]:
        """The commands that an activity stands in or is reached from."""
        return [part for part in self.parts if _at(item, part)]


def _key(unit: Unit, step: Step) -> str:
    return f"{unit.id} {step.id}"


def _at(item: Activity, part: Part) -> bool:
    if item.step.id != part.step.id or item.unit.id != part.unit.id:
        return False
    spans = (item.span, *(frame.span for frame in item.trail))
    return any(_inside(span, part.span) for span in spans)


def _inside(inner: Span, outer: Span) -> bool:
    if inner.path != outer.path:
        return False
    start, end = (inner.line, inner.column), (inner.end_line, inner.end_column)
    return (outer.line, outer.column) <= start and end <= (outer.end_line, outer.end_column)


def _file(word: sh.Word) -> str:
    """The name of the file that a word is; empty for other words.  Folders are left out: jobs have their own."""
    text = literal(word)
    if text is None:
        last = word.parts[-1] if word.parts else None
        text = last.text if isinstance(last, sh.Piece) and "/" in last.text else ""
    name = text.strip().removeprefix("@").rpartition("/")[2]
    return name.partition("=")[2] if name.startswith("-") and "=" in name else name


def _all_words(node: sh.Simple) -> Iterator[sh.Word]:
    yield from node.words
    for assignment in node.assignments:
        if assignment.value is not None:
            yield assignment.value
    for redirect in node.redirects:
        if redirect.body is not None:
            yield redirect.body
        elif redirect.target is not None and redirect.operator in ("<", "<<<"):
            yield redirect.target
