"""A program decides by numbers whether costly work is done, and the work listens to it.

What it looks for
    A command starts a program of the repository whose answer depends on numbers from outside.  The grader finds a
    good run of the program, then changes one number at a time.  It simulates the pipeline with each answer: with one
    of them the work is reached, and with another one it is not.

What does not count
    A program that always says the same, an answer that nobody reads, a condition that is true for every answer, and
    the work in a pipeline that does not start the program.

How to repair
    Let the program write its answer to an output of its step, and give the work a condition on exactly that answer.

Parameters
    ``target``: the class of the work.  ``by``: lists of names; a number of each list has to turn the answer, and its
    bound has to come from a file or an argument.  ``unless``: names of what was done already, such as the version of
    the data: the same again turns a yes into a no.  ``told``: people learn of both answers, and not by the same words.
    ``cases``: numbers that the program may meet, each ``{when, outcome, given}``: in words, what has to come of it, and
    what stands in the file that it reads, by keys with dots.  Its answer has to tell the outcomes apart.  ``on``: the
    outcomes for which the work is reached; for all others it must not be.  ``after``: classes of commands whose
    failure has to reach the work, too, while the run stays red; ``a|b``: of the first class that there is.
"""

from __future__ import annotations

from typing import Any

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import absent, noun, unseen
from gradeline.facts.case import Case
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="F10",
    family="flow",
    params={
        "target": {"type": "string"},
        "by": {"type": "array", "items": WORDS, "minItems": 1},
        "unless": WORDS,
        "told": {"type": "boolean"},
        "cases": {"type": "array", "items": {"type": "object"}, "minItems": 1},
        "on": WORDS,
        "after": WORDS,
    },
    required=("target",),
    reads=("scripts",),
)


def run(
    case: Case,
    target: str,
    by: list[str | list[str]] | None = None,
    unless: str | list[str] | None = None,
    told: bool = False,
    cases: list[dict[str, Any]] | None = None,
    on: str | list[str] | None = None,
    after: str | list[str] | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    from gradeline.checks.support.answers_told import both_told, by_numbers, once
    from gradeline.facts.decisions import Decider, deciders

    if cases:
        from gradeline.checks.support.outcomes import outcomes

        return outcomes(case, target, cases, listed(on), listed(after), pipelines)
    chosen = case.select([one for one in pipelines or () if not one.endswith(".py")])
    if not any(facts.doing(target) for facts in chosen):
        return absent(chosen, (target,))
    found: list[Decider] = list(deciders(case, pipelines))
    verdicts = [_listening(one, target) for one in found]
    order = ("met", "cannot_tell", "unmet")
    if not verdicts:
        hidden = next(unseen(chosen), None)
        item = next(item for facts in chosen for item in facts.doing(target))
        message = f"No program of the repository decides whether `{item.text}` runs."
        return hidden or Verdict("unmet", message, (Evidence(item.span, "problem", "runs in any case"),))
    best = min(range(len(found)), key=lambda number: order.index(verdicts[number].status))
    verdict = verdicts[best]
    if verdict.status == "met" and by:
        verdict = by_numbers(found[best].gate, [listed(names) for names in by], verdict)
    if verdict.status == "met" and unless is not None:
        verdict = once(found[best].gate, listed(unless), verdict)
    if verdict.status == "met" and told:
        verdict = both_told(found[best], target, verdict)
    return verdict


def _listening(one: object, target: str) -> Verdict:
    from gradeline.checks.support.gate_answers import lost_verdict
    from gradeline.facts.decisions import Decider, deciding, listens

    assert isinstance(one, Decider)
    gate, item = one.gate, one.item
    work = next(iter(one.facts.doing(target)), None)
    at = (Evidence(item.span, "problem", "the program starts here"),)
    if gate.good is None:
        return lost_verdict(gate)
    stops = [each for each in gate.decisions if each.blocks and each.worse is not None and each.worse.status != 0]
    if stops and work is not None:
        judgement = one.facts.gated(one.facts.doing(target), (item,))
        if judgement.holds:
            return Verdict("met", f"`{work.text}` runs only when {gate.path} succeeds.", (
                Evidence(stops[0].span, "proof", "a number decides"), *item.proof()))  # fmt: skip
    if len(one.answers) < 2:
        if gate.lost is not None:
            return lost_verdict(gate)
        return Verdict("unmet", f"{gate.path} gives the same answer, whatever the numbers are.", at)
    some, without, whole = listens(one, target)
    if some and without:
        decided = deciding(gate)[0]
        message = f"{noun((target,))[:1].upper()}{noun((target,))[1:]} runs only when {gate.path} says so."
        return Verdict("met", message, (Evidence(decided.span, "proof", "a number decides"), *item.proof()))
    if not whole:
        return Verdict("cannot_tell", f"What happens after the answer of {gate.path} cannot be followed.", at)
    if not some:
        return Verdict("unmet", f"Whatever {gate.path} answers, {noun((target,))} never runs.", at)
    place = (Evidence(work.span, "problem", "runs with every answer"),) if work is not None else ()
    return Verdict("unmet", f"Whatever {gate.path} answers, {noun((target,))} runs.", (*place, *at))
