"""Whether tests judge the answers of a service as its description promises them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any

from gradeline.checks.support.suites import named, unseen, where
from gradeline.facts.case import Case
from gradeline.facts.tests_asked import Judged, judged
from gradeline.facts.tests_code import CodeUnderTest
from gradeline.facts.tests_files import is_under_test
from gradeline.facts.tests_kinds import Test
from gradeline.model.code import Defined, Definition
from gradeline.result import Evidence, Verdict

_ROUTES = frozenset({"get", "post", "put", "patch", "delete", "route", "api_route"})
_PARTS = {"status": ("status",), "body": ("body",), "range": ("low", "high")}
_LACKS = {
    "status": "which status the answer has",
    "body": "what is in the answer",
    "low": "that the number is not below 0",
    "high": "that the number is not above 1",
}


def promised(
    case: Case, tests: tuple[Test, ...], mine: tuple[Test, ...], kind: str, endpoints: Iterable[Mapping[str, Any]]
) -> Verdict:
    replaced = [test for test in mine if _replaces(case, test)]
    found = [(test, _claims(test)) for test in mine if test not in replaced]
    proofs: list[Evidence] = []
    for endpoint in endpoints:
        path, refused = str(endpoint["path"]), bool(endpoint.get("refused"))
        wanted = [part for one in endpoint["says"] for part in _PARTS[one]]
        said = _said(found, path, refused)
        missing = [part for part in wanted if part not in said]
        unclear = next((one.claim.span for _, claims in found for one in claims if one.unclear), None)
        if missing and unclear is not None:
            place = Evidence(unclear, "problem", "takes a part of the schema that is not told by paths")
            return Verdict("cannot_tell", f"Whether the questions made from the schema go to {path} cannot be seen.",
                           (place,))  # fmt: skip
        if missing:
            return unseen(case, tests, kind) or _lacking(case, mine, replaced, found, path, refused, missing)
        proofs += [Evidence(said[part].claim.span, "proof", f"judges the answer of {path}") for part in wanted[:1]]
    return Verdict("met", "The tests judge what the service answers to right and to wrong questions.", tuple(proofs))


def _claims(test: Test) -> list[Judged]:
    return [one for claim in test.story.claims if (one := judged(claim)) is not None]


def _said(found: list[tuple[Test, list[Judged]]], path: str, refused: bool) -> dict[str, Judged]:
    """What the tests together say of the answers from a path, with the claim that does."""
    said: dict[str, Judged] = {}
    for _, claims in found:
        mine = [one for one in claims if (one.whole and path not in one.left_out) or path in one.paths]
        turned = any(one.refused for one in mine)
        right = any(one.answered for one in mine) or not turned
        if not (turned if refused else right):
            continue
        for one in mine:
            if "status" in one.parts and not (one.refused if refused else one.answered):
                continue
            for part in one.parts:
                said.setdefault(part, one)
    return said


def _replaces(case: Case, test: Test) -> bool:
    """Whether the test puts something else in the place of what answers, or of the model behind it."""
    for name in sorted(test.story.replaced):
        module, _, last = name.rpartition(".")
        found = case.project.code.module(module) if module else None
        node = found.definitions.get(last) if found is not None and is_under_test(found.path) else None
        if found is None or node is None:
            continue
        does = CodeUnderTest(case.project.code).does(Defined(found, node))
        if _answers(node) or does & {"predicts", "loads", "fits"}:
            return True
    return False


def _answers(node: Definition) -> bool:
    """Whether a function answers requests itself."""
    called = (one.func for one in node.decorator_list if isinstance(one, ast.Call))
    return any(isinstance(one, ast.Attribute) and one.attr in _ROUTES for one in called)


def _lacking(
    case: Case, mine: tuple[Test, ...], replaced: list[Test], found: list[tuple[Test, list[Judged]]], path: str,
    refused: bool, missing: list[str],
) -> Verdict:  # fmt: skip
    question = f"a wrong question to {path}" if refused else f"{path}"
    asked = [(test, one) for test, claims in found for one in claims if path in one.paths]
    if refused:
        asked = [(test, one) for test, one in asked if one.refused] or []
    if asked:
        test, one = asked[0]
        place = Evidence(one.claim.span, "problem", f"no test says {_LACKS[missing[0]]}")
        return Verdict("unmet", f"{named(test)} asks {question}, but no test says {_LACKS[missing[0]]}.", (place,))
    if replaced:
        place = Evidence(replaced[0].case.span, "problem", "replaces a function of the service")
        return Verdict("unmet", f"{named(replaced[0])} asks a service of which it replaced a part.", (place,))
    what = f"No test judges the answer to {question}." if refused else f"No test judges the answer of {path}."
    return Verdict("unmet", what, where(case, mine))
