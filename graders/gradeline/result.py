"""What one grading says: verdicts, their evidence, and the report every renderer shows.

The same object is rendered as terminal text, JSON, SARIF and so on, so all outputs of one grading
show one score.  Points are exact: ``fractions.Fraction`` inside, decimal text at the edges.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

from gradeline.records import field, record
from gradeline.source import Diagnostic, Span

RESULT_SCHEMA = "https://gradeline.dev/schema/result-1.json"

NOTHING_TO_GRADE = "NOTHING_TO_GRADE"  # the diagnostic of a submission without any work in it
CRITICAL = "critical-criterion"  # the diagnostic that says which criterion withholds the pass by itself


def critical_note(title: str) -> str:
    """What the diagnostic CRITICAL says of the criterion with this title."""
    return f'"{title}" must hold to pass this exercise, whatever the score.'


Status = Literal["met", "partial", "unmet", "cannot_tell", "not_applicable", "error"]


@record
class Evidence:
    """A place in the submission that supports a verdict, and what it shows.

    ``role`` is ``proof`` (why it is met), ``problem`` (what to look at) or ``context``.
    """

    span: Span
    role: Literal["proof", "problem", "context"]
    text: str


@record
class Hop:
    """One station of a path through the pipeline; ``span`` is None for the event that starts it."""

    text: str
    span: Span | None = None


@record
class Verdict:
    """The answer of one check.  ``message`` says what was seen, in one or two plain sentences."""

    status: Status
    message: str
    evidence: tuple[Evidence, ...] = ()
    path_trace: tuple[Hop, ...] = ()


@record
class CriterionResult:
    id: str
    title: str
    category: str
    points: Fraction
    awarded: Fraction
    status: Status
    message: str
    why: str
    hint: str
    evidence: tuple[Evidence, ...] = ()
    path_trace: tuple[Hop, ...] = ()
    check: str = ""  # the one check that decides it; empty when several do
    checks: tuple[str, ...] = ()  # every check that is asked, in the rubric's order


@record
class Report:
    exercise: str
    title: str
    submission_id: str
    submission_digest: str
    rubric_version: int
    rubric_digest: str
    grader_version: str
    score: Fraction
    max_score: Fraction
    pass_mark: Fraction
    passed: bool
    needs_review: bool
    criteria: tuple[CriterionResult, ...]
    diagnostics: tuple[Diagnostic, ...]
    tools: Mapping[str, str] = field(default_factory=dict)
    # Not part of the JSON: the ids of critical criteria that are lost, and for code frames the lines of the
    # files that evidence points into.
    lost_critical: tuple[str, ...] = ()
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
