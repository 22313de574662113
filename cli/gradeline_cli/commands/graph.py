"""``grade graph``: a drawing of the pipeline as the grader sees it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradeline_cli import spoken
from gradeline_cli.app import common_options, complete_exercise, pass_app
from gradeline_cli.parts import App

if TYPE_CHECKING:
    from gradeline.exercise import Exercise
    from gradeline.facts.case import Case, PipelineFacts
    from gradeline.graph.drawing import Page
    from gradeline.result import Report
    from gradeline.words import Words


@spoken.command("graph")
@spoken.argument("exercise", required=False, metavar="[EXERCISE]", shell_complete=complete_exercise)
@spoken.argument("path", required=False, type=click.Path(path_type=Path))
@spoken.option("--format", "kind", type=click.Choice(["terminal", "mermaid", "svg"]), default="terminal",
               show_default=True, help="option.graph.format")  # fmt: skip
@spoken.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
               help="option.graph.output")  # fmt: skip
@spoken.option("--event", default="", metavar="EVENT", help="option.graph.event")
@spoken.option("--pipeline", default="", metavar="FILE", help="option.graph.pipeline")
@common_options
@pass_app
@click.pass_context
def command(
    context: click.Context, app: App, exercise: str | None, path: Path | None, kind: str, output: Path | None,
    event: str, pipeline: str,
) -> None:  # fmt: skip
    from gradeline.graph.build import draw
    from gradeline.render.text import wrap
    from gradeline_cli.ending import PASSED, exit_code
    from gradeline_cli.output import emit, write_file

    case, report = _read(app, exercise, path)
    if report is not None and (case is None or not case.pipelines):
        wrong = [one for one in report.diagnostics if one.severity == "error"]
        told = [one.message for one in wrong if one.path] or [one.message for one in wrong]
        lines = wrap(f"grade: {app.words()('graph.nothing', why=' '.join(told[:2]))}", 80)
        emit("".join(f"{line}\n" for line in lines), error=True)
        context.exit(exit_code(report))
    page = draw(_chosen(case, pipeline, event), report, event, _words(app, kind, output))
    text = _rendered(page, kind, output, app)
    if output is None:
        emit(text)
    else:
        write_file(output, text)
    context.exit(PASSED if report is None else exit_code(report))


def _words(app: App, kind: str, output: Path | None) -> Words:
    """A picture and a file show all letters, whatever the terminal does; a screen reader gets plain ones."""
    in_full = kind == "svg" or (output is not None and not app.is_plain())
    return app.words().with_all_letters() if in_full else app.words()


def picture(app: App, exercise: str, folder: Path) -> str:
    """The drawing of the work in ``folder`` for the terminal; empty when there is no pipeline to draw."""
    from gradeline.graph.build import draw

    case, report = _graded(app, app.course().exercise(exercise), folder)
    if case is None or not case.pipelines:
        return ""
    return _rendered(draw(case.pipelines, report, "", app.words()), "terminal", None, app)


def _read(app: App, name: str | None, path: Path | None) -> tuple[Case | None, Report | None]:
    """What is drawn, and its report when there is an exercise; a first word that is no exercise may be a folder."""
    from gradeline_cli.workspace import WorkspaceError

    if name is not None and (path is not None or app.course().resolve(name) is not None or not Path(name).exists()):
        return _graded(app, app.course().exercise(name), path)
    folder = Path(name) if name is not None else Path.cwd()
    if not folder.is_dir() and folder.suffix in (".yml", ".yaml"):
        raise WorkspaceError("graph.file", folder=str(folder))
    from gradeline.intake import open_submission

    submission = open_submission(folder)
    from gradeline.listening import case_in

    return case_in(app.grader().read(submission, {}, {})), None


def _graded(app: App, exercise: Exercise, path: Path | None) -> tuple[Case | None, Report]:
    from gradeline.grade import grade
    from gradeline.listening import Listening, case_of
    from gradeline_cli.workspace import submitted

    folder = submitted(exercise, path)
    submission = app.opener()(folder, kit=exercise.starter, submit=exercise.submit)
    engine = Listening(app.grader())
    rubric = app.course().rubric(exercise.id)
    report = grade(submission, exercise, rubric, engine, submission_id=folder.resolve().name, raise_bugs=app.debug)
    return case_of(engine), report


def _chosen(case: Case | None, pipeline: str, event: str) -> tuple[PipelineFacts, ...]:
    """The pipelines to draw; known errors say what there is to choose from."""
    from gradeline.graph.runs import choose
    from gradeline.words import phrase
    from gradeline_cli.workspace import WorkspaceError

    if case is None or not case.pipelines:
        raise WorkspaceError("graph.none")
    found = case.pipelines
    if pipeline:
        wanted = pipeline.removeprefix("./")
        exact = tuple(facts for facts in found if facts.pipeline.path == wanted)
        chosen = exact or case.select([wanted])
        if not chosen:
            known = ", ".join(facts.pipeline.path for facts in found)
            raise WorkspaceError("graph.no_pipeline", name=pipeline, known=known)
        found = chosen
    if event and not any(choose(facts, event) for facts in found):
        scenarios = dict.fromkeys(
            f"{one.id} ({one.title})" for facts in found for one in facts.pipeline.scenarios
        )  # fmt: skip
        raise WorkspaceError("graph.no_event", event=event, known="; ".join(scenarios) or phrase("graph.no_start"))
    return found


def _rendered(page: Page, kind: str, output: Path | None, app: App) -> str:
    if kind == "svg":
        from gradeline.render.graph_svg import render as render_svg

        return render_svg(page)
    if kind == "mermaid":
        from gradeline.render.graph_mermaid import render as render_mermaid

        return render_mermaid(page)
    if app.is_plain():
        from gradeline.render.graph_plain import render as render_plain

        return render_plain(page)
    from gradeline.render.graph_terminal import render
    from gradeline.render.terminal import COLOUR, PLAIN
    from gradeline_cli.output import ascii_only, columns, has_colour

    palette = COLOUR if output is None and has_colour(app.colour) else PLAIN
    wide = 80 if output is not None else columns()
    return render(page, columns=wide, palette=palette, ascii_only=output is None and ascii_only())
