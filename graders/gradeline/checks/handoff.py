"""What one job makes reaches the job that uses it, by name and in order.

What it looks for
    A job publishes files as an artifact, and a later job that waits for it fetches them by the same
    name or pattern.  In a matrix every leg uses a name of its own.  With ``aspect: retention``, every
    artifact says how long it is kept, in days or in runs.  With ``between``, the job that does the first
    kind of work hands its files to each job that does another of them; where they share one folder of one
    machine, nothing has to be handed over.  With ``aspect: by-reference``, tasks of an orchestration give each other
    small values and places where something lies; a storage of the platform for their results is as good.
    With ``artifacts``, what is handed on ``between`` jobs has to be a file that is declared on both sides.

What does not count
    An artifact nobody fetches, a fetch in a job that does not wait for the producer, the same name in
    every leg, and versions of the artifact tools that no longer work.  ``by-reference``: a table, an array or a model
    that a task returns or pushes, also as one long text.  ``artifacts``: a folder that jobs share, and a value such as
    the path of a file.

How to repair
    Use one name on both sides, put the matrix value into it, and let the consumer wait for the producer.  Let a task
    write what is large to a place that its run has for itself, and return the place.

Parameters
    ``aspect``: ``handoff`` (default), ``retention`` or ``by-reference``.  ``min`` and ``max``: allowed days.
    ``between``: a list of classes: the one that makes the files, then those that use them.  ``artifacts``: true when
    values and shared folders do not do.
"""

from __future__ import annotations

from gradeline.checks.contract import Check
from gradeline.facts.artifact_names import fits, spelled
from gradeline.facts.artifact_names import names as published_names
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.reached_effects import Performed, moments, performed, possible
from gradeline.facts.shell_state import HIDDEN, shown
from gradeline.model.effects import ArtifactGet, ArtifactPut
from gradeline.model.pipeline import Scenario
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

CHECK = Check(
    code="A1",
    family="artifacts",
    params={
        "aspect": {"enum": ["handoff", "retention", "by-reference"]},
        "min": {"type": "integer", "minimum": 1},
        "max": {"type": "integer", "minimum": 1},
        "between": {"type": "array", "items": {"type": "string"}, "minItems": 2},
        "artifacts": {"type": "boolean"},
    },
)


def run(
    case: Case,
    aspect: str = "handoff",
    min: int = 1,
    max: int = 90,
    between: list[str] | None = None,
    artifacts: bool = False,
    pipelines: list[str] | None = None,
) -> Verdict:
    chosen = case.select(pipelines)
    if aspect == "retention":
        return _retention(chosen, min, max)
    if aspect == "by-reference":
        from gradeline.checks.support.passed import by_reference

        return by_reference(chosen)
    if between:
        from gradeline.checks.support.handed import handed

        return handed(chosen, between[0], tuple(between[1:]), artifacts)
    problem: Verdict | None = None
    for facts in chosen:
        verdict = _handed_over(facts)
        if verdict is not None and verdict.status == "met":
            return verdict
        problem = problem or verdict
    return problem or Verdict("unmet", "No job publishes files for a later job.")


Put = Performed[ArtifactPut]
Get = Performed[ArtifactGet]


def _handed_over(facts: PipelineFacts) -> Verdict | None:
    puts, gets = list(performed(facts, ArtifactPut)), list(performed(facts, ArtifactGet))
    effects: list[ArtifactPut | ArtifactGet] = [put.effect for put in puts]
    effects.extend(get.effect for get in gets)
    for effect in effects:
        if effect.removed:
            return Verdict(
                "unmet",
                f"This version no longer works: {effect.removed}.",
                (Evidence(effect.span, "problem", effect.removed),),
            )
    produced: list[tuple[Put, dict[str, dict[str, int]]]] = []
    for put in puts:
        names = published_names(facts, put)
        twice = next((name for legs in names.values() for name, count in legs.items() if count > 1), None)
        if twice is not None and not put.effect.overwrite:
            return Verdict(
                "unmet",
                f"Several legs of {put.unit.title!r} publish under the same name {shown(twice)!r}. "
                "The second one fails.",
                (Evidence(put.effect.name.span, "problem", "the same in several legs"),),
            )
        produced.append((put, names))
    if not produced:
        return _elsewhere(facts) or _idle(facts, ArtifactPut, "publishes files for a later job")
    if not gets:
        hidden = _elsewhere(facts)
        if hidden is not None:
            return hidden
        return _idle(
            facts,
            ArtifactGet,
            "fetches the files that are published",
            Evidence(produced[0][0].effect.span, "problem", "nobody fetches this"),
        )
    return _matched(facts, produced, gets)


def _idle(
    facts: PipelineFacts, kind: type[ArtifactPut] | type[ArtifactGet], what: str, problem: Evidence | None = None
) -> Verdict:
    """The verdict when no run has the effect: it stands where no run gets to, or nowhere."""
    for unit in facts.pipeline.units:
        for step in unit.walk():
            for effect in step.effects:
                if isinstance(effect, kind):
                    text = f"The step that {what} never runs in a run without a failure."
                    return Verdict("unmet", text, (Evidence(effect.span, "problem", "not reached"),))
    place = problem or Evidence(facts.pipeline.span, "context", "looked through every job here")
    return Verdict("unmet", f"No job {what}.", (place,))


def _elsewhere(facts: PipelineFacts) -> Verdict | None:
    """A job whose content is not in the submission may be the other end."""
    for item in facts.activities:
        if item.step.opaque is not None:
            return Verdict(
                "cannot_tell",
                f"Whether `{item.text}` publishes or fetches the files cannot be seen: {item.step.opaque.reason}.",
                (Evidence(item.span, "problem", item.step.opaque.reason),),
            )
    for unit in facts.pipeline.units:
        if unit.opaque is not None:
            return Verdict(
                "cannot_tell",
                f"Whether {unit.title!r} publishes or fetches the files cannot be seen: {unit.opaque.reason}.",
                (Evidence(unit.opaque.span, "problem", unit.opaque.reason),),
            )
    return None


def _matched(facts: PipelineFacts, produced: list[tuple[Put, dict[str, dict[str, int]]]], gets: list[Get]) -> Verdict:
    near: Verdict | None = None
    computed: Span | None = None
    for get in gets:
        missing: Scenario | None = None
        proof: Verdict | None = None
        for scenario, leg in get.at:
            moment = facts.moment(get.unit, scenario, leg)
            wanted = spelled(facts, get.effect.name, get.unit, scenario, leg) if get.effect.name else None
            pattern = moment.hidden_text(get.effect.pattern) if get.effect.pattern else None
            if wanted == HIDDEN and get.effect.name is not None:
                computed = get.effect.name.span
            found = False
            for put, names in produced:
                name = next((name for name in names.get(scenario.id, ()) if fits(name, wanted, pattern)), None)
                if put.unit.id == get.unit.id or name is None:
                    continue
                if put.unit.id not in facts.simulator.ancestors[get.unit.id]:
                    near = near or Verdict(
                        "unmet",
                        f"{get.unit.title!r} fetches {shown(name)!r} but does not wait for {put.unit.title!r}.",
                        (
                            Evidence(get.effect.span, "problem", "may run before the files exist"),
                            Evidence(put.effect.span, "context", "published here"),
                        ),
                    )
                    continue
                found = True
                proof = proof or Verdict(
                    "met",
                    f"{put.unit.title!r} hands its files to {get.unit.title!r}.",
                    (
                        Evidence(put.effect.span, "proof", f"publishes {shown(name)!r}"),
                        Evidence(get.effect.span, "proof", "fetches it"),
                    ),
                )
                break
            if not found and missing is None:
                missing = scenario
        if proof is not None and missing is None:
            return proof
        if proof is not None and missing is not None:
            near = Verdict(
                "unmet",
                f"On {missing.title}, {get.unit.title!r} fetches files that nothing has published.",
                (
                    Evidence(get.effect.span, "problem", "nothing was published in this run"),
                    Evidence(proof.evidence[0].span, "context", "published on other events only"),
                ),
            )
    hidden = _elsewhere(facts)
    if near is not None or hidden is not None:
        return near or hidden or Verdict("unmet", "")
    get = gets[0]
    if computed is not None:
        return Verdict(
            "cannot_tell",
            f"The name that {get.unit.title!r} fetches is computed at run time.",
            (Evidence(computed, "problem", "computed at run time"),),
        )
    asked = get.effect.name or get.effect.pattern
    published = ", ".join(repr(shown(next(iter(legs)))) for _, names in produced for legs in list(names.values())[:1])
    return Verdict(
        "unmet",
        f"{get.unit.title!r} fetches a name that no earlier job publishes. Published: {published}.",
        (Evidence(asked.span if asked is not None else get.effect.span, "problem", "nothing has this name"),),
    )


def _retention(chosen: tuple[PipelineFacts, ...], least: int, most: int) -> Verdict:
    proofs: list[Evidence] = []
    for facts in chosen:
        for put in possible(facts, ArtifactPut):
            days = put.effect.retention_days
            runs = put.effect.retention_runs
            if days is None and runs is not None:
                proofs.append(Evidence(runs.span, "proof", f"kept for {runs.raw} runs"))
                continue
            if days is None:
                return Verdict(
                    "unmet",
                    "An artifact does not say how long it is kept.",
                    (Evidence(put.effect.span, "problem", "kept for the default time"),),
                )
            for text in dict.fromkeys(moment.text(days) for moment in moments(facts, put)):
                if text is None:
                    return Verdict(
                        "cannot_tell",
                        "How long an artifact is kept is computed at run time.",
                        (Evidence(days.span, "problem", "computed at run time"),),
                    )
                if not text.strip().isdecimal() or not least <= int(text) <= most:
                    return Verdict(
                        "unmet",
                        f"An artifact is kept {text} days; {least} to {most} are asked for.",
                        (Evidence(days.span, "problem", f"{text} days"),),
                    )
                proofs.append(Evidence(days.span, "proof", f"kept {text} days"))
    if not proofs:
        looked = tuple(Evidence(facts.pipeline.span, "context", "looked through every job here") for facts in chosen)
        return Verdict("unmet", "No job publishes an artifact.", looked)
    return Verdict("met", "Every artifact says how long it is kept.", tuple(proofs))
