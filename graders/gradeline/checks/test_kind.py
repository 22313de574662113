"""There are enough tests of a kind, told apart by what they do.

What it looks for
    Tests that pytest collects and that run, counted with their cases.  A unit test calls a function of the code under
    test on data of its own.  A data test reads the data of the repository.  A model test trains or loads a model.  An
    integration test goes from a file through training to a prediction on at most 500 rows, starts a program, or asks
    the service.  A behavioural test compares predictions: with a number (``minimum``), or with one for a changed input,
    for equality (``invariance``) or for more and less (``direction``).  What a test may be comes from its structure;
    where several kinds fit, its folder or marker decides.

What does not count
    A test that is always skipped or expected to fail, a case that is left out, a function that pytest does not
    collect, a test that touches nothing of the repository, and a test in the folder of a kind that does something else.

How to repair
    Write what is missing where the evidence shows it.  Several inputs of one test are cases of a parameter.

Parameters
    ``kind`` and ``at_least``: how many cases of this kind.  ``edges``: how many of them give the code an empty, missing
    or boundary value.  ``of``: paths of the code under test.  ``files``: count only tests in these files.
    ``pyramid``: true when unit tests must outnumber data and model tests, and these be at least as many as
    integration tests.  ``layers``: true when each kind stands in a folder of its own or under a marker that is
    registered, with unknown markers being errors.  ``whole``: count only tests that train on at most 500 rows and say
    something about the predictions.  ``behaviour``: ``minimum``, ``invariance`` or ``direction``; counts
    the cases that claim this of a model's predictions, whatever their kind.  ``kind: infrastructure`` counts the runs
    in test files of a configuration that claim something about what it makes, or which inputs it refuses; with ``dry``
    only runs that make nothing for real, with ``about`` they have to say something about each of these (``versions``,
    ``closed``, ``tags``), and with ``event`` a command has to run them on this kind of event.
"""

from __future__ import annotations

from collections.abc import Mapping

from gradeline.checks.contract import SCENARIO, WORDS, Check, listed
from gradeline.checks.support.infrastructure_tests import ABOUT, claimed
from gradeline.checks.support.suites import KIND, near, of_kind, proofs, unseen, wanted, where
from gradeline.facts.case import Case
from gradeline.facts.tests_kinds import Test, lacks_of_whole_way
from gradeline.facts.tests_suite import LAYERS, registered
from gradeline.result import Evidence, Verdict

BEHAVIOURS: Mapping[str, str] = {
    "minimum": "what the model must answer for a simple case",
    "invariance": "that a change of the input does not change the answer",
    "direction": "into which direction a change of the input moves the answer",
}

CHECK = Check(
    code="T1",
    family="tests",
    params={
        "kind": {"enum": [*KIND["enum"], "infrastructure"]},
        "at_least": {"type": "integer", "minimum": 1},
        "edges": {"type": "integer", "minimum": 0},
        "of": WORDS,
        "files": WORDS,
        "pyramid": {"type": "boolean"},
        "layers": {"type": "boolean"},
        "behaviour": {"enum": list(BEHAVIOURS)},
        "whole": {"type": "boolean"},
        "dry": {"type": "boolean"},
        "about": {"type": "array", "items": {"enum": list(ABOUT)}, "minItems": 1},
        "event": SCENARIO,
    },
    reads=("tests", "infrastructure"),
)


def run(
    case: Case,
    kind: str = "unit",
    at_least: int = 1,
    edges: int = 0,
    of: str | list[str] | None = None,
    files: str | list[str] | None = None,
    pyramid: bool = False,
    layers: bool = False,
    behaviour: str = "",
    whole: bool = False,
    dry: bool = False,
    about: list[str] | None = None,
    event: str | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    if kind == "infrastructure":
        return claimed(case, at_least, dry, listed(about), event, pipelines)
    tests = case.tests.about(listed(of), listed(files))
    if layers:
        problem = _layers(case, tests)
        if problem is not None:
            return problem
    if pyramid:
        return _pyramid(case, tests)
    if layers:
        return Verdict("met", "Each layer of the tests has its place.", proofs(tests))
    if behaviour:
        return _behaviour(case, tests, behaviour, at_least)
    mine = tuple(test for test in of_kind(tests, kind) if not test.off)
    if whole:
        partly, mine = mine, tuple(test for test in mine if not lacks_of_whole_way(test))
        if len(mine) < at_least and partly:
            return unseen(case, tests, kind) or _part_of_the_way(partly)
    count = sum(test.case.cases for test in mine)
    if count < at_least:
        said = f"There {'is' if count == 1 else 'are'} {count or 'no'} {kind} test{'s' * (count != 1)} that counts."
        if count != 1:
            said = said.replace("counts", "count")
        shown = near(tests, kind) or where(case, mine or tests)
        return unseen(case, tests, kind) or Verdict("unmet", f"{said} {wanted(at_least)}", shown)
    found = sum(test.edges for test in mine)
    if found < edges:
        message = f"Only {found or 'none'} of the {kind} tests give the code an empty, missing or boundary value."
        if found == 0:
            message = f"No {kind} test gives the code an empty, missing or boundary value."
        places = tuple(Evidence(test.case.span, "problem", "only usual values") for test in mine if not test.edges)
        return unseen(case, tests, kind) or Verdict("unmet", message, places[:4])
    return Verdict("met", f"{count} cases of {kind} tests do what such tests are for.", proofs(mine))


def _part_of_the_way(tests: tuple[Test, ...]) -> Verdict:
    places = tuple(Evidence(test.case.span, "problem", lacks_of_whole_way(test)) for test in tests[:4])
    return Verdict("unmet", "No test goes from a small file through the training to predictions.", places)


def _behaviour(case: Case, tests: tuple[Test, ...], behaviour: str, at_least: int) -> Verdict:
    predicting = tuple(test for test in tests if not test.off and "behavioural" in test.may_be)
    mine = tuple(test for test in predicting if any(behaviour in claim.about for claim in test.proofs))
    count = sum(test.case.cases for test in mine)
    said = BEHAVIOURS[behaviour]
    if count >= at_least:
        places = tuple(
            Evidence(claim.span, "proof", f"{test.case.name}: {said}")
            for test in mine
            for claim in test.proofs[:8]
            if behaviour in claim.about
        )
        return Verdict("met", f"{count} cases say {said}.", places[:4])
    for kind in ("behavioural", "model", "integration"):
        hidden = unseen(case, tests, kind)
        if hidden is not None:
            return hidden
    near = tuple(Evidence(claim.span, "problem", _says(claim.about)) for test in predicting for claim in test.proofs
                 if behaviour not in claim.about)  # fmt: skip
    many = f"{count or 'No'} case{'s' * (count != 1)} of the tests say{'s' * (count == 1)}"
    return Verdict("unmet", f"{many} {said}. {wanted(at_least)}", near[:4] or where(case, predicting or tests))


def _says(about: frozenset[str]) -> str:
    found = [BEHAVIOURS[one] for one in BEHAVIOURS if one in about]
    return f"says {found[0]}" if found else "says something else about a prediction"


def _pyramid(case: Case, tests: tuple[Test, ...]) -> Verdict:
    running = [test for test in tests if not test.off]
    counts: Mapping[str, int] = {
        kind: sum(test.case.cases for test in running if test.kind == kind)
        for kind in ("unit", "data", "model", "integration")
    }
    middle = counts["data"] + counts["model"]
    shown = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    if counts["unit"] > middle >= counts["integration"] and middle:
        return Verdict("met", f"Fast tests are the base: {shown}.", proofs(of_kind(running, "unit")))
    for kind in ("unit", "data", "model"):
        hidden = unseen(case, tests, kind)
        if hidden is not None:
            return hidden
    message = f"The fast tests are not the base of the suite: {shown}."
    if middle and counts["unit"] <= middle:
        message += f" There have to be more unit tests than the {middle} of data and model together."
    return Verdict("unmet", message, where(case, tests))


def _layers(case: Case, tests: tuple[Test, ...]) -> Verdict | None:
    known = registered(case.tests.suite)
    for test in tests:
        if test.off or not test.kind:
            continue
        if test.case.layer == "":
            message = f"Neither a folder nor a marker says to which layer `{test.case.name}` belongs."
            return Verdict("unmet", message, (Evidence(test.case.span, "problem", "belongs to no layer"),))
        if test.case.layer_by.startswith("@"):
            mark = next(one for one in test.case.marks if one.name.lower() in LAYERS)
            place = Evidence(test.case.module.span(mark.node), "problem", "nobody would notice a slip of the pen here")
            if mark.name not in known:
                message = f"The marker `{mark.name}` is not registered, so a misspelt one selects nothing, silently."
                return Verdict("unmet", message, (place,))
            if not case.project.settings.pytest_strict and not _strict_runs(case):
                message = f"The marker `{mark.name}` is registered, but a misspelt marker is no error."
                return Verdict("unmet", message, (place,))
    running = [test for test in tests if test.kind and not test.off]
    kinds = {test.kind for test in running}
    if len(kinds) > 1 and len({test.case.path for test in running}) == 1:
        place = Evidence(running[0].case.span, "problem", "every layer stands in this file")
        return Verdict("unmet", "All layers of the tests stand in one file.", (place,))
    if len(kinds) < 2:
        return unseen(case, tests, "unit") or Verdict(
            "unmet", "The tests are of one kind only, so there are no layers.", where(case, tests))  # fmt: skip
    return None


def _strict_runs(case: Case) -> bool:
    """Whether every run of the tests in the pipelines makes unknown markers an error."""
    runs = [item for facts in case.select(None) for item in facts.doing("test") if item.invocation is not None]
    words = [item.invocation.words for item in runs if item.invocation is not None]
    return bool(words) and all({"--strict-markers", "--strict"} & set(one) for one in words)
