"""What one run of a batch leaves for the next, with a grader that answers at once."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gradeline.batch.layout import Place, find
from gradeline.batch.results import RESULTS, Counts, run
from gradeline.course import find_course

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
    with grader:
        counts = run(places, COURSE.root, output, lambda: grader, lambda *_: None, thorough)
    return counts, grader


def said(output: Path) -> dict[str, str]:
    found = [json.loads(one) for one in (output / RESULTS).read_text(encoding="ascii").splitlines()]
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
    results = output / RESULTS
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
    good = (output / RESULTS).read_bytes()
    hand_in(submissions, "bob", "changed")

    def fail(place: Place, *_: object) -> None:
        if place.learner == "cem":
            raise KeyboardInterrupt

    with Grader() as grader, pytest.raises(KeyboardInterrupt):
        run(find(submissions, COURSE.resolve), COURSE.root, output, lambda: grader, fail)
    assert (output / RESULTS).read_bytes() == good
    assert not list(output.glob(".*.tmp"))
    counts, _ = batch(submissions, output)
    assert counts.known == 3
    assert said(output)["bob"] == "changed"
