"""What the answers of a deciding program depend on, and who hears of them, as verdicts."""

from __future__ import annotations

from gradeline.checks.support.gate_answers import TRIVIAL_NUMBERS, lost_verdict
from gradeline.facts.decisions import Decider, deciding, guards, pages, reached_with, told, turns, varies
from gradeline.facts.gate_runs import Gate
from gradeline.result import Evidence, Verdict
from gradeline.source import Span


def by_numbers(gate: Gate, wanted: list[tuple[str, ...]], good: Verdict) -> Verdict:
    """Whether a number of each list turns the answer, with a bound that people can review."""
    proofs = list(good.evidence)
    for names in wanted:
        turn = turns(gate, names)
        if turn is None:
            if gate.lost is not None:
                return lost_verdict(gate)
            message = f"{gate.path} answers the same, whatever {names[0]} is."
            return Verdict("unmet", message, (Evidence(Span(gate.path, 1), "problem", f"not by {names[0]}"),))
        written = [one for one in turn.bounds if one.origin == "code" and one.data not in TRIVIAL_NUMBERS]
        read = [one for one in turn.bounds if one.origin in ("file", "argument")]
        if written or not read:
            message = f"The bound of {names[0]} is written in {gate.path}, not in a file that people review."
            return Verdict("unmet", message, (Evidence(turn.span, "problem", "a bound in the code"),))
        proofs.append(Evidence(turn.span, "proof", f"{names[0]} turns the answer"))
    return Verdict("met", good.message, tuple(dict.fromkeys(proofs)))


def once(gate: Gate, names: tuple[str, ...], good: Verdict) -> Verdict:
    """Whether the program says no for what was done already."""
    found = guards(gate, names)
    if found is None:
        return lost_verdict(gate)
    if not found:
        decided = deciding(gate)[0]
        message = f"{gate.path} says yes again for what was done already."
        return Verdict("unmet", message, (Evidence(decided.span, "problem", "does not ask what was done"),))
    return Verdict("met", f"{gate.path} says no for what was done already.", good.evidence)


def both_told(one: Decider, target: str, good: Verdict) -> Verdict:
    """Whether people learn of a yes and of a no, by different words."""
    at = (Evidence(one.item.span, "problem", "answers here"),)
    steps = told(one)
    yes = [place for said, places in zip(one.answers, steps, strict=True) if reached_with(one, said, target)[0]
           for place in places]  # fmt: skip
    no = [place for said, places in zip(one.answers, steps, strict=True) if not reached_with(one, said, target)[0]
          for place in places]  # fmt: skip
    by_itself = pages(one.gate)
    if not yes and not by_itself:
        return Verdict("unmet", "Nobody is told when the work was done.", at)
    if not no and not by_itself:
        return Verdict("unmet", "Nobody is told when nothing had to be done.", at)
    shared = set(yes) & set(no)
    if set(yes) == set(no) and not by_itself and not any(varies(one.facts, place) for place in shared):
        return Verdict("unmet", "People are told the same, whether the work was done or not.", at)
    return Verdict("met", "People learn of both answers.", good.evidence)
