"""Progress files: whole after a kill, complete with two writers, and of no weight for a grade."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gradeline_cli import progress
from gradeline_cli.progress import Book, DamagedError, Progress, ProgressError
from gradeline_cli.store import BusyError, data_folder, locked, replace_file

if TYPE_CHECKING:
    from click.testing import Result

ROOT = Path(__file__).resolve().parents[2]
WRITER = """\
import sys, time
from pathlib import Path
from gradeline.records import replace
from gradeline_cli.progress import Book
book, workspace, times = Book(Path(sys.argv[1])), Path(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for _ in range(times):
    done = book.change("exercise-01", workspace, lambda one: replace(one, count=one.count + 1))
    print(done.count, flush=True)
    time.sleep(0.001)
"""


def writer(folder: Path, workspace: Path, times: int) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "graders"), str(ROOT / "cli")])}
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(workspace), str(times)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def go(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("\n")
    child.stdin.flush()


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_a_killed_writer_loses_nothing_that_it_had_written(tmp_path: Path) -> None:
    book, workspace = Book(tmp_path / "progress"), tmp_path / "work"
    workspace.mkdir()
    moments = random.Random(4711)
    written = 0
    for _ in range(12):
        child = writer(tmp_path / "progress", workspace, 1_000_000)
        go(child)
        assert child.stdout is not None
        told = [int(child.stdout.readline())]
        time.sleep(moments.uniform(0, 0.06))
        child.send_signal(signal.SIGKILL)
        told += [int(line) for line in child.stdout.read().splitlines() if line.isdigit()]
        child.wait()
        child.stdout.close()
        assert child.stdin is not None
        child.stdin.close()
        found = book.of("exercise-01", workspace)  # raises when the file is not whole
        assert found.count >= max([written, *told])
        assert found.count <= max([written, *told]) + 1  # the one that it could not tell of any more
        written = found.count
    assert written >= 12
    book.change("exercise-01", workspace, lambda one: one.after(report(), "2026-01-01T00:00:00Z"))
    assert [path.name for path in (tmp_path / "progress").iterdir() if path.name.endswith(".tmp")] == []


def test_two_terminals_at_once_lose_no_attempt(tmp_path: Path) -> None:
    workspace = tmp_path / "work"
    workspace.mkdir()
    children = [writer(tmp_path / "progress", workspace, 100) for _ in range(2)]
    for child in children:
        go(child)
    counts = [int(line) for child in children for line in child.communicate()[0].splitlines()]
    assert sorted(counts) == list(range(1, 201))
    assert Book(tmp_path / "progress").of("exercise-01", workspace).count == 200


@pytest.mark.parametrize("given", [None, "", "  ", "/data/home", "relative"])
def test_the_data_folder_is_the_one_that_platformdirs_names(monkeypatch: pytest.MonkeyPatch, given: str | None) -> None:
    from platformdirs import user_data_path

    if given is None:
        monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    else:
        monkeypatch.setenv("XDG_DATA_HOME", given)
    assert data_folder() == user_data_path("gradeline", appauthor=False)


def test_who_holds_the_lock_for_too_long_is_not_waited_for(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(BusyError), locked(tmp_path, patience=0.05):
        raise AssertionError("two hold the lock")


def test_a_file_that_cannot_be_replaced_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "one.json"
    path.write_bytes(b"old")

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left on device") as caught:
        replace_file(path, b"new")
    assert (caught.value.filename, path.read_bytes(), list(tmp_path.iterdir())) == (str(path), b"old", [path])


# --- the format -----------------------------------------------------------------------------------


def report(score: int = 50, digest: str = "a", status: Any = "met") -> Any:
    from gradeline.result import CriterionResult, Report

    one = CriterionResult("tests-run", "Tests run", "stages", Fraction(100), Fraction(score), status, "", "", "")
    return Report("exercise-01", "First", "alice", digest, 1, "r", "0.1.0", Fraction(score), Fraction(100),
                  Fraction(70), score >= 70, False, (one,), ())  # fmt: skip


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path / "progress")


def only_file(book: Book) -> Path:
    assert book.folder is not None
    (path,) = book.folder.glob("*.json")
    return path


def attempt(book: Book, workspace: Path, **given: Any) -> Progress:
    return book.change("exercise-01", workspace, lambda one: one.after(report(**given), "2026-01-01T00:00:00Z"))


def test_what_is_written_is_what_is_read(book: Book, tmp_path: Path) -> None:
    attempt(book, tmp_path, score=50)
    written = attempt(book, tmp_path, score=90, digest="b")
    assert book.of("exercise-01", tmp_path) == written
    assert (written.count, written.best, written.passed_at) == (2, Fraction(90), "2026-01-01T00:00:00Z")
    assert written.last is not None
    assert written.last.statuses == {"tests-run": "met"}


def test_the_same_files_graded_again_are_no_new_attempt(book: Book, tmp_path: Path) -> None:
    first = attempt(book, tmp_path)
    before = only_file(book).stat().st_ino
    assert attempt(book, tmp_path) == first
    assert only_file(book).stat().st_ino == before  # not even written again
    assert attempt(book, tmp_path, digest="b").count == 2


def test_old_attempts_make_room_and_are_still_counted(book: Book, tmp_path: Path) -> None:
    for number in range(progress.KEPT + 3):
        found = attempt(book, tmp_path, score=99 - number % 50, digest=str(number))
    assert (len(found.attempts), found.count, found.best) == (progress.KEPT, progress.KEPT + 3, Fraction(99))


def test_a_damaged_file_is_kept_aside_and_a_new_one_begun(book: Book, tmp_path: Path) -> None:
    attempt(book, tmp_path)
    path = only_file(book)
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(DamagedError, match="damaged"):
        book.of("exercise-01", tmp_path)
    assert book.all() == ()
    assert attempt(book, tmp_path, digest="c").count == 1
    assert path.with_suffix(".damaged").stat().st_size == 40


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("best",), "1e999999999"), (("best",), "1/0"), (("count",), -1), (("count",), True), (("hints",), [1]),
        (("attempts", 0, "score"), 5), (("attempts", 0, "statuses", "tests-run"), "great"),
        (("attempts", 0, "statuses", "tests-run"), []), (("attempts",), {"a": 1}), (("fresh",), "no"),
        (("format",), "1"), (("format",), -1), (("format",), True),
    ],
)  # fmt: skip
def test_values_that_we_never_write_are_damage(
    book: Book, tmp_path: Path, place: tuple[Any, ...], value: object
) -> None:
    attempt(book, tmp_path)
    path = only_file(book)
    data = json.loads(path.read_bytes())
    target = data
    for part in place[:-1]:
        target = target[part]
    target[place[-1]] = value
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(DamagedError):
        book.of("exercise-01", tmp_path)


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"format": 1}', b" " * 4_194_305])
def test_no_bytes_in_a_progress_file_do_harm(book: Book, tmp_path: Path, content: bytes) -> None:
    attempt(book, tmp_path)
    only_file(book).write_bytes(content)
    with pytest.raises(DamagedError):
        book.of("exercise-01", tmp_path)


def test_a_file_of_a_newer_version_is_left_alone(book: Book, tmp_path: Path) -> None:
    attempt(book, tmp_path)
    path = only_file(book)
    path.write_bytes(b'{"format": 99, "secret": 1}')
    with pytest.raises(ProgressError, match="newer Gradeline"):
        attempt(book, tmp_path, digest="d")
    assert path.read_bytes() == b'{"format": 99, "secret": 1}'


def test_a_file_of_an_older_version_is_upgraded_step_by_step(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt(book, tmp_path)
    monkeypatch.setattr(progress, "FORMAT", 3)
    monkeypatch.setattr(progress, "UPGRADES", {1: lambda data: {**data, "count": 10}, 2: lambda data: {
        **data, "count": data["count"] + 7}})  # fmt: skip
    assert book.of("exercise-01", tmp_path).count == 17
    attempt(book, tmp_path, digest="e")
    assert json.loads(only_file(book).read_bytes())["format"] == 3
    assert book.of("exercise-01", tmp_path).count == 18


def test_a_workspace_that_was_moved_keeps_its_progress(book: Book, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    (old / ".gradeline.json").write_text(
        json.dumps({"exercise": "exercise-01", "workspace": "0123456789abcdef" * 2}), encoding="utf-8"
    )
    attempt(book, old)
    old.rename(new)
    assert attempt(book, new, digest="f").count == 2
    assert [one.folder for one in book.all()] == [str(new.resolve())]


@pytest.mark.parametrize("name", ["../../etc/passwd", "a" * 31, "A" * 32, 7, "0123456789abcdef" * 2 + "/x"])
def test_a_marker_never_names_a_file_elsewhere(book: Book, tmp_path: Path, name: object) -> None:
    marker = json.dumps({"exercise": "exercise-01", "workspace": name})
    (tmp_path / ".gradeline.json").write_text(marker, encoding="utf-8")
    attempt(book, tmp_path)
    assert len(only_file(book).stem) == 32
    assert not set(only_file(book).stem) - set("0123456789abcdef")


# --- what it means for a grading ---------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRADE_PROGRESS", str(tmp_path / "progress"))
    return tmp_path / "progress"


def test_result_bytes_are_the_same_with_and_without_progress(
    grade: Callable[..., Result], submission: Callable[..., Path], kept: Path, tmp_path: Path
) -> None:
    folder = submission("tests\n")
    out = tmp_path / "report.txt"
    results = set()
    for _ in range(2):
        results.add((grade("1", str(folder), "--format", "json").stdout,
                     grade("1", str(folder), "-o", str(out)).exit_code, out.read_bytes()))  # fmt: skip
        submission("tests\nlint\n")
        assert grade("1", str(folder)).exit_code == 0
        submission("tests\n")
        assert "Since your last attempt: 100" in grade("1", str(folder)).stdout
    assert len(results) == 1
    assert len(list(kept.glob("*.json"))) == 1


@pytest.mark.parametrize("inside", ["", "/progress"])
def test_progress_that_cannot_be_kept_is_told_and_changes_no_ending(
    grade: Callable[..., Result], submission: Callable[..., Path], kept: Path, monkeypatch: pytest.MonkeyPatch,
    inside: str,
) -> None:  # fmt: skip
    kept.write_text("a file where the folder should be", encoding="utf-8")
    monkeypatch.setenv("GRADE_PROGRESS", f"{kept}{inside}")
    done = grade("1", str(submission()))
    assert done.exit_code == 0
    assert "Your progress could not be written to" in done.stderr
    assert "Score 100 of 100" in done.stdout


