"""Decides whether the candidate may be registered."""

import json
import math
import os
import sys
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

ROOT = Path(__file__).resolve().parents[1]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Gate(Strict):
    at_least: bool
    bound: float
    severity: Literal["block", "warn"]


class Compared(Strict):
    metric: str
    to: Literal["champion", "dummy"]
    at_least: bool
    change: float
    severity: Literal["block", "warn"]


class Config(Strict):
    version: int
    gates: dict[str, Gate]
    compared: list[Compared]


class Verdict(BaseModel):
    name: str
    value: float
    bound: float
    passed: bool
    severity: str

    @property
    def blocks(self) -> bool:
        return not self.passed and self.severity == "block"


def holds(value: float, bound: float, at_least: bool) -> bool:
    """Only a number on the right side passes, so NaN never does."""
    return value >= bound if at_least else value <= bound


def judge(config: Config, report: dict) -> list[Verdict]:
    candidate = report["candidate"]
    verdicts = [
        Verdict(
            name=metric,
            value=candidate[metric],
            bound=gate.bound,
            passed=holds(candidate[metric], gate.bound, gate.at_least),
            severity=gate.severity,
        )
        for metric, gate in config.gates.items()
    ]
    for rule in config.compared:
        reference = report.get(rule.to)
        if reference is None and rule.to == "champion":
            continue  # the first model has nobody to beat
        change = candidate[rule.metric] - reference[rule.metric]
        passed = holds(change, rule.change, rule.at_least)
        name = f"{rule.metric} against {rule.to}"
        verdicts.append(Verdict(name=name, value=change, bound=rule.change, passed=passed, severity=rule.severity))
    if any(math.isnan(one.value) for one in verdicts):
        raise SystemExit("a number is NaN")
    return verdicts


def main() -> None:
    config = Config.model_validate(yaml.safe_load((ROOT / "config/gates.yaml").read_text()))
    report = json.loads((ROOT / "reports/metrics.json").read_text())
    verdicts = judge(config, report)
    with open(os.environ["GITHUB_STEP_SUMMARY"], "a") as page:
        print("| gate | value | bound | verdict |\n|---|---|---|---|", file=page)
        for one in verdicts:
            word = "pass" if one.passed else one.severity
            print(f"| {one.name} | {one.value:.3f} | {one.bound} | {word} |", file=page)
    sys.exit(any(one.blocks for one in verdicts))


if __name__ == "__main__":
    main()
