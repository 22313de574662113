"""The pipeline fails when the tests cover too little of the code, or notice too few changes of it.

What it looks for
    A live command that measures which code the tests run, with a minimum on its command line or in the settings, and
    whose failure stops the run.  The minimum is for the code the exercise is about.  With ``measure: mutation``: a live
    tool that changes the code and asks whether the tests notice, and a command after it that fails when too many
    changes survive: an option of the tool, or a script that is followed with good and bad results.

What does not count
    A measurement without a minimum, one whose minimum nearly anything meets, one of other code such as the tests
    themselves, one whose failure is tolerated, and one that leaves out files or functions of the code.  For mutation: a
    tool that ends with success whatever survives, and results that are only printed.

How to repair
    Name the package that is measured, and the least coverage you accept, where the command or the settings say it.

Parameters
    ``at_least``: the minimum must be at least so many percent.  ``of``: the folder of the code, as ``src/churn``, or a
    file in it.  ``measure``: ``coverage`` (the default), ``branch`` for a coverage of branches, or ``mutation`` for
    the share of changes that the tests notice.
"""

from __future__ import annotations

from gradeline.checks.contract import Check
from gradeline.checks.support.explain import absent
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.tests_strength import Minimum, left_out, measures, minimums
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="T3",
    family="tests",
    params={
        "at_least": {"type": "number", "exclusiveMinimum": 0, "maximum": 100},
        "of": {"type": "string"},
        "measure": {"enum": ["coverage", "branch", "mutation"]},
    },
    required=("at_least",),
)
_ORDER = ("met", "cannot_tell", "unmet")


def run(
    case: Case, at_least: float, of: str = "src", measure: str = "coverage", pipelines: list[str] | None = None
) -> Verdict:
    chosen = case.select(pipelines)
    if measure == "mutation":
        from gradeline.checks.support.mutation import demanded

        return demanded(case, chosen, at_least, of)
    found = [_judged(facts, one, at_least, of, measure == "branch") for facts in chosen for one in minimums(facts)]
    if not found:
        return absent(chosen, ("coverage",))
    return min(found, key=lambda verdict: _ORDER.index(verdict.status))


def _judged(facts: PipelineFacts, one: Minimum, at_least: float, folder: str, branches: bool = False) -> Verdict:
    text, place = one.item.text, one.span or one.item.span
    if one.least is None:
        if not one.known:
            message = f"The least coverage that `{text}` accepts cannot be seen."
            return Verdict("cannot_tell", message, (Evidence(place, "problem", "its value is not here"),))
        message = f"`{text}` measures the coverage, but nothing makes it fail."
        return Verdict("unmet", message, (Evidence(one.item.span, "problem", "accepts any coverage"),))
    if one.least < at_least:
        message = f"`{text}` is content with {one.least:g} % of the code."
        return Verdict("unmet", message, (Evidence(place, "problem", f"accepts {one.least:g} %"),))
    if branches and not (one.branches or facts.project.settings.coverage_branch):
        message = f"`{text}` counts lines; both ways of a branch are not asked for."
        return Verdict("unmet", message, (Evidence(one.item.span, "problem", "branches are not measured"),))
    if not measures(one.sources, folder):
        message = f"`{text}` does not measure the code in {folder}."
        return Verdict("unmet", message, (Evidence(one.item.span, "problem", "measures something else"),))
    for span, path in left_out(facts, folder):
        message = f"Code of `{path}` is taken out of what is measured."
        return Verdict("unmet", message, (Evidence(span, "problem", "takes code out"),))
    judgement = facts.blocking(one.item)
    if judgement.holds:
        judgement = facts.doubt(one.item, facts.scenarios()) or judgement
    if not judgement.holds:
        return judgement.verdict()
    proof = (*one.item.proof(), Evidence(place, "proof", f"accepts {one.least:g} % or more"))
    return Verdict("met", f"A coverage below {one.least:g} % stops the pipeline.", tuple(dict.fromkeys(proof)))
