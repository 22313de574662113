"""Argo CD and Flux: applications, where they come from, and how they are kept in step.

Argo CD documentation, "Automated Sync Policy" (``prune`` and ``selfHeal`` are off by default), "Generating Applications
with ApplicationSet"; Flux documentation, "Kustomization" and "Git Repositories".
"""

from __future__ import annotations

import re

from gradeline.model.delivery import Delivery, Source
from gradeline.model.infrastructure import Table, Value
from gradeline.model.manifest import Manifest, at, listed, place, text, truth
from gradeline.readers.kubernetes.updaters import updater_of
from gradeline.records import replace

_MOST = 200  # elements of a list
_LONGEST = 400


def read_deliveries(manifests: tuple[Manifest, ...]) -> tuple[Delivery, ...]:
    found: list[Delivery] = []
    for one in manifests:
        if one.api.startswith("argoproj.io/") and one.kind == "Application":
            found.append(_application(one, at(one.body, "spec"), False))
        elif one.api.startswith("argoproj.io/") and one.kind == "ApplicationSet":
            found.extend(_generated(one))
        elif one.api.startswith("kustomize.toolkit.fluxcd.io/") and one.kind == "Kustomization":
            found.append(_flux(one, manifests))
    return tuple(replace(one, updater=updater_of(one, manifests)) for one in found)


def _application(manifest: Manifest, spec: Value | None, computed: bool) -> Delivery:
    sources = [one for one in (at(spec, "source"), *listed(spec, "sources")) if isinstance(one, Table)]
    automated = at(spec, "syncPolicy", "automated")
    on = automated is not None and truth(automated, "enabled") is not False
    return Delivery(
        manifest.head,
        manifest.kind,
        manifest.name,
        text(spec, "destination", "namespace"),
        tuple(
            Source(
                one.span, text(one, "repoURL"), text(one, "path"), text(one, "targetRevision"), place(one, "path"),
                place(one, "targetRevision"), text(one, "chart"),
            )
            for one in sources
        ),
        on,
        place(spec, "syncPolicy", "automated"),
        truth(automated, "prune"),
        truth(automated, "selfHeal"),
        computed,
    )  # fmt: skip


_PLACE = re.compile(r"\{\{\s*\.?(\w{1,60})\s*\}\}")


def _generated(manifest: Manifest) -> list[Delivery]:
    """The applications of a set whose generators are lists in the file; else one whose values are not known.

    Argo CD documentation, "List Generator": ``{{env}}``, or ``{{.env}}`` with ``goTemplate``.
    """
    made = _application(manifest, at(manifest.body, "spec", "template", "spec"), True)
    generators = listed(manifest.body, "spec", "generators")
    elements = [one for each in generators for one in listed(each, "list", "elements")][:_MOST]
    simple = all(isinstance(one, Table) and set(one.entries) == {"list"} for one in generators)
    if not elements or not simple or at(manifest.body, "spec", "templatePatch") is not None:
        return [made]
    name = text(manifest.body, "spec", "template", "metadata", "name")
    return [_filled(made, name, one) for one in elements]


def _filled(made: Delivery, name: str, element: Value) -> Delivery:
    """An application with the values of one element of a list."""

    def fill(template: str) -> str:
        return _PLACE.sub(lambda match: text(element, match[1]) or match[0], template[:_LONGEST])

    sources = tuple(
        replace(one, path=fill(one.path), revision=fill(one.revision), repository=fill(one.repository))
        for one in made.sources
    )
    return replace(made, name=fill(name), namespace=fill(made.namespace), sources=sources, computed=False)


def _flux(manifest: Manifest, others: tuple[Manifest, ...]) -> Delivery:
    spec = at(manifest.body, "spec")
    wanted = text(spec, "sourceRef", "name")
    kind = text(spec, "sourceRef", "kind")
    repository = next((one for one in others if one.kind == kind and one.called(wanted)), None)
    reference = at(repository.body, "spec", "ref") if repository is not None else None
    key = next((name for name in ("branch", "tag", "semver", "commit", "name") if text(reference, name)), "branch")
    address = text(repository.body, "spec", "url") if repository is not None else ""
    source = Source(manifest.head, address, text(spec, "path"), text(reference, key), place(spec, "path"),
                    place(reference, key))  # fmt: skip
    return Delivery(manifest.head, "Kustomization", manifest.name, text(spec, "targetNamespace"), (source,),
                    truth(spec, "suspend") is not True, place(spec, "prune"), truth(spec, "prune"), True)  # fmt: skip
