import argparse
import json
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Signals:
    drift_psi: float | None
    recall_drop: float | None
    model_age_days: float | None
    new_rows: int
    data_version: str
    trained_version: str | None

    def above(self, name: str, bound: float) -> bool:
        value = getattr(self, name)
        return value is not None and math.isfinite(value) and value > bound


def decide(signals: Signals, bounds: dict[str, float]) -> bool:
    done = signals.data_version == signals.trained_version
    enough = signals.new_rows >= bounds["new_rows"]
    if done or not enough:
        return False
    if signals.trained_version is None:
        return True
    return any(signals.above(name, bounds[name]) for name in ("drift_psi", "recall_drop", "model_age_days"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--signals", type=Path, default=Path("reports/signals.json"))
    parser.add_argument("--config", type=Path, default=Path("config/retrain.toml"))
    arguments = parser.parse_args()
    bounds = tomllib.loads(arguments.config.read_text())["decide"]
    signals = Signals(**json.loads(arguments.signals.read_text()))
    print("true" if decide(signals, bounds) else "false")


if __name__ == "__main__":
    main()
