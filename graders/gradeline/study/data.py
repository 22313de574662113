"""The agreement as JSON data.  Schema: ``course_schema/study-1.schema.json``."""

from __future__ import annotations

from gradeline.study.agreement import Estimate
from gradeline.study.compare import Study, Two
from gradeline.study.sample import RATED

SCHEMA = "https://gradeline.dev/schema/study-1.json"


def as_data(study: Study) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "confidence": study.confidence,
        "items": study.items,
        "rated": dict(study.rated),
        "verdicts": list(RATED),
        "grader_and_rater": [_two(one) for one in study.with_grader],
        "raters": [_two(one) for one in study.people],
        "all": {"fleiss_kappa": _estimate(study.fleiss), "icc_2_1": _estimate(study.points)},
        "people": None if study.people_fleiss is None or study.people_points is None else {
            "fleiss_kappa": _estimate(study.people_fleiss), "icc_2_1": _estimate(study.people_points)},
        "differences": [
            {"item": one.code, "exercise": one.exercise, "criterion": one.criterion, "learner": one.learner,
             "grader": one.grader, "raters": dict(one.said)} for one in study.differences
        ],
    }  # fmt: skip


def _two(two: Two) -> dict[str, object]:
    return {
        "left": two.left, "right": two.right, "same": _estimate(two.same),
        "same_in_class": _rounded(two.in_class), "kappa": _estimate(two.kappa),
        "weighted_kappa": _estimate(two.weighted), "icc_2_1": _estimate(two.points),
        "table": [list(row) for row in two.table],
    }  # fmt: skip


def _estimate(one: Estimate) -> dict[str, object]:
    return {"value": _rounded(one.value), "low": _rounded(one.low), "high": _rounded(one.high), "n": one.n,
            "why": one.why, "small": one.is_small, "wanted": one.wanted()}  # fmt: skip


def _rounded(value: float | None) -> float | None:
    """Four decimals: what lies behind them differs between processors and says nothing."""
    return None if value is None else round(value, 4) + 0.0
