"""What the review server shows and does; it knows nothing of HTTP."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from secrets import token_hex
from threading import Lock
from typing import Any

from gradeline.gradebook.database import Book
from gradeline.gradebook.pen import Voice
from gradeline.gradebook.writing import decide
from gradeline.grades import Grade
from gradeline.records import record
from gradeline.report.pages import environment, markup, style
from gradeline.report.queue import Question
from gradeline.report.site import Work, called, places_of
from gradeline.review.questions import Questions, question_key, submission_of, work_key
from gradeline.words import Told, Words, english

SCRIPT = Path(__file__).with_name("script.js")
SHOWN = 200  # questions of a page, the most points first; the others come when these are decided
PATIENCE = 3.0  # seconds that a page waits for the work behind its questions
_MOST_LOOKS = 500  # that are kept, more than a page has
_MOST_SAVED = 10_000  # forms that are remembered
_POINTS = re.compile(r"[0-9]{1,7}([.,][0-9]{1,4})?", re.ASCII)


@record
class Decision:
    """What a form says: points with a reason, a comment, or both; works and the question by their keys.

    ``page`` names the page that the form was on, so that a form which is sent twice is done once.
    """

    question: str
    works: tuple[str, ...]
    points: str = ""
    reason: str = ""
    text: str = ""
    page: str = ""


class Desk:
    """The questions of one gradebook, and the hand that answers them.

    ``look`` asks for the work behind a grade; its answers never raise.
    """

    def __init__(
        self, book: Book, author: str, look: Callable[[Grade], Future[Work | None]], words: Words | None = None
    ) -> None:
        self.words = words or english()
        self._book = book
        self._questions = Questions(book, self.words)
        self._author = author
        self._look = look
        self._looks: dict[tuple[str, ...], Future[Work | None]] = {}
        self._saved: dict[tuple[str, str], None] = {}  # page and question
        self._deciding = Lock()
        self._template = environment(self.words).get_template("desk.html.j2")
        self._style = style()
        self.script = SCRIPT.read_text(encoding="utf-8")

    @property
    def style(self) -> str:
        return self._style

    def page(self, csrf: str, message: str) -> str:
        """All questions as they are now, with the work behind them as far as it has been read."""
        waiting = self._questions.now()
        shown = waiting.questions[:SHOWN]
        with self._deciding:
            asked = [self._work(waiting.works[one.learners[0], one.exercise]) if one.first else None for one in shown]
        end = time.monotonic() + PATIENCE
        queue = [self._entry(one, waiting.works, work, end) for one, work in zip(shown, asked, strict=True)]
        return self._template.render(
            book=self._book.name, author=self._author, queue=queue, more=len(waiting.questions) - len(shown),
            message=message, csrf=csrf, page=token_hex(8),
            style=markup(self._style), script=markup(self.script),
        )  # fmt: skip

    def decide(self, said: Decision) -> tuple[str, str]:
        """Do what a form says: what was done, and the key of the question to go on with, or nothing.  Raises ``Told``,
        and then nothing was done."""
        with self._deciding:
            if (said.page, said.question) in self._saved:
                raise Told("review.again")
            done = self._decide(said)
            while len(self._saved) >= _MOST_SAVED:
                self._saved.pop(next(iter(self._saved)))
            if said.page:
                self._saved[said.page, said.question] = None
            return done

    def _decide(self, said: Decision) -> tuple[str, str]:
        waiting = self._questions.now()
        order = [question_key(one) for one in waiting.questions]
        if said.question not in order:
            raise Told("review.gone")
        at = order.index(said.question)
        question = waiting.questions[at]
        wanted = set(said.works)
        if not wanted:
            raise Told("review.nobody")
        chosen = [name for name in question.learners if work_key(waiting.works[name, question.exercise]) in wanted]
        if len(chosen) < len(wanted):  # there is other work by now, which nobody here has seen
            raise Told("review.changed")
        voice = Voice(self._author, datetime.now(UTC))
        done, points, given = [], said.points.strip(), None
        text = said.text if said.text.strip() else ""
        if not points and not text:
            raise Told("review.nothing")
        if points:
            if not _POINTS.fullmatch(points):
                raise Told("book.number", text=points[:40])
            given = Fraction(points.replace(",", "."))
            done.append(
                self.words("review.gave", points=self.words.count("points", points), learners=self._people(chosen))
            )
        if text:
            done.append(self.words("review.commented", learners=self._people(chosen)))
        decide(self._book, chosen, question.exercise, given, said.reason, voice, question.criterion, text)
        still = {question_key(one) for one in self._questions.now().questions}
        here = next((one for one in (*order[at:], *reversed(order[:at])) if one in still), "")
        return " ".join(done), here

    def _people(self, names: Sequence[str]) -> str:
        return self.words.count("page.learners", len(names))

    def _work(self, grade: Grade) -> Future[Work | None]:
        """The work behind a grade is asked for once: what was graded does not change."""
        key = (grade.folder, grade.exercise, submission_of(grade))
        found = self._looks.get(key)
        if found is None:
            while len(self._looks) >= _MOST_LOOKS:
                self._looks.pop(next(iter(self._looks))).cancel()
            found = self._looks.setdefault(key, self._look(grade))
        return found

    @staticmethod
    def _entry(
        one: Question, works: Mapping[tuple[str, str], Grade], work: Future[Work | None] | None, end: float
    ) -> dict[str, Any]:  # fmt: skip
        reading, seen = False, None
        if work is not None:
            try:
                seen = work.result(max(0.0, end - time.monotonic()))
            except (TimeoutError, CancelledError):
                reading = True
        places = places_of(one.first, seen) if one.first is not None else []
        theirs = [works[name, one.exercise] for name in one.learners]
        names = [(called(grade.learner), work_key(grade)) for grade in theirs]
        return {"question": one, "key": question_key(one), "names": names, "places": places, "reading": reading}
