"""What is published or deployed has a name that will never mean something else.

What it looks for
    Every published image has at least one name by digest, commit, version or run.  Every image that a
    deployment names is named that way.  A moving name beside a fixed one may be published.
    With ``where: registries``: each registry of images that is declared refuses to move a tag, has what is pushed to it
    scanned, and ends old images.
    ``where: models``: programs ask the registry for a model by an alias or an explicit version.

What does not count
    Only ``latest``, a branch name, another constant name, or no name at all, and deploying the moving name
    although a fixed one exists.  What a pipeline fills into a manifest before it applies it counts, not what stands
    there in the file.  For registries: rules about old images that only archive them, or wait for more images than a
    registry holds.  For models: a stage, the newest version, one fixed run, and a path to a file.

How to repair
    Build the name from the commit or the version tag, and hand the very same name to the deployment.

Parameters
    ``where``: ``pipelines`` (default), ``registries`` or ``manifests``: the images that manifests start, or
    ``models``: what programs load.  ``files``: for models, the programs that answer with one; these have to ask for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import absent
from gradeline.facts.activities import Activity
from gradeline.facts.applied_images import Applied, applied_images
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.image_refs import Images, Ref, is_fixed
from gradeline.model.pipeline import Scenario
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

CHECK = Check(
    code="P3",
    family="pinning",
    params={"where": {"enum": ["pipelines", "registries", "manifests", "models"]}, "files": WORDS},
    reads=("pipelines", "infrastructure", "manifests", "scripts"),
)


def run(
    case: Case, where: str = "pipelines", files: str | list[str] | None = None, pipelines: list[str] | None = None
) -> Verdict:
    if where == "models":
        from gradeline.checks.support.loaded_models import loaded

        return loaded(case, listed(files), pipelines)
    if where == "registries":
        from gradeline.checks.support.registries import judged
        from gradeline.checks.support.stacks import chosen_stacks, softened

        stacks = chosen_stacks(case, pipelines)
        return softened(stacks, judged(stacks))
    if where == "manifests":
        from gradeline.checks.support.named_images import named

        return named(case, pipelines)
    chosen = case.select(pipelines)
    found = [(facts, item) for facts in chosen for item in facts.doing("publish", "push-image", "deploy")]
    if not found:
        return absent(chosen, ("publish", "deploy"))
    verdicts = [verdict for facts in chosen for verdict in _judged(facts)]
    for status in ("unmet", "cannot_tell"):
        for verdict in verdicts:
            if verdict.status == status:
                return verdict
    proofs = [proof for verdict in verdicts for proof in verdict.evidence]
    if not verdicts:
        # A package carries its version inside, and an index takes each version once.
        proofs = [proof for _, item in found for proof in item.proof(f"`{item.text}` publishes a version")]
    return Verdict("met", "What is published or deployed has a name that stays.", tuple(dict.fromkeys(proofs)))


def _judged(facts: PipelineFacts) -> Iterator[Verdict]:
    for scenario in facts.pipeline.scenarios:
        images = Images(facts, scenario)
        live = [item for item in facts.activities if scenario.id in item.scenarios]
        yield from _published(images, scenario, live)
        yield from _deployed(images, scenario, live)


def _published(images: Images, scenario: Scenario, live: list[Activity]) -> Iterator[Verdict]:
    """One verdict for each image: a fixed name among those it is published under is enough."""
    names: dict[str, list[tuple[Activity, Ref]]] = {}
    for item in live:
        if not any(reading.effect == "works" for reading in item.readings_of(["push-image"])):
            continue
        refs = images.published(item)
        if not refs:
            yield Verdict(
                "cannot_tell",
                f"The name under which `{item.text}` publishes cannot be seen.",
                (Evidence(item.span, "problem", "the name is not given here"),),
            )
        for ref in refs:
            names.setdefault(ref.name, []).append((item, ref))
    for refs_of_name in names.values():
        yield _verdict(scenario, refs_of_name, any_counts=True, verb="published")


def _deployed(images: Images, scenario: Scenario, live: list[Activity]) -> Iterator[Verdict]:
    named_in = {item.unit.id for item in live if images.deployed(item)}
    # Units that change what runs in the cluster itself, whatever the files say.
    set_in = {item.unit.id for item in live if images.deployed(item) and not _edits_files(item)}
    applied: dict[Span, list[Applied]] = {}
    for one in applied_images(images.facts, scenario):
        applied.setdefault(one.item.span, []).append(one)
    for item in live:
        refs = images.deployed(item)
        works = any(reading.effect == "works" for reading in item.readings_of(["deploy"]))
        if refs and (works or "image" in item.text):
            yield _verdict(scenario, [(item, ref) for ref in refs], any_counts=False, verb="deployed")
        elif works and item.unit.id not in set_in and item.span in applied:
            yield _from_files(scenario, item, applied[item.span])
        elif works and item.unit.id not in named_in and _takes_images(item):
            yield Verdict(
                "cannot_tell",
                f"Which image `{item.text}` deploys stands in a file that is not read.",
                (Evidence(item.span, "problem", "the image is named elsewhere"),),
            )


def _edits_files(item: Activity) -> bool:
    """Whether a command that names an image only writes it into a kustomization."""
    words = item.invocation.words if item.invocation is not None else ()
    return words[:2] == ("kustomize", "edit")


def _from_files(scenario: Scenario, item: Activity, found: list[Applied]) -> Verdict:
    """The verdict on what a command applies from manifests, with everything that is filled into them."""
    for fixed in (False, None):
        for one in found:
            if one.fixed is not fixed:
                continue
            if fixed is False:
                message = f"On {scenario.title}, `{item.text}` deploys `{one.ref.shown}`, a name that moves."
                return Verdict("unmet", message, (Evidence(one.span, "problem", f"deployed as {one.ref.shown}"),))
            message = f"On {scenario.title}, what `{one.ref.shown}` stands for is decided where it cannot be seen."
            return Verdict("cannot_tell", message, (Evidence(one.span, "problem", f"deployed as {one.ref.shown}"),))
    proofs = (Evidence(one.span, "proof", f"deployed as {one.ref.shown}") for one in found)
    return Verdict("met", "", tuple(dict.fromkeys(proofs)))


def _takes_images(item: Activity) -> bool:
    """Whether the deployment is one of containers at all; infrastructure and sites have no image."""
    tools = {reading.tool for reading in item.readings_of(["deploy"])}
    return bool(tools & {"kubectl", "helm", "helmfile", "argocd", "flux", "docker", "azure/k8s-deploy"})


def _verdict(scenario: Scenario, refs: list[tuple[Activity, Ref]], *, any_counts: bool, verb: str) -> Verdict:
    answers = [(item, ref, is_fixed(ref, scenario)) for item, ref in refs]
    good = [(item, ref) for item, ref, fixed in answers if fixed]
    bad = [(item, ref) for item, ref, fixed in answers if fixed is False]
    if good and (any_counts or len(good) == len(answers)):
        return Verdict("met", "", tuple(Evidence(ref.span, "proof", f"{verb} as {ref.shown}") for _, ref in good))
    if bad and (not any_counts or len(bad) == len(answers)):
        _, ref = bad[0]
        what = f"`{ref.shown}` is {verb}" if ref.tag is not None else f"`{ref.shown}` is {verb} without a tag"
        if ref.computed:
            what = f"the name that is {verb} follows the branch"
        return Verdict(
            "unmet",
            f"On {scenario.title}, {what}. Tomorrow it will mean something else.",
            (Evidence(ref.span, "problem", f"{verb} as {ref.shown}"),),
        )
    _, ref = next((item, ref) for item, ref, fixed in answers if fixed is None)
    return Verdict(
        "cannot_tell",
        f"On {scenario.title}, what `{ref.shown}` stands for is computed where it cannot be seen.",
        (Evidence(ref.span, "problem", f"{verb} as {ref.shown}"),),
    )
