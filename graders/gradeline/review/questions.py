"""What waits for a person in a gradebook, and the keys that stand for it in a form."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from threading import Lock

from sqlalchemy import func, select

from gradeline.gradebook import tables
from gradeline.gradebook.database import Book
from gradeline.gradebook.reading import grades_now
from gradeline.grades import Grade
from gradeline.records import record, replace
from gradeline.report.queue import Question, Queue
from gradeline.report.site import stored
from gradeline.words import Words


@record
class Waiting:
    """One moment of the book.  ``works`` are those behind the questions, by learner and exercise; of their results
    only what is said about the submission is kept."""

    questions: tuple[Question, ...]
    works: Mapping[tuple[str, str], Grade]


class Questions:
    """Everything that waits, read again when somebody has added to the book."""

    def __init__(self, book: Book, words: Words) -> None:
        self._book = book
        self._words = words
        self._lock = Lock()
        self._entry = -1
        self._known = Waiting((), {})

    def now(self) -> Waiting:
        with self._lock, self._book.reading() as connection:
            entry = connection.execute(select(func.max(tables.HISTORY.c.entry))).scalar() or 0
            if entry != self._entry:
                queue, works = Queue(self._words), {}
                for grade in grades_now(connection):
                    if grade.needs_review:
                        queue.add(grade, stored(grade))
                        works[grade.learner.id, grade.exercise] = _small(grade)
                self._known, self._entry = Waiting(tuple(queue.questions()), works), entry
            return self._known


def question_key(one: Question) -> str:
    """What stands for a question in a form and in an address; the same as long as it asks the same."""
    return _digest(one.exercise, one.criterion, one.kind, one.message, str(one.points))


def work_key(grade: Grade) -> str:
    """What stands for one learner's work: another attempt has another key."""
    return _digest(grade.learner.id, str(grade.attempt), grade.digest, submission_of(grade))


def submission_of(grade: Grade) -> str:
    """What a result says about the submission that it is about."""
    return str(grade.result["submission"]) if grade.result is not None else ""


def _small(grade: Grade) -> Grade:
    if grade.result is None:
        return grade
    return replace(grade, result={"submission": grade.result["submission"]})


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
