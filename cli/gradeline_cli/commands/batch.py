"""``grade batch SUBMISSIONS``: a whole class at once."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradeline_cli import spoken
from gradeline_cli.app import common_options, complete_exercise, pass_app
from gradeline_cli.parts import App

if TYPE_CHECKING:
    from gradeline.batch.layout import Place
    from gradeline.batch.results import Counts, Engine
    from gradeline.course import Course

_REASONS = {
    "": "batch.check", "bug": "batch.bug", "crash": "batch.crash", "memory": "batch.memory",
    "timeout": "batch.timeout", "unreadable": "batch.unreadable",
}  # fmt: skip
_BAR = 20  # columns


@spoken.command("batch")
@spoken.argument("submissions", type=click.Path(path_type=Path, exists=True, file_okay=False))
@spoken.option("--exercise", metavar="EXERCISE", shell_complete=complete_exercise, help="option.exercise_of_all")
@spoken.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), default=Path("results"),
               show_default=True, help="option.batch.output")  # fmt: skip
@spoken.option("--engine", type=click.Choice(["local", "dask"]), default="local", show_default=True,
               help="option.batch.engine")  # fmt: skip
@spoken.option("--scheduler", metavar="ADDRESS", help="option.batch.scheduler")
@spoken.option("--tls", nargs=3, type=click.Path(exists=True, dir_okay=False), metavar="CA CERT KEY",
               help="option.batch.tls")  # fmt: skip
@spoken.option("--jobs", type=click.IntRange(1, 256), help="option.jobs")
@spoken.option("--time-limit", type=click.IntRange(1, 3600), default=60, show_default=True, metavar="SECONDS",
               help="option.batch.time_limit")  # fmt: skip
@spoken.option("--memory", type=click.IntRange(256, 65536), default=2048, show_default=True, metavar="MB",
               help="option.batch.memory")  # fmt: skip
@spoken.option("--gradebook", metavar="FILE|URL", help="option.batch.gradebook")
@spoken.option("--roster", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE",
               help="option.batch.roster")  # fmt: skip
@spoken.option("--report", type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER",
               help="option.batch.report")  # fmt: skip
@spoken.option("--thorough", is_flag=True, help="option.batch.thorough")
@common_options
@click.pass_context
@pass_app
def command(
    app: App, context: click.Context, submissions: Path, exercise: str | None, output: Path, engine: str,
    scheduler: str | None, tls: tuple[str, str, str] | None, jobs: int | None, time_limit: int, memory: int,
    gradebook: str | None, roster: Path | None, report: Path | None, thorough: bool,
) -> None:  # fmt: skip
    from gradeline.batch.results import RESULTS, run
    from gradeline.words import Told
    from gradeline_cli.ending import FAILED, PASSED
    from gradeline_cli.telling import tell

    course, words = app.course(), app.words()
    if roster is not None and gradebook is None:
        raise click.UsageError(words("usage.roster"), context)
    if exercise is not None:
        from gradeline_cli.grading import require_exercise

        require_exercise(course, exercise)
        exercise = course.resolve(exercise)
    if engine == "dask" and scheduler is None:
        raise Told("batch.no_scheduler")
    places = _places(course, submissions, exercise, output)
    progress = _Progress(app)
    with ExitStack() as ending:

        def start() -> Engine:
            from gradeline.batch.local import LocalEngine

            local = LocalEngine(course.root.resolve(), jobs or os.cpu_count() or 1, time_limit, memory)
            ending.callback(local.stop)
            if scheduler is None or engine == "local":
                return local
            from gradeline.batch.cluster import DaskEngine, Keys

            cluster = DaskEngine(scheduler, Keys(*tls) if tls else None, local, course.root.resolve())
            ending.callback(cluster.stop)
            return cluster

        ending.callback(progress.clear)
        counts = run(places, course.root, output, start, progress.told, thorough)
    tell(app, words("batch.done", graded=counts.graded, known=counts.known, errors=counts.errors,
                    file=str(output / RESULTS)))  # fmt: skip
    if gradebook is not None:
        from gradeline_cli.commands.book import take_in_all

        take_in_all(app, output / RESULTS, gradebook, roster)
    if report is not None:
        from gradeline_cli.commands.report import write_report

        write_report(app, gradebook or str(output / RESULTS), report)
    context.exit(FAILED if counts.errors else PASSED)


def _places(course: Course, submissions: Path, exercise: str | None, output: Path) -> tuple[Place, ...]:
    from gradeline.batch.downloads import places, platform_of
    from gradeline.batch.layout import find
    from gradeline.words import Told

    platform = platform_of(submissions.resolve())
    if not platform:
        return find(submissions, course.resolve, exercise)
    if exercise is None:
        raise Told("batch.which", platform=platform)
    return places(submissions.resolve(), platform, exercise, output / "staged")


class _Progress:
    """One line that is written over on a terminal, and one line per failure."""

    def __init__(self, app: App) -> None:
        import sys

        self._words = app.words()
        self._live = sys.stderr.isatty() and not app.is_plain()
        self._begin = self._next = time.monotonic()

    def told(self, place: Place, line: Mapping[str, object], counts: Counts) -> None:
        from gradeline.render.text import clip, visible
        from gradeline_cli.output import columns, emit

        if line["status"] == "error":
            self.clear()
            reason = self._words(_REASONS[str(line["reason"])])
            emit(visible(self._words("batch.failed", name=place.title, reason=reason)) + "\n", error=True)
        if self._live:
            now = time.monotonic()
            if now < self._next and counts.done < counts.total:
                return
            self._next = now + 0.1
            left = round((now - self._begin) / counts.done * (counts.total - counts.done))
            full = counts.done * _BAR // counts.total
            text = self._words(
                "batch.progress", bar="#" * full + "." * (_BAR - full), done=counts.done, total=counts.total, left=left,
                current=counts.current, slowest=counts.slowest[1] or "-", seconds=f"{counts.slowest[0]:.1f}",
            )  # fmt: skip
            emit(f"\r\x1b[K{clip(visible(text), columns() - 1)}", error=True)

    def clear(self) -> None:
        from gradeline_cli.output import emit

        if self._live:
            emit("\r\x1b[K", error=True)
