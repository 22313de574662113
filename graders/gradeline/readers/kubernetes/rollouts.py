"""Rollouts of Argo Rollouts as releases.

Argo Rollouts documentation, "Rollout Specification", "Canary Deployment Strategy", "BlueGreen Deployment Strategy",
"Traffic Management" and its pages for Istio, NGINX, ALB and the Gateway API plug-in.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.model.infrastructure import Table, Value
from gradeline.model.manifest import Manifest, at, entries, listed, place, text, truth, whole
from gradeline.model.release import Analysis, Release, Step, Template
from gradeline.model.workload import Workload
from gradeline.readers.kubernetes.analyses import read_use, resolved, seconds
from gradeline.source import Span

MAX_STEPS = 200


def read_rollout(manifest: Manifest, workload: Workload | None, templates: tuple[Template, ...]) -> Release:
    """One rollout.  A strategy ``canary`` without steps is a plain rolling update, as the controller does it."""
    body = manifest.body
    spec = at(body, "spec")
    replicas = whole(spec, "replicas") if at(spec, "replicas") is not None else 1
    if workload is not None and workload.kind == "Rollout":
        replicas = workload.replicas
    names = _names(manifest)
    canary, blue_green = at(spec, "strategy", "canary"), at(spec, "strategy", "blueGreen")
    common: dict[str, object] = {
        "limits_abort": truth(spec, "progressDeadlineAbort") is True,
        "abort_span": place(spec, "progressDeadlineAbort") or place(body, "spec"),
    }
    span = place(spec, "strategy", "canary") or place(spec, "strategy", "blueGreen") or manifest.head
    if isinstance(blue_green, Table):
        return _blue_green(manifest, workload, templates, blue_green, replicas, names, common)
    strategy = canary if canary is not None else None
    steps = tuple(_steps(listed(strategy, "steps")[:MAX_STEPS], names, templates, manifest.namespace))
    analyses: list[Analysis] = []
    background = at(strategy, "analysis")
    if isinstance(background, Table):
        use = read_use(background, "background", place(strategy, "analysis") or background.span, names)
        analyses.append(resolved(use, templates, manifest.namespace))
    analyses.extend(step.analysis for step in steps if step.analysis is not None)
    router, router_span, routes, parts, subsets, marks = _routing(at(strategy, "trafficRouting"))
    canary_labels = tuple(text(value) for value in entries(strategy, "canaryMetadata", "labels").values())
    stable_labels = tuple(text(value) for value in entries(strategy, "stableMetadata", "labels").values())
    abort = at(strategy, "abortScaleDownDelaySeconds")
    return Release(
        manifest.span,
        manifest.span.path,
        manifest.kind,
        manifest.name,
        manifest.namespace,
        "none" if strategy is None else ("canary" if steps else "rolling"),
        span,
        workload,
        text(spec, "workloadRef", "name"),
        replicas,
        steps,
        tuple(analyses),
        router,
        router_span,
        routes,
        parts,
        subsets,
        text(strategy, "stableService") or text(strategy, "pingPong", "pingService"),
        place(strategy, "stableService") or place(strategy, "pingPong", "pingService"),
        text(strategy, "canaryService") or text(strategy, "pingPong", "pongService"),
        place(strategy, "canaryService") or place(strategy, "pingPong", "pongService"),
        (*canary_labels, *marks[0]),
        (*stable_labels, *marks[1]),
        keeps_failed=place(strategy, "abortScaleDownDelaySeconds") if whole(abort) == 0 else None,
        scale_down_delay=seconds(at(strategy, "scaleDownDelaySeconds")),
        **common,  # type: ignore[arg-type]
    )


def _names(manifest: Manifest) -> dict[str, str]:
    """What ``fieldRef`` may ask of the rollout."""
    found = {"metadata.name": manifest.name, "metadata.namespace": manifest.namespace}
    for owner, values in (("labels", manifest.labels), ("annotations", manifest.annotations)):
        for key, value in values.items():
            found[f"metadata.{owner}['{key}']"] = value
    return {key: value for key, value in found.items() if value}


def _blue_green(
    manifest: Manifest,
    workload: Workload | None,
    templates: tuple[Template, ...],
    node: Table,
    replicas: int | None,
    names: dict[str, str],
    common: dict[str, object],
) -> Release:
    analyses: list[Analysis] = []
    for key, where in (("prePromotionAnalysis", "before"), ("postPromotionAnalysis", "after")):
        use = at(node, key)
        if isinstance(use, Table):
            found = read_use(use, where, place(node, key) or use.span, names)  # type: ignore[arg-type]
            analyses.append(resolved(found, templates, manifest.namespace))
    alone = truth(node, "autoPromotionEnabled")
    delay = at(node, "abortScaleDownDelaySeconds")
    return Release(
        manifest.span,
        manifest.span.path,
        manifest.kind,
        manifest.name,
        manifest.namespace,
        "blue-green",
        place(manifest.body, "spec", "strategy", "blueGreen") or manifest.head,
        workload,
        text(manifest.body, "spec", "workloadRef", "name"),
        replicas,
        analyses=tuple(analyses),
        stable=text(node, "activeService"),
        stable_span=place(node, "activeService"),
        canary=text(node, "previewService"),
        canary_span=place(node, "previewService"),
        keeps_failed=place(node, "abortScaleDownDelaySeconds") if whole(delay) == 0 else None,
        scale_down_delay=seconds(at(node, "scaleDownDelaySeconds")),
        delay_span=place(node, "scaleDownDelaySeconds"),
        promotes_alone=alone is not False,
        promotion_span=place(node, "autoPromotionEnabled") or place(node, "autoPromotionSeconds"),
        **common,  # type: ignore[arg-type]
    )


def _steps(
    items: tuple[Value, ...], names: dict[str, str], templates: tuple[Template, ...], namespace: str
) -> Iterator[Step]:
    for item in items:
        known = entries(item)
        if "setWeight" in known:
            weight = whole(item, "setWeight")
            yield Step(place(item, "setWeight") or item.span, "weight", weight, known=weight is not None)
        elif "pause" in known:
            span = place(item, "pause") or item.span
            if text(item, "pause", "duration"):
                length = seconds(at(item, "pause", "duration"))
                yield Step(place(item, "pause", "duration") or span, "pause", None, length, None, length is not None)
            else:
                yield Step(span, "pause")
        elif "analysis" in known:
            span = place(item, "analysis") or item.span
            use = resolved(read_use(known["analysis"], "inline", span, names), templates, namespace)
            yield Step(span, "analysis", analysis=use)
        elif "experiment" in known:
            yield from _experiments(item, names, templates, namespace)
        elif "setCanaryScale" in known:
            yield Step(place(item, "setCanaryScale") or item.span, "scale")
        elif "setHeaderRoute" in known:
            yield Step(place(item, "setHeaderRoute") or item.span, "header")
        elif "setMirrorRoute" in known:
            yield Step(place(item, "setMirrorRoute") or item.span, "mirror")
        else:
            yield Step(item.span, "other", known=False)


def _experiments(
    item: Value, names: dict[str, str], templates: tuple[Template, ...], namespace: str
) -> Iterator[Step]:
    node = at(item, "experiment")
    span = place(item, "experiment") or item.span
    length = seconds(at(node, "duration"))
    uses = listed(node, "analyses")
    if not uses:
        yield Step(span, "experiment", None, length)
    for use in uses:
        found = resolved(read_use(use, "experiment", use.span, names), templates, namespace)
        yield Step(span, "experiment", None, length, found)
        length = 0.0


_Routing = tuple[
    str, "Span | None", tuple[tuple[str, str, Span], ...], tuple[tuple[str, str, Span], ...],
    tuple[tuple[str, str, Span], ...], tuple[tuple[str, ...], tuple[str, ...]],
]  # fmt: skip


def _routing(node: Value | None) -> _Routing:
    """(router, place, routers it changes, their routes, parts it changes, names of the two versions)."""
    if not isinstance(node, Table) or not node.entries:
        return "", None, (), (), (), ((), ())
    router = next((key for key in node.entries if key not in ("managedRoutes", "maxTrafficWeight")), "")
    inner = node.entries.get(router)
    span = place(node, router) or node.span
    routes: list[tuple[str, str, Span]] = []
    parts: list[tuple[str, str, Span]] = []
    subsets: list[tuple[str, str, Span]] = []
    marks: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    def add(kind: str, owner: Value | None, key: str) -> None:
        name = text(owner, key)
        if name:
            routes.append((kind, name, place(owner, key) or span))

    if router == "istio":
        for one in (at(inner, "virtualService"), *listed(inner, "virtualServices")):
            add("VirtualService", one, "name")
            parts.extend((text(one, "name"), text(part), part.span) for part in listed(one, "routes"))
        rule = at(inner, "destinationRule")
        add("DestinationRule", rule, "name")
        canary, stable = text(rule, "canarySubsetName"), text(rule, "stableSubsetName")
        for key, name in (("canarySubsetName", canary), ("stableSubsetName", stable)):
            if name:
                subsets.append((text(rule, "name"), name, place(rule, key) or span))
        marks = ((canary,) if canary else (), (stable,) if stable else ())
    elif router == "nginx":
        add("Ingress", inner, "stableIngress")
        routes.extend(("Ingress", text(one), one.span) for one in listed(inner, "stableIngresses"))
    elif router == "alb":
        add("Ingress", inner, "ingress")
        routes.extend(("Ingress", text(one), one.span) for one in listed(inner, "ingresses"))
    elif router == "traefik":
        add("TraefikService", inner, "weightedTraefikServiceName")
    elif router == "apisix":
        add("ApisixRoute", at(inner, "route"), "name")
    elif router == "plugins":
        for plugin in entries(inner).values():
            add("HTTPRoute", plugin, "httpRoute")
            add("GRPCRoute", plugin, "grpcRoute")
            for one in listed(plugin, "httpRoutes"):
                add("HTTPRoute", one, "name")
    return router, span, tuple(routes), tuple(parts), tuple(subsets), marks
