"""The verdict on the shadow: exit status 1 keeps the challenger away from customers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    passed: bool
    detail: str


def checks(report: dict, bounds: dict) -> list[Check]:
    champion, challenger = (report[arm]["p95_latency_ms"] for arm in ("champion", "challenger"))
    limit = min(bounds["p95_latency_ms"]["max"], champion * bounds["p95_latency_ms"]["ratio"])
    return [
        Check("requests", report["requests"] >= bounds["requests"]["min"], f"{report['requests']}"),
        Check("agreement", report["agreement"] >= bounds["agreement"]["min"], f"{report['agreement']:.3f}"),
        Check("score shift", abs(report["score_shift"]) <= bounds["score_shift"]["max"], f"{report['score_shift']:+.3f}"),
        Check("p95", challenger <= limit, f"{challenger} ms, limit {limit:.0f} ms"),
    ]


def main() -> None:
    bounds = yaml.safe_load(Path("config/ab.yaml").read_text())["shadow"]
    report = json.loads(Path("reports/shadow.json").read_text())
    results = checks(report, bounds)
    for result in results:
        print(f"{'ok  ' if result.passed else 'FAIL'} {result.name}: {result.detail}")
    if not all(result.passed for result in results):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
