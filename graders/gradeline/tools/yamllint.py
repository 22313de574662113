"""yamllint on one YAML file with our own settings: its findings with their places, or a ToolFailure.

Its settings are ours (``-c``), so a ``.yamllint`` beside a file is never looked for.  Its directives have no switch:
the word that makes a comment one is changed to another of its length (yamllint documentation, "Disable with
comments").  It runs as a program of its own: it is under the GPL, and a file can keep it busy for minutes.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from gradeline.lint import Finding, Linted, Severity, Unread
from gradeline.source import SourceFile, Span
from gradeline.tools.child import ToolFailure, ToolMissing, first_line, run

CONFIG = Path(__file__).with_name("yamllint.yaml")
SECONDS = 20.0
MEMORY = 1024 * 1024 * 1024
MAX_CHARACTERS = 256 * 1024
MAX_FINDINGS = 2000
SYNTAX = "syntax"
_NO_YAML = "syntax error: "
_ROW = re.compile(r"stdin:(\d+):(\d+): \[(error|warning)\] (.*)\Z")


def lint(source: SourceFile, seconds: float = SECONDS) -> Linted:
    """The findings in the order of their places; ``syntax`` is the code of what is no YAML at all."""
    text = _without_directives(source.text)
    finished = run([*_command(), "-c", CONFIG, "-f", "parsable", "-"], text, seconds, MEMORY)
    if finished.status not in (0, 1) or finished.errors.strip():
        raise ToolFailure(f"yamllint ended with status {finished.status}: {first_line(finished.errors)}")
    lines = _rows(finished.output)
    found = [_finding(source.path, line) for line in lines[:MAX_FINDINGS]]
    if finished.status == 1 and not any(one.severity == "error" for one in found):
        raise ToolFailure("yamllint's status and findings disagree.")
    broken = tuple(Unread(source.path, one.message, one.span.line) for one in found if one.code == SYNTAX)
    found.sort(key=lambda one: (one.span, one.code, one.message))
    return Linted(tuple(found), not broken and len(lines) <= MAX_FINDINGS, unread=broken)


def version() -> str:
    """The version, as it goes into a report."""
    finished = run([*_command(), "--version"], "", SECONDS)
    words = finished.output.split()
    if finished.status != 0 or len(words) != 2:
        raise ToolMissing("tool.missing", name="yamllint", package="yamllint")
    return words[1]


def _command() -> list[str]:
    """The interpreter of this installation, without the folder and the variables of whoever started it."""
    return [sys.executable, "-I", "-m", "yamllint"]


def _rows(output: str) -> list[str]:
    """One text a finding: a message may quote a key with a line end in it."""
    found: list[str] = []
    for line in output.split("\n"):
        if not found or (_ROW.match(line) and _is_whole(found[-1])):
            found.append(line)
        else:
            found[-1] += f" {line}"
    return [line.rstrip() for line in found if line.strip()]


def _is_whole(row: str) -> bool:
    return row.endswith(")") or f"] {_NO_YAML}" in row


def _finding(path: str, line: str) -> Finding:
    match = _ROW.match(line)
    if match is None:
        raise ToolFailure(f"yamllint printed no list of findings: {first_line(line)}")
    number, column, level, said = match.groups()
    message, _, code = said.rpartition(" (")
    if message and code.endswith(")"):
        return Finding(code[:-1], _level(level), message, Span(path, int(number), int(column)))
    return Finding(SYNTAX, "error", said, Span(path, int(number), int(column)))


def _level(word: str) -> Severity:
    return "error" if word == "error" else "warning"


def _without_directives(text: str) -> str:
    return text.replace("yamllint", "yaml-int")
