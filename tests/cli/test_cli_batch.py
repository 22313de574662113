"""``grade batch`` in real processes: poison stays with its owner, and nothing is graded twice or lost."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gradeline.batch.fingerprint import fingerprint, is_old
from gradeline.batch.layout import Place
from gradeline.batch.results import WAITING, Counts
from gradeline_cli.commands.batch import _Progress
from gradeline_cli.parts import App

REPOSITORY = Path(__file__).parents[2]
EXEMPLAR = next((REPOSITORY / "solutions").glob("exercise-01-*")) / "exemplar"
STARTER = next((REPOSITORY / "exercises").glob("exercise-01-*")) / "starter"
FAULTS = "GRADELINE_BATCH_TEST_FAULTS"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="process groups and limits are POSIX")


def words(submissions: Path, output: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "gradeline_cli", "batch", str(submissions), "-o", str(output), *more]


def batch(submissions: Path, output: Path, *more: str, faults: dict[str, str] | None = None) -> tuple[int, str]:
    environment = {**os.environ, FAULTS: json.dumps(faults or {}), "GRADE_LANG": "en"}
    done = subprocess.run(
        words(submissions, output, *more), env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def lines(output: Path) -> dict[str, str]:
    """The line of each learner, in the order of the file."""
    found = (output / "results.jsonl").read_text(encoding="ascii").splitlines()
    return {json.loads(one)["learner"]: one for one in found}


def hand_in(submissions: Path, learner: str, work: Path, exercise: str = "exercise-01") -> None:
    """Everyone's bytes differ, so that nobody's result is another's."""
    folder = submissions / learner / exercise
    shutil.copytree(work, folder)
    (folder / "NAME").write_text(learner, encoding="utf-8")


def test_a_crash_a_hang_and_a_memory_hog_are_errors_of_their_own_and_change_no_other_byte(tmp_path: Path) -> None:
    submissions = tmp_path / "in"
    hand_in(submissions, "ada", EXEMPLAR)
    hand_in(submissions, "zoe", STARTER)
    assert batch(submissions, tmp_path / "clean", "--jobs", "1")[0] == 0
    clean = lines(tmp_path / "clean")
    for learner in ("crash", "hang", "memory"):
        hand_in(submissions, learner, EXEMPLAR)
    faults = {f"{one}/exercise-01": one for one in ("crash", "hang", "memory")}
    for jobs in ("1", "2"):
        output = tmp_path / f"out{jobs}"
        code, said = batch(submissions, output, "--jobs", jobs, "--time-limit", "10", "--memory", "1024", faults=faults)
        found = lines(output)
        assert code == 3
        assert list(found) == ["ada", "crash", "hang", "memory", "zoe"]
        assert {one: found[one] for one in clean} == clean
        reasons = {one: json.loads(found[one])["reason"] for one in ("crash", "hang", "memory")}
        assert reasons == {"crash": "crash", "hang": "timeout", "memory": "memory"}
        assert all(json.loads(found[one])["result"] is None for one in reasons)
        assert "hang/exercise-01: not graded, the time limit was reached." in said
        assert "2 graded, 0 known from before, 3 failed." in said
    assert json.loads(clean["ada"])["result"]["score"] == 100
    assert json.loads(clean["zoe"])["result"]["passed"] is False


def test_a_second_run_grades_only_what_changed_and_what_failed(tmp_path: Path) -> None:
    submissions, output = tmp_path / "in", tmp_path / "out"
    for learner in ("ada", "bob", "cyd"):
        hand_in(submissions, learner, EXEMPLAR)
    assert batch(submissions, output, faults={"cyd/exercise-01": "crash"})[0] == 3
    shutil.rmtree(submissions / "bob")
    hand_in(submissions, "bob", STARTER)
    code, said = batch(submissions, output)
    assert (code, "2 graded, 1 known from before, 0 failed." in said) == (0, True)
    assert json.loads(lines(output)["bob"])["result"]["passed"] is False


def test_the_same_bytes_of_two_learners_keep_their_own_names(tmp_path: Path) -> None:
    submissions, output = tmp_path / "in", tmp_path / "out"
    shutil.copytree(EXEMPLAR, submissions / "ada")
    assert batch(submissions, output, "--exercise", "1")[0] == 0
    shutil.copytree(EXEMPLAR, submissions / "bob")
    code, said = batch(submissions, output, "--exercise", "1")
    assert (code, "0 graded, 2 known from before" in said) == (0, True)
    names = [json.loads(one)["result"]["submission"]["id"] for one in lines(output).values()]
    assert names == ["ada/exercise-01", "bob/exercise-01"]


def test_a_run_that_was_killed_goes_on_where_it_stopped(tmp_path: Path) -> None:
    submissions, output = tmp_path / "in", tmp_path / "out"
    for learner in ("ada", "bob", "hang"):
        hand_in(submissions, learner, EXEMPLAR)
    environment = {**os.environ, FAULTS: json.dumps({"hang/exercise-01": "hang"})}
    with subprocess.Popen(words(submissions, output, "--jobs", "1"), env=environment) as parent:
        end = time.monotonic() + 60
        while len(list((output / "store").glob("*.json"))) < 2 and time.monotonic() < end:
            time.sleep(0.05)
        parent.send_signal(signal.SIGKILL)
    assert not (output / "results.jsonl").exists()
    code, said = batch(submissions, output)
    assert (code, "1 graded, 2 known from before, 0 failed." in said) == (0, True)
    assert batch(submissions, tmp_path / "fresh")[0] == 0
    assert lines(output) == lines(tmp_path / "fresh")


def test_ctrl_c_ends_the_run_at_once_and_leaves_no_worker(tmp_path: Path) -> None:
    submissions, output = tmp_path / "in", tmp_path / "out"
    for learner in ("ada", "hang"):
        hand_in(submissions, learner, EXEMPLAR)
    environment = {**os.environ, FAULTS: json.dumps({"hang/exercise-01": "hang"})}
    with subprocess.Popen(
        words(submissions, output, "--jobs", "1"), env=environment, stderr=subprocess.PIPE, text=True
    ) as parent:
        end = time.monotonic() + 60
        while not list((output / "store").glob("*.json")) and time.monotonic() < end:
            time.sleep(0.05)
        children = Path(f"/proc/{parent.pid}/task").glob("*/children")
        workers = [int(one) for path in children for one in path.read_text().split()]
        parent.send_signal(signal.SIGINT)
        _, said = parent.communicate(timeout=20)
    assert parent.returncode == 130
    assert "Traceback" not in said
    assert workers
    assert not any(Path(f"/proc/{one}").exists() for one in workers)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            "ada/no-such-thing/x",
            "Found ada/no-such-thing, and no-such-thing is no exercise. Expected is LEARNER/EXERCISE/",
        ),
        ("ada.zip", "ada.zip is an archive. With one archive per learner, name the exercise with --exercise."),
        ("ada.txt", "Found ada.txt in"),
        ("doejohn_1_2_work.zip", "This is a download of canvas"),
        ("ada/ci.yml", "Found ci.yml in"),
    ],
)
def test_a_wrong_layout_is_told_with_what_was_found(tmp_path: Path, path: str, expected: str) -> None:
    submissions = tmp_path / "in"
    (submissions / path).parent.mkdir(parents=True)
    (submissions / path).write_text("", encoding="utf-8")
    code, said = batch(submissions, tmp_path / "out")
    assert (code, expected in said) == (2, True)
    assert not (tmp_path / "out").exists()


def test_a_download_of_canvas_is_graded_from_its_archives(tmp_path: Path) -> None:
    submissions, output = tmp_path / "in", tmp_path / "out"
    submissions.mkdir()
    shutil.make_archive(str(submissions / "doejohn_101_9001_work"), "zip", EXEMPLAR)
    (submissions / "lee_LATE_102_9002_work.zip").write_bytes(b"no archive")
    code, said = batch(submissions, output, "--exercise", "1")
    assert code == 3
    assert "lee_102/exercise-01: not graded, it cannot be read." in said
    good = json.loads(lines(output)["doejohn_101"])
    assert (good["result"]["score"], good["lms_id"]) == (100, "101")
    time.sleep(0.1)
    assert "0 graded, 1 known from before, 1 failed" in batch(submissions, output, "--exercise", "1")[1]


def test_one_command_grades_keeps_and_reports(tmp_path: Path) -> None:
    submissions, output, book = tmp_path / "in", tmp_path / "out", tmp_path / "grades.db"
    hand_in(submissions, "ada", EXEMPLAR)
    roster = tmp_path / "class.csv"
    roster.write_text("learner,name\nada,Ada L.\nbob,Bob\n", encoding="utf-8")
    options = ("--gradebook", str(book), "--roster", str(roster), "--report", str(tmp_path / "pages"))
    code, said = batch(submissions, output, *options)
    assert code == 0
    assert "2 learners in the file, 2 of them new or changed" in said
    assert "attempts 1, results 1" in said
    index = (tmp_path / "pages" / "index.html").read_text(encoding="utf-8")
    assert "Ada L. (ada)" in index
    assert "Bob (bob)" in index
    assert "attempts 0, results 0. Known from before: 1." in batch(submissions, output, *options)[1]
    assert batch(submissions, output, "--roster", str(roster))[0] == 2


def test_a_folder_that_looks_the_same_is_not_read_and_one_that_only_seems_so_is(tmp_path: Path) -> None:
    submissions, output = tmp_path / "in", tmp_path / "out"
    hand_in(submissions, "ada", EXEMPLAR)
    workflow = submissions / "ada" / "exercise-01" / ".github" / "workflows" / "ci.yml"
    time.sleep(0.2)
    assert batch(submissions, output)[0] == 0
    state = workflow.stat()
    good = workflow.read_bytes()
    workflow.write_bytes(good.replace(b"jobs:", b"jbos:"))  # as long, and with the old time of change
    os.utime(workflow, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert "1 graded, 0 known" in batch(submissions, output)[1]
    assert json.loads(lines(output)["ada"])["result"]["score"] < 100
    workflow.write_bytes(good)
    assert "0 graded, 1 known" in batch(submissions, output)[1]
    assert json.loads(lines(output)["ada"])["result"]["score"] == 100
    assert "0 graded, 1 known" in batch(submissions, output, "--thorough")[1]


def test_what_was_just_written_is_read_again_because_the_clock_of_a_file_system_ticks(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x", encoding="utf-8")
    written = (tmp_path / "a").stat().st_ctime_ns
    assert fingerprint(str(tmp_path), written + 1_000) == ""
    early = fingerprint(str(tmp_path), written + 1_000_000_000)
    assert early
    assert fingerprint(str(tmp_path), written + 2_000_000_000) == early
    (tmp_path / "b").write_text("", encoding="utf-8")
    assert fingerprint(str(tmp_path), time.time_ns() + 1_000_000_000) not in ("", early)


@pytest.mark.parametrize(
    ("changed", "seconds", "old"),
    [(7.25, 0.04, False), (7.25, 0.06, True), (8, 2, False), (8, 2.2, True), (0, 9, True)],
)
def test_a_file_system_that_counts_whole_seconds_only_is_trusted_later(
    changed: float, seconds: float, old: bool
) -> None:
    assert is_old(int(changed * 1e9), int((changed + seconds) * 1e9)) is old


def test_two_runs_into_one_folder_do_not_mix_and_leftovers_are_swept(tmp_path: Path) -> None:
    submissions, output = tmp_path / "in", tmp_path / "out"
    hand_in(submissions, "ada", EXEMPLAR)
    hand_in(submissions, "hang", EXEMPLAR)
    environment = {**os.environ, FAULTS: json.dumps({"hang/exercise-01": "hang"})}
    first = subprocess.Popen(
        words(submissions, output, "--time-limit", "60"), env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        end = time.monotonic() + 60
        while not list((output / "store").glob("*.json")) and time.monotonic() < end:
            time.sleep(0.05)
        code, said = batch(submissions, output)
        assert code == 2
        assert "Another `grade batch` writes into" in said
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    (output / "store" / ".x.tmp").write_text("half", encoding="utf-8")
    assert "1 graded, 1 known from before, 0 failed." in batch(submissions, output)[1]
    assert not list(output.rglob("*.tmp"))


def test_good_results_are_the_same_bytes_whatever_fails_around_them_in_any_order(tmp_path: Path) -> None:
    """The small sister of ``benchmarks/batch.py poison``: who is poisoned is drawn anew each time."""
    names = [f"l{number:02d}" for number in range(12)]
    clean: dict[str, str] = {}
    for seed in range(3):
        submissions, output = tmp_path / "in", tmp_path / f"out{seed}"
        if not submissions.exists():
            for number, name in enumerate(names):
                hand_in(submissions, name, EXEMPLAR if number % 3 else STARTER)
            assert batch(submissions, tmp_path / "clean")[0] == 0
            clean = lines(tmp_path / "clean")
        drawn = random.Random(seed).sample(names, 4)
        faults = {f"{name}/exercise-01": ("crash", "memory", "hang")[at % 3] for at, name in enumerate(drawn)}
        assert batch(submissions, output, "--jobs", str(1 + seed), "--time-limit", "4", faults=faults)[0] == 3
        found = lines(output)
        assert list(found) == names
        assert {name: found[name] for name in names if name not in drawn} == {
            name: line for name, line in clean.items() if name not in drawn
        }
        assert all(json.loads(found[name])["status"] == "error" for name in drawn)


def test_grading_one_exercise_imports_nothing_of_the_batch() -> None:
    script = (
        "import sys; from gradeline_cli import entry, grading, main; print([m for m in sys.modules if 'batch' in m])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_an_unchanged_run_imports_nothing_that_reads_or_starts_anything(tmp_path: Path) -> None:
    """At a hundred submissions, the start of the process is most of what a second run takes."""
    submissions, output = tmp_path / "in", tmp_path / "out"
    hand_in(submissions, "ada", EXEMPLAR)
    time.sleep(0.2)
    assert batch(submissions, output)[0] == 0
    script = (
        "import os, sys; from gradeline_cli.entry import main;"
        "os._exit = lambda code: (print(*sorted(sys.modules)), sys.stdout.flush(), sys.exit(code));"
        f"sys.argv = {['grade', *words(submissions, output)[3:]]!r}; main()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    imported = set(done.stdout.split())
    assert "gradeline.batch.kept" in imported
    heavy = {"subprocess", "concurrent.futures", "tempfile", "yaml", "gradeline.batch.local", "gradeline.batch.content",
             "gradeline.grade", "gradeline.tools.child"}  # fmt: skip
    assert not imported & heavy


def test_the_results_do_not_become_a_submission(tmp_path: Path) -> None:
    submissions = tmp_path / "in"
    hand_in(submissions, "ada", EXEMPLAR)
    for output in (submissions, submissions / "results", submissions / "ada" / "deep"):
        code, said = batch(submissions, output)
        assert (code, "Name another folder with -o." in said) == (2, True)
    assert [one.name for one in submissions.iterdir()] == ["ada"]


def test_the_time_that_is_left_follows_the_pace_of_those_that_are_graded() -> None:
    """After a run that was killed, nine of ten are known at once, and the rest takes as long as ever."""
    progress, counts = _Progress(App()), Counts(total=1000)
    assert progress._left(0.0, counts) == "?"
    counts.known = 900
    for second in range(1, 200):
        counts.graded = second // 2
        said = progress._left(float(second), counts)
    assert said == str((1000 - counts.done) * 2)


def test_somebody_who_is_waited_for_is_named_before_the_wait_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    monkeypatch.setattr("gradeline_cli.output.emit", lambda text, error=False: drawn.append(text))
    progress, counts = _Progress(App()), Counts(total=2, current="ada/exercise-01")
    progress._live = True
    progress.told(Place("ada", "exercise-01", ""), {"status": WAITING, "reason": ""}, counts)
    assert "0 of 2, about ? s left, at ada/exercise-01" in drawn[0]
