"""``grade hint EXERCISE [CRITERION]``: one more hint, and never one more than asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradeline_cli import spoken
from gradeline_cli.app import common_options, complete_exercise, pass_app
from gradeline_cli.parts import App

if TYPE_CHECKING:
    from gradeline.result import Report
    from gradeline.rubric import Rubric


@spoken.command("hint")
@spoken.argument("exercise", required=False, metavar="[EXERCISE]", shell_complete=complete_exercise)
@spoken.argument("criterion", required=False)
@spoken.option("--path", type=click.Path(path_type=Path), metavar="DIR", help="option.hint.path")
@spoken.option("--level", type=click.IntRange(min=1), metavar="N", help="option.hint.level")
@spoken.option("--list", "show_all", is_flag=True, help="option.hint.list")
@common_options
@pass_app
def command(
    app: App, exercise: str | None, criterion: str | None, path: Path | None, level: int | None, show_all: bool
) -> None:
    from gradeline_cli.grading import exercise_here, find_work, graded
    from gradeline_cli.hints import Hint, give, seen
    from gradeline_cli.telling import tell

    words = app.words()
    exercise, criterion = exercise_here(app, exercise, criterion)
    found, folder = find_work(app, exercise, path)
    report = graded(app, found, folder)
    rubric = app.course().rubric(found.id)
    if show_all:
        _show_all(app, report, rubric, seen(app, found.id, folder))
        return
    given = give(app, found.id, folder, report, rubric, criterion, level)
    tell(app, *((given.text(words),) if isinstance(given, Hint) else (words.say(given),)))


def _show_all(app: App, report: Report, rubric: Rubric, hints: dict[str, int]) -> None:
    from gradeline_cli.telling import tell

    words = app.words()
    for result in report.criteria:
        one = rubric.criterion(result.id)
        tell(
            app,
            words("hint.row", criterion=result.id, title=result.title, status=words(f"status.{result.status}"),
                  seen=hints.get(result.id, 0), all=len(one.hints) if one is not None else 0),
        )  # fmt: skip
