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
    assert report.failures == []
    assert report.warnings == []


def test_large_groups_that_are_treated_alike_pass():
    report = check(customers(group("north", 40, 20, 40, 8), group("south", 40, 20, 40, 8)), RULES)
    assert report.failures == []


def test_three_groups_that_are_treated_alike_pass():
    parts = [group(name, 10, 5, 10, 2) for name in ("north", "south", "east")]
    assert check(customers(*parts), RULES).failures == []
