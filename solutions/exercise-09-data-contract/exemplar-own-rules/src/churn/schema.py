"""The rules of the contract as functions; each answers with what is wrong."""

import numpy as np
import pandas as pd


def columns(customers: pd.DataFrame, contract: dict) -> list[str]:
    wanted = {contract["key"], *contract["numbers"], *contract["words"]}
    found = []
    if set(customers.columns) != wanted:
        found.append("the columns are not the agreed ones")
    for name in contract["numbers"]:
        if not pd.api.types.is_numeric_dtype(customers[name]):
            found.append(f"{name} is not a number")
    for name in [contract["key"], *contract["words"]]:
        if customers[name].dtype == "float64":
            found.append(f"{name} is not text")
    return found


def values(customers: pd.DataFrame, contract: dict) -> list[str]:
    found = []
    key = customers[contract["key"]]
    if key.isna().any() or key.duplicated().any():
        found.append("a customer is there twice, or has no id")
    for name, rule in contract["numbers"].items():
        if not customers[name].between(rule["least"], rule["most"]).all():
            found.append(f"{name} is out of range")
    for name, allowed in contract["words"].items():
        if not customers[name].isin(allowed).all():
            found.append(f"{name} has other words")
    known = customers[customers["tenure_months"] > 0]
    if (known["total_charges"] < known["monthly_charges"]).any():
        found.append("somebody has paid less than a month")
    return found


def psi(old: pd.Series, new: pd.Series) -> float:
    edges = np.unique(np.quantile(old, np.linspace(0, 1, 11)))
    before = np.histogram(old, edges)[0] / len(old) + 1e-4
    now = np.histogram(new.clip(edges[0], edges[-1]), edges)[0] / len(new) + 1e-4
    return float(np.sum((now - before) * np.log(now / before)))
