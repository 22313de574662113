"""The images in manifests of the repository as a pipeline applies them: after everything that is filled in.

kubectl reference, "apply": ``-f`` files and folders, ``-k`` a folder with a kustomization, ``-f -`` standard input.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.changed_images import Fill, fill_of
from gradeline.facts.image_refs import Ref, is_fixed, reference
from gradeline.facts.origins import Around, Origins, Resolver, told
from gradeline.facts.shell_records import join_path
from gradeline.facts.shell_state import HIDDEN
from gradeline.facts.traced import Traced
from gradeline.facts.traces import Source, plain
from gradeline.model.expression import Output
from gradeline.model.manifest import Bundle
from gradeline.model.pipeline import Scenario
from gradeline.model.workload import Container
from gradeline.records import record, replace
from gradeline.source import Span

# A tag that is made of a commit: alone, or behind a word (`sha-1a2b3c4`, `main-1a2b3c4d`).
_COMMIT = re.compile(r"(?:[A-Za-z0-9.]{1,40}[-_.])?(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{7,64}")
_VERSION = re.compile(r"[vV]?[0-9]+\.[0-9]+(?:\.[0-9]+)*(?:[-+_.][0-9A-Za-z.+_-]*)?")
MAX_APPLIED = 1_000
MAX_FILLS = 50
_APPLIES = frozenset({"apply", "create", "replace"})
_FILES = frozenset({"-f", "-k", "--filename", "--kustomize"})
# Programs that may write a manifest in a way that is not followed here.
_WRITERS = frozenset({"sed", "perl", "awk", "yq", "envsubst", "ytt", "jsonnet", "kustomize"})


@record
class Applied:
    """One image that a command brings into a cluster.  ``fixed``: whether its name stays, None when nobody can tell;
    ``filler`` the command that put it there, None where the file itself names it."""

    item: Activity
    container: Container
    ref: Ref
    fixed: bool | None
    filler: Activity | None

    @property
    def span(self) -> Span:
        return self.filler.span if self.filler is not None else self.container.image_span or self.container.span


def says_which(container: Container) -> bool:
    """Whether the reference in the file itself names one content: a digest, a commit or a version."""
    tag = container.version.partition("@")[0]
    return container.firmness == "digest" or bool(_COMMIT.fullmatch(tag) or _VERSION.fullmatch(tag))


def is_open(container: Container) -> bool:
    """Whether a reference has a place that is filled in."""
    return any(mark in container.image for mark in ("$", "{{", "<"))


def applied_images(facts: PipelineFacts, scenario: Scenario) -> Iterator[Applied]:
    """The images of the manifests that a pipeline applies in one scenario."""
    if not facts.project.manifests.bundles:
        return
    live = tuple(item for item in facts.activities if scenario.id in item.scenarios and item.invocation is not None)
    if not any(_applies(item) for item in live):
        return
    left = MAX_APPLIED
    for unit in dict.fromkeys(item.unit.id for item in live):
        mine = tuple(item for item in live if item.unit.id == unit)
        for one in _in_unit(facts, scenario, mine) if any(_applies(item) for item in mine) else ():
            left -= 1
            yield one if left else replace(one, fixed=None)  # what comes behind it is not looked at
            if not left:
                return


def _in_unit(facts: PipelineFacts, scenario: Scenario, mine: tuple[Activity, ...]) -> Iterator[Applied]:
    fills: list[tuple[Activity, Fill]] = []
    given: tuple[Bundle, ...] = ()  # what the commands before have read, which another one may be given
    unclear = False
    for item in facts.traced.activities(scenario, mine):
        fill = fill_of(facts, item)
        if fill is not None:
            fills = [*fills, (item, fill)][:MAX_FILLS]
            given = fill.applied or given
            unclear = unclear or len(fills) == MAX_FILLS
        elif _program(item) in _WRITERS or (_program(item).startswith("python") and not item.readings):
            given = tuple(_bundles(facts, item, _read(item))) or given
            unclear = unclear or not given
        elif _program(item) == "kubectl" and "kustomize" in _words(item)[:3]:
            given = tuple(_bundles(facts, item, _read(item)))
        if not _applies(item):
            continue
        named = tuple(_bundles(facts, item, _named(item)))
        own = [one for one in fills if not one[1].applied or not named]
        for bundle in named or given:
            yield from _of(facts, scenario, item, bundle, own, unclear)
        fills = [one for one in fills if not one[1].applied]
        given = ()


def _of(
    facts: PipelineFacts,
    scenario: Scenario,
    item: Activity,
    bundle: Bundle,
    fills: list[tuple[Activity, Fill]],
    unclear: bool,
) -> Iterator[Applied]:
    for workload in bundle.workloads:
        for container in workload.containers:
            if not container.image:
                continue
            value, filler = container.image, None
            for source, fill in fills:
                changed = fill.change(bundle, container, value)
                if changed != value:
                    value, filler = changed, source
            if filler is None:
                ref = reference(value, frozenset(), container.image_span or container.span)
                fixed = True if says_which(container) else None if unclear or is_open(container) else False
                yield Applied(item, container, ref, fixed, None)
                continue
            origins = origins_of(facts, facts.traced, scenario, value)
            ref = reference(plain(value), origins, filler.span)
            known = HIDDEN not in value and _known(ref)
            fixed = True if known else None if "$" in value or "{{" in value else is_fixed(ref, scenario)
            yield Applied(item, container, ref, fixed, filler)


def _known(ref: Ref) -> bool:
    return ref.tag is not None and bool(_COMMIT.fullmatch(ref.tag) or _VERSION.fullmatch(ref.tag))


# -- what is applied -----------------------------------------------------------------------------------------------


def _program(item: Activity) -> str:
    return item.invocation.words[0].rpartition("/")[2] if item.invocation is not None else ""


def _applies(item: Activity) -> bool:
    words = item.invocation.words if item.invocation is not None else ()
    return _program(item) in ("kubectl", "oc") and any(word in _APPLIES for word in words[1:6])


def _words(item: Activity) -> tuple[str, ...]:
    return item.invocation.words[1:] if item.invocation is not None else ()


def _read(item: Activity) -> list[str]:
    """What a command that builds manifests is given: ``kustomize build k8s/production``."""
    words = _words(item)
    return [word for word in words if not word.startswith("-")] if {"build", "kustomize"} & set(words[:3]) else []


def _named(item: Activity) -> list[str]:
    """The files and folders that a command is told to apply."""
    words = _words(item)
    named: list[str] = []
    for word, following in zip(words, (*words[1:], ""), strict=True):
        name, equals, value = word.partition("=")
        if name in _FILES:
            named += (value if equals else following).split(",")
        elif word[:2] in ("-f", "-k") and len(word) > 2:
            named.append(word[2:])
    return named


def _bundles(facts: PipelineFacts, item: Activity, named: list[str]) -> Iterator[Bundle]:
    """What is meant: a file, a folder of files, a folder with a kustomization."""
    assert item.invocation is not None
    places = {join_path(item.invocation.directory, one) for one in named if one != "-" and HIDDEN not in one}
    for bundle in facts.project.manifests.bundles:
        folder = bundle.path.rpartition("/")[0]
        if bundle.path in places or (folder and folder in places) or places & set(bundle.parts):
            yield bundle


# -- where a value is from -------------------------------------------------------------------------------------------


def origins_of(facts: PipelineFacts, traced: Traced, scenario: Scenario, value: str) -> Origins:
    """What the unknown stretches of a value with signs depend on."""
    resolver = Resolver(facts, scenario)
    found: set[str] = set()
    for root in traced.traces.roots(value):
        found |= _origin(facts, resolver, root)
    return frozenset(found)


def _origin(facts: PipelineFacts, resolver: Resolver, root: Source | None) -> Origins:
    unknown: Origins = frozenset({"unknown"})
    if root is None:
        return unknown
    if root.kind == "setting":
        return resolver.named(tuple(root.name.split("."))) or unknown
    if root.kind == "variable":
        kind = resolver.shell_names.get(root.name)
        return frozenset({kind}) if kind in ("commit", "ref", "run") else unknown
    if root.kind == "command":
        answers = [told(tuple(map(plain, words))) for words in root.words]
        return frozenset().union(*answers) or unknown
    unit = facts.pipeline.unit(root.unit)
    if root.kind == "output" and unit is not None:
        owner = Output("step" if root.step else "unit", root.step or root.unit, root.name, unit.span)
        return resolver.expression(owner, Around(unit))
    return unknown
