"""A release leaves a mark in Grafana, by the interface for annotations of before Grafana 13 or the one after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from gradeline.checks import registry
from gradeline.facts.case import build_case
from gradeline.readers import load
from gradeline.result import Verdict
from gradeline.source import SourceFile

WORKFLOW = """name: Monitoring
on:
  push: {branches: [main]}
  repository_dispatch: {types: [model-alert]}
jobs:
  mark:
    if: github.event_name == 'push'
    runs-on: ubuntu-24.04
    steps:
      - run: curl --fail -X POST "https://grafana.kestrel.example%s" --json "{\\"text\\":\\"churn $GITHUB_SHA\\"}"
  retrain:
    if: github.event_name == 'repository_dispatch'
    runs-on: ubuntu-24.04
    steps:
      - run: dvc repro train
"""
ROUTES = """route: {receiver: relay}
receivers:
  - name: relay
    webhook_configs: [{url: "http://alert-relay:8088/alerts"}]
"""
RULES = """groups:
  - name: churn
    rules:
      - alert: Drift
        expr: churn_feature_psi > 0.2
        labels: {severity: warning}
"""


class Files:
    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    @property
    def paths(self) -> Sequence[str]:
        return tuple(sorted(self.texts))

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.texts[path]) if path in self.texts else None


def verdict_on(address: str) -> Verdict:
    texts = {
        ".github/workflows/monitoring.yml": WORKFLOW % address,
        "monitoring/alertmanager.yml": ROUTES,
        "monitoring/rules/churn.yml": RULES,
    }
    project, pipelines = load(Files(texts))
    return registry.run("notify", build_case(project, pipelines, {}), {"of": "loop"})


@pytest.mark.parametrize(
    ("address", "status", "message"),
    [
        ("/api/annotations", "met", "Changes are marked, and an alert can start the answer."),
        (
            "/apis/annotation.grafana.app/v0alpha1/namespaces/default/annotations",
            "met",
            "Changes are marked, and an alert can start the answer.",
        ),
        ("/api/dashboards/db", "unmet", "Nothing marks a change where people look at the numbers."),
        ("/apis/dashboard.grafana.app/v2/x", "unmet", "Nothing marks a change where people look at the numbers."),
    ],
)
def test_a_mark_is_an_annotation_by_either_interface(address: str, status: str, message: str) -> None:
    verdict = verdict_on(address)
    assert (verdict.status, verdict.message) == (status, message)
