"""What the checks of tests share: which tests are meant, how many of them count, and the words for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gradeline.facts.case import Case
from gradeline.facts.tests_kinds import KINDS, Test
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

KIND: Mapping[str, Any] = {"enum": list(KINDS)}
LISTED: Mapping[str, Any] = {"type": "array", "items": {"enum": list(KINDS)}, "minItems": 1}
MAX_SHOWN = 4
_DOES = {
    "unit": "calls a function of the code under test on data of its own",
    "data": "reads the data of the repository",
    "model": "trains or loads a model and looks at it",
    "integration": "goes the whole way from a file to a prediction, or asks the running service",
    "behavioural": "compares what the model says",
    "performance": "measures a time",
}


def wanted(count: int) -> str:
    return "At least one is wanted." if count == 1 else f"At least {count} are wanted."


def named(test: Test) -> str:
    return f"`{test.case.name}`"


def of_kind(tests: Iterable[Test], kind: str) -> tuple[Test, ...]:
    return tuple(test for test in tests if test.kind == kind)


def where(case: Case, tests: tuple[Test, ...]) -> tuple[Evidence, ...]:
    """A place to show when there is nothing of what was looked for."""
    if tests:
        return (Evidence(tests[0].case.span, "context", "looked through all tests, from here on"),)
    path = next((path for path in case.project.paths if path.startswith("tests/")), None)
    return (Evidence(Span(path, 1), "context", "no test is found here"),) if path else ()


def near(tests: Iterable[Test], kind: str) -> tuple[Evidence, ...]:
    """Tests that look like one of the kind and are none, with the reason."""
    found: list[Evidence] = []
    for test in tests:
        if test.kind == kind and test.off:
            found.append(Evidence(test.case.span, "problem", f"{test.off}"))
        elif test.case.layer == kind and test.kind != kind:
            found.append(Evidence(test.case.span, "problem", _misses(test, kind)))
    return tuple(found[:MAX_SHOWN])


def _misses(test: Test, kind: str) -> str:
    if kind == "unit" and "data" in test.may_be:
        return "it reads a data file, so it is a test of the data"
    if kind == "unit" and "integration" in test.may_be:
        return "it needs something outside its process"
    if kind == "integration" and "trained-on-all" in test.story.labels:
        return "it trains on all of the data"
    return f"nothing in it {_DOES[kind]}"


def unseen(case: Case, tests: tuple[Test, ...], kind: str, *, counting: bool = True) -> Verdict | None:
    """*Cannot tell* when tests of the kind may be where nobody can look."""
    for module in case.tests.suite.unread:
        place = next((one.span for one in module.diagnostics if one.span is not None), Span(module.path, 1))
        message = f"`{module.path}` cannot be read to its end, so its tests are not all known."
        return Verdict("cannot_tell", message, (Evidence(place, "problem", "is not read from here on"),))
    for test in of_kind(tests, kind):
        if counting and not test.case.counted and not test.off:
            message = f"How many cases {named(test)} has is only known when it runs."
            return Verdict("cannot_tell", message, (Evidence(test.case.span, "problem", "cases of a later time"),))
        if not test.story.complete:
            message = f"{named(test)} is too long to be followed."
            return Verdict("cannot_tell", message, (Evidence(test.case.span, "problem", "not followed to its end"),))
    return None


def proofs(tests: Iterable[Test]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(test.case.span, "proof", f"{test.case.name}: {test.case.cases} case{'s' * (test.case.cases != 1)}")
        for test in list(tests)[:MAX_SHOWN]
    )
