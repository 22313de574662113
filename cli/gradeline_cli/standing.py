"""Where a learner stands in a course: what is passed, what is begun, what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from gradeline.exercise import Exercise
from gradeline.records import record
from gradeline_cli.progress import Progress


@record
class Standing:
    """One exercise over all its workspaces; ``latest`` is the one that was graded last."""

    latest: Progress
    best: Fraction
    passed: bool
    attempts: int
    hints: int


def standings(all_progress: Iterable[Progress]) -> Mapping[str, Standing]:
    """By exercise; the last graded comes last, as it does in ``all_progress``."""
    found: dict[str, Standing] = {}
    for one in all_progress:
        before = found.pop(one.exercise, None)
        found[one.exercise] = Standing(
            one,
            max(one.best, before.best if before else Fraction(0)),
            bool(one.passed_at) or (before is not None and before.passed),
            one.count + (before.attempts if before else 0),
            sum(one.hints.values()) + (before.hints if before else 0),
        )
    return found


def next_exercise(exercises: Sequence[Exercise], known: Mapping[str, Standing]) -> Exercise | None:
    """What comes next, of ``exercises`` in their good order: first what was begun last and is not passed, then the
    first whose prerequisites are passed, then the first that is not passed.  None when all are passed."""
    by_id = {one.id: one for one in exercises}
    begun = [by_id[name] for name, standing in known.items() if name in by_id and not standing.passed]
    if begun:
        return begun[-1]
    left = [one for one in exercises if one.id not in known or not known[one.id].passed]
    ready = [one for one in left if not missing_before(one, known)]
    return next(iter(ready or left), None)


def missing_before(exercise: Exercise, known: Mapping[str, Standing]) -> list[str]:
    """The prerequisites that are not passed."""
    return [name for name in exercise.prerequisites if name not in known or not known[name].passed]
