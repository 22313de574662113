"""The sheet that raters fill in, the key that they must not see, and their work read again."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from gradeline.grades import Learner
from gradeline.records import record
from gradeline.render.cells import text
from gradeline.result import Status
from gradeline.score import shown
from gradeline.source import GradelineError
from gradeline.study.sample import Item
from gradeline.words import Told

KEY_SCHEMA = "https://gradeline.dev/schema/study-key-1.json"
COLUMNS = ("item", "work", "exercise", "criterion", "question", "why", "points", "verdict", "awarded", "note")
LIMIT = 16 * 1024 * 1024

# What a rater may write.  The words of the report count, in both languages, and so do short ones.
_WORDS: Mapping[str, Status] = {
    "met": "met", "yes": "met", "erfüllt": "met", "ja": "met",
    "partial": "partial", "partly met": "partial", "partly": "partial", "half": "partial", "teilweise": "partial",
    "teilweise erfüllt": "partial",
    "unmet": "unmet", "not met": "unmet", "no": "unmet", "nicht erfüllt": "unmet", "nein": "unmet",
    "cannot_tell": "cannot_tell", "cannot tell": "cannot_tell", "unklar": "cannot_tell", "?": "cannot_tell",
}  # fmt: skip


@record
class Keyed:
    """What the key says of one item: the grader's verdict."""

    code: str
    exercise: str
    criterion: str
    learner: str
    status: Status
    points: Fraction
    awarded: Fraction
    share: float


@record
class Rating:
    """What a rater said of one item.  ``share`` is the part of the points given, 0 to 1; None for cannot tell."""

    status: Status
    share: float | None


def sheet(items: Sequence[Item]) -> bytes:
    """The CSV for a rater: no name of a learner, no verdict of the grader."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for item in items:
        one = item.verdict
        writer.writerow((item.code, item.work, one.exercise, one.criterion, text(one.title), text(one.why),
                         shown(one.points), "", "", ""))  # fmt: skip
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")  # spreadsheets know UTF-8 by the mark


def key(items: Sequence[Item], seed: int, population: int) -> str:
    """The grader's verdicts by item, as JSON; ``population`` is how many verdicts the class has."""
    data = {
        "schema": KEY_SCHEMA, "seed": seed, "population": population,
        "items": {
            item.code: {
                "exercise": item.verdict.exercise, "criterion": item.verdict.criterion,
                "learner": item.verdict.learner, "work": item.work, "status": item.verdict.status,
                "points": str(item.verdict.points), "awarded": str(item.verdict.awarded),
                "stands_for": round(item.share, 6),
            }
            for item in items
        },
    }  # fmt: skip
    return json.dumps(data, indent=1, sort_keys=True, ensure_ascii=True) + "\n"


def read_key(path: Path) -> dict[str, Keyed]:
    """The key by item; raises ``Told`` and ``OSError``."""
    try:
        data = json.loads(_bytes(path))
        return {code: _keyed(code, one) for code, one in _items(data).items()}
    except (ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError) as error:
        raise Told("study.key", file=path.name) from error


def _items(data: Any) -> Mapping[str, Any]:
    if data["schema"] != KEY_SCHEMA:
        raise ValueError(data["schema"])
    items: Mapping[str, Any] = data["items"]
    return items


def _keyed(code: str, data: Mapping[str, Any]) -> Keyed:
    status = _WORDS[data["status"]]
    return Keyed(
        code, str(data["exercise"]), str(data["criterion"]), str(data["learner"]), status,
        Fraction(data["points"]), Fraction(data["awarded"]), float(data["stands_for"]),
    )  # fmt: skip


def read_sheet(path: Path, items: Mapping[str, Keyed]) -> dict[str, Rating]:
    """The ratings in a sheet that a spreadsheet has saved; rows without a verdict are not rated yet.

    Raises ``Told`` with the row for what is no verdict, no item of the key, or an item twice, and ``OSError``.
    """
    try:
        content = _bytes(path).decode("utf-8-sig")
        head = content.split("\n", 1)[0]
        rows = csv.reader(io.StringIO(content, newline=""), delimiter=";" if head.count(";") > head.count(",") else ",")
        header = [name.strip().casefold() for name in next(rows)]
        places = {name: header.index(name) for name in ("item", "verdict", "awarded")}
        found: dict[str, Rating] = {}
        for number, row in enumerate(rows, 2):
            cells = {name: row[place].strip() if place < len(row) else "" for name, place in places.items()}
            if not any(cell.strip() for cell in row) or not (cells["verdict"] or cells["awarded"]):
                continue
            if cells["item"] not in items or cells["item"] in found:
                raise Told("study.item", file=path.name, row=number, item=cells["item"])
            found[cells["item"]] = _rating(path.name, number, cells["verdict"], cells["awarded"], items[cells["item"]])
        return found
    except (UnicodeDecodeError, ValueError, StopIteration, csv.Error) as error:
        raise Told("study.sheet", file=path.name) from error


def _rating(file: str, row: int, verdict: str, awarded: str, item: Keyed) -> Rating:
    status = _WORDS.get(verdict.casefold()) if verdict else None
    if verdict and status is None:
        raise Told("study.verdict", file=file, row=row, verdict=verdict[:40])
    share: float | None = None
    if awarded:
        number = re.fullmatch(r"[0-9]{1,6}(?:[.,][0-9]{1,4})?", awarded)
        given = Fraction(number[0].replace(",", ".")) if number else Fraction(-1)
        if not 0 <= given <= item.points:
            raise Told("study.awarded", file=file, row=row, awarded=awarded[:40], points=shown(item.points))
        share = float(given / item.points) if item.points else 0.0
    if status is None:
        assert share is not None
        status = "met" if share == 1 else "unmet" if share == 0 else "partial"
    if share is None and status != "cannot_tell":
        share = {"met": 1.0, "partial": 0.5}.get(status, 0.0)
    return Rating(status, None if status == "cannot_tell" else share)


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(LIMIT + 1)
    if len(content) > LIMIT:
        raise ValueError("too large")
    return content


# --- the work itself ------------------------------------------------------------------------------


def without_names(content: str, learner: Learner) -> str:
    """``content`` without what says whose it is.  What a learner wrote about themselves otherwise stays."""
    known = {learner.id, learner.email, learner.lms_id, learner.name, *re.split(r"[\s,]+", learner.name)}
    for one in sorted((one for one in known if len(one) > 2), key=len, reverse=True):
        content = re.sub(rf"(?<!\w){re.escape(one)}(?!\w)", "[learner]", content, flags=re.IGNORECASE)
    return content


def work(folder: Path, kit: Path, submit: Sequence[str], learner: Learner) -> Iterable[tuple[str, str]]:
    """Path and text of the files that were handed in.  Raises ``GradelineError`` and ``OSError``."""
    from gradeline.intake import open_submission

    submission = open_submission(folder, kit=kit, submit=submit)
    for path in submission.paths:
        if not submission.from_kit(path):
            source = submission.read(path)
            if source is not None:
                name = without_names(path, learner)
                if ".." in name.split("/") or name.startswith("/"):
                    raise GradelineError(name)
                yield name, without_names(source.text, learner)
