"""Stops a candidate that leaves a group behind: ``python scripts/fairness_gate.py --config config/fairness.yaml``

No table library: every customer is counted once. A group that is too small stops the run, as nobody
can say whether it is treated well; a person then decides.
"""

from __future__ import annotations

import argparse
import csv
import logging
from collections import Counter, defaultdict
from dataclasses import dataclass

import yaml

log = logging.getLogger("fairness")


class Unfair(Exception):
    """The candidate must not be promoted."""


@dataclass(frozen=True)
class Notion:
    name: str
    max_gap: float
    max_growth: float


def share(part: int, whole: int) -> float:
    if whole == 0:
        raise Unfair("a group has nobody of whom the number could be measured")
    return part / whole


def value(notion: str, cells: Counter) -> float:
    if notion == "recall":
        return share(cells["found"], cells["found"] + cells["missed"])
    if notion == "precision":
        return share(cells["found"], cells["found"] + cells["bothered"])
    raise Unfair(f"nobody knows how to measure {notion}")


def count(rows: list[dict], attribute: str, column: str) -> dict[str, Counter]:
    groups: dict[str, Counter] = defaultdict(Counter)
    for row in rows:
        chosen, left = int(row[column]), int(row["churned"])
        kind = ("found" if left else "bothered") if chosen else ("missed" if left else "spared")
        groups[row[attribute]][kind] += 1
    return groups


def spread(notion: str, groups: dict[str, Counter]) -> float:
    values = [value(notion, cells) for cells in groups.values()]
    return max(values) - min(values)


def problems(rows: list[dict], config: dict) -> list[str]:
    found = [] if rows else ["there are no customers"]
    notions = [Notion(name, **limits) for name, limits in config["notions"].items()]
    for attribute in config["attributes"]:
        now = count(rows, attribute, "predicted")
        before = count(rows, attribute, "champion_predicted")
        for group, cells in now.items():
            if sum(cells.values()) < config["min_group_size"]:
                found.append(f"{attribute} {group or 'not known'}: too few customers to judge")
        if found:
            continue
        for notion in notions:
            gap, earlier = spread(notion.name, now), spread(notion.name, before)
            if gap > notion.max_gap:
                found.append(f"{attribute}: the groups are {gap:.3f} apart in {notion.name}")
            elif gap > earlier + notion.max_growth:
                found.append(f"{attribute}: {notion.name} is further apart than the champion's")
    return found


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", default="config/fairness.yaml")
    parser.add_argument("--predictions", default="reports/predictions.csv")
    options = parser.parse_args(argv)
    with open(options.config, encoding="utf-8") as file:
        config = yaml.safe_load(file)
    with open(options.predictions, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = problems(rows, config)
    for problem in found:
        log.error(problem)
    return len(found) > 0


if __name__ == "__main__":
    raise SystemExit(main())
