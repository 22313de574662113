"""Text that a stranger can choose never becomes code.

What it looks for
    Titles, branch names, comments and typed inputs reach a script only through an environment variable.

What does not count
    Such a text put straight into a script or into code handed to an action, an ``eval`` of the variable,
    and writing it where later steps take their environment from.

How to repair
    Bind the text to an environment variable of the step, and use the variable in double quotes.

Parameters
    None.
"""

from __future__ import annotations

from gradeline.checks.contract import Check
from gradeline.facts.case import Case
from gradeline.facts.untrusted_text import injections
from gradeline.result import Evidence, Verdict

CHECK = Check(code="S7", family="secrets")


def run(case: Case, pipelines: list[str] | None = None) -> Verdict:
    chosen = case.select(pipelines)
    if not chosen:
        return Verdict("unmet", "There is no pipeline file to look at.")
    for facts in chosen:
        for found in injections(facts):
            return Verdict("unmet", f"{found.sentence}.", (Evidence(found.span, "problem", found.sentence),))
    return Verdict(
        "met",
        "No text from outside is put into code.",
        tuple(Evidence(facts.pipeline.span, "proof", "looked through every script and input") for facts in chosen),
    )
