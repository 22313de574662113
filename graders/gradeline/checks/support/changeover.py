"""While a new version comes: it gets time to start, and enough of the old one stays.

Kubernetes documentation, "Liveness, Readiness, and Startup Probes"; "Deployments", Rolling Update Deployment: a share
of ``maxUnavailable`` is rounded down, and is 25 % by default; "Specifying a Disruption Budget for your Application".
"""

from __future__ import annotations

import re

from gradeline.checks.support.releases import bad, chosen_bundles, guarded
from gradeline.facts.case import Case
from gradeline.model.manifest import Bundle, at, entries, text
from gradeline.model.workload import Workload
from gradeline.result import Evidence, Verdict

_DEFAULT = "25%"
_COUNT = re.compile(r"(\d{1,9})(%?)\Z")


def changed_over(
    case: Case, before: Verdict, starts: bool, stays: bool, patterns: list[str] | None, budget: bool = False
) -> Verdict:
    """``before``, the verdict about the probes, unless a workload has no time to start or may be gone for a while."""
    bundles = chosen_bundles(case, patterns)
    proofs: list[Evidence] = []
    unknown: Verdict | None = None
    for bundle in bundles:
        for one in bundle.workloads:
            if not one.served:
                continue
            if starts and one.start is None and (one.live is None or one.live.delay <= 0):
                place = one.live.span if one.live is not None else one.span
                return guarded(bundles, bad("A service that is still starting would be restarted.", place,
                                            "is asked from the first second"))  # fmt: skip
            if budget and not _budget(bundle, one):
                message = "Nothing limits how many of its pods may be taken away at once."
                return guarded(bundles, bad(message, one.span, "no budget selects its pods"))
            if stays:
                missing = _missing(bundle, one)
                if missing is None:
                    unknown = Verdict("cannot_tell", "How many may be missing meanwhile is no number.", (
                        Evidence(one.span, "problem", "no number"),))  # fmt: skip
                elif missing > 0 and not _budget(bundle, one):
                    message = "Part of the service may be gone while a new version comes, and nothing limits it."
                    return guarded(bundles, bad(message, one.span, f"{missing} may be missing"))
                else:
                    proofs.append(Evidence(one.span, "proof", "stays while a new version comes"))
    if unknown is not None:
        return unknown
    return Verdict(before.status, before.message, (*before.evidence, *proofs))


def _missing(bundle: Bundle, one: Workload) -> int | None:
    """How many may be missing during an update, None when that cannot be known."""
    manifest = next((item for item in bundle.of(one.kind) if item.name == one.name), None)
    if manifest is not None and text(manifest.body, "spec", "strategy", "type") == "Recreate":
        return one.replicas
    if one.kind not in ("Deployment", "Rollout"):
        return 1  # one after the other, and each is stopped before its successor starts
    found = _COUNT.match(one.unavailable or _DEFAULT)
    if found is None:
        return None
    count = int(found[1])
    if not found[2] or count == 0:
        return count
    return one.replicas * count // 100 if one.replicas is not None else None


def _budget(bundle: Bundle, one: Workload) -> bool:
    """Whether a disruption budget selects its pods and keeps at least one."""
    for budget in bundle.of("PodDisruptionBudget"):
        wanted = entries(budget.body, "spec", "selector", "matchLabels")
        fits = all(one.labels.get(key) == text(value) for key, value in wanted.items())
        selects = bool(wanted) or at(budget.body, "spec", "selector", "matchExpressions") is not None
        least, most = text(budget.body, "spec", "minAvailable"), text(budget.body, "spec", "maxUnavailable")
        empty = least in ("", "0", "0%") and most in ("", "100%")
        if selects and fits and not empty and budget.namespace in ("", one.namespace):
            return True
    return False
