"""A test that fails turns the run red; what is known to fail says why, and where it is worked on.

What it looks for
    Tests that run, and that fail when what they say does not hold.  A known failure is marked with
    ``xfail(strict=True)``, with a reason that names its issue: a link, or a number such as ``#12`` or ``CHURN-12``.
    Strict means that the run turns red on the day it is repaired.

What does not count
    ``skip``, a ``skipif`` that is always true, ``xfail`` that is not strict, ``pytest.skip()`` or ``pytest.xfail()``
    that is always reached, in a test or in a fixture, an assertion whose failure is caught, a hook in ``conftest.py``
    that marks tests so, one that sets the outcome of the run, and arguments in the settings that leave tests out.

How to repair
    Let the test run.  Repair the model, or mark the failure as a known one that nobody can forget.

Parameters
    ``files``: look only at tests in these files.  ``at_least``: how many cases have to run (1).
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.suites import MAX_SHOWN, wanted, where
from gradeline.facts.case import Case
from gradeline.facts.tests_failures import changes_outcomes, known_failures, left_out
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="F2.1",
    family="tests",
    params={"files": WORDS, "at_least": {"type": "integer", "minimum": 1}},
    reads=("tests",),
)


def run(
    case: Case, files: str | list[str] | None = None, at_least: int = 1, pipelines: list[str] | None = None
) -> Verdict:
    tests = case.tests.about((), listed(files))
    seen = [one for test in tests for one in known_failures(case.project, test)]
    done = (*seen, *changes_outcomes(case.code, case.project.paths))
    problems = [Evidence(one.span, "problem", one.problem) for one in done if one.problem and one.sure]
    tolerated = [Evidence(one.span, "proof", "a known failure with its issue") for one in seen if not one.problem]
    gone = left_out(case.project, {test.case.path for test in tests})
    problems += [Evidence(one.span, "problem", "the settings of pytest leave it out") for one in gone]
    if problems:
        text = problems[0].text
        return Verdict(
            "unmet", f"A failing test does not turn the run red: {text}.", tuple(dict.fromkeys(problems))[:MAX_SHOWN]
        )
    for one in (one for one in done if one.problem):
        return Verdict("cannot_tell", f"Which tests may fail is decided when they run: {one.problem}.",
                       (Evidence(one.span, "problem", one.problem),))  # fmt: skip
    for module in case.tests.suite.unread:
        span = next((one.span for one in module.diagnostics if one.span is not None), None)
        if span is not None:
            message = f"`{module.path}` cannot be read to its end, so its tests are not all known."
            return Verdict("cannot_tell", message, (Evidence(span, "problem", "is not read from here on"),))
    running = [test for test in tests if not test.off and test.proofs]
    count = sum(test.case.cases for test in running)
    if count < at_least:
        hidden = next((test for test in tests if not test.story.complete or not test.case.counted), None)
        if hidden is not None:
            return Verdict("cannot_tell", f"`{hidden.case.name}` cannot be followed to its end.",
                           (Evidence(hidden.case.span, "problem", "not followed to its end"),))  # fmt: skip
        many = f"{count or 'No'} case{'s' * (count != 1)} of the tests can fail. {wanted(at_least)}"
        return Verdict("unmet", many, where(case, tests))
    proof = tolerated or [
        Evidence(test.case.span, "proof", "fails when what it says does not hold") for test in running
    ]
    return Verdict("met", "Every test can turn the run red.", tuple(proof[:MAX_SHOWN]))
