"""Decides whether the candidate may be registered: ``python scripts/gate.py [report] [gates]``."""

from __future__ import annotations

import json
import operator
import os
import sys
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, FiniteFloat, TypeAdapter

BETTER = {"higher": operator.ge, "lower": operator.le}


class Gate(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    metric: Literal["auc", "recall_at_top_decile", "p95_latency_ms", "model_size_mb"]
    direction: Literal["higher", "lower"]
    bound: FiniteFloat
    severity: Literal["stop", "warn"]
    against: Literal["champion", "dummy"] | None = None

    def decide(self, report: dict) -> tuple[bool, str]:
        value = report["candidate"][self.metric]
        if self.against:
            other = report[self.against]
            if other is None:
                return True, "first model"
            value = value - other[self.metric]
        return BETTER[self.direction](value, self.bound), f"{value:.3f}"


def summary(lines: list[str]) -> None:
    text = "\n".join(["| gate | value | bound | |", "|---|---:|---:|---|", *lines, ""])
    print(text)
    if page := os.environ.get("GITHUB_STEP_SUMMARY"):
        with open(page, "a", encoding="utf-8") as file:
            file.write(text)


def main(report_path: str = "reports/metrics.json", gates_path: str = "config/gates.yaml") -> int:
    gates = TypeAdapter(list[Gate]).validate_python(yaml.safe_load(Path(gates_path).read_text())["gates"])
    if len(gates) < 5:
        raise SystemExit("there are fewer than five gates")
    report = json.loads(Path(report_path).read_text(encoding="utf-8"))
    lines, stopped = [], False
    for gate in gates:
        try:
            good, said = gate.decide(report)
        except (KeyError, TypeError) as error:
            good, said = False, f"no number ({error})"
        lines.append(f"| {gate.name} | {said} | {gate.bound} | {'yes' if good else gate.severity} |")
        stopped |= not good and gate.severity == "stop"
    summary(lines)
    return int(stopped)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
