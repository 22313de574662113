"""Work that follows other work without an event of its own: in the same pipeline, or in one that is called by it."""

from __future__ import annotations

from collections.abc import Sequence

from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.deployments import comes_after, deployments
from gradeline.facts.routed import only_routes
from gradeline.model.pipeline import Scenario
from gradeline.result import Evidence, Verdict

# Events that other programs send when they like.
_SENT = frozenset({"repository_dispatch", "trigger", "api"})


def follower(case: Case, chosen: Sequence[PipelineFacts], classes: tuple[str, ...], before: str) -> Verdict:
    """Whether commands of ``classes`` run only after work of the class ``before`` went well.

    ``chosen`` are the pipelines that have to be started.  Others count when they contain one of them, as a pipeline
    that calls it does.
    """
    verdicts = [
        verdict
        for facts in dict.fromkeys((*chosen, *(one for one in case.pipelines if _calls(one, chosen))))
        if (verdict := _followed(facts, classes, before)) is not None
    ]
    for status in ("met", "unmet"):
        for verdict in verdicts:
            if verdict.status == status:
                return verdict
    return next(iter(verdicts), None) or _unseen(chosen) or Verdict("unmet", "")


def _calls(facts: PipelineFacts, chosen: Sequence[PipelineFacts]) -> bool:
    paths = {one.pipeline.path for one in chosen} - {facts.pipeline.path}
    return any(unit.span.path in paths for unit in facts.pipeline.units)


def _followed(facts: PipelineFacts, classes: tuple[str, ...], before: str) -> Verdict | None:
    """The answer of one pipeline; None when it does not do both in one run."""
    first = _brought(facts) if before == "deploy" else facts.doing(before)
    works = tuple(item for item in facts.doing(*classes) if comes_after(facts, item, first)) if first else ()
    failing = frozenset(key for item in first for key in item.keys)
    both = [one for one in facts.pipeline.scenarios if _reached(first, one) and _reached(works, one)]
    for scenario in both:
        worlds = facts.runs(scenario, failing)
        for run in worlds.results:
            for item in works:
                if any(key in run.reached for key in item.keys):
                    message = f"When `{first[0].text}` fails, `{item.text}` still runs."
                    return Verdict("unmet", message, (
                        Evidence(item.span, "problem", "runs after a failure, too"),
                        Evidence(first[0].span, "context", "this failed")))  # fmt: skip
        if not worlds.complete:
            message = "There are too many possibilities to follow them all."
            return Verdict("cannot_tell", message, (Evidence(works[0].span, "problem", "was not followed to its end"),))
    if not both:
        return None
    return Verdict("met", "It follows the work before it.", tuple(dict.fromkeys(
        (*_proof(first, "comes first"), *_proof(works, "runs only when that went well")))))  # fmt: skip


def _brought(facts: PipelineFacts) -> tuple[Activity, ...]:
    """Deployments that bring a version: rules of a router alone bring none."""
    return tuple(
        item
        for item in deployments(facts)
        if item.invocation is None or not only_routes(facts.project, item.invocation)
    )


def _reached(items: tuple[Activity, ...], scenario: Scenario) -> bool:
    return any(scenario.id in item.scenarios for item in items)


def _proof(items: tuple[Activity, ...], text: str) -> tuple[Evidence, ...]:
    return tuple(Evidence(item.span, "proof", text) for item in items[:2])


def _unseen(chosen: Sequence[PipelineFacts]) -> Verdict | None:
    """A pipeline that others start: who does, and when, is not in the files."""
    for facts in chosen:
        for scenario in facts.pipeline.scenarios:
            if scenario.kind == "called":
                message = "It is called by another pipeline. Nothing here calls it, so nobody can see after what."
                return Verdict("cannot_tell", message, (Evidence(scenario.trigger.span, "problem", "called by whom?"),))
            if scenario.kind == "other" and scenario.trigger.event in _SENT:
                message = "Another program starts it. Whether it does so only after a success is not in the files."
                return Verdict("cannot_tell", message, (Evidence(scenario.trigger.span, "problem", "sent by whom?"),))
            if scenario.kind == "after" and not scenario.ended:
                message = f"Whether {scenario.title} is a good end cannot be told."
                return Verdict("cannot_tell", message, (Evidence(scenario.trigger.span, "problem", "ends how?"),))
    return None
