"""Calculations of a shell and filters of jq, as far as they are read."""

from __future__ import annotations

from fractions import Fraction

import pytest

from gradeline.facts.assumed import Assumed
from gradeline.facts.jq_filters import Unclear, outputs
from gradeline.facts.shell_numbers import calculate
from gradeline.source import Span

NUMBERS = {"killed": 83, "survived": 17, "total": 100}


@pytest.mark.parametrize(
    ("filter_text", "expected"),
    [
        (".killed", [83]),
        (".killed, .total", [83, 100]),
        (".killed / .total * 100 | floor", [83]),
        ('"\\(.killed) of \\(.total)"', ["83 of 100"]),
        ("[.killed, .total] | @tsv", ["83\t100"]),
        (".killed / (.killed + .survived) >= 0.8", [True]),
        ("if .killed < 80 then 1 else 0 end", [0]),
        ('.["killed"] - ."survived"', [66]),
        (".missing // 0", [0]),
        ("-1 - .killed", [-84]),
        (".killed > 80 and .survived > 80", [False]),
    ],
)
def test_a_filter_of_numbers_gives_what_jq_gives(filter_text: str, expected: list[object]) -> None:
    assert outputs(filter_text, NUMBERS, {}) == expected


@pytest.mark.parametrize(
    "filter_text", [".killed as $x | $x", "." + "|." * 300, "-" * 119, "(" * 119, '"', "limit(1; .)"]
)
def test_a_filter_that_needs_more_of_the_language_is_unclear(filter_text: str) -> None:
    with pytest.raises(Unclear):
        outputs(filter_text, NUMBERS, {})


@pytest.mark.parametrize(
    ("text", "scale", "expected"),
    [
        ("83 * 100 / 90", 0, 92),
        ("-7 / 2", 0, -3),
        ("-7 % 2", 0, -1),
        ("killed >= 80 && killed < 90", 0, 1),
        ("killed >= 90 ? 1 : 2", 0, 2),
        ("1 - (2 - 3)", 0, 2),
        ("83 / 100", 2, Fraction(83, 100)),
        ("unknown + 1", 0, None),
        ("010 + 1", 0, None),
        ("1 +", 0, None),
        ("(" * 119, 0, None),
        ("1?" * 59, 0, None),
        ("-" * 119, 0, None),
    ],
)
def test_a_calculation_has_the_value_that_the_shell_gives_it(text: str, scale: int, expected: object) -> None:
    assert calculate(text, {"killed": Fraction(83)}.get, scale) == expected


@pytest.mark.parametrize(
    ("words", "given", "status", "printed"),
    [
        (["jq", "-r", ".killed", "out/stats.json"], None, 0, "83\n"),
        (["jq", "-e", ".killed > 90"], '{"killed": 83}', 1, "false\n"),
        (["jq", "--argjson", "least", "80", ".killed >= $least"], '{"killed": 83}', 0, "true\n"),
        (["bc"], "scale=2; 83/100\n", 0, "0.83\n"),
        (["bc", "-l"], "0.83 >= 0.8\n", 0, "1\n"),
        (["awk", "BEGIN { exit !(83 >= 80) }"], None, 0, ""),
        (["awk", "BEGIN { print 83 / 100 }"], None, 0, "0.83\n"),
        (["cut", "-d", "/", "-f2"], "83/100\n", 0, "100\n"),
        (["grep", "-qx", "true"], "false\n", 1, ""),
        (["tr", "-d", "%"], "83%\n", 0, "83\n"),
    ],
)
def test_programs_that_pass_numbers_on_print_them(
    words: list[str], given: str | None, status: int, printed: str
) -> None:
    files = Assumed({"stats.json": '{"killed": 83}'})
    answer = files.answer(words, "", given, "", Span("ci.yml", 3), True, "")
    assert answer is not None
    assert (answer.status, answer.text) == (status, printed)
    assert files.unread == []


def test_a_program_nobody_can_follow_is_noted_when_it_gets_the_file() -> None:
    files = Assumed({"stats.json": "{}"})
    assert files.answer(["judge", "stats.json"], "", None, "", Span("ci.yml", 3), False, "") is None
    assert files.answer(["judge"], "", None, "out/stats.json", Span("ci.yml", 4), False, "") is None
    assert files.answer(["judge"], "", None, "other.json", Span("ci.yml", 5), False, "") is None
    assert [span.line for span in files.unread] == [3, 4]
