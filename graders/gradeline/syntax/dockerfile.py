"""Dockerfiles to located instructions, by BuildKit's own algorithm, tolerant of errors and bounded.

One bad instruction does not hide the others: it is reported with its place, kept with ``broken`` set, and
the rest is read.  The work grows linearly with the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from gradeline.records import replace
from gradeline.source import Diagnostic, SourceFile, Span
from gradeline.syntax.dockerfile_instructions import HEREDOC_KEYWORDS, KEYWORDS, read
from gradeline.syntax.dockerfile_lines import Lines
from gradeline.syntax.dockerfile_nodes import Directive, Dockerfile, Flag, Heredoc, Instruction, Joined, Pair, Word

__all__ = ["Directive", "Dockerfile", "Flag", "Heredoc", "Instruction", "Joined", "Pair", "Word", "parse"]

MAX_CHARACTERS = 256 * 1024
MAX_INSTRUCTIONS = 5_000
MAX_DIAGNOSTICS = 50


def parse(source: SourceFile) -> Dockerfile:
    """The instructions of a Dockerfile.  Never raises, whatever the text; problems become diagnostics.

    Diagnostic codes: ``dockerfile-syntax``, ``unknown-instruction``, ``open-heredoc``, ``open-end``,
    ``bad-escape``, ``repeated-directive``, ``long-line``, ``no-instructions``, ``too-large`` and
    ``too-many-instructions``.
    """
    return source.once("dockerfile", _read)


def _read(source: SourceFile) -> Dockerfile:
    start = Span(source.path, 1)
    if len(source.text) > MAX_CHARACTERS:
        message = f"The file has more than {MAX_CHARACTERS // 1024} KiB, so it was not read as a Dockerfile."
        return Dockerfile(source, diagnostics=(_error("too-large", message, start),), complete=False)
    lines = Lines(source)
    lines.read_directives()
    found: list[Instruction] = []
    problems: list[Diagnostic] = []
    for joined in lines:
        if len(found) >= MAX_INSTRUCTIONS:
            message = f"Only the first {MAX_INSTRUCTIONS} instructions were read."
            problems.append(_error("too-many-instructions", message, joined.span(0, 1)))
            break
        instruction = _with_heredocs(read(joined, lines.escape), lines)
        found.append(instruction)
        if len(problems) < MAX_DIAGNOSTICS:
            problems.extend(_problem(instruction))
    if not found:
        problems.append(_error("no-instructions", "There is no instruction in this file.", start))
    problems.extend(
        Diagnostic("error" if one.stops else "warning", one.code, one.message, source.path, one.span)
        for one in lines.problems
    )
    problems.sort(key=lambda one: one.span or start)
    return Dockerfile(
        source,
        tuple(found),
        tuple(lines.directives),
        lines.escape,
        tuple(problems[:MAX_DIAGNOSTICS]),
        not any(one.severity == "error" for one in problems),
        tuple(lines.comments),
    )


def _with_heredocs(instruction: Instruction, lines: Lines) -> Instruction:
    """The instruction with its here-documents, whose lines are taken from the file."""
    inner = instruction.trigger or instruction
    if inner.keyword not in HEREDOC_KEYWORDS or inner.form == "exec":
        return instruction
    heredocs = lines.heredocs(instruction.joined)
    if not heredocs:
        return instruction
    if instruction.trigger is not None:
        inner = replace(inner, heredocs=heredocs, end_line=lines.number)
        return replace(instruction, trigger=inner, heredocs=heredocs, end_line=lines.number)
    return replace(instruction, heredocs=heredocs, end_line=lines.number)


def _problem(instruction: Instruction) -> Iterator[Diagnostic]:
    if not instruction.broken:
        return
    bad = instruction.trigger or instruction
    if bad.keyword in KEYWORDS:
        yield _error("dockerfile-syntax", f"{instruction.broken}.", instruction.span)
        return
    near = get_close_matches(bad.keyword[:20], sorted(KEYWORDS), 1)
    hint = f" Did you mean {near[0]}?" if near else " Is the line before it meant to go on?"
    start = bad.keyword_end - len(bad.keyword)
    yield _error("unknown-instruction", f"{instruction.broken}.{hint}", instruction.joined.span(start, bad.keyword_end))


def _error(code: str, message: str, span: Span) -> Diagnostic:
    return Diagnostic("error", code, message, span.path, span)
