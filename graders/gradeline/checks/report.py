"""A report of the results is published even when the work it reports on failed.

What it looks for
    A result that a command writes (test results, coverage) and that a later step of the same job publishes
    by its name, or a summary or comment that people read.  The grader lets the command fail: the report
    must still be published, and the run must still fail.  With ``by``, the stage of a data pipeline that does this work
    declares its metrics in a form that Git can compare.

What does not count
    A report that is skipped on failure, a file that no command writes, and a failure that is turned into
    success so that the report comes out.  With ``by``: metrics that only a cache holds or that Git ignores, and plots
    that no stage makes.  With ``traced``, a report whose checksum nobody remembers earns half.  With ``holds``: a text
    that is the same in every run, a picture that only the machine has, and a job that may write everything.

How to repair
    Let the publishing step run whatever the command before it said, and publish the file it really writes.

Parameters
    ``kinds``: a list of which any counts: ``junit``, ``coverage``, ``summary`` (a summary page or a comment), ``load``
    (what a load test measured), ``metrics``, ``findings`` (what a scan writes, as a file, on the page of findings or in
    the summary).  ``traced``: true when it must be possible to lead the file back to its run.  ``written``: the file
    into which a program of the kit writes the metrics unless it is told otherwise.  ``by``: the class of work whose
    stage has to declare metrics, and ``plots``: how many plots at least.  ``baseline``: a pattern of files that hold
    values of an earlier run; the load test or a live command has to read one.  ``holds``: what the summaries and the
    comments of proposed changes hold together: a ``comparison`` with the target branch, a ``plot``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.facts.activities import Activity
from gradeline.facts.after_failure import Reaction, Reactor, Select, judged, react, reactors
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.findings import shown
from gradeline.facts.reporting import holds_kind, produced, publishes, summaries, uploads
from gradeline.model.effects import ArtifactPut
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="A2",
    family="artifacts",
    params={
        "kinds": {
            "type": "array",
            "items": {"enum": ["junit", "coverage", "summary", "metrics", "findings", "load"]},
            "minItems": 1,
        },
        "traced": {"type": "boolean"},
        "written": {"type": "string"},
        "by": WORDS,
        "plots": {"type": "integer", "minimum": 0},
        "baseline": {"type": "string"},
        "holds": {"type": "array", "items": {"enum": ["comparison", "plot"]}, "minItems": 1},
    },
    required=("kinds",),
)
_NOUNS = {
    "junit": "test results",
    "coverage": "the coverage",
    "summary": "a summary",
    "metrics": "metrics",
    "findings": "what a scan found",
    "load": "what the load test measured",
}
MAX_CANDIDATES = 40
_BETTER = ("reacts", "unknown", "hides", "misses", "sometimes", "idle", "never")


def run(
    case: Case,
    kinds: list[str],
    traced: bool = False,
    written: str = "",
    by: str | list[str] | None = None,
    plots: int = 0,
    baseline: str = "",
    holds: list[str] | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    chosen = case.select(pipelines)
    if holds:
        from gradeline.checks.support.changes_shown import changes_shown

        return changes_shown(chosen, tuple(holds))
    if baseline:
        verdict = run(case, kinds, traced, written, by, plots, pipelines=pipelines)
        return _compared(case, chosen, baseline) or verdict if verdict.status == "met" else verdict
    if by:
        from gradeline.checks.support.data_reports import stage_report

        return stage_report(case, chosen, listed(by), plots)
    wanted = listed(kinds)
    reactions: list[Reaction] = []
    good: list[tuple[Reaction, Reactor]] = []
    empty: Verdict | None = None
    for facts in chosen if "findings" in wanted else ():
        for reactor, scans, allowed in list(shown(facts))[:MAX_CANDIDATES]:
            if not allowed:
                empty = empty or _forbidden(reactor)
                continue
            reactions.append(react(facts, reactor, _one_of(scans), nearest=True))
    pairs = [(facts, kind) for facts in chosen for kind in wanted if kind != "findings"]
    candidates = [(facts, kind, *found) for facts, kind in pairs for found in _publishers(facts, kind, written)]
    for facts, kind, reactor, items in candidates[:MAX_CANDIDATES]:
        if items is None:
            empty = empty or _unwritten(facts, reactor, kind)
            continue
        lost = _not_written(facts, items) if kind != "load" else None
        if lost is not None:
            empty = empty or lost
            continue
        about = items if kind == "load" else _tests_behind(facts, items) or items
        reactions.append(react(facts, reactor, _one_of(about) if about else judged, nearest=True))
        if reactions[-1].status == "reacts":
            good.append((reactions[-1], reactor))
            if not traced or _traced(reactor):
                break
    if good and traced and not any(_traced(reactor) for _, reactor in good):
        return _untraced(good[0][1])
    if reactions:
        return _verdict(min(reactions, key=lambda reaction: _BETTER.index(reaction.status)))
    return empty or _absent(chosen, wanted)


def _compared(case: Case, chosen: tuple[PipelineFacts, ...], pattern: str) -> Verdict | None:
    """A problem with the value of an earlier run that the new one is compared with; None when there is none."""
    from gradeline.facts.baselines import read_by, stored

    known = stored(case, pattern)
    if not known:
        places = tuple(Evidence(facts.pipeline.span, "context", "compares with nothing") for facts in chosen)
        return Verdict("unmet", f"No file of `{pattern}` holds values of an earlier run.", places)
    for facts in chosen:
        if any(path in known for path, _ in read_by(case, facts)):
            return None
    for facts in chosen:
        for item in facts.activities:
            if item.opaque:
                message = f"Whether `{item.text}` compares with an earlier run cannot be seen: {item.opaque}."
                return Verdict("cannot_tell", message, (Evidence(item.span, "problem", item.opaque),))
    first = next(iter(known))
    return Verdict("unmet", f"Nothing reads `{first}`.", (Evidence(known[first], "problem", "nobody reads it"),))


def _publishers(facts: PipelineFacts, kind: str, known: str) -> Iterator[tuple[Reactor, tuple[Activity, ...] | None]]:
    """Steps that publish a report of the kind, with the commands that write it; None when nothing does."""
    if kind == "summary":
        for reactor in (*summaries(facts), *reactors(facts, frozenset({"comment"}))):
            yield reactor, ()
        return
    written = [item for item in produced(facts) if item.kind == kind]
    for reactor, upload in uploads(facts):
        mine = [item for item in written if item.item.unit.id in facts.seen_by(reactor.unit)]
        taken = tuple(item.item for item in mine if publishes(facts, upload, item.path))
        if taken:
            yield reactor, taken
        elif holds_kind(upload.effect, kind) or (kind == "metrics" and known and publishes(facts, upload, known)):
            yield reactor, () if kind == "metrics" else None
    for item in facts.doing("report"):
        producers = tuple(found.item for found in written if found.item.unit.id in facts.seen_by(item.unit))
        if kind != "metrics" and producers:
            yield Reactor(item.unit, item.step, item.text, item.span), producers


def _traced(reactor: Reactor) -> bool:
    """Whether the platform remembers the checksums of the files that the step publishes."""
    return all(effect.traced for effect in reactor.step.effects if isinstance(effect, ArtifactPut))


def _untraced(reactor: Reactor) -> Verdict:
    return Verdict(
        "partial",
        f"`{reactor.text}` publishes the report, but nobody can tell later which run a copy of the file came from.",
        (Evidence(reactor.span, "problem", "no checksum is remembered"),),
    )


def _one_of(items: tuple[Activity, ...]) -> Select:
    """Only the commands that write the report fail in the experiment."""
    keys = {key for item in items for key in item.keys}
    return lambda facts, reached: reached.key in keys


def _forbidden(reactor: Reactor) -> Verdict:
    place = reactor.unit.permissions.span or reactor.unit.span
    return Verdict(
        "unmet",
        f"`{reactor.text}` fails: the job {reactor.unit.title!r} does not have the right it needs.",
        (Evidence(place, "problem", "a right is missing"), Evidence(reactor.span, "context", "needs it")),
    )


def _tests_behind(facts: PipelineFacts, items: tuple[Activity, ...]) -> tuple[Activity, ...]:
    """The tests whose results commands only write down; nothing when one of the commands runs tests itself."""
    if not items or any(item.readings_of(("test",)) for item in items):
        return ()
    units = {item.unit.id for item in items}
    return tuple(item for item in facts.doing("test") if item.unit.id in units)


def _not_written(facts: PipelineFacts, items: tuple[Activity, ...]) -> Verdict | None:
    """The verdict when a command that writes the report down is not reached after a failure of the tests."""
    writing = {key for item in items for key in item.keys}
    for test in _tests_behind(facts, items):
        for scenario in facts.pipeline.scenarios:
            for key in test.keys:
                runs = [run for run in facts.runs(scenario, [key]).results if run.failed and key in run.reached]
                if runs and not any(writing & set(run.reached) for run in runs):
                    return Verdict(
                        "unmet",
                        f"When `{test.text}` fails, `{items[0].text}` does not run, so there is no report.",
                        (
                            Evidence(items[0].span, "problem", "not reached after a failure"),
                            Evidence(test.span, "context", "fails in this experiment"),
                        ),
                    )
    return None


def _unwritten(facts: PipelineFacts, reactor: Reactor, kind: str) -> Verdict:
    """A file is published as a report, but no command of the job is seen to write it."""
    before = facts.seen_by(reactor.unit)
    hidden = next((item for item in facts.activities if item.unit.id in before and item.opaque), None)
    if hidden is not None:
        return Verdict(
            "cannot_tell",
            f"`{hidden.text}` may write {_NOUNS[kind]}, but cannot be followed: {hidden.opaque}.",
            (Evidence(hidden.span, "problem", hidden.opaque), Evidence(reactor.span, "context", "published here")),
        )
    return Verdict(
        "unmet",
        f"`{reactor.text}` publishes {_NOUNS[kind]}, but no command of its job writes such a file.",
        (Evidence(reactor.span, "problem", "nothing writes this file"),),
    )


def _verdict(reaction: Reaction) -> Verdict:
    status: Literal["met", "unmet", "cannot_tell"] = "unmet"
    if reaction.status == "reacts":
        status = "met"
    elif reaction.status == "unknown":
        status = "cannot_tell"
    sentence = f"{reaction.sentence[:1].upper()}{reaction.sentence[1:]}."
    return Verdict(status, sentence, reaction.evidence, reaction.path)


def _absent(chosen: tuple[PipelineFacts, ...], kinds: tuple[str, ...]) -> Verdict:
    nouns = [_NOUNS[kind] for kind in kinds]
    wanted = " or ".join(part for part in (", ".join(nouns[:-1]), nouns[-1]) if part)
    for facts in chosen:
        for item in facts.activities:
            if item.opaque:
                return Verdict(
                    "cannot_tell",
                    f"`{item.text}` may publish a report, but cannot be followed: {item.opaque}.",
                    (Evidence(item.span, "problem", item.opaque),),
                )
    return Verdict(
        "unmet",
        f"No step publishes {wanted}.",
        tuple(Evidence(facts.pipeline.span, "context", "looked through every job here") for facts in chosen),
    )
