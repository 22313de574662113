"""Only what the network can break is tried again, and only a few times.

What it looks for
    Every retry has a bound, and what it tries again talks to the network: a download, a push, a login.
    Retries are found in the settings of jobs, in loops and wrappers of scripts, in options of commands,
    in actions made for it, and in steps that run only when an earlier one failed.

What does not count
    Tests, linters and other judgements that are asked again until they agree, retries without a bound or
    above the allowed number, and starting a failed run again.  Waiting until a service answers is no
    retry, but needs an end too.  Tests that are marked as unstable may be repeated by themselves.

How to repair
    Take the retry off the judgement and find out why it is unstable.  Give the download a small number.

Parameters
    ``max``: the highest allowed number of attempts (5).  ``never_on``: tool classes that are never tried
    again (``test``).  ``required``: true asks for at least one retry.  ``delay``: true asks jobs that are tried again
    for time between two tries.
"""

from __future__ import annotations

import math
from typing import Literal

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import noun
from gradeline.facts.case import Case
from gradeline.facts.retries import Retry, retries
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="B2",
    family="bounds",
    params={
        "max": {"type": "integer", "minimum": 1},
        "never_on": WORDS,
        "required": {"type": "boolean"},
        "delay": {"type": "boolean"},
    },
)
# Work that needs no network: when it fails, trying again can only hide why.
_JUDGEMENTS = frozenset(
    {
        "lint",
        "format",
        "type-check",
        "test",
        "coverage",
        "mutation",
        "data-validation",
        "package-check",
        "workflow-lint",
        "secret-scan",
        "iac-scan",
        "train",
    }
)


def run(
    case: Case,
    max: int = 5,
    never_on: str | list[str] | None = None,
    required: bool = False,
    delay: bool = False,
    pipelines: list[str] | None = None,
) -> Verdict:
    chosen = case.select(pipelines)
    if not chosen:
        return Verdict("unmet", "There is no pipeline file to look at.")
    forbidden = _JUDGEMENTS | set(listed(never_on))
    found = [retry for facts in chosen for retry in retries(facts)]
    for retry in found:
        if retry.classes & forbidden:
            named = noun(sorted(retry.classes & forbidden))
            return _verdict("unmet", retry, f"A second try of {named} can hide what the first one found.")
    for retry in found:
        problem = _bound(retry, max)
        if problem is not None:
            return problem
        own = retry.unit.retry if retry.unit is not None and retry.step is None else None
        if delay and own is not None and own.span == retry.span and own.delay is None:
            return _verdict("unmet", retry, "The next try comes at once and meets the same fault.")
    tries = [retry for retry in found if not retry.waits]
    if required and not tries:
        return Verdict(
            "unmet",
            "Nothing that uses the network is tried again.",
            tuple(Evidence(facts.pipeline.span, "problem", "no retry in here") for facts in chosen),
        )
    if not found:
        return Verdict(
            "met",
            "Nothing is tried again, so nothing is hidden.",
            tuple(Evidence(facts.pipeline.span, "proof", "no retry in here") for facts in chosen),
        )
    return Verdict(
        "met",
        "What is tried again uses the network and has a bound.",
        tuple(Evidence(retry.span, "proof", retry.sentence) for retry in found),
    )


def _bound(retry: Retry, most: int) -> Verdict | None:
    if retry.waits:
        limited = (retry.unit is not None and retry.unit.timeout is not None) or (
            retry.step is not None and retry.step.timeout is not None
        )
        if retry.attempts == math.inf and not limited:
            return _verdict("unmet", retry, "It may wait for ever.")
        return None
    if retry.attempts is None:
        return _verdict("cannot_tell", retry, "How often is computed at run time.")
    if retry.attempts == math.inf:
        return _verdict("unmet", retry, "Nothing ends it.")
    if retry.attempts > most:
        return _verdict("unmet", retry, f"Up to {retry.attempts:g} times; at most {most} are allowed.")
    return None


def _verdict(status: Literal["unmet", "cannot_tell"], retry: Retry, reason: str) -> Verdict:
    sentence = f"{retry.sentence[:1].upper()}{retry.sentence[1:]}. {reason}"
    return Verdict(status, sentence, (Evidence(retry.span, "problem", retry.sentence),))
