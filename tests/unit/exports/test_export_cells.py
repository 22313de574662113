"""Cells of somebody else's file are found and changed exactly; our own cells say what they should and run nothing."""

from __future__ import annotations

import csv
import io
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradeline.exports.places import filled, read, written
from gradeline.render.cells import markup, points, text

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
ROWS = st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=1, max_size=5)


@given(ROWS, st.sampled_from(["\n", "\r\n"]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.booleans(),
       st.data())  # fmt: skip
def test_any_cell_of_any_csv_can_be_changed_alone(
    rows: list[list[str]], end: str, quoting: int, mark: bool, data: st.DataObject
) -> None:
    rows = [["head,er", "x"], *rows]  # the first line says which separator it is
    out = io.StringIO()
    csv.writer(out, lineterminator=end, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    content = ("\ufeff" if mark else "").encode() + out.getvalue().encode()
    table = read("x.csv", content)
    assert [[cell.value for cell in row] for row in table.rows] == rows
    assert filled(table, {}) == content
    row = data.draw(st.integers(1, len(rows) - 1))
    column = data.draw(st.integers(0, len(rows[row]) - 1))
    value = data.draw(CELL)
    changed = filled(table, {(row, column): value})
    rows[row][column] = value
    assert [[cell.value for cell in found] for found in read("x.csv", changed).rows] == rows
    cell = table.rows[row][column]
    before, after = table.text[: cell.start].encode(), table.text[cell.end :].encode()
    assert changed.startswith(before)
    assert changed.endswith(after)


@given(ROWS)
def test_a_new_file_is_read_back_by_others(rows: list[list[str]]) -> None:
    assert list(csv.reader(io.StringIO(written(rows).decode(), newline=""), strict=True)) == rows


@given(st.text(max_size=12))
def test_no_text_becomes_a_formula_whatever_separates_the_cells(value: str) -> None:
    said = text(value)
    assert "\n" not in said
    assert "\r" not in said
    for separator in (";", "\t", "|"):
        for part in said.split(separator):
            bare = part.strip(" ")
            if bare[:1] in tuple("=+-@") and part != said:
                pytest.fail(repr(said))


@pytest.mark.parametrize("same", ["-", "+", "-5", "+49123", "3.5", "O'Neil", "a-b", "x=y", "a@b.c", "", "Zoë", "-5,25"])
def test_what_is_no_formula_stays(same: str) -> None:
    assert text(same) == same


def test_points_are_rounded_half_up() -> None:
    assert [points(Fraction(one)) for one in ("72.125", "72.124", "0", "-0.001", "-1.5", "100")] == [
        "72.13", "72.12", "0", "0", "-1.5", "100"]  # fmt: skip
    assert points(Fraction("7.25"), ",") == "7,25"


def test_markup_in_a_cell_is_text_and_no_formula() -> None:
    assert markup("<b> & \n=1") == "&lt;b&gt; &amp; =1"
    assert markup("a <=1") == "a &lt;&#61;1"
