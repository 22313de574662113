"""What was trained becomes a version of one registered model, and the program knows which version.

What it looks for
    A program of the repository that makes a version of the named model from what was trained.  The grader follows
    the program, and looks what it gives to the registry and what it does with the version that comes back.

What does not count
    A message, a file that is only stored, a name that is put together anew each time, a model that the program has
    trained or made itself, one fixed run, and a version that nobody uses afterwards.

How to repair
    Give the registry the trained model under one constant name, and work with the version that it answers.

Parameters
    ``model``: the name of the registered model.
"""

from __future__ import annotations

from gradeline.checks.contract import Check
from gradeline.checks.support.registered import registered
from gradeline.facts.case import Case
from gradeline.result import Verdict

CHECK = Check(
    code="A4",
    family="artifacts",
    params={"model": {"type": "string"}},
    required=("model",),
    reads=("scripts",),
)


def run(case: Case, model: str, pipelines: list[str] | None = None) -> Verdict:
    from gradeline.facts.registry_scripts import registrars

    return registered(registrars(case, pipelines), model)
