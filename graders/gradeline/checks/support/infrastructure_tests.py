"""Whether the tests of infrastructure claim something about it."""

from __future__ import annotations

from gradeline.checks.support.suites import wanted
from gradeline.facts.case import Case
from gradeline.facts.infrastructure_trials import claims
from gradeline.model.infrastructure import Trial
from gradeline.result import Evidence, Verdict
from gradeline.source import Span


def claimed(case: Case, at_least: int) -> Verdict:
    files = case.project.infrastructure.trials
    found: dict[Span, Trial] = {one.span: one for file in files for one in file.runs}
    tests = {file.path for file in files}
    broken = [problem for problem in case.project.infrastructure.diagnostics
              if problem.span is not None and problem.span.path in tests]  # fmt: skip
    good = [one for one in found.values() if claims(one)]
    if len(good) >= at_least:
        proofs = tuple(Evidence(one.span, "proof", "claims something about what is made") for one in good[:4])
        return Verdict("met", f"{len(good)} runs of tests claim something about the infrastructure.", proofs)
    if broken and broken[0].span is not None:
        place = Evidence(broken[0].span, "problem", "cannot be read")
        return Verdict("cannot_tell", "A file of tests cannot be read to its end.", (place,))
    said = f"{len(good) or 'No'} run{'s' * (len(good) != 1)} of tests claim{'s' * (len(good) == 1)} something"
    return Verdict("unmet", f"{said} about the infrastructure. {wanted(at_least)}", _near(case, list(found.values())))


def _near(case: Case, found: list[Trial]) -> tuple[Evidence, ...]:
    empty = [Evidence(claim.span, "problem", claim.empty) for one in found for claim in one.claims if claim.empty]
    bare = [Evidence(one.span, "problem", "claims nothing") for one in found if not one.claims and not one.refused]
    stacks = case.project.infrastructure.stacks
    return (*empty, *bare)[:4] or tuple(Evidence(one.span, "problem", "has no tests") for one in stacks[:1])
