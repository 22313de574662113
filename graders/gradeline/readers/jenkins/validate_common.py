"""What the rules about declarative pipelines share."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from gradeline.readers.jenkins.reading import Reading, shown
from gradeline.source import Span
from gradeline.syntax import groovy_nodes as gr

BIGGEST = 2**63 - 1


def statements(node: gr.Call) -> tuple[gr.Node, ...]:
    """The statements of a block.  What could not be read was reported by the parser and is left out here."""
    block = node.block
    found: list[gr.Node] = []
    for statement in block.body.statements if block is not None else ():
        if isinstance(statement, gr.Broken):
            found.extend(inner for inner in statement.found if isinstance(inner, gr.Call))
        else:
            found.append(statement.statement if isinstance(statement, gr.Labelled) else statement)
    return tuple(found)


class Checker:
    """Reports what is wrong, each place once."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def error(self, code: str, message: str, node: gr.Node) -> None:
        span = node.name_span if isinstance(node, gr.Call) and node.name else _first_line(node)
        self.reading.say("error", code, message, span)

    def missing(self, name: str, where: str, node: gr.Call) -> None:
        self.error("missing-section", f"`{name}` is missing in {where}.", node)

    def call(self, statement: gr.Node, code: str, message: str) -> gr.Call | None:
        """The statement as a call of a plain name; anything else is reported."""
        if isinstance(statement, gr.Call) and statement.target is None and statement.name:
            return statement
        self.error(f"not-a-{code}", message, statement)
        return None

    def block(self, node: gr.Call) -> bool:
        """Whether the call has a block; reported when it has none."""
        if node.block is None:
            self.error("no-block", f"`{node.name}` needs a block.", node)
        return node.block is not None

    def boolean(self, node: gr.Call) -> None:
        """``failFast true``"""
        first = node.positional[0] if node.positional else None
        if not isinstance(first, gr.Literal) or not isinstance(first.value, bool):
            self.error("not-boolean", f"`{node.name}` takes `true` or `false`.", node)

    def identifier(self, name: str) -> bool:
        """Jenkins takes letters, digits and underscores, no digit first (Utils.validEnvIdentifier)."""
        return bool(name) and name.isascii() and name.replace("_", "a").isalnum() and not name[0].isdigit()

    def values(self, node: gr.Node) -> None:
        """Values that no place of a declarative pipeline takes: ``${X}`` without quotes, endless numbers."""
        if isinstance(node, gr.Argument) and node.key is None and _is_plain(node.value):
            return
        for found in gr.walk(node):
            if isinstance(found, gr.Call) and found.name == "$" and found.block is not None:
                self.error("bare-dollar", f"`{shown(found.source)}` needs quotes around it.", found)
            elif isinstance(found, gr.Literal) and isinstance(found.value, int) and abs(found.value) > BIGGEST:
                self.error("too-large", "The number does not fit into 64 bits.", found)

    def named(
        self, node: gr.Call, known: Collection[str], required: Iterable[str] = (), what: str = ""
    ) -> None:
        """The named arguments of a call whose parameters are known."""
        given = [argument.name for argument in node.arguments if argument.name is not None]
        for argument in node.arguments:
            if argument.name is not None and argument.name not in known:
                message = f"`{shown(argument.name)}` is no parameter of `{node.name}`{what}."
                self.error("unknown-parameter", message, argument)
        for name in sorted({name for name in given if given.count(name) > 1}):
            self.error("repeated-parameter", f"`{name}` is given twice.", node)
        if given or not any(not isinstance(item, gr.Closure) for item in node.positional):
            for name in required:
                if name not in given:
                    self.error("missing-parameter", f"`{node.name}` needs `{name}`.", node)

    def unmixed(self, node: gr.Call) -> bool:
        """Named and unnamed arguments cannot be mixed; a block does not count."""
        plain = [item for item in node.positional if not isinstance(item, gr.Closure)]
        if plain and any(argument.key is not None for argument in node.arguments):
            self.error("mixed-arguments", f"`{node.name}` mixes named and unnamed arguments.", node)
            return False
        return True


def _is_plain(node: gr.Node) -> bool:
    """Whether it is a text into which nothing is put, as nearly all arguments are."""
    return isinstance(node, gr.String) and not node.holes


def _first_line(node: gr.Node) -> Span:
    span = node.span
    if span.end_line == span.line:
        return span
    head = node.source.split("\n", 1)[0]
    return Span(span.path, span.line, span.column, span.line, span.column + max(len(head), 1))
