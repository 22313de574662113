"""``grade export``: grades for learning platforms, feedback for learners, and what another grader needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradeline_cli import spoken
from gradeline_cli.app import common_options, complete_exercise, pass_app
from gradeline_cli.parts import App

if TYPE_CHECKING:
    from gradeline.exports.outcome import Outcome, Settings
    from gradeline.grades import Grade
    from gradeline.words import Words

_FORMATS = ("canvas", "moodle", "moodle-worksheet", "nbgrader", "gradescope", "jsonl", "parquet")
_KINDS: Mapping[str, str] = {
    "error": "exports.kind.error", "open": "exports.kind.open", "missing": "exports.kind.missing",
    "excused": "exports.kind.excused", "unknown": "exports.kind.unknown", "unclear": "exports.kind.unclear",
    "ungraded": "exports.kind.ungraded", "locked": "exports.kind.locked", "column": "exports.kind.column",
    "altered": "exports.kind.altered", "above": "exports.kind.above",
}  # fmt: skip


@spoken.group("export")
@common_options
@pass_app
def command(app: App) -> None:
    """Its commands follow."""


@command.command("grades")
@spoken.argument("results")
@spoken.option("--format", "kind", type=click.Choice(_FORMATS), required=True, help="option.export.grades.format")
@spoken.option("--into", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE",
               help="option.export.grades.into")  # fmt: skip
@spoken.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", required=True,
               help="option.export.grades.output")  # fmt: skip
@spoken.option("--exercise", metavar="EXERCISE", shell_complete=complete_exercise, help="option.only_exercise")
@spoken.option("--roster", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE",
               help="option.export.grades.roster")  # fmt: skip
@spoken.option("--column", "columns", multiple=True, metavar="EXERCISE=TITLE", help="option.export.grades.column")
@spoken.option("--with-open", is_flag=True, help="option.export.grades.with_open")
@spoken.option("--missing-as-zero", is_flag=True, help="option.export.grades.missing_as_zero")
@spoken.option("--scale", is_flag=True, help="option.export.grades.scale")
@common_options
@click.pass_context
@pass_app
def grades(
    app: App, context: click.Context, results: str, kind: str, into: Path | None, output: Path, exercise: str | None,
    roster: Path | None, columns: Sequence[str], with_open: bool, missing_as_zero: bool, scale: bool,
) -> None:  # fmt: skip
    from gradeline.exports.book import bare, slim, thin
    from gradeline.exports.outcome import Settings
    from gradeline.exports.people import read_roster, with_roster
    from gradeline_cli.ending import BELOW, PASSED
    from gradeline_cli.output import write_bytes

    settings = Settings(with_open, missing_as_zero, scale, _columns(app, columns))
    less = {"jsonl": thin, "parquet": thin, "moodle-worksheet": slim}.get(kind, bare)
    found = tuple(less(one) for one in _wanted(app, results, exercise))
    outside: tuple[str, ...] = ()
    if roster is not None:
        found, strangers = with_roster(found, read_roster(roster))
        outside = tuple(sorted({one.name for one in strangers}))
    outcome = _outcome(kind, found, into, settings, app.words().with_all_letters())
    write_bytes(output, outcome.content)
    _tell(app, outcome, outside, output)
    context.exit(BELOW if outcome.lost or outside else PASSED)


def _wanted(app: App, results: str, exercise: str | None) -> Iterator[Grade]:
    """The grades one by one: a whole class with all its evidence may be larger than the memory."""
    from gradeline_cli.grades_source import read_grades
    from gradeline_cli.grading import require_exercise

    wanted = None
    if exercise is not None:
        require_exercise(app.course(), exercise)
        wanted = app.course().resolve(exercise)
    return (one for one in read_grades(results) if wanted in (None, one.exercise))


def _columns(app: App, given: Sequence[str]) -> Mapping[str, str]:
    found = {}
    for one in given:
        name, equals, title = one.partition("=")
        if not equals or not title:
            raise click.BadParameter(app.words()("usage.column", text=repr(one)), param_hint="--column")
        found[app.course().resolve(name) or name] = title
    return found


def _outcome(kind: str, found: Sequence[Grade], into: Path | None, settings: Settings, words: Words) -> Outcome:
    from gradeline.exports import canvas, moodle, tables
    from gradeline.exports.feedback import sentences
    from gradeline.exports.outcome import Outcome, encoded
    from gradeline.words import Told

    if kind == "moodle-worksheet":
        if into is None:
            raise Told("exports.into")
        return moodle.worksheet(
            found, into.name, into.read_bytes(), settings, lambda grade: moodle.comment(sentences(grade, words))
        )
    if into is not None:
        if kind != "canvas":
            raise Told("exports.not_into", format=kind)
        return canvas.fill(found, into.name, into.read_bytes(), settings)
    if kind == "jsonl":
        return Outcome(encoded(tables.json_lines(found)), len(found))
    if kind == "parquet":
        return Outcome(tables.parquet(found), len(found))
    make = {"canvas": canvas.new, "moodle": moodle.gradebook, "nbgrader": tables.nbgrader,
            "gradescope": tables.gradescope}[kind]  # fmt: skip
    return make(found, settings)


def _tell(app: App, outcome: Outcome, outside: Sequence[str], output: Path) -> None:
    from gradeline.render.text import visible
    from gradeline_cli.telling import lines, tell

    words = app.words()
    tell(app, words("exports.done", count=outcome.written, file=visible(str(output))))
    from gradeline_cli.output import emit

    for kind, names in (*outcome.by_kind().items(), *([("unknown", tuple(outside))] if outside else [])):
        said = words(_KINDS[kind], count=len(names), names=", ".join(visible(one) for one in names))
        emit("".join(f"{line}\n" for line in lines(app, said)), error=True)


@command.command("feedback")
@spoken.argument("results")
@spoken.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), default=Path("feedback"),
               show_default=True, metavar="FOLDER", help="option.export.feedback.output")  # fmt: skip
@spoken.option("--format", "kind", type=click.Choice(["markdown", "html", "both"]), default="both", show_default=True,
               help="option.export.feedback.format")  # fmt: skip
@spoken.option("--exercise", metavar="EXERCISE", shell_complete=complete_exercise, help="option.only_exercise")
@common_options
@pass_app
def feedback(app: App, results: str, output: Path, kind: str, exercise: str | None) -> None:
    from gradeline.exports.feedback import files
    from gradeline.render.text import visible
    from gradeline_cli.output import write_file
    from gradeline_cli.telling import tell

    count = 0
    course = app.course()

    @cache
    def title(of: str) -> str:
        return course.exercise(of).title if of in course.folders else of

    kinds = ("markdown", "html") if kind == "both" else (kind,)
    for name, text in files(_wanted(app, results, exercise), kinds, title, app.words().with_all_letters()):
        path = output / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, text, wait=False)
        count += 1
    tell(app, app.words()("exports.feedback", count=count, folder=visible(str(output))))


@command.command("gradescope")
@spoken.argument("exercise", shell_complete=complete_exercise)
@spoken.option("--wheel", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
               help="option.export.gradescope.wheel")  # fmt: skip
@spoken.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
               default=Path("autograder.zip"), show_default=True, help="option.export.gradescope.output")  # fmt: skip
@common_options
@pass_app
def gradescope(app: App, exercise: str, wheel: Path | None, output: Path) -> None:
    from gradeline import __version__
    from gradeline.render.text import visible
    from gradeline_cli.gradescope.archive import autograder
    from gradeline_cli.output import emit, write_bytes

    found = app.course().exercise(exercise)
    write_bytes(output, autograder(found.id, __version__, wheel))
    emit(f"{app.words()('exports.gradescope', file=visible(str(output)), exercise=found.id)}\n")
