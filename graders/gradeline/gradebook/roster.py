"""A roster as a CSV file: who is in the class."""

from __future__ import annotations

import csv
from pathlib import Path

from gradeline.grades import Learner
from gradeline.words import Told

_COLUMNS = ("learner", "name", "email", "lms_id", "section")
_MOST = 10 * 1024 * 1024  # bytes


def read_roster(file: Path) -> tuple[Learner, ...]:
    """The learners in ``file``, in its order.  Raises ``Told`` with the line that is wrong, and ``OSError``."""
    name = str(file)
    if file.stat().st_size > _MOST:
        raise Told("roster.size", file=name, most=_MOST // (1024 * 1024))
    found: dict[str, Learner] = {}
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            fields = reader.fieldnames or []
            if "learner" not in fields or set(fields) - set(_COLUMNS) or len(fields) != len(set(fields)):
                raise Told("roster.columns", file=name, found=", ".join(map(str, fields)), known=", ".join(_COLUMNS))
            for row in reader:
                line = reader.line_num
                if None in row or None in row.values():
                    raise Told("roster.row", file=name, line=line)
                one = Learner(
                    row["learner"].strip(), *(row.get(column, "").strip() for column in _COLUMNS[1:])
                )  # fmt: skip
                if not one.id:
                    raise Told("roster.empty", file=name, line=line)
                if one.id in found:
                    raise Told("roster.twice", file=name, line=line, learner=one.id)
                found[one.id] = one
    except UnicodeDecodeError as error:
        raise Told("roster.encoding", file=name) from error
    except csv.Error as error:
        raise Told("roster.csv", file=name, said=str(error)) from error
    return tuple(found.values())
