"""``grade what-if``: stored results with other points or pass marks."""

from __future__ import annotations

from fractions import Fraction

from gradeline_cli import spoken
from gradeline_cli.app import common_options, pass_app
from gradeline_cli.parts import App


@spoken.command("what-if")
@spoken.argument("results")
@spoken.option("--points", "points", multiple=True, metavar="EXERCISE:CRITERION=POINTS", help="option.what_if.points")
@spoken.option("--pass-mark", "marks", multiple=True, metavar="EXERCISE=POINTS", help="option.what_if.pass_mark")
@spoken.option("--all", "everybody", is_flag=True, help="option.what_if.all")
@common_options
@pass_app
def command(app: App, results: str, points: tuple[str, ...], marks: tuple[str, ...], everybody: bool) -> None:
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
