"""Whether a pipeline demands that the tests notice changes of the code."""

from __future__ import annotations

from gradeline.checks.support.explain import absent
from gradeline.facts.activities import Judgement
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.tests_mutation import Score, changes, scores
from gradeline.result import Evidence, Verdict

_ORDER = ("met", "cannot_tell", "unmet")


def demanded(case: Case, chosen: tuple[PipelineFacts, ...], at_least: float, code: str) -> Verdict:
    found = [_judged(facts, one, at_least, code) for facts in chosen for one in scores(case, facts)]
    if not found:
        return absent(chosen, ("mutation",))
    return min(found, key=lambda verdict: _ORDER.index(verdict.status))


def _judged(facts: PipelineFacts, one: Score, at_least: float, code: str) -> Verdict:
    text, place = one.item.text, one.item.span
    if one.least is None and not one.known:
        message = f"How many surviving changes `{text}` accepts cannot be seen."
        return Verdict("cannot_tell", message, (Evidence(place, "problem", "cannot be followed"),))
    if one.least is None:
        message = f"`{text}` ends with success, however many changes of the code the tests do not notice."
        return Verdict("unmet", message, (Evidence(place, "problem", "accepts any score"),))
    if one.least < at_least:
        message = f"`{text}` is content when the tests notice {one.least:g} % of the changes."
        return Verdict("unmet", message, (Evidence(place, "problem", f"accepts {one.least:g} %"),))
    if not changes(one, code):
        shown = ", ".join(one.sources[:3]) or "nothing that is named"
        message = f"The tool changes {shown}, not {code}."
        return Verdict("unmet", message, (Evidence(place, "problem", "is about other code"),))
    judgement = Judgement(True) if one.proven else facts.blocking(one.item)
    if judgement.holds:
        judgement = facts.doubt(one.item, facts.scenarios()) or judgement
    if not judgement.holds:
        return judgement.verdict()
    message = f"Tests that notice less than {one.least:g} % of the changes stop the pipeline."
    return Verdict("met", message, one.item.proof())
