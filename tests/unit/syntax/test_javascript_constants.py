"""The constants of a JavaScript file, for load tests."""

from __future__ import annotations

import time

import pytest

from gradeline.readers.load_tests import read_script
from gradeline.source import SourceFile
from gradeline.syntax.javascript import constants


def values(text: str) -> dict[str, object]:
    return {name: plain(one.value) for name, one in constants(SourceFile("load.js", text)).items()}


def plain(value: object) -> object:
    if isinstance(value, dict):
        return {name: plain(one.value) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one.value) for one in value]
    return value


def test_literals_are_read_with_comments_and_trailing_commas() -> None:
    text = "// c\nexport const options = { vus: 1_0, /* x */ 'a': [\"b\", `c`,], on: true, };"
    assert values(text) == {"options": {"vus": 10.0, "a": ["b", "c"], "on": True}}


def test_a_name_stands_for_its_value_and_an_expression_for_none() -> None:
    text = "const LIMIT = 'p(95)<150'\nconst options = {a: LIMIT, b: f(1, 2), c: 3 + 4, d: `x${LIMIT}`, e: 5}"
    found = values(text)["options"]
    assert found == {"a": "p(95)<150", "b": None, "c": None, "d": None, "e": 5.0}


def test_what_stands_in_a_function_or_in_a_text_is_no_constant() -> None:
    assert values("function f() { const options = {vus: 1} }\nlet x = 'const options = {vus: 2}'") == {
        "x": "const options = {vus: 2}"
    }


def test_a_value_has_its_place() -> None:
    one = constants(SourceFile("load.js", "\n\nconst options = {\n  a: 'b',\n}"))["options"].value["a"]
    assert (one.span.line, one.span.column) == (4, 6)


def test_thresholds_of_both_forms_are_read() -> None:
    text = "export const options = {thresholds: {a: 'rate<1', b: [{threshold: 'max<2', abortOnFail: true}]}}"
    test = read_script(SourceFile("load.js", text))
    assert [(one.metric, one.expression) for one in test.thresholds] == [("a", "rate<1"), ("b", "max<2")]
    assert (test.complete, test.sized) == (True, False)


def test_limits_that_are_spread_from_elsewhere_leave_it_open() -> None:
    assert read_script(SourceFile("load.js", "export const options = {...base, vus: 3}")).complete is False


@pytest.mark.parametrize(
    "text",
    ["{" * 50_000, "const options = " + "[" * 50_000, "const options = {" + "a:{" * 20_000, "/*" * 50_000, "'" * 50_000,
     "const a = " + "\\" * 50_000, "const options = {a", "const options = {...", "const const const = ="],
    ids=range(9),
)  # fmt: skip
def test_no_text_stops_or_breaks_the_reader(text: str) -> None:
    started = time.perf_counter()
    constants(SourceFile("load.js", text))
    assert time.perf_counter() - started < 20
