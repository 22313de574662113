"""What ``grade batch`` takes: time and memory as a class grows, next to calling a grader in a loop, and with poison.

    python benchmarks/batch.py [COUNT ...]     growth (100 1000 by default; the full size is 100 1000 10000)
    python benchmarks/batch.py poison [GOOD BAD SEEDS]

Submissions are the right and wrong answers to five exercises, each with a file of its own, so that none is known from
another.  Peers: ``grade`` in a loop, and check50 in a loop where its environment is there
(``make .venv-bench/.locked``); check50 only looks whether the file to hand in exists.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
EXERCISES = ("exercise-01", "exercise-12", "exercise-15", "exercise-17", "exercise-23")
LOOPED = 10  # calls of a grader for each submission, enough for a mean
FAULTS = "GRADELINE_BATCH_TEST_FAULTS"
CHECK = """import check50


@check50.check()
def exists():
    check50.exists("NAME")
"""
GRADE = (sys.executable, "-m", "gradeline_cli")


def make(submissions: Path, count: int) -> list[Path]:
    """``count`` submissions."""
    answers = []
    for exercise in EXERCISES:
        solutions = next((REPOSITORY / "solutions").glob(f"{exercise}-*"))
        found = sorted([*(one for one in solutions.iterdir() if one.name != "wrong"), *(solutions / "wrong").iterdir()])
        answers.append((exercise, [one for one in found if one.is_dir()]))
    made = []
    for number in range(count):
        exercise, found = answers[number % len(answers)]
        folder = submissions / f"learner-{number // len(answers):05}" / exercise
        answer = found[number // len(answers) % len(found)]
        shutil.copytree(answer, folder, ignore=shutil.ignore_patterns("expect.yaml"))
        (folder / "NAME").write_text(str(number), encoding="utf-8")
        made.append(folder)
    return made


def growth(counts: list[int]) -> None:
    loop = None
    print(f"{'submissions':>11} {'first':>9} {'each':>9} {'parent':>8} {'second':>8} {'faster':>8}")
    for count in counts:
        with tempfile.TemporaryDirectory() as name:
            folders = make(Path(name) / "in", count)
            words = ["batch", str(Path(name) / "in"), "-o", str(Path(name) / "out")]
            time.sleep(0.2)
            first, memory = run(words)
            second, _ = run(words)
            print(f"{count:>11} {first:>7.2f} s {first / count * 1000:>6.1f} ms {memory:>5} MB {second:>6.2f} s "
                  f"{first / second:>6.1f} x", flush=True)  # fmt: skip
            if loop is None:
                loop = folders[: LOOPED * len(EXERCISES) : len(EXERCISES)]
                one = sum(run([EXERCISES[0], str(folder)])[0] for folder in loop) / len(loop)
                print(f"{'':>11} grade in a loop {one * 1000:.0f} ms each, {one / (first / count):.0f} times the batch")
                peer(loop, first / count)


def peer(folders: list[Path], each: float) -> None:
    """check50 once for each submission, with the cheapest check there is."""
    programs = REPOSITORY / ".venv-bench" / "bin"
    if not (programs / "check50").exists():
        print(f"{'':>11} check50 is not there: make .venv-bench/.locked")
        return
    with tempfile.TemporaryDirectory() as name:
        check = Path(name) / "check"
        check.mkdir()
        (check / "__init__.py").write_text(CHECK, encoding="utf-8")
        (check / ".cs50.yml").write_text("check50: true\n", encoding="utf-8")
        path = f"{programs}{os.pathsep}{os.environ['PATH']}"
        begin = time.perf_counter()
        for folder in folders:
            words = [str(programs / "check50"), "--dev", "--local", "-o", "json", "--", str(check)]
            subprocess.run(words, cwd=folder, capture_output=True, env={**os.environ, "PATH": path}, check=True)
        one = (time.perf_counter() - begin) / len(folders)
    print(f"{'':>11} check50 in a loop {one * 1000:.0f} ms each, {one / each:.0f} times the batch (goal 15)")


def poison(good: int, bad: int, seeds: int) -> int:
    """Good results must be the same bytes whatever fails around them; 1 when one is not."""
    with tempfile.TemporaryDirectory() as name:
        folders = make(Path(name) / "in", good + bad)
        names = [f"{one.parent.name}/{one.name}" for one in folders]
        run(["batch", str(Path(name) / "in"), "-o", str(Path(name) / "clean")])
        clean = lines(Path(name) / "clean")
        for seed in range(seeds):
            drawn = random.Random(seed).sample(names, bad)
            faults = {one: ("crash", "memory", "hang")[at % 3] for at, one in enumerate(drawn)}
            output = Path(name) / f"out{seed}"
            words = ["batch", str(Path(name) / "in"), "-o", str(output), "--time-limit", "3", "--memory", "512"]
            seconds, _ = run(words, {FAULTS: json.dumps(faults)})
            found = lines(output)
            wrong = [one for one in names if one not in faults and found[one] != clean[one]]
            missed = [one for one in drawn if json.loads(found[one])["status"] != "error"]
            print(f"seed {seed}: {len(names) - bad} good, {len(wrong)} of them changed; {bad} poisoned, "
                  f"{len(missed)} of them not told; {seconds:.0f} s", flush=True)  # fmt: skip
            if wrong or missed or list(found) != list(clean):
                return 1
    return 0


def lines(output: Path) -> dict[str, str]:
    found = {}
    for line in (output / "results.jsonl").read_text(encoding="ascii").splitlines():
        data = json.loads(line)
        found[f"{data['learner']}/{data['exercise']}"] = line
    return found


def run(words: list[str], more: dict[str, str] | None = None) -> tuple[float, int]:
    """Seconds, and the most memory of the process itself in MB."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        [*GRADE, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **(more or {})}
    )
    most = 0

    def watch() -> None:
        nonlocal most
        while process.poll() is None:
            try:
                said = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
            except OSError:
                return
            most = max([most, *(int(line.split()[1]) for line in said.splitlines() if line.startswith("VmHWM"))])
            time.sleep(0.05)

    watcher = threading.Thread(target=watch)
    watcher.start()
    process.wait()
    watcher.join()
    return time.perf_counter() - begin, most // 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["poison"]:
        sys.exit(poison(*(int(one) for one in sys.argv[2:] or ("1000", "50", "5"))))
    growth([int(one) for one in sys.argv[1:]] or [100, 1000])
