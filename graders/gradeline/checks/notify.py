"""People are told when something they rely on failed, where to look, and nothing else.

What it looks for
    A message that is sent when a run of the named events fails.  The grader lets each earlier command and job
    fail and looks whether the message still goes out.  With ``link`` it holds the address of the run.

    ``of: alerts``: alerts of what is deployed reach people by a tree of routes: a default receiver that tells
    somebody, the grave ones to a pager, those of a team to that team, grouped, told again after some time, and
    warnings quiet while the grave alert about the same thing is active.

    ``of: loop``: a live command marks each change where people look at numbers (an annotation, a pushed metric),
    some alert calls a program, and a run that something outside can start trains again or goes back.

    ``of: drift``: on a schedule, something says by its exit status whether what runs is still what is written; the
    grader lets it find a difference, and looks whether a message goes out.

What does not count
    A message on success, one on the events named in ``quiet``, one that is skipped as soon as something failed,
    one after some failures only (half), and a failure that is turned into success to get to the message.
    For drift: a plan whose status is the same whatever it finds, a message behind a failure that never comes, since
    something around the program turns the status into success, and a message that is sent each time (half).

How to repair
    Let one job wait for the others and run only after a failure, on the events that somebody has to act on.
    Put the address of the run into the text.

Parameters
    ``of``: ``runs`` (the default), ``loop``, ``drift`` or ``alerts``; ``team`` names a team that needs a route of its
    own.
    ``events``: the kinds of events on which a failure has to be told.  ``quiet``: the kinds on which nothing is sent.
    ``branch``: the one whose pushes count (``main``).  ``link``: true demands the address of the run.
    ``success``: true when messages about other endings than a failure are wanted as well.
    ``event``: for a loop, the name of the event by which an alert starts a run.
"""

from __future__ import annotations

from gradeline.checks.contract import SCENARIO, Check
from gradeline.checks.support.explain import absent
from gradeline.facts.after_failure import Reaction, Reactor, react, reactors
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.run_links import links_to_run
from gradeline.model.pipeline import Scenario
from gradeline.result import Evidence, Status, Verdict

_KINDS = {"type": "array", "items": SCENARIO, "minItems": 1}
CHECK = Check(
    code="M3",
    family="monitoring",
    params={
        "of": {"enum": ["runs", "alerts", "loop", "drift"]},
        "team": {"type": "string"},
        "events": _KINDS,
        "quiet": _KINDS,
        "branch": {"type": "string"},
        "link": {"type": "boolean"},
        "success": {"type": "boolean"},
        "event": {"type": "string"},
    },
    reads=("pipelines", "monitoring"),
)
MAX_MESSAGES = 20
_MESSAGES = frozenset({"notify"})
_ORDER = ("reacts", "unknown", "sometimes", "hides", "misses", "idle", "never")


def run(
    case: Case,
    events: list[str] | None = None,
    quiet: list[str] | None = None,
    branch: str = "main",
    link: bool = False,
    of: str = "runs",
    team: str = "",
    success: bool = False,
    event: str = "",
    pipelines: list[str] | None = None,
) -> Verdict:
    if of == "alerts":
        from gradeline.checks.support.routed import routed

        return routed(case, team, ())
    if of == "loop":
        from gradeline.checks.support.looped import looped

        return looped(case, case.select(pipelines), event)
    chosen = case.select(pipelines)
    if of == "drift":
        from gradeline.checks.support.drifted import drift_told

        return drift_told(case, chosen, link)
    found = [(facts, one) for facts in chosen for one in reactors(facts, _MESSAGES)][:MAX_MESSAGES]
    if not found:
        return _afterwards(case, chosen) or _absent(chosen)
    unclear: Verdict | None = None
    for facts, one in found:
        noise = _noise(facts, one, tuple(quiet or ())) if not success else None
        if noise is not None and noise.status == "unmet":
            return noise
        unclear = unclear or noise
    proofs: list[Evidence] = []
    half: Verdict | None = None
    for kind in events or ("push",):
        verdict = _told(found, kind, branch, link)
        if verdict.status == "unmet":
            return verdict
        if verdict.status == "cannot_tell":
            unclear = unclear or verdict
        half = half or (verdict if verdict.status == "partial" else None)
        proofs.extend(verdict.evidence)
    return unclear or half or Verdict("met", "A failure is told, and nothing else.", tuple(dict.fromkeys(proofs)))


def _absent(chosen: tuple[PipelineFacts, ...]) -> Verdict:
    """A message may be hidden in a script that only a failed run reaches."""
    verdict = absent(chosen, ("notify",))
    hidden = next((item for facts in chosen for item in facts.dormant if item.opaque), None)
    if verdict.status != "unmet" or hidden is None:
        return verdict
    message = f"`{hidden.text}` may send a message, but cannot be followed: {hidden.opaque}."
    return Verdict("cannot_tell", message, (Evidence(hidden.span, "problem", hidden.opaque),))


def _afterwards(case: Case, chosen: tuple[PipelineFacts, ...]) -> Verdict | None:
    """A message from a pipeline that another one starts: which runs it tells about is decided by their results."""
    platforms = {facts.pipeline.platform for facts in chosen}
    for facts in case.pipelines:
        if facts in chosen or facts.pipeline.platform not in platforms or not facts.scenarios("after"):
            continue
        for one in reactors(facts, _MESSAGES):
            return Verdict(
                "cannot_tell",
                f"`{one.text}` runs after other runs. Which of them it tells about cannot be seen.",
                (Evidence(one.span, "problem", "sent by another pipeline, after the run"), *_condition(one)),
            )
    return None


def _noise(facts: PipelineFacts, one: Reactor, quiet: tuple[str, ...]) -> Verdict | None:
    """What is wrong with the moments at which a message is sent without need."""
    for scenario in facts.pipeline.scenarios:
        runs = [run for run in facts.runs(scenario).results if not run.failed]
        sent = [run for run in runs if one.ran(run)]
        if sent:
            return Verdict(
                "unmet" if len(sent) == len(runs) else "cannot_tell",
                f"On {scenario.title}, `{one.text}` is also sent when nothing failed.",
                (Evidence(one.span, "problem", "sent on success"), *_condition(one)),
            )
    for scenario in facts.scenarios(*quiet) if quiet else ():
        reaction = react(facts, one, scenarios=[scenario], apart=_MESSAGES)
        if reaction.status not in ("never", "idle", "misses"):
            return Verdict(
                "cannot_tell" if reaction.status == "unknown" else "unmet",
                f"On {scenario.title}, `{one.text}` is sent too.",
                (Evidence(one.span, "problem", f"sent on {scenario.title}"), *_condition(one)),
            )
    return None


def _condition(one: Reactor) -> tuple[Evidence, ...]:
    spans = (one.step.condition_span, one.unit.condition_span)
    return tuple(Evidence(span, "context", "its condition") for span in spans if span is not None)


def _told(found: list[tuple[PipelineFacts, Reactor]], kind: str, branch: str, link: bool) -> Verdict:
    """The verdict on one kind of event: the best message of all, which also leads to the run."""
    reactions: list[tuple[Reaction, PipelineFacts, Reactor]] = []
    known: list[Scenario] = []
    for facts, one in found:
        asked = tuple(item for item in facts.scenarios(kind) if kind != "push" or item.branch in (None, branch))
        known.extend(asked)
        if asked:
            reactions.append((_worst(facts, one, asked), facts, one))
    if not known:
        span = found[0][0].pipeline.span
        message = f"No event of the kind {kind!r} starts the pipeline, so nobody is told about it."
        return Verdict("unmet", message, (Evidence(span, "problem", "looked at every event here"),))
    best = min(reactions, key=lambda entry: _ORDER.index(entry[0].status))
    reaction, facts, one = best
    if reaction.status not in ("reacts", "sometimes"):
        status: Status = "cannot_tell" if reaction.status == "unknown" else "unmet"
        sentence = f"{reaction.sentence[:1].upper()}{reaction.sentence[1:]}."
        return Verdict(
            status, f"{known[0].title[:1].upper()}{known[0].title[1:]}: {sentence}", reaction.evidence, reaction.path
        )
    if link:
        answer = links_to_run(facts, one)
        if answer != "yes":
            return Verdict(
                "unmet" if answer == "no" else "cannot_tell",
                f"`{one.text}` does not say where the run can be found."
                if answer == "no"
                else f"Whether `{one.text}` says where the run can be found cannot be seen.",
                (Evidence(one.span, "problem", "no address of the run"),),
            )
    if reaction.status == "sometimes":
        return Verdict(
            "partial", f"{reaction.sentence[:1].upper()}{reaction.sentence[1:]}.", reaction.evidence, reaction.path
        )
    return Verdict("met", "", reaction.evidence)


def _worst(facts: PipelineFacts, one: Reactor, scenarios: tuple[Scenario, ...]) -> Reaction:
    """The reaction on that event of the kind on which it is worst; an event without it counts."""
    alone: list[tuple[Scenario, ...]] = [(scenario,) for scenario in scenarios if scenario.new_code]
    each = alone or [scenarios]
    reactions = [react(facts, one, scenarios=some, apart=_MESSAGES) for some in each]
    return max(reactions, key=lambda reaction: _ORDER.index(reaction.status))
