"""What differs between environments, and what people tune, comes from outside.

What it looks for
    Subject ``infrastructure``: the same files serve every environment, with a file of values, a workspace or a call of
    one module for each, and with a state for each; no resource names an environment, a region or an account itself.

What does not count
    A copy of the resources for each environment, and one state for all of them.

How to repair
    Make a variable of what differs, and give it its value in a file for each environment.

Parameters
    ``subject``: ``infrastructure``.
"""

from __future__ import annotations

from gradeline.checks.contract import Check
from gradeline.checks.support.infrastructure_inputs import inputs
from gradeline.checks.support.stacks import chosen_stacks
from gradeline.facts.case import Case
from gradeline.result import Verdict

CHECK = Check(
    code="R3",
    family="pinning",
    params={"subject": {"enum": ["infrastructure"]}},
    reads=("infrastructure",),
)


def run(case: Case, subject: str = "infrastructure", pipelines: list[str] | None = None) -> Verdict:
    return inputs(chosen_stacks(case, pipelines))
