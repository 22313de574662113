"""zizmor on one workflow or action: its findings with their places, or a ToolFailure.

One file a call, because one that cannot be read ends the whole call.  ``--offline`` and an empty environment:
no connection and no token.  ``--no-config`` and ``--no-ignores``: neither a ``zizmor.yml`` nor a comment changes
the answer (docs.zizmor.sh, "Usage" and "Configuration").
"""

from __future__ import annotations

import json
from typing import Any

from gradeline.lint import Finding, Linted, Severity, Unread
from gradeline.source import SourceFile, Span
from gradeline.tools.child import Finished, ToolFailure, first_line, program, run

SECONDS = 20.0
MAX_CHARACTERS = 256 * 1024
_CLEAN = 0
_FATAL, _NOTHING = 1, 3
_FOUND = range(11, 15)  # 10 and the highest severity (docs.zizmor.sh, "Exit codes")
_SEVERITIES: dict[str, Severity] = {"High": "error", "Medium": "warning", "Low": "info"}
_ABOUT_THE_FILE = (
    "invalid YAML syntax", "input does not match expected validation schema", "could not parse as any known input",
    "failed to load", "invalid",
)  # fmt: skip


def lint(source: SourceFile, seconds: float = SECONDS) -> Linted:
    """The findings in the order of their places.  ToolFailure when zizmor cannot answer.

    A file that is no workflow by zizmor's own schema has no findings and is not ``complete``.
    """
    finished = run(
        [program("zizmor", "zizmor"), "--quiet", "--offline", "--no-config", "--no-ignores", "--strict-collection",
         "--no-progress", "--color", "never", "--format", "json-v1", "-"],
        source.text,
        seconds,
    )  # fmt: skip
    if finished.status in (_FATAL, _NOTHING):
        return _without_answer(source, finished)
    if finished.status != _CLEAN and finished.status not in _FOUND:
        raise ToolFailure(f"zizmor ended with status {finished.status}: {first_line(finished.errors)}")
    try:
        rows = json.loads(finished.output)
        found = sorted((_finding(source.path, row) for row in rows), key=lambda one: (one.span, one.code, one.message))
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise ToolFailure(f"zizmor printed no list of findings: {first_line(finished.errors)}") from error
    if (finished.status in _FOUND) != bool(found):
        raise ToolFailure("zizmor's status and findings disagree.")
    return Linted(tuple(found))


def version() -> str:
    """The version, as it goes into a report."""
    finished = run([program("zizmor", "zizmor"), "--version"], "", SECONDS)
    words = finished.output.split()
    if finished.status != 0 or len(words) < 2:
        raise ToolFailure("zizmor does not say its version.")
    return words[1]


def _without_answer(source: SourceFile, finished: Finished) -> Linted:
    """No audit was made.  That is the file's fault only where zizmor says so."""
    said = finished.errors
    if "no audit was performed" in said and any(words in said for words in _ABOUT_THE_FILE):
        reasons = [line.strip() for line in said.split("\n") if "invalid YAML" in line or "schema" in line]
        reason = reasons[0].partition(": ")[2] if reasons else "it is no workflow to zizmor"
        return Linted((), complete=False, unread=(Unread(source.path, f"zizmor cannot read it: {reason[:160]}"),))
    raise ToolFailure(f"zizmor made no audit: {first_line(said)}")


def _finding(path: str, row: dict[str, Any]) -> Finding:
    places = row["locations"]
    primary = next((one for one in places if one["symbolic"]["kind"] == "Primary"), places[0])
    start = primary["concrete"]["location"]["start_point"]
    level = _SEVERITIES.get(str(row["determinations"]["severity"]), "info")
    message = f"{row['desc']}: {primary['symbolic']['annotation']}"
    return Finding(str(row["ident"]), level, message, Span(path, int(start["row"]) + 1, int(start["column"]) + 1))
