"""HCL to a located tree (Terraform, OpenTofu, Terragrunt), as much of it as can be read.

The grammar is tree-sitter's; it goes on after an error, so the rest of a broken file is still there.  A text that
is never closed would swallow everything up to the next quote: such a line is blanked and the file is read again.
Sizes and depths are limited, and a limit that is hit is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from gradeline.source import Diagnostic, SourceFile, Span
from gradeline.syntax.hcl_expressions import Expressions
from gradeline.syntax.hcl_nodes import Block, Body, Broken, Expression, Label, Literal, Parsed, Setting, Template
from gradeline.syntax.hcl_places import Places

MAX_BYTES = 400_000
MAX_NESTING = 400  # open brackets at one place
MAX_BLOCKS = 5_000
MAX_SETTINGS = 20_000
MAX_BODY_DEPTH = 20
MAX_LOST_QUOTES = 8
MAX_DAMAGE = 50  # places; with more of them nothing is trusted
_MARK = b"GRADELINE_TEXT_ENDS"


@cache
def _parser() -> Any:
    import tree_sitter
    import tree_sitter_hcl

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))


def parse(source: SourceFile) -> Parsed:
    """The tree of a file.

    Diagnostic codes: ``too-large``, ``too-deep``, ``unterminated-string``, ``hcl-syntax``, ``duplicate-setting``.
    All but the last hide a part of the file.
    """
    content = source.text.encode("utf-8", "replace")
    whole = Span(source.path, 1)
    if len(content) > MAX_BYTES:
        message = f"The file is larger than {MAX_BYTES // 1000} kB, so it was not read."
        return Parsed(Body(whole), (Diagnostic("error", "too-large", message, source.path, whole),), False)
    deep = _too_deep(content)
    if deep:
        place = Span(source.path, deep)
        message = "The brackets are nested too deep, so the file was not read."
        return Parsed(Body(whole), (Diagnostic("error", "too-deep", message, source.path, place),), False)
    diagnostics: list[Diagnostic] = []
    damage: list[tuple[int, int]] = []
    root = _parser().parse(content).root_node
    for _ in range(MAX_LOST_QUOTES):
        row = _lost_quote(root)
        if row is None:
            break
        message = "A text in this line cannot be read: a quote is not closed in it, or a `\\` or `${` does not fit."
        diagnostics.append(
            Diagnostic("error", "unterminated-string", message, source.path, Span(source.path, row + 1))
        )
        damage.append((row + 1, row + 1))
        content = _blanked(content, row)
        root = _parser().parse(content).root_node
    reader = _Reader(Places(source.path, content))
    body = reader.body(root)
    if root.has_error and not diagnostics:
        diagnostics.append(_syntax_error(source, root, reader.places))
    diagnostics.extend(reader.diagnostics)
    complete = not root.has_error and not any(one.code != "duplicate-setting" for one in diagnostics)
    limited = any(one.code in ("too-large", "too-deep") for one in reader.diagnostics)
    damage.extend(_damaged(root))
    return Parsed(body, tuple(diagnostics), complete, () if limited or len(damage) > MAX_DAMAGE else tuple(damage))


def _damaged(root: Any) -> Iterator[tuple[int, int]]:
    """The lines of each place that the grammar could not make sense of."""
    waiting = [root] if root.has_error else []
    while waiting:
        node = waiting.pop()
        if node.type == "ERROR" or node.is_missing:
            yield node.start_point[0] + 1, node.end_point[0] + 1
        else:
            waiting.extend(reversed([child for child in node.children if child.has_error or child.is_missing]))


def expression(text: str, span: Span, template: bool = True) -> Expression:
    """A text that another notation holds, as a template or as an expression; all of it is at ``span``."""
    if template and "${" not in text and "%{" not in text:
        return Literal(span, text)
    content = text.encode("utf-8", "replace")
    content = b"x = <<" + _MARK + b"\n" + content + b"\n" + _MARK + b"\n" if template else b"x = " + content + b"\n"
    if len(content) > MAX_BYTES or _too_deep(content) or (template and _MARK in text.encode("utf-8", "replace")):
        return Broken(span, "it is too large")
    body = _Reader(_OnePlace(span, content)).body(_parser().parse(content).root_node)
    setting = body.get("x")
    if setting is None:
        return Broken(span, "it has a syntax error")
    value = setting.value
    if template and isinstance(value, Template):
        inner = _without_last_line_end(value.parts)
        return inner[0] if len(inner) == 1 else Template(span, inner)
    return value


def _without_last_line_end(parts: tuple[Expression, ...]) -> tuple[Expression, ...]:
    last = parts[-1]
    if not isinstance(last, Literal) or not isinstance(last.value, str):
        return parts
    text = last.value.removesuffix("\n")
    return (*parts[:-1], Literal(last.span, text)) if text else parts[:-1]


class _OnePlace(Places):
    """Everything is where the text as a whole is."""

    def __init__(self, place: Span, content: bytes) -> None:
        super().__init__(place.path, content)
        self.place = place

    def span(self, start: tuple[int, int], end: tuple[int, int]) -> Span:
        return self.place


def _too_deep(content: bytes) -> int:
    """The line in which more brackets are open than anybody needs; 0 for a file that is fine."""
    depth, line = 0, 1
    for byte in content:
        if byte == 10:
            line += 1
        elif byte in b"([{":
            depth += 1
            if depth > MAX_NESTING:
                return line
        elif byte in b")]}":
            depth = max(depth - 1, 0)
    return 0


def _lost_quote(root: Any) -> int | None:
    """The row of the first quoted text that goes over the end of its line, which no quoted text may."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type in ("string_lit", "quoted_template"):
            row = node.start_point[0]
            for child in node.children:
                if child.type.startswith("template_literal") and child.end_point[0] > child.start_point[0]:
                    return int(child.start_point[0])
                if child.type == "quoted_template_end" and not child.is_missing and child.start_point[0] > row:
                    inside = any(one.type == "template_interpolation" for one in node.children)
                    if not inside:
                        return int(row)
        elif node.type == "quoted_template_start" and node.parent is not None and node.parent.type == "ERROR":
            return int(node.start_point[0])
        waiting.extend(reversed(node.children))
    return None


def _blanked(content: bytes, row: int) -> bytes:
    lines = content.split(b"\n")
    lines[row] = b" " * len(lines[row])
    return b"\n".join(lines)


def _syntax_error(source: SourceFile, root: Any, places: Places) -> Diagnostic:
    from gradeline.syntax.hcl_message import precise

    found = precise(source)
    if found is None:
        node = _first_error(root)
        span = places.span(node.start_point, node.end_point)
        span = Span(span.path, span.line, span.column)
        if node.is_missing:
            message = f"`{node.type}` is missing here."
        else:
            message = "This cannot be understood as HCL, so the rest of the block was left out."
        return Diagnostic("error", "hcl-syntax", message, source.path, span)
    return Diagnostic("error", "hcl-syntax", found[0], source.path, found[1])


def _first_error(root: Any) -> Any:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type == "ERROR" or node.is_missing:
            return node
        waiting.extend(reversed([child for child in node.children if child.has_error or child.is_missing]))
    return root


class _Reader:
    def __init__(self, places: Places) -> None:
        self.places = places
        self.expressions = Expressions(places)
        self.diagnostics: list[Diagnostic] = []
        self.settings = MAX_SETTINGS
        self.blocks = MAX_BLOCKS

    def body(self, root: Any) -> Body:
        found: list[Any] = [child for child in root.children if child.type == "body"]
        span = self.places.span(root.start_point, root.end_point)
        return self._body(found[0] if found else None, span, 0)

    def _body(self, node: Any, span: Span, depth: int) -> Body:
        settings: dict[str, Setting] = {}
        blocks: list[Block] = []
        for child in self._members(node):
            if child.type == "attribute":
                setting = self._setting(child)
                if setting is None or self._spent("settings", setting.span):
                    continue
                earlier = settings.get(setting.name)
                if earlier is not None:
                    message = f"`{setting.name[:60]}` is set twice; the first time is in line {earlier.span.line}."
                    self._say("duplicate-setting", message, setting.span)
                settings[setting.name] = setting
            else:
                block = self._block(child, depth)
                if block is not None:
                    blocks.append(block)
        return Body(span, tuple(settings.values()), tuple(blocks))

    def _members(self, node: Any) -> Iterator[Any]:
        """Attributes and blocks, also those that the grammar found inside something broken."""
        waiting = list(reversed(node.children)) if node is not None else []
        while waiting:
            child = waiting.pop()
            if child.type in ("attribute", "block"):
                yield child
            elif child.type in ("ERROR", "body"):
                waiting.extend(reversed(child.children))

    def _setting(self, node: Any) -> Setting | None:
        name = next((child for child in node.children if child.type == "identifier"), None)
        value = next((child for child in node.children if child.type == "expression"), None)
        if name is None or value is None or any(child.type == "ERROR" for child in node.children):
            return None
        return Setting(self.expressions.span(node), self.expressions.text(name), self.expressions.read(value))

    def _block(self, node: Any, depth: int) -> Block | None:
        span = self.expressions.span(node)
        if depth >= MAX_BODY_DEPTH:
            self._say("too-deep", "The blocks are nested too deep, so the inner ones were left out.", span)
            return None
        if self._spent("blocks", span):
            return None
        labels: list[Label] = []
        kind, end = "", node.start_point
        for child in node.children:
            if child.type == "identifier" and not kind:
                kind = self.expressions.text(child)
            elif child.type in ("string_lit", "identifier"):
                text = self.expressions.text(child)
                labels.append(Label(self.expressions.span(child), text[1:-1] if child.type == "string_lit" else text))
            elif child.type == "block_start":
                break
            end = child.end_point
        head = self.places.span(node.start_point, end)
        inner = next((child for child in node.children if child.type == "body"), None)
        return Block(span, head, kind, tuple(labels), self._body(inner, span, depth + 1))

    def _spent(self, what: str, span: Span) -> bool:
        left = getattr(self, what) - 1
        setattr(self, what, left)
        if left == -1:
            self._say("too-large", "There are too many settings here, so the rest was left out.", span)
        return bool(left < 0)

    def _say(self, code: str, message: str, span: Span) -> None:
        self.diagnostics.append(Diagnostic("error", code, message, span.path, span))
