"""One submission, one exercise, one rubric: one report.  Pure: nothing is printed or started here.

What reads pipelines and proves things about them is handed in as an ``Engine``.  A check that fails
to answer costs nobody points silently: its criterion gets the status *error*, the kind of failure
goes to the diagnostics, and the other criteria are graded as usual.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Protocol

from gradeline import __version__, score
from gradeline.exercise import Exercise
from gradeline.intake.names import matches
from gradeline.missing import Expected, is_blank, look_for
from gradeline.records import record, replace
from gradeline.result import CRITICAL, NOTHING_TO_GRADE, CriterionResult, Evidence, Report, Verdict, critical_note
from gradeline.rubric import AllOf, CheckUse, Criterion, Rubric, Rule, evaluation_order, rules_in
from gradeline.source import HIDING, Diagnostic, GradelineError, Severity, SourceFile, Span, ToolError

TOOL_FAILED = "tool-failed"

_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
_NOT_YOURS = "This is not your mistake and costs you nothing."
_FAILED = Verdict("error", f"The grader failed here. {_NOT_YOURS}")


class Submission(Protocol):
    """What intake offers: the learner's files over the kit's, each read when it is first asked for.

    ``paths`` are relative, with ``/``.  ``unreadable`` are files that are there and cannot be read;
    it and ``diagnostics`` may grow while files are read.
    """

    @property
    def paths(self) -> Sequence[str]: ...

    @property
    def unreadable(self) -> Mapping[str, Diagnostic]: ...

    @property
    def diagnostics(self) -> Sequence[Diagnostic]: ...

    def read(self, path: str) -> SourceFile | None: ...

    def digest(self) -> str: ...

    def changed(self, path: str) -> bool:
        """Whether the learner has another version of a file of the kit that is not theirs to write."""
        ...


class CheckInfo(Protocol):
    """What the registry knows of a check: its words, the schema of its parameters, its manual page."""

    @property
    def id(self) -> str: ...

    @property
    def code(self) -> str: ...

    @property
    def family(self) -> str: ...

    @property
    def schema(self) -> Mapping[str, object]: ...

    @property
    def summary(self) -> str: ...

    @property
    def page(self) -> str: ...


@record
class Reading:
    """A submission as the checks see it; ``case`` means nothing to this module.

    ``empty`` is true when pipelines were read, completely, and there is no work in any of them.  ``later`` gives
    the diagnostics of all files read so far, also of those that a check was the first to ask for; ``tools`` the
    analysers that have answered so far, with their versions.
    """

    case: object
    diagnostics: tuple[Diagnostic, ...] = ()
    empty: bool = False
    later: Callable[[], tuple[Diagnostic, ...]] = tuple
    tools: Callable[[], Mapping[str, str]] = dict


class Engine(Protocol):
    """The part of the grader that reads pipelines and proves things about them."""

    def read(
        self, submission: Submission, kit: Mapping[str, object], programs: Mapping[str, Sequence[str]]
    ) -> Reading: ...

    def run(self, check_id: str, case: object, params: Mapping[str, object]) -> Verdict: ...

    def checks(self) -> Mapping[str, CheckInfo]: ...


def grade(
    submission: Submission,
    exercise: Exercise,
    rubric: Rubric,
    engine: Engine,
    *,
    submission_id: str = "",
    raise_bugs: bool = False,
) -> Report:
    """The report for ``submission``.

    ``submission_id`` is the name people know it by.  ``raise_bugs`` lets an exception of a reader or
    a check through instead of turning it into the status *error*; it is meant for finding bugs.
    """
    grading = _Grading(submission, exercise, engine, raise_bugs)
    results: dict[str, CriterionResult] = {}
    for criterion in evaluation_order(rubric.criteria):
        blocked_by = [results[need] for need in criterion.needs if results[need].status in score.BLOCKING]
        verdict = _blocked(blocked_by) if blocked_by else grading.verdict(criterion.rule, criterion.half)
        results[criterion.id] = _result(criterion, verdict)
    ordered = tuple(results[criterion.id] for criterion in rubric.criteria)
    critical = {criterion.id for criterion in rubric.criteria if criterion.critical}
    tally = score.tally(ordered, Fraction(rubric.pass_mark), critical)
    lost = tuple(one for one in ordered if one.id in critical and score.CREDIT[one.status] == 0)
    refused = tuple(grading.refused())
    said = [*grading.about_the_files(), *grading.diagnostics, *grading.later()]
    diagnostics = _sorted([*said, *refused, *_critical_notes(lost)])
    return Report(
        exercise=exercise.id,
        title=exercise.title,
        submission_id=submission_id,
        submission_digest=submission.digest(),
        rubric_version=rubric.version,
        rubric_digest=rubric.digest,
        grader_version=__version__,
        score=tally.score,
        max_score=tally.max_score,
        pass_mark=Fraction(rubric.pass_mark),
        passed=tally.passed and not refused,
        needs_review=tally.needs_review,
        criteria=ordered,
        diagnostics=diagnostics,
        tools=dict(sorted(grading.tools().items())),
        lost_critical=tuple(one.id for one in lost),
        sources=_sources(submission, ordered, diagnostics),
    )


class _Grading:
    """One grading under way: what could be read, what is missing, what went wrong."""

    def __init__(self, submission: Submission, exercise: Exercise, engine: Engine, raise_bugs: bool) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.later: Callable[[], tuple[Diagnostic, ...]] = tuple
        self.tools: Callable[[], Mapping[str, str]] = dict
        self._submission = submission
        self._engine = engine
        self._raise_bugs = raise_bugs
        self._paths = sorted({*submission.paths, *submission.unreadable})
        self._blank, self._unread = self._useless_files(exercise)
        self._case: object = None
        self._broken: dict[str, Diagnostic] = {}  # files to hand in that do not run, with the first error in each
        self._found: frozenset[str] = frozenset()
        self._instead = self._prepare(exercise)  # the verdict of every check, when nothing can be checked

    def about_the_files(self) -> Iterable[Diagnostic]:
        """What intake has to say.  What it says about a file to hand in that it could not read is an error."""
        for one in self._submission.diagnostics:
            yield replace(one, severity="error") if one.path in self._unread else one

    def verdict(self, rule: Rule, half: Rule | None) -> Verdict:
        """The verdict of a criterion's rule, with its partial credit."""
        verdict = self._rule(rule)
        if half is not None and verdict.status == "unmet":
            return score.with_half(verdict, self._rule(half))
        return verdict

    def _rule(self, rule: Rule) -> Verdict:
        if isinstance(rule, CheckUse):
            return self._instead or self._absent(rule) or self._check(rule)
        verdicts = [self._rule(part) for part in rule.rules]
        return score.all_of(verdicts) if isinstance(rule, AllOf) else score.any_of(verdicts)

    def _check(self, use: CheckUse) -> Verdict:
        try:
            verdict = self._engine.run(use.id, self._case, use.params)
        except ToolError as error:  # no answer is neither a pass nor a failure
            self._note("error", TOOL_FAILED, str(error), "")
            return Verdict("error", f"A tool that is needed here failed. {error} {_NOT_YOURS}")
        except Exception as error:
            return self._bug(error, f"the check `{use.id}`")
        self._note_broken(self.later())
        hidden = [path for path in self._unread if self._looks_at(use, path)]
        if hidden and score.CREDIT[verdict.status] > 0:  # what a file hides must never earn points
            return self._unreadable(hidden)
        damaged = [path for path, error in self._broken.items() if error.code in HIDING and self._looks_at(use, path)]
        if damaged and score.CREDIT[verdict.status] > 0 and not self._proved_in(verdict, damaged):
            return self._partly_seen(damaged)
        return verdict

    def _note_broken(self, problems: Iterable[Diagnostic]) -> None:
        for problem in problems:
            if problem.severity == "error" and problem.path in self._found:
                self._broken.setdefault(problem.path, problem)

    def _proved_in(self, verdict: Verdict, damaged: Sequence[str]) -> bool:
        """Whether something in the readable part shows it.  That nothing is wrong in a file is shown by the file as
        a whole, which nobody sees while a part of it is hidden."""
        return any(
            item.role == "proof" and not (item.span.path in damaged and self._is_whole(item.span))
            for item in verdict.evidence
        )

    def _is_whole(self, span: Span) -> bool:
        source = self._submission.read(span.path)
        written = [
            number
            for number, line in enumerate(source.lines if source is not None else (), start=1)
            if line.strip() and not line.lstrip().startswith("#")
        ]
        return bool(written) and span.line <= written[0] and span.end_line >= written[-1]

    def _looks_at(self, use: CheckUse, path: str) -> bool:
        wanted = use.params.get("pipelines")
        return not isinstance(wanted, list) or matches(path, [str(one) for one in wanted])

    def _prepare(self, exercise: Exercise) -> Verdict | None:
        expected = [look_for(pattern, self._paths, self._blank) for pattern in exercise.submit]
        found = [path for one in expected for path in one.found]
        for one in expected:
            others = exercise.instead.get(one.pattern, ())
            instead = [path for path in self._paths if matches(path, others)] if others and not one.blank else []
            if instead:
                found += instead
                continue
            if not one.found and (one.blank or one.pattern not in exercise.optional):
                self._note("error", "empty-file" if one.blank else "missing-file", one.sentence, one.pattern)
        if not found:
            return self._nothing(expected)
        if self._unread.issuperset(found):
            return self._unreadable(found)
        try:
            reading = self._engine.read(self._submission, exercise.production, exercise.programs)
        except GradelineError as error:
            self._note("error", "unreadable", str(error), "")
            return Verdict("cannot_tell", f"The files could not be read. {error}")
        except Exception as error:  # a bug in a reader must not look like a learner's mistake
            return self._bug(error, "reading the files")
        self.diagnostics += reading.diagnostics
        self.later = reading.later
        self.tools = reading.tools
        self._case = reading.case
        self._found = frozenset(found)
        self._note_broken(reading.diagnostics)
        if reading.empty:
            message = f"There is no work in {_listed(found)}: not one job, stage or step was found."
            self._note("error", NOTHING_TO_GRADE, message, "")
            return Verdict("unmet", message)
        return None

    def _nothing(self, expected: Sequence[Expected]) -> Verdict:
        message = " ".join(one.sentence for one in expected)
        self._note("error", NOTHING_TO_GRADE, "There is nothing to grade.", "")
        return Verdict("unmet", message, _similar(expected))

    def _absent(self, use: CheckUse) -> Verdict | None:
        """The verdict of a check that looks only at files which are not there."""
        wanted = use.params.get("pipelines")
        if not isinstance(wanted, list):
            return None
        expected = [look_for(pattern, self._paths, self._blank) for pattern in wanted if isinstance(pattern, str)]
        if not expected or any(one.found for one in expected):
            return None
        return Verdict("unmet", " ".join(one.sentence for one in expected), _similar(expected))

    def _useless_files(self, exercise: Exercise) -> tuple[frozenset[str], frozenset[str]]:
        """The files to hand in that have nothing in them, and those that intake could not read."""
        blank, unread = set(), set()
        for path in (path for path in self._paths if matches(path, exercise.submit)):
            source = self._submission.read(path)
            if source is None:
                unread.add(path)
            elif is_blank(source):
                blank.add(path)
        return frozenset(blank), frozenset(unread)

    def _unreadable(self, paths: Iterable[str]) -> Verdict:
        reasons = self._submission.unreadable
        said = []
        for path in sorted(paths):
            said += [f"`{path}` cannot be read.", reasons[path].message if path in reasons else ""]
        return Verdict("cannot_tell", " ".join(said).strip())

    def _partly_seen(self, paths: Iterable[str]) -> Verdict:
        said, places = [], []
        for path in paths:
            error = self._broken[path]
            line = f" in line {error.span.line}" if error.span else ""
            said.append(f"`{path}` has an error{line}, so a part of it cannot be seen. {error.message}")
            places += [Evidence(error.span, "problem", "repair this first")] if error.span else []
        return Verdict("cannot_tell", " ".join(said), tuple(places))

    def refused(self) -> Iterable[Diagnostic]:
        """What withholds the pass although points are earned: a file to hand in that its platform does not run."""
        for path, error in self._broken.items():
            line = f" in line {error.span.line}" if error.span else ""
            message = f"`{path}` has an error{line}, so it does not run. Repair it to pass this exercise."
            yield Diagnostic("warning", CRITICAL, message, "")

    def _bug(self, error: Exception, where: str) -> Verdict:
        if self._raise_bugs:
            raise error
        self._note("error", "grader-error", f"The grader failed in {where}: {type(error).__name__}.", "")
        return _FAILED

    def _note(self, severity: Severity, code: str, message: str, path: str) -> None:
        self.diagnostics.append(Diagnostic(severity, code, message, path))


def _result(criterion: Criterion, verdict: Verdict) -> CriterionResult:
    points = Fraction(criterion.points)
    lost = verdict.status in ("unmet", "partial")
    return CriterionResult(
        id=criterion.id,
        title=criterion.title,
        category=criterion.category,
        points=points,
        awarded=score.award(points, verdict.status),
        status=verdict.status,
        message=verdict.message,
        why=criterion.why,
        hint=criterion.hints[0] if lost and criterion.hints else "",
        evidence=verdict.evidence,
        path_trace=verdict.path_trace,
        check=criterion.rule.id if isinstance(criterion.rule, CheckUse) else "",
        checks=tuple(dict.fromkeys(use.id for use in rules_in(criterion.rule))),
    )


def _blocked(by: Sequence[CriterionResult]) -> Verdict:
    titles = " and ".join(f'"{result.title}"' for result in by)
    return Verdict("not_applicable", f"This is looked at once {titles} is repaired.")


def _listed(paths: Iterable[str]) -> str:
    return ", ".join(f"`{path}`" for path in paths)


def _similar(expected: Iterable[Expected]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(Span(path, 1), "context", f"expected: {one.pattern}") for one in expected for path in one.similar
    )


def _critical_notes(lost: Iterable[CriterionResult]) -> Iterable[Diagnostic]:
    for result in lost:
        yield Diagnostic("warning", CRITICAL, critical_note(result.title), "")


def _sorted(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    def key(one: Diagnostic) -> tuple[object, ...]:
        place = (one.span.line, one.span.column) if one.span else (0, 0)
        return (one.path, *place, _SEVERITIES.index(one.severity), one.code, one.message)

    return tuple(sorted(dict.fromkeys(diagnostics), key=key))


def _sources(
    submission: Submission, results: Iterable[CriterionResult], diagnostics: Iterable[Diagnostic]
) -> dict[str, tuple[str, ...]]:
    """The lines of every file that something in the report points into."""
    spans = [span for result in results for span in _spans(result)]
    spans += [one.span for one in diagnostics if one.span]
    sources = {}
    for path in sorted({span.path for span in spans}):
        source = submission.read(path)
        if source is not None:
            sources[path] = source.lines
    return sources


def _spans(result: CriterionResult) -> Iterable[Span]:
    yield from (item.span for item in result.evidence)
    yield from (hop.span for hop in result.path_trace if hop.span)
