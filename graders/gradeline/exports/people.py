"""Who is who: a roster, and which row of a platform's file is which learner.

A row is found by an exact key first (the platform's number, a login, an address), by the name last, and only when
just one row and one learner can be meant: a grade in the wrong row is worse than a grade that a person enters.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from gradeline.exports.outcome import Notice
from gradeline.exports.places import read
from gradeline.grades import Grade, Learner
from gradeline.records import record, replace
from gradeline.words import Told

# What rosters call their columns: ours first, then Classroom 50's, Canvas', Gradescope's and GitHub Classroom's.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "learner", "username", "login", "student_id", "identifier"),
    "name": ("name", "full name", "full_name", "student"),
    "first": ("first_name", "first name", "firstname"),
    "last": ("last_name", "last name", "lastname", "surname"),
    "email": ("email", "email address", "e-mail", "mail"),
    "lms_id": ("lms_id", "lms id", "sid", "sis user id", "sis_user_id", "canvas_id", "moodle_id"),
    "section": ("section", "sections", "group"),
}


def read_roster(path: Path) -> tuple[Learner, ...]:
    """The learners in a CSV file with a header; raises ``Told`` and ``OSError``."""
    table = read(path.name, path.read_bytes())
    header = [cell.value.strip().casefold() for cell in table.rows[0]] if table.rows else []
    places = {
        key: next((header.index(name) for name in names if name in header), -1) for key, names in _COLUMNS.items()
    }
    if places["id"] < 0:
        raise Told("exports.roster", file=path.name)
    found: dict[str, Learner] = {}
    for number in range(1, len(table.rows)):
        cells = {key: table.value(number, place).strip() for key, place in places.items()}
        if not cells["id"]:
            if any(cell.value.strip() for cell in table.rows[number]):
                raise Told("exports.roster_row", file=path.name, row=number + 1)
            continue
        if cells["id"] in found:
            raise Told("exports.roster_twice", file=path.name, name=cells["id"])
        name = cells["name"] or f"{cells['first']} {cells['last']}".strip()
        found[cells["id"]] = Learner(cells["id"], name, cells["email"], cells["lms_id"], cells["section"])
    return tuple(found.values())


def with_roster(grades: Iterable[Grade], roster: Sequence[Learner]) -> tuple[tuple[Grade, ...], tuple[Notice, ...]]:
    """The grades with what the roster knows of their learners; a learner it lacks is kept, with a notice.

    Who is in the roster and has nothing for an exercise that others have is *missing* there.
    """
    known = {one.id: one for one in roster}
    alike: dict[str, list[Learner]] = defaultdict(list)
    for one in roster:
        alike[_key(one.id)].append(one)
    grades = tuple(grades)
    ids: dict[str, set[str]] = defaultdict(set)
    for grade in grades:
        ids[_key(grade.learner.id)].add(grade.learner.id)
    grades = tuple(_renamed(one, alike) if len(ids[_key(one.learner.id)]) == 1 else one for one in grades)
    notices: list[Notice] = []
    done: list[Grade] = []
    for grade in grades:
        learner = known.get(grade.learner.id)
        if learner is None:
            notices.append(Notice("unknown", grade.learner.id))
            done.append(grade)
            continue
        own = grade.learner
        done.append(replace(grade, learner=Learner(
            own.id, learner.name or own.name, learner.email or own.email, learner.lms_id or own.lms_id,
            learner.section or own.section,
        )))  # fmt: skip
    there = {(grade.learner.id, grade.exercise) for grade in done}
    most = {grade.exercise: grade.max_score for grade in sorted(done, key=lambda one: one.max_score)}
    done += [
        Grade(learner, exercise, "missing", None, points, passed=False, needs_review=False)
        for learner in roster for exercise, points in most.items() if (learner.id, exercise) not in there
    ]  # fmt: skip
    return tuple(done), tuple(notices)


def _renamed(grade: Grade, alike: Mapping[str, Sequence[Learner]]) -> Grade:
    """The grade under the name of the roster: ``Ada`` in a folder is ``ada`` there, when just one can be meant."""
    fits = alike.get(_key(grade.learner.id), ())
    if len(fits) != 1 or fits[0].id == grade.learner.id:
        return grade
    return replace(grade, learner=replace(grade.learner, id=fits[0].id))


@record
class Row:
    """A row of a platform's file: its number, keys from the surest to the least sure, the name that it shows."""

    number: int
    keys: tuple[str, ...]
    name: str = ""


@record
class Matched:
    """``rows`` maps a learner's id to the number of a row.  ``unclear`` and ``unknown`` are ids of learners."""

    rows: Mapping[str, int]
    unclear: tuple[str, ...]
    unknown: tuple[str, ...]


def match(learners: Iterable[Learner], rows: Sequence[Row]) -> Matched:
    """Which row is whose.  No row is given to two learners, and no learner gets one of two that fit alike."""
    by_key: dict[str, set[int]] = defaultdict(set)
    by_login: dict[str, set[int]] = defaultdict(set)  # what stands before the @ of an address
    by_name: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        for key in row.keys:
            if key.strip():
                by_key[_key(key)].add(row.number)
                by_login[_key(key).partition("@")[0]].add(row.number)
        if row.name.strip():
            by_name[same_name(row.name)].add(row.number)
    keys = {row.number: {key.strip() for key in row.keys} for row in rows}
    found: dict[str, int] = {}
    unclear: list[str] = []
    unknown: list[str] = []
    for learner in learners:
        numbers = _rows_of(learner, keys, by_key, by_login, by_name)
        if len(numbers) == 1:
            found[learner.id] = next(iter(numbers))
        else:
            (unclear if numbers else unknown).append(learner.id)
    owners: dict[int, list[str]] = defaultdict(list)
    for learner_id, number in found.items():
        owners[number].append(learner_id)
    shared = {learner_id for ids in owners.values() if len(ids) > 1 for learner_id in ids}
    return Matched(
        {learner_id: number for learner_id, number in found.items() if learner_id not in shared},
        tuple(sorted({*unclear, *shared})), tuple(sorted(unknown)),
    )  # fmt: skip


def _rows_of(
    learner: Learner, keys: Mapping[int, set[str]], by_key: Mapping[str, set[int]],
    by_login: Mapping[str, set[int]], by_name: Mapping[str, set[int]],
) -> set[int]:  # fmt: skip
    for key in (learner.lms_id, learner.email, learner.id):
        if key.strip() and (numbers := by_key.get(_key(key))):
            exactly = {number for number in numbers if key.strip() in keys[number]}
            return exactly if len(exactly) == 1 else numbers
    if learner.id.strip() and (numbers := by_login.get(_key(learner.id))):
        return numbers
    for name in (learner.name, learner.id):
        if name.strip() and (numbers := by_name.get(same_name(name))):
            return numbers
    return set()


def _key(text: str) -> str:
    """Small letters, accents in one form, and no marks that nobody sees: systems put marks of direction around names
    in Arabic and Hebrew."""
    seen = "".join(one for one in unicodedata.normalize("NFC", text) if unicodedata.category(one) != "Cf")
    return seen.strip().casefold()


def same_name(text: str) -> str:
    """``Lovelace, Ada`` is ``Ada Lovelace``."""
    last, comma, first = text.partition(",")
    return " ".join(_key(f"{first} {last}" if comma and "," not in first else text).split())
