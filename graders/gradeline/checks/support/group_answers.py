"""What gate scripts decide about groups of customers, as verdicts."""

from __future__ import annotations

import math

from gradeline.checks.support.gate_answers import ORDER, lost_verdict, no_script
from gradeline.facts.gate_experiment import Run
from gradeline.facts.gate_runs import Gate
from gradeline.facts.gate_values import EMPTY, MISSING, Const, Data, ancestry
from gradeline.facts.group_gaps import GroupDecision, columns_of, grouped, sizes
from gradeline.records import record
from gradeline.result import Evidence, Verdict
from gradeline.source import Span


@record
class Wanted:
    """What a rubric asks about groups."""

    groups: tuple[str, ...]
    statistic: tuple[str, ...] = ()
    gap: float | None = None
    ratio: float | None = None
    each: float | None = None
    notions: int = 1


def judged(found: tuple[Gate, ...], wanted: Wanted) -> Verdict:
    """The best answer of all scripts."""
    missing = no_script(found)
    if missing is not None:
        return missing
    return min((_of_gate(gate, wanted) for gate in found), key=lambda one: (ORDER.index(one.status), not one.evidence))


def _of_gate(gate: Gate, wanted: Wanted) -> Verdict:
    if gate.good is None:
        return lost_verdict(gate)
    own = [one for one in grouped(gate) if _fits(one, wanted.statistic)]
    proofs: list[Evidence] = []
    notions: set[frozenset[str]] = set()
    for column in wanted.groups:
        mine = [one for one in own if column in one.columns]
        if not mine:
            return _not_looked_at(gate, column)
        verdicts = [_bounded(gate, one, column, wanted) for one in mine]
        best = min(verdicts, key=lambda one: ORDER.index(one.status))
        if best.status != "met":
            return best
        proofs.extend(best.evidence)
        notions |= {one.statistics for one, verdict in zip(mine, verdicts, strict=True) if verdict.status == "met"}
    if len(notions) < wanted.notions:
        message = f"{gate.path} decides by {len(notions)} number, and one number hides what another one shows."
        return Verdict("unmet", message, tuple(Evidence(one.span, "problem", "the number that decides")
                                               for one in own[:1]))  # fmt: skip
    return Verdict("met", f"{gate.path} fails when a group is left behind.", tuple(dict.fromkeys(proofs)))


def _fits(one: GroupDecision, names: tuple[str, ...]) -> bool:
    return not names or any(_plain(name) in {_plain(known) for known in one.statistics} for name in names)


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "").removesuffix("score").removesuffix("difference")


def _not_looked_at(gate: Gate, column: str) -> Verdict:
    """No comparison is about the groups of a column: the script does not look, or not in a way that can be seen."""
    assert gate.good is not None
    run = gate.good[1]
    if gate.lost is not None:
        return lost_verdict(gate)
    counted = [
        span for span, left, right in run.constant
        if any(isinstance(one, Const) and one.origin == "derived" and isinstance(one.data, int | float)
               and not isinstance(one.data, bool) for one in (left, right))
    ]  # fmt: skip
    seen = any(column in key for key in run.touched)
    if counted and seen:
        message = f"{gate.path} counts row by row, so what it decides about {column} cannot be seen."
        return Verdict("cannot_tell", message, (Evidence(counted[0], "problem", "compares what was counted"),))
    first = next(iter(run.compared), None)
    message = f"{gate.path} compares nothing that is measured for each {column}."
    span = first.span if first is not None else Span(gate.path, 1)
    return Verdict("unmet", message, (Evidence(span, "problem", f"not by {column}"),))


def _bounded(gate: Gate, one: GroupDecision, column: str, wanted: Wanted) -> Verdict:
    at = (Evidence(one.span, "problem", f"looks at each {column}"),)
    if one.decision.blocks is None or one.size is None:
        return Verdict("cannot_tell", f"Where {column} turns from fair to unfair cannot be seen.", at)
    if not one.decision.blocks:
        message = f"{gate.path} ends the same way, however far the groups of {column} are apart."
        return Verdict("unmet", message, (Evidence(one.span, "problem", "decides nothing"),))
    wrong = _size_wrong(one, column, wanted)
    if wrong:
        return Verdict("unmet", wrong, at)
    opened = _open(gate, one, column)
    if opened is not None:
        return opened
    texts = {"gap": "may be at most {:g} apart", "ratio": "reach at least {:g} of the best one",
             "each": "are each compared with {:g}"}  # fmt: skip
    shown = f"groups of {column} {texts[one.form].format(one.size)}"
    return Verdict("met", "", (Evidence(one.span, "proof", shown),))


def _size_wrong(one: GroupDecision, column: str, wanted: Wanted) -> str:
    assert one.size is not None
    asked = wanted.gap is not None or wanted.ratio is not None or wanted.each is not None
    if one.form == "gap":
        most = wanted.gap if wanted.gap is not None else (None if asked else 0.5)
        if most is not None and one.size > most + 1e-9:
            return f"The groups of {column} may be {one.size:.3g} apart, which is too much to decide anything."
        if one.decision.up and not one.decision.references:
            return f"A large gap between the groups of {column} passes, and a small one does not."
        return "" if most is not None else f"The groups of {column} are compared in another way than asked for."
    if one.form == "ratio":
        least = wanted.ratio if wanted.ratio is not None else (None if asked else 0.5)
        if least is not None and one.size < least - 1e-9:
            return f"The worst group of {column} has to reach {one.size:.3g} of the best one, which is too little."
        return "" if least is not None else f"The groups of {column} are compared in another way than asked for."
    least = wanted.each if wanted.each is not None else (None if asked else 0.001)
    if least is None:
        return f"The groups of {column} are compared with a number, but not with each other."
    if not one.decision.up:
        return f"A group of {column} with a high number fails, and one with a low number passes."
    return f"{one.size:g} is reached by every group of {column}." if one.size < least - 1e-9 else ""


def _open(gate: Gate, one: GroupDecision, column: str) -> Verdict | None:
    """A group without a usable number, and no groups at all."""
    assert gate.good is not None
    for leaf in (one.decision.leaf, *one.decision.references):
        ends = [("is NaN", gate.with_face(leaf.key, math.nan))]
        if leaf.call in ("", "file"):
            ends += [("is null", gate.with_face(leaf.key, None)), ("is missing", gate.with_face(leaf.key, MISSING))]
        for what, run in ends:
            if run.status == 0:
                message = f"{gate.path} ends with success when the number of a group of {column} {what}."
                return Verdict("unmet", message, (Evidence(one.span, "problem", f"the number {what}"),))
    empty = _without_groups(gate, one)
    if empty is not None and empty.status == 0:
        message = f"{gate.path} ends with success when there is no group of {column} at all."
        return Verdict("unmet", message, (Evidence(one.span, "problem", "no group, and it goes on"),))
    return None


def _without_groups(gate: Gate, one: GroupDecision) -> Run | None:
    assert gate.good is not None
    values = (one.decision.compared.left, one.decision.compared.right)
    holders = [made for made in ancestry(*values) if isinstance(made, Data) and made.key
               and made.key[-1].partition("(")[0] in ("groupby", "group_by", "unique")]  # fmt: skip
    if not holders:
        return None
    none = dict.fromkeys((leaf.key for leaf in (one.decision.leaf, *one.decision.references)), math.nan)
    return gate.run({**gate.good[0], **none, **{made.key: EMPTY for made in holders}}, empty=True)


def small_groups(found: tuple[Gate, ...], groups: tuple[str, ...]) -> Verdict:
    """Whether a group with few customers is handled by a rule."""
    missing = no_script(found)
    if missing is not None:
        return missing
    verdicts = [_small(gate, groups) for gate in found]
    return min(verdicts, key=lambda one: ORDER.index(one.status))


def _small(gate: Gate, groups: tuple[str, ...]) -> Verdict:
    if gate.good is None:
        return lost_verdict(gate)
    for one in sizes(gate):
        if not columns_of(one.compared.left, one.compared.right) & set(groups) or one.worse is None:
            continue
        good = gate.good[1]
        told = len(one.worse.printed) > len(good.printed) or len(one.worse.written) > len(good.written) or (
            [text for text, _ in one.worse.printed] != [text for text, _ in good.printed]
        )  # fmt: skip
        if one.blocks or told:
            message = f"{gate.path} has a rule for groups with few customers."
            return Verdict("met", message, (Evidence(one.span, "proof", "the rule"),))
        message = f"{gate.path} passes over a group with few customers and tells nobody."
        return Verdict("unmet", message, (Evidence(one.span, "problem", "dropped in silence"),))
    if gate.lost is not None:
        return lost_verdict(gate)
    message = f"{gate.path} has no rule for groups with few customers."
    return Verdict("unmet", message, (Evidence(Span(gate.path, 1), "problem", "looked here"),))
