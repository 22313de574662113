"""A sample of the damage and of the rewrites that ``make mutants`` tries: all of one is seen, none of the other."""

from __future__ import annotations

from mutation.__main__ import COURSE_ROOT, explained, reason_for, trials
from mutation.operators import MUTANTS
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
    assert [one.name for one in damaged if not one.killed and reason_for(one, KNOWN) is None] == []
    assert [one.name for one in rewritten if one.lost and reason_for(one, KNOWN) is None] == []
    assert len(damaged) > 50
    assert len(rewritten) > 50
    leaking = [one.name for one in damaged if one.strange]
    assert len(leaking) <= len(damaged) // 10, leaking
