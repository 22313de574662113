"""Canvas' gradebook as CSV: a new file, or an export of Canvas filled in.

Canvas reads (instructure/canvas-lms, lib/gradebook_importer.rb): a first row with Student, ID, SIS User ID, SIS Login
ID, Section and then assignments as ``Title (number)``; a row whose first cell contains "Points Possible"; a learner by
Canvas' number, SIS number, login, then name; ``EX`` as excused.  An empty cell takes away a score that is there, so a
cell of a filled file stays as it is when there is nothing to write.  It drops columns with certain words in their
titles, and a row whose points are "(read only)" makes its column one that is not imported.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction

from gradeline.exports.book import Book, collect, notice, said, titles
from gradeline.exports.outcome import Notice, Outcome, Settings
from gradeline.exports.people import Row, match, same_name
from gradeline.exports.places import Table, filled, read, written
from gradeline.grades import Grade, Learner
from gradeline.render.cells import mark_of, number, points, text
from gradeline.words import Told

_STUDENT = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
_APART = ("LastName", "FirstName")  # instead of Student, where Canvas is set so
_POINTS = "Points Possible"
_DROPPED = re.compile(r"(?:Current|Final) (?:Score|Points|Grade)|Override (?:Score|Grade|Status)")
_NUMBERED = re.compile(r"(.*) \(([0-9]+)\)\Z", re.DOTALL)


def new(grades: Iterable[Grade], settings: Settings) -> Outcome:
    """A file that Canvas imports.  ``settings.columns`` gives an exercise the title of its assignment in Canvas."""
    book = collect(grades)
    heads = titles(book, settings, _STUDENT)
    for title in heads:
        if _DROPPED.search(title):
            raise Told("exports.canvas_title", title=title)
    rows: list[Sequence[str]] = [
        (*_STUDENT, *heads),
        (f"    {_POINTS}", "", "", "", "", *(points(book.most[one]) for one in book.exercises)),
    ]
    notices: list[Notice] = []
    count = 0
    names = Counter(same_name(one.name or one.id) for one in book.learners)
    for learner in book.learners:
        cells = []
        for exercise in book.exercises:
            value, why = said(book.grades.get((learner.id, exercise)), settings)
            cells.append("EX" if why == "excused" else "" if value is None else points(value))
            count += bool(cells[-1])
            if why is not None and why != "excused":
                notices.append(notice(why, learner.id, exercise))
        several = names[same_name(learner.name or learner.id)] > 1
        rows.append((*_student(learner, several, notices), *cells))
    return Outcome(written(rows), count, tuple(notices))


def _student(learner: Learner, several: bool, notices: list[Notice]) -> tuple[str, ...]:
    """The cells of a learner.  Canvas falls back on the name and takes the first who has it, so that ``several`` of one
    name have none that fits."""
    canvas_id = learner.lms_id if learner.lms_id.isascii() and learner.lms_id.isdigit() else ""
    login = learner.id if canvas_id or not learner.lms_id else learner.lms_id
    if text(login) != login:
        notices.append(Notice("altered", learner.id))
    name = learner.name or learner.id
    if several:
        name = f"{name} ({login})"
    if _POINTS in name:  # Canvas would take the row for the one with the points
        name = name.replace(_POINTS, _POINTS.replace(" ", "_"))
    return text(name), canvas_id, "", text(login), text(learner.section)


def fill(grades: Iterable[Grade], name: str, content: bytes, settings: Settings) -> Outcome:
    """The export of Canvas in ``content`` with our scores in it; all else stays byte for byte.

    Raises ``Told`` when the file is no export of Canvas, when no exercise has a column in it, and when an assignment
    has other points than the exercise and ``settings.scale`` is not set.
    """
    book = collect(grades)
    table = read(name, content)
    columns, most, marks, first = _head(table, book, settings)
    rows = _rows(table, first)
    matched = match(book.learners, rows)
    notices = [Notice("unknown", one) for one in matched.unknown] + [Notice("unclear", one) for one in matched.unclear]
    notices += [Notice("column", exercise) for exercise in book.exercises if exercise not in columns]
    values: dict[tuple[int, int], str] = {}
    count = 0
    for learner_id, row in sorted(matched.rows.items()):
        for exercise, column in columns.items():
            value, why = said(book.grades.get((learner_id, exercise)), settings)
            if value is None and why != "excused":
                assert why is not None
                notices.append(notice(why, learner_id, exercise))
                continue
            if column >= len(table.rows[row]):
                notices.append(notice("unclear", learner_id, exercise))
                continue
            values[row, column] = (
                "EX" if value is None else _scaled(value, book.most[exercise], most[exercise], marks[exercise])
            )
            count += 1
    taken = set(matched.rows.values())
    notices += [Notice("ungraded", row.name) for row in rows if row.number not in taken]
    return Outcome(filled(table, values), count, tuple(notices))


def _scaled(value: Fraction, ours: Fraction, theirs: Fraction | None, mark: str) -> str:
    return points(value if theirs is None or not ours else value * theirs / ours, mark)


def _head(
    table: Table, book: Book, settings: Settings
) -> tuple[dict[str, int], dict[str, Fraction | None], dict[str, str], int]:
    """The column of each exercise, the points of it in Canvas with their decimal mark, and the number of the first row
    of a learner."""
    header = [cell.value for cell in table.rows[0]] if table.rows else []
    named = header[:3] == [*_APART, "ID"] or (len(header) > 3 and "Student" in header[0] and header[1] == "ID")
    if not named or "Section" not in header:
        raise Told("exports.canvas", file=table.name)
    last = header.index("Section")
    columns: dict[str, int] = {}
    for exercise in book.exercises:
        wanted = settings.columns.get(exercise, exercise)
        fits = [place for place, title in enumerate(header) if place > last and _is_title(title, wanted)]
        if len(fits) > 1:
            raise Told("exports.columns", file=table.name, exercise=exercise)
        if fits and fits[0] in columns.values():
            other = next(one for one, column in columns.items() if column == fits[0])
            raise Told("exports.one_column", file=table.name, first=other, second=exercise)
        if fits:
            columns[exercise] = fits[0]
    if not columns:
        raise Told("exports.no_column", file=table.name, exercises=", ".join(book.exercises))
    most: dict[str, Fraction | None] = dict.fromkeys(columns)
    marks = dict.fromkeys(columns, ".")
    first = 1
    for row in range(1, len(table.rows)):
        if _POINTS in table.value(row, 0):
            first = row + 1
            for exercise, column in columns.items():
                most[exercise] = _points(table, row, column, exercise, book, settings)
                marks[exercise] = mark_of(table.value(row, column))
            break
    return columns, most, marks, first


def _is_title(title: str, wanted: str) -> bool:
    """``wanted`` is a title, with or without Canvas' number, or only the number; ``Exercise 7`` is exercise-07."""
    numbered = _NUMBERED.match(title)
    names = {title, *(numbered.groups() if numbered else ())}
    return wanted in names or _plain(wanted) in {_plain(one) for one in names if not one.isdigit()}


def _plain(title: str) -> str:
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", re.sub(r"[\W_]+", " ", title.casefold())).strip()


def _points(
    table: Table, row: int, column: int, exercise: str, book: Book, settings: Settings
) -> Fraction | None:
    said_points = table.value(row, column).strip()
    if "read only" in said_points:
        raise Told("exports.read_only", file=table.name, exercise=exercise)
    if not said_points:
        return None  # an assignment without points takes any number
    theirs = number(said_points)
    if theirs is None:
        raise Told("exports.scale_words", file=table.name, value=said_points[:40])
    if theirs != book.most[exercise]:
        if not settings.scale:
            raise Told("exports.points", file=table.name, exercise=exercise, theirs=points(theirs),
                       ours=points(book.most[exercise]))  # fmt: skip
        return theirs
    return None


def _rows(table: Table, first: int) -> list[Row]:
    header = [cell.value for cell in table.rows[0]]
    keys = [header.index(name) for name in ("ID", "SIS User ID", "SIS Login ID", "Integration ID") if name in header]
    found = []
    apart = tuple(header[:2]) == _APART
    for row in range(first, len(table.rows)):
        name = ", ".join(table.value(row, place).strip() for place in ((0, 1) if apart else (0,))).strip(", ")
        mine = tuple(table.value(row, place) for place in keys)
        if (name or any(one.strip() for one in mine)) and name != "Student, Test":  # Canvas' own test student
            found.append(Row(row, mine, name))
    return found
