"""Pipelines, jobs, longer steps and infrastructure have names that say what they are.

What it looks for
    The pipeline has a name.  Each job has a name, or an id that says what the job does (``test`` is
    enough).  Each script step with more than one command, or with more than 60 characters, has a name.
    With ``described``: each stage of a data pipeline is named for what it does, and says in a few words what for.
    Subject ``infrastructure``: variables have a type and a description, outputs a description, each of its own; names
    are in small letters with ``_``, and a resource's name does not repeat its type; in templates neither is asked, as
    their names are in other letters and stand alone.  With ``tags`` only this:
    everything that can be tagged gets these tags, from its provider or by itself, with values that say something.
    With ``stages`` only this: each kind of work is done in the stage that is named for it.

What does not count
    Names that fit anything, such as "job1", "step" or "Run", and names that only count: "build2".  A description that
    repeats the name, or that of another variable.

How to repair
    Say in a few words what the job or step does, so that a red cross can be read without its log.

Parameters
    ``stages``: names of stages, each with the classes of its work: ``{train: [train]}``.  Where a platform has no
    stages, the names are those of jobs.  ``described``: true asks for the stages of data pipelines.
    ``subject``: ``pipelines`` (default), ``infrastructure``, or ``plays``: plays and tasks have names that begin
    with a capital letter, and modules their whole names.  ``limited``: variables whose values a rule must limit,
    ``env|environment`` is either of two.  ``tags``: keys of tags; usual other spellings count.  Of infrastructure,
    ``described`` asks that the whole says what it is for, ``exported`` for an output that other stacks can find.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import absent
from gradeline.checks.support.names import says_nothing, words
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.script_shape import step_commands
from gradeline.facts.stage_parameters import listed_stages
from gradeline.model.pipeline import Pipeline, Step, Unit
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

CHECK = Check(
    code="Q2",
    family="structure",
    params={
        "stages": {"type": "object", "minProperties": 1},
        "described": {"type": "boolean"},
        "subject": {"enum": ["pipelines", "infrastructure", "plays"]},
        "limited": WORDS,
        "tags": WORDS,
        "exported": {"type": "boolean"},
    },
    reads=("pipelines", "infrastructure", "playbooks"),
)
MIN_WORDS = 3  # of a description
# What a stage has or makes; alone they do not say what it does.
_THINGS = frozenset({"data", "model", "models", "metrics", "features", "params", "reports", "output", "code"})
MAX_UNNAMED = 60  # characters of a script that explains itself


def run(
    case: Case,
    stages: Mapping[str, str | list[str]] | None = None,
    described: bool = False,
    subject: str = "pipelines",
    limited: str | list[str] | None = None,
    tags: str | list[str] | None = None,
    exported: bool = False,
    pipelines: list[str] | None = None,
) -> Verdict:
    if subject == "infrastructure":
        from gradeline.checks.support import infrastructure_names
        from gradeline.checks.support.stacks import chosen_stacks, softened

        stacks = chosen_stacks(case, pipelines)
        if tags is not None:
            stacks = infrastructure_names.tagged(case, stacks)
            return softened(stacks, infrastructure_names.tags(stacks, listed(tags)))
        answer = infrastructure_names.declarations(stacks, listed(limited), described, exported)
        return softened(stacks, answer)
    if subject == "plays":
        from gradeline.checks.support.plays import asked
        from gradeline.facts.playbook_names import badly_named

        return asked(case, pipelines, badly_named, "Plays, tasks and modules have names that say what they are.")
    chosen = case.select(pipelines)
    if not chosen:
        return Verdict("unmet", "There is no pipeline file whose names could be read.")
    if described:
        return _described(chosen)
    if stages is not None:
        return _in_stages(chosen, stages)
    proofs: list[Evidence] = []
    seen: set[Span] = set()
    for facts in chosen:
        problem = _pipeline(facts.pipeline)
        if problem is not None:
            return problem
        proofs.append(Evidence(_top(facts.pipeline), "proof", f"named {facts.pipeline.title!r}"))
        for unit in _jobs(facts, seen):
            problem = _unit(unit) or _steps(unit, seen)
            if problem is not None:
                return problem
            proofs.append(Evidence(_head(unit.span), "proof", f"named {unit.title!r}"))
    return Verdict("met", "The pipeline, its jobs and its longer steps say what they do.", tuple(proofs))


def _described(chosen: tuple[PipelineFacts, ...]) -> Verdict:
    proofs: list[Evidence] = []
    for facts in chosen:
        for stage in listed_stages(facts):
            name, about = stage.group, stage.description
            if says_nothing(name) or name.casefold() in _THINGS:
                message = f"The stage's name {name!r} does not say what happens."
                return Verdict("unmet", message, (Evidence(stage.span, "problem", f"only {name!r}"),))
            if about is None or len(words(about.raw)) < MIN_WORDS:
                message = f"The stage {name!r} does not say what it is for."
                place = about.span if about is not None else stage.span
                return Verdict("unmet", message, (Evidence(place, "problem", "no description"),))
            proofs.append(Evidence(stage.span, "proof", f"{name}: {about.raw[:60]}"))
    if not proofs:
        return Verdict("unmet", "There is no stage whose name could be read.")
    return Verdict("met", "Each stage says what it does, and what for.", tuple(proofs))


def _in_stages(chosen: tuple[PipelineFacts, ...], stages: Mapping[str, str | list[str]]) -> Verdict:
    proofs: list[Evidence] = []
    for name, work in stages.items():
        found = [item for facts in chosen for item in facts.doing(*listed(work), effect=None)]
        if not found:
            return absent(chosen, listed(work))
        for item in found:
            stands = item.unit.stage or (item.unit.title if item.unit.named else item.unit.id)
            if stands.casefold() != name.casefold():
                return Verdict(
                    "unmet",
                    f"`{item.text}` is in the stage {stands!r}, not in {name!r}.",
                    (Evidence(item.span, "problem", f"in the stage {stands!r}"),),
                )
            proofs.extend(item.proof(f"in the stage {stands!r}"))
    return Verdict("met", "Each kind of work is in the stage that is named for it.", tuple(dict.fromkeys(proofs)))


def _top(pipeline: Pipeline) -> Span:
    return Span(pipeline.path, pipeline.span.line, pipeline.span.column)


def _head(span: Span) -> Span:
    """The place where something starts, so that a whole job is not shown for its name."""
    return Span(span.path, span.line, span.column)


def _jobs(facts: PipelineFacts, seen: set[Span]) -> Iterator[Unit]:
    """Every job that somebody wrote, once: a called pipeline is read at each of its calls."""
    for unit in facts.pipeline.units:
        if unit.kind != "entry" and unit.span not in seen:
            seen.add(unit.span)
            yield unit


def _pipeline(pipeline: Pipeline) -> Verdict | None:
    if not pipeline.named:
        return Verdict(
            "unmet", "The pipeline has no name.", (Evidence(_top(pipeline), "problem", "there is no name here"),)
        )
    if says_nothing(pipeline.title):
        return Verdict(
            "unmet",
            f"The pipeline's name {pipeline.title!r} does not say what it is for.",
            (Evidence(_top(pipeline), "problem", f"named {pipeline.title!r}"),),
        )
    return None


def _unit(unit: Unit) -> Verdict | None:
    # A job of a called pipeline has the caller's name and id in front of its own.
    name = (unit.title if unit.named else unit.id).rpartition(" / ")[2]
    if not says_nothing(name):
        return None
    what = "name" if unit.named else "id"
    return Verdict(
        "unmet",
        f"The job's {what} {name!r} does not say what the job does.",
        (Evidence(_head(unit.span), "problem", f"only {name!r}"),),
    )


def _steps(unit: Unit, seen: set[Span]) -> Verdict | None:
    for step in unit.walk():
        if step.span in seen:
            continue
        seen.add(step.span)
        if step.named:
            if says_nothing(step.title):
                return Verdict(
                    "unmet",
                    f"The step's name {step.title!r} does not say what the step does.",
                    (Evidence(_head(step.span), "problem", f"only {step.title!r}"),),
                )
        elif step.script is not None:
            problem = _unnamed(step)
            if problem is not None:
                return problem
    return None


def _unnamed(step: Step) -> Verdict | None:
    assert step.script is not None
    count = len(step_commands(step))
    length = len(step.script.raw.strip())
    if count <= 1 and length <= MAX_UNNAMED:
        return None
    size = f"{count} commands" if count > 1 else f"{length} characters"
    return Verdict(
        "unmet",
        f"A step with {size} has no name.",
        (Evidence(_head(step.span), "problem", "this step has no name"),),
    )
