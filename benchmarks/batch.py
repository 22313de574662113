"""What ``grade batch`` takes per submission, next to ``grade`` in a loop, both from the command line.

Run ``python benchmarks/batch.py [SUBMISSIONS]``; submissions are the right and wrong answers to exercise-01, each
with a file of its own, so that none is known from another.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
LOOPED = 10  # calls of `grade`, enough for a mean


def main(count: int) -> None:
    """Print seconds per submission: a loop, a first batch, a second one."""
    solutions = next((REPOSITORY / "solutions").glob("exercise-01-*"))
    answers = sorted([*solutions.glob("exemplar*"), *(solutions / "wrong").iterdir()])
    answers = [one for one in answers if one.is_dir()]
    with tempfile.TemporaryDirectory() as name:
        submissions = Path(name) / "in"
        for number in range(count):
            folder = submissions / f"learner-{number:05}" / "exercise-01"
            shutil.copytree(answers[number % len(answers)], folder)
            (folder / "NAME").write_text(str(number), encoding="utf-8")
        folders = sorted(submissions.glob("*/exercise-01"))[:LOOPED]
        loop = sum(_seconds("exercise-01", str(one)) for one in folders) / len(folders)
        batch = ["batch", str(submissions), "-o", str(Path(name) / "out")]
        first = _seconds(*batch) / count
        second = _seconds(*batch) / count
    sys.stdout.write(f"submissions           {count}\n")
    for label, value in (("grade in a loop", loop), ("grade batch", first), ("the same again", second)):
        sys.stdout.write(f"{label:<18} {value * 1000:8.2f} ms each  {loop / value:6.1f} x\n")


def _seconds(*words: str) -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-m", "gradeline_cli", *words], check=False, capture_output=True)
    return time.perf_counter() - begin


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
