"""Which rules a branch has, and what they demand together.

Rules add up: what one set does not say another may.  A set that is not in force, or that everybody may pass, counts
for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from gradeline.facts.case import PipelineFacts
from gradeline.model.expression import Expression
from gradeline.model.pipeline import Unit
from gradeline.model.repository import BranchRules, FindingPolicy, Known, RequiredCheck
from gradeline.records import record
from gradeline.result import Evidence
from gradeline.source import Span

DEFAULT = "main"
ONCE = 60  # legs of a matrix whose names are compared


@record
class Standing:
    """The rules for one branch.  ``rules`` are in force; ``others`` are not, each with the place and the reason."""

    rules: tuple[BranchRules, ...]
    others: tuple[tuple[Span, str], ...]

    def best(self, ask: Callable[[BranchRules], Known | None]) -> Known | None:
        """The strictest answer that any of the rules gives: true, or the largest number."""
        found = [known for rules in self.rules if (known := ask(rules)) is not None]
        return max(found, key=lambda known: int(known.value)) if found else None

    def evidence(self) -> tuple[Evidence, ...]:
        """Why some rules do not count."""
        return tuple(Evidence(span, "problem", why) for span, why in self.others)


def standing(rules: Iterable[BranchRules], branch: str, default: str = DEFAULT) -> Standing:
    good: list[BranchRules] = []
    others: list[tuple[Span, str]] = []
    for one in rules:
        everyone = next((known for known in one.bypasses if known.everyone), None)
        if not one.holds_for(branch, default):
            named = one.excluded if any(True for _ in one.excluded) else one.branches
            place = next((text.span for text in (*named, *one.branches)), one.span)
            others.append((place, f"is not about {branch}"))
        elif not one.active.value:
            others.append((one.active.span, "these rules are not in force"))
        elif everyone is not None:
            others.append((everyone.span, "everybody who may write can pass these rules"))
        else:
            good.append(one)
    return Standing(tuple(good), tuple(others))


def lacking(policy: FindingPolicy, scan: str, branch: str, default: str = DEFAULT) -> tuple[Span, str] | None:
    """Why a policy lets a merge with severe findings of a scan through; None when it does not."""
    if not policy.active.value:
        return policy.active.span, "it is not switched on"
    if not policy.holds_for(branch, default):
        return policy.branches[0].span, f"it is not about {branch}"
    if policy.scans and scan not in policy.scans:
        return policy.span, "it is about other scans"
    if policy.levels and not {"critical", "high"} <= set(policy.levels):
        return policy.span, "it passes over severe findings"
    if policy.allowed is not None and int(policy.allowed.value) > 0:
        return policy.allowed.span, f"it allows {policy.allowed.value} findings"
    if policy.approvals is None or int(policy.approvals.value) < 1:
        return (policy.approvals.span if policy.approvals is not None else policy.span), "nobody has to approve"
    return None


# -- names of results ------------------------------------------------------------------------------

Reported = Literal["yes", "no", "never-runs", "unknown"]


def reported(facts: Iterable[PipelineFacts], wanted: RequiredCheck) -> tuple[Reported, Span | None]:
    """Whether a job reports its result under a name, on a change that is to be merged."""
    answer: tuple[Reported, Span | None] = ("no", None)
    for one in facts:
        for unit in one.pipeline.units:
            if unit.kind == "entry":
                continue
            names = names_of(unit)
            if names is None:
                answer = ("unknown", unit.span) if answer[0] == "no" else answer
            elif wanted.name in names:
                if _runs_for_merge(one, unit):
                    return "yes", unit.span
                answer = ("never-runs", unit.span)
    return answer


def names_of(unit: Unit) -> tuple[str, ...] | None:
    """The names under which a job's result is shown; None when they are computed.

    GitHub Docs, "Workflow syntax", jobs.<job_id>.name and strategy.matrix: a name without a value of the matrix gets
    the values of the leg in brackets.
    """
    title = unit.title
    if unit.matrix is None:
        return (title,) if "${{" not in title else None
    if unit.matrix.legs is None or not unit.matrix.complete:
        return None
    found: list[str] = []
    for leg in unit.matrix.legs[:ONCE]:
        name = title
        values = {key: _spelled(value) for key, value in leg.items()}
        if any(value is None for value in values.values()):
            return None
        for key, value in values.items():
            for form in (f"${{{{ matrix.{key} }}}}", f"${{{{matrix.{key}}}}}"):
                name = name.replace(form, str(value))
        if "${{" in name:
            return None
        plain = [str(value) for key, value in values.items() if "." not in key]
        found.append(name if name != title else f"{title} ({', '.join(plain)})")
    return tuple(found)


def _spelled(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return None if isinstance(value, Expression) or value is None else str(value)


def _runs_for_merge(facts: PipelineFacts, unit: Unit) -> bool:
    """A result of the change's last commit counts, whether a request or a push of its branch started the run."""
    for scenario in facts.pipeline.scenarios:
        of_branch = scenario.kind == "push" and scenario.branch != DEFAULT
        if (scenario.kind in ("review", "merge-queue") or of_branch) and any(
            run.ran(unit.id) for run in facts.runs(scenario).results
        ):
            return True
    return False
