"""What was found as JSON data, for ``similarity.json`` and for the report.

Schema: ``course_schema/similarity-1.schema.json``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradeline.similarity.evidence import Match, Place
from gradeline.similarity.find import InCommon, Pair, Similar

SCHEMA = "https://gradeline.dev/schema/similarity-1.json"


def as_data(found: Sequence[tuple[Similar, Mapping[Pair | InCommon, Sequence[Match]]]]) -> dict[str, object]:
    """``schema`` and ``exercises``: for each the pairs and those with a part in common, with their evidence; the
    clusters, and who was not compared."""
    return {
        "schema": SCHEMA,
        "exercises": [
            {
                "exercise": one.exercise,
                "threshold": one.threshold,
                "compared": one.compared,
                "pairs": [_pair(pair, evidence.get(pair, ())) for pair in one.pairs],
                "clusters": [
                    {"members": list(cluster.members), "score": round(cluster.score, 3)} for cluster in one.clusters
                ],
                "in_common": [_in_common(two, evidence.get(two, ())) for two in one.in_common],
                "too_small": list(one.small),
                "unreadable": [{"learner": name, "reason": why} for name, why in one.unreadable],
            }
            for one, evidence in found
        ],
    }


def _pair(pair: Pair, evidence: Sequence[Match]) -> dict[str, object]:
    return {
        "left": pair.left,
        "right": pair.right,
        "score": round(pair.score, 3),
        "wording": round(pair.wording, 3),
        "shared": pair.shared,
        "fewest": pair.fewest,
        "evidence": _matches(evidence),
    }


def _in_common(two: InCommon, evidence: Sequence[Match]) -> dict[str, object]:
    return {
        "left": two.left,
        "right": two.right,
        "worth": round(two.worth, 1),
        "shared": two.shared,
        "left_share": round(two.left_share, 3),
        "right_share": round(two.right_share, 3),
        "evidence": _matches(evidence),
    }


def _matches(evidence: Sequence[Match]) -> list[dict[str, object]]:
    return [
        {"left": _place(one.left), "right": _place(one.right), "shared": one.shared, "weight": round(one.weight, 2)}
        for one in evidence
    ]


def _place(place: Place) -> dict[str, object]:
    return {"path": place.path, "line": place.line, "end_line": place.end, "lines": list(place.lines)}
