"""The course proves itself: the starter fails, right answers get everything, wrong ones what they say.

Everything is graded the way a learner's submission is, so a broken check, rubric or exercise shows
here before a learner sees it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from gradeline.authoring.files import dead_links, misplaced_solutions, stray_files, text_files
from gradeline.authoring.leaks import answer_lines, comments, leaks, normalised
from gradeline.course import Course, read_document
from gradeline.course_schema import parameter_problems, problems
from gradeline.exercise import FOLDER, Exercise
from gradeline.grade import Engine, Submission, grade
from gradeline.records import record
from gradeline.result import Report
from gradeline.rubric import Rubric, mapping, rules_in, text
from gradeline.score import shown
from gradeline.source import GradelineError
from gradeline.words import Phrase, phrase, told

WRONG_ANSWERS = 8  # at least
OTHER_WAYS = 2  # right answers beside the exemplar, at least


Said = str | Phrase  # a name or what somebody else says, or a text of ours


class OpenSubmission(Protocol):
    """Reads a folder over a kit; kit files answer for what was not handed in, except ``submit``.  Files of ``base``
    stand in for those that the folder does not have."""

    def __call__(self, path: Path, *, kit: Path, submit: Sequence[str], base: Path | None = None) -> Submission: ...


@record
class Finding:
    """One thing that was looked at.  It holds when there are no ``problems``."""

    subject: Said
    detail: Said = ""
    problems: tuple[Said, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems


@record
class Answers:
    """The solutions of one exercise: names to folders."""

    right: Mapping[str, Path]
    wrong: Mapping[str, Path]


def verify_course(course: Course) -> Finding:
    """That exercises, rubrics and solutions belong together and have an order."""
    found: list[Said] = []
    try:
        course.exercises()
    except GradelineError as error:
        found.append(told(error))
    exercises, rubrics = course.root / "exercises", sorted((course.root / "rubrics").glob("*.yaml"))
    names = {folder.name for folder in course.folders.values()}
    found += [
        phrase("proof.no_exercise", path=f"rubrics/{one.name}") for one in rubrics if one.stem not in course.folders
    ]
    found += [phrase("proof.name", path=f"exercises/{one.name}") for one in _folders(exercises)
              if not FOLDER.match(one.name)]  # fmt: skip
    found += [phrase("proof.no_exercise", path=f"solutions/{one.name}") for one in _folders(course.solutions)
              if one.name not in names]  # fmt: skip
    return Finding(phrase("proof.course"), phrase("proof.exercises", number=len(course.folders)), tuple(found))


def verify(
    course: Course,
    exercise_id: str,
    engine: Engine,
    open_submission: OpenSubmission,
    *,
    raise_bugs: bool = False,
) -> Iterator[Finding]:
    """Every finding about one exercise, as soon as it is known; ``raise_bugs`` as in ``grade``."""
    try:
        exercise, rubric = course.exercise(exercise_id), course.rubric(exercise_id)
    except GradelineError as error:
        yield Finding(phrase("proof.documents"), "", (told(error),))
        return
    document = course.rubric_document(exercise_id)
    yield Finding("exercise.yaml", exercise.title, problems("exercise", course.exercise_document(exercise_id)))
    yield Finding(
        phrase("proof.rubric"),
        phrase("proof.criteria", number=len(rubric.criteria), version=rubric.version),
        (*problems("rubric", document), *_check_problems(rubric, engine)),
    )
    yield Finding(phrase("proof.brief"), exercise.brief.name, _brief_problems(exercise))
    yield Finding(phrase("proof.files"), "", (*stray_files(exercise.starter), *misplaced_solutions(exercise.folder)))
    answers = find_answers(course.solutions / exercise.name)
    yield _counts(answers)

    def run(folder: Path, base: Path | None = None) -> tuple[Submission, Report]:
        submission = open_submission(folder, kit=exercise.starter, submit=exercise.submit, base=base)
        report = grade(submission, exercise, rubric, engine, submission_id=folder.name, raise_bugs=raise_bugs)
        return submission, report

    given = set(answer_lines(text_files(exercise.starter).values()))
    given |= {normalised(path) for path in text_files(exercise.starter)}  # a file name is no answer
    solved = [content for folder in answers.right.values() for content in text_files(folder).values()]
    lines = answer_lines(solved, given)
    yield Finding(phrase("proof.texts"), phrase("proof.no_line"), tuple(leaks(lines, _texts(exercise, rubric))))
    yield _graded("starter", exercise.starter, run, lines, _must_fail)
    for name, folder in answers.right.items():
        yield _graded(name, folder, run, (), _must_be_full)
    for name, folder in answers.wrong.items():
        yield _wrong(name, folder, answers.right, rubric, run, lines)


def find_answers(folder: Path) -> Answers:
    """The right and wrong answers in ``solutions/<exercise>``; none when it is not there."""
    right = {one.name: one for one in _folders(folder) if one.name == "exemplar" or one.name.startswith("exemplar-")}
    return Answers(right, {f"wrong/{path.name}": path for path in _folders(folder / "wrong")})


class _Run(Protocol):
    def __call__(self, folder: Path, base: Path | None = None) -> tuple[Submission, Report]: ...


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def _graded(
    name: str,
    folder: Path,
    run: _Run,
    lines: Sequence[str],
    judge: Callable[[Report], tuple[Said, tuple[Said, ...]]],
    base: Path | None = None,
) -> Finding:
    try:
        submission, report = run(folder, base)
    except (GradelineError, OSError) as error:
        why = told(error) if isinstance(error, GradelineError) else str(error)
        return Finding(name, "", (phrase("proof.not_gradable", why=why),))
    detail, found = judge(report)
    return Finding(name, detail, (*found, *_failures(report), *_message_leaks(submission, report, lines)))


def _must_fail(report: Report) -> tuple[Said, tuple[Said, ...]]:
    detail = phrase("proof.mark", score=shown(report.score), mark=shown(report.pass_mark))
    return detail, (phrase("proof.passes"),) if report.score >= report.pass_mark else ()


def _must_be_full(report: Report) -> tuple[Said, tuple[Said, ...]]:
    return shown(report.score), tuple(
        phrase("proof.is", criterion=result.id, status=result.status, message=result.message)
        for result in report.criteria
        if result.status != "met"
    )


def _wrong(
    name: str, folder: Path, right: Mapping[str, Path], rubric: Rubric, run: _Run, lines: Sequence[str]
) -> Finding:
    shown_name = f"solutions/.../{name}/expect.yaml"
    try:
        document = read_document(folder / "expect.yaml", shown_name)
        found: list[Said] = list(problems("expect", document))
        declared = {key: text(document, ("loses", key)) for key in mapping(document, ("loses",))}
        base = text(document, ("base",))
    except GradelineError as error:
        return Finding(name, "", (told(error),))
    found += [
        phrase("proof.no_criterion", file=shown_name, criterion=key)
        for key in declared
        if rubric.criterion(key) is None
    ]
    if base and base not in right:
        return Finding(name, "", (*found, phrase("proof.no_base", file=shown_name, base=base)))
    repeated = _repeated(folder, right[base]) if base else ()
    found += [phrase("proof.repeated", path=f"{name}/{path}", base=base) for path in repeated]

    def judge(report: Report) -> tuple[Said, tuple[Said, ...]]:
        lost = {result.id: result for result in report.criteria if result.status != "met"}
        different = [
            phrase("proof.not_lost", criterion=key, status=declared[key]) for key in declared if key not in lost
        ]
        for key, result in lost.items():
            if key not in declared:
                different.append(phrase("proof.also", criterion=key, status=result.status, message=result.message))
            elif result.status != declared[key]:
                different.append(
                    phrase("proof.other", criterion=key, status=result.status, declared=declared[key],
                           message=result.message)
                )  # fmt: skip
        names = ", ".join(lost) or phrase("proof.nothing")
        return phrase("proof.loses", score=shown(report.score), names=names), tuple(different)

    graded = _graded(name, folder, run, lines, judge, right[base] if base else None)
    return Finding(name, graded.detail, (*found, *graded.problems))


def _repeated(folder: Path, base: Path) -> list[str]:
    """Files of a wrong answer that its base has already."""
    known = text_files(base)
    return [path for path, content in text_files(folder).items() if known.get(path) == content]


def _failures(report: Report) -> Iterator[str]:
    for diagnostic in report.diagnostics:
        if diagnostic.code == "grader-error":
            yield diagnostic.message


def _message_leaks(submission: Submission, report: Report, lines: Sequence[str]) -> Iterator[Phrase]:
    """Messages may quote what the submission itself says, but nothing else of an answer."""
    if not lines:
        return
    sources = [source.text for path in submission.paths if (source := submission.read(path)) is not None]
    own = normalised(" ".join(sources))
    texts: dict[Said, str] = {
        phrase("proof.message_of", criterion=result.id): " ".join(
            [result.message, *(item.text for item in result.evidence)]
        )
        for result in report.criteria
        if result.status != "met"  # what is met may be said back, also after expansion
    }
    yield from leaks((line for line in lines if line not in own), texts)


def _check_problems(rubric: Rubric, engine: Engine) -> Iterator[Said]:
    known = engine.checks()
    for criterion in rubric.criteria:
        for use in (*rules_in(criterion.rule), *rules_in(criterion.half)):
            if use.id not in known:
                yield phrase("proof.no_check", criterion=criterion.id, check=use.id)
                continue
            for problem in parameter_problems(use.params, known[use.id].schema):
                yield f"{criterion.id}: {use.id}: {problem}"


def _brief_problems(exercise: Exercise) -> tuple[Phrase, ...]:
    if not exercise.brief.is_file():
        return (phrase("proof.missing", file=exercise.brief.name),)
    return tuple(problem for brief in _briefs(exercise) for problem in dead_links(brief))


def _briefs(exercise: Exercise) -> list[Path]:
    """The brief and its translations: ``README.de.md`` is the German one."""
    return [exercise.brief, *sorted(exercise.folder.glob("README.??.md"))]


def _counts(answers: Answers) -> Finding:
    found: list[Phrase] = []
    if "exemplar" not in answers.right:
        found.append(phrase("proof.no_exemplar"))
    others = len(answers.right) - ("exemplar" in answers.right)
    if others < OTHER_WAYS:
        found.append(phrase("proof.few_right", number=others, least=OTHER_WAYS))
    if len(answers.wrong) < WRONG_ANSWERS:
        found.append(phrase("proof.few_wrong", number=len(answers.wrong), least=WRONG_ANSWERS))
    found += _copies({**answers.right, **answers.wrong})
    counts = phrase("proof.counts", right=len(answers.right), wrong=len(answers.wrong))
    return Finding(phrase("proof.solutions"), counts, tuple(found))


def _copies(answers: Mapping[str, Path]) -> Iterator[Phrase]:
    """A sentence for each answer that is another one again; it proves nothing new."""
    first: dict[tuple[tuple[str, str], ...], str] = {}
    for name, folder in answers.items():
        content = tuple(item for item in text_files(folder).items() if item[0] != "expect.yaml")
        other = first.setdefault(content, name)
        if other != name:
            yield phrase("proof.copy", name=name, other=other)


def _texts(exercise: Exercise, rubric: Rubric) -> dict[Said, str]:
    texts: dict[Said, str] = {
        _called(brief, exercise): brief.read_text(encoding="utf-8") for brief in _briefs(exercise) if brief.is_file()
    }
    texts[phrase("proof.summary")] = f"{exercise.title}\n{exercise.summary}"
    for path, content in text_files(exercise.starter).items():
        texts[phrase("proof.comment", path=path)] = comments(content)
    for criterion in rubric.criteria:
        texts[phrase("proof.title_of", criterion=criterion.id)] = criterion.title
        texts[phrase("proof.why_of", criterion=criterion.id)] = criterion.why
        for number, hint in enumerate(criterion.hints, start=1):
            texts[phrase("proof.hint_of", number=number, criterion=criterion.id)] = hint
    return texts


def _called(brief: Path, exercise: Exercise) -> Phrase:
    return phrase("proof.the_brief") if brief == exercise.brief else phrase("proof.the_brief_in", file=brief.name)
