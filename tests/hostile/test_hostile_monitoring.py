"""Whatever stands in a file about monitoring, the checks answer, and soon."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence

import pytest

from gradeline.checks import alert_cover, alert_shape, dashboard, notify, rules_tested, secret_source
from gradeline.facts.case import build_case
from gradeline.readers import load
from gradeline.source import SourceFile


class Files:
    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    @property
    def paths(self) -> Sequence[str]:
        return tuple(sorted(self.texts))

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.texts[path]) if path in self.texts else None


def judged(texts: Mapping[str, str]) -> list[str]:
    project, pipelines = load(Files(texts))
    case = build_case(project, pipelines, {})
    signals = {"a": {"shape": "absent"}, "b": {"shape": "share", "metrics": ["m0"]}}
    verdicts = [
        alert_shape.run(case),
        alert_shape.run(case, of="server", targets=["churn-api"]),
        alert_cover.run(case, signals=signals),
        dashboard.run(case, signals={"a": ["m0"]}),
        dashboard.run(case, of="provisioning"),
        notify.run(case, of="alerts", team="churn"),
        rules_tested.run(case),
        secret_source.run(case, of="receivers"),
    ]
    return [verdict.status for verdict in verdicts]


def rules(*lines: str) -> str:
    return "groups:\n  - name: a\n    rules:\n" + "".join(f"      - {line}\n" for line in lines)


def doubling(count: int) -> str:
    return rules(*(f"{{record: m{n}, expr: m{n + 1} + m{n + 1}}}" for n in range(count)), "{alert: A, expr: m0 > 1}")


def deep_routes(depth: int) -> str:
    text = "route:\n  receiver: a\n"
    for level in range(depth):
        text += "  " * (level + 1) + "routes:\n" + "  " * (level + 1) + "- receiver: a\n"
    return text + "receivers: [{name: a}]\n"


@pytest.mark.parametrize(
    "texts",
    [
        {"rules.yml": doubling(60)},
        {"rules.yml": rules("{record: m0, expr: m0 + 1}", "{alert: A, expr: m0 > 1}")},
        {"rules.yml": rules("{record: m0, expr: m1}", "{record: m1, expr: m0}", "{alert: A, expr: m0 > 1}")},
        {"rules.yml": rules(*(f"{{alert: A{n}, expr: 'm{n} > 1'}}" for n in range(1_500)))},
        {"am.yml": deep_routes(30), "rules.yml": rules("{alert: A, expr: m > 1, labels: {severity: critical}}")},
        {"am.yml": "route:\n  routes: [" + "{continue: true, routes: [{}, {}]}, " * 400 + "]\nreceivers: []\n",
         "rules.yml": rules(*(f"{{alert: A{n}, expr: m > 1}}" for n in range(200)))},
        {"am.yml": "route: {receiver: a, matchers: ['" + "a=b," * 5_000 + "']}\nreceivers: [{name: a}]\n"},
        {"am.yml": "route: {match_re: {a: '" + "(a*)*" * 300 + "b'}}\nreceivers: []\n"},
        {"board.json": '{"panels": [' + '{"panels": [' * 5_000},
        {"board.json": '{"panels": [' + '{"targets": [{"expr": "((((((up))))))"}]},' * 2_000 + "{}]}"},
        {"x.yml": "groups: &a\n  - rules: *a\n"},
        {"x.yml": "rule_files: ['" + "*" * 3_000 + "']\nscrape_configs: [1, [2], {a: b}]\nalerting: 3\n"},
        {"x.yml": "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec: [1]\n"},
        {"x.yml": "tests: [1, {alert_rule_test: 3, input_series: {a: b}}]\nrule_files: 7\n"},
        {"x.yml": "apiVersion: 1\nproviders: [7, {options: 3}]\ndatasources: {a: b}\n"},
    ],
)  # fmt: skip
def test_every_file_gets_an_answer_in_time(texts: Mapping[str, str]) -> None:
    started = time.monotonic()
    statuses = judged(texts)
    assert len(statuses) == 8
    assert time.monotonic() - started < 10.0


def test_files_with_characters_left_out_get_an_answer() -> None:
    whole = (
        deep_routes(3) + "inhibit_rules: [{source_matchers: ['a=\"b\"'], equal: [a]}]\n",
        rules("{alert: A, expr: sum(up) > 1, for: 5m, labels: {severity: critical}}", "{record: a, expr: up}"),
        '{"panels": [{"title": "a", "targets": [{"expr": "up", "datasource": {"uid": "x"}}]}], "uid": "a"}',
    )
    chooser = random.Random(30)
    for _ in range(150):
        texts = {}
        for name, text in zip(("am.yml", "rules.yml", "board.json"), whole, strict=True):
            start = chooser.randrange(len(text))
            texts[name] = text[:start] + text[start + chooser.randrange(1, 12) :]
        assert len(judged(texts)) == 8
