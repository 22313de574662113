"""Checks the export, writes a page about it, and hands the checked data on."""

import os
import sys
from datetime import datetime

import pandas as pd
import yaml

from churn import schema

with open("config/data_contract.yaml") as file:
    contract = yaml.safe_load(file)
new = pd.read_csv("data/raw/customers.csv")
old = pd.read_csv("data/reference/customers.csv")

problems = schema.columns(new, contract) + schema.values(new, contract)
if len(new) < contract["least_rows"] or len(new) > contract["most_rows"]:
    problems.append(f"{len(new)} customers")
age = datetime.now().timestamp() - os.path.getmtime("data/raw/customers.csv")
if age / 3600 > contract["hours"]:
    problems.append("the export is old")
for name, bound in contract["psi"].items():
    value = schema.psi(old[name], new[name])
    if not value <= bound:
        problems.append(f"{name} has moved by {value:.2f}")

os.makedirs("reports", exist_ok=True)
with open("reports/data.html", "w") as page:
    page.write("<h1>Data contract</h1><ul>")
    for problem in problems:
        page.write(f"<li>{problem}</li>")
    page.write("</ul>")
if problems:
    sys.exit("\n".join(problems))
os.makedirs("data/checked", exist_ok=True)
new.to_csv("data/checked/customers.csv", index=False)
