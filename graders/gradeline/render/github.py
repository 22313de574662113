"""Findings as workflow commands: the annotations that GitHub shows beside changed lines.

Values are escaped as the runner un-escapes them (actions/toolkit, packages/core/src/command.ts).  Each command
is one line that begins with a command of ours, so no text of a learner can begin another one.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradeline.render.findings import Finding, Graded, Level, all_wanted, said

PER_LEVEL = 10  # GitHub shows so many of each kind for a step and drops the others
_KINDS: dict[Level, str] = {"error": "error", "warning": "warning", "note": "notice"}
_MESSAGE = 2000  # characters


def render(gradings: Sequence[Graded]) -> str:
    """One line for each annotation, those that cost the most points first."""
    return commands([one for _, one in all_wanted(gradings)])


def commands(found: Sequence[Finding]) -> str:
    kept: list[Finding] = []
    for level in _KINDS:
        of_level = [one for one in found if one.level == level]
        of_level.sort(key=lambda one: -one.lost)
        kept += of_level[:PER_LEVEL]
    return "".join(f"{_command(one)}\n" for one in kept)


def _command(one: Finding) -> str:
    properties = {"title": one.title}
    span = one.span
    if span is not None:
        properties |= {"file": span.path, "line": str(span.line)}
        if span.end_line > span.line:
            properties["endLine"] = str(span.end_line)
        elif span.end_column > span.column:  # GitHub takes columns only within one line
            properties |= {"col": str(span.column), "endColumn": str(span.end_column)}
    lines = [one.message]
    if one.result is not None and one.result.hint:
        lines.append(f"Hint: {said(one.result.hint)}")
    message = "%0A".join(_data(line[:_MESSAGE]) for line in lines)
    stated = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_KINDS[one.level]} {stated}::{message}"


def _data(text: str) -> str:
    return said(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
