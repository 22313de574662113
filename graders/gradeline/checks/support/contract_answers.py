"""What scripts demand of new data, as verdicts."""

from __future__ import annotations

from gradeline.checks.support.gate_answers import ORDER, lost_verdict, no_script
from gradeline.facts.data_contracts import Demand, demands
from gradeline.facts.gate_runs import Gate
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_WORDS = {
    "schema": "columns and types",
    "quality": "values",
    "distribution": "the distribution of values",
    "volume": "the number of rows",
    "freshness": "the age of the data",
    "": "the data",
}


def judged(found: tuple[Gate, ...], kinds: tuple[str, ...], columns: tuple[str, ...], least: int) -> Verdict:
    """The best answer of all scripts."""
    missing = no_script(found)
    if missing is not None:
        return missing
    verdicts = [_of_gate(gate, kinds, columns, least) for gate in found]
    return min(verdicts, key=lambda one: ORDER.index(one.status))


def _of_gate(gate: Gate, kinds: tuple[str, ...], columns: tuple[str, ...], least: int) -> Verdict:
    if gate.good is None:
        return lost_verdict(gate)
    every = demands(gate)
    proofs: list[Evidence] = []
    for kind in kinds or ("",):
        verdict = _of_kind(gate, kind, [one for one in every if kind in ("", one.kind)], columns, least)
        if verdict.status != "met":
            return verdict
        proofs.extend(verdict.evidence)
    return Verdict("met", f"Data that breaks its contract ends {gate.path} with a failure.", tuple(
        dict.fromkeys(proofs))[:12])  # fmt: skip


def _of_kind(gate: Gate, kind: str, mine: list[Demand], columns: tuple[str, ...], least: int) -> Verdict:
    what = _WORDS[kind]
    if not mine:
        if gate.lost is not None:
            return lost_verdict(gate)
        message = f"{gate.path} demands nothing of {what}."
        return Verdict("unmet", message, (Evidence(Span(gate.path, 1), "problem", "looked here"),))
    real = [one for one in mine if not one.idle]
    if not real:
        message = f"Nothing can break what {gate.path} demands of {what}."
        return Verdict("unmet", message, (Evidence(mine[0].span, "problem", "allows everything"),))
    stopping = [one for one in real if one.blocks]
    if not stopping:
        first = next((one for one in real if one.blocks is None), None)
        if first is not None:
            message = f"Whether {gate.path} stops for {what} cannot be seen."
            return Verdict("cannot_tell", message, (Evidence(first.span, "problem", "this demand"),))
        message = f"{gate.path} ends with success when the contract about {what} is broken."
        return Verdict("unmet", message, tuple(Evidence(one.span, "problem", "stops nothing") for one in real[:1]))
    if kind in ("", "schema", "quality"):
        covered = frozenset(name for one in stopping for name in one.columns)
        left = [name for name in columns if name not in covered]
        if left:
            idle = [one for one in mine if left[0] in one.columns]
            message = f"{gate.path} demands nothing of the column {left[0]} when it comes to {what}."
            return Verdict("unmet", message, (Evidence((idle or stopping)[0].span, "problem", f"not {left[0]}"),))
    count = len({name for one in stopping for name in one.columns} or {one.span for one in stopping})
    if count < least:
        message = f"{gate.path} looks at {count} of the columns when it comes to {what}, and {least} are needed."
        return Verdict("unmet", message, (Evidence(stopping[0].span, "problem", "only here"),))
    return Verdict("met", "", tuple(Evidence(one.span, "proof", f"stops for {what}") for one in stopping[:4]))
