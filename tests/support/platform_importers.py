"""Strict importers: what the platforms' own code does with a file, and refuses instead of guessing.

Canvas: lib/gradebook_importer.rb.  Moodle: grade/import/csv/classes/load_data.php and
mod/assign/feedback/offline/importgradeslib.php.  Written anew from their behaviour.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping

RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")


class Refused(Exception):
    """The platform would not import this."""


def rows(content: bytes, separator: str = ",") -> list[list[str]]:
    text = content.decode("utf-8-sig")
    if "\0" in text:
        raise Refused("NUL")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))


def formulas(content: bytes) -> list[str]:
    """Cells that a spreadsheet would run, whichever separator it opens the file with."""
    found = []
    for separator in (",", ";", "\t", "|"):
        for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=separator):
            for cell in row:
                bare = cell.lstrip(' "')
                if separator != "," and re.match("[-+=@],", bare):
                    continue  # a sign as a name and the cells behind it are no formula in any spreadsheet
                harmless = bare in "+-=@" or NUMBER.fullmatch(bare.strip('"'))
                if bare.startswith(RUN_BY_SPREADSHEETS) and not harmless:
                    found.append(cell)
    return found


def canvas(
    content: bytes, students: Iterable[Mapping[str, str]], assignments: Mapping[str, str]
) -> dict[tuple[str, str], str]:
    """What Canvas takes over: (number of the student, number of the assignment) to score, "EX" or "" (taken away).

    ``students`` have id, sis, login and name; ``assignments`` maps numbers to titles.  What would make a new student
    or a new assignment is refused.
    """
    separator = _separator(content)
    header, *body = [[_normal(cell) for cell in row] for row in rows(content, separator)]
    if header[:2] == ["LastName", "FirstName"]:
        header = ["Student", *header[2:]]
        body = [[f"{row[1]} {row[0]}".strip() if row[1] else row[0], *row[2:]] for row in body]
    if "Student" not in header[0] or "ID" not in header[1] or len(header) < 4:
        raise Refused("Invalid header row")
    if len(set(header)) < len(header):
        raise Refused("only the first of two columns with one name would be read")
    sis = 2 if header[2:4] == ["SIS User ID", "SIS Login ID"] else 1 if header[2] == "SIS Login ID" else 0
    last = 2 + sis + (header[2 + sis] == "Integration ID")
    if "Section" not in header[last]:
        raise Refused("Invalid header row")
    after = last + 1
    columns: dict[int, str] = {}
    for place, title in enumerate(header[after:], after):
        if re.search(r"(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)", title):
            continue
        numbered = re.fullmatch(r"(.*)\s+\((\d+)\)", title)
        number = numbered[2] if numbered else next((key for key, name in assignments.items() if name == title), "")
        if number not in assignments:
            raise Refused(f"new assignment {title!r}")
        columns[place] = number
    everyone = list(students)
    taken: dict[tuple[str, str], str] = {}
    for row in body:
        if "Points Possible" in row[0]:
            columns = {place: number for place, number in columns.items() if "read only" not in row[place]}
            continue
        if all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", cell) for cell in row):
            continue
        known = dict(zip(header, row, strict=False))
        student = _student(known, everyone)
        for place, number in columns.items():
            grade = row[place].strip()
            if grade and grade.upper() != "EX" and grade != "-" and not NUMBER.fullmatch(grade):
                raise Refused(f"bad score {grade!r}")
            if (student, number) in taken:
                raise Refused(f"two rows for {student}")
            taken[student, number] = grade
    return taken


def _separator(content: bytes) -> str:
    """Semicolons, when they cut each of the first three lines into as many cells, and commas do not into more."""
    counts = {}
    lines = content.decode("utf-8-sig").splitlines()[:3]
    for separator in ",;":
        sizes = {len(next(csv.reader([line], delimiter=separator), [])) for line in lines}
        counts[separator] = sizes.pop() if len(sizes) == 1 else 0
    return ";" if counts[";"] > counts[","] else ","


def _normal(cell: str) -> str:
    """A number with its last point or comma as the decimal point, without the others."""
    if not re.fullmatch(r"-?[0-9.,]+%?", cell):
        return cell
    *groups, last = re.split("[.,]", cell)
    return f"{''.join(groups)}.{last}" if groups else last


def _student(row: Mapping[str, str], everyone: list[Mapping[str, str]]) -> str:
    for column, key in (("ID", "id"), ("SIS User ID", "sis"), ("SIS Login ID", "login"), ("Student", "name")):
        value = row.get(column, "")
        fits = [one["id"] for one in everyone if value and one[key] == value]
        if fits:
            return fits[0]
    raise Refused(f"new student {row['Student']!r}")


def moodle_gradebook(content: bytes, usernames: Iterable[str], items: Iterable[str]) -> dict[tuple[str, str], str]:
    """Mapped by username; one bad row stops all of it."""
    header, *body = rows(content)
    known, wanted = set(usernames), set(items)
    if not wanted <= set(header):
        raise Refused("no such column")
    found = {}
    for row in body:
        if len(row) != len(header):
            raise Refused("columns")
        cells = dict(zip(header, row, strict=True))
        if cells["username"] not in known:
            raise Refused(f"unknown user {cells['username']!r}")
        for item in wanted:
            value = cells[item].strip()
            if value in ("", "-"):
                continue
            if not NUMBER.fullmatch(value):
                raise Refused(f"bad grade {value!r}")
            if float(value) > 100:
                raise Refused("above the maximum")
            found[cells["username"], item] = value
    return found


def moodle_worksheet(
    content: bytes, participants: Iterable[str], columns: tuple[str, str, str, str], prefix: str
) -> dict[str, tuple[str, str]]:
    """Participant's number to grade and feedback; ``columns`` are the teacher's words for identifier, grade, when it
    was changed, and feedback comments."""
    header, *body = rows(content)
    if not set(columns[:3]) <= set(header):
        raise Refused("columns")
    known = set(participants)
    found = {}
    for row in body:
        if len(row) != len(header):
            raise Refused("columns")
        cells = dict(zip(header, row, strict=True))
        number = cells[columns[0]][len(prefix) :]
        if number not in known:
            raise Refused(f"participant {number!r}")
        grade = cells[columns[1]].strip()
        if grade and not NUMBER.fullmatch(grade):
            raise Refused(f"bad grade {grade!r}")
        found[number] = (grade, cells[columns[3]])
    return found
