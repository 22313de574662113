"""Scripts of k6: their options (Grafana k6 documentation, "Options reference" and "Thresholds")."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from gradeline.model.load_test import LoadTest, Threshold
from gradeline.readers.lazy import Lazy
from gradeline.source import SourceFile, Span
from gradeline.syntax.javascript import Located, constants, significant

_SIZES = ("vus", "duration", "stages", "iterations", "scenarios")
MAX_CHARACTERS = 256 * 1024


def read_load_tests(paths: tuple[str, ...], read: Callable[[str], SourceFile | None]) -> Lazy[LoadTest]:
    """The scripts by their path; which of them are started the pipelines say."""

    def make(path: str) -> LoadTest | None:
        source = read(path)
        return None if source is None or len(source.text) > MAX_CHARACTERS else read_script(source)

    return Lazy(tuple(path for path in paths if path.endswith((".js", ".mjs", ".ts"))), make)


def read_script(source: SourceFile) -> LoadTest:
    options = constants(source).get("options")
    writes, reads = summary_files(source), opened_files(source)
    if options is None:
        return LoadTest(source, writes=writes, reads=reads, span=Span(source.path, 1))
    if not isinstance(options.value, dict):
        return LoadTest(source, complete=False, writes=writes, reads=reads, span=options.span)
    value: dict[str, Located] = options.value
    limits = value.get("thresholds")
    complete = "..." not in value
    found: list[Threshold] = []
    if limits is not None:
        complete = complete and isinstance(limits.value, dict)
        for metric, listed in (limits.value if isinstance(limits.value, dict) else {}).items():
            for one in listed.value if isinstance(listed.value, list) else [listed]:
                expression, span = _expression(one)
                complete = complete and expression is not None
                found.append(Threshold(metric, expression or "", span))
    sized = any(name in value for name in _SIZES)
    return LoadTest(
        source, tuple(found), sized, complete=complete, writes=writes, reads=reads, span=options.span
    )  # fmt: skip


def summary_files(source: SourceFile) -> tuple[str, ...]:
    """The files that ``handleSummary`` gives content for (Grafana k6 documentation, "Custom summary")."""
    tokens = significant(source.text)
    start = next((at for at, one in enumerate(tokens) if one.text == "handleSummary"), len(tokens))
    pairs = zip(tokens[start:], tokens[start + 1 :], strict=False)
    return tuple(one.text[1:-1] for one, after in pairs if one.kind == "text" and after.text in (":", "]")
                 and "." in one.text[1:-1])  # fmt: skip


def opened_files(source: SourceFile) -> tuple[str, ...]:
    """The files that ``open("./x")`` and ``import x from "./x"`` name, which are relative to the script."""
    tokens = significant(source.text)
    folder = source.path.rpartition("/")[0]
    found = []
    for before, one in pairwise(tokens):
        if one.kind == "text" and before.text in ("(", "from") and one.text[1:-1].startswith("."):
            parts = folder.split("/") if folder else []
            for part in one.text[1:-1].split("/"):
                if part == ".." and parts:
                    parts.pop()
                elif part not in (".", "..", ""):
                    parts.append(part)
            found.append("/".join(parts))
    return tuple(found)


def _expression(one: Located) -> tuple[str | None, Span]:
    """``'p(95)<150'`` or ``{threshold: 'p(95)<150', abortOnFail: true}``."""
    value: Any = one.value
    if isinstance(value, str):
        return value, one.span
    if isinstance(value, dict) and isinstance(inner := value.get("threshold"), Located):
        return (inner.value if isinstance(inner.value, str) else None), inner.span
    return None, one.span
