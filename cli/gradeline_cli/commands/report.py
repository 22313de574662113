"""``grade report RESULTS``: the results of a class as pages for a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradeline_cli.app import common_options, pass_app
from gradeline_cli.parts import App

if TYPE_CHECKING:
    from gradeline.grades import Grade
    from gradeline.report.site import Work


@click.command("report", short_help="Write the results of a class as pages for a browser.")
@click.argument("results")
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), default=Path("report"),
              show_default=True, help="The folder to write to.")  # fmt: skip
@click.option("--title", default="", metavar="TEXT", help="What stands on top of each page.")
@click.option("--work/--no-work", default=True, show_default=True,
              help="Show lines and pipelines of the work itself, where it is at hand.  It takes a while.")  # fmt: skip
@click.option("--similarity", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE",
              help="What `grade similarity --format json` wrote, to be shown with the rest.")  # fmt: skip
@common_options
@pass_app
def command(app: App, results: str, output: Path, title: str, work: bool, similarity: Path | None) -> None:
    """Write RESULTS as pages for a browser: the class, each learner, and what waits for a person.

    RESULTS is results.jsonl of `grade batch`, the folder it is in, or a gradebook.  The pages need no network and hold
    everything that was graded: keep them as safe as the grades.
    """
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
    with Look(app.course().root) as look:
        made = write(
            read_grades(results), output, title or words("report.title"), look if work else _nothing, alike
        )  # fmt: skip
    tell(app, words("report.done", learners=made.learners, results=made.results, review=made.review,
                    index=str(made.index)))  # fmt: skip


def _nothing(_: Grade) -> Work | None:
    return None
