"""A security scan can stop the pipeline.

What it looks for
    A live step runs a scanner of the wanted kind, with arguments that let its findings fail the run.

What does not count
    A scan that only reports, one whose findings are tolerated, one that runs only on another event, and
    one that looks only for harmless findings.

How to repair
    Give the scanner the option that turns findings into a failure, and run it on the event that matters.

Parameters
    ``kind``: ``secret``, ``image``, ``dependency``, ``sast`` or ``iac``.  ``scenario``: the event it must run on.
"""

from __future__ import annotations

from gradeline.checks import runs
from gradeline.checks.contract import SCENARIO, Check
from gradeline.facts.case import Case
from gradeline.result import Verdict

CHECK = Check(
    code="G6",
    family="gates",
    params={"kind": {"enum": ["secret", "image", "dependency", "sast", "iac"]}, "scenario": SCENARIO},
    required=("kind",),
)


def run(case: Case, kind: str, scenario: str | None = None, pipelines: list[str] | None = None) -> Verdict:
    return runs.run(case, tool=kind if kind == "sast" else f"{kind}-scan", scenario=scenario, pipelines=pipelines)
