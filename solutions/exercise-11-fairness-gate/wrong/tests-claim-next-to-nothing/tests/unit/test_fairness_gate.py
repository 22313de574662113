import pandas as pd

from fairness_gate import check

RULES = {
    "attributes": ["region"],
    "min_group_size": 4,
    "champion_tolerance": 0.02,
    "metrics": {"recall": {"max_gap": 0.1}, "selection_rate": {"max_gap": 0.1}},
}


def group(region: str, leavers: int, found: int, others: int, bothered: int) -> pd.DataFrame:
    """Customers of a region, of whom some leave and some would get an offer."""
    predicted = [1] * found + [0] * (leavers - found) + [1] * bothered + [0] * (others - bothered)
    return pd.DataFrame(
        {
            "region": [region] * (leavers + others),
            "churned": [1] * leavers + [0] * others,
            "predicted": predicted,
            "champion_predicted": predicted,
        }
    )


def customers(*parts: pd.DataFrame) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True)


def test_groups_that_are_treated_alike_pass():
    report = check(customers(group("north", 10, 5, 10, 2), group("south", 10, 5, 10, 2)), RULES)
    assert report is not None


def test_a_group_that_is_left_behind():
    report = check(customers(group("north", 10, 5, 10, 2), group("south", 10, 1, 10, 2)), RULES)
    assert isinstance(report.failures, list)


def test_a_small_group():
    report = check(customers(group("north", 10, 5, 10, 2), group("south", 1, 1, 0, 0)), RULES)
    assert len(report.warnings) >= 0
