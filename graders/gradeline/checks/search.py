"""A search for hyperparameters ends, judges fairly, and its space can be reviewed.

What it looks for
    A program that searches ends after a number of trials or a time.  Each trial is judged on data that its model has
    not learned from and that is not the test data: a validation part, or cross-validation.  What may be tried stands
    in a file.  The grader follows the program, and the function that the search calls, from the files they read to
    the number that a trial answers.

What does not count
    A search with no limit or one that is never reached, a single trial, the score on the training data, the test data
    or the holdout as judge, a space that is written into the program, and every core of the machine for a search that
    gives up no trial early.

How to repair
    Put the number of trials and the space into the configuration, and keep a validation part from the training data.

Parameters
    ``least`` and ``most``: how many trials are a search (5 and 1000 by default).
"""

from __future__ import annotations

from gradeline.checks.contract import Check
from gradeline.facts.case import Case
from gradeline.result import Verdict

CHECK = Check(
    code="B7",
    family="bounds",
    params={"least": {"type": "integer", "minimum": 2}, "most": {"type": "integer", "minimum": 2}},
    reads=("scripts",),
)


def run(case: Case, least: int = 5, most: int = 1000, pipelines: list[str] | None = None) -> Verdict:
    from gradeline.checks.support.searching import not_started, searched
    from gradeline.facts.gate_scripts import gates

    found = gates(case, pipelines, started=True)
    return searched(found, least, most) if found else not_started(case)
