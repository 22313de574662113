"""Draws the ROC curve as text: ``python scripts/chart.py reports/roc.csv >> report.md``

Prints a chart in Mermaid, which GitHub draws wherever it shows Markdown.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

POINTS = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("points", type=Path, help="CSV file with false_positives and recall")
    arguments = parser.parse_args()
    curve = pd.read_csv(arguments.points).drop_duplicates("false_positives", keep="last")
    known = curve.set_index("false_positives")["recall"]
    wanted = [step / POINTS for step in range(POINTS + 1)]
    recall = known.reindex(known.index.union(wanted)).interpolate("index")[wanted]
    print("```mermaid")
    print("xychart-beta")
    print('    title "ROC curve"')
    print('    x-axis "stayed, but would be called" 0 --> 1')
    print('    y-axis "left, and would be called" 0 --> 1')
    print(f"    line [{', '.join(f'{value:.3f}' for value in recall)}]")
    print("```")


if __name__ == "__main__":
    main()
