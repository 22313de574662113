"""How a report ends for a person: one line of praise that was earned, and the next step."""

from __future__ import annotations

from gradeline.render.since import FIRST, Since
from gradeline.result import CriterionResult, Report
from gradeline.score import WAITING, shown
from gradeline.source import Diagnostic
from gradeline.words import Words

_PAGES = 3  # a criterion that asks more checks is best explained by its hints


def earned(report: Report, since: Since, words: Words) -> str:
    """One line, or nothing: all is met, or what this attempt has newly met, or on a first attempt what holds."""
    met = [result for result in report.criteria if result.status == "met"]
    if len(met) == len(report.criteria):
        return words("report.done.all")
    held = met if since == FIRST else list(since.gained)
    if not held:
        return ""
    best = max(held, key=lambda result: result.points)  # the first of equals
    points = words.count("points", shown(best.points))
    return words("report.done.best" if since == FIRST else "report.done.new", title=best.title, points=points)


def more_about(report: Report, result: CriterionResult, words: Words) -> list[str]:
    """The commands that say more about a criterion: the pages of its checks, and the next hint."""
    checks = result.checks or ((result.check,) if result.check else ())
    pages = [words("report.explain", check=check) for check in checks[:_PAGES]]
    return [*pages, words("report.next_hint", exercise=report.exercise, criterion=result.id)]


def in_the_way(report: Report) -> list[Diagnostic]:
    """What has to be repaired before anything else can be said about a file."""
    return [one for one in report.diagnostics if one.severity == "error" and one.path]


def worst(report: Report) -> CriterionResult | None:
    """The lost criterion to work on first: one that withholds the pass by itself, else the one with most to earn."""
    lost = [result for result in report.criteria if result.status in ("unmet", "partial")]
    critical = report.lost_critical if report.score >= report.pass_mark else ()
    return max(lost, key=lambda result: (result.id in critical, result.points - result.awarded), default=None)


def next_step(report: Report, words: Words) -> str:
    """What to do next, in one sentence."""
    again = words("report.again", exercise=report.exercise)
    blocking = in_the_way(report)
    if blocking and not all(result.status == "met" for result in report.criteria):
        first = blocking[0]
        key = "hand_in" if first.code == "missing-file" and first.span is None else "repair"
        place = f"{first.span.path}:{first.span.line}" if first.span else first.path
        return words(f"report.step.{key}", place=place, again=again)
    lost = worst(report)
    if lost is not None:
        problem = next((item for item in lost.evidence if item.role == "problem"), None)
        if problem is None:
            return words("report.step.work", title=lost.title, again=again)
        place = f"{problem.span.path}:{problem.span.line}"
        return words("report.step.work_at", title=lost.title, place=place, again=again)
    if any(result.status == "error" for result in report.criteria):
        return words("report.step.later", again=again)
    if any(result.status in WAITING for result in report.criteria):
        return words("report.step.person")
    return words("report.step.done")
