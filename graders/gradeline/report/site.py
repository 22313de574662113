"""Writing the pages: learners one after the other, then what they say together."""

from __future__ import annotations

import base64
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

from gradeline.grades import Grade, Learner
from gradeline.intake.names import safe_name
from gradeline.records import record
from gradeline.render.frame import frame
from gradeline.render.stored import critical, report_of
from gradeline.report import charts, numbers
from gradeline.report.alike import Alike
from gradeline.report.pages import Pages, anchor, markup
from gradeline.report.queue import Question, Queue
from gradeline.result import CriterionResult, Report
from gradeline.score import WAITING
from gradeline.source import Span
from gradeline.words import Told, Words, english

_WIDTH = 96  # columns of a code frame
_MOST_PLACES = 12  # of one criterion
_MOST_NAMES = 200  # in one entry of the review queue


@record
class Work:
    """What the work itself adds to a result: the lines of its files, and its pipeline as a picture (SVG)."""

    sources: Mapping[str, tuple[str, ...]]
    picture: str = ""


Looked = Callable[[Grade], Work | None]


@record
class Made:
    """What was written."""

    learners: int
    results: int
    review: int
    index: Path


def write(
    grades: Iterable[Grade],
    folder: Path,
    title: str,
    look: Looked,
    alike: Sequence[Alike] | None = None,
    words: Words | None = None,
) -> Made:
    """Write the site into ``folder``; pages of an earlier one are written over or removed.

    ``look`` gives a learner's work, or None when it is not at hand or no longer what was graded.  ``alike`` is what
    `grade similarity` found.  What a learner has reached stands together in ``grades``.  The pages speak in ``words``;
    what criteria say is English.  Raises ``Told``, ``MissingPart`` and ``OSError``.
    """
    words = words or english()
    pages = Pages(folder, title, alike is not None, words)
    cells: list[numbers.Cell] = []
    titles: dict[tuple[str, str], tuple[str, Fraction]] = {}
    marks: dict[str, Fraction] = {}
    waiting = Queue(words)
    learners: dict[str, Learner] = {}
    for name, theirs in groupby(grades, key=lambda one: one.learner.id):
        if name in learners:
            raise Told("grades.apart", learner=safe_name(name))
        learner, parts, there = Learner(name), [], set[str]()
        for grade in theirs:
            if grade.exercise in there:
                raise Told("grades.twice", learner=safe_name(name), exercise=safe_name(grade.exercise))
            there.add(grade.exercise)
            learner = learners[name] = _known(learner, grade.learner)
            report = stored(grade)
            cells.append(numbers.cell(grade))
            if report is not None:
                marks[grade.exercise] = report.pass_mark
                for one in report.criteria:
                    titles[grade.exercise, one.id] = (one.title, one.points)
            waiting.add(grade, report)
            parts.append(_part(grade, report, look(grade) if report is not None else None, words))
        pages.write(
            f"learners/{slug(name)}.html", "learner.html.j2", learner=learner, parts=parts, name=called(learner)
        )
    found = numbers.exercises(cells, titles)
    by_learner: dict[str, dict[str, numbers.Cell]] = defaultdict(dict)
    for cell in cells:
        by_learner[cell.learner][cell.exercise] = cell
    for exercise in found:
        chart = words("page.chart_of", exercise=exercise.id, number=exercise.graded)
        pages.write(
            f"exercises/{anchor(exercise.id)}.html", "exercise.html.j2", exercise=exercise, few=numbers.FEW,
            chart=markup(charts.distribution(exercise.percents, chart, marks.get(exercise.id), words)),
            bins=charts.bins(exercise.percents), mark=marks.get(exercise.id),
            learners=[(called(learners[cell.learner]), slug(cell.learner), cell)
                      for cell in sorted(cells, key=lambda one: one.learner) if cell.exercise == exercise.id],
        )  # fmt: skip
    queue = waiting.questions()
    pages.write("review.html", "review.html.j2", queue=[_entry(one, learners) for one in queue])
    if alike is not None:
        names = {name: (called(one), slug(name)) for name, one in learners.items()}
        pages.write("similarity.html", "similarity.html.j2", found=alike, names=names)
    rows = [(called(learners[name]), slug(name), by_learner[name]) for name in sorted(by_learner)]
    every = [cell.percent for cell in cells if cell.standing == "graded" and cell.percent is not None]
    chart = words("page.chart_all", number=len(every))
    pages.write(
        "index.html", "index.html.j2", exercises=found, rows=rows, reteach=numbers.reteach(found), few=numbers.FEW,
        chart=markup(charts.distribution(every, chart, None, words, "page.of_results.many")),
        bins=charts.bins(every),
        results=len(every), review=sum(len(one.learners) for one in queue), questions=len(queue),
    )  # fmt: skip
    pages.sweep()
    return Made(len(rows), len(cells), len(queue), folder / "index.html")


def slug(name: str) -> str:
    """A file name for a learner, whatever the learner is called; no two learners share one.

    Learners choose names: what tells them apart is long enough that nobody finds a second name for a page.
    """
    plain = re.sub(r"[^a-z0-9]+", "-", name[:40].lower(), flags=re.ASCII).strip("-")
    return f"{plain or 'learner'}-{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:20]}"


def stored(grade: Grade) -> Report | None:
    """The report in a grade's result; raises ``Told`` when it is none."""
    try:
        return report_of(grade.result) if grade.result is not None else None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Told(
            "grades.result", learner=safe_name(grade.learner.id), exercise=safe_name(grade.exercise)
        ) from error  # fmt: skip


def _known(one: Learner, other: Learner) -> Learner:
    """What either of two records of one learner says."""
    return Learner(
        one.id, one.name or other.name, one.email or other.email, one.lms_id or other.lms_id,
        one.section or other.section,
    )  # fmt: skip


def called(learner: Learner) -> str:
    return f"{learner.name} ({learner.id})" if learner.name and learner.name != learner.id else learner.id


# -- one learner --------------------------------------------------------------------------------------------------


def _part(grade: Grade, report: Report | None, work: Work | None, words: Words) -> dict[str, Any]:
    """What a learner's page shows of one exercise."""
    picture = ""
    if work is not None and work.picture:
        encoded = base64.b64encode(work.picture.encode("utf-8", "replace"))
        picture = f"data:image/svg+xml;base64,{encoded.decode('ascii')}"
    return {
        "grade": grade,
        "critical": critical(report) if report is not None else (),
        "criteria": [_criterion(one, work, words) for one in _in_order(report)] if report is not None else [],
        "notes": [one for one in report.diagnostics if one.severity == "error"] if report is not None else [],
        "picture": picture,
        "work": work is not None,
    }


def _in_order(report: Report) -> list[CriterionResult]:
    """What was lost first, the most points first."""
    return sorted(report.criteria, key=lambda one: (one.awarded == one.points, one.awarded - one.points))


def _criterion(one: CriterionResult, work: Work | None, words: Words) -> dict[str, Any]:
    return {
        "result": one,
        "kind": "met" if one.status == "met" else "waiting" if one.status in WAITING else "lost",
        "word": words(f"status.{one.status}"),
        "path": [(hop.text, _place(hop.span)) for hop in one.path_trace[:50]],
        "places": places_of(one, work),
    }


def places_of(one: CriterionResult, work: Work | None) -> list[tuple[str, str, str]]:
    """What to look at for a criterion: what is there, where, and the lines around it when the work is at hand."""
    shown = [(item.text, item.span) for item in one.evidence if item.role != "proof" or one.status == "met"]
    return [(text, _place(span), _frame(span, work)) for text, span in shown[:_MOST_PLACES]]


def _place(span: Span | None) -> str:
    return f"{span.path}:{span.line}" if span is not None else ""


def _frame(span: Span, work: Work | None) -> str:
    """The lines around a place, drawn as on the terminal; empty when the file is not at hand."""
    lines = work.sources.get(span.path, ()) if work is not None else ()
    drawn = frame(lines, span, _WIDTH)
    wide = max((len(str(line.number)) for line in drawn if line.number), default=1)
    return "\n".join(f"{line.number or '':>{wide}} | {said_line(line.text)}".rstrip() for line in drawn)


@lru_cache(maxsize=8192)  # a class writes the same lines again and again; ``frame`` has cut them
def said_line(text: str) -> str:
    """A line of code without credentials; ``frame`` has made it harmless, and its spaces stay."""
    from gradeline.render.mask import mask

    return mask(text)


def _entry(one: Question, learners: Mapping[str, Learner]) -> dict[str, Any]:
    names = [(called(learners[name]), slug(name)) for name in one.learners[:_MOST_NAMES]]
    return {"question": one, "names": names, "more": len(one.learners) - len(names)}
