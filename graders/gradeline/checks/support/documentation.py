"""The manual of all checks as one Markdown page, made from the checks themselves.

``python -m gradeline.checks.support.documentation > docs/checks.md`` writes it; a test compares the two.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from gradeline.checks.registry import CheckInfo, all_checks

HEAD = """# Checks

Every check is written once for all platforms.  A rubric names it by its id and gives it parameters;
the short code is the one of the course's vocabulary.  `grade explain ID` shows the same pages.

This page is generated from the checks (`make docs`): change them, not it.
"""
_BOUNDS = {"minimum": "at least", "maximum": "at most"}


def page(checks: Mapping[str, CheckInfo] | None = None) -> str:
    """The whole page, ordered by family and id; it depends on nothing but the checks."""
    known = all_checks() if checks is None else checks
    ordered = sorted(known.values(), key=lambda check: (check.family, check.id))
    lines = [HEAD, "| check | code | family | what it checks |", "|---|---|---|---|"]
    lines += [f"| [{check.id}](#{check.id}) | {check.code} | {check.family} | {check.summary} |" for check in ordered]
    for check in ordered:
        lines += ["", f"## {check.id}", "", *_manual(check.page), "", *_parameters(check.schema)]
    return "\n".join(lines).rstrip() + "\n"


def _manual(text: str) -> Iterator[str]:
    """A docstring as Markdown: its headings stand at the margin, what belongs to them is indented."""
    summary, *rest = text.splitlines()
    yield summary.replace("``", "`")
    for line in rest:
        if line.startswith("    "):
            yield line[4:].replace("``", "`")
        elif line.strip():
            yield f"**{line.strip()}**"
            yield ""
        else:
            yield ""


def _parameters(schema: Mapping[str, Any]) -> Iterator[str]:
    required = schema["required"]
    for name, allowed in schema["properties"].items():
        yield f"- `{name}`{' (required)' if name in required else ''}: {_allowed(allowed)}"


def _allowed(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(f"`{value}`" for value in schema["enum"])
    if "oneOf" in schema:
        return " or ".join(_allowed(one) for one in schema["oneOf"])
    if "const" in schema:
        return f"`{schema['const']}`"
    kind = schema.get("type", "any value")
    if kind == "array":
        return f"a list of {_allowed(schema.get('items', {}))}"
    bounds = [f"{word} {schema[key]}" for key, word in _BOUNDS.items() if key in schema]
    return " ".join([str(kind), *bounds])


if __name__ == "__main__":
    sys.stdout.reconfigure(newline="\n", encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(page())
