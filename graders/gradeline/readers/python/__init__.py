"""The Python files of a submission as syntax trees; each is parsed when somebody first asks for it."""

from __future__ import annotations

from collections.abc import Callable

from gradeline.model.code import Codebase, Module
from gradeline.readers.lazy import Lazy
from gradeline.source import SourceFile
from gradeline.syntax.python import parse


def read_code(paths: tuple[str, ...], read: Callable[[str], SourceFile | None]) -> Codebase:
    """The code under ``paths``; those that do not end in ``.py`` are no modules."""

    def make(path: str) -> Module | None:
        source = read(path)
        if source is None:
            return None
        parsed = parse(source)
        return Module(source, parsed.tree, parsed.diagnostics)

    return Codebase(Lazy(tuple(path for path in paths if path.endswith(".py")), make))
