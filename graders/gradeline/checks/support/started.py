"""Whether services are asked for their health before those who need them begin: in files, pipelines and tests."""

from __future__ import annotations

from collections.abc import Iterable

from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.started_services import after, starts, waits
from gradeline.facts.tests_containers import containers
from gradeline.model.pipeline import Unit
from gradeline.result import Evidence, Verdict


def awaited(case: Case) -> Verdict | None:
    """A problem with how pipelines start the services of compose files; None when there is none."""
    found = list(starts(case))
    inside = [one for one in containers(case.tests.suite) if one.compose]
    for start in found:
        if start.hasty and start.span is not None:
            message = f"`{start.item.text}` starts the services, and {start.hasty}."
            return Verdict("unmet", message, (Evidence(start.span, "problem", start.hasty),))
    for one in inside:
        if not one.waits:
            message = "The tests start the services and do not wait until they are well."
            return Verdict("unmet", message, (Evidence(one.span, "problem", "waits for nothing"),))
    if found or inside:
        return None
    hidden = next((item for facts in case.pipelines for item in facts.activities if item.opaque), None)
    if hidden is not None:
        message = f"Whether `{hidden.text}` starts the services cannot be seen: {hidden.opaque}."
        return Verdict("cannot_tell", message, (Evidence(hidden.span, "problem", hidden.opaque),))
    places = tuple(
        Evidence(one.pipeline.span, "context", "starts no services") for one in case.pipelines
        if one.pipeline.role == "ci"
    )  # fmt: skip
    return Verdict("unmet", "Nothing starts the services that are described.", places)


def beside(case: Case, chosen: Iterable[PipelineFacts]) -> Verdict | None:
    """The verdict on services that a platform starts beside a job; None when no job has any."""
    first: Verdict | None = None
    for facts in chosen:
        for unit in facts.pipeline.units:
            if unit.companions:
                verdict = _unit(facts, unit)
                if verdict.status == "met":
                    return verdict
                first = first or verdict
    return first


def _unit(facts: PipelineFacts, unit: Unit) -> Verdict:
    mine = [item for item in facts.activities if item.unit.id == unit.id]
    built = [item for item in mine if item.readings_of(("build-image",))]
    waiting = [item for item in mine if waits(facts, item)]
    needing = [item for item in mine if item.readings_of(("test", "load-test"))]
    if not built:
        message = f"The job {unit.title!r} does not build the service from this repository."
        return Verdict("unmet", message, (Evidence(unit.span, "problem", "builds no image"),))
    early = [item for item in needing if not any(item in after(facts, one) for one in waiting)]
    if early or not needing:
        place = Evidence((early[0] if early else built[0]).span, "problem", "nothing waits until the service is well")
        return Verdict("unmet", f"The job {unit.title!r} does not wait until the service is well.", (place,))
    proofs = tuple(Evidence(one.span, "proof", f"the job begins when {one.name} is well") for one in unit.companions)
    return Verdict("met", "The job waits until the services are well.", (*proofs, *waiting[0].proof()))


def hasty(case: Case, chosen: Iterable[PipelineFacts]) -> Verdict | None:
    """The first service beside a job, or in a container of the tests, for which nobody waits."""
    for facts in chosen:
        for unit in facts.pipeline.units:
            for one in unit.companions:
                if not one.health:
                    message = f"The job {unit.title!r} begins before `{one.name}` is well."
                    return Verdict("unmet", message, (Evidence(one.span, "problem", "has no health check"),))
    for container in containers(case.tests.suite):
        if not container.waits:
            message = f"The tests start `{container.name}` and do not wait until it is well."
            return Verdict("unmet", message, (Evidence(container.span, "problem", "waits for nothing"),))
    return None


def in_tests(case: Case) -> Verdict | None:
    """The verdict on containers that tests start one by one; None when there are none."""
    found = [one for one in containers(case.tests.suite) if not one.compose]
    if not found:
        return None
    tags = {tag for facts in case.pipelines for item in facts.doing("build-image")
            for reading in item.readings for tag in reading.options.get("--tag", ()) if tag}  # fmt: skip
    named = [_spoken(one.use.name, one.use.version) if one.use is not None else "" for one in found]
    own = [one for one, name in zip(found, named, strict=True) if one.local or name in tags]
    if not own:
        place = tuple(Evidence(one.span, "problem", "an image from elsewhere") for one in found)
        return Verdict("unmet", "No container of the tests is built from this repository.", place)
    if len(own) == len(found):
        place = tuple(Evidence(one.span, "problem", "starts alone") for one in own)
        return Verdict("unmet", "The tests start the service without what it needs.", place)
    proofs = tuple(Evidence(one.span, "proof", f"waits until {one.name} is well") for one in found)
    return Verdict("met", "The tests wait until the containers are well.", proofs)


def taken_down_by_tests(case: Case) -> Verdict:
    """Whether the tests end what they start, whatever happens, and nobody else starts services."""
    found = containers(case.tests.suite)
    if not found:
        return Verdict("unmet", "The tests start no services by themselves.")
    for start in starts(case):
        message = f"`{start.item.text}` starts services beside the tests."
        return Verdict("unmet", message, (Evidence(start.item.span, "problem", "who takes these down?"),))
    for one in found:
        if not one.managed:
            message = f"The tests start `{one.name}` and never end it."
            return Verdict("unmet", message, (Evidence(one.span, "problem", "stays behind"),))
    proofs = tuple(Evidence(one.span, "proof", "ends with the tests") for one in found)
    return Verdict("met", "The tests end the containers that they started.", proofs)


def built_by_tests(case: Case) -> Verdict:
    """Whether the tests build the service that they ask."""
    for one in containers(case.tests.suite):
        if one.local:
            return Verdict("met", "The tests build what they ask.", (Evidence(one.span, "proof", "builds the image"),))
    return Verdict("unmet", "The tests do not build the service that they ask.")


def _spoken(name: str, version: str) -> str:
    return f"{name}:{version}" if version else name
