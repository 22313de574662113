"""Whether several environments get the very same image: what each deployment is given, compared by where it is from.

A digest names content (OCI distribution specification, "Pulling manifests").  Two deployments that get the digest the
run was started with, or the output of one job, get the same; two that look a name up get what it means at that time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.deployments import Names, deployments, target_of
from gradeline.facts.filled_manifests import filling
from gradeline.facts.image_refs import Images, Ref, is_fixed, reference
from gradeline.facts.shell_records import join_path
from gradeline.facts.shell_state import HIDDEN
from gradeline.facts.traced import Traced
from gradeline.facts.traces import Source, Traces, plain
from gradeline.model.pipeline import Scenario
from gradeline.records import record
from gradeline.result import Evidence
from gradeline.source import Span

_READ_BY_YQ = re.compile(r"env\((\w{1,80})\)")
_ASKING = ("get", "status", "show", "describe", "inspect", "history")
_INPUTS = ("image", "images", "container-image", "image-tag", "digest")


@record
class Shipped:
    """One image that goes into an environment.  ``identity`` says which content, with signs; ``fixed`` whether that
    can never be other content."""

    environment: str
    identity: str
    fixed: bool | None
    shown: str
    span: Span


@record
class Finding:
    status: Literal["met", "unmet", "cannot_tell"]
    sentence: str
    evidence: tuple[Evidence, ...]


def judge(facts: PipelineFacts, environments: tuple[str, ...], names: Names) -> Iterator[Finding]:
    """One finding for each event that brings something into all of the environments."""
    traced = facts.traced
    for scenario in facts.pipeline.scenarios:
        shipped = {name: tuple(_shipped(facts, traced, scenario, name, names)) for name in environments}
        deployed = {name: _deployed(facts, scenario, name, names) for name in environments}
        if not all(deployed[name] or _committed(facts, scenario, name, names) for name in environments):
            continue
        yield _compared(traced.traces, environments, names, shipped, deployed)


def _deployed(facts: PipelineFacts, scenario: Scenario, name: str, names: Names) -> tuple[Activity, ...]:
    return tuple(
        item for item in deployments(facts)
        if scenario.id in item.scenarios and _goes(facts, item, scenario, name, names)
    )  # fmt: skip


def _committed(facts: PipelineFacts, scenario: Scenario, name: str, names: Names) -> bool:
    """Whether a commit promotes: what the cluster runs is then taken from the repository."""
    return any(
        scenario.id in item.scenarios and _goes(facts, item, scenario, name, names) for item in facts.doing("commit")
    )


def _goes(facts: PipelineFacts, item: Activity, scenario: Scenario, name: str, names: Names) -> bool:
    target = target_of(facts, item, scenario, names).name or ""
    return plain(target) in (name.lower(), *(other.lower() for other in names.get(name, ())))


def _shipped(
    facts: PipelineFacts, traced: Traced, scenario: Scenario, name: str, names: Names
) -> Iterator[Shipped]:
    mine = tuple(
        item for item in facts.activities
        if scenario.id in item.scenarios and _goes(facts, item, scenario, name, names) and not _goes_back(item)
    )  # fmt: skip
    images = Images(facts, scenario)
    found: list[Shipped] = []
    for item in traced.activities(scenario, mine):
        if item.invocation is not None:
            values = [(value, images.reference_of(item, value, word)) for value, word in images.named(item)]
            filled = filling(facts, item)
            edits = written_by(traced, item, scenario) if filled is None else filled.images
            values += [(value, reference(plain(value), frozenset(), item.span)) for value in edits]
        elif item.readings_of(["deploy"]):
            inputs = {key.lower(): text for key, text in item.step.inputs.items()}
            values = [
                (piece.strip(), reference(plain(piece), frozenset(), item.span)) for key in _INPUTS if key in inputs
                for piece in traced.text(item, scenario, inputs[key]).replace(",", "\n").split("\n") if piece.strip()
            ]  # fmt: skip
        else:
            values = []
        found.extend(_image(name, value, ref, scenario) for value, ref in values if value.strip())
    if not found and not any(_changes_text(item) for item in mine):
        for item in mine:
            if item.readings_of(["deploy"]) or _builds(item):
                found.extend(_from_files(facts, item, name, scenario))
    yield from dict.fromkeys(found)


def _program(item: Activity) -> str:
    return item.invocation.words[0].rpartition("/")[2] if item.invocation is not None else ""


def _changes_text(item: Activity) -> bool:
    """Whether what is applied afterwards may be other text than that of the files."""
    if item.invocation is None or item.readings_of(["deploy"]):
        return False
    if _program(item) == "yq":  # which mostly reads
        return any(word.startswith(("-i", "--inp")) or "= " in word for word in item.invocation.words[1:])
    return _program(item) in ("sed", "perl", "envsubst", "awk")


def written_by(traced: Traced, item: Activity, scenario: Scenario) -> Iterator[str]:
    """Digests that an editor of texts puts into a file: ``sed 's|IMAGE|churn@$DIGEST|'``, ``yq -i '.digest = ...'``."""
    if _program(item) not in ("sed", "perl", "yq") or item.invocation is None:
        return
    for word in item.invocation.words[1:]:
        _, hidden, after = word.partition("@" + HIDDEN)
        if hidden:
            yield f"image@{HIDDEN}{after[:1]}"
        elif "digest" in word.lower() and HIDDEN in word:
            yield f"image@{HIDDEN}{word.partition(HIDDEN)[2][:1]}"
        elif "digest" in word.lower():  # yq reads variables itself: `strenv(DIGEST)`
            for name in _READ_BY_YQ.findall(word):
                value = traced.variable(item, scenario, name)
                if value is not None and HIDDEN in value:
                    yield f"image@{value}"


def _goes_back(item: Activity) -> bool:
    return any("rollback" in reading.classes for reading in item.readings_of(("rollback",)))


def _image(name: str, value: str, ref: Ref, scenario: Scenario) -> Shipped:
    text = value.strip().strip("\"'")
    before, at, digest = text.partition("@")
    if at:
        return Shipped(name, "@" + digest.removeprefix("sha256:"), True, ref.shown, ref.span)
    # A name that is handed on as a whole may hold a digest; the check of names says whether it does.
    return Shipped(name, before.rpartition("/")[2], is_fixed(ref, scenario), ref.shown, ref.span)


# -- images that files name --------------------------------------------------------------------------------------


def _builds(item: Activity) -> bool:
    return item.invocation is not None and item.invocation.words[:2] == ("kustomize", "build")


def _from_files(facts: PipelineFacts, item: Activity, name: str, scenario: Scenario) -> Iterator[Shipped]:
    """What the manifests name that this command applies."""
    if item.invocation is None:
        return
    words = [word for word in item.invocation.words[1:] if HIDDEN not in word]
    for bundle in facts.project.manifests.bundles:
        folder = bundle.path.rpartition("/")[0]
        for word in words:
            place = join_path(item.invocation.directory, word.rpartition("=")[2])
            if place in (bundle.path, folder) or place in bundle.parts:
                for workload in bundle.workloads:
                    for container in workload.containers:
                        if container.image:
                            span = container.image_span or container.span
                            ref = reference(container.image, frozenset(), span)
                            yield _image(name, container.image, ref, scenario)
                break


# -- the comparison ----------------------------------------------------------------------------------------------


def _compared(
    traces: Traces,
    environments: tuple[str, ...],
    names: Names,
    shipped: Mapping[str, tuple[Shipped, ...]],
    deployed: Mapping[str, tuple[Activity, ...]],
) -> Finding:
    for name in environments:
        if not shipped[name]:
            item = next(item for one in environments for item in deployed[one] if one == name or not deployed[name])
            sentence = f"Which image `{item.text}` brings into {name!r} stands where it cannot be seen."
            return Finding("cannot_tell", sentence, (Evidence(item.span, "problem", "the image is named elsewhere"),))
    first, *others = environments
    for name in others:
        problem = _differs(traces, names, first, shipped[first], name, shipped[name])
        if problem is not None:
            return problem
    for name in environments:
        for one in shipped[name]:
            if one.fixed is False:
                sentence = f"`{one.shown}` is the same name everywhere, but it can mean another image each time."
                return Finding("unmet", sentence, (Evidence(one.span, "problem", "a name that moves"),))
    proofs = tuple(
        Evidence(one.span, "proof", f"goes to {one.environment}") for name in environments for one in shipped[name]
    )
    return Finding("met", "Every environment gets the very same image.", tuple(dict.fromkeys(proofs)))


def _differs(
    traces: Traces, names: Names, first: str, before: tuple[Shipped, ...], name: str, after: tuple[Shipped, ...]
) -> Finding | None:
    known = {one.identity for one in before}
    for one in after:
        roots = traces.roots(one.identity)
        if one.identity in known and None not in roots:
            continue
        if any(_asks_about(root, (first, *names.get(first, ()))) for root in roots if root is not None):
            continue
        other = next((item for item in before if item.identity not in {two.identity for two in after}), before[0])
        evidence = (
            Evidence(one.span, "problem", f"goes to {name}: {one.shown}"),
            Evidence(other.span, "context", f"goes to {first}: {other.shown}"),
        )
        if None in roots or None in traces.roots(other.identity):
            return Finding("cannot_tell", f"Whether {name!r} gets the same image as {first!r} is computed where it "
                           "cannot be seen.", evidence)  # fmt: skip
        if any(root.scoped for root in roots if root is not None):
            return Finding("cannot_tell", f"The image of {name!r} comes from a setting that each environment may have "
                           "of its own.", evidence)  # fmt: skip
        return Finding("unmet", f"Nothing makes sure that {name!r} gets the image that {first!r} got.", evidence)
    missing = next((one for one in before if one.identity not in {two.identity for two in after}), None)
    if missing is not None and len(after) < len(before):
        problem = Evidence(missing.span, "problem", f"only goes to {first}")
        return Finding("unmet", f"{name!r} does not get everything that {first!r} got.", (problem,))
    return None


def _asks_about(root: Source, names: tuple[str, ...]) -> bool:
    """Whether a value is what a command says about what runs in an environment."""
    said = {name.lower() for name in names}
    for words in root.words:
        if any(word in _ASKING for word in words[1:4]) and any(
            said & set(plain(word).lower().rpartition("=")[2].split("/")) for word in words
        ):
            return True
    return False
