"""The gradebook after kill -9, many writers and a full disk: nothing lost, nothing twice, nothing half.

The full sizes are those of ``benchmarks/gradebook.py``, which this runs small.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.databases import VARIABLE
from support.full_disks import programs

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "gradebook.py"


@pytest.mark.skipif(sys.platform == "win32", reason="signals and limits are POSIX")
@pytest.mark.parametrize("words", [("kill", "6"), ("writers", "4", "15"), ("full",)], ids=lambda one: one[0])
def test_what_was_confirmed_is_there_once_and_whole(words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), *words], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line for line in done.stdout.splitlines() if " confirmed, " in line]
    server = programs() is not None if words == ("full",) else VARIABLE in os.environ
    expected = 2 if server else 1
    assert len(rows) == expected
    assert all(row.endswith("0 lost, 0 twice, 0 half or broken") for row in rows)
