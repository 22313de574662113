"""``grade ci``: grades what a pull request changes, for a CI system."""

from __future__ import annotations

from pathlib import Path

import click

from gradeline_cli import spoken
from gradeline_cli.app import common_options, pass_app
from gradeline_cli.parts import App

_FILE = click.Path(path_type=Path, dir_okay=False)


@spoken.command("ci")
@spoken.option("--base", metavar="REF", help="option.ci.base")
@spoken.option("--head", metavar="REF", default="HEAD", show_default=True, help="option.ci.head")
@spoken.option("--staged", is_flag=True, help="option.ci.staged")
@spoken.option("--all", "everything", is_flag=True, help="option.ci.all")
@spoken.option("--exercise", metavar="EXERCISE", help="option.ci.exercise")
@spoken.option("--folder", metavar="DIR", default="", help="option.ci.folder")
@spoken.option("--protect", metavar="PATTERN", multiple=True, help="option.ci.protect")
@spoken.option("--fail-under", type=click.IntRange(0, 100), metavar="POINTS", help="option.ci.fail_under")
@spoken.option("--changed-only", is_flag=True, help="option.ci.changed_only")
@spoken.option("--report-only", is_flag=True, help="option.ci.report_only")
@spoken.option("--annotations/--no-annotations", default=None, help="option.ci.annotations")
@spoken.option("--sarif", type=_FILE, metavar="FILE", help="option.ci.sarif")
@spoken.option("--junit", type=_FILE, metavar="FILE", help="option.ci.junit")
@spoken.option("--code-quality", type=_FILE, metavar="FILE", help="option.ci.code_quality")
@spoken.option("--summary", type=_FILE, metavar="FILE", help="option.ci.summary")
@spoken.option("--comment", type=_FILE, metavar="FILE", help="option.ci.comment")
@spoken.option("--json", "json_file", type=_FILE, metavar="FILE", help="option.ci.json")
@common_options
@pass_app
@click.pass_context
def command(
    context: click.Context, app: App, base: str | None, head: str, staged: bool, everything: bool, exercise: str | None,
    folder: str, protect: tuple[str, ...], fail_under: int | None, changed_only: bool, report_only: bool,
    annotations: bool | None, sarif: Path | None, junit: Path | None, code_quality: Path | None, summary: Path | None,
    comment: Path | None, json_file: Path | None,
) -> None:  # fmt: skip
    import os

    from gradeline.render.findings import Graded
    from gradeline.source import GradelineError
    from gradeline.words import told
    from gradeline_cli.ci.run import Outcome, Wish, exit_code, run
    from gradeline_cli.ci.touched import RefusedError
    from gradeline_cli.ci.writing import Places, write_annotations, write_for_github, write_log, write_reports

    words = app.words().with_all_letters()
    if folder and exercise is None:
        raise click.UsageError(words("usage.folder"))
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
        refused = Outcome(nothing, (error.phrase,), unreadable=True)
        write_reports(refused, places, words)
        if on_github:
            write_for_github(refused, wish, os.environ, words)
        raise
    except GradelineError as error:
        if on_github:
            write_for_github(Outcome(nothing, (told(error),), unreadable=True), wish, os.environ, words)
        raise
    write_log(outcome, app.words())
    write_reports(outcome, places, words)
    if on_github:
        write_for_github(outcome, wish, os.environ, words)
    if annotations if annotations is not None else on_github:
        write_annotations(outcome.gradings)
    context.exit(exit_code(outcome, wish))
