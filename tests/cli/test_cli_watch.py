"""``grade watch`` as a process at a real terminal: saves, half-written saves, keys, and both ways of watching."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gradeline_cli.changes import interesting

ROOT = Path(__file__).resolve().parents[2]
EXEMPLAR = ROOT / "solutions" / "exercise-01-first-pipeline" / "exemplar" / ".github" / "workflows" / "ci.yml"
PATIENCE = 60.0  # seconds; a busy machine is no failure


class Session:
    """A running ``grade watch`` and what it has written since it was last asked."""

    def __init__(self, folder: Path, *options: str, home: Path, terminal: bool = True, **more: str) -> None:
        self.folder = folder
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(home), "TERM": "xterm", "LANG": "C.UTF-8", "COLUMNS": "80",
            "PYTHONPATH": os.pathsep.join([str(ROOT / "graders"), str(ROOT / "cli")]), "PYTHONUTF8": "1",
            "GRADE_PROGRESS": str(home / "progress"), **more,
        }  # fmt: skip
        self.ours, theirs = pty.openpty() if terminal else os.pipe()
        self.before = termios.tcgetattr(theirs) if terminal else []
        self.theirs = theirs
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gradeline_cli", "watch", "exercise-01", *options],
            cwd=folder, env=environment, stdin=theirs if terminal else subprocess.PIPE, stdout=theirs, stderr=theirs,
            start_new_session=True,
        )  # fmt: skip
        self.seen = ""

    def until(self, *texts: str) -> str:
        """Everything written up to the moment when all of ``texts`` were seen, in any order."""
        end = time.monotonic() + PATIENCE
        while not all(text in self.seen for text in texts):
            left = end - time.monotonic()
            assert left > 0, f"waited for {texts}, saw: {self.seen[-3000:]}"
            ready, _, _ = select.select([self.ours], [], [], min(left, 0.5))
            if ready:
                self.seen += os.read(self.ours, 65536).decode("utf-8", "replace").replace("\r\n", "\n")
            assert ready or self.process.poll() is None, f"it ended; waited for {texts}, saw: {self.seen[-3000:]}"
        seen, self.seen = self.seen, ""
        return seen

    def press(self, key: str) -> None:
        os.write(self.ours, key.encode())

    def save(self, content: bytes) -> None:
        (self.folder / ".github" / "workflows" / "ci.yml").write_bytes(content)

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()
        os.close(self.ours)
        os.close(self.theirs)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Callable[..., Session]]:
    folder = tmp_path / "work"
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "ci.yml").write_text("name: CI\non: [push]\njobs:\n", encoding="utf-8")
    sessions = []

    def begin(*options: str, terminal: bool = True, **more: str) -> Session:
        sessions.append(Session(folder, *options, home=tmp_path, terminal=terminal, **more))
        return sessions[-1]

    yield begin
    for session in sessions:
        session.close()


def test_a_save_is_graded_again_and_the_keys_answer(watch: Callable[..., Session]) -> None:
    session = watch()
    first = session.until("not passed", "q quit.")
    assert "Keys: h hint, g graph, n next, r again, q quit." in first
    assert "polling" not in first
    weak = EXEMPLAR.read_bytes().replace(b"pytest", b"pytest --version")
    session.save(weak.replace(b"timeout-minutes: ", b"timeout-minutes: 9"))
    told = session.until("not passed", "Since your last attempt", "q quit.")
    assert told.count("Hint:") == 1  # one criterion is explained
    assert "... and 1 more that is open: `grade exercise-01` shows all." in told
    session.press("h")
    session.until("Hint 2 of 3", "q quit.")
    session.press("\x1b[A")  # an arrow is no key of ours
    session.press("g")
    assert ".github/workflows/ci.yml" in session.until("q quit.")
    session.press("n")
    session.until("Hint:", "q quit.")
    session.save(EXEMPLAR.read_bytes())
    done = session.until("Score 100 of 100", "now met", "q quit.")
    assert "\x1b[2J" in done
    session.press("n")
    session.until("exercise-02", "q quit.")
    session.press("q")
    session.until("Stopped watching.")
    assert session.process.wait(PATIENCE) == 0
    assert termios.tcgetattr(session.theirs) == session.before


def test_half_written_files_are_graded_and_never_end_it(watch: Callable[..., Session]) -> None:
    session = watch()
    session.until("q quit.")
    whole = EXEMPLAR.read_bytes()
    for cut in range(0, len(whole), max(len(whole) // 25, 1)):
        session.save(whole[:cut])
        time.sleep(0.02)
    for content in (b"", b"\xff\xfe\x00", b"a: &a [*a, *a]\n" * 50, b"[" * 20_000, b"\x00" * 100):
        session.save(content)
        time.sleep(0.3)
    workflow = session.folder / ".github" / "workflows" / "ci.yml"
    workflow.unlink()
    session.until("`.github/workflows/ci.yml` is missing", "q quit.")
    workflow.mkdir()
    time.sleep(0.5)
    workflow.rmdir()
    temporary = workflow.with_name("new")
    temporary.write_bytes(whole)
    temporary.replace(workflow)  # as editors save
    session.until("Score 100 of 100", "q quit.")
    session.press("q")
    assert session.process.wait(PATIENCE) == 0


def test_polling_is_said_on_the_screen_and_sees_saves(watch: Callable[..., Session]) -> None:
    session = watch("--poll")
    assert "(polling): you asked for it with" in " ".join(session.until("--poll.", "q quit.").split())
    session.save(EXEMPLAR.read_bytes())
    session.until("Score 100 of 100", "q quit.")
    session.press("q")
    assert session.process.wait(PATIENCE) == 0


def test_without_watchfiles_it_polls_and_says_how_to_get_it(watch: Callable[..., Session], tmp_path: Path) -> None:
    hidden = tmp_path / "hidden" / "watchfiles"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ImportError('not installed')\n", encoding="utf-8")
    path = os.pathsep.join([str(hidden.parent), str(ROOT / "graders"), str(ROOT / "cli")])
    session = watch(PYTHONPATH=path)
    told = " ".join(session.until("makes this quicker.").split())
    assert "(polling): watchfiles is not installed; `pip install 'gradeline[watch]'` makes this quicker." in told
    session.save(EXEMPLAR.read_bytes())
    session.until("Score 100 of 100")


def test_a_watch_that_the_system_refuses_becomes_polling(watch: Callable[..., Session], tmp_path: Path) -> None:
    hidden = tmp_path / "hidden" / "watchfiles"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text(
        "def watch(*_, **__):\n    raise OSError('OS file watch limit reached')\n    yield\n", encoding="utf-8"
    )
    path = os.pathsep.join([str(hidden.parent), str(ROOT / "graders"), str(ROOT / "cli")])
    session = watch(PYTHONPATH=path)
    assert "does not tell about changes here (OSError)" in " ".join(session.until("(OSError).").split())
    session.save(EXEMPLAR.read_bytes())
    session.until("Score 100 of 100")


def test_a_screen_reader_gets_lines_and_no_cleared_screen(watch: Callable[..., Session]) -> None:
    session = watch("--plain")
    first = session.until("Type a letter and Enter")
    session.press("h\n")
    told = first + session.until("Hint 2 of 3")
    session.press("quit\n")
    told += session.until("Stopped watching.")
    assert "\x1b" not in told
    assert session.process.wait(PATIENCE) == 1


def test_without_a_terminal_it_writes_plain_pages_and_ends_with_ctrl_c(watch: Callable[..., Session]) -> None:
    session = watch(terminal=False)
    assert session.process.stdin is not None
    session.process.stdin.close()  # no keys at all
    session.until("not passed", "Graded at")
    session.save(EXEMPLAR.read_bytes())
    assert "\x1b" not in session.until("Score 100 of 100", "Graded at")
    session.process.send_signal(signal.SIGINT)
    session.until("Interrupted.")
    assert session.process.wait(PATIENCE) == 130


def test_ctrl_c_gives_the_terminal_back(watch: Callable[..., Session]) -> None:
    session = watch()
    session.until("q quit.")
    session.process.send_signal(signal.SIGINT)
    session.until("Interrupted.")
    assert session.process.wait(PATIENCE) == 130
    assert termios.tcgetattr(session.theirs) == session.before


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        (".github/workflows/ci.yml", True), ("Dockerfile", True), ("src/a b.py", True), (".gitlab-ci.yml", True),
        (".git/index", False), ("a/.venv/x.py", False), (".gradeline.json", False), ("ci.yml~", False),
        (".ci.yml.swp", False), (".#ci.yml", False), ("#ci.yml#", False), ("4913", False), ("x/ci.yml.tmp", False),
    ],
)  # fmt: skip
def test_only_files_of_the_work_count(path: str, counts: bool) -> None:
    assert interesting(path) is counts
