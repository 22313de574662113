"""Moodle: the gradebook's CSV import, and the grading worksheet of an assignment filled in.

The worksheet (mod/assign/feedback/offline) finds three columns by their names in the language of the teacher, and the
feedback by the name of its plug-in.  The import of the gradebook (grade/import/csv) stops as a whole at a learner it
does not know, at an empty key never; an empty grade there takes away one that is there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction

from gradeline.exports.book import collect, notice, said, titles
from gradeline.exports.outcome import Notice, Outcome, Settings
from gradeline.exports.people import Row, match
from gradeline.exports.places import Table, filled, read, written
from gradeline.grades import Grade
from gradeline.render.cells import mark_of, markup, number, points, text
from gradeline.words import Told

# The names in English and German (Moodle's language packs); others are given by hand.
NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("Identifier", "ID"),
    "name": ("Full name", "Vollständiger Name"),
    "email": ("Email address", "E-Mail-Adresse"),
    "number": ("ID number", "ID-Nummer", "Username", "Anmeldename"),
    "grade": ("Grade", "Bewertung"),
    "most": ("Maximum Grade", "Maximum grade", "Bestwertung"),
    "open": ("Grade can be changed", "Bewertung kann geändert werden"),
    "feedback": ("Feedback comments", "Feedback als Kommentar"),
}
_LEARNER = ("username", "email", "name")
_LOCKED = ("No", "Nein")
_AT_END = re.compile(r"[0-9]{1,20}\Z")


def gradebook(grades: Iterable[Grade], settings: Settings) -> Outcome:
    """A file for Moodle's "Import grades, CSV".  Learners without any grade are left out, and named."""
    book = collect(grades)
    rows: list[Sequence[str]] = [(*_LEARNER, *titles(book, settings, _LEARNER))]
    notices: list[Notice] = []
    count = 0
    for learner in book.learners:
        cells = []
        for exercise in book.exercises:
            value, why = said(book.grades.get((learner.id, exercise)), settings)
            cells.append("" if value is None else points(value))
            if value is not None and value > 100:  # Moodle refuses the whole file, unless the site allows it
                notices.append(notice("above", learner.id, exercise))
            if why is not None:
                notices.append(notice(why, learner.id, exercise))
        if any(cells):
            login = learner.lms_id or learner.id
            if text(login) != login:
                notices.append(Notice("altered", learner.id))
            rows.append((text(login), text(learner.email), text(learner.name), *cells))
            count += sum(map(bool, cells))
    return Outcome(written(rows), count, tuple(notices))


def worksheet(
    grades: Iterable[Grade], name: str, content: bytes, settings: Settings, feedback: Callable[[Grade], str]
) -> Outcome:
    """The worksheet in ``content`` with grades and feedback in it; all else stays byte for byte.

    ``settings.columns`` may name the columns ``id``, ``grade``, ``most``, ``feedback`` and so on in another language.
    ``feedback`` gives the text for a learner, as HTML on one line.  Raises ``Told`` when it is no worksheet, when the
    grades are of several exercises, and when the assignment has other points and ``settings.scale`` is not set.
    """
    book = collect(grades)
    if len(book.exercises) != 1:
        raise Told("exports.one", exercises=", ".join(book.exercises))
    (exercise,) = book.exercises
    table = read(name, content)
    places = _places(table, settings)
    rows = _rows(table, places)
    matched = match(book.learners, rows)
    notices = [Notice("unknown", one) for one in matched.unknown] + [Notice("unclear", one) for one in matched.unclear]
    values: dict[tuple[int, int], str] = {}
    count = 0
    for learner_id, row in sorted(matched.rows.items()):
        grade = book.grades[learner_id, exercise]
        value, why = said(grade, settings)
        if value is None:
            assert why is not None
            notices.append(notice(why, learner_id, exercise))
            continue
        if table.value(row, places["open"]).strip() in _LOCKED:
            notices.append(notice("locked", learner_id, exercise))
            continue
        if places["grade"] >= len(table.rows[row]):
            notices.append(notice("unclear", learner_id, exercise))
            continue
        most = table.value(row, places["most"]).strip()
        values[row, places["grade"]] = _points(value, book.most[exercise], table.name, most, exercise, settings)
        if 0 <= places["feedback"] < len(table.rows[row]):
            values[row, places["feedback"]] = feedback(grade)
        count += 1
    taken = set(matched.rows.values())
    notices += [Notice("ungraded", row.name or row.keys[0]) for row in rows if row.number not in taken]
    return Outcome(filled(table, values), count, tuple(notices))


def _places(table: Table, settings: Settings) -> dict[str, int]:
    header = [cell.value.strip() for cell in table.rows[0]] if table.rows else []
    found = {}
    for key, names in NAMES.items():
        wanted = (settings.columns[key],) if key in settings.columns else names
        found[key] = next((header.index(one) for one in wanted if one in header), -1)
        if found[key] < 0 and (key in settings.columns or key in ("id", "grade")):
            raise Told("exports.worksheet", file=table.name, column=wanted[0])
    return found


def _rows(table: Table, places: Mapping[str, int]) -> list[Row]:
    found = []
    for row in range(1, len(table.rows)):
        identifier = table.value(row, places["id"]).strip()
        if not identifier:
            continue
        at_end = _AT_END.search(identifier)  # "Participant 123": the number counts
        keys = (identifier, at_end[0] if at_end else "", table.value(row, places["number"]),
                table.value(row, places["email"]))  # fmt: skip
        found.append(Row(row, keys, table.value(row, places["name"])))
    return found


def _points(value: Fraction, ours: Fraction, file: str, said_most: str, exercise: str, settings: Settings) -> str:
    """``said_most`` is the maximum in the file."""
    mark = mark_of(said_most)
    theirs = number(said_most) if said_most else ours
    if theirs is None:  # a scale of words
        raise Told("exports.scale_words", file=file, value=said_most[:40])
    if theirs == ours or not ours:
        return points(value, mark)
    if not settings.scale:
        raise Told("exports.points", file=file, exercise=exercise, theirs=points(theirs),
                   ours=points(ours))  # fmt: skip
    return points(value * theirs / ours, mark)


def comment(sentences: Iterable[str]) -> str:
    """Feedback for a cell of Moodle, which shows it as HTML."""
    return "<br>".join(markup(one) for one in sentences)
