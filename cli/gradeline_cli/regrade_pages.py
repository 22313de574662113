"""What ``grade regrade`` and ``grade what-if`` show: the sums first, then criteria, then names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradeline_cli.parts import App
from gradeline_cli.telling import tell

if TYPE_CHECKING:
    from gradeline.regrade.changes import Change

_FEW = 12  # names that are shown without being asked for


def changes_page(app: App, changes: Sequence[Change], count: int, everybody: bool) -> None:
    from gradeline.regrade.changes import by_criterion

    words = app.words()
    gains, losses = sum(one.gain > 0 for one in changes), sum(one.gain < 0 for one in changes)
    new = sum(one.after.passed and not one.before.passed for one in changes)
    old = sum(one.before.passed and not one.after.passed for one in changes)
    tell(app, words("changes.sum", all=count, gains=gains, losses=losses, new=new, old=old))
    rows = by_criterion(changes)
    if rows:
        tell(app, "", words("changes.criteria"))
    for exercise, title, more, less in rows:
        tell(app, words("changes.criterion", exercise=exercise, title=title, gains=more, losses=less), indent=2)
    shown = sorted(changes, key=lambda one: (one.gain, one.learner, one.exercise))
    if shown:
        tell(app, "", words("changes.learners"))
    for one in shown if everybody else shown[:_FEW]:
        tell(app, _row(app, one), indent=2)
    if not everybody and len(shown) > _FEW:
        tell(app, words("changes.more", count=len(shown) - _FEW), indent=2)
    if shown:
        tell(app, "")


def _row(app: App, one: Change) -> str:
    from gradeline.gradebook.pen import exact

    words = app.words()
    before, after = (exact(side.score) if side.score is not None else "-" for side in (one.before, one.after))
    said = words("changes.learner", learner=one.learner, exercise=one.exercise, before=before, after=after)
    if one.before.passed != one.after.passed:
        said += words("changes.now_passed" if one.after.passed else "changes.no_longer")
    return said
