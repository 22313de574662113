"""Analyses of Argo Rollouts: templates, their metrics, and uses with the arguments filled in.

Argo Rollouts documentation, "Analysis & Progressive Delivery" (arguments, limits, dry-run mode, cluster-wide
templates) and its API types: ``failureLimit`` 0 by default and not applied at -1, ``inconclusiveLimit`` 0,
``consecutiveErrorLimit`` 4, one measurement without ``interval``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Literal

from gradeline.model.infrastructure import Table, Value
from gradeline.model.manifest import Manifest, at, entries, listed, place, text, truth, whole
from gradeline.model.pipeline import Shell
from gradeline.model.release import CANARY, STABLE, UNKNOWN, Analysis, Metric, Template, TemplateName
from gradeline.readers.project_source import is_shell, shell_of
from gradeline.records import replace
from gradeline.source import Span

KINDS = frozenset({"AnalysisTemplate", "ClusterAnalysisTemplate"})
MAX_METRICS = 60
MAX_TEXT = 20_000
_ARGUMENT = re.compile(r"\{\{\s*([a-zA-Z0-9_.\[\]'\"-]+)\s*\}\}")
_PROVIDERS = ("prometheus", "job", "web", "datadog", "kayenta", "newRelic", "wavefront", "cloudWatch", "graphite",
              "influxdb", "skywalking", "plugin")  # fmt: skip
_DURATION = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:ns|us|ms|s|m|h))+")
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ns|us|ms|s|m|h)")
_CODE = re.compile(r"-[A-Za-z]*c")  # the option of a shell before its code
_SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
# Two words of text that exist only while the release goes on.
_HASHES = {"Latest": CANARY, "Stable": STABLE}


def seconds(value: Value | None) -> float | None:
    """``5m``, ``1h30m``, ``90`` (seconds); None when it says nothing like that."""
    written = text(value).strip()
    if written.isascii() and written.isdigit() and len(written) < 9:
        return float(written)
    if len(written) > 40 or not _DURATION.fullmatch(written):
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(written))


def read_template(manifest: Manifest) -> Template:
    spec = at(manifest.body, "spec")
    arguments: dict[str, str | None] = {}
    places: dict[str, Span] = {}
    for item in listed(spec, "args"):
        name = text(item, "name")
        if name:
            source = at(item, "valueFrom")
            arguments[name] = UNKNOWN if source is not None else text(item, "value") if at(item, "value") else None
            places[name] = place(item, "name") or item.span
    return Template(
        manifest.head,
        manifest.span.path,
        manifest.name,
        manifest.namespace,
        manifest.kind.startswith("Cluster"),
        arguments,
        places,
        tuple(_metric(item) for item in listed(spec, "metrics")[:MAX_METRICS]),
        tuple(_name(item) for item in listed(spec, "templates")),
        tuple(text(item, "metricName") for item in listed(spec, "dryRun")),
    )


def _name(item: Value) -> TemplateName:
    return TemplateName(place(item, "templateName") or item.span, text(item, "templateName"),
                        truth(item, "clusterScope") is True)  # fmt: skip


def _metric(item: Value) -> Metric:
    providers = entries(item, "provider")
    provider = next((name for name in _PROVIDERS if name in providers), "")
    inner = providers.get(provider)
    query, span = _query(provider, inner, item)
    limit = whole(item, "failureLimit")
    count = whole(item, "count")
    return Metric(
        place(item, "name") or item.span,
        text(item, "name"),
        provider.lower() or "unknown",
        query[:MAX_TEXT],
        span,
        seconds(at(item, "interval")),
        count,
        seconds(at(item, "initialDelay")) or 0.0,
        0 if at(item, "failureLimit") is None else (None if limit is None or limit < 0 else limit),
        whole(item, "inconclusiveLimit") or 0,
        4 if (errors := whole(item, "consecutiveErrorLimit")) is None else errors,
        text(item, "successCondition").strip(),
        text(item, "failureCondition").strip(),
        place(item, "successCondition"),
        place(item, "failureCondition"),
        script=_script(inner) if provider == "job" else None,
    )


def _script(job: Value | None) -> tuple[str, Shell] | None:
    """What the only container of a job gives to a shell (``sh -c``); None when it starts a program itself."""
    containers = listed(job, "spec", "template", "spec", "containers")
    words = [text(one) for key in ("command", "args") for one in listed(containers[0], key)] if containers else []
    if len(containers) != 1 or len(words) < 3 or not is_shell(shell := shell_of(words)):
        return None
    place_ = next((number for number, word in enumerate(words[1:], 1) if _CODE.fullmatch(word)), len(words))
    return (words[place_ + 1], shell) if place_ + 1 < len(words) else None


def _query(provider: str, inner: Value | None, item: Value) -> tuple[str, Span | None]:
    """What is asked for, as text: the query, the address of a request, or the queries of a provider joined."""
    if provider in ("prometheus", "datadog", "wavefront", "graphite", "influxdb", "skywalking"):
        if at(inner, "query") is None and entries(inner, "queries"):
            return "\n".join(text(one) for one in entries(inner, "queries").values()), place(inner, "queries")
        return text(inner, "query").strip(), place(inner, "query")
    if provider == "newRelic":
        return text(inner, "query").strip(), place(inner, "query")
    if provider == "web":
        return text(inner, "url").strip(), place(inner, "url")
    if provider == "kayenta":
        return _flat(inner), place(item, "provider", "kayenta")
    if provider == "job":
        return _flat(inner), place(item, "provider", "job")
    return "", place(item, "provider")


def _flat(value: Value | None, depth: int = 0) -> str:
    """Every text inside, so that arguments can be found in it."""
    if depth > 24 or value is None:
        return ""
    if isinstance(value, Table):
        return "\n".join(_flat(one, depth + 1) for one in value.entries.values())
    found = text(value)
    return found or "\n".join(_flat(one, depth + 1) for one in listed(value))


def read_use(
    node: Value,
    where: Literal["background", "inline", "before", "after", "experiment"],
    span: Span,
    names: Mapping[str, str],
) -> Analysis:
    """``analysis`` of a strategy or a step.  ``names`` are values of a rollout's fields by their path."""
    given: dict[str, str] = {}
    for item in listed(node, "args"):
        name = text(item, "name")
        source = at(item, "valueFrom")
        hashed = text(source, "podTemplateHashValue")
        path = text(source, "fieldRef", "fieldPath")
        if hashed:
            given[name] = _HASHES.get(hashed, UNKNOWN)
        elif path:
            given[name] = names.get(path, UNKNOWN)
        elif source is not None:
            given[name] = UNKNOWN
        elif name:
            given[name] = _marked(text(item, "value"))
    templates = tuple(_name(item) for item in listed(node, "templates"))
    if text(node, "templateName"):
        templates = (*templates, _name(node))
    return Analysis(
        span,
        where,
        templates,
        given,
        whole(node, "startingStep") or 0,
        tuple(text(item, "metricName") for item in listed(node, "dryRun")),
    )


def _marked(value: str) -> str:
    """A value in which an experiment names the pods of its parts."""
    for part, mark in (("canary", CANARY), ("baseline", STABLE), ("stable", STABLE)):
        for name in ("podTemplateHash", "replicaset.name"):
            value = value.replace("{{templates." + part + "." + name + "}}", mark)
    return value


def resolved(analysis: Analysis, templates: Iterable[Template], namespace: str) -> Analysis:
    """The use with the metrics of its templates, and what is wrong with the names."""
    known = list(templates)
    missing: list[tuple[str, Span]] = []
    unresolved: list[TemplateName] = []
    metrics: list[Metric] = []
    waiting = [(name, 0) for name in analysis.templates]
    seen: set[tuple[str, bool]] = set()
    while waiting and len(metrics) < MAX_METRICS:
        name, depth = waiting.pop(0)
        if (name.name, name.cluster) in seen or depth > 8:
            continue
        seen.add((name.name, name.cluster))
        fitting = (one for one in known if (one.name, one.cluster) == (name.name, name.cluster))
        found = next((one for one in fitting if one.cluster or _same_place(one.namespace, namespace)), None)
        if found is None:
            unresolved.append(name)
            continue
        waiting.extend((one, depth + 1) for one in found.includes)
        values = {**{key: value for key, value in found.arguments.items() if value is not None}, **analysis.arguments}
        for key, default in found.arguments.items():
            if default is None and key not in analysis.arguments:
                missing.append((key, found.places.get(key, found.span)))
        dry = (*found.dry, *analysis.dry)
        metrics.extend(_filled(one, values, dry) for one in found.metrics)
    return replace(analysis, metrics=tuple(metrics), missing=tuple(missing), unresolved=tuple(unresolved))


def _same_place(one: str, other: str) -> bool:
    """Whether two namespaces may be one; an empty one is whatever the resources are applied to."""
    return not one or not other or one == other


def _filled(metric: Metric, values: Mapping[str, str], dry: tuple[str, ...]) -> Metric:
    def fill(written: str) -> str:
        def one(match: re.Match[str]) -> str:
            key = match.group(1)
            name = key.removeprefix("args.").removeprefix("inputs.")
            return values.get(name, match.group(0)) if key != name else match.group(0)

        return _ARGUMENT.sub(one, written)[:MAX_TEXT]

    return replace(
        metric,
        query=fill(metric.query),
        success=fill(metric.success),
        failure=fill(metric.failure),
        dry=any(_matches(pattern, metric.name) for pattern in dry),
    )


def _matches(pattern: str, name: str) -> bool:
    """The names of a dry run are regular expressions; those of real life are a name, ``.*`` and ``name.*``."""
    if pattern in (name, ".*", "*", ".+"):
        return True
    return fnmatchcase(name, pattern.strip("^$").replace(".*", "*"))
