"""``prometheus.yml``, rule files, tests of rules, and the resources an operator makes of them.

Prometheus documentation: "Configuration", "Recording rules", "Alerting rules", "Unit testing for rules".
prometheus-operator, "API reference" (monitoring.coreos.com/v1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gradeline.model.monitoring import AlertCase, Job, Loaded, Rule, RuleTest, Server
from gradeline.model.text import Text
from gradeline.readers.monitoring.values import (
    entries,
    get,
    mappings,
    place,
    rule_pattern,
    seconds,
    table,
    text,
    texts,
    wait,
)
from gradeline.source import Span
from gradeline.syntax.promql import PromQLError, parse
from gradeline.syntax.yaml import Mapping

Say = Callable[[str, str, Span], None]


def folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def is_server(root: Mapping) -> bool:
    return bool({"scrape_configs", "rule_files", "alerting", "scrape_config_files"} & root.index.keys()) and (
        "tests" not in root.index
    )


def server(root: Mapping, paths: tuple[str, ...]) -> Server:
    path = root.span.path
    jobs = tuple(_job(item) for item in mappings(get(root, "scrape_configs")))
    loads = tuple(rule_pattern(one, folder_of(path), paths) for one in texts(get(root, "rule_files")))
    receivers: list[Text] = []
    for item in mappings(get(root, "alerting", "alertmanagers")):
        for static in mappings(get(item, "static_configs")):
            receivers.extend(texts(get(static, "targets")))
        receivers.extend(Text(name, item.span) for name in _discovery(item))
    return Server(path, root.span, jobs, loads, tuple(receivers))


def _job(item: Mapping) -> Job:
    name = text(item, "job_name")
    targets = [one for static in mappings(get(item, "static_configs")) for one in texts(get(static, "targets"))]
    start = name.span if name is not None else item.span
    return Job(name.raw if name is not None else "", start, tuple(targets), _discovery(item))


def _discovery(item: Mapping) -> tuple[str, ...]:
    ending = "_sd_configs"
    return tuple(key.value.removesuffix(ending) for key, _ in entries(item) if key.value.endswith(ending))


def is_rules(root: Mapping) -> bool:
    """Whether groups of rules stand here: Grafana's own alerts have groups, too, but each query has a model."""
    groups = list(mappings(get(root, "groups")))
    return bool(groups) and any(
        "expr" in rule.index or "alert" in rule.index or "record" in rule.index
        for group in groups
        for rule in mappings(get(group, "rules"))
    )


def rules(root: Mapping, say: Say) -> Iterator[Rule]:
    """Diagnostic codes: ``bad-rule``, ``bad-expression``, ``bad-duration``."""
    for group in mappings(get(root, "groups")):
        name = text(group, "name")
        for item in mappings(get(group, "rules")):
            rule = _rule(item, name.raw if name is not None else "", say)
            if rule is not None:
                yield rule


def _rule(item: Mapping, group: str, say: Say) -> Rule | None:
    kind = "alert" if "alert" in item.index else "record"
    name, expression = text(item, kind), text(item, "expr")
    start = Span(item.span.path, item.span.line, item.span.column)
    if name is None or ("alert" in item.index and "record" in item.index):
        say("bad-rule", "A rule has either `alert` or `record`, with a name behind it.", start)
        return None
    if expression is None:
        say("bad-rule", f"The rule `{name.raw[:60]}` has no `expr`, so nothing is asked for.", name.span)
        expression = Text("", name.span)
    else:
        try:
            parse(expression.raw)
        except PromQLError as error:
            if error.certain:
                say("bad-expression", f"The `expr` of `{name.raw[:60]}` is no PromQL: {error}.", expression.span)
    for key in ("for", "keep_firing_for"):
        known = text(item, key)
        if known is not None and seconds(known.raw) is None:
            say("bad-duration", f"`{known.raw[:40]}` is no duration such as 10m.", known.span)
    return Rule(
        kind,  # type: ignore[arg-type]
        name.raw,
        item.span.path,
        group,
        name.span,
        expression,
        wait(item, "for"),
        wait(item, "keep_firing_for"),
        table(get(item, "labels")),
        table(get(item, "annotations")),
    )


def is_test(root: Mapping) -> bool:
    return "tests" in root.index and "rule_files" in root.index


def tests(root: Mapping, paths: tuple[str, ...]) -> Iterator[RuleTest]:
    path = root.span.path
    loads: tuple[Loaded, ...] = tuple(
        rule_pattern(one, folder_of(path), paths) for one in texts(get(root, "rule_files"))
    )
    for item in mappings(get(root, "tests")):
        series = tuple(found for one in mappings(get(item, "input_series")) if (found := text(one, "series")))
        cases: list[AlertCase] = []
        for case in mappings(get(item, "alert_rule_test")):
            name = text(case, "alertname")
            if name is not None:
                fires = any(True for _ in mappings(get(case, "exp_alerts")))
                cases.append(AlertCase(name, fires, name.span))
        yield RuleTest(path, Span(path, item.span.line), loads, series, tuple(cases))


def monitor(root: Mapping, kind: str) -> Job:
    """A ServiceMonitor, PodMonitor, Probe or ScrapeConfig: what an operator's server collects from."""
    name = text(root, "metadata", "name")
    selects = {key: value.raw for key, value in table(get(root, "spec", "selector", "matchLabels")).items()}
    targets = [one for static in mappings(get(root, "spec", "staticConfigs")) for one in texts(get(static, "targets"))]
    ends = [*mappings(get(root, "spec", "endpoints")), *mappings(get(root, "spec", "podMetricsEndpoints"))]
    discovers = ("kubernetes",) if ends or kind == "Probe" else ()
    return Job(name.raw if name is not None else "", name.span if name is not None else root.span, tuple(targets),
               discovers, selects)  # fmt: skip


def managed_receivers(root: Mapping) -> tuple[Text, ...]:
    """Where the server of a Prometheus resource sends alerts."""
    found = []
    for item in mappings(get(root, "spec", "alerting", "alertmanagers")):
        name = text(item, "name")
        found.append(name if name is not None else Text("alertmanager", place(item, "name")))
    return tuple(found)
