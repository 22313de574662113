import pandas as pd
import pytest

from fairness_gate import judge

RULES = {
    "attributes": ["age_band", "region"],
    "smallest_group": 30,
    "worse_than_champion": 0.02,
    "metrics": {"recall": {"max_gap": 0.10}, "selection_rate": {"max_gap": 0.10}},
}
AGES = ["18-29", "30-44", "45-59", "60+"]
REGIONS = ["north", "south", "east", "west"]


def customers(each=20):
    rows = []
    for age in AGES:
        for region in REGIONS:
            for number in range(each):
                left = number % 2
                found = left if number % 10 else 0
                rows.append({"age_band": age, "region": region, "churned": left, "predicted": found, "champion_predicted": found})
    return pd.DataFrame(rows)


def test_a_fair_candidate_goes_on():
    assert judge(customers(), RULES) == ([], [])


@pytest.mark.parametrize(("column", "group"), [("age_band", "60+"), ("region", "east")])
def test_a_group_that_is_left_behind_stops_the_run(column, group):
    rows = customers()
    rows.loc[rows[column] == group, "predicted"] = 0
    stops, _ = judge(rows, RULES)
    assert any(column in stop and "recall" in stop for stop in stops)


def test_small_groups_are_named():
    rows = customers()
    few = rows[rows["age_band"] == "60+"].head(10)
    stops, notes = judge(pd.concat([rows[rows["age_band"] != "60+"], few]), RULES)
    assert any("60+" in note for note in notes)


def test_nobody_without_a_prediction():
    rows = customers().astype({"predicted": float})
    rows.loc[4, "predicted"] = None
    assert judge(rows, RULES)[0] == ["somebody has no prediction"]
