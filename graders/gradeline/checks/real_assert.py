"""The tests of a kind claim something that can be false.

What it looks for
    In each test an assertion that is reached, that may fail, and in which a value comes from the code under test, its
    data, its model or its service.  Values are followed through names, fixtures and helpers of the tests.  ``assert``,
    ``pytest.raises``, the assertions of unittest, NumPy and pandas, and schemas that validate all count.

What does not count
    ``assert True``, a thing compared with itself, ``len(x) >= 0``, ``x is not None``, a quality above nothing, an
    assertion after ``return`` or in a function that nobody calls, one whose failure is caught and lost, one about a
    stand-in for the code, and one about values that the test made itself.  With ``endpoints``: an answer of which
    only the status is looked at, and one of a function that the test put in the place of the service's own.

How to repair
    Say what must come out for this input, and compare it with what does come out.  Of an answer of a service, say
    which status it has, what is in it, and between which numbers it lies.

Parameters
    ``kind`` and ``at_least``: how many cases of this kind hold such an assertion.  ``of``: paths of the code under
    test.  ``files``: look only at tests in these files.  ``parity``: true when one test must compare what the service
    answers with what the code says for the same input.  ``endpoints``: what of the answers of a service has to be
    judged, each with its ``path``, with ``says`` (``status``, ``body``, ``range``: a number from 0 to 1), and
    ``refused``: true when it is the answer to a wrong question, with a status of 400 or 422.  ``function`` with
    ``inputs``: values that tests have to give to this function (``negative`` is any number below 0, ``nan`` no number);
    with ``error``: the name of the exception that has to be expected of it, with a look at its message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.suites import KIND, MAX_SHOWN, named, of_kind, unseen, wanted, where
from gradeline.facts.case import Case
from gradeline.facts.tests_kinds import Test
from gradeline.result import Evidence, Verdict

ENDPOINT: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "path": {"type": "string"},
        "says": {"type": "array", "items": {"enum": ["status", "body", "range"]}, "minItems": 1},
        "refused": {"type": "boolean"},
    },
    "required": ["path", "says"],
    "additionalProperties": False,
}

CHECK = Check(
    code="T2",
    family="tests",
    params={
        "kind": KIND,
        "at_least": {"type": "integer", "minimum": 1},
        "of": WORDS,
        "files": WORDS,
        "parity": {"type": "boolean"},
        "endpoints": {"type": "array", "items": ENDPOINT, "minItems": 1},
        "function": {"type": "string"},
        "inputs": {
            "type": "array",
            "items": {"oneOf": [{"type": "number"}, {"enum": ["negative", "nan"]}]},
            "minItems": 1,
        },
        "error": {"type": "string"},
    },
    required=("kind",),
    reads=("tests",),
)


def run(
    case: Case,
    kind: str,
    at_least: int = 1,
    of: str | list[str] | None = None,
    files: str | list[str] | None = None,
    parity: bool = False,
    endpoints: list[dict[str, Any]] | None = None,
    function: str = "",
    inputs: list[float | str] | None = None,
    error: str = "",
    pipelines: list[str] | None = None,
) -> Verdict:
    tests = case.tests.about(listed(of), listed(files))
    mine = tuple(test for test in of_kind(tests, kind) if not test.off)
    if parity:
        return _parity(case, tests, mine, kind)
    if endpoints:
        from gradeline.checks.support.endpoints import promised

        return promised(case, tests, mine, kind, endpoints)
    if inputs or error:
        from gradeline.checks.support import pinned_down

        if error:
            return pinned_down.refused(case, tests, mine, kind, function, error)
        return pinned_down.tried(case, tests, mine, kind, function, inputs or [])
    good = [test for test in mine if test.proofs]
    count = sum(test.case.cases for test in good)
    if count >= at_least:
        places = tuple(
            Evidence(test.proofs[0].span, "proof", f"{test.case.name} can fail here") for test in good[:MAX_SHOWN]
        )
        return Verdict("met", f"{count} cases of {kind} tests hold an assertion that can fail.", places)
    empty = [test for test in mine if not test.proofs]
    hidden = unseen(case, tests, kind)
    if hidden is not None:
        return hidden
    if not empty:
        many = f"are {count} {kind} tests" if count > 1 else f"is {count or 'no'} {kind} test"
        message = f"There {many} with an assertion that can fail."
        return Verdict("unmet", f"{message} {wanted(at_least)}", where(case, mine or tests))
    shown = tuple(_empty(test) for test in empty[:MAX_SHOWN])
    return Verdict("unmet", f"{named(empty[0])} passes whatever the code does: {shown[0].text}.", shown)


def _empty(test: Test) -> Evidence:
    if not test.story.claims:
        return Evidence(test.case.span, "problem", "no assertion is reached in it")
    claim = test.story.claims[0]
    return Evidence(claim.span, "problem", claim.problem)


def _parity(case: Case, tests: tuple[Test, ...], mine: tuple[Test, ...], kind: str) -> Verdict:
    for test in mine:
        for claim in test.proofs:
            if {"http", "code"} <= claim.labels:
                place = Evidence(claim.span, "proof", "compares the answer of the service with the code")
                return Verdict("met", f"{named(test)} asks the service and the code the same question.", (place,))
    hidden = unseen(case, tests, kind)
    if hidden is not None:
        return hidden
    asked = [claim for test in mine for claim in test.proofs if "http" in claim.labels]
    shown = tuple(Evidence(one.span, "problem", "only the service is asked") for one in asked[:1]) or where(case, tests)
    return Verdict("unmet", "No test compares what the service answers with what the code says.", shown)
