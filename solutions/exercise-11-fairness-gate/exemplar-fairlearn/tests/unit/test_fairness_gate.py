import unittest

import pandas as pd

from fairness_gate import judge

RULES = {
    "sensitive": [{"column": "age_band"}],
    "smallest_group": 10,
    "rules": [
        {"metric": "equal_opportunity", "min_ratio": 0.8, "may_lose": 0.04},
        {"metric": "predictive_equality", "min_ratio": 0.8, "may_lose": 0.04},
    ],
}


def rows(age_band, churned, predicted, champion, times):
    return [
        {"age_band": age_band, "churned": churned, "predicted": predicted, "champion_predicted": champion}
        for _ in range(times)
    ]


def young(times=10):
    return [
        *rows("18-29", 1, 1, 1, times),
        *rows("18-29", 1, 0, 0, times),
        *rows("18-29", 0, 1, 1, times),
        *rows("18-29", 0, 0, 0, times),
    ]


class TheGate(unittest.TestCase):
    def test_is_content_with_groups_that_are_alike(self):
        old = [{**row, "age_band": "60+"} for row in young()]
        self.assertEqual(judge(pd.DataFrame(young() + old), RULES), [])

    def test_stops_when_older_leavers_are_not_found(self):
        old = [
            *rows("60+", 1, 1, 1, 5),
            *rows("60+", 1, 0, 0, 15),
            *rows("60+", 0, 1, 1, 10),
            *rows("60+", 0, 0, 0, 10),
        ]
        lines = judge(pd.DataFrame(young() + old), RULES)
        self.assertIn("STOP: age_band, equal_opportunity: the worst group has 0.50 of the best", lines)

    def test_stops_when_the_champion_was_fairer(self):
        old = [{**row, "age_band": "60+"} for row in young()]
        old[0] = {**old[0], "predicted": 0}
        lines = judge(pd.DataFrame(young() + old), RULES)
        self.assertEqual(len(lines), 1)
        self.assertTrue(lines[0].startswith("STOP"))

    def test_warns_of_a_small_group(self):
        old = [{**row, "age_band": "60+"} for row in young(1)]
        lines = judge(pd.DataFrame(young() + old), RULES)
        self.assertEqual(lines, ["WARN: age_band 60+ has only 4 customers"])


if __name__ == "__main__":
    unittest.main()
