"""Writes ``docs/checks.md`` from the checks themselves, so that it cannot drift from what they do.

``python docs/generate.py`` writes; with ``--check`` nothing is written and a difference is an error.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gradeline.checks.registry import CheckInfo, all_checks

TARGET = Path(__file__).with_name("checks.md")
HEAD = """# Checks

Every check is written once for all platforms.  A rubric names it by its id and gives it parameters;
the short code is the one of the course's vocabulary.  `grade explain ID` shows the same pages.

This page is generated from the checks (`make docs`): change them, not it.
"""


def main(arguments: list[str]) -> int:
    text = page(all_checks())
    if arguments == ["--check"]:
        if not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
            print(f"{TARGET.name} is not what the checks say: run `make docs`.", file=sys.stderr)
            return 1
        return 0
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    TARGET.write_text(text, encoding="utf-8", newline="\n")
    return 0


def page(checks: Mapping[str, CheckInfo]) -> str:
    """The whole page, in the order of families and ids."""
    ordered = sorted(checks.values(), key=lambda check: (check.family, check.id))
    lines = [HEAD, "| check | code | family | what it checks |", "|---|---|---|---|"]
    lines += [f"| [{check.id}](#{check.id}) | {check.code} | {check.family} | {check.summary} |" for check in ordered]
    for check in ordered:
        lines += ["", f"## {check.id}", "", *_manual(check.page), "", *_parameters(check.schema)]
    return "\n".join(lines).rstrip() + "\n"


def _manual(text: str) -> Iterator[str]:
    """The docstring as Markdown: its headings stand at the margin, what belongs to them is indented."""
    for line in text.splitlines():
        if line.startswith("    "):
            yield line[4:].replace("``", "`")
        elif line.strip() and line != text.splitlines()[0]:
            yield f"**{line.strip()}**"
            yield ""
        else:
            yield line.replace("``", "`")


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
    words = {"minimum": "at least", "maximum": "at most"}
    bounds = [f"{word} {schema[key]}" for key, word in words.items() if key in schema]
    return " ".join([str(kind), *bounds])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
