"""Cold start of a learner's command against its peers, in one run, as ratios.

Machines are noisy, so the commands run in turn (A B A B ...) and the median of the pairwise ratios
counts.  Goals: ``grade exercise-12`` at most half of ``check50 --dev`` on a check that only looks
whether a file exists; ``grade --help`` at most 1.5 times ``python -c "import click"``; peak memory of
one grading below 80 MB.

Usage: ``make bench`` (installs check50 into an environment of its own first).
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
EXERCISE = "exercise-12-gha-matrix-cache"
CHECK = '''import check50


@check50.check()
def exists():
    """hello.py exists"""
    check50.exists("hello.py")
'''


def once(command: list[str], folder: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Wall seconds and peak memory in MB of one run of ``command``."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def compare(title: str, goal: float, ours: list[str], peer: list[str], where: tuple[Path, Path], rounds: int) -> bool:
    # Installed programs have their bytecode; an environment that forbids writing it would time the compiler.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["NO_COLOR"] = "1"
    once(ours, where[0], environment)
    once(peer, where[1], environment)
    pairs = [(once(ours, where[0], environment), once(peer, where[1], environment)) for _ in range(rounds)]
    ratio = median(mine[0] / theirs[0] for mine, theirs in pairs)
    print(
        f"{title}: {median(mine[0] for mine, _ in pairs) * 1000:.0f} ms against "
        f"{median(theirs[0] for _, theirs in pairs) * 1000:.0f} ms, ratio {ratio:.2f} (goal {goal}), "
        f"peak {max(mine[1] for mine, _ in pairs):.0f} MB"
    )
    return ratio <= goal


def main() -> int:
    binaries = Path(sys.executable).parent
    peers = ROOT / ".venv-bench" / "bin"
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        good = scratch / "good"
        shutil.copytree(ROOT / "exercises" / EXERCISE / "starter", good)
        shutil.copytree(ROOT / "solutions" / EXERCISE / "exemplar", good, dirs_exist_ok=True)
        check, submission = scratch / "check", scratch / "submission"
        check.mkdir()
        submission.mkdir()
        (check / ".cs50.yml").write_text("check50: true\n")
        (check / "__init__.py").write_text(CHECK)
        (submission / "hello.py").write_text("print('hello')\n")
        results = [
            compare(
                "grade exercise-12 / check50 --dev",
                0.5,
                [str(binaries / "grade"), "exercise-12", str(good)],
                [str(peers / "check50"), "--dev", "--local", str(check)],
                (scratch, submission),
                rounds,
            ),
            compare(
                "grade --help / python -c 'import click'",
                1.5,
                [str(binaries / "grade"), "--help"],
                [sys.executable, "-c", "import click"],
                (scratch, scratch),
                rounds,
            ),
        ]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest child process: {peak:.0f} MB")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
