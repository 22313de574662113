"""Each test says which capability of the model it is about, so that a report can say what the model cannot do.

What it looks for
    Tests of a model under a marker that names a capability: an argument (``@pytest.mark.capability("pricing")``), or a
    marker for each capability.  The markers are registered.  A table counts as well: in the docstring of a file of
    tests, or as a mapping in it, with a row for each capability that names its tests.

What does not count
    A marker that nobody registered, a layer such as ``unit``, markers that only say of which kind a test is, a row that
    names no test, a test that is named and not there, and a test that asks no model.

How to repair
    Write down what the model must be able to do, and give each of these things a name.  Say of each test to which of
    them it belongs.

Parameters
    ``at_least``: how many capabilities have to have tests (4).  ``files``: look only at tests in these files.
    ``model``: what is known about the model, see behaviour; with it, kinds of tests are told from capabilities.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.known_models import KNOWN
from gradeline.checks.support.suites import MAX_SHOWN, where
from gradeline.facts.case import Case
from gradeline.facts.tests_capabilities import Said, added_later, marked, tabled
from gradeline.facts.tests_kinds import Test
from gradeline.facts.tests_suite import registered
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="Q6.1",
    family="tests",
    params={"at_least": {"type": "integer", "minimum": 1}, "files": WORDS, "model": KNOWN},
    reads=("tests",),
)


def run(
    case: Case,
    at_least: int = 4,
    files: str | list[str] | None = None,
    model: Mapping[str, Any] | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    suite = case.tests.suite
    tests = [one for one in case.tests.about((), listed(files)) if not one.off and _asks(one)]
    said = marked(tests)
    known = registered(suite)
    by = {one.by for one in said}
    first = tuple(reversed(said))  # the first place of each is shown
    groups = [{one.name: one for one in first if one.by == name} for name in sorted(by)]
    groups.append({one.by: one for one in first})
    best = dict(reversed(max(groups, key=len, default={}).items()))
    unknown = [one for one in best.values() if one.by not in known]
    rows, wrong = tabled(suite, tests)
    if len(best) >= at_least and not unknown and model is not None and _kinds(case, model, tests, best, said):
        message = "The markers say of which kind a test is, not which capability of the model it is about."
        return Verdict("unmet", message, tuple(Evidence(one.span, "problem", one.name) for one in best.values())[:1])
    if len(best) >= at_least and not unknown:
        return _met([Evidence(one.span, "proof", one.name) for one in best.values()])
    if len(rows) >= at_least and not wrong:
        return _met(
            [Evidence(one.span, "proof", f"{one.name}: {one.tests} test{'s' * (one.tests != 1)}") for one in rows]
        )
    for module in suite.unread:
        place = next((one.span for one in module.diagnostics if one.span is not None), None)
        if place is not None:
            message = f"`{module.path}` cannot be read to its end, so its tests are not all known."
            return Verdict("cannot_tell", message, (Evidence(place, "problem", "is not read from here on"),))
    later = added_later(suite)
    if later is not None:
        return Verdict("cannot_tell", "Which markers the tests have is decided when they run.",
                       (Evidence(later, "problem", "adds markers"),))  # fmt: skip
    if len(best) >= at_least:
        message = f"The marker `{unknown[0].by}` is not registered."
        return Verdict(
            "unmet", message, tuple(Evidence(one.span, "problem", "nobody registered it") for one in unknown)[:1]
        )
    if len(rows) >= at_least:
        message = f"The table names `{wrong[0].name}`, and there is no such test."
        return Verdict("unmet", message, (Evidence(wrong[0].span, "problem", "names a test that is not there"),))
    count = max(len(best), len(rows))
    message = f"The tests name {count or 'no'} capabilit{'y' if count == 1 else 'ies'} of the model."
    message += f" At least {at_least} are wanted."
    shown = tuple(
        Evidence(one.span, "problem", one.name) for one in (best.values() if len(best) >= len(rows) else rows)
    )
    return Verdict("unmet", message, shown[:MAX_SHOWN] or where(case, tuple(tests)))


def _kinds(
    case: Case, model: Mapping[str, Any], tests: list[Test], best: Mapping[str, Said], said: tuple[Said, ...]
) -> bool:
    """Whether the markers divide the tests into invariance, direction and the like."""
    from gradeline.checks.support.behaving import found_of, kinds_only

    names = {name: {one.test for one in said if name in (one.name, one.by)} for name in best}
    return kinds_only(found_of(case, model), tuple(one.case for one in tests), names)


def _asks(test: Test) -> bool:
    """Whether a test claims something about a model or about what the code does with it."""
    return "predicted" in test.story.labels or any({"model", "code"} & claim.labels for claim in test.proofs)


def _met(places: list[Evidence]) -> Verdict:
    return Verdict("met", f"The tests name {len(places)} capabilities of the model.", tuple(places[:MAX_SHOWN]))
