"""``grade progress``: what was tried and what was reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradeline_cli import spoken
from gradeline_cli.app import common_options, complete_exercise, pass_app
from gradeline_cli.parts import App

if TYPE_CHECKING:
    from fractions import Fraction

    from gradeline_cli.progress import Progress

_SHOWN = 12  # attempts of one workspace


@spoken.command("progress")
@spoken.argument("exercise", required=False, shell_complete=complete_exercise)
@common_options
@pass_app
def command(app: App, exercise: str | None) -> None:
    from gradeline_cli.standing import standings
    from gradeline_cli.telling import tell
    from gradeline_cli.workspace import short

    words, book = app.words(), app.progress()
    if book.folder is None:
        tell(app, words("progress.off"))
        return
    wanted = app.course().exercise(exercise).id if exercise is not None else None
    found = [one for one in book.all() if wanted in (None, one.exercise)]
    if not any(one.count for one in found):
        tell(app, words("progress.none"))
        return
    if wanted is not None:
        for one in found:
            _history(app, one)
        return
    known = standings(found)
    for name in app.course().folders:
        if name in known:
            standing = known[name]
            _row(app, name, standing.passed, standing.best, standing.attempts, standing.hints)
    passed = sum(1 for one in known.values() if one.passed)
    attempts = words.count("attempts", sum(one.attempts for one in known.values()))
    tell(app, "", words("progress.sum", done=passed, all=len(app.course().folders), attempts=attempts))
    tell(app, words("progress.kept", folder=short(book.folder)))


def _row(app: App, name: str, passed: bool, best: Fraction, attempts: int, hints: int) -> None:

    from gradeline.score import shown
    from gradeline_cli.telling import tell

    words = app.words()
    state = words("progress.state.passed" if passed else "progress.state.open", best=shown(best))
    tell(
        app,
        words("progress.row", id=name, state=state, attempts=words.count("attempts", attempts),
              hints=words.count("hints", hints)),
    )  # fmt: skip


def _history(app: App, one: Progress) -> None:
    from gradeline.score import shown
    from gradeline_cli.telling import tell
    from gradeline_cli.workspace import short

    words = app.words()
    _row(app, one.exercise, bool(one.passed_at), one.best, one.count, sum(one.hints.values()))
    tell(app, words("progress.folder", folder=short(one.folder)), indent=2)
    shown_ones = one.attempts[-_SHOWN:]
    if one.count > len(shown_ones):
        tell(app, words("progress.earlier", number=one.count - len(shown_ones)), indent=2)
    for attempt in shown_ones:
        state = words("report.passed" if attempt.passed else "report.not_passed")
        at = f"{attempt.at[:16].replace('T', ' ')} UTC"
        tell(app, words("progress.attempt", at=at, score=shown(attempt.score), state=state), indent=2)
