"""A batch that was killed leaves its temporary folder; the next one takes it away, and nobody else's."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from gradeline.batch.scratch import PREFIX, Scratch

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="locks that end with their process are POSIX")

HOLD = """
import time
from gradeline.batch.scratch import Scratch
held = Scratch()
print(held.path, flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_what_a_killed_batch_left_is_taken_away_by_the_next(place: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        left = Path(killed.stdout.readline().strip())
        (left / "tools").mkdir()
        (left / "tools" / "a").write_text("b", encoding="ascii")
        killed.send_signal(signal.SIGKILL)
    assert left.parent == place
    assert left.is_dir()
    mine = Scratch()
    assert list(place.iterdir()) == [mine.path]
    mine.close()
    assert list(place.iterdir()) == []


def test_the_folder_of_a_batch_that_still_runs_stays(place: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        theirs = Path(running.stdout.readline().strip())
        mine, other = Scratch(), Scratch()
        assert sorted(place.iterdir()) == sorted([theirs, mine.path, other.path])
        running.kill()
    mine.close()
    other.close()


def test_a_link_and_a_folder_without_an_owner_stay(place: Path) -> None:
    elsewhere = place / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "owner").write_text("", encoding="ascii")
    (place / f"{PREFIX}link").symlink_to(elsewhere)
    (place / f"{PREFIX}new").mkdir()
    linked = place / f"{PREFIX}linked"
    linked.mkdir()
    (linked / "owner").symlink_to(elsewhere / "owner")
    Scratch().close()
    assert sorted(one.name for one in place.iterdir()) == sorted(
        ["elsewhere", f"{PREFIX}link", f"{PREFIX}linked", f"{PREFIX}new"]
    )
    assert (elsewhere / "owner").exists()
