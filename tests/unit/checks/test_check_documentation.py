"""``docs/checks.md`` says what the checks say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from gradeline.checks import registry
from gradeline.checks.registry import CheckInfo
from gradeline.checks.support.documentation import page

ROOT = Path(__file__).resolve().parents[3]


def test_the_page_in_the_repository_is_what_the_checks_say() -> None:
    assert (ROOT / "docs" / "checks.md").read_text(encoding="utf-8") == page()


def test_the_module_prints_the_page_when_it_is_run() -> None:
    command = [sys.executable, "-m", "gradeline.checks.support.documentation"]
    done = subprocess.run(command, capture_output=True, check=True, env={"PYTHONPATH": str(ROOT / "graders")})
    assert done.stdout.decode("utf-8") == page()


def test_every_check_has_its_own_heading_and_a_row_in_the_table() -> None:
    lines = page().splitlines()
    for check in registry.all_checks().values():
        assert lines.count(f"## {check.id}") == 1
        assert f"| [{check.id}](#{check.id}) | {check.code} | {check.family} | {check.summary} |" in lines


def test_headings_code_and_parameters_become_markdown() -> None:
    text = "Does ``it``.\n\nWhat it looks for\n    One\n    two ``x``.\n\nParameters\n    ``n``: a number."
    schema = {
        "properties": {"n": {"type": "integer", "minimum": 1}, "m": {"enum": ["a", "b"]}},
        "required": ["n"],
    }
    check = CheckInfo("it", "X1", "flow", schema, "Does ``it``.", text, lambda case: None)  # type: ignore[arg-type, return-value]
    assert page({"it": check}).split("## it\n", 1)[1] == (
        "\nDoes `it`.\n\n**What it looks for**\n\nOne\ntwo `x`.\n\n**Parameters**\n\n`n`: a number.\n\n"
        "- `n` (required): integer at least 1\n- `m`: one of `a`, `b`\n"
    )
