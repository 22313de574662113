"""What one run of a batch leaves for the next, with a grader that answers at once."""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from gradeline.batch import kept
from gradeline.batch.kept import course_digest
from gradeline.batch.layout import Place, find
from gradeline.batch.output import Output, replace
from gradeline.batch.results import Counts, run
from gradeline.batch.written import Written
from gradeline.course import find_course
from gradeline.words import Told

COURSE = find_course()


class Grader(ThreadPoolExecutor):
    """Says what is in the file ``WORK``."""

    def __init__(self, processors: int = 2) -> None:
        super().__init__(max_workers=processors)
        self.processors = processors
        self.asked: list[str] = []

    def grade(self, task: Mapping[str, str]) -> dict[str, object]:
        self.asked.append(task["name"])
        said = "".join(one.read_text(encoding="utf-8") for one in sorted(Path(task["folder"]).rglob("WORK*")))
        return {"result": {"submission": {"id": task["name"], "digest": "d"}, "criteria": [], "said": said}}


def batch(submissions: Path, output: Path, *, thorough: bool = False) -> tuple[Counts, Grader]:
    grader = Grader()
    places = find(submissions, COURSE.resolve)
    with grader, Output(output) as own:
        counts = run(places, COURSE.root, own, lambda: grader, lambda *_: None, thorough)
    return counts, grader


def said(output: Path) -> dict[str, str]:
    found = [json.loads(one) for one in (output / "results.jsonl").read_text(encoding="ascii").splitlines()]
    return {one["learner"]: one["result"]["said"] for one in found}


def hand_in(submissions: Path, learner: str, work: str, path: str = "WORK") -> Path:
    file = submissions / learner / "exercise-01" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(work, encoding="utf-8")
    return file


def settle() -> None:
    """Until what was written looks old: only then its fingerprint is worth something."""
    time.sleep(0.12)


@pytest.mark.parametrize("folder", ["_course", "_course/exercises", "docs/_course"])
def test_a_learners_folder_that_is_called_like_one_of_ours_is_looked_at(tmp_path: Path, folder: str) -> None:
    submissions, output = tmp_path / "in", tmp_path / "out"
    file = hand_in(submissions, "ada", "old", f"{folder}/WORK")
    settle()
    assert batch(submissions, output)[0].graded == 1
    assert batch(submissions, output)[0].known == 1
    file.write_text("new", encoding="utf-8")
    settle()
    assert batch(submissions, output)[0].graded == 1
    assert said(output) == {"ada": "new"}


def test_a_file_that_is_too_large_is_graded_again_when_its_size_changes_because_the_report_tells_it(
    tmp_path: Path,
) -> None:
    submissions, output = tmp_path / "in", tmp_path / "out"
    file = hand_in(submissions, "ada", "x" * 300 * 1024, "ci.yml")
    assert batch(submissions, output)[0].graded == 1
    file.write_text("x" * 400 * 1024, encoding="utf-8")
    assert batch(submissions, output)[0].graded == 1


def test_what_intake_does_not_list_changes_nothing(tmp_path: Path) -> None:
    submissions, output = tmp_path / "in", tmp_path / "out"
    hand_in(submissions, "ada", "work")
    hand_in(submissions, "ada", "x", ".git/index")
    settle()
    assert batch(submissions, output)[0].graded == 1
    hand_in(submissions, "ada", "y", ".git/index")
    _, grader = batch(submissions, output)
    assert grader.asked == []


def test_a_run_in_which_nothing_changed_writes_nothing(tmp_path: Path) -> None:
    submissions, output = tmp_path / "in", tmp_path / "out"
    for learner in ("ada", "bob", "cem"):
        hand_in(submissions, learner, learner)
    settle()
    batch(submissions, output)
    before = {path: (path.stat().st_ino, path.stat().st_ctime_ns) for path in output.rglob("*") if path.is_file()}
    assert batch(submissions, output)[0].known == 3
    after = {path: (path.stat().st_ino, path.stat().st_ctime_ns) for path in output.rglob("*") if path.is_file()}
    assert after == before


@pytest.mark.parametrize("damage", ["", "more", "less", "other", "gone", "twice"])
def test_results_that_somebody_has_damaged_are_written_again_from_what_is_kept(tmp_path: Path, damage: str) -> None:
    submissions, output = tmp_path / "in", tmp_path / "out"
    for learner in ("ada", "bob", "cem"):
        hand_in(submissions, learner, learner)
    batch(submissions, output)
    results = output / "results.jsonl"
    good = results.read_bytes()
    bad = {"": b"", "more": good + b"{}\n", "less": good[:-9], "other": good.replace(b"bob", b"BOB"), "twice": good * 2}
    if damage == "gone":
        results.unlink()
    else:
        results.write_bytes(bad[damage])
    assert batch(submissions, output)[0].known == 3
    assert results.read_bytes() == good
    assert not list(output.glob(".*.tmp"))


def test_a_run_that_fails_in_the_middle_leaves_the_results_of_the_one_before(tmp_path: Path) -> None:
    submissions, output = tmp_path / "in", tmp_path / "out"
    for learner in ("ada", "bob", "cem"):
        hand_in(submissions, learner, learner)
    batch(submissions, output)
    good = (output / "results.jsonl").read_bytes()
    hand_in(submissions, "bob", "changed")

    def fail(place: Place, *_: object) -> None:
        if place.learner == "cem":
            raise KeyboardInterrupt

    with Grader() as grader, Output(output) as own, pytest.raises(KeyboardInterrupt):
        run(find(submissions, COURSE.resolve), COURSE.root, own, lambda: grader, fail)
    assert (output / "results.jsonl").read_bytes() == good
    assert not list(output.glob(".*.tmp"))
    counts, _ = batch(submissions, output)
    assert counts.known == 3
    assert said(output)["bob"] == "changed"


def stored(output: Path) -> set[str]:
    return {one.name for one in (output / "store").iterdir() if one.name != "seen.json"}


def test_the_store_keeps_what_was_used_and_only_the_latest_of_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submissions, output = tmp_path / "in", tmp_path / "out"
    monkeypatch.setattr(kept, "MOST_UNUSED", 3)
    hand_in(submissions, "ada", "never changed")
    names = []
    for number in range(6):
        hand_in(submissions, "bob", str(number))
        before = stored(output) if number else set()
        batch(submissions, output)
        names.append(stored(output) - before)
        for name in names[-1]:
            os.utime(output / "store" / name, (number, number))
    assert stored(output) == names[0] & stored(output) | set().union(*names[2:])  # ada's, bob's last and three before
    assert len(stored(output)) == 5
    hand_in(submissions, "bob", "3")
    assert batch(submissions, output)[0].known == 2


@pytest.mark.parametrize("problem", [KeyboardInterrupt, PermissionError])
def test_a_run_that_ends_while_it_drops_results_has_damaged_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problem: type[BaseException]
) -> None:
    submissions, output = tmp_path / "in", tmp_path / "out"
    monkeypatch.setattr(kept, "MOST_UNUSED", 0)
    dropped: list[Path] = []
    real = Path.unlink

    def unlink(self: Path, missing_ok: bool = False) -> None:
        if self.parent.name == "store" and self.suffix == ".json":
            dropped.append(self)
            if len(dropped) == 2:
                raise problem
        real(self, missing_ok)

    for number in range(3):
        for learner in ("ada", "bob"):
            hand_in(submissions, learner, f"{learner} {number}")
        with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
            patch.setattr(Path, "unlink", unlink)
            batch(submissions, output)
        assert len(dropped) == (0, 0, 2)[number]
    assert batch(submissions, output)[0].known == 2
    assert said(output) == {"ada": "ada 2", "bob": "bob 2"}


def test_the_store_is_bounded_in_bytes_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    submissions, output = tmp_path / "in", tmp_path / "out"
    monkeypatch.setattr(kept, "MOST_UNUSED_BYTES", 5_000)
    for number in range(4):
        hand_in(submissions, "ada", str(number) * 2_000)
        batch(submissions, output)
    assert len(stored(output)) == 3  # the last, and two of 2,000 and a little more


def test_a_class_that_shares_the_folder_with_another_loses_nothing(tmp_path: Path) -> None:
    output = tmp_path / "out"
    for year in ("one", "two"):
        for learner in ("ada", "bob", "cem"):
            hand_in(tmp_path / year, learner, f"{year} {learner}")
    for year in ("one", "two"):
        assert batch(tmp_path / year, output)[0].graded == 3
    for year in ("one", "two"):
        assert batch(tmp_path / year, output)[0].known == 3


def test_a_kept_result_that_was_damaged_is_made_again(tmp_path: Path) -> None:
    submissions, output = tmp_path / "in", tmp_path / "out"
    hand_in(submissions, "ada", "work")
    batch(submissions, output)
    good = (output / "results.jsonl").read_bytes()
    (name,) = stored(output)
    for damage in (b"", b"\0" * 100, (output / "store" / name).read_bytes().replace(b"work", b"wOrk")):
        (output / "store" / name).write_bytes(damage)
        assert batch(submissions, output)[0].graded == 1
        assert (output / "results.jsonl").read_bytes() == good


def test_the_same_work_of_many_is_graded_once_in_one_run(tmp_path: Path) -> None:
    submissions, output = tmp_path / "in", tmp_path / "out"
    for learner in ("ada", "bob", "cem", "dua", "eli"):
        hand_in(submissions, learner, "other" if learner == "cem" else "the starter")
    counts, grader = batch(submissions, output)
    assert sorted(grader.asked) == ["ada/exercise-01", "cem/exercise-01"]
    assert (counts.graded, counts.known) == (2, 3)
    found = [json.loads(one) for one in (output / "results.jsonl").read_text(encoding="ascii").splitlines()]
    assert [one["result"]["submission"]["id"] for one in found] == [
        f"{name}/exercise-01" for name in ("ada", "bob", "cem", "dua", "eli")
    ]


def test_who_has_the_same_work_as_one_whose_grading_failed_is_graded(tmp_path: Path) -> None:
    submissions, output = tmp_path / "in", tmp_path / "out"
    for learner in ("ada", "bob", "cem"):
        hand_in(submissions, learner, "the starter")

    class Failing(Grader):
        def grade(self, task: Mapping[str, str]) -> dict[str, object]:
            found = super().grade(task)
            return {"error": "timeout", "message": ""} if task["name"].startswith("ada") else found

    with Failing() as grader, Output(output) as own:
        counts = run(find(submissions, COURSE.resolve), COURSE.root, own, lambda: grader, lambda *_: None)
    assert grader.asked == ["ada/exercise-01", "bob/exercise-01"]
    assert (counts.errors, counts.graded, counts.known) == (1, 1, 1)


def test_only_leftovers_of_our_own_are_swept(tmp_path: Path) -> None:
    output = tmp_path / "out"
    with Output(output):
        pass
    theirs, ours = output / ".notes.tmp", (output / ".results.jsonl.tmp", output / "store" / ".x.json.1.tmp")
    for path in (theirs, *ours):
        path.write_text("x", encoding="utf-8")
    with Output(output):
        assert theirs.exists()
        assert not any(path.exists() for path in ours)


def test_a_rubric_belongs_to_the_key_wherever_the_course_is_installed(tmp_path: Path) -> None:
    """As in a wheel, where the course is in a folder of the package."""
    root = tmp_path / "gradeline" / "_course"
    (root / "rubrics").mkdir(parents=True)
    shutil.copytree(COURSE.folders["exercise-01"], root / "exercises" / COURSE.folders["exercise-01"].name)
    rubric = Path(shutil.copy(COURSE.root / "rubrics" / "exercise-01.yaml", root / "rubrics"))
    before = course_digest(root, "exercise-01")
    rubric.write_bytes(rubric.read_bytes() + b"\n")
    assert course_digest(root, "exercise-01") != before


def test_a_rubric_that_changes_during_a_run_makes_the_run_void(tmp_path: Path) -> None:
    """A process that is started late has read the new one, and the keys are those of the old one."""
    root, submissions, output = tmp_path / "course", tmp_path / "in", tmp_path / "out"
    (root / "rubrics").mkdir(parents=True)
    shutil.copytree(COURSE.folders["exercise-01"], root / "exercises" / COURSE.folders["exercise-01"].name)
    rubric = Path(shutil.copy(COURSE.root / "rubrics" / "exercise-01.yaml", root / "rubrics"))
    hand_in(submissions, "ada", "work")
    old = rubric.read_bytes()

    def change(*_: object) -> None:
        rubric.write_bytes(old + b"\n")

    def runs(told: Callable[..., None]) -> Counts:
        with Grader() as grader, Output(output) as own:
            return run(find(submissions, COURSE.resolve), root, own, lambda: grader, told)

    with pytest.raises(Told, match="was changed while this ran"):
        runs(change)
    assert not (output / "results.jsonl").exists()
    assert stored(output) == set()
    rubric.write_bytes(old)
    assert runs(lambda *_: None).graded == 1
    assert runs(change).known == 1  # nothing was graded, so nothing can be wrong
    assert runs(lambda *_: None).graded == 1


def test_a_full_disk_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[:3])
        raise OSError(errno.ENOSPC, "No space left on device", str(self))

    (tmp_path / "x").write_bytes(b"old")
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        replace(tmp_path / "x", b"new content")
    assert [one.name for one in tmp_path.iterdir()] == ["x"]
    assert (tmp_path / "x").read_bytes() == b"old"


def fill(path: Path) -> None:
    """Write a new file at ``path`` on a disk that takes nothing."""
    with Written(path) as written:
        written.write("new\n")
        assert written._new is not None
        written._new.close()
        written._new = os.fdopen(os.open("/dev/full", os.O_WRONLY), "wb")
        written.write("x" * 100)
        written.finish()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full disk to try")
def test_a_disk_that_is_full_leaves_the_old_results_and_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"old\n")
    with pytest.raises(OSError, match="No space left") as caught:
        fill(tmp_path / "x")
    assert caught.value.filename == str(tmp_path / "x")
    assert [one.name for one in tmp_path.iterdir()] == ["x"]
    assert (tmp_path / "x").read_bytes() == b"old\n"
