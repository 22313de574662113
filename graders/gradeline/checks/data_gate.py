"""Data that breaks its contract stops everything behind it.

What it looks for
    A script demands something of the new data: columns and types, values, a distribution, enough rows, fresh rows.
    Data that breaks a demand ends the script with a failure.  The demands of validation libraries count, and so do
    comparisons of the script's own.  The grader follows the script with good data, and then breaks one demand at a
    time.

What does not count
    A demand that nothing can break, such as a range without ends or a column of any type; a violation that is only
    printed; an error that is caught and forgotten; a report without tests; and the answer of a suite that nobody
    asks for.

How to repair
    Let the script end with a failure for each demand that is broken, and run it before anything uses the data.

Parameters
    ``kind``: which demands there have to be: ``schema``, ``quality``, ``distribution``, ``volume``, ``freshness``;
    without it, one that stops the script is enough.  ``columns``: those that a ``schema`` or ``quality`` demand has
    to be about.  ``least``: how many different columns the demands of each kind have to be about.
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.facts.case import Case
from gradeline.result import Verdict

_KINDS = {"enum": ["schema", "quality", "distribution", "volume", "freshness"]}
CHECK = Check(
    code="G4",
    family="gates",
    params={
        "kind": {"oneOf": [_KINDS, {"type": "array", "items": _KINDS, "minItems": 1}]},
        "columns": WORDS,
        "least": {"type": "integer", "minimum": 1},
    },
    reads=("scripts",),
)


def run(
    case: Case,
    kind: str | list[str] | None = None,
    columns: str | list[str] | None = None,
    least: int = 1,
    pipelines: list[str] | None = None,
) -> Verdict:
    from gradeline.checks.support.contract_answers import judged
    from gradeline.facts.gate_scripts import gates

    return judged(gates(case, pipelines), listed(kind), listed(columns), least)
