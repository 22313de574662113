"""Files of Prometheus, Alertmanager and Grafana become one model, known by their content."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest

from gradeline.facts.alert_routes import stops
from gradeline.facts.exported_metrics import metrics_of
from gradeline.facts.promql import parse
from gradeline.facts.promql_use import misuse
from gradeline.model.monitoring import Monitoring
from gradeline.model.project import Project
from gradeline.readers import load
from gradeline.readers.monitoring.values import seconds
from gradeline.source import SourceFile


class Files:
    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    @property
    def paths(self) -> Sequence[str]:
        return tuple(sorted(self.texts))

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.texts[path]) if path in self.texts else None


def project(texts: Mapping[str, str]) -> Project:
    return load(Files(texts))[0]


def monitoring(**texts: str) -> Monitoring:
    return project({name.replace("__", "/") + ".yml": text for name, text in texts.items()}).monitoring


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("5m", 300.0),
        ("1h30m", 5400.0),
        ("0", 0.0),
        ("0s", 0.0),
        ("1500ms", 1.5),
        ("5", None),
        ("", None),
        ("1m1h", None),
    ],
)
def test_durations_are_those_of_prometheus(written: str, expected: float | None) -> None:
    assert seconds(written) == expected


def test_a_pattern_of_rule_files_is_relative_to_its_file_and_matches_no_folder() -> None:
    found = monitoring(
        monitoring__prometheus="rule_files: [rules/*.yml, other/*.yml]\nscrape_configs: []\n",
        monitoring__rules__a="groups: [{name: a, rules: [{alert: A, expr: up == 0}]}]\n",
        monitoring__rules__deep__b="groups: [{name: b, rules: [{alert: B, expr: up == 0}]}]\n",
    )
    assert [load.files for load in found.servers[0].loads] == [("monitoring/rules/a.yml",), ()]
    assert [rule.name for rule in found.alerts] == ["A", "B"]


def test_the_items_of_a_list_are_read_as_they_would_be_alone() -> None:
    found = monitoring(
        k8s__rules="apiVersion: v1\nkind: List\nitems:\n  - apiVersion: monitoring.coreos.com/v1\n"
        "    kind: PrometheusRule\n    metadata: {name: a}\n"
        "    spec: {groups: [{name: a, rules: [{alert: A, expr: up == 0}]}]}\n"
    )
    assert [(rule.name, rule.span.line) for rule in found.alerts] == [("A", 7)]


def test_a_broken_expression_says_where_and_the_other_rules_stay() -> None:
    found = monitoring(
        rules="groups:\n  - name: a\n    rules:\n      - {alert: A, expr: sum(up}\n      - {alert: B, expr: up}\n"
    )
    (one,) = found.diagnostics
    assert (one.code, one.span is not None and one.span.line) == ("bad-expression", 4)
    assert [rule.name for rule in found.alerts] == ["A", "B"]


ROUTES = """
route:
  receiver: top
  routes:
    - match: {team: churn}
      receiver: churn
      continue: true
      routes:
        - matchers: ['severity=~"critical|page"']
          receiver: pager
    - matchers: [severity!="info"]
      receiver: rest
receivers: [{name: top}]
"""


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"team": "churn", "severity": "critical"}, ["pager", "rest"]),
        ({"team": "churn", "severity": "warning"}, ["churn", "rest"]),
        ({"team": "data", "severity": "warning"}, ["rest"]),
        ({"severity": "info"}, ["top"]),
        ({}, ["rest"]),
    ],
)
def test_an_alert_goes_to_the_first_branch_that_fits_and_on_where_it_says_so(
    labels: Mapping[str, str], expected: list[str]
) -> None:
    routing = monitoring(alertmanager=ROUTES).routings[0]
    assert [stop.receiver for stop in stops(routing, labels)] == expected


def test_panels_are_found_in_rows_and_emoji_in_two_escapes_are_read() -> None:
    inner = {"type": "stat", "title": "\U0001f600", "targets": [{"expr": "up"}]}
    board = {"title": "Board", "panels": [{"type": "row", "panels": [inner]}], "rows": [{"panels": [inner]}]}
    found = project({"board.json": json.dumps(board)}).monitoring
    assert [panel.title for panel in found.dashboards[0].panels] == ["\U0001f600", "\U0001f600"]
    assert found.diagnostics == ()


def element(expr: str) -> dict[str, object]:
    query = {"kind": "DataQuery", "group": "prometheus", "datasource": {"name": "prom"}, "spec": {"expr": expr}}
    asked = {"kind": "PanelQuery", "spec": {"refId": "A", "query": query}}
    data = {"kind": "QueryGroup", "spec": {"queries": [asked]}}
    shown = {"kind": "VizConfig", "group": "stat", "spec": {"fieldConfig": {"defaults": {"unit": "s"}}}}
    return {"kind": "Panel", "spec": {"title": expr, "data": data, "vizConfig": shown}}


def test_panels_of_the_second_form_are_those_that_a_row_or_a_tab_shows() -> None:
    item = {"kind": "AutoGridLayoutItem", "spec": {"element": {"kind": "ElementReference", "name": "b"}}}
    grid = {"kind": "AutoGridLayout", "spec": {"items": [item]}}
    rows = {"kind": "RowsLayout", "spec": {"rows": [{"kind": "RowsLayoutRow", "spec": {"layout": grid}}]}}
    tabs = {"kind": "TabsLayout", "spec": {"tabs": [{"kind": "TabsLayoutTab", "spec": {"layout": rows}}]}}
    spec = {"title": "Churn", "elements": {"a": element("up"), "b": element("down")}, "layout": tabs}
    head = {"apiVersion": "dashboard.grafana.app/v2", "kind": "Dashboard", "metadata": {"name": "churn"}}
    resource = {**head, "spec": spec}
    operator = {"apiVersion": "grafana.integreatly.org/v1beta1", "kind": "GrafanaManifest"}
    files = {"a.json": resource, "b.json": {**operator, "spec": {"template": resource}}, "c.json": spec}
    found = project({path: json.dumps(file) for path, file in files.items()}).monitoring
    assert [board.uid.raw if board.uid else None for board in found.dashboards] == ["churn", "churn", None]
    for board in found.dashboards:
        (panel,) = board.panels
        query = panel.queries[0]
        assert (panel.title, panel.kind, panel.unit and panel.unit.raw) == ("down", "stat", "s")
        assert (query.expression and query.expression.raw, query.source and query.source.raw) == ("down", "prom")


def test_a_first_draft_of_the_second_form_names_kinds_where_they_stand() -> None:
    query = {"kind": "prometheus", "spec": {"expr": "up"}}
    source = {"type": "prometheus", "uid": "prom"}
    asked = {"kind": "PanelQuery", "spec": {"refId": "A", "datasource": source, "query": query}}
    data = {"kind": "QueryGroup", "spec": {"queries": [asked]}}
    panel = {"kind": "Panel", "spec": {"title": "Up", "data": data, "vizConfig": {"kind": "gauge", "spec": {}}}}
    item = {"kind": "GridLayoutItem", "spec": {"element": {"kind": "ElementReference", "name": "a"}}}
    spec = {"title": "Churn", "elements": {"a": panel}, "layout": {"kind": "GridLayout", "spec": {"items": [item]}}}
    head = {"apiVersion": "dashboard.grafana.app/v2alpha1", "kind": "Dashboard", "metadata": {"name": "c"}}
    (board,) = project({"a.json": json.dumps({**head, "spec": spec})}).monitoring.dashboards
    (found,) = board.panels
    assert (found.kind, [query.source and query.source.raw for query in found.queries]) == ("gauge", ["prom"])


CODE = """
import prometheus_client as pc
from prometheus_client import Counter, Histogram

NAME = "churn_answers"
A = Counter(NAME, "")
B = Histogram("seconds", "", namespace="churn", subsystem="api")
C = pc.Gauge("churn_level", "")
"""


def test_metrics_come_from_the_code_with_what_their_kind_adds() -> None:
    metrics = metrics_of(project({"src/churn/metrics.py": CODE}))
    answers = {
        name: metrics.exported(name)
        for name in ("churn_answers_total", "churn_answers", "churn_api_seconds_bucket", "churn_level", "churn_other")
    }
    assert answers == {
        "churn_answers_total": "yes",
        "churn_answers": "no",
        "churn_api_seconds_bucket": "yes",
        "churn_level": "yes",
        "churn_other": "no",
    }
    assert metrics.exported("billing_total") == "unknown"
    assert metrics.exported("kube_pod_info") == "yes"


def test_a_name_that_is_computed_leaves_open_what_is_exported() -> None:
    metrics = metrics_of(
        project({"m.py": "from prometheus_client import Gauge\nimport os\nG = Gauge(os.name, '')\n" + CODE})
    )
    assert metrics.exported("churn_other") == "unknown"


def test_a_name_alone_makes_no_counter_and_no_classic_histogram() -> None:
    metrics = metrics_of(project({"src/churn/metrics.py": CODE}))
    assert misuse(parse("minio_cluster_drive_offline_total > 0"), metrics.kind_of) == ""
    assert misuse(parse("histogram_quantile(0.9, sum(rate(native_seconds[5m])))"), metrics.kind_of) == ""
    assert "`churn_api_seconds_bucket`" in misuse(
        parse("histogram_quantile(0.9, rate(churn_api_seconds[5m]))"), metrics.kind_of
    )
    assert "counter" in misuse(parse("churn_answers_total > 3"), metrics.kind_of)
    assert misuse(parse("churn_answers_total - churn_answers_total offset 1h > 3"), metrics.kind_of) == ""


def test_a_submission_without_such_files_loads_no_reader() -> None:
    assert project({"README.md": "groups:"}).read_monitoring is None
