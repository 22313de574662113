"""Whether a bad number keeps a model from being promoted, as a verdict."""

from __future__ import annotations

from collections.abc import Iterable

from gradeline.checks.support.gate_answers import ORDER, Wanted, closed_verdict, fitting, of_gate
from gradeline.facts.activities import Activity
from gradeline.facts.case import Case
from gradeline.facts.gate_bounds import CHAMPION
from gradeline.facts.gate_runs import Gate
from gradeline.facts.gate_scripts import started_by
from gradeline.facts.gate_values import words_of
from gradeline.facts.registry_scripts import registrars
from gradeline.result import Evidence, Verdict


def stopped(case: Case, patterns: Iterable[str] | None, wanted: Wanted, closed: bool) -> Verdict:
    """The best answer of all programs: one whose bad number keeps every alias where it is."""
    wished = tuple(patterns or ())
    found = [one.gate for one in registrars(case, wished)]
    if not found:
        return Verdict("unmet", "There is no program that could decide anything.")
    before = _before_promotions(case, wished)
    answers = [(gate, _answer(gate, wanted, before, closed)) for gate in found]
    # Of those that are as good, the one that compares or moves something is what the question is about.
    return min(
        answers,
        key=lambda one: (ORDER.index(one[1].status), not fitting(one[0], wanted), not _moves(one[0])),
    )[1]


def _moves(gate: Gate) -> bool:
    return gate.good is not None and any(CHAMPION & words_of(one) for one in gate.good[1].moved)


def _before_promotions(case: Case, patterns: tuple[str, ...]) -> frozenset[str]:
    """The programs without whose success no pipeline promotes anything."""
    found: set[str] = set()
    for facts in case.select([one for one in patterns if not one.endswith(".py")]):
        promoting = tuple(item for item in facts.doing("promote") if not _offers(case, item))
        for item in facts.activities if promoting else ():
            if item.invocation is None or item in promoting:
                continue
            start = started_by(case.project, item.invocation.words, item.invocation.directory)
            if start is not None and facts.gated(promoting, (item,)).holds:
                found.add(start.module.path)
    return frozenset(found)


def _offers(case: Case, item: Activity) -> bool:
    """Whether a program only gives names by which a version waits, such as that of a challenger."""
    words = item.invocation
    start = None if words is None else started_by(case.project, words.words, words.directory)
    if start is None:
        return False
    good = Gate(case.code, case.project.documents, start).good
    return good is not None and bool(good[1].moved) and not any(CHAMPION & words_of(one) for one in good[1].moved)


def _answer(gate: Gate, wanted: Wanted, before: frozenset[str], closed: bool) -> Verdict:
    best = min(of_gate(gate, wanted), key=lambda one: ORDER.index(one.status))
    if best.status not in ("met", "partial") or gate.good is None:
        return best
    good = gate.good[1]
    for one in fitting(gate, wanted):
        at = (Evidence(one.span, "problem", "does not stop the move"),)
        if not good.moved and gate.path not in before:
            return Verdict("unmet", f"{gate.path} compares {wanted.title}, but no move of an alias waits for it.", at)
        if one.worse is not None and good.moved and not set(good.moved) - set(one.worse.moved):
            return Verdict("unmet", f"{gate.path} moves the alias whether {wanted.title} is good or bad.", at)
    if closed:
        shut = closed_verdict((gate,))
        if shut.status != "met":
            return shut
    return best
