import pytest
import yaml

from fairness_gate import Unfair, main, problems, share

CONFIG = {
    "attributes": {"region": {}},
    "notions": {
        "recall": {"max_gap": 0.1, "max_growth": 0.03},
        "precision": {"max_gap": 0.1, "max_growth": 0.03},
    },
    "min_group_size": 5,
}


@pytest.fixture
def customer():
    def make(region, churned, predicted, champion=None):
        return {
            "region": region,
            "churned": str(churned),
            "predicted": str(predicted),
            "champion_predicted": str(predicted if champion is None else champion),
        }

    return make


@pytest.fixture
def north(customer):
    return [customer("north", left, chosen) for left in (0, 1) for chosen in (0, 1) for _ in range(10)]


CASES = {
    "alike": ([(0, 0, 10), (0, 1, 10), (1, 0, 10), (1, 1, 10)], []),
    "not found": ([(0, 0, 17), (0, 1, 3), (1, 0, 17), (1, 1, 3)], ["region: the groups are 0.350 apart in recall"]),
    "bothered": ([(0, 0, 0), (0, 1, 30), (1, 0, 10), (1, 1, 10)], ["region: the groups are 0.250 apart in precision"]),
    "tiny": ([(1, 1, 1), (0, 0, 1)], ["region south: too few customers to judge"]),
}


@pytest.mark.parametrize("name", CASES)
def test_what_the_gate_says(name, customer, north):
    cells, expected = CASES[name]
    south = [customer("south", left, chosen) for left, chosen, times in cells for _ in range(times)]
    assert problems(north + south, CONFIG) == expected


def test_a_candidate_that_is_less_fair_than_the_champion(customer, north):
    south = [customer("south", left, chosen) for left in (0, 1) for chosen in (0, 1) for _ in range(10)]
    south[30] = customer("south", 1, 0, champion=1)
    assert len(problems(north + south, CONFIG)) == 1


def test_nobody_to_measure():
    with pytest.raises(Unfair):
        share(0, 0)


def test_the_exit_status(tmp_path, north):
    rules = tmp_path / "fairness.yaml"
    rules.write_text(yaml.safe_dump(CONFIG))
    table = tmp_path / "predictions.csv"
    lines = [",".join(north[0]), *(",".join(row.values()) for row in north)]
    table.write_text("\n".join(lines))
    assert main(["--config", str(rules), "--predictions", str(table)]) == 0
