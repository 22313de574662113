"""Python text to a syntax tree, by the standard library's own parser.  Nothing is imported or run.

The tree is safe to walk by recursion: it has at most ``MAX_NODES`` nodes and is at most ``MAX_DEPTH`` deep.  In a
file with a mistake the statements around it are left out, with the place, and everything else is kept.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator

from gradeline.records import record
from gradeline.source import Diagnostic, SourceFile, Span

MAX_CHARACTERS = 256 * 1024
MAX_NODES = 60_000
MAX_DEPTH = 200
MAX_MISTAKES = 8

# A line that starts so goes on with the statement above it.
_GOES_ON = ("elif", "else", "except", "finally", "case")
_CLOSES = ")]}"


@record
class Parsed:
    """``tree`` holds what could be read; with an error among ``diagnostics`` something is missing in it."""

    tree: ast.Module
    diagnostics: tuple[Diagnostic, ...] = ()


def parse(source: SourceFile) -> Parsed:
    """The tree of a Python file; nobody may change it.  Never raises: what is wrong is said in the diagnostics."""
    return source.once("python", _read)


def _read(source: SourceFile) -> Parsed:
    if len(source.text) > MAX_CHARACTERS:
        message = f"The file has more than {MAX_CHARACTERS // 1024} KiB of Python. Split it to have it read."
        return Parsed(_nothing(), (_error("too-large", message, source.path, 1),))
    lines = source.text.replace("\r\n", "\n").split("\n")
    problems: list[Diagnostic] = []
    for _ in range(MAX_MISTAKES):
        try:
            tree = _parse("\n".join(lines))
        except SyntaxError as error:
            line = min(max(error.lineno or 1, 1), len(lines))
            column = max(error.offset or 1, 1)
            message = f"This is not valid Python: {error.msg}. Repair it here or in the line before."
            problems.append(Diagnostic("error", "python-syntax", message, source.path, Span(source.path, line, column)))
            if not _blank(lines, line):
                break
        except (ValueError, RecursionError, MemoryError):  # NUL characters; endless brackets
            problems.append(_error("python-syntax", "This is not a Python file that can be read.", source.path, 1))
            break
        else:
            return Parsed(tree, (*problems, *_trim(tree, source.path)))
    return Parsed(_nothing(), tuple(problems))


def depth_of(node: ast.AST) -> int:
    """How deep a tree is; the node itself counts as 1."""
    return _measure(node)[1]


def _measure(node: ast.AST) -> tuple[int, int]:
    """How many nodes a tree has and how deep it is, in one walk level by level."""
    tree, nodes, depth, level = ast.AST, 0, 0, [node]
    while level:
        nodes += len(level)
        depth += 1
        below: list[ast.AST] = []
        for one in level:
            for name in one._fields:  # half of what a node's dictionary holds; the rest are places
                value = getattr(one, name, None)
                if type(value) is list:
                    below += [child for child in value if isinstance(child, tree)]
                elif isinstance(value, tree):
                    below.append(value)
        level = below
    return nodes, depth


def _parse(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _nothing() -> ast.Module:
    return ast.Module(body=[], type_ignores=[])


def _error(code: str, message: str, path: str, line: int) -> Diagnostic:
    return Diagnostic("error", code, message, path, Span(path, line))


def _blank(lines: list[str], wrong: int) -> bool:
    """Empty the statement at line ``wrong`` (1-based), so that the lines of the others keep their numbers.
    False when there is nothing left to empty."""
    first = wrong - 1
    while first > 0 and not _starts(lines[first]):
        first -= 1
    while first > 0 and lines[first - 1].startswith("@"):
        first -= 1
    end = max(first, wrong - 1) + 1
    while end < len(lines) and not _starts(lines[end]):
        end += 1
    found = any(line.strip() for line in lines[first:end])
    lines[first:end] = [""] * (end - first)
    return found


def _starts(line: str) -> bool:
    """Whether a statement of the module may start here."""
    if not line or line[0].isspace() or line[0] in _CLOSES or line[0] == "#":
        return False
    return not line.startswith(_GOES_ON)


def _trim(tree: ast.Module, path: str) -> Iterator[Diagnostic]:
    """Take out of the tree what is too deep or too much to be walked."""
    kept, nodes = [], 0
    for statement in tree.body:
        more, depth = _measure(statement)
        nodes += more
        if nodes > MAX_NODES:
            message = f"The file has more than {MAX_NODES} parts. What follows is not read."
            yield _error("too-many-nodes", message, path, statement.lineno)
            break
        if depth > MAX_DEPTH:
            message = f"This statement is nested more than {MAX_DEPTH} levels deep. It is not read."
            yield _error("too-deep", message, path, statement.lineno)
        else:
            kept.append(statement)
    tree.body = kept
