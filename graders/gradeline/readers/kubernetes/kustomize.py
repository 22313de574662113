"""Kustomize: what an overlay makes of the files it names, inside the submission only.

Kustomize documentation, "The Kustomization File": resources, components, patches, images, replicas, namespace,
namePrefix, nameSuffix, labels, annotations and generators.  A base from elsewhere, a chart or a plug-in is opaque.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from gradeline.model.infrastructure import Items, Plain, Table, Value
from gradeline.model.manifest import Manifest, at, entries, listed, place, text, truth
from gradeline.model.pipeline import Opaque
from gradeline.readers.kubernetes.changes import (
    added,
    inside,
    labelled,
    nameless,
    placed,
    reference,
    selected,
    with_image,
)
from gradeline.readers.kubernetes.documents import Budget, Read, manifests_of, tree, trees
from gradeline.readers.kubernetes.patches import changed, knows_schema, merged, pointer
from gradeline.records import field, record, replace
from gradeline.source import Diagnostic, SourceFile, Span
from gradeline.syntax.yaml import parse

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
MAX_DEPTH = 12
MAX_MANIFESTS = 600
_REMOTE = re.compile(r"[a-z+]+://|git@|(?:github\.com|bitbucket\.org|gitlab\.com)/|.*\?ref=")
_PLUGINS = ("helmCharts", "helmChartInflationGenerator", "generators", "transformers", "replacements", "validators")
_CLUSTER_WIDE = frozenset({
    "Namespace", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "StorageClass", "PriorityClass",
    "ClusterAnalysisTemplate", "IngressClass", "GatewayClass", "PersistentVolume", "APIService", "ClusterIssuer",
})  # fmt: skip


@record(frozen=False)
class Built:
    """What a folder with a kustomization becomes."""

    manifests: list[Manifest] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    opaque: list[Opaque] = field(default_factory=list)
    namespace: str = ""
    span: Span = Span("", 1)


class Builder:
    """Builds folders; files and folders are read once, however often they are named."""

    def __init__(self, paths: Iterable[str], read: Read, budget: Budget) -> None:
        self.paths = frozenset(paths)
        self.read = read
        self.budget = budget
        self.diagnostics: list[Diagnostic] = []
        self.files = {
            posixpath.dirname(path): path
            for path in sorted(self.paths, reverse=True)
            if posixpath.basename(path) in NAMES and self._is_kustomization(path)
        }
        self._trees: dict[str, list[Value]] = {}
        self._built = 0

    def _is_kustomization(self, path: str) -> bool:
        source = self.read(path)
        return source is not None and ("kustomize" in source.text or not posixpath.basename(path)[0].isupper())

    def leaves(self) -> list[str]:
        """Folders that are applied: those no other kustomization takes as a base."""
        used: set[str] = set()
        for folder in self.files:
            for root in self.documents(self.files[folder])[:1]:
                for name in ("resources", "bases", "components"):
                    for item in listed(root, name):
                        used.add(posixpath.normpath(posixpath.join(folder, text(item))))
        return sorted(folder for folder in self.files if (folder or ".") not in used and not self._component(folder))

    def _component(self, folder: str) -> bool:
        return any(text(root, "kind") == "Component" for root in self.documents(self.files[folder])[:1])

    def documents(self, path: str) -> list[Value]:
        if path not in self._trees:
            source = self.read(path)
            found: list[Value] = []
            if source is not None:
                found, problems = trees(source, self.budget)
                self.diagnostics.extend(one for one in problems if one not in self.diagnostics)
            self._trees[path] = found
        return self._trees[path]

    def build(self, folder: str, around: tuple[str, ...] = ()) -> Built:
        """The resources of a folder with everything its kustomization does to them."""
        path = self.files[folder]
        built = Built(span=Span(path, 1), parts=[path])
        self._built += 1
        if folder in around or len(around) > MAX_DEPTH or self._built > 300:
            built.opaque.append(Opaque(Span(path, 1), "it takes itself as its base, or bases are nested too deep"))
            return built
        roots = self.documents(path)
        root = roots[0] if roots else None
        if not isinstance(root, Table):
            built.opaque.append(Opaque(Span(path, 1), "this kustomization cannot be read"))
            return built
        for name in ("resources", "bases"):
            for item in listed(root, name):
                self._resource(built, folder, item, (*around, folder))
        self._generated(built, folder, root)
        for item in listed(root, "components"):
            self._component_in(built, folder, item, (*around, folder))
        self._apply(built, folder, root)
        return built

    def _resource(self, built: Built, folder: str, item: Value, around: tuple[str, ...]) -> None:
        name = text(item)
        target = inside(folder, name)
        if target is not None and target in self.files:
            inner = self.build(target, around)
            built.manifests.extend(inner.manifests[: MAX_MANIFESTS - len(built.manifests)])
            built.parts.extend(inner.parts)
            built.opaque.extend(inner.opaque)
        elif target is not None and target in self.paths:
            built.parts.append(target)
            for document in self.documents(target):
                for one in manifests_of(document):
                    if len(built.manifests) < MAX_MANIFESTS:
                        built.manifests.append(one)
        elif _REMOTE.match(name) or target is None:
            built.opaque.append(Opaque(item.span, "this base is not in the submission"))
        elif name:
            message = f"`{name[:80]}` is named here and does not exist."
            self.say("dangling-resource", message, item.span)
            built.opaque.append(Opaque(item.span, "this file does not exist"))

    def _component_in(self, built: Built, folder: str, item: Value, around: tuple[str, ...]) -> None:
        target = inside(folder, text(item))
        if target is None or target not in self.files:
            built.opaque.append(Opaque(item.span, "this component is not in the submission"))
            return
        if target in around or len(around) > MAX_DEPTH:
            return
        built.parts.append(self.files[target])
        for root in self.documents(self.files[target])[:1]:
            for name in ("resources", "bases"):
                for inner in listed(root, name):
                    self._resource(built, target, inner, (*around, target))
            self._generated(built, target, root)
            for inner in listed(root, "components"):
                self._component_in(built, target, inner, (*around, target))
            if isinstance(root, Table):
                self._apply(built, target, root)

    def say(self, code: str, message: str, span: Span) -> None:
        found = Diagnostic("error", code, message, span.path, span)
        if found not in self.diagnostics:
            self.diagnostics.append(found)

    def _generated(self, built: Built, folder: str, root: Value) -> None:
        for kind, name in (("ConfigMap", "configMapGenerator"), ("Secret", "secretGenerator")):
            for item in listed(root, name):
                if "config" not in built.changes:
                    built.changes.append("config")
                if isinstance(item, Table):
                    self._settings(built, folder, kind, item)

    def _settings(self, built: Built, folder: str, kind: str, item: Table) -> None:
        """Makes a map of settings, or changes one that a base has made."""
        data, places = self._pairs(built, folder, item)
        name, behaviour = text(item, "name"), text(item, "behavior")
        if behaviour not in ("merge", "replace"):
            body = Table(item.span, {
                "metadata": Table(item.span, {"name": Plain(item.span, name)}),
                "data": Table(item.span, data, places=places),
            })  # fmt: skip
            built.manifests.append(Manifest(item.span, "v1", kind, name, "", body))
            return
        for number, one in enumerate(built.manifests):
            if one.kind != kind or not one.called(name):
                continue
            old = at(one.body, "data") if behaviour == "merge" else None
            if isinstance(old, Table):
                data, places = {**old.entries, **data}, {**old.places, **places}
            body = Table(one.body.span, {**one.body.entries, "data": Table(item.span, data, places=places)},
                         one.body.weight, one.body.places)  # fmt: skip
            built.manifests[number] = replace(one, body=body)

    def _pairs(self, built: Built, folder: str, item: Table) -> tuple[dict[str, Value], dict[str, Span]]:
        data: dict[str, Value] = {}
        places: dict[str, Span] = {}
        for named in (*listed(item, "envs"), *([item.entries["env"]] if "env" in item.entries else [])):
            target = inside(folder, text(named))
            source = self.read(target) if target is not None and target in self.paths else None
            if source is None or target is None:
                built.opaque.append(Opaque(named.span, "these settings are not in the submission"))
                continue
            built.parts.append(target)
            for number, line in enumerate(source.text.splitlines()[:1_000], 1):
                key, equals, value = line.strip().partition("=")
                if equals and key and not key.startswith("#"):
                    data[key] = Plain(Span(target, number), value)
        for pair in listed(item, "literals"):
            key, _, value = text(pair).partition("=")
            if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
                value = value[1:-1]
            data[key] = Plain(pair.span, value)
        for key, one in data.items():
            places[key] = one.span
        return data, places

    # -- what a kustomization changes --------------------------------------------------------------

    def _apply(self, built: Built, folder: str, root: Table) -> None:
        for name in _PLUGINS:
            if listed(root, name):
                built.opaque.append(Opaque(place(root, name) or root.span, f"`{name}` is not followed"))
        for target, patch, span in self._patches(built, folder, root):
            self._patch(built, target, patch, span)
        prefix, suffix = text(root, "namePrefix"), text(root, "nameSuffix")
        namespace = text(root, "namespace")
        common = entries(root, "commonLabels")
        notes = entries(root, "commonAnnotations")
        sets = [
            (entries(one, "pairs"), truth(one, "includeSelectors") is True, truth(one, "includeTemplates") is True)
            for one in listed(root, "labels")
        ]
        if namespace:
            built.namespace = namespace
            built.changes.append("namespace")
        for number, one in enumerate(built.manifests):
            if prefix or suffix:
                renamed = f"{prefix}{one.name}{suffix}"
                if one.kind not in ("Namespace", "CustomResourceDefinition"):
                    one = replace(one, name=renamed, names=(*one.names, one.name))
            if namespace and one.kind not in _CLUSTER_WIDE:
                one = replace(one, namespace=namespace)
            if namespace and one.kind == "Namespace":
                one = replace(one, name=namespace, names=(*one.names, one.name))
            body: Value = one.body
            if common:
                body = labelled(body, common, True, True)
            for pairs, selectors, pods in sets:
                body = labelled(body, pairs, selectors, pods or selectors)
            if notes:
                body = added(body, ("metadata", "annotations"), notes)
                if isinstance(body, Table) and entries(body, "spec", "template"):
                    body = added(body, ("spec", "template", "metadata", "annotations"), notes)
            if isinstance(body, Table):
                body = self._images(built, root, body)
                one = replace(one, body=self._replicas(built, root, one, body))
            built.manifests[number] = one

    def _patches(self, built: Built, folder: str, root: Table) -> Iterator[tuple[Value | None, Value, Span]]:
        """(target, patch, place) of every patch, whatever the way it is written."""
        for item in listed(root, "patches"):
            target = entries(item, "target")
            owner = item if isinstance(item, Table) else None
            chosen = owner.entries.get("target") if owner is not None and target else None
            inline, path = text(item, "patch"), text(item, "path")
            if inline:
                at = place(item, "patch") or item.span
                for body in self._inline(at, inline):
                    yield chosen, body, at
            elif path:
                yield from self._from_file(built, folder, chosen, path, item.span)
        for item in listed(root, "patchesStrategicMerge"):
            written = text(item)
            if "\n" in written:
                for body in self._inline(item.span, written):
                    yield None, body, item.span
            elif written:
                yield from self._from_file(built, folder, None, written, item.span)
        for item in listed(root, "patchesJson6902"):
            owner = item if isinstance(item, Table) else None
            chosen = owner.entries.get("target") if owner is not None else None
            if text(item, "patch"):
                for body in self._inline(place(item, "patch") or item.span, text(item, "patch")):
                    yield chosen, body, item.span
            elif text(item, "path"):
                yield from self._from_file(built, folder, chosen, text(item, "path"), item.span)

    def _from_file(
        self, built: Built, folder: str, target: Value | None, path: str, span: Span
    ) -> Iterator[tuple[Value | None, Value, Span]]:
        file = inside(folder, path)
        if file is None or file not in self.paths:
            self.say("dangling-patch", f"`{path[:80]}` is named here and does not exist.", span)
            built.opaque.append(Opaque(span, "this patch does not exist"))
            return
        built.parts.append(file)
        for body in self.documents(file):
            yield target, body, span

    def _inline(self, span: Span, written: str) -> Iterator[Value]:
        """Patches inside the kustomization; lines of theirs are not known, so the place is that of the whole."""
        parsed = parse(SourceFile(span.path, written))
        for node in parsed.documents:
            yield placed(tree(node, self.budget), span)

    def _patch(self, built: Built, target: Value | None, body: Value, span: Span) -> None:
        if "patch" not in built.changes:
            built.changes.append("patch")
        if isinstance(body, Items):
            for number, one in enumerate(built.manifests):
                if target is not None and selected(one, target):
                    built.manifests[number] = self._json(built, one, body, span)
            return
        if not isinstance(body, Table):
            return
        kind, name = text(body, "kind"), text(body, "metadata", "name")
        for number, one in reversed(list(enumerate(built.manifests))):
            fits = selected(one, target) if target is not None else (one.kind == kind and one.called(name))
            if not fits:
                continue
            keyed = knows_schema(one)
            patch = body
            if target is not None or name != one.name:  # the name in a patch with a target does not rename
                patch = nameless(body)
            new = merged(one.body, patch, keyed)
            if isinstance(new, Table):
                built.manifests[number] = replace(one, body=new)
            else:
                del built.manifests[number]

    def _json(self, built: Built, one: Manifest, body: Items, span: Span) -> Manifest:
        value: Value = one.body
        for step in body.items:
            operation, path = text(step, "op"), pointer(text(step, "path"))
            if operation == "test":
                continue
            new = entries(step).get("value")
            result = changed(value, path, operation, new) if operation in ("add", "replace", "remove") else None
            if result is None:
                built.opaque.append(Opaque(step.span, "this change does not fit to what it is made to"))
                continue
            value = result
        return replace(one, body=value) if isinstance(value, Table) else one

    def _images(self, built: Built, root: Table, body: Table) -> Table:
        for item in listed(root, "images"):
            if "images" not in built.changes:
                built.changes.append("images")
            name = text(item, "name")
            key = "digest" if text(item, "digest") else "newTag" if text(item, "newTag") else "newName"
            body = with_image(body, name, reference(item), place(item, key) or item.span)
        return body

    def _replicas(self, built: Built, root: Table, one: Manifest, body: Table) -> Table:
        for item in listed(root, "replicas"):
            if "replicas" not in built.changes:
                built.changes.append("replicas")
            if one.called(text(item, "name")) and one.kind in ("Deployment", "StatefulSet", "ReplicaSet", "Rollout"):
                count = entries(item).get("count")
                spec = entries(body).get("spec")
                if count is not None and isinstance(spec, Table):
                    made = Table(spec.span, {**spec.entries, "replicas": count}, spec.weight,
                                 {**spec.places, "replicas": place(item, "count") or item.span})  # fmt: skip
                    body = Table(body.span, {**body.entries, "spec": made}, body.weight, body.places)
        return body
