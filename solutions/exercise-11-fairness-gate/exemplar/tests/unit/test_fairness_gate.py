import pandas as pd
import pytest

from fairness_gate import check, gap

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


@pytest.mark.parametrize(
    ("leavers", "found", "others", "bothered", "metric"),
    [(10, 2, 10, 5, "recall"), (10, 5, 10, 8, "selection_rate")],
)
def test_a_group_that_is_left_behind_fails(leavers, found, others, bothered, metric):
    south = group("south", leavers, found, others, bothered)
    report = check(customers(group("north", 10, 5, 10, 2), south), RULES)
    assert any(metric in failure for failure in report.failures)


def test_a_gap_that_the_champion_has_not_fails():
    table = customers(group("north", 40, 20, 40, 8), group("south", 40, 18, 40, 8))
    assert check(table, RULES).failures == []
    table["champion_predicted"] = customers(group("north", 40, 20, 40, 8), group("south", 40, 20, 40, 8))["predicted"]
    assert len(check(table, RULES).failures) == 2


def test_a_small_group_is_named_and_does_not_decide_alone():
    table = customers(group("north", 10, 5, 10, 2), group("south", 10, 5, 10, 2), group("east", 0, 0, 3, 1))
    report = check(table, {**RULES, "metrics": {"selection_rate": {"max_gap": 0.1}}})
    assert report.failures == []
    assert report.warnings == ["region east: only 3 customers, judged with others"]


def test_a_group_without_leavers_has_no_recall_and_fails():
    report = check(customers(group("north", 10, 5, 10, 2), group("south", 0, 0, 10, 4)), RULES)
    assert "region: recall is nan apart" in report.failures


def test_the_gap_is_between_the_best_and_the_worst_group():
    table = customers(group("north", 10, 5, 0, 0), group("south", 10, 8, 0, 0), group("east", 10, 6, 0, 0))
    assert gap(table, table["region"], "recall", "predicted") == pytest.approx(0.3)
