"""What ``grade book`` shows on the screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from gradeline_cli.output import emit
from gradeline_cli.parts import App
from gradeline_cli.telling import tell

if TYPE_CHECKING:
    from gradeline.gradebook.history import Entry
    from gradeline.grades import Grade
    from gradeline.words import Words


# What is empty or false in a statement that takes an earlier one back.
_WITHDRAWN = {"overrides": "points", "extensions": "deadline", "excuses": "excused"}


def class_page(app: App, grades: Iterable[Grade]) -> None:
    """A line for each learner, the exercises side by side as far as they find room."""
    from gradeline.gradebook.pen import exact

    words = app.words()
    rows = [(who, list(theirs)) for who, theirs in groupby(grades, key=lambda one: one.learner)]
    if not rows:
        tell(app, words("book.empty"))
        return
    reviews = 0
    for learner, theirs in rows:
        reviews += sum(one.needs_review for one in theirs)
        counted = [one.score for one in theirs if one.score is not None]
        passed = sum(one.passed for one in theirs)
        name = f"{learner.id} ({learner.name})" if learner.name else learner.id
        tell(app, words("book.row", learner=name, sum=exact(sum(counted, start=0 * theirs[0].max_score)),
                        passed=passed, all=len(theirs)))  # fmt: skip
        for one in theirs:
            tell(app, words("book.cell", exercise=one.exercise, standing=standing(words, one)), indent=2)
    tell(app, "", words("book.sum", learners=len(rows), reviews=reviews))


def standing(words: Words, grade: Grade) -> str:
    """Where a learner stands in one exercise, in a few words."""
    from gradeline.gradebook.pen import exact

    if grade.standing != "graded" or grade.score is None:
        return words(f"book.standing.{grade.standing}")
    said = [words("book.points_of", points=exact(grade.score), most=exact(grade.max_score))]
    said.append(words("book.passed" if grade.passed else "book.not_passed"))
    if grade.late:
        said.append(words("book.late", points=exact(grade.late)))
    if grade.overrides:
        said.append(words("book.overridden"))
    if grade.needs_review:
        said.append(words("book.review"))
    return ", ".join(said)


def learner_page(app: App, learner: str, grades: Sequence[Grade]) -> None:
    """Every exercise of one learner with the decisions about it."""
    from gradeline.gradebook.pen import exact

    words = app.words()
    if not grades:
        tell(app, words("book.nobody", learner=learner))
        return
    for one in grades:
        tell(app, words("book.cell", exercise=one.exercise, standing=standing(words, one)))
        if one.standing == "graded":
            tell(app, words("book.attempt", number=one.attempt, submitted=one.submitted or "-"), indent=2)
        for said in one.overrides:
            key = "book.override_one" if said.criterion else "book.override_all"
            tell(app, words(key, criterion=said.criterion, points=exact(said.points), author=said.author,
                            time=said.time, reason=said.reason), indent=2)  # fmt: skip
        for comment in one.comments:
            tell(app, words("book.comment", author=comment.author, time=comment.time, text=comment.text), indent=2)


def history_page(app: App, entries: Iterator[Entry]) -> None:
    words, any_of_them = app.words(), False
    for one in entries:
        any_of_them = True
        row = {name: " ".join(str(value)[:200].split()) or "-" for name, value in one.row.items()}
        kind = f"book.said.{one.kind}"
        if one.kind in _WITHDRAWN and not one.row[_WITHDRAWN[one.kind]]:
            kind += ".withdrawn"
        said = words(kind, **row)
        tell(app, words("book.entry", number=one.number, time=one.time, author=one.author, said=said))
    if not any_of_them:
        tell(app, words("book.empty"))


def as_json(grades: Iterable[Grade]) -> None:
    """One line of JSON for each grade, without the whole result."""
    import json

    from gradeline.gradebook.pen import exact

    for one in grades:
        data = {
            "learner": one.learner.id, "name": one.learner.name, "email": one.learner.email,
            "lms_id": one.learner.lms_id, "section": one.learner.section, "exercise": one.exercise,
            "standing": one.standing, "score": None if one.score is None else exact(one.score),
            "max_score": exact(one.max_score), "passed": one.passed, "needs_review": one.needs_review,
            "attempt": one.attempt, "submitted": one.submitted, "late": exact(one.late),
            "overrides": [
                {"author": said.author, "reason": said.reason, "time": said.time, "points": exact(said.points),
                 "criterion": said.criterion}
                for said in one.overrides
            ],
            "comments": [{"author": said.author, "text": said.text, "time": said.time} for said in one.comments],
        }  # fmt: skip
        emit(json.dumps(data, sort_keys=True) + "\n")
