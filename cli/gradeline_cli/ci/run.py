"""One run of ``grade ci``: from the repository to the gradings and the answer of the policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from gradeline.intake.names import safe_name
from gradeline.records import record
from gradeline.render.findings import Graded
from gradeline.result import CRITICAL
from gradeline.source import GradelineError
from gradeline.words import Phrase, phrase, told
from gradeline_cli.ci.base import Range, find_range
from gradeline_cli.ci.course import refuse_own_grader, trusted_course
from gradeline_cli.ci.git import Change, Repository, RepositoryError
from gradeline_cli.ci.touched import PROTECTED, Layout, Touched, refuse_protected, touched
from gradeline_cli.ending import BELOW, FAILED, PASSED, USAGE

if TYPE_CHECKING:
    from gradeline.course import Course
    from gradeline.result import Report
    from gradeline_cli.parts import App

_EVERY_LINE = (range(1, 1 << 31),)


@record
class Wish:
    """What the command line asks for.  ``course`` is the folder of a course, ``only`` an exercise and its folder."""

    base: str | None = None
    head: str = "HEAD"
    staged: bool = False
    everything: bool = False
    course: Path | None = None
    only: tuple[str, str] | None = None
    protected: tuple[str, ...] = ()
    fail_under: int | None = None
    changed_only: bool = False
    report_only: bool = False


@record
class Outcome:
    """``gradings`` are what was graded; ``notes`` are sentences about the rest; ``unreadable`` says that a submission
    could not be graded at all."""

    gradings: tuple[Graded, ...]
    notes: tuple[Phrase, ...]
    unreadable: bool = False


def run(app: App, wish: Wish, here: Path, environment: Mapping[str, str]) -> Outcome:
    """Grade what the pull request touches.  Known errors are ``GradelineError``."""
    repository = Repository(here, environment)
    with closing(repository):
        span = _range(repository, wish, environment)
        refuse_own_grader(repository, span.head or span.base)
        changes = repository.changes(span.fork, span.head)
        refuse_protected(changes, (*PROTECTED, *wish.protected))
        with trusted_course(repository, wish.course, span.fork) as course:
            return _graded(app, wish, repository, span, course, changes)


def _range(repository: Repository, wish: Wish, environment: Mapping[str, str]) -> Range:
    try:
        return find_range(repository, wish.base, wish.head, wish.staged, environment)
    except RepositoryError:
        found = repository.commits("HEAD" if wish.staged else wish.head)
        if not wish.everything or wish.base is not None or found is None:
            raise
        return Range(found[0], found[0], None if wish.staged else found[0])  # nothing to compare with, nothing changed


def exit_code(outcome: Outcome, wish: Wish) -> int:
    """The worst of what happened; with ``report_only`` a score is never a reason to fail."""
    reports = [graded.report for graded in outcome.gradings]
    if any(result.status == "error" for report in reports for result in report.criteria):
        return FAILED
    if outcome.unreadable:
        return USAGE
    if wish.report_only or all(is_enough(report, wish.fail_under) for report in reports):
        return PASSED
    return BELOW


def is_enough(report: Report, fail_under: int | None) -> bool:
    """Whether a report passes: by its own pass mark, or by ``fail_under`` of 100 points instead of it.

    What must hold whatever the score is asked for in both ways.
    """
    if fail_under is None:
        return report.passed
    withheld = any(one.code == CRITICAL for one in report.diagnostics)
    return not withheld and report.score * 100 >= fail_under * report.max_score


def _graded(
    app: App, wish: Wish, repository: Repository, span: Range, course: Course, changes: Sequence[Change]
) -> Outcome:  # fmt: skip
    only = None
    if wish.only is not None:
        only = (wish.only[1].strip("/").removeprefix("./"), course.exercise(wish.only[0]).id)
    base = Layout(course, lambda: repository.files(span.fork), repository.read, only)
    head_commit = span.head
    head = Layout(
        course, lambda: repository.files(head_commit) if head_commit else repository.staged(), repository.read, only
    )  # fmt: skip
    new_lines = repository.changed_lines(span.fork, head_commit) if wish.changed_only else None
    gradings: list[Graded] = []
    notes: list[Phrase] = []
    unreadable = False
    for one in touched(changes, base, head, everything=wish.everything):
        if not one.there:
            notes.append(_gone(one))
            continue
        try:
            report = _report(app, course, repository, head, one)
        except GradelineError as error:
            unreadable = True
            notes.append(phrase("ci.not_graded", folder=safe_name(one.root or "."), why=told(error)))
            continue
        lines = dict(_lines(new_lines, one)) if new_lines is not None else None
        gradings.append(Graded(report, one.root, lines))
    if not gradings and not notes:
        notes.append(phrase("ci.nothing" if wish.everything else "ci.no_exercise"))
    return Outcome(tuple(gradings), tuple(notes), unreadable)


def _report(app: App, course: Course, repository: Repository, head: Layout, one: Touched) -> Report:
    from gradeline.grade import grade
    from gradeline.intake.listed import Entry, open_listed

    exercise = course.exercise(one.exercise)
    start = len(one.root) + 1 if one.root else 0
    entries = [Entry(blob.path[start:], blob.kind, blob.id) for blob in head.below(one.root)]
    submission = open_listed(entries, repository.read, kit=exercise.starter, submit=exercise.submit)
    return grade(
        submission, exercise, course.rubric(exercise.id), app.grader(),
        submission_id=one.root.rpartition("/")[2] or exercise.id, raise_bugs=app.debug,
    )  # fmt: skip


def _lines(
    new_lines: Mapping[tuple[str, str], tuple[range, ...]], one: Touched
) -> Iterator[tuple[str, tuple[range, ...]]]:  # fmt: skip
    for change in one.changed:
        yield change.new, new_lines.get((change.old_id, change.new_id), ()) if change.old_id else _EVERY_LINE


def _gone(one: Touched) -> Phrase:
    folder = safe_name(one.root or ".")
    if one.moved_to:
        return phrase("ci.moved", folder=folder, exercise=one.exercise, to=safe_name(one.moved_to))
    return phrase("ci.deleted", folder=folder, exercise=one.exercise)
