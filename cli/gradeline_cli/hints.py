"""Which hint comes next: one at a time, remembered per criterion and workspace."""

from __future__ import annotations

from pathlib import Path

from gradeline.records import record, replace
from gradeline.render.closing import worst
from gradeline.result import CriterionResult, Report
from gradeline.rubric import Rubric
from gradeline.score import shown
from gradeline.words import Phrase, Told, Words, phrase
from gradeline_cli.parts import App
from gradeline_cli.progress import Progress, ProgressError


@record
class Hint:
    """Hint ``number`` of ``all``, counted from 1."""

    exercise: str
    result: CriterionResult
    number: int
    all: int
    hint: str

    def text(self, words: Words) -> str:
        """The criterion, the hint, and what to do when it is not enough; several lines."""
        result = self.result
        points = words.count("report.of_points", shown(result.points), awarded=shown(result.awarded))
        title = words("hint.title", title=result.title, points=points)
        if self.number < self.all:
            more = words("hint.again", id=self.exercise, criterion=result.id)
        else:
            more = words("hint.last", check=result.check) if result.check else words("hint.last_plain")
        level = words("hint.level", number=self.number, all=self.all)
        return f"{title}\n\n{level}: {self.hint.strip()}\n\n{more}"


def seen(app: App, exercise: str, folder: Path) -> dict[str, int]:
    """How many hints of each criterion were seen in this workspace."""
    try:
        return dict(app.progress().of(exercise, folder).hints)
    except (ProgressError, OSError):
        return {}


def give(
    app: App, exercise: str, folder: Path, report: Report, rubric: Rubric, name: str | None, level: int | None = None
) -> Hint | Phrase:
    """The next hint for the criterion called ``name``, or for the next step; it is remembered.

    ``level`` shows one again instead.  A ``Phrase`` says why there is no hint; raises ``Told`` for a name that no
    criterion has.
    """
    result = _named(report, name) if name is not None else worst(report)
    if result is None:
        return phrase("hint.none_open")
    if result.status == "met":
        return phrase("hint.met", title=result.title)
    if result.status == "not_applicable" and level is None:
        return phrase("hint.blocked", title=result.title, message=result.message)
    criterion = rubric.criterion(result.id)
    hints = criterion.hints if criterion is not None else ()
    if not hints:
        return phrase("hint.none_open")
    if level is not None:
        if level > len(hints):
            raise Told("hint.no_level", number=len(hints))
        return Hint(exercise, result, level, len(hints), hints[level - 1])
    number = 1

    def remember(one: Progress) -> Progress:
        nonlocal number
        shown_before = one.hints.get(result.id, 0)
        if result.id in _reported(one):  # the report has shown the first one
            shown_before = max(shown_before, 1)
        number = min(shown_before + 1, len(hints))
        return replace(one, hints={**one.hints, result.id: number})

    if folder.is_dir():
        try:
            app.progress().change(exercise, folder, remember)
        except (ProgressError, OSError):
            remember(Progress(exercise, ""))  # a hint is given also when it cannot be remembered
    return Hint(exercise, result, number, len(hints), hints[number - 1])


def _reported(one: Progress) -> frozenset[str]:
    """The criteria whose first hint stood in the last report."""
    last = one.last
    if last is None or one.fresh:
        return frozenset()
    return frozenset(name for name, status in last.statuses.items() if status in ("unmet", "partial"))


def _named(report: Report, name: str) -> CriterionResult:
    wanted = name.strip().casefold().replace("_", "-")
    for result in report.criteria:
        if wanted == result.id or wanted == result.title.casefold():
            return result
    from difflib import get_close_matches

    ids = [result.id for result in report.criteria]
    close = get_close_matches(wanted, ids, n=2, cutoff=0.5)
    more = phrase("error.did_you_mean", names=", ".join(close)) if close else phrase("hint.known", names=", ".join(ids))
    raise Told(
        "folder.sentences", sentences=(phrase("hint.unknown", id=report.exercise, name=repr(name)), more)
    )  # fmt: skip
