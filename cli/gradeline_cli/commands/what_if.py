"""``grade what-if``: stored results with other points or pass marks."""

from __future__ import annotations

from fractions import Fraction

import click

from gradeline_cli.app import common_options, pass_app
from gradeline_cli.parts import App


@click.command("what-if", short_help="Try other points or pass marks on stored results.")
@click.argument("results")
@click.option("--points", "points", multiple=True, metavar="EXERCISE:CRITERION=POINTS", help="Other points.")
@click.option("--pass-mark", "marks", multiple=True, metavar="EXERCISE=POINTS", help="Another pass mark.")
@click.option("--all", "everybody", is_flag=True, help="Name every learner whose grade would change.")
@common_options
@pass_app
def command(app: App, results: str, points: tuple[str, ...], marks: tuple[str, ...], everybody: bool) -> None:
    """Show what other points or pass marks would change in RESULTS.  Nothing is graded, and nothing is written.

    RESULTS is results.jsonl of `grade batch`, the folder it is in, or a gradebook.
    """
    from gradeline.regrade.changes import compare, standing
    from gradeline.regrade.what_if import Rules, check, would_be
    from gradeline.words import Told
    from gradeline_cli.commands.book import as_points
    from gradeline_cli.grades_source import read_grades
    from gradeline_cli.regrade_pages import changes_page
    from gradeline_cli.telling import tell

    course = app.course()
    other: dict[tuple[str, str], Fraction] = {}
    for text in points:
        place, equals, value = text.rpartition("=")
        exercise, colon, criterion = place.partition(":")
        if not (equals and colon and criterion):
            raise Told("trial.points", text=text)
        other[course.exercise(exercise).id, criterion] = as_points(value)
    limits: dict[str, Fraction] = {}
    for text in marks:
        exercise, equals, value = text.rpartition("=")
        if not equals:
            raise Told("trial.mark", text=text)
        limits[course.exercise(exercise).id] = as_points(value)
    if not other and not limits:
        raise Told("trial.nothing")
    rules = Rules(other, limits)
    before, after, known, count = {}, {}, {}, 0
    for grade in read_grades(results):
        key = (grade.learner.id, grade.exercise)
        before[key], after[key] = standing(grade), would_be(grade, rules)
        count += 1
        if grade.result is not None:
            for one in grade.result["criteria"]:  # type: ignore[attr-defined]  # the result schema says so
                known[grade.exercise, str(one["id"])] = Fraction(str(one["points"]))
    check(rules, known)
    changes_page(app, compare(before, after), count, everybody)
    tell(app, app.words()("trial.done"))
