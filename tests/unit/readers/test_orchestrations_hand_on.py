"""What a task of an orchestration hands on: a place, a small value, or the data itself."""

from __future__ import annotations

import ast
import textwrap

import pytest

from gradeline.model.code import Codebase, Module
from gradeline.readers.flows.joined import formatted
from gradeline.readers.flows.passes import of_function
from gradeline.readers.flows.values import Joined, Unknown
from gradeline.source import SourceFile

HEAD = """
import json
from pathlib import Path
import joblib
import mlflow
import numpy as np
import pandas as pd
import requests
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

ROOT = Path("runs")


def place_of(day):
    return f"runs/{day}"


def table_of(day):
    frame = pd.read_csv(place_of(day))
    return frame.dropna()


def typed(day) -> str:
    return fetch(day)

"""


def handed_on(body: str, arguments: str = "day") -> list[str]:
    text = f"{HEAD}\ndef work({arguments}):\n{textwrap.indent(textwrap.dedent(body), '    ')}\n"
    module = Module(SourceFile("flows/churn.py", text), ast.parse(text), ())
    function = module.definitions["work"]
    assert isinstance(function, ast.FunctionDef)
    return [one.kind for one in of_function(Codebase({"flows/churn.py": module}), module, function)]


@pytest.mark.parametrize("body", [
    'return f"s3://kestrel/{day}/customers.parquet"',
    'return str(ROOT / day / "customers.csv")',
    "target = ROOT / day\npd.read_csv('x').to_csv(target)\nreturn target.as_posix()",
    "return place_of(day)",
    "return typed(day)",
    'return {"place": str(ROOT), "day": day}',
])  # fmt: skip
def test_a_place_is_a_reference(body: str) -> None:
    assert handed_on(body) == ["reference"]


@pytest.mark.parametrize("body", [
    "return len(pd.read_csv(day))",
    'return float(pd.read_csv(day)["churned"].mean())',
    'return {"auc": roc_auc_score([0, 1], [0.1, 0.9])}',
    'return json.loads(Path("metrics.json").read_bytes())["auc"] >= 0.8',
    'return mlflow.register_model("runs:/1/model", "churn").version',
    "return pd.read_csv(day).to_csv('out.csv')",
    "return pd.read_csv(day).shape",
    "return None",
    "return day",
])  # fmt: skip
def test_numbers_and_answers_are_small(body: str) -> None:
    assert handed_on(body) == ["small"]


@pytest.mark.parametrize("body", [
    "return pd.read_csv(day)",
    "frame = pd.read_csv(day)\nframe = frame.query('tenure > 1')\nreturn frame",
    "return pd.read_csv(day).to_json()",
    "return pd.read_csv(day).to_dict(orient='records')",
    "return table_of(day)",
    "model = LogisticRegression()\nmodel.fit([[1]], [1])\nreturn model",
    "model = joblib.load(day)\nreturn {'model': model, 'day': day}",
    "x, y = np.array([1]), np.array([2])\nreturn x, y",
    "for part in pd.read_csv(day, chunksize=10):\n    last = part\nreturn last",
    "return Path(day).read_bytes()",
    "return pd.read_csv(day).values if day else None",
    "yield pd.read_csv(day)",
])  # fmt: skip
def test_tables_arrays_and_models_are_the_data_itself(body: str) -> None:
    assert handed_on(body) == ["data"]


def test_an_argument_that_is_called_a_table_is_one() -> None:
    assert handed_on("return customers", "customers: pd.DataFrame") == ["data"]


def test_what_another_library_gives_is_hidden() -> None:
    assert handed_on("return requests.get(day).json()") == ["hidden"]


def test_each_way_out_is_looked_at_and_inner_functions_are_not() -> None:
    body = """
    def inner():
        return pd.read_csv(day)
    if day:
        return "nothing"
    return 3
    """
    assert handed_on(body) == ["reference", "small"]


def test_functions_that_call_each_other_come_to_an_end() -> None:
    assert handed_on("return work(day)") == ["hidden"]


def test_text_is_formatted_as_python_would() -> None:
    assert formatted("train_{}_{b}_{0}", ["a"], {"b": 3}) == "train_a_3_a"
    assert formatted("{{}}", [], {}) == "{}"
    assert isinstance(formatted("{:>9999999999}", ["a"], {}), Unknown)
    assert isinstance(formatted("{0.real}", [1], {}), Unknown)
    assert isinstance(formatted("{", [], {}), Unknown)
    assert isinstance(formatted("x{}", [Unknown()], {}), Joined)
