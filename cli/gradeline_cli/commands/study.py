"""``grade study``: a blind sheet for raters, and how far they and the grader agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradeline_cli import spoken
from gradeline_cli.app import common_options, complete_exercise, pass_app
from gradeline_cli.parts import App

if TYPE_CHECKING:
    from gradeline.grades import Grade, Learner
    from gradeline.study.agreement import Estimate
    from gradeline.study.compare import Study, Two
    from gradeline.study.sample import Item
    from gradeline.words import Words

_WHY = {"none": "study.why.none", "same": "study.why.same", "few": "study.why.few"}


@spoken.group("study")
@common_options
@pass_app
def command(app: App) -> None:
    """Its commands follow."""


@command.command("sheet")
@spoken.argument("results")
@spoken.option("--size", type=click.IntRange(1, 100_000), default=120, show_default=True,
               help="option.study.sheet.size")  # fmt: skip
@spoken.option("--seed", type=click.IntRange(0, 2**63), required=True, help="option.study.sheet.seed")
@spoken.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), default=Path("study"),
               show_default=True, metavar="FOLDER", help="option.study.sheet.output")  # fmt: skip
@spoken.option("--key", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="option.study.sheet.key")
@spoken.option("--submissions", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="FOLDER",
               help="option.study.sheet.submissions")  # fmt: skip
@spoken.option("--exercise", metavar="EXERCISE", shell_complete=complete_exercise, help="option.only_exercise")
@common_options
@pass_app
def sheet(
    app: App, results: str, size: int, seed: int, output: Path, key: Path | None, submissions: Path | None,
    exercise: str | None,
) -> None:  # fmt: skip
    from gradeline.render.text import visible
    from gradeline.study import sheets
    from gradeline.study.sample import draw, verdicts
    from gradeline_cli.grades_source import read_grades
    from gradeline_cli.grading import require_exercise
    from gradeline_cli.output import write_bytes, write_file
    from gradeline_cli.telling import tell

    if exercise is not None:
        require_exercise(app.course(), exercise)
        exercise = app.course().resolve(exercise)
    learners: dict[str, Learner] = {}
    folders: dict[tuple[str, str], Path] = {}

    def wanted() -> Iterator[Grade]:
        for grade in read_grades(results):
            if exercise in (None, grade.exercise):
                learners[grade.learner.id] = grade.learner
                if grade.folder:
                    folders[grade.learner.id, grade.exercise] = Path(grade.folder)
                yield grade

    found = verdicts(wanted())
    items = draw(found, size, seed)
    key = key or output.with_name(f"{output.name}-key.json")
    output.mkdir(parents=True, exist_ok=True)
    if submissions is not None:
        folders = _folders(app, submissions, exercise)
    lost = _copy_work(app, items, learners, folders, output) if folders else ()
    write_bytes(output / "sheet.csv", sheets.sheet(items))
    write_file(key, sheets.key(items, seed, len(found)))
    key.chmod(0o600)
    words = app.words()
    tell(app, words("study.drawn", count=len(items), all=len(found), seed=seed),
         words("study.files", sheet=visible(str(output / "sheet.csv")), hidden=visible(str(key))))  # fmt: skip
    if not folders:
        tell(app, words("study.no_work"))
    for one in lost:
        tell(app, words("study.lost", work=one))
    if len(items) < 30:
        tell(app, words("study.small", count=len(items)))


def _folders(app: App, submissions: Path, exercise: str | None) -> dict[tuple[str, str], Path]:
    from gradeline.batch.layout import find
    from gradeline.source import GradelineError

    resolve = app.course().resolve
    try:
        places = find(submissions, resolve)
    except GradelineError:
        if exercise is None:
            raise
        places = find(submissions, resolve, exercise)
    return {(one.learner, one.exercise): Path(one.folder) for one in places}


def _copy_work(
    app: App, items: Sequence[Item], learners: Mapping[str, Learner], folders: Mapping[tuple[str, str], Path],
    output: Path,
) -> Sequence[str]:  # fmt: skip
    """Copy the work of each item; the names of work that is not there or cannot be read."""
    from gradeline.source import GradelineError
    from gradeline.study.sheets import work
    from gradeline_cli.output import write_file

    course = app.course()
    lost = []
    for name, (learner, of) in sorted({one.work: (one.verdict.learner, one.verdict.exercise) for one in items}.items()):
        try:
            found = course.exercise(of)
            if (learner, of) not in folders:
                raise FileNotFoundError(learner)
            for path, text in work(folders[learner, of], found.starter, found.submit, learners[learner]):
                target = output / "work" / name / path
                target.parent.mkdir(parents=True, exist_ok=True)
                write_file(target, text, wait=False)
        except (GradelineError, OSError):
            lost.append(name)
    return lost


@command.command("agree")
@spoken.argument("sheets", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@spoken.option("--key", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True, metavar="FILE",
               help="option.study.agree.key")  # fmt: skip
@spoken.option("--confidence", type=click.FloatRange(0.5, 0.999), default=0.95, show_default=True, metavar="NUMBER",
               help="option.study.agree.confidence")  # fmt: skip
@spoken.option("--format", "kind", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True,
               help="option.people_or_programs")  # fmt: skip
@spoken.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="option.to_file")
@common_options
@pass_app
def agree(app: App, sheets: Sequence[Path], key: Path, confidence: float, kind: str, output: Path | None) -> None:
    from gradeline.render.json import dumped
    from gradeline.study import sheets as reading
    from gradeline.study.compare import GRADER, study
    from gradeline.study.data import as_data
    from gradeline.words import Told
    from gradeline_cli.output import emit, write_file

    items = reading.read_key(key)
    ratings = {}
    for path in sheets:
        if path.stem in ratings or path.stem == GRADER:
            raise Told("study.twice", name=path.stem)
        ratings[path.stem] = reading.read_sheet(path, items)
    found = study(items, ratings, confidence)
    text = dumped(as_data(found)) if kind == "json" else "".join(f"{line}\n" for line in _page(app, found))
    if output is None:
        emit(text)
    else:
        write_file(output, text)


def _page(app: App, study: Study) -> Iterator[str]:
    from gradeline.render.text import visible
    from gradeline_cli.telling import lines

    words = app.words()
    names = ", ".join(f"{visible(name)} ({count})" for name, count in study.rated)
    yield from lines(app, words("study.head", items=study.items, raters=names))
    for two in (*study.with_grader, *study.people):
        yield ""
        left = words("study.grader") if two in study.with_grader else visible(two.left)
        yield from lines(app, words("study.two", left=left, right=visible(two.right)))
        for line in _numbers(words, two):
            yield from lines(app, line, 2)
    several = [("study.all", study.fleiss, study.points)] if len(study.raters) > 1 else []
    if study.people_fleiss is not None and study.people_points is not None:
        several.append(("study.people", study.people_fleiss, study.people_points))
    for key, kappa, points in several:
        yield ""
        yield from lines(app, words.get(key, key))
        yield from lines(app, _said(words, words("study.fleiss"), kappa), 2)
        yield from lines(app, _said(words, words("study.icc"), points), 2)
    yield ""
    if study.differences:
        yield from lines(app, words("study.differences", count=len(study.differences)))
        for one in study.differences:
            said = ", ".join(f"{visible(name)}: {words(f'status.{status}')}" for name, status in one.said)
            yield from lines(app, words("study.difference", item=one.code, exercise=one.exercise,
                                        criterion=visible(one.criterion), learner=visible(one.learner),
                                        grader=words(f"status.{one.grader}"), said=said), 2)  # fmt: skip
        yield ""
    small = min((two.same for two in study.with_grader), key=lambda one: one.n)
    wanted = max((two.kappa.wanted() for two in study.with_grader), default=0)
    if small.is_small:
        yield from lines(app, words("study.small", count=small.n))
    if wanted > small.n:
        yield from lines(app, words("study.wide", wanted=wanted))


def _numbers(words: Words, two: Two) -> Iterator[str]:
    yield _said(words, words("study.same"), two.same)
    if two.in_class is not None:
        yield words("study.in_class", share=_number(two.in_class))
    yield _said(words, words("study.kappa"), two.kappa)
    yield _said(words, words("study.weighted"), two.weighted)
    yield _said(words, words("study.icc"), two.points)


def _said(words: Words, name: str, one: Estimate) -> str:
    if one.value is None:
        return words("study.undefined", name=name, why=words(_WHY[one.why or "none"]), n=one.n)
    if one.low is None or one.high is None:
        return words("study.no_interval", name=name, value=_number(one.value), n=one.n)
    return words("study.number", name=name, value=_number(one.value), low=_number(one.low), high=_number(one.high),
                 n=one.n)  # fmt: skip


def _number(value: float) -> str:
    return f"{value + 0.0:.2f}"
