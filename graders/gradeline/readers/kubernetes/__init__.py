"""Kubernetes: from the manifests of a submission to what is applied together.

An overlay of Kustomize becomes a bundle of its own; files that no overlay takes are one more bundle.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from gradeline.model.manifest import Bundle, Manifest, Manifests, text
from gradeline.model.pipeline import Opaque
from gradeline.model.release import Release
from gradeline.model.workload import Workload
from gradeline.readers.kubernetes.analyses import KINDS as TEMPLATES
from gradeline.readers.kubernetes.analyses import read_template
from gradeline.readers.kubernetes.documents import Budget, Read, broken, is_manifest, manifests_of, may_hold
from gradeline.readers.kubernetes.flagger import read_canary, read_inference
from gradeline.readers.kubernetes.kustomize import NAMES, Builder
from gradeline.readers.kubernetes.rollouts import read_rollout
from gradeline.readers.kubernetes.routes import KINDS as ROUTES
from gradeline.readers.kubernetes.routes import read_route
from gradeline.readers.kubernetes.workloads import KINDS as WORKLOADS
from gradeline.readers.kubernetes.workloads import read_workload
from gradeline.source import Span

MAX_FILES = 400
MAX_OVERLAYS = 24
MAX_MANIFESTS = 800


def read_manifests(paths: Iterable[str], read: Read) -> Manifests:
    """Everything that is meant for a cluster.

    Diagnostic codes are those of the YAML reader, and ``dangling-resource``, ``dangling-patch`` for names in a
    kustomization that lead nowhere.
    """
    known = tuple(paths)
    builder = Builder(known, read, Budget())
    bundles: list[Bundle] = []
    taken: set[str] = set()
    for folder in builder.leaves()[:MAX_OVERLAYS]:
        built = builder.build(folder)
        taken.update(built.parts)
        bundles.append(_bundle(builder.files[folder], built.span, tuple(built.manifests[:MAX_MANIFESTS]), True,
                               built.namespace, tuple(dict.fromkeys(built.parts)), tuple(built.changes),
                               tuple(built.opaque)))  # fmt: skip
    for folder in builder.files:
        taken.add(builder.files[folder])
    charts = [posixpath.dirname(path) for path in known if posixpath.basename(path) == "Chart.yaml"]
    plain, parts, opaque = _plain(builder, known, read, taken, charts)
    if plain or opaque:
        bundles.append(_bundle(parts[0], Span(parts[0], 1), tuple(plain), False, "", tuple(parts), (), tuple(opaque)))
    return Manifests(tuple(bundles), tuple(dict.fromkeys(builder.diagnostics)))


def _plain(
    builder: Builder, known: tuple[str, ...], read: Read, taken: set[str], charts: list[str]
) -> tuple[list[Manifest], list[str], list[Opaque]]:
    """The resources of files that no overlay takes."""
    found: list[Manifest] = []
    parts: list[str] = []
    opaque: list[Opaque] = []
    for path in known:
        if path in taken or not is_manifest(path) or posixpath.basename(path) in NAMES:
            continue
        if any(not chart or path.startswith(f"{chart}/") for chart in charts):
            if "templates" in path.split("/") and not opaque:
                parts.append(path)
                opaque.append(Opaque(Span(path, 1), "what a chart becomes is only known once it is rendered"))
            continue
        source = read(path)
        if source is None or not may_hold(source) or len(parts) >= MAX_FILES:
            continue
        before = len(builder.diagnostics)
        mine = [one for document in builder.documents(path) for one in manifests_of(document)]
        problem = broken(tuple(builder.diagnostics[before:]))
        if mine or problem is not None:
            parts.append(path)
            found.extend(mine[: MAX_MANIFESTS - len(found)])
        else:
            del builder.diagnostics[before:]
        if problem is not None:
            opaque.append(Opaque(problem.span or Span(path, 1), "a part of this file cannot be read"))
    if builder.budget.left < 0 and parts:
        opaque.append(Opaque(Span(parts[0], 1), "there is more than is read"))
    return found, parts, opaque


def _bundle(
    path: str,
    span: Span,
    manifests: tuple[Manifest, ...],
    built: bool,
    namespace: str,
    parts: tuple[str, ...],
    changed: tuple[str, ...],
    opaque: tuple[Opaque, ...],
) -> Bundle:
    templates = tuple(read_template(one) for one in manifests if one.kind in TEMPLATES)
    workloads: dict[tuple[str, str, str], Workload] = {}
    releases: list[Release] = []
    owned: set[tuple[str, str]] = set()
    for one in manifests:
        if one.kind in WORKLOADS and _is_ours(one):
            workload = read_workload(one, manifests)
            if workload is not None:
                workloads[one.kind, one.name, one.namespace] = workload
    for one in manifests:
        if one.kind == "Rollout" and one.api.startswith("argoproj.io/"):
            mine = workloads.get((one.kind, one.name, one.namespace))
            release = read_rollout(one, mine, templates)
            releases.append(release)
            if release.workload_reference:
                owned.add(("Deployment", release.workload_reference))
        elif one.kind == "Canary" and one.api.startswith("flagger.app/"):
            target = next((value for key, value in workloads.items() if key[1] == _target(one)), None)
            releases.append(read_canary(one, target, manifests))
        elif one.kind == "InferenceService" and (kserve := read_inference(one)) is not None:
            releases.append(kserve)
    kept = tuple(value for key, value in workloads.items() if (key[0], key[1]) not in owned)
    routes = tuple(read_route(one) for one in manifests if one.kind in ROUTES)
    return Bundle(path, span, manifests, built, namespace, parts, changed, opaque, kept, tuple(releases), templates,
                  routes)  # fmt: skip


def _target(manifest: Manifest) -> str:
    return text(manifest.body, "spec", "targetRef", "name")


def _is_ours(manifest: Manifest) -> bool:
    """Whether the kind is that of Kubernetes or Argo Rollouts; others use the same words for something else."""
    group = manifest.api.rpartition("/")[0]
    return group in ("", "apps", "batch", "argoproj.io", "extensions")
