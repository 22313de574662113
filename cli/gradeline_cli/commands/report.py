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
    from gradeline.report.site import Looked, Work


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
    from gradeline.report.site import write
    from gradeline_cli.grades_source import read_grades
    from gradeline_cli.telling import tell

    words = app.words()
    alike = read(similarity) if similarity is not None else None
    look = look_at_work(app) if work else _nothing
    made = write(read_grades(results), output, title or words("report.title"), look, alike)
    tell(app, words("report.done", learners=made.learners, results=made.results, review=made.review,
                    index=str(made.index)))  # fmt: skip


def _nothing(_: Grade) -> Work | None:
    return None


def look_at_work(app: App) -> Looked:
    """Grades the work once more: only then it is known to be what the result is about."""
    from gradeline.grade import grade as grade_again
    from gradeline.graph.build import draw
    from gradeline.render.graph_svg import render
    from gradeline.report.site import Work
    from gradeline.source import GradelineError
    from gradeline_cli.listening import Listening, case_of

    course, opener = app.course(), app.opener()
    known = {}

    def look(grade: Grade) -> Work | None:
        folder = Path(grade.folder)
        if not grade.folder or grade.result is None or not folder.is_dir():
            return None
        try:
            if grade.exercise not in known:
                known[grade.exercise] = course.exercise(grade.exercise), course.rubric(grade.exercise)
            exercise, rubric = known[grade.exercise]
            submission = opener(folder, kit=exercise.starter, submit=exercise.submit)
            engine = Listening(app.grader())
            report = grade_again(submission, exercise, rubric, engine, submission_id="")
            stored = grade.result["submission"]
            if not isinstance(stored, dict) or report.submission_digest != stored["digest"]:
                return None
            case = case_of(engine)
            picture = render(draw(case.pipelines, report, "")) if case is not None and case.pipelines else ""
            return Work(report.sources, picture)
        except GradelineError:  # the page says that the work is not at hand
            return None

    return look
