"""A script of the repository that checks new data is read as a data check wherever a pipeline starts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from gradeline.checks import registry
from gradeline.facts.case import Case, build_case
from gradeline.facts.programs import Program
from gradeline.readers import load
from gradeline.source import SourceFile

PIPELINE = """\
on: {workflow_dispatch: {}}
permissions: {contents: read}
jobs:
  retrain:
    runs-on: ubuntu-24.04
    steps:
      - run: python scripts/look.py
      - run: python -m churn.train
"""
RULES = """\
import sys

import pandas as pd

frame = pd.read_csv("data/raw/customers.csv")
if not frame["tenure"].between(0, 120).all():
    sys.exit("tenure is out of range")
"""


@dataclass(frozen=True)
class Submission:
    texts: Mapping[str, str]

    @property
    def paths(self) -> Sequence[str]:
        return tuple(sorted(self.texts))

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.texts[path]) if path in self.texts else None


def case_of(script: str) -> Case:
    texts = {".github/workflows/retrain.yml": PIPELINE, "scripts/look.py": script, "src/churn/train.py": "print(1)\n"}
    project, pipelines = load(Submission(texts))
    return build_case(project, pipelines, {}, {"src/churn/train.py": Program(frozenset({"train"}))})


def status(script: str) -> str:
    return registry.run("gates", case_of(script), {"gate": "data-validation", "target": "train"}).status


def test_a_script_that_stops_for_bad_data_is_a_data_check() -> None:
    assert status(RULES) == "met"


def test_a_script_that_only_prints_is_none() -> None:
    assert status(RULES.replace("sys.exit(", "print(")) == "unmet"


def test_a_gate_on_a_model_is_none() -> None:
    gate = """\
import sys

import pandas as pd
from sklearn.metrics import recall_score

frame = pd.read_csv("reports/predictions.csv")
if not recall_score(frame["churned"], frame["predicted"]) >= 0.5:
    sys.exit("too low")
"""
    assert status(gate) == "unmet"


@pytest.mark.parametrize("text", ["frame = eval(open('x').read())", "import pandas\nprint(pandas.read_csv('x'))"])
def test_a_script_that_decides_nothing_that_can_be_seen_is_none(text: str) -> None:
    assert status(text) in ("unmet", "cannot_tell")
