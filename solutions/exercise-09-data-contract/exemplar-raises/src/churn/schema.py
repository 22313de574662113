from pathlib import Path

import pandera.pandas as pa
import yaml

CONTRACT = yaml.safe_load(Path("config/data_contract.yaml").read_text())["contract"]


def _rules(field: dict) -> list[pa.Check]:
    if "oneof" in field:
        return [pa.Check.isin(field["oneof"])]
    if "low" in field:
        return [pa.Check.ge(field["low"]), pa.Check.le(field["high"])]
    return [pa.Check.str_length(min_value=1)]


SCHEMA = pa.DataFrameSchema(
    {field["name"]: pa.Column(field["kind"], _rules(field)) for field in CONTRACT["fields"]},
    checks=pa.Check(lambda frame: (frame["total_charges"] >= frame["monthly_charges"]) | (frame["tenure_months"] == 0)),
    unique=["customer_id"],
    strict=True,
)
