"""Why a command does not count: the sentences and places shown when nothing does the work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.mentions import idle_use, mentions
from gradeline.facts.plan_apply import service_file
from gradeline.facts.simulate import constant_condition
from gradeline.model.pipeline import Unit
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

NOUNS = {
    "lint": "a linter",
    "test": "the tests",
    "format": "a format check",
    "type-check": "a type checker",
    "build": "a build",
    "build-package": "a package build",
    "build-image": "an image build",
    "package-check": "a check of the built package",
    "coverage": "a coverage measurement",
    "image-scan": "an image scan",
    "dependency-scan": "a dependency scan",
    "secret-scan": "a secret scan",
    "large-file-guard": "a guard against large files",
    "prepare-data": "the preparation of the data",
    "rules-check": "a check of the rules",
    "rules-test": "the tests of the rules",
    "routes-check": "a check of who is told",
    "workflow-lint": "a workflow linter",
    "sast": "a code security scan",
    "iac-lint": "a linter of infrastructure code",
    "iac-format": "a format check of infrastructure code",
    "iac-validate": "a validation of infrastructure code",
    "iac-rules": "a linter that knows the provider",
    "iac-plan": "a plan",
    "drift-check": "a comparison with what is really there",
    "iac-scan": "an infrastructure scan",
    "deploy": "a deployment",
    "assign": "the start of the experiment",
    "publish": "a publishing command",
    "push-image": "an image push",
    "train": "the training",
    "evaluate": "the evaluation",
    "data-validation": "the data check",
    "notify": "a notification",
    "sign": "a signing command",
    "sbom": "a bill of materials (SBOM)",
    "verify": "a check of a signature",
    "health-check": "a check of what was deployed",
    "question": "a question to what was deployed",
    "rollback": "a way back to what ran before",
    "promote": "a move of a model alias",
    "model-gate": "a gate on the model's numbers",
    "fairness-gate": "the fairness gate",
    "register": "a registration of the model",
    "fetch-data": "a fetch of the data",
    "store-data": "a push to a storage",
    "start-machine": "a start of a machine",
    "compare": "a comparison with another version",
    "plot": "a plot",
    "start-services": "a start of the services",
    "logs": "a look at what the services wrote",
}


def first_of(chosen: Iterable[PipelineFacts], names: Iterable[str]) -> tuple[str, ...]:
    """Tool classes, where ``a|b`` is the first of them that some pipeline does, or else ``a``."""
    known = tuple(chosen)
    found = (
        (next((one for one in options if any(facts.doing(one) for facts in known)), options[0]))
        for options in (name.split("|") for name in names)
    )
    return tuple(found)


def noun(classes: Iterable[str]) -> str:
    """The classes in plain words: "a linter", "a build or a deployment"."""
    return " or ".join(NOUNS.get(name, f"a {name} command") for name in classes)


def absent(pipelines: Iterable[PipelineFacts], classes: tuple[str, ...]) -> Verdict:
    """The verdict when no live command of the classes does its work, with the nearest miss shown."""
    facts = tuple(pipelines)
    wanted = noun(classes)
    if not facts:
        return Verdict("unmet", f"There is no pipeline file in which to look for {wanted}.")
    for item in facts:
        for activity in item.doing(*classes, effect="unknown"):
            for reading in activity.readings_of(classes):
                if reading.effect == "unknown":
                    return Verdict(
                        "cannot_tell",
                        f"`{activity.text}` may run {wanted}, but what it does cannot be seen: {reading.reason}.",
                        (Evidence(activity.span, "problem", reading.reason),),
                    )
    elsewhere = by_service(facts, classes)
    if elsewhere is not None:
        return elsewhere
    opaque = next(unseen(facts), None)
    for item in facts:
        miss = _circle(item) or _near_miss(item, classes)
        if miss is not None:
            return miss
    if opaque is not None:
        return opaque
    from gradeline.checks.support.inside_builds import inside_a_build

    built = inside_a_build(facts, classes)
    if built is not None:
        return built
    for item in facts:
        for mention in mentions(item, classes):
            return Verdict(
                "unmet",
                f"Nothing runs {wanted}. {mention.sentence}.",
                (Evidence(mention.span, "problem", mention.sentence),),
            )
    span = Span(facts[0].pipeline.path, facts[0].pipeline.span.line)
    who = {"hooks": "hook", "data": "stage"}.get(facts[0].pipeline.role, "job")
    looked = (Evidence(span, "context", f"looked through every {who} here"),)
    return Verdict("unmet", f"No {who} runs {wanted}.", looked)


def by_service(pipelines: Iterable[PipelineFacts], classes: tuple[str, ...]) -> Verdict | None:
    """The verdict when a service beside the pipelines plans and applies, which has a file in the repository."""
    if not {"deploy", "iac-plan"} & set(classes):
        return None
    for facts in pipelines:
        service = service_file(facts.project.paths)
        if service:
            place = Evidence(Span(service, 1), "problem", "its settings are elsewhere")
            return Verdict("cannot_tell", f"A service runs {noun(classes)}, by settings of its own.", (place,))
    return None


def _circle(facts: PipelineFacts) -> Verdict | None:
    """Stages that wait for each other: a tool that follows files does not start with such a file at all."""
    if facts.pipeline.role != "data" or not facts.project.data.circles:
        return None
    circle = facts.project.data.circles[0]
    places = [stage.span for key in circle for stage in facts.project.data.stages if stage.key == key]
    names = " → ".join(name for _, name in (*circle, circle[0]))
    message = f"Nothing runs: these stages wait for each other ({names})."
    return Verdict("unmet", message, tuple(Evidence(place, "problem", "waits for itself") for place in places))


def unseen(facts: Iterable[PipelineFacts]) -> Iterator[Verdict]:
    """One *cannot tell* for each thing whose content is not in the submission."""
    for item in facts:
        for activity in item.activities:
            yield from _unseen_activity(activity)
        for unit in item.pipeline.units:
            yield from _unseen_unit(unit)


def unseen_in(facts: PipelineFacts, unit: Unit) -> Iterator[Verdict]:
    """The same for what one job does."""
    for activity in facts.activities:
        if activity.unit.id == unit.id:
            yield from _unseen_activity(activity)
    yield from _unseen_unit(unit)


def _unseen_activity(activity: Activity) -> Iterator[Verdict]:
    if activity.opaque:
        yield Verdict(
            "cannot_tell",
            f"`{activity.text}` cannot be followed: {activity.opaque}.",
            (Evidence(activity.span, "problem", activity.opaque),),
        )


def _unseen_unit(unit: Unit) -> Iterator[Verdict]:
    if unit.opaque is not None:
        yield Verdict(
            "cannot_tell",
            f"The job {unit.title!r} cannot be followed: {unit.opaque.reason}.",
            (Evidence(unit.opaque.span, "problem", unit.opaque.reason),),
        )


def _near_miss(facts: PipelineFacts, classes: tuple[str, ...]) -> Verdict | None:
    for activity in facts.activities:
        for reading in activity.readings_of(classes):
            if reading.effect == "pretends":
                return Verdict(
                    "unmet",
                    f"`{activity.text}` does not do the work: {reading.reason}.",
                    (Evidence(activity.span, "problem", reading.reason),),
                )
    for activity in facts.activities:
        if activity.invocation is not None and idle_use(activity.invocation.words, classes):
            return Verdict(
                "unmet",
                f"`{activity.text}` does not do the work: it only tells about the program.",
                (Evidence(activity.span, "problem", "only tells about the program"),),
            )
    for activity in facts.dormant:
        if activity.readings_of(classes):
            return Verdict(
                "unmet",
                f"`{activity.text}` never runs: {why_dormant(facts, activity)}.",
                dormant_evidence(facts, activity),
            )
    return None


def why_dormant(facts: PipelineFacts, activity: Activity) -> str:
    """The reason that an existing command is never reached."""
    if constant_condition(activity.step.condition, facts.simulator, activity.unit) is False:
        return "the condition of its step is never true"
    if constant_condition(activity.unit.condition, facts.simulator, activity.unit) is False:
        return "the condition of its job is never true"
    if not facts.pipeline.scenarios:
        return "no event starts this pipeline"
    return "no event that starts this pipeline reaches it"


def dormant_evidence(facts: PipelineFacts, activity: Activity) -> tuple[Evidence, ...]:
    found = [Evidence(activity.span, "problem", "never reached")]
    for condition, span in (
        (activity.step.condition, activity.step.condition_span),
        (activity.unit.condition, activity.unit.condition_span),
    ):
        if span is not None and constant_condition(condition, facts.simulator, activity.unit) is False:
            found.append(Evidence(span, "context", "this is never true"))
    return tuple(found)
