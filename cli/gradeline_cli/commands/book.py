"""``grade book``: the gradebook of a class."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gradeline_cli import spoken
from gradeline_cli.app import common_options, complete_exercise, pass_app
from gradeline_cli.parts import App

if TYPE_CHECKING:
    from datetime import datetime

    from gradeline.gradebook.database import Book
    from gradeline.gradebook.pen import Voice

Function = TypeVar("Function", bound=Callable[..., Any])


def book_option(function: Function) -> Function:
    return spoken.option(
        "--book", "where", metavar="FILE|URL", default="grades.db", show_default=True, envvar="GRADE_BOOK",
        help="option.book.book",
    )(function)  # fmt: skip


def author_option(function: Function) -> Function:
    return spoken.option("--author", metavar="NAME", envvar="GRADE_AUTHOR", help="option.book.author")(function)


@spoken.group("book")
@common_options
@pass_app
def command(app: App) -> None:
    """Its commands follow."""


@command.command("import")
@spoken.argument("results", type=click.Path(path_type=Path, exists=True))
@book_option
@author_option
@common_options
@pass_app
def take_in(app: App, results: Path, where: str, author: str | None) -> None:
    file = results / "results.jsonl" if results.is_dir() else results
    take_in_all(app, file, where, None, author)


def take_in_all(app: App, results: Path, where: str, roster: Path | None, author: str | None = None) -> None:
    """Take in a roster, if there is one, and the results; say what was new."""
    from gradeline.exports.people import read_roster
    from gradeline.gradebook.taking import add_results
    from gradeline.gradebook.writing import enrol
    from gradeline.grades import read_lines
    from gradeline_cli.telling import tell

    words = app.words()
    people = read_roster(roster) if roster is not None else ()
    with open_gradebook(where, create=True) as book:
        if people:
            count = enrol(book, people, voice(author))
            tell(app, words("book.enrolled", learners=len(people), new=count, book=book.name))
        done = add_results(book, read_lines(results), voice(author))
        tell(app, words("book.imported", attempts=done.attempts, results=done.results, known=done.known,
                        book=book.name))  # fmt: skip


@command.command("roster")
@spoken.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@book_option
@author_option
@common_options
@pass_app
def roster(app: App, file: Path, where: str, author: str | None) -> None:
    from gradeline.exports.people import read_roster
    from gradeline.gradebook.writing import enrol
    from gradeline_cli.telling import tell

    found = read_roster(file)
    with open_gradebook(where, create=True) as book:
        count = enrol(book, found, voice(author))
        tell(app, app.words()("book.enrolled", learners=len(found), new=count, book=book.name))


@command.command("exercise")
@spoken.argument("exercise", shell_complete=complete_exercise)
@spoken.option("--deadline", metavar="TIME", help="option.book.exercise.deadline")
@spoken.option("--late-per-day", metavar="PERCENT", default="0", show_default=True,
               help="option.book.exercise.late_per_day")  # fmt: skip
@spoken.option("--grace", type=click.IntRange(0, 100_000), default=0, show_default=True, metavar="MINUTES",
               help="option.book.exercise.grace")  # fmt: skip
@spoken.option("--cut-off", type=click.IntRange(0, 10_000), metavar="DAYS", help="option.book.exercise.cut_off")
@spoken.option("--counts", type=click.Choice(["latest", "best"]), default="latest", show_default=True,
               help="option.book.exercise.counts")  # fmt: skip
@book_option
@author_option
@common_options
@pass_app
def exercise(
    app: App, exercise: str, deadline: str | None, late_per_day: str, grace: int, cut_off: int | None, counts: str,
    where: str, author: str | None,
) -> None:  # fmt: skip
    from gradeline.gradebook.lateness import LatePolicy
    from gradeline.gradebook.writing import set_exercise
    from gradeline_cli.telling import tell

    name = app.course().exercise(exercise).id
    policy = LatePolicy(as_points(late_per_day), grace, cut_off, "best" if counts == "best" else "latest")
    with open_gradebook(where, create=True) as book:
        set_exercise(book, name, _time(deadline), policy, voice(author))
    tell(app, app.words()("book.set", exercise=name))


@command.command("show")
@spoken.argument("learner", required=False)
@spoken.option("--exercise", metavar="EXERCISE", shell_complete=complete_exercise, help="option.only_exercise")
@spoken.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
               help="option.book.show.format")  # fmt: skip
@book_option
@common_options
@pass_app
def show(app: App, learner: str | None, exercise: str | None, form: str, where: str) -> None:
    from gradeline.gradebook.reading import grades
    from gradeline_cli.book_pages import as_json, class_page, learner_page

    name = app.course().exercise(exercise).id if exercise is not None else None
    with open_gradebook(where) as book:
        found = grades(book, learner, name)
        if form == "json":
            as_json(found)
        elif learner is not None:
            learner_page(app, learner, list(found))
        else:
            class_page(app, found)


@command.command("override")
@spoken.argument("learner")
@spoken.argument("exercise", shell_complete=complete_exercise)
@spoken.argument("points", required=False)
@spoken.option("--criterion", default="", metavar="ID", help="option.book.override.criterion")
@spoken.option("--reason", required=True, help="option.book.override.reason")
@spoken.option("--withdraw", is_flag=True, help="option.book.override.withdraw")
@book_option
@author_option
@common_options
@pass_app
def override(
    app: App, learner: str, exercise: str, points: str | None, criterion: str, reason: str, withdraw: bool,
    where: str, author: str | None,
) -> None:  # fmt: skip
    from gradeline.gradebook.writing import override as say
    from gradeline.words import Told
    from gradeline_cli.telling import tell

    if (points is None) is not withdraw:
        raise Told("book.points_or_withdraw")
    name = app.course().exercise(exercise).id
    with open_gradebook(where) as book:
        say(book, learner, name, None if points is None else as_points(points), reason, voice(author), criterion)
    tell(app, app.words()("book.noted", learner=learner, exercise=name))


@command.command("comment")
@spoken.argument("learner")
@spoken.argument("exercise", shell_complete=complete_exercise)
@spoken.argument("text")
@book_option
@author_option
@common_options
@pass_app
def comment(app: App, learner: str, exercise: str, text: str, where: str, author: str | None) -> None:
    from gradeline.gradebook.writing import comment as say
    from gradeline_cli.telling import tell

    name = app.course().exercise(exercise).id
    with open_gradebook(where) as book:
        say(book, learner, name, text, voice(author))
    tell(app, app.words()("book.noted", learner=learner, exercise=name))


@command.command("extend")
@spoken.argument("learner")
@spoken.argument("exercise", shell_complete=complete_exercise)
@spoken.argument("deadline", required=False)
@spoken.option("--reason", required=True, help="option.reason")
@spoken.option("--withdraw", is_flag=True, help="option.book.extend.withdraw")
@book_option
@author_option
@common_options
@pass_app
def extend(
    app: App, learner: str, exercise: str, deadline: str | None, reason: str, withdraw: bool, where: str,
    author: str | None,
) -> None:  # fmt: skip
    from gradeline.gradebook.writing import extend as say
    from gradeline.words import Told
    from gradeline_cli.telling import tell

    if (deadline is None) is not withdraw:
        raise Told("book.deadline_or_withdraw")
    name = app.course().exercise(exercise).id
    with open_gradebook(where) as book:
        say(book, learner, name, _time(deadline), reason, voice(author))
    tell(app, app.words()("book.noted", learner=learner, exercise=name))


@command.command("excuse")
@spoken.argument("learner")
@spoken.argument("exercise", shell_complete=complete_exercise)
@spoken.option("--reason", required=True, help="option.reason")
@spoken.option("--withdraw", is_flag=True, help="option.book.excuse.withdraw")
@book_option
@author_option
@common_options
@pass_app
def excuse(
    app: App, learner: str, exercise: str, reason: str, withdraw: bool, where: str, author: str | None
) -> None:  # fmt: skip
    from gradeline.gradebook.writing import excuse as say
    from gradeline_cli.telling import tell

    name = app.course().exercise(exercise).id
    with open_gradebook(where) as book:
        say(book, learner, name, not withdraw, reason, voice(author))
    tell(app, app.words()("book.noted", learner=learner, exercise=name))


@command.command("history")
@spoken.argument("learner", required=False)
@spoken.option("--exercise", metavar="EXERCISE", shell_complete=complete_exercise, help="option.only_exercise")
@book_option
@common_options
@pass_app
def history(app: App, learner: str | None, exercise: str | None, where: str) -> None:
    from gradeline.gradebook.history import entries
    from gradeline_cli.book_pages import history_page

    name = app.course().exercise(exercise).id if exercise is not None else None
    with open_gradebook(where) as book:
        history_page(app, entries(book, learner, name))


@command.command("verify")
@spoken.option("--head", default="", metavar="DIGEST", help="option.book.verify.head")
@book_option
@common_options
@click.pass_context
@pass_app
def verify(app: App, context: click.Context, head: str, where: str) -> None:
    from gradeline.gradebook.checking import verify as check
    from gradeline_cli.ending import FAILED, PASSED
    from gradeline_cli.telling import tell

    words = app.words()
    with open_gradebook(where) as book:
        found = check(book, head.strip().lower())
    for problem in found.problems[:20]:
        tell(app, words.say(problem))
    if found.problems:
        tell(app, words.count("book.broken", len(found.problems)))
    else:
        tell(app, words("book.whole", statements=found.statements, results=found.results))
    tell(app, words("book.head", head=found.head))
    context.exit(FAILED if found.problems else PASSED)


class open_gradebook:  # noqa: N801 - used like a function
    """A gradebook that is closed again, and the sentence for those who have not installed it."""

    def __init__(self, where: str, create: bool = False) -> None:
        from gradeline.words import MissingPart

        try:
            from gradeline.gradebook.database import open_book
        except ImportError as error:
            raise MissingPart("book.extra") from error
        self._book = open_book(where, create=create)

    def __enter__(self) -> Book:
        return self._book

    def __exit__(self, *_: object) -> None:
        self._book.close()


def voice(author: str | None) -> Voice:
    import getpass
    from contextlib import suppress
    from datetime import UTC, datetime

    from gradeline.gradebook.pen import Voice

    name = author or ""
    if not name:
        with suppress(OSError, KeyError, ImportError):  # a container's user may have no name
            name = getpass.getuser()
    return Voice(name, datetime.now(UTC))


def as_points(text: str) -> Fraction:
    """Points as people write them: ``7``, ``7.5`` or ``7,5``."""
    import re

    from gradeline.words import Told

    if not re.fullmatch(r"[0-9]{1,7}([.,][0-9]{1,4})?", text.strip(), re.ASCII):
        raise Told("book.number", text=text)
    return Fraction(text.strip().replace(",", "."))


def _time(text: str | None) -> datetime | None:
    from gradeline.gradebook.times import point_in_time

    return None if text is None else point_in_time(text)
