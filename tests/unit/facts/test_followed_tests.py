"""Tests of a model are followed with models of a known behaviour: what is seen, and that nothing takes long."""

from __future__ import annotations

import time

import pytest

from gradeline.facts import trial_runs
from gradeline.facts.tests_suite import Suite
from gradeline.facts.trial_behaviours import Behaviours, Shown
from gradeline.facts.trial_models import Known
from gradeline.readers import load
from gradeline.source import SourceFile

KINDS = {"box": 0.0, "bag": 0.6, "tube": 1.5}
KNOWN = Known({"weight": 0.2, "express": -1.0, "kind": KINDS}, -2.0, frozenset(), "late")
HEAD = """
import itertools
import joblib
import numpy as np
import pandas as pd
import pytest

@pytest.fixture(scope="session")
def model():
    return joblib.load("models/orders.joblib")

@pytest.fixture
def orders():
    return pd.DataFrame({
        "order_id": [f"O{number}" for number in range(30)],
        "weight": [1.0 + number % 7 for number in range(30)],
        "express": [number % 2 for number in range(30)],
        "kind": [["box", "bag", "tube"][number % 3] for number in range(30)],
    })

def risk(model, table):
    return pd.Series(model.predict_proba(table)[:, 1], index=table.index)
"""


class Files:
    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts
        self.paths = tuple(sorted(texts))

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.texts[path]) if path in self.texts else None


def look(body: str, **files: str) -> tuple[Shown, ...]:
    project, _ = load(Files({"tests/test_orders.py": HEAD + body, **files}))
    suite = Suite(project)
    found = Behaviours(suite, KNOWN, ("kind",), ("kind",))
    return tuple(found.of(test) for test in suite.tests)


def test_a_case_that_asks_what_another_one_asked_counts_once() -> None:
    (shown,) = look("""
@pytest.mark.parametrize("again", [1, 2, 3])
def test_the_number(model, orders, again):
    assert np.allclose(risk(model, orders.assign(order_id="none")), risk(model, orders))
""")
    assert (shown.invariance, shown.direction) == (1, 0)


def test_shuffles_with_other_seeds_are_other_cases() -> None:
    (shown,) = look("""
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order(model, orders, seed):
    shuffled = orders.sample(frac=1, random_state=seed)
    assert np.allclose(risk(model, shuffled).sort_index(), risk(model, orders))
""")
    assert (shown.invariance, shown.about) == (3, {"the order of the rows"})


def test_half_of_the_rows_are_not_enough_for_a_direction() -> None:
    (shown,) = look("""
def test_heavier(model, orders):
    heavier = orders.assign(weight=orders["weight"] + 5)
    assert (risk(model, heavier) >= risk(model, orders)).mean() >= 0.5
""")
    assert (shown.direction, shown.some, shown.unsure) == (0, True, "")


def test_a_level_and_a_direction_in_one_test_count_as_both() -> None:
    (shown,) = look("""
def test_a_box(model):
    light = pd.DataFrame({"weight": [1.0], "express": [1], "kind": ["box"]})
    heavy = light.assign(weight=20.0)
    assert risk(model, light)[0] < 0.3
    assert risk(model, heavy)[0] > risk(model, light)[0]
""")
    assert (shown.minimum, shown.direction, shown.invariance) == (1, 1, 0)


def test_customers_of_another_kind_are_no_change() -> None:
    (shown,) = look("""
def test_express_is_earlier(model, orders):
    express, slow = orders[orders["express"] == 1], orders[orders["express"] == 0]
    assert risk(model, express).mean() < risk(model, slow).mean()
""")
    assert (shown.direction, shown.rows, shown.asked) == (0, 0, True)


def test_columns_of_other_labels_are_not_compared_in_silence() -> None:
    (shown,) = look("""
def test_the_order(model, orders):
    assert (risk(model, orders.iloc[::-1]) == risk(model, orders)).all()
""")
    assert shown.unsure == "columns with other labels are compared, which pandas refuses"


def test_what_is_made_when_a_module_is_loaded_is_followed() -> None:
    (shown,) = look("""
KINDS = []
for kind in ("box", "bag", "tube"):
    KINDS.append(kind)
PAIRS = list(itertools.combinations(KINDS, 2))

@pytest.mark.parametrize(("less", "more"), PAIRS)
def test_kinds(model, orders, less, more):
    assert (risk(model, orders.assign(kind=less)) <= risk(model, orders.assign(kind=more))).all()
""")
    assert (shown.direction, shown.cases, shown.rows) == (3, 3, 90)


@pytest.mark.parametrize("read", ['open("config/bounds.yaml")', 'Path("config/bounds.yaml").read_text()'])
def test_bounds_may_stand_in_a_file(read: str) -> None:
    (shown,) = look(f"""
import yaml
from collections import defaultdict
from pathlib import Path

BOUNDS = yaml.safe_load({read})

def test_box(model):
    found = defaultdict(list)
    for name in BOUNDS["names"]:
        found[name].append(risk(model, pd.DataFrame([dict(weight=1.0, express=1, kind=name)]))[0])
    assert max(found["box"]) <= BOUNDS["box"]["high"]
""", **{"config/bounds.yaml": "box: {high: 0.3}\nnames: [box]\n"})  # fmt: skip
    assert (shown.minimum, shown.unsure) == (1, "")


def test_a_table_that_is_changed_in_place_is_changed() -> None:
    (shown,) = look("""
def test_the_number(model, orders):
    before = risk(model, orders)
    orders.drop(columns="order_id", inplace=True)
    assert np.allclose(risk(model, orders), before)
""")
    assert (shown.invariance, shown.about) == (1, {"order_id"})


HOSTILE = {
    "a loop without an end": "    while True:\n        pass\n",
    "a number without an end": "    n = 9\n    for _ in range(99):\n        n = n * n\n",
    "a power": "    n = 9 ** 9 ** 9\n",
    "a long text": "    t = 'x' * 10**9\n",
    "a text that doubles": "    t = 'x'\n    for _ in range(60):\n        t = t + t\n",
    "a text that pads": "    t = 'x'.ljust(10**9)\n",
    "a text that is filled in": "    t = f'{1:0999999999d}'\n",
    "a list that doubles": "    t = [1]\n    for _ in range(60):\n        t.extend(t)\n",
    "a list in itself": "    t = []\n    t.append(t)\n    u = []\n    u.append(u)\n    assert t == u\n",
    "lists in lists": "    t = 1\n    for _ in range(60):\n        t = [t, t]\n    u = 1\n    for _ in range(60):\n"
                      "        u = [u, u]\n    assert t == u\n",
    "tuples as keys": "    t = 1\n    for _ in range(60):\n        t = (t, t)\n    d = {t: 1}\n",
    "a long range": "    t = list(range(10**12))\n",
    "a long product": "    t = list(itertools.product(range(99), repeat=9))\n",
    "a long table": "    t = pd.DataFrame({'weight': np.zeros(10**9)})\n",
    "a table that doubles": "    t = orders\n    for _ in range(60):\n        t = pd.concat([t, t])\n",
    "calls without an end": "    f = lambda n: f(n)\n    f(1)\n",
    "an inner name": "    t = orders.__class__.__mro__\n",
    "an inner form": "    t = '{0.__class__}'.format(orders)\n",
    "code": "    eval('1')\n",
    "a file": "    open('/etc/passwd').read()\n",
    "a deep expression": "    t = " + "(" * 80 + "1" + ")" * 80 + "\n",
    "a deep sum": "    t = " + "+".join(["1"] * 150) + "\n",
    "joins of tables": "    t = orders.assign(k=1)\n    for _ in range(9):\n        t = t.merge(t, how='cross')\n",
    "a wrong key": "    t = orders.loc['x':3, ['weight']]\n    t[None] = {}\n",
    "a sort of everything": "    t = sorted([1, 'a', None, orders])\n",
    "an iterator of a table": "    t = [one for one in orders.groupby(orders)]\n",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_no_test_takes_long_or_ends_the_grader(name: str) -> None:
    started = time.process_time()
    (shown,) = look(f"""
def test_it(model, orders):
    answer = risk(model, orders)
{HOSTILE[name]}
    assert (answer >= 0).all()
""")
    assert (shown.invariance, shown.direction, shown.minimum) == (0, 0, 0)
    assert time.process_time() - started < 10


def test_many_tests_are_followed_until_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial_runs, "MAX_STEPS_OF_ALL", 60_000)
    body = "\n".join(
        f"""
def test_{number}(model, orders):
    for more in range(200):
        assert (risk(model, orders.assign(weight=more)) >= risk(model, orders.assign(weight=0))).all()
"""
        for number in range(40)
    )
    started = time.process_time()
    found = look(body)
    assert found[0].direction == 1
    assert found[-1].unsure == "there are too many tests to follow all of them"
    assert time.process_time() - started < 20
