"""The review queue: everything that waits for a person, the same question about several learners once."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from gradeline.grades import Grade
from gradeline.records import record
from gradeline.result import CriterionResult, Report
from gradeline.score import WAITING
from gradeline.words import Words


@record(frozen=False)
class Question:
    """One entry of the queue.  ``criterion`` is empty when the whole submission could not be graded.

    ``first`` is the criterion of the first learner, with its places; None for a whole submission.
    """

    exercise: str
    criterion: str
    title: str
    message: str
    points: Fraction
    kind: str  # cannot tell, grader failed, not graded, in the words of the page
    learners: list[str]
    first: CriterionResult | None = None


class Queue:
    """Questions as they come, grade by grade."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._questions: dict[tuple[str, ...], Question] = {}

    def add(self, grade: Grade, report: Report | None) -> None:
        """Ask what ``grade`` leaves open; ``report`` is its result."""
        if grade.standing == "excused" or not grade.needs_review:
            return
        if report is None:
            text = f"{self._words.get(f'page.reason.{grade.reason}', grade.reason)} {grade.message}".strip()
            title, kind = self._words("page.whole"), self._words("page.not_graded")
            whole = Question(grade.exercise, "", title, text, grade.max_score, kind, [])
            self._ask(grade, (grade.exercise, "", grade.reason, grade.message), whole)
            return
        decided = {one.criterion for one in grade.overrides}
        for one in report.criteria:
            if one.status in WAITING and one.id not in decided:
                kind = self._words(f"status.{one.status}")
                question = Question(grade.exercise, one.id, one.title, one.message, one.points, kind, [], one)
                self._ask(grade, (grade.exercise, one.id, one.status, one.message, str(one.points)), question)

    def _ask(self, grade: Grade, key: tuple[str, ...], question: Question) -> None:
        self._questions.setdefault(key, question).learners.append(grade.learner.id)

    def questions(self) -> list[Question]:
        """The questions, the most points first."""
        found: Iterable[Question] = self._questions.values()
        return sorted(found, key=lambda one: (-one.points * len(one.learners), one.exercise, one.title, one.message))
