"""Canaries of Flagger and inference services of KServe as releases.

Flagger documentation, "How it works" (Canary service, analysis), "Metrics Analysis" (built-in metrics, templates): each
measurement has bounds, a missing answer halts the release, ``threshold`` failed checks roll it back; the
controller makes the services for the two versions; with ``skipAnalysis`` the new version is promoted at once.  KServe
documentation, "Canary Rollout": one share of traffic.
"""

from __future__ import annotations

from gradeline.model.infrastructure import Plain, Table, Value
from gradeline.model.manifest import Manifest, at, listed, place, text, truth, whole
from gradeline.model.release import CANARY, STABLE, Analysis, Metric, Release, Step, TemplateName
from gradeline.model.workload import Workload
from gradeline.readers.kubernetes.analyses import seconds
from gradeline.source import Span

MAX_STEPS = 120


def read_canary(
    manifest: Manifest, workload: Workload | None, others: tuple[Manifest, ...], mesh: str = "mesh"
) -> Release:
    spec = at(manifest.body, "spec")
    analysis = at(spec, "analysis") or at(spec, "canaryAnalysis")
    span = place(spec, "analysis") or place(spec, "canaryAnalysis") or manifest.head
    interval = seconds(at(analysis, "interval"))
    target = text(spec, "targetRef", "name")
    skipped = truth(spec, "skipAnalysis") is True
    if skipped:
        span = place(spec, "skipAnalysis") or span
    steps = () if skipped else _steps(analysis, interval, span)
    threshold = whole(analysis, "threshold")
    missing: list[TemplateName] = []
    metrics = [
        _metric(item, interval, threshold, others, target, missing, manifest.namespace)
        for item in listed(analysis, "metrics")
    ]
    uses: tuple[Analysis, ...] = ()
    if metrics and not skipped:
        uses = (Analysis(place(analysis, "metrics") or span, "background", metrics=tuple(metrics),
                         unresolved=tuple(missing)),)  # fmt: skip
    provider = text(spec, "provider") or mesh
    plain = whole(analysis, "iterations") is not None and not steps
    return Release(
        manifest.span,
        manifest.span.path,
        manifest.kind,
        manifest.name,
        manifest.namespace,
        "blue-green" if plain else ("canary" if steps else "none"),
        span,
        workload,
        target,
        None if workload is None else workload.replicas,
        steps,
        uses,
        "" if provider == "kubernetes" else provider,
        place(spec, "provider") or span,
        stable=f"{target}-primary",
        canary=f"{target}-canary",
        makes_services=True,
        judged_by_controller=True,
        limits_abort=True,
        abort_span=place(spec, "progressDeadlineSeconds") or span,
    )


def _steps(analysis: Value | None, interval: float | None, span: Span) -> tuple[Step, ...]:
    listed_weights = listed(analysis, "stepWeights")
    weights: list[tuple[int | None, Span]] = []
    if listed_weights:
        weights = [(whole(one), one.span) for one in listed_weights[:MAX_STEPS]]
    else:
        step, most = whole(analysis, "stepWeight"), whole(analysis, "maxWeight")
        if step is not None and step > 0:
            at_step = place(analysis, "stepWeight") or span
            top = min(most if most is not None else 100, 100)
            weights.extend((value, at_step) for value in range(step, top + 1, step)[:MAX_STEPS])
    found: list[Step] = []
    for weight, where in weights:
        found.append(Step(where, "weight", weight, known=weight is not None))
        found.append(Step(place(analysis, "interval") or where, "pause", None, interval, None, interval is not None))
    return tuple(found)


def _metric(
    item: Value,
    interval: float | None,
    threshold: int | None,
    others: tuple[Manifest, ...],
    target: str,
    missing: list[TemplateName],
    namespace: str,
) -> Metric:
    name = text(item, "name")
    low, high = _number(at(item, "thresholdRange", "min")), _number(at(item, "thresholdRange", "max"))
    if low is None and high is None:
        old = _number(at(item, "threshold"))
        low, high = (old, None) if name == "request-success-rate" else (None, old)
    span = place(item, "name") or item.span
    query, provider = name, "builtin"
    query_span: Span | None = span
    wanted = text(item, "templateRef", "name")
    if wanted or text(item, "query"):
        provider = "prometheus"
        query, query_span = text(item, "query"), place(item, "query")
        found = next((one for one in others if one.kind == "MetricTemplate" and one.called(wanted)), None)
        if wanted and found is None:
            missing.append(TemplateName(place(item, "templateRef") or span, wanted))
        if found is not None:
            query, query_span = text(found.body, "spec", "query"), place(found.body, "spec", "query")
            provider = text(found.body, "spec", "provider", "type") or provider
        query = _filled(query, target, text(item, "interval") or "1m", namespace)
    limit = max((threshold if threshold is not None else 1) - 1, 0)
    return Metric(span, name, provider, query.strip(), query_span, interval, None, 0.0, limit, 0, 4,
                  low=low, high=high, closed=True)  # fmt: skip


def _filled(query: str, target: str, interval: str, namespace: str) -> str:
    """The variables of a metric template (Flagger documentation, "Custom metrics").  The new version runs under the
    target's own name, the old one as its primary."""
    values = {"target": target, "name": target, "namespace": namespace or "default", "interval": interval,
              "ingress": target, "service": target}  # fmt: skip
    for key, value in values.items():
        for written in ("{{ " + key + " }}", "{{" + key + "}}"):
            marked = f"{value}-primary"
            query = query.replace(f"{written}-primary", STABLE).replace(marked, STABLE)
            query = query.replace(written, CANARY if key in ("target", "name") else value)
    return query


def _number(value: Value | None) -> float | None:
    if isinstance(value, Plain) and isinstance(value.data, (int, float)) and not isinstance(value.data, bool):
        return float(value.data)
    return None


def read_inference(manifest: Manifest) -> Release | None:
    """An inference service with a share for its newest version; None without one."""
    predictor = at(manifest.body, "spec", "predictor")
    weight = whole(predictor, "canaryTrafficPercent")
    if not isinstance(predictor, Table) or at(predictor, "canaryTrafficPercent") is None:
        return None
    span = place(predictor, "canaryTrafficPercent") or manifest.head
    step = Step(span, "weight", weight, known=weight is not None)
    return Release(manifest.span, manifest.span.path, manifest.kind, manifest.name, manifest.namespace, "canary", span,
                   steps=(step,), router="kserve", router_span=span, makes_services=True,
                   problem="the next shares are set by somebody else")  # fmt: skip
