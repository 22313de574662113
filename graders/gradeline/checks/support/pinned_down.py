"""Whether tests try certain inputs of one function, and which error they expect of it."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from gradeline.checks.support.suites import named, unseen, where
from gradeline.facts.case import Case
from gradeline.facts.tests_claims import Claim
from gradeline.facts.tests_kinds import Test
from gradeline.result import Evidence, Verdict

_SHOWN = {"negative": "a number below 0", "nan": "a value that is no number"}
_BROAD = frozenset({"Exception", "BaseException"})


def tried(
    case: Case, tests: tuple[Test, ...], mine: tuple[Test, ...], kind: str, function: str, inputs: Iterable[float | str]
) -> Verdict:
    asking = [test for test in mine if any(_is(one.name, function) for one in test.story.called)
              and not all(_itself(one) for one in test.proofs)]  # fmt: skip
    given = {label[4:] for test in asking for one in test.story.called if _is(one.name, function)
             for label in one.given if label.startswith("num:")}  # fmt: skip
    for one in inputs:
        if not _has(given, one):
            hidden = unseen(case, tests, kind)
            if hidden is not None:
                return hidden
            shown = _SHOWN.get(str(one), str(one))
            other = f"gives other values to {function}"
            places = tuple(Evidence(test.case.span, "context", other) for test in asking[:2])
            message = f"No test says what `{function}` makes of {shown}."
            return Verdict("unmet", message, places or where(case, mine or tests))
    places = tuple(Evidence(test.proofs[0].span, "proof", f"{test.case.name} can fail here") for test in asking[:4])
    return Verdict("met", f"The tests say what `{function}` makes of each of the values that matter.", places)


def _itself(claim: Claim) -> bool:
    """Whether a claim only says that the function gives the same twice."""
    test = claim.test
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return ast.dump(test.left) == ast.dump(test.comparators[0])
    words = test.args if isinstance(test, ast.Call) else []
    return len(words) > 1 and ast.dump(words[0]) == ast.dump(words[1])


def _is(name: str, function: str) -> bool:
    return name.rpartition(".")[2] == function


def _has(given: set[str], wanted: float | str) -> bool:
    if wanted == "negative":
        return any(one.startswith("-") for one in given)
    return (wanted if isinstance(wanted, str) else f"{float(wanted):g}") in given


def refused(
    case: Case, tests: tuple[Test, ...], mine: tuple[Test, ...], kind: str, function: str, error: str
) -> Verdict:
    half: Verdict | None = None
    for test in mine:
        if function and not any(_is(one.name, function) for one in test.story.called):
            continue
        for claim in test.proofs:
            if claim.form != "raises" or not isinstance(claim.test, ast.Call):
                continue
            expected = _expected(claim, claim.test)
            if error in expected and _looks(test, claim.test):
                place = Evidence(claim.span, "proof", f"expects {error}, and looks at its message")
                return Verdict("met", f"{named(test)} says which error a wrong input gets.", (place,))
            if error in expected:
                message = f"{named(test)} is content with any {error}, whatever it says."
                half = half or Verdict("partial", message, (Evidence(claim.span, "problem", "any message will do"),))
            elif expected & _BROAD:
                message = f"{named(test)} is content with any error, also with one of a slip of the pen."
                half = half or Verdict("partial", message, (Evidence(claim.span, "problem", "any error will do"),))
    if half is not None:
        return half
    hidden = unseen(case, tests, kind)
    about = f" of `{function}`" if function else ""
    return hidden or Verdict("unmet", f"No test expects the {error}{about}.", where(case, mine or tests))


def _expected(claim: Claim, call: ast.Call) -> set[str]:
    named = (one.value for one in call.keywords if one.arg == "expected_exception")
    first = call.args[0] if call.args else next(named, None)
    listed = first.elts if isinstance(first, ast.Tuple) else [first] if first is not None else []
    return {claim.module.full(one).rpartition(".")[2] for one in listed}


def _looks(test: Test, call: ast.Call) -> bool:
    """Whether the test looks at what the error says: by the call, or by an assertion about what was caught."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if name.startswith(("assertRaises", "assertWarns")):
        return True  # the class of the error is what unittest asks for
    if any(one.arg in ("match", "check") for one in call.keywords):
        return True
    for node in ast.walk(test.case.node):
        if isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                caught = item.optional_vars
                if item.context_expr is call and isinstance(caught, ast.Name) and _asserted(test.case.node, caught.id):
                    return True
    return False


def _asserted(node: ast.AST, name: str) -> bool:
    tests = (one.test for one in ast.walk(node) if isinstance(one, ast.Assert))
    return any(isinstance(part, ast.Name) and part.id == name for test in tests for part in ast.walk(test))
