"""Workloads: what pods are started from, with containers, probes, amounts and rights.

Kubernetes API reference, Deployment, StatefulSet, DaemonSet, Job, CronJob, PodSpec, Container, Probe; Argo Rollouts
documentation, "Rollout Specification" (``workloadRef``).
"""

from __future__ import annotations

from gradeline.model.infrastructure import Table, Value
from gradeline.model.manifest import Manifest, at, entries, listed, place, text, truth, whole
from gradeline.model.resources import Amount, Confinement, Resources
from gradeline.model.text import Text
from gradeline.model.workload import Container, Probe, Workload
from gradeline.readers.kubernetes.settings import variables
from gradeline.readers.references import image_parts
from gradeline.source import Span

KINDS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod", "Rollout"})
_ONCE = frozenset({"Job", "CronJob"})
_PROBES = {"httpGet": "http", "exec": "exec", "grpc": "grpc", "tcpSocket": "tcp"}
_ACCELERATOR = ("gpu", "tpu", "accelerator", "neuron", "gaudi")


def template_of(manifest: Manifest) -> Value | None:
    """The pod template of a workload (the pod itself, for a pod)."""
    if manifest.kind == "Pod":
        return manifest.body
    if manifest.kind == "CronJob":
        return at(manifest.body, "spec", "jobTemplate", "spec", "template")
    return at(manifest.body, "spec", "template")


def read_workload(manifest: Manifest, all_manifests: tuple[Manifest, ...]) -> Workload | None:
    """A workload; None when its pods are those of another one (``workloadRef`` to what is here)."""
    template = template_of(manifest)
    body = manifest.body
    counted: Value | None = body
    if manifest.kind == "Rollout" and template is None:
        other = referenced(manifest, all_manifests)
        if other is None:
            if at(body, "spec", "workloadRef") is None:
                return None
            why = "its pods are those of a workload that is not here"
            return Workload(manifest.span.path, manifest.head, None, problem=why, kind="Rollout", name=manifest.name,
                            namespace=manifest.namespace)  # fmt: skip
        template = template_of(other)
    if template is None:
        return None
    containers = _containers(template, all_manifests, manifest.namespace)
    main = next((one for one in containers if not one.first), None)
    replicas, span = _replicas(manifest, counted, all_manifests)
    labels = entries(template, "metadata", "labels")
    rolling = at(body, "spec", "strategy", "rollingUpdate")
    canary = at(body, "spec", "strategy", "canary")
    unavailable = text(rolling, "maxUnavailable") or text(canary, "maxUnavailable")
    return Workload(
        manifest.span.path,
        manifest.head,
        replicas,
        span,
        main.resources if main is not None else None,
        main.confinement if main is not None else None,
        main.live if main is not None else None,
        main.ready if main is not None else None,
        "" if main is not None else "it starts no container",
        manifest.kind,
        manifest.name,
        manifest.namespace,
        {key: text(value) for key, value in labels.items()},
        {key: place(template, "metadata", "labels", key) or value.span for key, value in labels.items()},
        {key: text(value) for key, value in entries(template, "metadata", "annotations").items()},
        containers,
        text(template, "spec", "serviceAccountName") or text(template, "spec", "serviceAccount"),
        main.start if main is not None else None,
        unavailable,
        manifest.kind not in _ONCE,
    )


def referenced(manifest: Manifest, all_manifests: tuple[Manifest, ...]) -> Manifest | None:
    """The workload that ``workloadRef`` names."""
    wanted = at(manifest.body, "spec", "workloadRef")
    kind, name = text(wanted, "kind"), text(wanted, "name")
    return next((one for one in all_manifests if one.kind == kind and one.called(name)), None)


def _replicas(manifest: Manifest, body: Value | None, others: tuple[Manifest, ...]) -> tuple[int | None, Span | None]:
    for one in others:
        if one.kind in ("HorizontalPodAutoscaler", "ScaledObject"):
            target = at(one.body, "spec", "scaleTargetRef")
            kind = text(target, "kind") or "Deployment"
            if kind == manifest.kind and manifest.called(text(target, "name")):
                key = "minReplicas" if one.kind.startswith("H") else "minReplicaCount"
                least = whole(one.body, "spec", key)
                return (1 if least is None else least), place(one.body, "spec", key) or one.head
    value = at(body, "spec", "replicas")
    if value is None:
        return (None if manifest.kind == "DaemonSet" else 1), None
    return whole(value), place(body, "spec", "replicas")


def _containers(template: Value, others: tuple[Manifest, ...], namespace: str) -> tuple[Container, ...]:
    pod = at(template, "spec")
    found: list[Container] = []
    for key in ("initContainers", "containers"):
        first = key == "initContainers"
        tables = [item for item in listed(pod, key) if isinstance(item, Table)]
        found += [_container(item, pod, first, variables(item, template, others, namespace)) for item in tables]
    return tuple(found)


def _container(
    item: Table, pod: Value | None, first: bool, known: tuple[dict[str, str | None], dict[str, Span], Span | None]
) -> Container:
    env, spans, elsewhere = known
    _, version, firmness = image_parts(text(item, "image").strip())
    return Container(
        place(item, "name") or item.span,
        text(item, "name"),
        text(item, "image"),
        firmness,
        version,
        place(item, "image"),
        env,
        spans,
        _resources(item, pod),
        _confinement(item, pod),
        _probe(item, "livenessProbe"),
        _probe(item, "readinessProbe"),
        _probe(item, "startupProbe"),
        tuple(name for port in listed(item, "ports") for name in (text(port, "containerPort"), text(port, "name"))
              if name),
        first,
        elsewhere,
    )  # fmt: skip


def _probe(item: Table, name: str) -> Probe | None:
    node = at(item, name)
    if not isinstance(node, Table):
        return None
    span = place(item, name) or node.span
    kind = next((key for key in _PROBES if key in node.entries), "")
    asked = node.entries.get(kind)
    path = text(asked, "path") if kind == "httpGet" else text(asked, "service") if kind == "grpc" else ""
    inner = place(asked, "path") or span
    delay = whole(node, "initialDelaySeconds") or 0
    return Probe(
        inner,
        _PROBES.get(kind, "unknown"),  # type: ignore[arg-type]
        path,
        tuple(text(word) for word in listed(asked, "command")),
        True,
        text(asked, "port"),
        float(delay),
    )


def _resources(item: Table, pod: Value | None) -> Resources | None:
    node = at(item, "resources")
    if not isinstance(node, Table):
        node = at(pod, "resources")
    if not isinstance(node, Table):
        return None
    found: dict[str, dict[str, Text]] = {"cpu": {}, "memory": {}, "gpu": {}}
    for side in ("requests", "limits"):
        for key, value in entries(node, side).items():
            word = key.lower()
            kind = word if word in ("cpu", "memory") else "gpu" if any(one in word for one in _ACCELERATOR) else ""
            if kind and text(value):
                found[kind].setdefault(side, Text(text(value), value.span))

    def amount(kind: str) -> Amount:
        # A limit without a request is the request as well (Kubernetes documentation, "Resource Management").
        limit = found[kind].get("limits")
        return Amount(found[kind].get("requests") or limit, limit)

    span = place(item, "resources") or node.span
    return Resources(span, amount("cpu"), amount("memory"), amount("gpu"))


def _confinement(item: Table, pod: Value | None) -> Confinement | None:
    contexts = [one for one in (at(item, "securityContext"), at(pod, "securityContext")) if isinstance(one, Table)]
    if not contexts:
        return None

    def asked(key: str) -> bool | None:
        return next((known for one in contexts if (known := truth(one, key)) is not None), None)

    non_root = asked("runAsNonRoot")
    user = next((known for one in contexts if (known := whole(one, "runAsUser")) is not None), None)
    if user is not None:
        non_root = False if user == 0 else True if non_root is None else non_root
    own = contexts[0]
    drop = tuple(text(one).upper() for one in listed(at(item, "securityContext"), "capabilities", "drop"))
    add = tuple(text(one).upper() for one in listed(at(item, "securityContext"), "capabilities", "add"))
    span = place(item, "securityContext") or own.span
    return Confinement(span, non_root, asked("privileged"), asked("allowPrivilegeEscalation"),
                       asked("readOnlyRootFilesystem"), drop, add)  # fmt: skip
