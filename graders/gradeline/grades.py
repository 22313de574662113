"""What a class has reached: one ``Grade`` for each piece of work, wherever it is kept.

``grade batch`` writes lines, the gradebook keeps history; the report, the exports, the study and the similarity read
``Grade`` and need not know which of both it came from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from gradeline.records import record
from gradeline.result import CRITICAL, critical_note
from gradeline.words import Told

Standing = Literal["graded", "error", "missing", "excused"]


@record
class Learner:
    """``id`` is what the submission is filed under; the others come from a roster and may be empty."""

    id: str
    name: str = ""
    email: str = ""
    lms_id: str = ""  # the number or login of the learning platform
    section: str = ""


@record
class Comment:
    """Something a person wrote for a learner about one piece of work; ``time`` is ISO 8601 in UTC."""

    author: str
    text: str
    time: str


@record
class Override:
    """A person's decision about points.  ``criterion`` is empty when it is about the whole; ``points`` are exact."""

    author: str
    reason: str
    time: str
    points: Fraction
    criterion: str = ""


@record
class Grade:
    """One learner's standing in one exercise.

    ``result`` is the grader's own result as JSON data (docs: the result schema), never changed by anybody, or None
    when there is none.  ``score`` is what counts: after overrides, lateness and excuses, exact, in points of
    ``max_score``; None when there is nothing to count.  ``submitted`` is ISO 8601 in UTC, or empty.
    """

    learner: Learner
    exercise: str
    standing: Standing
    score: Fraction | None
    max_score: Fraction
    passed: bool
    needs_review: bool
    result: Mapping[str, object] | None = None
    attempt: int = 1
    submitted: str = ""
    reason: str = ""  # why there is no result: a word of ``grade batch`` (timeout, memory, ...)
    message: str = ""
    late: Fraction = Fraction(0)  # points taken for lateness
    overrides: tuple[Override, ...] = ()
    comments: tuple[Comment, ...] = ()
    folder: str = ""  # where the work lies, when it is at hand
    digest: str = ""  # of all bytes of the work; empty when it is not known


def read_lines(path: Path) -> Iterator[Grade]:
    """The grades in a ``results.jsonl`` of ``grade batch``, in its order.

    Raises ``Told`` with the line that is not a result, and ``OSError``.
    """
    with path.open(encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            try:
                yield from_line(json.loads(text))
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise Told("grades.line", file=str(path), line=number) from error


def withheld(result: Mapping[str, Any], given: Mapping[str, Fraction]) -> bool:
    """Whether more than points keeps ``result`` from a pass.

    A critical criterion does, until a person gives points for it; so does, for good, what was refused in the work.
    ``given`` are a person's points by criterion.
    """
    notes = {one["message"] for one in result["diagnostics"] if one["code"] == CRITICAL}
    lost = [one["id"] for one in result["criteria"] if critical_note(one["title"]) in notes]
    if any(given.get(one, Fraction(0)) <= 0 for one in lost) or len(lost) < len(notes):
        return True
    enough = Fraction(str(result["score"])) >= Fraction(str(result["pass_mark"]))
    return enough and not notes and result["passed"] is not True


def from_line(line: Mapping[str, object]) -> Grade:
    """The grade in one record of ``results.jsonl``.  Raises KeyError, TypeError or ValueError when it is none."""
    more = (str(line.get(name, "")) for name in ("name", "email", "lms_id"))
    learner, exercise, result = Learner(str(line["learner"]), *more), str(line["exercise"]), line["result"]
    folder, submitted, digest = (str(line.get(name, "")) for name in ("folder", "submitted", "digest"))
    if not isinstance(result, dict):
        return Grade(
            learner, exercise, "error", None, Fraction(0), passed=False, needs_review=True,
            reason=str(line["reason"]), message=str(line["message"]), folder=folder, submitted=submitted, digest=digest,
        )  # fmt: skip
    return Grade(
        learner, exercise, "error" if line["status"] == "error" else "graded", Fraction(str(result["score"])),
        Fraction(str(result["max_score"])), passed=result["passed"] is True,
        needs_review=line["status"] == "error" or result["needs_review"] is True, result=result,
        folder=folder, submitted=submitted, digest=digest,
    )  # fmt: skip
