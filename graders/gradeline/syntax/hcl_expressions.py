"""Expressions of an HCL file: from the nodes of the grammar to ours.

The depth is counted, so nothing a file holds can exhaust the stack.  Text between the parts of a template is
taken from the file itself: the grammar leaves out white space there.
"""

from __future__ import annotations

import re
from typing import Any

from gradeline.source import Span
from gradeline.syntax.hcl_nodes import (
    Attribute,
    Binary,
    Broken,
    Call,
    Conditional,
    Expression,
    For,
    Index,
    Literal,
    Name,
    ObjectOf,
    Splat,
    Template,
    TemplateFor,
    TemplateIf,
    TupleOf,
    Unary,
)
from gradeline.syntax.hcl_places import Places

MAX_DEPTH = 50
MAX_PARTS = 100  # of one reference
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([nrt\"\\]))|\$\$\{|%%\{")
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_PASS = frozenset({"literal_value", "template_expr", "collection_value", "operation", "for_expr"})
_READERS = frozenset(
    {
        "binary_operation", "bool_lit", "conditional", "for_object_expr", "for_tuple_expr", "function_call",
        "heredoc_template", "null_lit", "numeric_lit", "object", "quoted_template", "string_lit", "tuple",
        "unary_operation", "variable_expr",
    }
)  # fmt: skip
Node = Any  # tree_sitter.Node, which is not imported before a file is parsed


class Expressions:
    """Reads the expressions of one file."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.source = places.source

    def span(self, node: Node) -> Span:
        return self.places.span(node.start_point, node.end_point)

    def text(self, node: Node) -> str:
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def read(self, node: Node, depth: int = 0) -> Expression:
        """The expression of a node; ``Broken`` where the file is broken or goes on too deep."""
        if depth > MAX_DEPTH:
            return Broken(self.span(node), "it is nested too deep")
        if node.type == "ERROR" or node.is_missing:
            return Broken(self.span(node), "it has a syntax error")
        children = [child for child in node.children if child.type != "comment"]
        if any(child.type == "ERROR" or child.is_missing for child in children):
            return Broken(self.span(node), "it has a syntax error")
        if node.type == "expression":
            return self._expression(node, children, depth)
        if node.type in _PASS and len(children) == 1:
            return self.read(children[0], depth)
        if node.type not in _READERS:
            return Broken(self.span(node), "it is of a kind that is not known here")
        found: Expression = getattr(self, f"_{node.type}")(node, children, depth + 1)
        return found

    def _expression(self, node: Node, children: list[Node], depth: int) -> Expression:
        if not children:
            return Broken(self.span(node), "there is nothing here")
        if children[0].type == "(":
            inner = next((child for child in children if child.type not in ("(", ")")), None)
            found = Broken(self.span(node), "there is nothing here") if inner is None else self.read(inner, depth + 1)
            return self._postfix(found, children[children.index(inner) + 2 :] if inner is not None else [], depth)
        return self._postfix(self.read(children[0], depth + 1), children[1:], depth)

    def _postfix(self, found: Expression, rest: list[Node], depth: int) -> Expression:
        """What follows an operand: attributes, indices and splats, in order."""
        if len(rest) > MAX_PARTS:
            return Broken(found.span, "it goes on too long")
        for child in rest:
            span = found.span.to(self.span(child))
            if child.type == "get_attr":
                found = Attribute(span, found, self._attribute_name(child))
            elif child.type == "index":
                found = self._index(span, found, child, depth)
            elif child.type == "splat":
                found = self._splat(span, found, child, depth)
            else:
                return Broken(span, "it is of a kind that is not known here")
        return found

    def _attribute_name(self, node: Node) -> str:
        return "".join(self.text(child) for child in node.children if child.type == "identifier")

    def _index(self, span: Span, of: Expression, node: Node, depth: int) -> Expression:
        inner = node.children[0] if node.children else node
        if inner.type == "legacy_index":
            number = self.text(inner).lstrip(".")
            return Index(span, of, Literal(self.span(inner), int(number) if number.isdecimal() else number))
        key = next((child for child in inner.children if child.type == "expression"), None)
        return Broken(span, "the index is missing") if key is None else Index(span, of, self.read(key, depth + 1))

    def _splat(self, span: Span, of: Expression, node: Node, depth: int) -> Expression:
        path: list[str | Expression] = []
        inner = node.children[0] if node.children else node
        for child in inner.children:
            if child.type == "get_attr":
                path.append(self._attribute_name(child))
            elif child.type == "index":
                index = self._index(span, of, child, depth)
                path.append(index.key if isinstance(index, Index) else index)
        return Splat(span, of, tuple(path), inner.type == "full_splat")

    # -- operands ---------------------------------------------------------------------------------

    def _variable_expr(self, node: Node, children: list[Node], depth: int) -> Expression:
        return Name(self.span(node), self.text(node))

    def _numeric_lit(self, node: Node, children: list[Node], depth: int) -> Expression:
        text = self.text(node)
        if len(text) > 40:
            return Broken(self.span(node), "the number is too long")
        return Literal(self.span(node), number(text))

    def _bool_lit(self, node: Node, children: list[Node], depth: int) -> Expression:
        return Literal(self.span(node), self.text(node) == "true")

    def _null_lit(self, node: Node, children: list[Node], depth: int) -> Expression:
        return Literal(self.span(node), None)

    def _tuple(self, node: Node, children: list[Node], depth: int) -> Expression:
        items = tuple(self.read(child, depth) for child in children if child.type == "expression")
        return TupleOf(self.span(node), items)

    def _object(self, node: Node, children: list[Node], depth: int) -> Expression:
        entries = []
        for element in children:
            if element.type != "object_elem":
                continue
            both = [child for child in element.children if child.type == "expression"]
            if len(both) == 2:
                entries.append((self._key(both[0], depth), self.read(both[1], depth)))
            else:
                entries.append((Broken(self.span(element), "it has a syntax error"),) * 2)
        return ObjectOf(self.span(node), tuple(entries))

    def _key(self, node: Node, depth: int) -> Expression:
        """The key of an object: a bare word stands for itself (HCL specification, "Collection Values")."""
        key = self.read(node, depth)
        if isinstance(key, Name) and node.children and node.children[0].type == "variable_expr":
            return Literal(key.span, key.name)
        return key

    def _function_call(self, node: Node, children: list[Node], depth: int) -> Expression:
        name = next((self.text(child) for child in children if child.type == "identifier"), "")
        given = next((child for child in children if child.type == "function_arguments"), None)
        inner = given.children if given is not None else []
        arguments = tuple(self.read(child, depth) for child in inner if child.type == "expression")
        return Call(self.span(node), name, arguments, any(child.type == "ellipsis" for child in inner))

    def _conditional(self, node: Node, children: list[Node], depth: int) -> Expression:
        three = [self.read(child, depth) for child in children if child.type == "expression"]
        if len(three) != 3:
            return Broken(self.span(node), "it has a syntax error")
        return Conditional(self.span(node), *three)

    def _unary_operation(self, node: Node, children: list[Node], depth: int) -> Expression:
        return Unary(self.span(node), self.text(children[0]), self._operand(children[1:], depth))

    def _binary_operation(self, node: Node, children: list[Node], depth: int) -> Expression:
        at = next((number for number, child in enumerate(children) if child.type in _OPERATORS), None)
        if at is None:
            return Broken(self.span(node), "it has a syntax error")
        left, right = self._operand(children[:at], depth), self._operand(children[at + 1 :], depth)
        return Binary(self.span(node), children[at].type, left, right)

    def _operand(self, children: list[Node], depth: int) -> Expression:
        """One side of an operator: its nodes lie side by side, without an ``expression`` around them."""
        if not children:
            return Broken(Span(self.places.path, 1), "it has a syntax error")
        if children[0].type == "(":
            closing = next((number for number, child in enumerate(children) if child.type == ")"), len(children))
            inner = [child for child in children[1:closing] if child.type != "comment"]
            found = self.read(inner[0], depth) if inner else Broken(self.span(children[0]), "there is nothing here")
            return self._postfix(found, children[closing + 1 :], depth)
        return self._postfix(self.read(children[0], depth), children[1:], depth)

    def _for_tuple_expr(self, node: Node, children: list[Node], depth: int) -> Expression:
        return self._for(node, children, depth)

    def _for_object_expr(self, node: Node, children: list[Node], depth: int) -> Expression:
        return self._for(node, children, depth)

    def _for(self, node: Node, children: list[Node], depth: int) -> Expression:
        names, collection = self._intro(next((one for one in children if one.type == "for_intro"), node), depth)
        values = [self.read(child, depth) for child in children if child.type == "expression"]
        condition = next((one for one in children if one.type == "for_cond"), None)
        tested = next((one for one in condition.children if one.type == "expression"), None) if condition else None
        grouped = any(child.type == "ellipsis" for child in children)
        if collection is None or len(values) != (2 if node.type == "for_object_expr" else 1):
            return Broken(self.span(node), "it has a syntax error")
        key = values[0] if len(values) == 2 else None
        test = self.read(tested, depth) if tested is not None else None
        return For(self.span(node), names, collection, key, values[-1], test, grouped)

    def _intro(self, node: Node, depth: int) -> tuple[tuple[str, ...], Expression | None]:
        names = tuple(self.text(child) for child in node.children if child.type == "identifier")
        collection = next((child for child in node.children if child.type == "expression"), None)
        return names, self.read(collection, depth) if collection is not None else None

    # -- texts ------------------------------------------------------------------------------------

    def _string_lit(self, node: Node, children: list[Node], depth: int) -> Expression:
        text = self.source[node.start_byte + 1 : max(node.end_byte - 1, node.start_byte + 1)]
        return Literal(self.span(node), unescape(text.decode("utf-8", "replace")))

    def _quoted_template(self, node: Node, children: list[Node], depth: int) -> Expression:
        inner = [child for child in children if not child.type.startswith("quoted_template_")]
        start, end = node.start_byte + 1, max(node.end_byte - 1, node.start_byte + 1)
        return self._template(self.span(node), inner, start, end, depth, unescape)

    def _heredoc_template(self, node: Node, children: list[Node], depth: int) -> Expression:
        """Heredocs have no escapes except ``$${`` and ``%%{``; ``<<-`` takes the common indentation away."""
        start = self.source.find(b"\n", node.start_byte) + 1 or node.end_byte
        last = self.source.rfind(b"\n", node.start_byte, node.end_byte) + 1
        inner = [child for child in children if child.type.startswith("template_")]
        flush = bool(children) and self.text(children[0]) == "<<-"
        raw = self.source[start : max(start, last)].decode("utf-8", "replace")
        margin = _margin(raw) if flush else 0
        return self._template(self.span(node), inner, start, max(start, last), depth, _heredoc_text(margin))

    def _template(
        self, span: Span, inner: list[Node], start: int, end: int, depth: int, clean: Any
    ) -> Expression:
        found: list[Expression] = []
        for child in inner:
            if child.type == "template_literal":
                continue
            self._gap(found, start, child.start_byte, span, clean)
            found.append(self._part(child, depth))
            start = child.end_byte
        self._gap(found, start, end, span, clean)
        if not found:
            return Literal(span, "")
        if len(found) == 1:
            only = found[0]
            return Literal(span, only.value) if isinstance(only, Literal) and isinstance(only.value, str) else only
        return Template(span, tuple(found))

    def _gap(self, found: list[Expression], start: int, end: int, span: Span, clean: Any) -> None:
        if end > start:
            raw = self.source[start:end].decode("utf-8", "replace")
            text = clean(raw) if clean is unescape else clean(raw, not found)
            found.append(Literal(span, text))

    def _part(self, node: Node, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            return Broken(self.span(node), "it is nested too deep")
        if node.type == "template_interpolation":
            inner = next((child for child in node.children if child.type in ("expression", "ERROR")), None)
            return Broken(self.span(node), "there is nothing here") if inner is None else self.read(inner, depth + 1)
        directive = node.children[0] if node.type == "template_directive" and node.children else node
        if directive.type == "template_for":
            return self._template_for(directive, depth + 1)
        if directive.type == "template_if":
            return self._template_if(directive, depth + 1)
        return Broken(self.span(node), "it has a syntax error")

    def _template_if(self, node: Node, depth: int) -> Expression:
        children = node.children
        intro = next((one for one in children if one.type == "template_if_intro"), None)
        otherwise = next((one for one in children if one.type == "template_else_intro"), None)
        ending = next((one for one in children if one.type == "template_if_end"), None)
        tested = next((one for one in intro.children if one.type == "expression"), None) if intro else None
        if intro is None or ending is None or tested is None:
            return Broken(self.span(node), "it has a syntax error")
        middle = otherwise if otherwise is not None else ending
        then = self._between(node, intro, middle, depth)
        rest = self._between(node, otherwise, ending, depth) if otherwise is not None else Literal(self.span(node), "")
        return TemplateIf(self.span(node), self.read(tested, depth), then, rest)

    def _template_for(self, node: Node, depth: int) -> Expression:
        start = next((one for one in node.children if one.type == "template_for_start"), None)
        ending = next((one for one in node.children if one.type == "template_for_end"), None)
        names, collection = self._intro(start, depth) if start is not None else ((), None)
        if start is None or ending is None or collection is None:
            return Broken(self.span(node), "it has a syntax error")
        return TemplateFor(self.span(node), names, collection, self._between(node, start, ending, depth))

    def _between(self, node: Node, first: Node, last: Node, depth: int) -> Expression:
        inner = [one for one in node.children if first.end_byte <= one.start_byte < last.start_byte]
        return self._template(self.span(node), inner, first.end_byte, last.start_byte, depth, unescape)


_OPERATORS = frozenset({"==", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "%", "&&", "||"})


def number(text: str) -> int | float:
    """A number as written: ``10``, ``1.5``, ``1e3``; infinite and absurd ones become 0."""
    try:
        if text.isdecimal():
            return int(text)
        value = float(text)
    except ValueError:
        return 0
    if value != value or value in (float("inf"), float("-inf")):
        return 0
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def unescape(raw: str) -> str:
    """The value of a quoted text (HCL specification, "Quoted Templates")."""
    if "\\" not in raw and "{" not in raw:
        return raw
    return _ESCAPE.sub(_escaped, raw)


def _escaped(match: re.Match[str]) -> str:
    code = match.group(1) or match.group(2)
    if code is not None:
        point = int(code, 16)
        return chr(point) if point < 0x110000 and not 0xD800 <= point < 0xE000 else "\ufffd"
    if match.group(3) is not None:
        return _PLAIN[match.group(3)]
    return match.group(0)[1:]


def _margin(raw: str) -> int:
    """The indentation that all lines share."""
    lines = [line for line in raw.split("\n") if line.strip()]
    return min((len(line) - len(line.lstrip(" \t")) for line in lines), default=0)


def _heredoc_text(margin: int) -> Any:
    def clean(raw: str, first: bool) -> str:
        lines = raw.split("\n")
        for number_, line in enumerate(lines):
            if number_ or first:
                lines[number_] = line[min(margin, len(line) - len(line.lstrip(" \t"))) :]
        return "\n".join(lines).replace("$${", "${").replace("%%{", "%{")

    return clean
