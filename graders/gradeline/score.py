"""From verdicts to points.

Arithmetic is exact (``fractions.Fraction``); numbers are rounded only when they are shown, half up
to two decimals.  The rules, in full:

* *met* earns all points of a criterion, *partial* earns exactly half of them, anything else earns none.
* *cannot_tell* and *error* earn none **yet**: the score leaves them out, the report says how many
  points wait for a person, and ``needs_review`` is true.
* *not_applicable* is a criterion that was not looked at, because another one must be repaired first.
* An exercise is passed when the exact score reaches the pass mark and every critical criterion is met
  or partly met.  A critical criterion that waits for a person therefore withholds the pass, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction

from gradeline.records import record, replace
from gradeline.result import CriterionResult, Evidence, Hop, Status, Verdict

CREDIT: dict[Status, Fraction] = {
    "met": Fraction(1),
    "partial": Fraction(1, 2),
    "unmet": Fraction(0),
    "cannot_tell": Fraction(0),
    "not_applicable": Fraction(0),
    "error": Fraction(0),
}

WAITING: frozenset[Status] = frozenset({"cannot_tell", "error"})
BLOCKING: frozenset[Status] = frozenset({"unmet", "not_applicable"})

# Which status wins when several checks make one criterion.  In "all", one check that is surely not
# met decides; a check that nobody could answer only matters when no other has decided already.
_WORST_FIRST: tuple[Status, ...] = ("unmet", "error", "cannot_tell", "partial", "met", "not_applicable")
_BEST_FIRST: tuple[Status, ...] = ("met", "error", "cannot_tell", "partial", "unmet", "not_applicable")


@record
class Tally:
    """The sums of one grading.  ``waiting`` are the points that a person has still to decide."""

    score: Fraction
    max_score: Fraction
    waiting: Fraction
    passed: bool
    needs_review: bool


def award(points: Fraction, status: Status) -> Fraction:
    """What a criterion worth ``points`` earns with ``status``."""
    return points * CREDIT[status]


def tally(results: Iterable[CriterionResult], pass_mark: Fraction, critical: Collection[str] = ()) -> Tally:
    """Add up ``results``; ``critical`` are the ids of criteria that must not be lost."""
    results = tuple(results)
    score = sum((result.awarded for result in results), Fraction(0))
    lost = any(result.id in critical and CREDIT[result.status] == 0 for result in results)
    return Tally(
        score=score,
        max_score=sum((result.points for result in results), Fraction(0)),
        waiting=waiting(results),
        passed=bool(results) and score >= pass_mark and not lost,
        needs_review=any(result.status in WAITING for result in results),
    )


def waiting(results: Iterable[CriterionResult]) -> Fraction:
    """The points of criteria that nobody could answer yet."""
    return sum((result.points for result in results if result.status in WAITING), Fraction(0))


def shown(value: Fraction) -> str:
    """``value`` (not negative) as decimal text: half up, at most two decimals, no trailing zeros."""
    hundredths = (value * 200 + 1) // 2
    whole, rest = divmod(int(hundredths), 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") if rest else str(whole)


def all_of(verdicts: Sequence[Verdict]) -> Verdict:
    """Every part must hold.  Shows all parts that do not, or the proofs of all when they do."""
    return _combined(verdicts, _decide(verdicts, _WORST_FIRST))


def any_of(verdicts: Sequence[Verdict]) -> Verdict:
    """One part must hold.  Shows the part that does, or what every part is missing."""
    status = _decide(verdicts, _BEST_FIRST)
    if status in ("met", "partial"):
        return next(verdict for verdict in verdicts if verdict.status == status)
    return _combined(verdicts, status)


def with_half(verdict: Verdict, half: Verdict) -> Verdict:
    """``verdict`` of the full criterion, lifted to *partial* when only the lesser demand holds.

    The message and the problems of the full criterion stay, because they say what is missing.
    """
    if verdict.status != "unmet":
        return verdict
    if half.status == "met":
        return replace(verdict, status="partial", evidence=_unique((*verdict.evidence, *half.evidence)))
    if half.status in WAITING:
        return replace(
            half,
            message=f"{verdict.message} {half.message}".strip(),
            evidence=_unique((*verdict.evidence, *half.evidence)),
            path_trace=verdict.path_trace or half.path_trace,
        )
    return verdict


def _decide(verdicts: Sequence[Verdict], order: Sequence[Status]) -> Status:
    seen = {verdict.status for verdict in verdicts}
    return next(status for status in order if status in seen)


def _combined(verdicts: Sequence[Verdict], status: Status) -> Verdict:
    """One verdict with ``status``, made of the parts that explain it."""
    shown_parts = [v for v in verdicts if v.status == status]
    if status not in ("met", "not_applicable"):
        shown_parts += [v for v in verdicts if v.status not in ("met", "not_applicable", status)]
    evidence = (item for part in shown_parts for item in part.evidence)
    trace: tuple[Hop, ...] = next((part.path_trace for part in shown_parts if part.path_trace), ())
    return Verdict(
        status=status,
        message=" ".join(dict.fromkeys(part.message for part in shown_parts if part.message)),
        evidence=_unique(evidence),
        path_trace=trace,
    )


def _unique(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(evidence))
