"""Who made an artifact and out of what: signatures, attestations, bills of materials, and who looks at them.

A signature binds content, so it has to name content: a digest, or the file itself.  Sigstore documentation,
"Signing Containers" (Sign container images by digest); GitHub Docs, "Using artifact attestations"
(subject-name, subject-digest, subject-path; permissions); SLSA v1.2, "Distributing provenance".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.image_refs import Images, Ref
from gradeline.facts.origins import Around
from gradeline.facts.readings import Reading
from gradeline.facts.shell_state import HIDDEN
from gradeline.facts.traces import plain
from gradeline.model.pipeline import Scenario, Unit
from gradeline.records import record
from gradeline.result import Evidence, Verdict

# Variables in which a job holds a short-lived identity token for Sigstore (cosign and sigstore-python, ambient
# credentials; GitLab Docs, "Use Sigstore for keyless signing and verification").
IDENTITY_VARIABLES = frozenset({"SIGSTORE_ID_TOKEN", "COSIGN_IDENTITY_TOKEN"})
# Rights whose default never includes them (GitHub Docs, "Workflow syntax", permissions, id-token).
_NEVER_BY_DEFAULT = frozenset({"id-token"})
_FILE_FORMS = frozenset({"sign-blob", "attest-blob", "verify-blob", "verify-blob-attestation", "verify-artifact"})
_BY_HAND = frozenset({"review"})  # what only a proposed change publishes is no release


@record
class Subject:
    """What a signature is about.  ``by`` says how firmly: its ``digest``, the ``file`` itself, a ``tag`` that can
    be moved, a digest that is ``written`` into the pipeline, nothing at all, or ``unknown``."""

    by: Literal["digest", "file", "tag", "written", "nothing", "unknown"]
    name: str
    shown: str


class Provenance:
    """The signatures of one pipeline in one scenario."""

    def __init__(self, facts: PipelineFacts, scenario: Scenario) -> None:
        self.facts = facts
        self.scenario = scenario
        self.images = Images(facts, scenario)

    def subjects(self, item: Activity, classes: tuple[str, ...]) -> tuple[Subject, ...]:
        """What a command or action signs or verifies."""
        if item.invocation is None:
            return tuple(self._of_action(item))
        if _FILE_FORMS & set(item.invocation.words[:4]):
            return tuple(Subject("file", "", target) for target in _targets(item, classes))
        return tuple(self._of_target(item, target) for target in _targets(item, classes)) or (
            Subject("nothing", "", item.text),
        )

    def _of_target(self, item: Activity, target: str) -> Subject:
        if HIDDEN in target and "@" not in target:
            target = self._known(item, target)
        name, at, digest = target.partition("@")
        shown = target.replace(HIDDEN, "…")
        ref = self.images._word(item, target)
        if at:
            return Subject("digest" if HIDDEN in digest else "written", ref.name, shown)
        if HIDDEN not in target and "/" not in name and ":" not in name:
            return Subject("file", "", shown)
        if target.startswith(("oci://", "file:", "./", "/")) and not target.startswith("oci://"):
            return Subject("file", "", shown)
        return Subject(_strength(ref), ref.name, shown)

    def _known(self, item: Activity, target: str) -> str:
        """The same target with the parts that are known of a value that another step or job hands over."""
        words = item.invocation.words if item.invocation is not None else ()
        position = next((number for number, word in enumerate(words) if target in word), None)
        for one in self.facts.traced.activities(self.scenario, (item,)) if position is not None else ():
            word = plain(one.invocation.words[position]) if one.invocation is not None and position is not None else ""
            if "@" in word:
                return word.removeprefix("--image=")
        return target

    def _of_action(self, item: Activity) -> Iterator[Subject]:
        given = {name.lower(): text for name, text in item.step.inputs.items()}
        moment = self.facts.moment(item.unit, self.scenario)
        if "subject-path" in given or "subject-checksums" in given or "inputs" in given:
            yield Subject("file", "", item.text)
            return
        name = moment.hidden_text(given["subject-name"]) if "subject-name" in given else ""
        digest = given.get("subject-digest")
        if digest is not None and digest.raw.strip():
            origins = self.images.resolver.text(digest, Around(item.unit, item.step))
            by: Literal["digest", "written"] = "digest" if origins or digest.holes else "written"
            yield Subject(by, name, f"{name}@{digest.raw}".replace(HIDDEN, "…"))
            return
        reference = given.get("target_artifact_reference") or given.get("image")
        if reference is not None:
            text = moment.hidden_text(reference)
            at = reference.raw.partition("@")[1]
            yield Subject("digest" if at else "tag", text.partition("@")[0].rpartition(":")[0], reference.raw)
            return
        yield Subject("nothing", name, name.replace(HIDDEN, "…") or item.text)

    def published(self) -> tuple[tuple[Activity, Ref], ...]:
        """The images this scenario sends to a registry."""
        return tuple(
            (item, ref)
            for item in self.facts.doing("push-image")
            if self.scenario.id in item.scenarios
            for ref in self.images.published(item)
        )


def _strength(ref: Ref) -> Literal["digest", "tag", "unknown"]:
    if ref.digest:
        return "digest"
    if ref.tag is not None and HIDDEN not in ref.name:
        return "tag"
    return "unknown" if not ref.origins or "unknown" in ref.origins else "tag"


def _targets(item: Activity, classes: tuple[str, ...]) -> tuple[str, ...]:
    found = [
        target
        for reading in item.readings_of(classes)
        if reading.effect == "works"
        for target in reading.targets
        if target is not None
    ]
    if found or item.invocation is None:
        return tuple(dict.fromkeys(found))
    return tuple(word for word in item.invocation.words[2:] if HIDDEN in word and not word.startswith("-"))


# -- verdicts --------------------------------------------------------------------------------------------------


def signed(pipelines: Iterable[PipelineFacts]) -> Iterator[Verdict]:
    """What is wrong, or right, with each signature, and whether something is published without one."""
    for facts in pipelines:
        items = facts.doing("sign")
        for item in items:
            yield _signature(facts, item)
        for scenario in facts.pipeline.scenarios if items else ():
            if scenario.kind in _BY_HAND or scenario.untrusted:
                continue
            if any(scenario.id in item.scenarios for item in items):
                continue
            for pushed in facts.doing("push-image"):
                if scenario.id in pushed.scenarios:
                    yield Verdict(
                        "unmet",
                        f"On {scenario.title}, `{pushed.text}` publishes an image that nobody signs.",
                        (Evidence(pushed.span, "problem", "published without a signature"),),
                    )


def _signature(facts: PipelineFacts, item: Activity) -> Verdict:
    problem = _rights(facts, item) or named_well(facts, item, ("sign",), "signs")
    if problem is not None:
        return problem
    judgement = facts.blocking(item)
    if not judgement.holds:
        return judgement.verdict()
    return Verdict("met", "", item.proof(f"signs what it names by its content: `{item.text}`"))


def named_well(facts: PipelineFacts, item: Activity, classes: tuple[str, ...], verb: str) -> Verdict | None:
    """What is wrong with the thing a signature or a verification is about; None when it is content."""
    unclear: Verdict | None = None
    for scenario in facts.pipeline.scenarios:
        if scenario.id not in item.scenarios:
            continue
        known = Provenance(facts, scenario)
        for subject in known.subjects(item, classes):
            verdict = _subject_problem(known, item, subject, verb)
            if verdict is not None and verdict.status == "unmet":
                return verdict
            unclear = unclear or verdict
    return unclear


def _subject_problem(known: Provenance, item: Activity, subject: Subject, verb: str) -> Verdict | None:
    if subject.by == "tag":
        message = f"`{item.text}` {verb} `{subject.shown}` by a name that can be moved to another image."
        return Verdict("unmet", message, (Evidence(item.span, "problem", "a tag, no digest"),))
    if subject.by == "written":
        message = f"`{item.text}` {verb} a digest that is written into the pipeline, so it is never that of this build."
        return Verdict("unmet", message, (Evidence(item.span, "problem", "the same digest in every run"),))
    if subject.by == "nothing":
        message = f"`{item.text}` does not say by its content what it {verb}."
        return Verdict("unmet", message, (Evidence(item.span, "problem", "no digest and no file"),))
    if subject.by == "unknown":
        message = f"Whether `{item.text}` {verb} a digest or a tag cannot be seen."
        return Verdict("cannot_tell", message, (Evidence(item.span, "problem", "what it names is computed"),))
    other = None if subject.by == "file" else another_image(subject.name, known.published())
    if other is not None:
        message = f"`{item.text}` {verb} {subject.name}, but {other[1].shown} is what is published."
        evidence = (
            Evidence(item.span, "problem", "another image"),
            Evidence(other[0].span, "context", f"publishes {other[1].shown}"),
        )
        return Verdict("unmet", message, evidence)
    return None


def another_image(name: str, published: tuple[tuple[Activity, Ref], ...]) -> tuple[Activity, Ref] | None:
    """One of the published images, when all are certainly other ones than ``name``."""
    if not name or HIDDEN in name or not published or any(HIDDEN in ref.name for _, ref in published):
        return None
    mine = name.rpartition("/")[2].lower()
    names = {ref.name.rpartition("/")[2].lower() for _, ref in published}
    return None if mine in names else published[0]


def _rights(facts: PipelineFacts, item: Activity) -> Verdict | None:
    """Whether the job may do what the signature needs, and other jobs may not."""
    needed = sorted({scope for reading in _working(item, "sign") for scope in reading.scopes})
    for wanted in needed:
        scope, _, level = wanted.partition(":")
        own = item.unit.permissions
        if scope == "id-token" and _holds_identity(item):
            continue
        if own.level(scope) == level:
            wide = _too_wide(facts, item, scope)
            if wide is not None:
                return wide
        elif own.declared or scope in _NEVER_BY_DEFAULT:
            place = own.span if own.declared and own.span is not None else item.unit.span
            return Verdict(
                "unmet",
                f"`{item.text}` needs the right to {level} `{scope}`, which the job {item.unit.title!r} does not have.",
                (
                    Evidence(place, "problem", f"no right to {level} {scope}"),
                    Evidence(item.span, "context", "fails without it"),
                ),
            )
    return None


def _holds_identity(item: Activity) -> bool:
    if any(variable.name in IDENTITY_VARIABLES for variable in (*item.unit.env, *item.step.env)):
        return True
    return item.invocation is not None and any(name in IDENTITY_VARIABLES for name, _ in item.invocation.environment)


def _too_wide(facts: PipelineFacts, item: Activity, scope: str) -> Verdict | None:
    """A right that opens doors and that every job has, although only one of several needs it."""
    top = facts.pipeline.permissions
    if not top.declared or top.level(scope) != "write" or scope not in _NEVER_BY_DEFAULT | {"attestations"}:
        return None
    others = [unit for unit in facts.pipeline.units if unit.kind == "work" and unit.id != item.unit.id]
    idle = next((unit for unit in others if unit.permissions.level(scope) == "write" and not _uses(facts, unit)), None)
    if idle is None:
        return None
    return Verdict(
        "unmet",
        f"Every job has the right `{scope}: write`; {idle.title!r} does not sign anything.",
        (Evidence(top.span or facts.pipeline.span, "problem", "given to every job"),),
    )


def _uses(facts: PipelineFacts, unit: Unit) -> bool:
    return any(item.unit.id == unit.id and reading.scopes for item in facts.activities for reading in item.readings)


def _working(item: Activity, *classes: str) -> tuple[Reading, ...]:
    return tuple(reading for reading in item.readings_of(classes) if reading.effect == "works")


def listed(pipelines: Iterable[PipelineFacts]) -> Iterator[Verdict]:
    """One verdict for each bill of materials that is made."""
    for facts in pipelines:
        for item in facts.doing("sbom"):
            yield _bill(facts, item)


def _bill(facts: PipelineFacts, item: Activity) -> Verdict:
    for scenario in facts.pipeline.scenarios:
        if scenario.id not in item.scenarios or item.invocation is None:
            continue
        known = Provenance(facts, scenario)
        for target in _targets(item, ("sbom",)):
            name = known.images._word(item, target).name
            looks_like_image = ("/" in name or ":" in target) and not target.startswith((".", "/", "dir:", "file:"))
            other = another_image(name, known.published()) if looks_like_image else None
            if other is not None:
                message = f"`{item.text}` lists what is in {name}, but {other[1].shown} is what is published."
                return Verdict("unmet", message, (Evidence(item.span, "problem", "another image"),))
    judgement = facts.blocking(item)
    if not judgement.holds:
        return judgement.verdict()
    return Verdict("met", "", item.proof(f"lists what is inside: `{item.text}`"))
