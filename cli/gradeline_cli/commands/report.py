"""``grade report RESULTS``: the results of a class as pages for a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradeline_cli import spoken
from gradeline_cli.app import common_options, pass_app
from gradeline_cli.parts import App

if TYPE_CHECKING:
    from gradeline.grades import Grade
    from gradeline.report.site import Work


@spoken.command("report")
@spoken.argument("results")
@spoken.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), default=Path("report"),
               show_default=True, help="option.report.output")  # fmt: skip
@spoken.option("--title", default="", metavar="TEXT", help="option.report.title")
@spoken.option("--work/--no-work", default=True, show_default=True, help="option.report.work")
@spoken.option("--similarity", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE",
               help="option.report.similarity")  # fmt: skip
@common_options
@pass_app
def command(app: App, results: str, output: Path, title: str, work: bool, similarity: Path | None) -> None:
    write_report(app, results, output, title, work, similarity)


def write_report(
    app: App, results: str, output: Path, title: str = "", work: bool = True, similarity: Path | None = None
) -> None:  # fmt: skip
    """Write the pages, and say where they are."""
    from gradeline.report.alike import read
    from gradeline.report.look import Look
    from gradeline.report.site import write
    from gradeline_cli.grades_source import read_grades
    from gradeline_cli.telling import tell

    words = app.words()
    alike = read(similarity) if similarity is not None else None
    shown = words.with_all_letters()
    with Look(app.course().root, language=words.language) as look:
        grades = look.ahead(read_grades(results)) if work else read_grades(results)
        made = write(grades, output, title or shown("report.title"), look if work else _nothing, alike, shown)
    tell(app, words("report.done", learners=made.learners, results=made.results, review=made.review,
                    index=str(made.index)))  # fmt: skip


def _nothing(_: Grade) -> Work | None:
    return None
