"""`grade ci` for one changed exercise against `grade exercise-NN` on the same work, in one run, as a ratio.

Both are started anew for each round and run in turn, in a repository of a class with 40 folders of learners and a
history of 30 commits.  Goal: at most twice the time.  Two figures are printed: the ratio of the fastest runs, and the
median of the ratios of neighbours; the exit status is 1 when both are over the goal.

Usage: ``python benchmarks/ci.py ROUNDS``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
GOAL = 2.0
EXERCISES = ("exercise-12-gha-matrix-cache", "exercise-17-gitlab-core", "exercise-15-jenkins-core")
GIT = {
    "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@x",
    "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@x",
}  # fmt: skip


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, env={**os.environ, **GIT}, check=True, stdout=subprocess.DEVNULL)


def repository(place: Path, exercise: Path) -> Path:
    """A class's repository, with one exercise solved on the branch that is checked out; the folder of the work."""
    git(place, "init", "-q", "-b", "main")
    for number in range(40):
        shutil.copytree(exercise / "starter", place / f"learner-{number:02d}" / exercise.name)
    git(place, "add", "--all")
    git(place, "commit", "-qm", "starters")
    for number in range(30):
        (place / "NEWS").write_text(f"{number}\n")
        git(place, "add", "NEWS")
        git(place, "commit", "-qm", f"news {number}")
    git(place, "switch", "-q", "-c", "work")
    work = place / "learner-07" / exercise.name
    shutil.copytree(ROOT / "solutions" / exercise.name / "exemplar", work, dirs_exist_ok=True)
    git(place, "add", "--all")
    git(place, "commit", "-qm", "solved")
    return work


def once(words: list[str], folder: Path) -> float:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "CI_"))}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.perf_counter()
    done = subprocess.run(words, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=False)
    spent = time.perf_counter() - started
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)} ended with code {done.returncode}")
    return spent


def compare(exercise: Path, rounds: int) -> bool:
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        work = repository(place, exercise)
        grade = str(Path(sys.executable).parent / "grade")
        number = exercise.name[:11]
        alone = [grade, number, str(work)]
        files = ("sarif", "junit", "code-quality", "summary", "comment", "json")
        reports = [word for kind in files for word in (f"--{kind}", str(place / f"{kind}.out"))]
        commands = {
            "grade NN": alone,
            "grade ci": [grade, "ci", "--base", "main"],
            "grade ci, all reports": [grade, "ci", "--base", "main", "--annotations", *reports],
        }
        for words in commands.values():
            once(words, place)
        times: dict[str, list[float]] = {title: [] for title in commands}
        for _ in range(rounds):
            for title, words in commands.items():
                times[title].append(once(words, place))
    good = True
    print(f"{number}: grade NN {min(times['grade NN']) * 1000:.0f} ms")
    for title in list(commands)[1:]:
        fastest = min(times[title]) / min(times["grade NN"])
        neighbours = median(ours / theirs for ours, theirs in zip(times[title], times["grade NN"], strict=True))
        holds = min(fastest, neighbours) <= GOAL
        good = good and holds
        print(
            f"  {'ok  ' if holds else 'OVER'} {title}: {min(times[title]) * 1000:.0f} ms, {fastest:.2f} fastest, "
            f"{neighbours:.2f} median (goal {GOAL})"
        )
    return good


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    found = [ROOT / "exercises" / name for name in EXERCISES if (ROOT / "exercises" / name).is_dir()]
    verdicts = [compare(exercise, rounds) for exercise in found]
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
