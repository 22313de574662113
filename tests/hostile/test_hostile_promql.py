"""No expression ends the process, runs long or raises anything but the known error."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import time

import pytest

from gradeline.facts.promql import PromQLError, comparisons, parse, series, truth
from gradeline.syntax.promql import MAX_NESTING

N = MAX_NESTING
DEEPEST = {
    "parentheses": "(" * N + "1" + ")" * N,
    "sums": "sum(" * N + "up" + ")" * N,
    "powers": "2^" * N + "2",
    "powers of negatives": "2^-" * (N // 2) + "2",
    "additions": "1" + "+1" * N,
    "alternatives": "up" + " or up" * N,
    "negatives": "-" * N + "up",
    "sums in parentheses": "(" * (N // 2) + "up" + "+up)" * (N // 2),
    "subqueries": "rate(" * (N // 2) + "up" + "[5m:1m])" * (N // 2),
}

_IN_A_SMALL_STACK = """
import sys, threading
from gradeline.facts.promql import PromQLError, parse, truth, series, comparisons
def work():
    try:
        query = parse(sys.argv[1])
        series(query), comparisons(query)
        done.append(truth(query))
    except PromQLError as error:
        done.append(str(error))
done = []
threading.stack_size(1024 * 1024)
thread = threading.Thread(target=work)
thread.start()
thread.join()
print(done)
"""


@pytest.mark.parametrize("text", DEEPEST.values(), ids=DEEPEST.keys())
def test_the_deepest_expression_that_is_read_fits_the_stack_of_a_small_thread(text: str) -> None:
    done = subprocess.run([sys.executable, "-c", _IN_A_SMALL_STACK, text], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "(" * 9_000 + "1" + ")" * 9_000,
        "sum(" * 100_000 + "up" + ")" * 100_000,
        "2^" * 9_000 + "2",
        "1" + "+1" * 9_000,
        "-" * 19_000 + "1",
        "up" + "[5m:1m]" * 2_000,
        "x" * 1_000_000,
        '"' * 19_999,
        "{" * 19_999,
        "#" * 19_999,
        "$" * 19_999,
        "{{" * 9_999,
        "x{a=~'" + "(" * 10_000 + "'}",
        "x{a=~'(a{1,1000}){1,1000}'}",
        "x[5m" * 4_000,
        "\\" * 19_999,
        "1" * 19_999 + "e" + "9" * 50,
    ],
)
def test_what_nests_or_grows_without_end_is_refused_at_once(text: str) -> None:
    started = time.process_time()
    with pytest.raises(PromQLError):
        parse(text, variables=True)
    assert time.process_time() - started < 4.0


def test_many_expensive_patterns_cost_little() -> None:
    text = "x{" + ",".join(f"a{number}=~'\\\\pL{{{number % 50}}}'" for number in range(700)) + "}"
    started = time.process_time()
    with contextlib.suppress(PromQLError):
        parse(text)
    assert time.process_time() - started < 10.0


def test_random_words_give_a_tree_or_the_known_error() -> None:
    words = [
        *("up", "x_total", "rate(", "sum(", "by", "(", "without", "on", "ignoring", "group_left", ")", "[5m]", "["),
        *("]", "{", "}", '"a"', "'b'", "`c`", "=~", "!=", "==", ">", "<", ">=", "+", "-", "*", "/", "%", "^", "and"),
        *("or", "unless", "bool", "offset", "@", "start()", "5m", "1e9", "NaN", "Inf", "$x", "${y}", "[[z]]", "{{w}}"),
        *(",", ":", "#", "\n", "é", "\x00", "\U0001f600", "atan2", "le=", "absent(", "histogram_quantile(", "0.9", "-"),
        *("vector(1)", "topk(3,", "label_replace(", "time()", "0x1F", ".5", "5.", "$", "\\", "'", "max_of("),
    ]
    chooser = random.Random(30)
    read = 0
    for _ in range(4_000):
        text = " ".join(chooser.choice(words) for _ in range(chooser.randrange(1, 14)))
        try:
            query = parse(text, variables=True)
        except PromQLError:
            continue
        read += 1
        series(query), comparisons(query), truth(query)
    assert read > 20
