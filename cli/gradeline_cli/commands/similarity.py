"""``grade similarity SUBMISSIONS``: which submissions are alike in what their pipeline is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradeline_cli import spoken
from gradeline_cli.app import common_options, complete_exercise, pass_app
from gradeline_cli.parts import App

if TYPE_CHECKING:
    from gradeline.batch.layout import Place
    from gradeline.similarity.evidence import Match
    from gradeline.similarity.find import InCommon, Pair, Similar

    Shown = Mapping[Pair | InCommon, Sequence[Match]]


@spoken.command("similarity")
@spoken.argument("submissions")
@spoken.option("--exercise", metavar="EXERCISE", shell_complete=complete_exercise, help="option.exercise_of_all")
@spoken.option("--reference", "references", multiple=True, metavar="FOLDER",
               type=click.Path(path_type=Path, exists=True, file_okay=False),
               help="option.similarity.reference")  # fmt: skip
@spoken.option("--threshold", type=click.FloatRange(0.1, 1), metavar="NUMBER", help="option.similarity.threshold")
@spoken.option("--evidence", "most", type=click.IntRange(0, 10_000), default=20, show_default=True, metavar="PAIRS",
               help="option.similarity.evidence")  # fmt: skip
@spoken.option("--jobs", type=click.IntRange(1, 256), help="option.jobs")
@spoken.option("--format", "kind", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True,
               help="option.people_or_programs")  # fmt: skip
@spoken.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="option.to_file")
@common_options
@pass_app
def command(
    app: App, submissions: str, exercise: str | None, references: Sequence[Path], threshold: float | None, most: int,
    jobs: int | None, kind: str, output: Path | None,
) -> None:  # fmt: skip
    from gradeline.render.json import dumped
    from gradeline.similarity.data import as_data
    from gradeline.similarity.find import THRESHOLD
    from gradeline.similarity.run import evidence, run
    from gradeline_cli.grading import require_exercise
    from gradeline_cli.output import emit, write_file

    course = app.course()
    if exercise is not None:
        require_exercise(course, exercise)
        exercise = course.resolve(exercise)
    places = _places(app, submissions, exercise)
    known = {name: tuple(references) for name in {one.exercise for one in places}}
    found: list[tuple[Similar, Shown]] = []
    with _Progress(app) as progress:
        for one in run(places, course, known, jobs or os.cpu_count() or 1, progress.told,
                       threshold=THRESHOLD if threshold is None else threshold):  # fmt: skip
            folders = _folders(places, one.exercise)
            wanted: tuple[Pair | InCommon, ...] = (*one.pairs[:most], *one.in_common[:most])
            shown = {two: evidence(one, two, folders, course, known[one.exercise]) for two in wanted}
            found.append((one, shown))
    text = dumped(as_data(found)) if kind == "json" else "".join(f"{line}\n" for line in _page(app, found))
    if output is None:
        emit(text)
    else:
        write_file(output, text)


def _places(app: App, source: str, exercise: str | None) -> Sequence[Place]:
    from gradeline.batch.layout import Place, find
    from gradeline.words import Told
    from gradeline_cli.grades_source import read_grades

    path = Path(source)
    if path.is_dir() and not (path / "results.jsonl").is_file():
        return find(path, app.course().resolve, exercise)
    found = [
        Place(one.learner.id, one.exercise, one.folder)
        for one in read_grades(source) if one.folder and exercise in (None, one.exercise)
    ]  # fmt: skip
    if not found:
        raise Told("similarity.no_work", name=source)
    return found


def _folders(places: Sequence[Place], exercise: str) -> Mapping[str, str]:
    return {one.learner: one.folder for one in places if one.exercise == exercise}


def _page(app: App, found: Sequence[tuple[Similar, Shown]]) -> Iterator[str]:
    from gradeline.render.text import visible
    from gradeline_cli.telling import lines

    words = app.words()

    def said(key: str, indent: int = 0, **values: object) -> list[str]:
        safe = {name: visible(value) if isinstance(value, str) else value for name, value in values.items()}
        return lines(app, words(key, **safe), indent)

    def places(matches: Sequence[Match]) -> Iterator[str]:
        for match in matches:
            yield from said("similarity.places", 4, left=_place(match.left.path, match.left.line, match.left.end),
                            right=_place(match.right.path, match.right.line, match.right.end))  # fmt: skip

    for one, evidence in found:
        yield from said("similarity.head", exercise=one.exercise, compared=one.compared, pairs=len(one.pairs))
        for cluster in one.clusters:
            if len(cluster.members) > 2:
                yield from said("similarity.cluster", 2, count=len(cluster.members), names=", ".join(cluster.members))
        for pair in one.pairs:
            yield from said("similarity.pair", 2, left=pair.left, right=pair.right, score=_percent(pair.score),
                            wording=_percent(pair.wording), shared=pair.shared)  # fmt: skip
            yield from places(evidence.get(pair, ()))
        for two in one.in_common:
            yield from said("similarity.in_common", 2, left=two.left, right=two.right, shared=two.shared,
                            left_share=_percent(two.left_share), right_share=_percent(two.right_share))  # fmt: skip
            yield from places(evidence.get(two, ()))
        if one.small:
            yield from said("similarity.small", 2, count=len(one.small), names=", ".join(one.small))
        for name, why in one.unreadable:
            yield from said("similarity.unreadable", 2, name=name, why=why)
    yield ""
    yield from said("similarity.careful")


def _percent(score: float) -> str:
    return f"{int(score * 100 + 0.5)} %"


def _place(path: str, line: int, end: int) -> str:
    return f"{path}:{line}" if end <= line else f"{path}:{line}-{end}"


class _Progress:
    """One line that is written over, on a terminal."""

    def __init__(self, app: App) -> None:
        import sys

        self._words = app.words()
        self._live = sys.stderr.isatty() and not app.is_plain()

    def __enter__(self) -> _Progress:
        return self

    def told(self, done: int, total: int) -> None:
        from gradeline_cli.output import emit

        if self._live:
            emit(f"\r\x1b[K{self._words('similarity.progress', done=done, total=total)}", error=True)

    def __exit__(self, *_: object) -> None:
        from gradeline_cli.output import emit

        if self._live:
            emit("\r\x1b[K", error=True)
