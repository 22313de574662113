"""``grade regrade``: the work in a gradebook, graded by today's rubrics and grader."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradeline_cli import spoken
from gradeline_cli.app import common_options, complete_exercise, pass_app
from gradeline_cli.commands.book import author_option, book_option
from gradeline_cli.parts import App

if TYPE_CHECKING:
    from gradeline.grades import Grade


@spoken.command("regrade")
@spoken.option("--dry-run", is_flag=True, help="option.regrade.dry_run")
@spoken.option("--exercise", metavar="EXERCISE", shell_complete=complete_exercise, help="option.only_exercise")
@spoken.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), default=Path("results-regrade"),
               show_default=True, help="option.regrade.output")  # fmt: skip
@spoken.option("--jobs", type=click.IntRange(1, 256), help="option.jobs")
@spoken.option("--all", "everybody", is_flag=True, help="option.regrade.all")
@book_option
@author_option
@common_options
@pass_app
def command(
    app: App, dry_run: bool, exercise: str | None, output: Path, jobs: int | None, everybody: bool, where: str,
    author: str | None,
) -> None:  # fmt: skip
    from gradeline.batch.layout import Place
    from gradeline.batch.local import LocalEngine
    from gradeline.batch.output import Output
    from gradeline.batch.results import run
    from gradeline.gradebook.reading import work_that_counts
    from gradeline.grades import read_lines
    from gradeline.regrade.changes import regrade
    from gradeline_cli.commands.book import open_gradebook, voice
    from gradeline_cli.regrade_pages import changes_page
    from gradeline_cli.telling import tell

    course, words = app.course(), app.words()
    name = course.exercise(exercise).id if exercise is not None else None
    with open_gradebook(where) as book:
        works = [one for one in work_that_counts(book) if name in (None, one.exercise)]
        left = {(one.learner, one.exercise, one.digest): f"{one.learner}/{one.exercise}" for one in works}
        # Two attempts may name one folder, of which only one can still be in it; an archive is a file.
        there = {(one.learner, one.exercise, one.folder) for one in works if one.folder and Path(one.folder).exists()}
        places = tuple(Place(*one) for one in sorted(there))
        engine = LocalEngine(course.root.resolve(), jobs or os.cpu_count() or 1, 60, 2048)
        try:
            with Output(output) as own:
                run(places, course.root, own, lambda: engine, lambda *_: None)
        finally:
            engine.stop()

        def fresh() -> Iterator[Grade]:
            for grade in read_lines(own.results):
                key = (grade.learner.id, grade.exercise, grade.digest)
                if grade.standing == "graded" and key in left:
                    del left[key]
                    yield grade

        changes = regrade(book, fresh(), voice(author), dry_run=dry_run)
        changes_page(app, changes, len(works), everybody)
        if left:
            names = ", ".join(sorted({*left.values()})[:10])
            tell(app, words("regrade.aside", count=len(left), names=names))
        tell(app, words("regrade.dry" if dry_run else "regrade.written", book=book.name))
