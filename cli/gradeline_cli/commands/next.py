"""``grade next``: the exercise that comes next, and where to begin."""

from __future__ import annotations

from pathlib import Path

from gradeline_cli import spoken
from gradeline_cli.app import common_options, pass_app
from gradeline_cli.parts import App


@spoken.command("next")
@common_options
@pass_app
def command(app: App) -> None:
    tell_next(app)


def tell_next(app: App) -> None:
    """Write which exercise comes next."""
    from gradeline.score import shown
    from gradeline_cli.standing import missing_before, next_exercise, standings
    from gradeline_cli.telling import tell
    from gradeline_cli.workspace import short

    words = app.words()
    exercises = app.course().exercises()
    known = standings(app.progress().all())
    one = next_exercise(exercises, known)
    if one is None:
        tell(app, words("next.all" if exercises else "list.none"))
        return
    tell(app, words("next.what", id=one.id, title=one.title))
    about = words(
        "next.about", level=words(f"level.{one.level}"), minutes=one.minutes, summary=one.summary.rstrip(".")
    )  # fmt: skip
    tell(app, about)
    standing = known.get(one.id)
    if standing is not None:
        attempts = words.count("attempts", standing.attempts)
        tell(app, words("next.continue", best=shown(standing.best), attempts=attempts))
        folder = Path(standing.latest.folder)
        name = "next.gone" if not folder.is_dir() else "next.here" if folder.samefile(".") else "next.where"
        tell(app, words(name, folder=short(folder), id=one.id))
        return
    missing = missing_before(one, known)
    if missing:
        tell(app, words("next.needs", ids=", ".join(missing)))
    tell(app, words("next.start", id=one.id))
