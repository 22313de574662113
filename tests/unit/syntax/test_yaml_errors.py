"""Broken YAML: the right line is named, the rest of the file is still read."""

from __future__ import annotations

import pytest

from gradeline.source import SourceFile
from gradeline.syntax.yaml import Mapping, Parsed, Scalar, parse, walk

WORKFLOW = """\
name: CI
on:
  push:
    branches: [main, "release/*"]
permissions:
  contents: read
jobs:
  lint:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - name: "Lint"
        run: ruff check .
  test:
    needs: lint
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - run: |
          pytest -q
"""


def read(text: str) -> Parsed:
    return parse(SourceFile("ci.yml", text))


def problems(parsed: Parsed) -> list[tuple[str, str, int]]:
    return [(one.severity, one.code, one.span.line) for one in parsed.diagnostics if one.span]


def keys(parsed: Parsed) -> set[tuple[str, int]]:
    return {
        (key.value, key.span.line)
        for root in parsed.documents
        for node in walk(root)
        if isinstance(node, Mapping)
        for key, _ in node.entries
        if isinstance(key, Scalar)
    }


def damaged(number: int, line: str) -> str:
    lines = WORKFLOW.split("\n")
    lines[number - 1] = line
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("number", "line", "word"),
    [
        (9, "\truns-on: ubuntu-24.04", "tab"),
        (9, "    runs-on: ubuntu: 24.04", "second `:`"),
        (4, "    branches: [main", "`[` is not closed"),
        (6, "  contents: {read", "`{` is not closed"),
        (12, '      - name: "Lint', "quote"),
        (12, "      - name: 'Lint", "quote"),
        (13, "        run: @ruff", "Quote the value"),
        (13, "        run: **/*.py", "Quote it"),
        (13, '        run: "\\d"', "backslash"),
        (19, "      - run: | pytest", "may follow"),
        (10, "    steps", "no `:` follows"),
        (7, "jobs", "no `:` follows"),
        (8, "  lint", "`:` seems to be missing"),
    ],
)
def test_the_line_that_was_damaged_is_named_and_the_others_are_kept(number, line, word):
    parsed = read(damaged(number, line))
    first = next(one for one in parsed.diagnostics if one.severity == "error")
    assert (first.code, first.span.line) == ("yaml-syntax", number)
    assert word in first.message
    assert not parsed.complete
    assert number in parsed.skipped_lines
    assert {at for _, at in keys(read(WORKFLOW)) - keys(parsed)} == set(parsed.skipped_lines)


def test_a_quote_that_closes_far_below_is_reported_where_it_opens():
    parsed = read('a: "one\nb: two\nc: "three"\nd: 4\n')
    assert problems(parsed) == [("error", "yaml-syntax", 1)]
    assert parsed.diagnostics[0].message.startswith("A quote is opened here and closes only on line 3.")
    assert keys(parsed) == {("b", 2), ("c", 3), ("d", 4)}


def test_a_missing_comma_inside_brackets_is_reported_on_its_own_line():
    parsed = read("needs: [\n    lint,\n    {a: b c: d},\n  ]\nname: x\n")
    assert problems(parsed)[0] == ("error", "yaml-syntax", 3)


def test_only_the_first_of_several_errors_is_certain():
    parsed = read("a: @x\nb: 1\nc: @y\n")
    assert problems(parsed) == [("error", "yaml-syntax", 1), ("warning", "yaml-syntax", 3)]
    assert parsed.skipped_lines == (1, 3)
    assert keys(parsed) == {("b", 2)}


def test_after_eight_lines_the_rest_is_given_up():
    parsed = read("ok: 1\n" + "a: @x\n" * 40)
    assert len(parsed.skipped_lines) == 8
    assert len(parsed.diagnostics) == 9
    assert ("ok", 1) in keys(parsed)


def test_an_unknown_message_of_the_parser_is_passed_on_without_control_characters():
    parsed = read("%YAML 9.9\n---\na: 1\n")
    assert parsed.diagnostics[0].message == "This is not valid YAML: found incompatible YAML document."


# --- keys and aliases ------------------------------------------------------------------------------


def test_a_repeated_key_is_an_error_that_names_both_lines_and_the_last_one_wins():
    parsed = read("permissions: write-all\non: push\npermissions: {}\n")
    assert problems(parsed) == [("error", "duplicate-key", 3)]
    assert "`permissions`" in parsed.diagnostics[0].message
    assert "lines 1 and 3" in parsed.diagnostics[0].message
    assert parsed.root.get("permissions").entries == ()
    ((first, later),) = parsed.root.duplicates
    assert (first.span.line, later.span.line) == (1, 3)
    assert parsed.complete


def test_a_key_repeated_three_times_is_reported_twice_against_the_one_before():
    parsed = read("a: 1\na: 2\na: 3\n")
    assert [(first.span.line, later.span.line) for first, later in parsed.root.duplicates] == [(1, 2), (2, 3)]


def test_quoting_does_not_make_a_key_another_key():
    assert problems(read("on: 1\n'on': 2\n")) == [("error", "duplicate-key", 2)]


def test_a_repeated_key_is_found_behind_an_alias():
    assert problems(read("a: &k name\nname: 1\n*k : 2\n")) == [("error", "duplicate-key", 3)]


def test_the_same_key_in_two_mappings_is_no_problem():
    assert problems(read("a: {x: 1}\nb: {x: 1}\n")) == []


def test_an_alias_without_an_anchor_is_an_error_and_counts_as_absent():
    parsed = read("a: *nothing\nb: 1\n")
    assert problems(parsed) == [("error", "undefined-alias", 1)]
    assert not parsed.complete
    assert parsed.root.get("a") is None
    assert [key.value for key, _ in parsed.root.items()] == ["b"]


def test_an_alias_to_a_line_that_was_left_out_is_not_blamed():
    parsed = read("a: &x @oops\nb: *x\n")
    assert problems(parsed) == [("error", "yaml-syntax", 1)]


# --- characters ------------------------------------------------------------------------------------


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x80", "\ufffe", "\ud800"])
def test_a_control_character_is_reported_with_its_code_point_and_the_file_is_still_read(character):
    parsed = read(f"on: push\nname: a{character}b\njobs: {{}}\n")
    (one,) = parsed.diagnostics
    assert (one.code, one.span.line, one.span.column) == ("control-character", 2, 8)
    assert f"U+{ord(character):04X}" in one.message
    assert ("jobs", 3) in keys(parsed)


@pytest.mark.parametrize("character", ["\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\r"])
def test_an_odd_line_break_never_makes_a_second_key(character):
    parsed = read(f"a: b{character}c: d\ne: f\n")
    assert problems(parsed) == [("error", "odd-line-break", 1)]
    assert f"U+{ord(character):04X}" in parsed.diagnostics[0].message
    assert keys(parsed) == {("e", 2)}


def test_an_odd_line_break_in_a_comment_does_no_harm():
    parsed = read("a: b # one\u2028two\n# three\x85four\ne: 'x # y' # z\u2029\n")
    assert parsed.diagnostics == ()
    assert keys(parsed) == {("a", 1), ("e", 3)}


def test_a_number_sign_inside_a_value_does_not_hide_an_odd_line_break():
    parsed = read("a: 'x # y\u2028'\nb: |\n  # z\u2028\n")
    assert problems(parsed) == [("error", "odd-line-break", 1), ("error", "odd-line-break", 3)]


def test_problems_of_one_kind_are_counted_and_not_repeated_for_ever():
    parsed = read("a: 1\n" * 60)
    assert len(parsed.diagnostics) == 20
    assert parsed.diagnostics[-1].message.endswith("(39 more of this kind in the file.)")
