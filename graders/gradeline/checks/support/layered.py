"""Whether the pipeline runs the fast layer of the tests before the slow one, and lets both stop it."""

from __future__ import annotations

from collections.abc import Iterable

from gradeline.checks.support.explain import absent
from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.selection import select_tests
from gradeline.facts.tests_kinds import Test
from gradeline.model.project import TestFunction
from gradeline.result import Evidence, Verdict

_RANK = ("met", "cannot_tell", "unmet")


def layered(case: Case, chosen: tuple[PipelineFacts, ...], fast: tuple[str, ...], slow: tuple[str, ...]) -> Verdict:
    """The verdict of the best pipeline."""
    if not any(facts.doing("test") for facts in chosen):
        return absent(chosen, ("test",))
    tests = [test for test in case.tests.about() if not test.off]
    quick, heavy = _functions(case, tests, fast), _functions(case, tests, slow)
    if not quick or not heavy:
        missing = fast if not quick else slow
        facts = next(one for one in chosen if one.doing("test"))
        place = Evidence(facts.doing("test")[0].span, "context", "this runs the tests")
        return Verdict("unmet", f"There are no {' or '.join(missing)} tests to run on their own.", (place,))
    found = [_judged(facts, quick, heavy) for facts in chosen if facts.doing("test")]
    return min(found, key=lambda verdict: _RANK.index(verdict.status))


def running(
    case: Case, facts: PipelineFacts, items: tuple[Activity, ...], kinds: tuple[str, ...]
) -> tuple[Activity, ...]:
    """Those of the commands that run at least one test of the kinds, or may do so."""
    tests = _functions(case, (test for test in case.tests.about() if not test.off), kinds)
    return tuple(item for item in items if _selected(facts, item, tests) != 0)


def _functions(case: Case, tests: Iterable[Test], kinds: tuple[str, ...]) -> tuple[TestFunction, ...]:
    places = {(test.case.path, test.case.span.line) for test in tests if (test.case.layer or test.kind) in kinds}
    return tuple(one for one in case.project.tests if (one.path, one.span.line) in places)


def _selected(facts: PipelineFacts, item: Activity, tests: tuple[TestFunction, ...]) -> int | None:
    """How many of the tests a command runs; None when the files do not tell."""
    best: int | None = 0
    for reading in item.readings_of(("test",)):
        if reading.effect != "works":
            continue
        directory = item.invocation.directory if item.invocation is not None else ""
        defaults = facts.project.settings.pytest_paths if reading.tool == "pytest" else ()
        count = select_tests(reading, tests, default=defaults, directory=directory)
        if count is None:
            return None
        best = max(best or 0, count)
    return best


def _judged(facts: PipelineFacts, quick: tuple[TestFunction, ...], heavy: tuple[TestFunction, ...]) -> Verdict:
    runs = [(item, _selected(facts, item, quick), _selected(facts, item, heavy)) for item in facts.doing("test")]
    hidden = next((item for item, one, other in runs if one is None or other is None), None)
    first = tuple(item for item, one, other in runs if one == len(quick) and other == 0)
    later = tuple(item for item, _, other in runs if other)
    if not first or not later:
        if hidden is not None:
            return Verdict("cannot_tell", f"Which tests `{hidden.text}` runs cannot be seen.", (
                Evidence(hidden.span, "problem", "selects by something that is not here"),))  # fmt: skip
        return _unlayered([item for item, _, _ in runs], first, later)
    reached = max((one for _, _, one in runs if one), default=0)
    if reached < len(heavy) and not _together(facts, later, heavy):
        message = f"`{later[0].text}` leaves out some of the slow tests."
        return Verdict("unmet", message, (Evidence(later[0].span, "problem", "runs a part of them only"),))
    return _order(facts, first, later)


def _together(facts: PipelineFacts, later: tuple[Activity, ...], heavy: tuple[TestFunction, ...]) -> bool:
    return all(any(_selected(facts, item, (one,)) for item in later) for one in heavy)


def _unlayered(runs: list[Activity], first: tuple[Activity, ...], later: tuple[Activity, ...]) -> Verdict:
    if not later:
        place = (first or tuple(runs))[0]
        return Verdict("unmet", "The slow tests never run in the pipeline.", (
            Evidence(place.span, "problem", "leaves out the slow tests"),))  # fmt: skip
    return Verdict("unmet", f"`{later[0].text}` starts before all fast tests have given their answer.", (
        Evidence(later[0].span, "problem", "no run of the fast tests alone comes before this"),))  # fmt: skip


def _order(facts: PipelineFacts, first: tuple[Activity, ...], later: tuple[Activity, ...]) -> Verdict:
    reviews = {scenario.id for scenario in facts.scenarios("review")}
    quick = next((item for item in first if reviews & set(item.scenarios)), None)
    if quick is None:
        return Verdict("unmet", f"`{first[0].text}` does not run on a pull request.", (
            Evidence(first[0].span, "problem", "runs on other events only"),))  # fmt: skip
    pushes = {scenario.id for scenario in facts.scenarios("push")}
    heavy = next((item for item in later if pushes & set(item.scenarios)), None)
    if heavy is None:
        return Verdict("unmet", f"`{later[0].text}` does not run on a push to the main branch.", (
            Evidence(later[0].span, "problem", "runs on other events only"),))  # fmt: skip
    for item in (quick, *later):
        judgement = facts.blocking(item)
        if not judgement.holds:
            return judgement.verdict()
    gated = facts.gated(later, first)
    if not gated.holds:
        return gated.verdict()
    return Verdict("met", "The fast tests come first, and both layers can stop the pipeline.", (
        *quick.proof(), *heavy.proof()))  # fmt: skip
