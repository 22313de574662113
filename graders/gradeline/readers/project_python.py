"""Python files read as syntax trees, never imported: what names mean, and which values are constant."""

from __future__ import annotations

import ast
import shlex
import warnings
from collections.abc import Callable

from gradeline.readers.project_source import MAX_LINES, UNKNOWN, quote
from gradeline.records import field, record

MAX_TREE = 60_000  # nodes
MAX_DEPTH = 12


def parse_python(source: str) -> ast.Module | None:
    """The syntax tree, None for a text that is no Python or too much of it."""
    if len(source) > 256 * 1024:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def dotted(node: ast.expr) -> str:
    """``a.b.c`` for such an expression, otherwise an empty string."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute) and len(parts) < MAX_DEPTH:
        parts.append(node.attr)
        node = node.value
    return ".".join((node.id, *reversed(parts))) if isinstance(node, ast.Name) else ""


@record(frozen=False)
class Names:
    """What the names of a module stand for: imports, and values that are assigned once."""

    imports: dict[str, str] = field(default_factory=dict)
    values: dict[str, ast.expr] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = field(default_factory=dict)
    special: Callable[[ast.expr], str | None] | None = None  # words that only one kind of file knows

    @classmethod
    def of(cls, tree: ast.Module) -> Names:
        names = cls()
        seen: set[str] = set()
        for number, node in enumerate(ast.walk(tree)):
            if number > MAX_TREE:
                break
            if isinstance(node, ast.Import):
                for alias in node.names:
                    names.imports[alias.asname or alias.name.split(".")[0]] = (
                        alias.name if alias.asname else alias.name.split(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for alias in node.names:
                    names.imports[alias.asname or alias.name] = f"{node.module}.{alias.name}"
            elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if isinstance(target, ast.Name):
                        if target.id in seen or isinstance(node, ast.AugAssign) or node.value is None:
                            names.values.pop(target.id, None)
                        else:
                            names.values[target.id] = node.value
                        seen.add(target.id)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                names.functions.setdefault(node.name, node)
        return names

    def full(self, node: ast.expr) -> str:
        """The dotted name that an expression means, with imports followed."""
        name = dotted(node)
        head, dot, rest = name.partition(".")
        return f"{self.imports[head]}{dot}{rest}" if head in self.imports else name

    def words(self, node: ast.expr, depth: int = 0) -> list[str] | None:
        """The words of a list or tuple of constants; unknown elements are ``UNKNOWN``.  None: no list."""
        if depth > MAX_DEPTH:
            return None
        if isinstance(node, ast.Name) and node.id in self.values:
            return self.words(self.values[node.id], depth + 1)
        if isinstance(node, ast.List | ast.Tuple):
            words: list[str] = []
            for item in node.elts[:MAX_LINES]:
                if len(words) > MAX_LINES:
                    break
                if isinstance(item, ast.Starred):
                    words.extend(self.starred(item.value, depth))
                else:
                    words.append(self.word(item, depth))
            return words
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self.words(node.left, depth + 1), self.words(node.right, depth + 1)
            if left is None and right is None:
                return None
            return [*(left or [UNKNOWN]), *(right or [UNKNOWN])][:MAX_LINES]
        if isinstance(node, ast.Call):
            inner = node.func.value if isinstance(node.func, ast.Attribute) and node.func.attr == "split" else None
            if self.full(node.func) == "shlex.split" and node.args:
                inner = node.args[0]
            if inner is not None:
                return _split(self.word(inner, depth))
        return None

    def starred(self, node: ast.expr, depth: int) -> list[str]:
        """What ``*value`` adds: nothing for arguments that nobody gave, constants, or something unknown."""
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            return self.starred(node.values[-1], depth + 1) if depth < MAX_DEPTH else [UNKNOWN]
        if isinstance(node, ast.Subscript):
            node = node.value
        if self.full(node) == "sys.argv" or dotted(node).endswith(".posargs"):
            return []
        found = self.words(node, depth + 1)
        return [UNKNOWN] if found is None else found

    def word(self, node: ast.expr, depth: int = 0) -> str:
        """A constant as text, or ``UNKNOWN`` (also as a part of a formatted string)."""
        if self.special is not None and (known := self.special(node)) is not None:
            return known
        if isinstance(node, ast.Constant):
            return str(node.value) if isinstance(node.value, str | int | float) else UNKNOWN
        if isinstance(node, ast.Name) and node.id in self.values and depth < MAX_DEPTH:
            return self.word(self.values[node.id], depth + 1)
        if isinstance(node, ast.JoinedStr):
            return "".join(
                self.word(part.value if isinstance(part, ast.FormattedValue) else part, depth + 1)
                for part in node.values
                if depth < MAX_DEPTH
            )
        if self.full(node) == "sys.executable":
            return "python"
        if isinstance(node, ast.Call) and len(node.args) == 1 and depth < MAX_DEPTH:
            converts = self.full(node.func) in ("str", "pathlib.Path", "os.fspath")
            return self.word(node.args[0], depth + 1) if converts else UNKNOWN
        return UNKNOWN


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text.replace(UNKNOWN, "\0")) if "\0" not in text else [UNKNOWN]
    except ValueError:
        return [UNKNOWN]


def command_of(words: list[str]) -> str:
    """A command line for words that are run without a shell."""
    return " ".join(quote(word.replace("\0", UNKNOWN)) for word in words)
