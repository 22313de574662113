"""A sample of the damage and of the rewrites that ``make mutants`` tries: all of one is seen, none of the other."""

from __future__ import annotations

from pathlib import Path

import pytest
from mutation.bench import COURSE_ROOT, Trial, trials
from mutation.known import Row, explained, row_for, unreached
from mutation.operators import MUTANTS
from mutation.places import Place, place_of
from mutation.rewrites import REWRITES

from gradeline.course import open_course

SAMPLE = 40
KNOWN = explained()


def test_there_are_operators_enough() -> None:
    assert len({one.name for one in MUTANTS}) == len(MUTANTS) >= 40
    assert len({name for name, _ in REWRITES}) == len(REWRITES) >= 30


def test_damage_is_seen_and_other_spellings_do_not_matter() -> None:
    found = list(trials(open_course(COURSE_ROOT), set(), SAMPLE))
    damaged = [trial for kind, trial in found if kind == "mutant"]
    rewritten = [trial for kind, trial in found if kind == "rewrite"]
    assert [one.name for one in damaged if not one.killed and row_for(one, KNOWN) is None] == []
    assert [one.name for one in rewritten if one.lost and row_for(one, KNOWN) is None] == []
    assert len(damaged) > 50
    assert len(rewritten) > 50
    leaking = [one.name for one in damaged if one.strange]
    assert len(leaking) <= len(damaged) // 10, leaking


def test_every_explained_place_is_one_that_an_operator_changes() -> None:
    assert [row.name for row in unreached(open_course(COURSE_ROOT), KNOWN)] == []


def test_an_explained_place_that_is_gone_is_told() -> None:
    there = Row(1, "", operator="command swallows", answers="exercise-12/exemplar-uv")
    gone = Row(2, "", operator="command swallows", answers="exercise-12/exemplar-uv", line="run: nothing like it")
    nobody = Row(3, "", operator="no such operator")
    assert unreached(open_course(COURSE_ROOT), [there, gone, nobody]) == [gone, nobody]


@pytest.mark.parametrize("row", ["- {operator: a, site: '*:12', why: so}", "- {operator: a}"])
def test_a_row_that_names_a_line_by_number_or_gives_no_reason_is_refused(tmp_path: Path, row: str) -> None:
    (tmp_path / "explained.yaml").write_text(row)
    with pytest.raises(ValueError, match="row 1"):
        explained(tmp_path / "explained.yaml")


def test_a_place_is_the_text_of_its_line_and_of_the_lines_above_it() -> None:
    text = "jobs:\n  test:\n    # why\n    steps:\n      - uses: a\n      - run: b  \n"
    assert place_of({"ci.yml": text}, "ci.yml:6") == Place("ci.yml", "- run: b", ("steps:", "test:", "jobs:"))
    assert place_of({"ci.yml": text}, "ci.yml:2-6") == Place("ci.yml", "test:", ("jobs:",))
    assert place_of({"ci.yml": text}, "ci.yml:file") == Place("ci.yml")


def test_an_explanation_is_about_its_place_and_the_criteria_that_may_rest_on_it() -> None:
    row = Row(1, "", "* rights", "exercise-12/*", line="run: [a-*]", under="test:", rests="rights order")
    place = Place("ci.yml", "run: [a-b]", ("test:", "jobs:"))

    def about(operator: str = "all rights", place: Place = place, meant: tuple[str, ...] = ("rights",)) -> bool:
        return row.explains(Trial("exercise-12", "exemplar", operator, "ci.yml:3", {}, (), meant, place))

    assert about()
    assert not about(operator="all right")
    assert not about(meant=("rights", "gates"))
    assert not about(place=Place("ci.yml", "run: a", ("test:", "jobs:")))
    assert not about(place=Place("ci.yml", "run: [a-b]", ("build:", "jobs:")))
