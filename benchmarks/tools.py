"""What analysers cost a grading: the first question to checkov, every later one, and an unchanged submission.

Goals: checkov's first answer within 2.5 s of wall time, later ones within 100 ms, an answer that is kept within
5 ms.  The exit status is 1 when the fastest of several runs is over its goal: machines that run this are shared.

Usage: ``python benchmarks/tools.py``; ``make test`` has made checkov's environment.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from gradeline.source import SourceFile
from gradeline.tools.answers import Answers
from gradeline.tools.checkov import Checkov
from gradeline.tools.linters import SubmissionLinters, kept

FIRST_MS, LATER_MS, KEPT_MS = 2500.0, 100.0, 5.0
DOCKERFILE = "FROM python:3.12.8-slim\nWORKDIR /app\nRUN pip install churn\nUSER 10001\n"
BUCKET = """\
resource "aws_s3_bucket" "b{n}" {{
  bucket = "churn-{n}"
  acl    = "private"
}}
resource "aws_security_group" "s{n}" {{
  ingress {{
    from_port   = 22
    to_port     = 22
    cidr_blocks = ["10.0.0.0/8"]
  }}
}}
"""
WORKFLOW = "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: pytest\n"
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - {name: a, image: 'nginx:1.27.3'}\n"
# Files and rules of one submission, by framework.
WORK: dict[str, tuple[str, str, list[str]]] = {
    "terraform": ("main.tf", "".join(BUCKET.format(n=n) for n in range(5)), ["CKV_AWS_20", "CKV_AWS_24"]),
    "dockerfile": ("Dockerfile", DOCKERFILE, ["CKV_DOCKER_2", "CKV_DOCKER_7"]),
    "github_actions": (".github/workflows/ci.yml", WORKFLOW, ["CKV_GHA_2", "CKV2_GHA_1"]),
    "kubernetes": ("pod.yaml", POD, ["CKV_K8S_14", "CKV_K8S_43"]),
}

ASKED = {"checkov": "terraform", "hadolint": "dockerfile", "zizmor": "github_actions", "yamllint": "kubernetes"}


def timed(work: Callable[[], object]) -> float:
    """Wall time in milliseconds."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def cost(framework: str) -> tuple[float, float]:
    """The first question to a fresh worker, and the fastest of ten later ones about changed files."""
    path, text, rules = WORK[framework]
    checkov = Checkov()

    def ask(number: int) -> object:
        return checkov.lint([SourceFile(path, f"{text}# {number}\n")], rules)

    try:
        return timed(lambda: ask(0)), min(timed(lambda number=number: ask(number)) for number in range(1, 11))  # type: ignore[misc]
    finally:
        checkov.close()


def unchanged(folder: Path, tool: str, framework: str) -> tuple[float, float]:
    """A tool's answer, and the same answer from the folder of an earlier process."""
    path, text, rules = WORK[framework]

    def ask() -> object:
        return SubmissionLinters(lambda name: SourceFile(name, text), kept(Answers(folder))).lint(tool, [path], rules)

    return timed(ask), min(timed(ask) for _ in range(10))


def main() -> int:
    late = False
    print(f"{'checkov':<16}{'first':>9}{'later':>9}  (ms, goals {FIRST_MS:g} and {LATER_MS:g})")
    for framework in WORK:
        first, later = min(cost(framework) for _ in range(3))
        late = late or first > FIRST_MS or later > LATER_MS
        print(f"{framework:<16}{first:>9.0f}{later:>9.1f}")
    print(f"\n{'unchanged':<16}{'asked':>9}{'kept':>9}  (ms, goal {KEPT_MS:g})")
    with tempfile.TemporaryDirectory(prefix="gradeline-bench-") as folder:
        for tool, framework in ASKED.items():
            asked, again = unchanged(Path(folder), tool, framework)
            late = late or again > KEPT_MS
            print(f"{tool:<16}{asked:>9.0f}{again:>9.2f}")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
