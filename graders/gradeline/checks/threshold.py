"""A number that was measured decides whether the model may go on, and no number means no.

What it looks for
    A script that compares a measured number with a bound and ends with a failure when it is on the wrong side.  The
    grader follows the script with good numbers, then with one bad number at a time, and looks how it ends.  Bounds
    come from a file; a champion's number is fetched and compared with a tolerance; a trivial model has to be beaten.
    With ``closed``, a number that is NaN, null or not there ends the script with a failure, too.

What does not count
    A comparison that is only printed, a bound that every model reaches, a number that is written in a file of the
    repository instead of measured, a champion's number written down, a tolerance that forgives everything, a default
    for a number that is missing, and an error that is swallowed.

How to repair
    Read the numbers that this run has measured, compare each with its bound so that only a number on the right side
    passes, and end with a failure otherwise.

Parameters
    ``metric``: the names of the number.  ``at_least`` and ``at_most``: how strict the bound has to be.  ``against``:
    ``champion`` or ``trivial`` for a comparison with another model, with ``tolerance`` as the most that may be lost
    and ``margin`` as the least that has to be won.  ``configured``: the bound has to come from a file or an argument.
    ``closed``: only try numbers that are missing or NaN, for every number that decides.  ``reported``: only look
    whether the script writes to the page of the run before it ends with a failure.  ``stops``: what must not be done
    with a bad number: ``promote``, moving an alias, by the script itself or by what a pipeline runs after it; with
    ``closed``, not without a number either.
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.gate_answers import Wanted, closed_verdict, judged
from gradeline.facts.case import Case
from gradeline.result import Verdict

CHECK = Check(
    code="G1",
    family="gates",
    params={
        "metric": WORDS,
        "at_least": {"type": "number"},
        "at_most": {"type": "number"},
        "against": {"enum": ["champion", "trivial"]},
        "tolerance": {"type": "number", "minimum": 0},
        "margin": {"type": "number", "minimum": 0},
        "configured": {"type": "boolean"},
        "closed": {"type": "boolean"},
        "reported": {"type": "boolean"},
        "stops": {"enum": ["promote"]},
    },
    reads=("scripts",),
)


def run(
    case: Case,
    metric: str | list[str] | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
    against: str = "",
    tolerance: float | None = None,
    margin: float | None = None,
    configured: bool = False,
    closed: bool = False,
    reported: bool = False,
    stops: str = "",
    pipelines: list[str] | None = None,
) -> Verdict:
    from gradeline.facts.gate_scripts import gates

    wanted = Wanted(listed(metric), at_least, at_most, against, tolerance, margin, configured)
    if stops:
        from gradeline.checks.support.promotions import stopped

        return stopped(case, pipelines, wanted, closed)
    found = gates(case, pipelines)
    if reported:
        from gradeline.checks.support.gate_answers import reported as tells

        return tells(found)
    if closed:
        return closed_verdict(found)
    return judged(found, wanted)
