"""Reports, messages and clean-up also happen after a failure, and the failure stays visible.

What it looks for
    A step of the wanted kind that is reached when a command before it fails, and when a job it waits for
    fails.  The grader lets each of them fail and looks.  The run must still end as failed.

What does not count
    A step that is skipped as soon as something failed, one that is reached only because the failure was
    turned into success, one in a job that waits for nothing, and one that no event reaches.  A step that
    runs after some failures and not after others earns half.  So does one that also runs when nothing has
    failed, with ``only_failure``, and one that does not say which run it is about, with ``link``.

How to repair
    Give the step a condition that also holds after a failure.  Do not tolerate the failure to get there.

Parameters
    ``does``: one kind or a list of which any counts: ``report``, ``notify``, ``cleanup``, ``comment``, ``logs`` (what
    the services wrote), or ``upload`` for files that are published.  ``only_failure``: true when it must stay away from
    good runs.  ``link``: true when it must name the run.  ``stops``: environments (with ``*``) that have to be taken
    down by a job of their own, by hand or by themselves after a time; then ``does`` is not needed.  ``by_tests``: true
    asks the tests instead: whatever they start, they end, and no pipeline starts services beside them.  ``beside``: the
    class of work on whose machine each path of ``removes`` has to be removed; then ``does`` is not needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.facts.after_failure import Reaction, Reactor, judged, react, reactors, since_start
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.reporting import summaries, uploads
from gradeline.facts.run_names import names_run
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="F8",
    family="flow",
    params={
        "does": WORDS,
        "only_failure": {"type": "boolean"},
        "link": {"type": "boolean"},
        "stops": {"type": "string"},
        "by_tests": {"type": "boolean"},
        "beside": WORDS,
        "removes": WORDS,
    },
)
_VERBS = {
    "report": "publishes a report",
    "notify": "tells people",
    "cleanup": "cleans up",
    "logs": "shows what the services wrote",
    "comment": "writes a comment",
    "upload": "publishes files",
}
# A message is due whatever failed.  What is cleaned up or reported exists once the work itself began; what a job
# leaves behind is its own, so when a job before it failed there is nothing to clean up.
_TELLING = ("notify", "comment")
_RESULTS = ("upload", "report")
_AFTERWARDS = ("cleanup", "logs")
MAX_CANDIDATES = 40
_ORDER = ("reacts", "unknown", "sometimes", "hides", "misses", "idle", "never")


def run(
    case: Case,
    does: str | list[str] | None = None,
    only_failure: bool = False,
    link: bool = False,
    stops: str = "",
    by_tests: bool = False,
    beside: str | list[str] | None = None,
    removes: str | list[str] | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    kinds = listed(does)
    chosen = case.select(pipelines)
    if by_tests:
        from gradeline.checks.support.started import taken_down_by_tests

        return taken_down_by_tests(case)
    if beside:
        from gradeline.checks.support.tidied import tidied

        return tidied(chosen, listed(beside), listed(removes))
    if stops:
        from gradeline.checks.support.taken_down import taken_down

        return taken_down(chosen, stops)
    found: list[Reaction] = []
    lacking: Verdict | None = None
    candidates = [(facts, kind, reactor) for facts in chosen for kind in kinds for reactor in _candidates(facts, kind)]
    for facts, kind, reactor in candidates[:MAX_CANDIDATES]:
        select = None if kind in _TELLING else since_start(facts, reactor) if kind in _AFTERWARDS else judged
        found.append(react(facts, reactor, select, nearest=kind in _RESULTS, here=kind in _AFTERWARDS))
        if found[-1].status == "reacts":
            lack = _lack(facts, reactor, only_failure, link)
            if lack is None:
                lacking = None
                break
            lacking = lacking or lack
    if lacking is not None:
        return lacking
    if not found:
        return _absent(chosen, kinds)
    return _verdict(min(found, key=lambda reaction: _ORDER.index(reaction.status)))


def _lack(facts: PipelineFacts, reactor: Reactor, only_failure: bool, link: bool) -> Verdict | None:
    """What a step that answers to failures still lacks."""
    if only_failure:
        for scenario in facts.pipeline.scenarios:
            if any(reactor.ran(run) and not run.failed for run in facts.runs(scenario).results):
                place = reactor.step.condition_span or reactor.unit.condition_span or reactor.span
                return Verdict(
                    "partial",
                    f"`{reactor.text}` also runs when nothing has failed, so people learn to overlook it.",
                    (Evidence(place, "problem", "also holds for good runs"), Evidence(reactor.span, "context", "runs")),
                )
    if link and not names_run(facts, reactor.unit, reactor.step):
        return Verdict(
            "partial",
            f"`{reactor.text}` does not say which run it is about.",
            (Evidence(reactor.span, "problem", "names no run"),),
        )
    return None


def _candidates(facts: PipelineFacts, kind: str) -> Iterator[Reactor]:
    if kind in _RESULTS:
        yield from (reactor for reactor, _ in uploads(facts))
    if kind == "report":
        yield from summaries(facts)
        yield from reactors(facts, frozenset({"report", "comment"}))
    elif kind != "upload":
        yield from reactors(facts, frozenset({kind}))


def _verdict(reaction: Reaction) -> Verdict:
    status: Literal["met", "partial", "unmet", "cannot_tell"] = "unmet"
    if reaction.status == "reacts":
        status = "met"
    elif reaction.status == "unknown":
        status = "cannot_tell"
    elif reaction.status == "sometimes":
        status = "partial"
    sentence = f"{reaction.sentence[:1].upper()}{reaction.sentence[1:]}."
    return Verdict(status, sentence, reaction.evidence, reaction.path)


def _absent(chosen: tuple[PipelineFacts, ...], kinds: tuple[str, ...]) -> Verdict:
    wanted = " or ".join(_VERBS.get(kind, f"runs a {kind} command") for kind in kinds)
    for facts in chosen:
        for item in (*facts.activities, *facts.dormant):
            if item.opaque:
                return Verdict(
                    "cannot_tell",
                    f"`{item.text}` may do it, but cannot be followed: {item.opaque}.",
                    (Evidence(item.span, "problem", item.opaque),),
                )
        for unit in facts.pipeline.units:
            if unit.opaque is not None:
                return Verdict(
                    "cannot_tell",
                    f"{unit.title!r} may do it, but cannot be followed: {unit.opaque.reason}.",
                    (Evidence(unit.opaque.span, "problem", unit.opaque.reason),),
                )
    return Verdict(
        "unmet",
        f"No step {wanted}.",
        tuple(Evidence(facts.pipeline.span, "context", "looked through every job here") for facts in chosen),
    )
