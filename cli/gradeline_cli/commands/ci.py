"""``grade ci``: grades what a pull request changes, for a CI system."""

from __future__ import annotations

from pathlib import Path

import click

from gradeline_cli.app import common_options, pass_app
from gradeline_cli.parts import App

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("ci", short_help="Grade what a pull request changes.")
@click.option("--base", metavar="REF", help="What the pull request is for; CI systems say it for pull requests.")
@click.option("--head", metavar="REF", default="HEAD", show_default=True, help="What is graded.")
@click.option("--staged", is_flag=True, help="Grade what is about to be committed, instead of a commit.")
@click.option("--all", "everything", is_flag=True, help="Grade every submission, whatever changed.")
@click.option("--exercise", metavar="EXERCISE", help="The repository is about this exercise only.")
@click.option("--folder", metavar="DIR", default="", help="With --exercise: where in the repository the work is.")
@click.option("--protect", metavar="PATTERN", multiple=True, help="Refuse a pull request that changes such a file.")
@click.option("--fail-under", type=click.IntRange(0, 100), metavar="POINTS",
              help="Fail below so many of 100 points, instead of the pass mark.")  # fmt: skip
@click.option("--changed-only", is_flag=True, help="Annotate only what the changed lines show; the score is of all.")
@click.option("--report-only", is_flag=True, help="Never fail because of a score.")
@click.option("--annotations/--no-annotations", default=None, help="GitHub's annotations; on in GitHub Actions.")
@click.option("--sarif", type=_FILE, metavar="FILE", help="Write SARIF 2.1.0.")
@click.option("--junit", type=_FILE, metavar="FILE", help="Write JUnit XML.")
@click.option("--code-quality", type=_FILE, metavar="FILE", help="Write a GitLab Code Quality report.")
@click.option("--summary", type=_FILE, metavar="FILE", help="Write the summary as Markdown.")
@click.option("--comment", type=_FILE, metavar="FILE", help="Write a comment for the pull request as Markdown.")
@click.option("--json", "json_file", type=_FILE, metavar="FILE", help="Write all results as JSON.")
@common_options
@pass_app
@click.pass_context
def command(
    context: click.Context, app: App, base: str | None, head: str, staged: bool, everything: bool, exercise: str | None,
    folder: str, protect: tuple[str, ...], fail_under: int | None, changed_only: bool, report_only: bool,
    annotations: bool | None, sarif: Path | None, junit: Path | None, code_quality: Path | None, summary: Path | None,
    comment: Path | None, json_file: Path | None,
) -> None:  # fmt: skip
    """Grade the exercises that a pull request touches.

    Works in the repository around the current folder and reads commits, never the files lying there.  Exercises and
    rubrics are the installed ones; a course in the repository (--course) is taken from the base.  A pull request that
    changes what grades it is refused.

    Exit codes: 0 every touched exercise passes, 1 one is below, 2 refused or nothing to compare with, 3 the grader
    failed.
    """
    import os

    from gradeline.render.findings import Graded
    from gradeline.source import GradelineError
    from gradeline_cli.ci.run import Outcome, Wish, exit_code, run
    from gradeline_cli.ci.touched import RefusedError
    from gradeline_cli.ci.writing import Places, write_annotations, write_for_github, write_log, write_reports

    if folder and exercise is None:
        raise click.UsageError("--folder says where the work of one exercise is: name it with --exercise.")
    wish = Wish(
        base=base, head=head, staged=staged, everything=everything, course=app.course_root,
        only=(exercise, folder) if exercise is not None else None, protected=protect, fail_under=fail_under,
        changed_only=changed_only, report_only=report_only,
    )  # fmt: skip
    places = Places(
        sarif=sarif, junit=junit, code_quality=code_quality, summary=summary, comment=comment, json=json_file
    )  # fmt: skip
    on_github = os.environ.get("GITHUB_ACTIONS") == "true"
    nothing: tuple[Graded, ...] = ()
    try:
        outcome = run(app, wish, Path.cwd(), os.environ)
    except RefusedError as error:  # the pull request has to hear it where it looks
        refused = Outcome(nothing, (str(error),), unreadable=True)
        write_reports(refused, places)
        if on_github:
            write_for_github(refused, wish, os.environ)
        raise
    except GradelineError as error:
        if on_github:
            write_for_github(Outcome(nothing, (str(error),), unreadable=True), wish, os.environ)
        raise
    write_log(outcome)
    write_reports(outcome, places)
    if on_github:
        write_for_github(outcome, wish, os.environ)
    if annotations if annotations is not None else on_github:
        write_annotations(outcome.gradings)
    context.exit(exit_code(outcome, wish))
