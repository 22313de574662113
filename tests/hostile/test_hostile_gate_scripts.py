"""Gate scripts that try to crash the grader, to keep it busy for ever, or to be run."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from gradeline.facts.gate_experiment import Start
from gradeline.facts.gate_runs import MAX_RUNS, MAX_WORK, Gate
from gradeline.readers.documents import is_document, read_document
from gradeline.readers.lazy import Lazy
from gradeline.readers.python import read_code
from gradeline.source import SourceFile

HEAD = "import json, sys\nmetrics = json.load(open('metrics.json'))\n"
END = "\nsys.exit(0 if metrics['auc'] >= 0.82 else 1)\n"


def gate(script: str, others: Mapping[str, str] | None = None) -> Gate:
    texts = {"gate.py": script, **(others or {})}

    def read(path: str) -> SourceFile | None:
        return SourceFile(path, texts[path]) if path in texts else None

    code = read_code(tuple(texts), read)
    documents = Lazy(tuple(texts), lambda path: read_document(path, read) if is_document(path) else None)
    return Gate(code, documents, Start(code.modules["gate.py"], ()))


ENDLESS = {
    "a loop without an end": "while True:\n    pass",
    "a function that calls itself": "def f(x):\n    return f(x)\nf(1)",
    "two functions that call each other": "def f():\n    g()\ndef g():\n    f()\nf()",
    "a list that grows while it is read": "x = [1]\nfor y in x:\n    x.append(y)",
    "lists of lists of lists": "x = [0]\nfor _ in range(400):\n    x = x + x",
    "a text that doubles": "x = 'a'\nfor _ in range(400):\n    x = x + x",
    "a power that has no end": "x = 9 ** 9 ** 9",
    "a number that grows": "x = 10\nfor _ in range(400):\n    x = x * x",
    "loops in loops in loops": "for a in range(300):\n  for b in range(300):\n    for c in range(300):\n      pass",
    "comprehensions in comprehensions": "x = [a for a in range(300) for b in range(300) for c in range(300)]",
    "a property that asks itself": "class A:\n    @property\n    def x(self):\n        return self.x\nA().x",
    "a class that makes itself": "class A:\n    def __init__(self):\n        A()\nA()",
    "recursion by a dictionary": "d = {}\nd['d'] = d\nx = [d] * 400\nprint(d, x)",
    "a default that calls itself": "from collections import defaultdict\nd = defaultdict(lambda: d['x'])\nd['y']",
    "generators in generators": "def g(n):\n    yield n\n    yield from g(n + 1)\nlist(g(0))",
    "a sum of a sum of a sum": "x = metrics['a']\nfor _ in range(399):\n    x = x + x",
    "a loop over what is made in it": "from itertools import count\nfor x in count():\n    print(x)",
}
ODD = {
    "a return outside of a function": "return 1",
    "a break outside of a loop": "break",
    "a star in a call of nothing": "print(*None, **None)",
    "an exception that is a number": "raise 7",
    "an except clause of numbers": "try:\n    raise ValueError\nexcept 7:\n    pass",
    "a bare raise": "raise",
    "names that are not there": "print(nobody.knows[this])",
    "a class of itself": "class A(A):\n    pass",
    "an enumeration of nothing": "from enum import Enum\nclass E(Enum):\n    pass\nE(1)",
    "infinite bounds": "print(float('inf') - float('inf'), float('nan') == float('nan'), int(float('1e9')))",
    "not a number as an integer": "int(float('nan'))",
    "a slice of a slice": "x = [1, 2, 3][::0][5:1:-1]",
    "a negative repetition": "x = [1] * -5 + 'a' * -5 if False else []",
    "unpacking the wrong number": "a, b, *c = 1,",
    "a dictionary with odd keys": "x = {None: 1, (1, 2): 2, 1.5: 3}\nx[None]",
    "a list as a key": "x = {}\nx[[1]] = 2",
    "a format that is wrong": "'{} {}'.format(1)\n'%d %d' % 1",
    "an assignment to a call's item": "metrics['a']['b']['c'] = 1",
    "a method of a number": "(1).real.bit_length().x",
    "a global that is not there": "def f():\n    global nobody\n    nobody += 1\nf()",
    "a match with odd patterns": "match metrics:\n    case {'a': [1, *_]}:\n        pass",
    "await and async": "async def f():\n    async with metrics as m:\n        return await m\nf()",
    "a walrus in a lambda": "print((lambda: (y := 3))())",
    "a decorator that is a number": "@7\ndef f():\n    pass\nf()",
    "an import of itself": "import gate\nfrom gate import *\nfrom . import gate as g",
    "a star import of nothing": "from nowhere import *\nx = something + 1",
}  # fmt: skip


# Each step looks at hundreds of values, and then a hundred bounds are asked about.
HEAVY = {
    "a mean of a long list": "xs = [metrics[f'x{k}'] for k in range(390)]\nfor k in range(390):\n"
    "    if sum(xs) / len(xs) > 10000:\n        pass",
    "a list that grows and is added up": "xs = []\nfor k in range(390):\n    xs.append(metrics[f'x{k}'])\n"
    "    if sum(xs) > 10000:\n        pass",
    "a product of products": "s = metrics['a']\nfor k in range(390):\n    s = s * metrics['b'] + s\n"
    "    if s > 1e9:\n        pass",
    "long lists that are compared": "a = list(range(390))\nfor k in range(390):\n"
    "    if a == list(range(390)):\n        pass",
    "a sum that is compared often": "s = metrics['a'] + metrics['b'] * 2 - metrics['c']\nfor k in range(390):\n"
    "    for j in range(8):\n        if s > 900 + k:\n            pass",
}
BOUNDS = "".join(f"if not metrics['m{number}'] >= 0.{number + 100}:\n    sys.exit(1)\n" for number in range(100))


@pytest.mark.parametrize("story", HEAVY)
def test_work_on_many_values_counts_as_many_steps(story: str) -> None:
    asked = gate(HEAD + HEAVY[story] + "\n" + BOUNDS)
    started = time.process_time()
    for one in asked.decisions:
        list(asked.closed(one.leaf))
    assert asked.work <= MAX_WORK + 25_000
    assert time.process_time() - started < 15  # less than one second; it was up to 150


@pytest.mark.parametrize("story", ENDLESS)
def test_a_script_without_an_end_is_left_after_a_bounded_amount_of_work(story: str) -> None:
    asked = gate(HEAD + ENDLESS[story] + END)
    started = time.monotonic()
    assert asked.good is None or asked.decisions is not None
    assert asked.runs <= MAX_RUNS
    assert asked.work <= MAX_WORK + 20_001
    assert time.monotonic() - started < 30  # far above what it takes; a grader that hangs would take for ever


@pytest.mark.parametrize("story", [*ENDLESS, *ODD])
def test_no_script_makes_the_grader_raise(story: str) -> None:
    asked = gate(HEAD + {**ENDLESS, **ODD}[story] + END)
    for one in asked.decisions:
        list(asked.closed(one.leaf))
    assert asked.good is None or asked.good[1].status == 0


def test_what_cannot_be_followed_is_said_with_its_line() -> None:
    asked = gate(HEAD + "exec(open('x').read())" + END)
    assert asked.good is None
    assert asked.lost is not None
    assert (asked.lost[0].line, asked.lost[1]) == (3, "exec() makes code or names at run time")


def test_a_script_is_never_run(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    asked = gate(
        f"import os, pathlib\nos.system('touch {canary}')\npathlib.Path('{canary}').write_text('x')\n"
        f"open('{canary}', 'w').write('x')\n" + HEAD + END
    )
    assert asked.good is not None
    assert not canary.exists()


def test_a_file_of_the_machine_is_not_read() -> None:
    asked = gate("import sys, yaml\nx = yaml.safe_load(open('/etc/hostname'))['x']\nsys.exit(0 if x > 3 else 1)\n")
    assert [one.leaf.key for one in asked.decisions] == [("/etc/hostname", "x")]


def test_a_gate_with_a_hundred_bounds_is_followed_as_far_as_the_bounds_allow() -> None:
    rules = "\n".join(f"- {{metric: m{number}, bound: 0.{number + 100}}}" for number in range(100))
    script = (
        "import json, sys, yaml\nmetrics = json.load(open('metrics.json'))\n"
        "bad = [r for r in yaml.safe_load(open('rules.yaml')) if not metrics[r['metric']] >= r['bound']]\n"
        "sys.exit(1 if bad else 0)\n"
    )
    asked = gate(script, {"rules.yaml": rules})
    assert asked.good is not None
    assert [one.blocks for one in asked.decisions][:20] == [True] * 20
    assert asked.runs <= MAX_RUNS


def test_not_a_number_is_followed_as_python_compares_it() -> None:
    open_gate = gate(HEAD + "if metrics['auc'] < 0.82:\n    sys.exit(1)\n")
    closed_gate = gate(HEAD + "if not metrics['auc'] >= 0.82:\n    sys.exit(1)\n")
    key = ("metrics.json", "auc")
    assert open_gate.with_face(key, math.nan).status == 0
    assert closed_gate.with_face(key, math.nan).status == 1


def asked(script: str) -> tuple[Gate, int]:
    """The gate after all the questions that checks ask, and how many functions were called for that."""
    called = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal called
        called += event == "call"

    found = gate(script)
    sys.setprofile(count)
    try:
        for one in found.decisions:
            list(found.closed(one.leaf))
    finally:
        sys.setprofile(None)
    return found, called


def assignments(count: int) -> str:
    lines = (f"a = a * 1.01 + m['k{number}'] / (a + 1)" for number in range(count))
    head = ("import json, sys", "m = json.load(open('m.json'))", "a = m['x']")
    return "\n".join((*head, *lines, "if a < 1: sys.exit(1)"))


def branches(count: int) -> str:
    tests = "".join(
        f"    if m['k{one}'] < 0.{one}:\n        bad.append('low')\n"
        f"    elif m['j{one}'] > {one}:\n        bad.append('high')\n"
        for one in range(count)
    )
    head = "import json, sys\ndef check(m):\n    bad = []\n"
    return head + tests + "    return bad\nif check(json.load(open('m.json'))):\n    sys.exit(1)\n"


def test_a_value_that_is_used_twice_in_each_assignment_costs_twice_as_much_for_twice_as_many() -> None:
    """Each part of a value was worked out for each of its uses: thirty such lines took longer than anybody waits."""
    (_, few), (found, many) = asked(assignments(40)), asked(assignments(80))
    assert many < 2.2 * few
    assert found.good is not None
    assert [one.bound for one in found.decisions] == [None]  # it does not run straight, so nobody knows where it turns


def test_a_long_sum_is_a_number_and_no_error() -> None:
    total = " + ".join(f"m['k{number}']" for number in range(150))
    found = gate(f"import json, sys\nm = json.load(open('m.json'))\nif {total} < 10:\n    sys.exit(1)\n")
    assert [one.blocks for one in found.decisions] == [True]


def test_a_step_of_a_long_function_with_many_branches_costs_what_one_of_a_short_function_costs() -> None:
    (short, few), (long, many) = asked(branches(10)), asked(branches(80))
    assert long.work > 8 * short.work
    assert many / long.work < 1.3 * few / short.work


def test_an_experiment_that_somebody_made_before_is_not_made_again_and_counts_all_the_same() -> None:
    first, called = asked(branches(10))
    again = Gate(first.code, first.documents, first.start)
    assert [one.blocks for one in again.decisions] == [one.blocks for one in first.decisions]
    assert again.good is not None
    assert again.runs <= first.runs

    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    third = Gate(first.code, first.documents, first.start)
    sys.setprofile(count)
    try:
        for one in third.decisions:
            list(third.closed(one.leaf))
    finally:
        sys.setprofile(None)
    assert calls < called / 2
    assert (third.runs, third.work) == (first.runs, first.work)
