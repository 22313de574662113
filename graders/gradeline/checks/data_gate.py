"""Data that breaks its contract stops everything behind it.

What it looks for
    A script demands something of the new data: columns and types, values, a distribution, enough rows, fresh rows.
    Data that breaks a demand ends the script with a failure.  The demands of validation libraries count, and so do
    comparisons of the script's own.  The grader follows the script with good data, and then breaks one demand at a
    time.

What does not count
    A demand that nothing can break, such as a range without ends or a column of any type; other columns that are
    left out without a word; a violation that is only
    printed; an error that is caught and forgotten; a report without tests; and the answer of a suite that nobody
    asks for.

How to repair
    Let the script end with a failure for each demand that is broken, and run it before anything uses the data.

Parameters
    ``kind``: which demands there have to be: ``schema``, ``quality``, ``distribution``, ``volume``, ``freshness``;
    without it, one that stops the script is enough.  ``columns``: those that a ``schema`` or ``quality`` demand has
    to be about; ``across``: columns that one demand has to compare with each other.  ``least``: how many different
    columns the demands of each kind have to be about.  ``exact``: true when data with further columns has to be refused
    as well; ``once``: columns of which each value may be there only once.  ``every``: true when no demand may be there
    that stops nothing.  ``configured``: true when the bounds come from a file, which has to say the things in ``says``
    as well, such as its owner.  ``reported``: true when the script writes what it found into a file that a stage of
    the data pipeline declares, also when it stops, and puts no customers into it.
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
        "across": WORDS,
        "exact": {"type": "boolean"},
        "once": WORDS,
        "every": {"type": "boolean"},
        "configured": {"type": "boolean"},
        "says": WORDS,
        "reported": {"type": "boolean"},
    },
    reads=("scripts",),
)


def run(
    case: Case,
    kind: str | list[str] | None = None,
    columns: str | list[str] | None = None,
    least: int = 1,
    across: str | list[str] | None = None,
    exact: bool = False,
    once: str | list[str] | None = None,
    every: bool = False,
    configured: bool = False,
    says: str | list[str] | None = None,
    reported: bool = False,
    pipelines: list[str] | None = None,
) -> Verdict:
    from gradeline.checks.support.contract_answers import from_file, in_a_report, judged
    from gradeline.facts.gate_scripts import gates, produced

    found = gates(case, pipelines)
    if reported:
        declared = frozenset(one.path for stage in case.data.stages for one in stage.products)
        return in_a_report(found, declared if case.data.stages else produced(case))
    if configured:
        return from_file(found, listed(says))
    return judged(found, listed(kind), listed(columns), least, every, listed(across), exact, listed(once))
