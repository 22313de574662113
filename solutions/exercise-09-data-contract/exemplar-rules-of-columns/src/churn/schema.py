"""The rules of the export, from ``config/data_contract.yaml``: each one is a name and the number of rows that break it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

_IS = {
    "text": lambda column: types.is_object_dtype(column) or types.is_string_dtype(column),
    "whole": types.is_integer_dtype,
    "number": types.is_numeric_dtype,
}


def broken(frame: pd.DataFrame, contract: dict[str, Any]) -> Iterator[str]:
    """What an export breaks; nothing when it keeps the contract."""
    wanted = contract["columns"]
    if set(frame.columns) != set(wanted):
        yield f"columns: {sorted(set(frame.columns) ^ set(wanted))}"
        return
    for name, rule in wanted.items():
        column = frame[name]
        if column.isna().any():
            yield f"{name}: empty"
        if not _IS[rule["type"]](column):
            yield f"{name}: not {rule['type']}"
            continue
        if "allowed" in rule and not column.isin(rule["allowed"]).all():
            yield f"{name}: unknown word"
        if "least" in rule and (column < rule["least"]).any():
            yield f"{name}: below {rule['least']}"
        if "most" in rule and (column > rule["most"]).any():
            yield f"{name}: above {rule['most']}"
    if frame["customer_id"].duplicated().any():
        yield "customer_id: twice"
    longer = frame["tenure_months"] >= 1
    if (frame.loc[longer, "total_charges"] < frame.loc[longer, "monthly_charges"]).any():
        yield "total_charges: below one month"
    if not contract["rows"]["least"] <= len(frame) <= contract["rows"]["most"]:
        yield f"rows: {len(frame)}"


def distance(one: pd.Series, other: pd.Series) -> float:
    """The Kolmogorov-Smirnov statistic of two columns."""
    points = np.sort(np.concatenate([one, other]))
    first = np.searchsorted(np.sort(one), points, side="right") / len(one)
    second = np.searchsorted(np.sort(other), points, side="right") / len(other)
    return float(np.abs(first - second).max())


def drifted(frame: pd.DataFrame, reference: pd.DataFrame, contract: dict[str, Any]) -> Iterator[str]:
    for name in contract["drift"]["columns"]:
        found = distance(frame[name], reference[name])
        if not found <= contract["drift"]["bound"]:
            yield f"{name}: drifted by {found:.2f}"
