"""Whether the requests of tests end after some time."""

from __future__ import annotations

from gradeline.checks.support.suites import MAX_SHOWN, named, unseen, where
from gradeline.facts.case import Case
from gradeline.result import Evidence, Verdict


def patient(case: Case) -> Verdict:
    tests = case.tests.about()
    asking = [test for test in tests if not test.off and test.story.requests]
    limited = case.project.settings.pytest_limited
    for test in asking:
        if test.story.limited or limited or any(mark.name == "timeout" for mark in test.case.marks):
            continue
        endless = [span for span, ends in test.story.requests if not ends]
        if endless:
            places = tuple(Evidence(span, "problem", "may wait for ever") for span in dict.fromkeys(endless))
            return Verdict("unmet", f"{named(test)} waits for ever when the service does not answer.",
                           places[:MAX_SHOWN])  # fmt: skip
    hidden = unseen(case, tests, "integration", counting=False)
    if hidden is not None:
        return hidden
    if not asking:
        return Verdict("unmet", "No test asks the service anything.", where(case, tests))
    spans = dict.fromkeys(test.story.requests[0][0] for test in asking)
    proofs = tuple(Evidence(span, "proof", "gives up after some time") for span in spans)
    return Verdict("met", "Each request of the tests ends after some time.", proofs[:MAX_SHOWN])
