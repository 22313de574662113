"""``grade batch SUBMISSIONS``: a whole class at once."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradeline_cli import spoken
from gradeline_cli.app import common_options, complete_exercise, pass_app
from gradeline_cli.parts import App

if TYPE_CHECKING:
    from gradeline.batch.layout import Place
    from gradeline.batch.output import Output
    from gradeline.batch.results import Counts, Engine
    from gradeline.course import Course

_REASONS = {
    "": "batch.check", "bug": "batch.bug", "crash": "batch.crash", "memory": "batch.memory",
    "timeout": "batch.timeout", "unreadable": "batch.unreadable",
}  # fmt: skip
_BAR = 20  # columns
_REMEMBERED = 100  # drawings of the bar


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
    from gradeline.batch.output import Output
    from gradeline.batch.results import run
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
    if output.resolve().is_relative_to(submissions.resolve()):
        raise Told("batch.inside", output=str(output), folder=str(submissions))
    places = _places(course, submissions, exercise)
    progress = _Progress(app)
    with Output(output) as own, ExitStack() as ending:

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
        counts = run(places(own), course.root, own, start, progress.told, thorough)
    tell(app, words("batch.done", graded=counts.graded, known=counts.known, errors=counts.errors,
                    file=str(own.results)))  # fmt: skip
    if gradebook is not None:
        from gradeline_cli.commands.book import take_in_all

        take_in_all(app, own.results, gradebook, roster)
    if report is not None:
        from gradeline_cli.commands.report import write_report

        write_report(app, gradebook or str(own.results), report)
    context.exit(FAILED if counts.errors else PASSED)


def _places(
    course: Course, submissions: Path, exercise: str | None
) -> Callable[[Output], tuple[Place, ...]]:  # fmt: skip
    """Where the submissions are, given the folder that what has to be put together is put into.

    A wrong layout is told before anything is written.
    """
    from gradeline.batch.downloads import places, platform_of
    from gradeline.batch.layout import find
    from gradeline.words import Told

    root = submissions.resolve()  # results name the folders, and are read from elsewhere
    platform = platform_of(root)
    if not platform:
        found = find(root, course.resolve, exercise)
        return lambda _: found
    if exercise is None:
        raise Told("batch.which", platform=platform)
    return lambda output: places(root, platform, exercise, output.staged.resolve())


class _Progress:
    """One line that is written over on a terminal, and one line per failure."""

    def __init__(self, app: App) -> None:
        import sys

        self._words = app.words()
        self._live = sys.stderr.isatty() and not app.is_plain()
        self._next = 0.0
        self._drawn: deque[tuple[float, int]] = deque(maxlen=_REMEMBERED)  # when, and how many were done

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
            full = counts.done * _BAR // counts.total
            text = self._words(
                "batch.progress", bar="#" * full + "." * (_BAR - full), done=counts.done, total=counts.total,
                left=self._left(now, counts), current=counts.current, slowest=counts.slowest[1] or "-",
                seconds=f"{counts.slowest[0]:.1f}",
            )  # fmt: skip
            emit(f"\r\x1b[K{clip(visible(text), columns() - 1)}", error=True)

    def _left(self, now: float, counts: Counts) -> str:
        """The seconds that are left, at the pace of late: what is known from before goes much faster than the rest."""
        self._drawn.append((now, counts.done))
        begin, before = self._drawn[0]
        if counts.done == before:
            return "?"
        return str(round((now - begin) / (counts.done - before) * (counts.total - counts.done)))

    def clear(self) -> None:
        from gradeline_cli.output import emit

        if self._live:
            emit("\r\x1b[K", error=True)
