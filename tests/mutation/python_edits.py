"""Local edits of Python files: the places come from their tree, and all that is not edited stays as it is written."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Function = ast.FunctionDef
Edit = tuple[int, int, str]  # from, to, and what stands there instead

_CLAIMS = re.compile(r"assert\w*|validate|model_validate|raise_for_status")


class Source:
    """A Python file with its tree; offsets are those of characters."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self._starts = [0]
        for line in text.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._lines = text.splitlines(keepends=True)

    def _offset(self, line: int, column: int) -> int:
        if line > len(self._lines):
            return len(self.text)
        return self._starts[line - 1] + len(self._lines[line - 1].encode()[:column].decode())

    def start(self, node: ast.expr | ast.stmt) -> int:
        return self._offset(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt) -> int:
        return self._offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def of(self, node: ast.expr | ast.stmt) -> str:
        return self.text[self.start(node) : self.end(node)]

    def put(self, node: ast.expr | ast.stmt, new: str) -> Edit:
        return self.start(node), self.end(node), new

    def block(self, node: ast.stmt, new: str) -> Edit:
        """Other lines for a statement, written as if they began at the left edge."""
        indented = textwrap.indent(new, " " * node.col_offset).lstrip(" ")
        return self.start(node), self.end(node), indented

    def lines_of(self, node: ast.stmt) -> str:
        """The text of a statement as if it began at the left edge."""
        return textwrap.dedent(" " * node.col_offset + self.of(node))

    def first_line(self, node: ast.stmt) -> int:
        """Where a definition begins, with its decorators."""
        marks = node.decorator_list if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else []
        return min([node.lineno, *(mark.lineno for mark in marks)])

    def cut(self, node: ast.stmt) -> Edit:
        """A definition gone with its decorators."""
        return self._starts[self.first_line(node) - 1], self._offset((node.end_lineno or 0) + 1, 0), ""

    def line_start(self, line: int) -> int:
        return self._starts[line - 1]

    def cut_item(self, items: list[ast.expr], number: int) -> Edit:
        """One item of a list gone, with its comma."""
        if number + 1 < len(items):
            return self.start(items[number]), self.start(items[number + 1]), ""
        begin = self.end(items[number - 1]) if number else self.start(items[number])
        return begin, self.end(items[number]), ""

    def edited(self, edits: Iterable[Edit]) -> str:
        """The text with edits; one that lies within another is lost, and of two at one place the first is done."""
        text = self.text
        kept: list[Edit] = []
        for start, end, new in sorted(dict.fromkeys(edits), key=lambda one: (one[0], one[0] != one[1], -one[1])):
            if not kept or start >= kept[-1][1]:
                kept.append((start, end, new))
        for start, end, new in reversed(kept):
            text = text[:start] + new + text[end:]
        ast.parse(text)
        return text

    # -- what stands in it ------------------------------------------------------------------------------------------------

    def after_imports(self) -> int:
        """The place behind the imports."""
        last = 1
        for node in self.tree.body:
            if isinstance(node, (ast.Import, ast.ImportFrom)) or (node is self.tree.body[0] and is_text(node)):
                last = (node.end_lineno or node.lineno) + 1
        return self._offset(last, 0)


@dataclass(frozen=True)
class Test:
    """A function that pytest collects, and the class around it."""

    node: Function
    owner: ast.ClassDef | None = None

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def is_unittest(self) -> bool:
        return self.owner is not None and any("TestCase" in ast.unparse(base) for base in self.owner.bases)


def is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def tests_of(source: Source) -> list[Test]:
    found = []
    for node in source.tree.body:
        if isinstance(node, Function) and node.name.startswith("test"):
            found.append(Test(node))
        if isinstance(node, ast.ClassDef):
            found += [Test(one, node) for one in node.body if isinstance(one, Function) and one.name.startswith("test")]
    return found


def claims_of(node: ast.AST) -> list[ast.stmt]:
    """The statements that turn a test red, outermost first; ``with pytest.raises`` is one of them."""
    found: list[ast.stmt] = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt) and is_claim(child):
            found.append(child)
        elif not isinstance(child, (ast.FunctionDef, ast.Lambda)):
            found += claims_of(child)
    return found


def is_claim(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assert):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call) and _CLAIMS.fullmatch(name_of(node.value.func)) is not None
    return isinstance(node, ast.With) and any(
        isinstance(item.context_expr, ast.Call) and re.match("raises|assertRaises", name_of(item.context_expr.func))
        for item in node.items
    )


def name_of(node: ast.expr) -> str:
    """The last name of a called thing."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def marks_of(node: Function, name: str) -> Iterator[ast.Call]:
    """The decorators of a function that call something with this name."""
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and name_of(mark.func) == name:
            yield mark


def cases_of(node: Function) -> Iterator[ast.List | ast.Tuple]:
    """The cases of each parametrization that are written down as a list."""
    for mark in marks_of(node, "parametrize"):
        if len(mark.args) == 2 and isinstance(mark.args[1], (ast.List, ast.Tuple)):
            yield mark.args[1]


def body_start(node: Function) -> ast.stmt:
    """The first statement of a function behind its docstring."""
    return node.body[1] if is_text(node.body[0]) and len(node.body) > 1 else node.body[0]


def fixtures_of(source: Source) -> list[Function]:
    return [
        node
        for node in ast.walk(source.tree)
        if isinstance(node, Function)
        and any("fixture" in ast.unparse(mark).partition("(")[0] for mark in node.decorator_list)
    ]
