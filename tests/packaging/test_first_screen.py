"""The README's first commands are the ones that CI runs."""

from __future__ import annotations

import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_readme_starts_with_exactly_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first = re.search(r"```(?:sh|console|bash)\n(.*?)```", readme, re.DOTALL)

    assert first is not None
    assert [line.partition("#")[0].strip() for line in first[1].splitlines()] == ["make demo", "make test"]
    assert readme[: first.start()].count("\n") < 15


def test_ci_runs_the_commands_of_the_readme_and_ends_with_the_tests() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = [line.partition("#")[0].strip() for line in script.splitlines() if line.startswith("make ")]

    assert commands == ["make demo", "make test"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_every_link_in_the_documents_of_the_repository_leads_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / link).exists()
    ]

    assert len(pages) >= 4
    assert broken == []


def test_make_help_lists_the_two_commands_first() -> None:
    targets = re.findall(r"(?m)^([a-z-]+):[^#\n]*## ", (ROOT / "Makefile").read_text(encoding="utf-8"))

    assert targets[:3] == ["help", "demo", "test"]
