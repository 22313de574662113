"""The sample is even, can be drawn again, and tells a rater nothing; sheets are read strictly."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from gradeline.grades import Grade, Learner
from gradeline.study.compare import study
from gradeline.study.sample import Item, draw, verdicts
from gradeline.study.sheets import Keyed, Rating, key, read_key, read_sheet, sheet, without_names
from gradeline.words import Told


def grades(count: int = 60) -> list[Grade]:
    """Most are right; the criterion ``gates`` has one verdict of each other kind."""
    found = []
    for number in range(count):
        statuses = {"gates": {0: "unmet", 1: "partial", 2: "cannot_tell", 3: "error"}.get(number, "met"), "pins": "met"}
        criteria = [
            {"id": name, "title": f"Title of {name}", "why": "=why", "status": status, "points": 10,
             "awarded": {"met": 10, "partial": 5}.get(status, 0)}
            for name, status in statuses.items()
        ]  # fmt: skip
        result: dict[str, Any] = {"criteria": criteria}
        found.append(Grade(Learner(f"learner{number:02}", "Ada Lovelace"), "exercise-07", "graded", Fraction(10),
                           Fraction(20), passed=True, needs_review=False, result=result))  # fmt: skip
    return found


SAMPLE = draw(verdicts(grades()), 13, 42)


def test_every_exercise_criterion_and_verdict_is_in_the_sample() -> None:
    counts = Counter((one.verdict.criterion, one.verdict.status) for one in SAMPLE)
    assert counts == {("gates", "unmet"): 1, ("gates", "partial"): 1, ("gates", "cannot_tell"): 1,
                      ("gates", "met"): 5, ("pins", "met"): 5}  # fmt: skip
    assert {one.share for one in SAMPLE if one.verdict.criterion == "pins"} == {60 / 5}
    assert sum(one.share for one in SAMPLE) == pytest.approx(119)  # the failed check is not rated


def test_the_same_seed_draws_the_same_and_another_one_does_not() -> None:
    found = verdicts(reversed(grades()))
    assert draw(found, 13, 42) == SAMPLE
    assert draw(found, 13, 43) != SAMPLE
    assert len(draw(found, 10_000, 1)) == 119


def test_the_order_does_not_tell_the_verdict() -> None:
    places = {seed: [one.verdict.status for one in draw(verdicts(grades()), 13, seed)].index("unmet")
              for seed in range(40)}  # fmt: skip
    assert len(set(places.values())) > 8


def test_a_sheet_names_nobody_and_no_verdict_and_runs_no_formula() -> None:
    content = sheet(SAMPLE)
    assert b"learner" not in content
    assert b"Lovelace" not in content
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [one["item"] for one in rows] == [f"item-{number:03}" for number in range(1, 14)]
    assert {(one["verdict"], one["awarded"], one["note"]) for one in rows} == {("", "", "")}
    assert {one["why"] for one in rows} == {"'=why"}
    assert not {"met", "unmet", "partial", "cannot_tell"} & {cell for one in rows for cell in one.values()}


def filled(folder: Path, rows: list[tuple[str, str, str]], name: str = "eve.csv", separator: str = ",") -> Path:
    path = folder / name
    lines = [separator.join(("item", "verdict", "awarded")), *(separator.join(row) for row in rows)]
    path.write_bytes(("\ufeff" + "\r\n".join(lines)).encode("utf-8"))
    return path


@pytest.fixture
def keyed(tmp_path: Path) -> dict[str, Keyed]:
    path = tmp_path / "key.json"
    path.write_text(key(SAMPLE, 42, 119), encoding="utf-8")
    return read_key(path)


def test_a_sheet_comes_back_from_a_spreadsheet(tmp_path: Path, keyed: dict[str, Keyed]) -> None:
    path = filled(tmp_path, [("item-001", "Met", ""), ("item-002", "nicht erfüllt", ""), ("item-003", "", "7,5"),
                             ("item-004", "cannot tell", ""), ("item-005", "", "")], separator=";")  # fmt: skip
    assert read_sheet(path, keyed) == {
        "item-001": Rating("met", 1.0), "item-002": Rating("unmet", 0.0), "item-003": Rating("partial", 0.75),
        "item-004": Rating("cannot_tell", None)}  # fmt: skip


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("item-001", "perhaps", ""), "Row 2 of eve.csv: perhaps is no verdict"),
        (("item-001", "", "11"), "Row 2 of eve.csv: 11 is no number from 0 to 10"),
        (("item-001", "", "=1"), "is no number"),
        (("item-999", "met", ""), "item-999 is not in the key"),
    ],
)
def test_what_is_no_rating_is_named_with_its_row(
    tmp_path: Path, keyed: dict[str, Keyed], row: tuple[str, str, str], said: str
) -> None:
    with pytest.raises(Told, match=said):
        read_sheet(filled(tmp_path, [row]), keyed)
    with pytest.raises(Told, match="twice"):
        read_sheet(filled(tmp_path, [("item-001", "met", "")] * 2), keyed)
    with pytest.raises(Told, match="no sheet"):
        read_sheet(tmp_path / "key.json", keyed)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"schema": "x", "items": {}}', '{"schema": 1}', "\udcff"])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "key.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(Told, match="no key"):
        read_key(tmp_path / "key.json")


def test_the_work_is_without_names() -> None:
    ada = Learner("ada", "Ada Lovelace", "ada@example.edu")
    text = without_names("by Ada Lovelace <ada@example.edu>, adage, ADA, x", ada)
    assert text == "by [learner] <[learner]>, adage, [learner], x"


def test_the_grader_and_people_are_compared(keyed: dict[str, Keyed]) -> None:
    same = {code: Rating(one.status, None if one.status == "cannot_tell" else float(one.awarded / one.points))
            for code, one in keyed.items()}  # fmt: skip
    other = dict(same)
    first = next(code for code, one in keyed.items() if one.status == "unmet")
    other[first] = Rating("met", 1.0)
    found = study(keyed, {"eve": same, "joe": other})
    eve, joe = found.with_grader
    assert (eve.same.value, eve.kappa.value, eve.weighted.value, eve.points.value, eve.in_class) == (1, 1, 1, 1, 1)
    assert (joe.same.value, joe.in_class) == (12 / 13, pytest.approx(118 / 119))
    assert joe.table[0] == (0, 0, 1, 0)
    assert joe.weighted.n == 12  # cannot tell has no place in the order
    assert [(one.code, one.grader, one.said) for one in found.differences] == [
        (first, "unmet", (("eve", "unmet"), ("joe", "met")))]  # fmt: skip
    assert found.fleiss.n == 13
    assert found.people_fleiss is not None
    assert found.people[0].kappa.value == joe.kappa.value
    assert study(keyed, {"eve": {}}).with_grader[0].kappa.why == "none"


def test_items_and_key_belong_together(keyed: dict[str, Keyed]) -> None:
    item: Item = SAMPLE[0]
    assert keyed[item.code].learner == item.verdict.learner
    assert json.loads(key(SAMPLE, 42, 119))["seed"] == 42
