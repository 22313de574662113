"""Which workspace a document belongs to, and its grading with the texts that are not saved yet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gradeline.exercise import Exercise
from gradeline.grade import grade
from gradeline.intake.memory import open_edited
from gradeline.intake.names import matches
from gradeline.records import record
from gradeline.result import Report
from gradeline.rubric import Rubric
from gradeline_cli.changes import interesting
from gradeline_cli.editor.findings import Finding, findings
from gradeline_cli.hints import Hint, give
from gradeline_cli.parts import App
from gradeline_cli.workspace import MARKER, authoring_root, marked


@record
class Judged:
    """One grading of a workspace, as its editor shows it."""

    exercise: Exercise
    rubric: Rubric
    report: Report
    findings: tuple[Finding, ...]


class Desk:
    """Knows the workspaces; ``exercise`` is what a folder without a marker is graded for."""

    def __init__(self, app: App, exercise: str | None = None) -> None:
        self.app = app
        self.exercise = exercise
        self.words = app.words()

    def workspace(self, file: Path, roots: tuple[Path, ...]) -> Path | None:
        """The folder that ``file`` is graded with: the started workspace around it, else the editor's folder when
        an exercise was named.  None inside the repository Gradeline is written in, and for files of tools."""
        around = next((folder for folder in file.parents if (folder / MARKER).is_file()), None)
        if around is None and self.exercise is not None:
            around = next((root for root in roots if root in file.parents), None)
        if around is None or authoring_root(around) is not None:
            return None
        if self._exercise_of(around) is None or not interesting(file.relative_to(around).as_posix()):
            return None
        return around

    def judge(self, folder: Path, unsaved: Mapping[str, str]) -> Judged | None:
        """The grading of ``folder`` with ``unsaved`` texts (relative path to text) in place of the saved ones."""
        name = self._exercise_of(folder)
        if name is None:
            return None
        course = self.app.course()
        exercise, rubric = course.exercise(name), course.rubric(name)
        submission = open_edited(folder, unsaved, kit=exercise.starter, submit=exercise.submit)
        report = grade(submission, exercise, rubric, self.app.grader(), submission_id=folder.name)
        handed_in = [path for path in submission.paths if matches(path, exercise.submit)]
        home = next(iter([*handed_in, *sorted(unsaved)]), exercise.submit[0])
        return Judged(exercise, rubric, report, findings(report, rubric, self.words, home))

    def hint(self, folder: Path, judged: Judged, criterion: str) -> str:
        """The next hint for ``criterion``; it is remembered as one that `grade hint` has given."""
        given = give(self.app, judged.exercise.id, folder, judged.report, judged.rubric, criterion)
        return given.text(self.words) if isinstance(given, Hint) else self.words.say(given)

    def pages(self) -> dict[str, str]:
        """The manual pages of all checks."""
        return {name: info.page for name, info in self.app.grader().checks().items()}

    def _exercise_of(self, folder: Path) -> str | None:
        name = marked(folder) or self.exercise
        return self.app.course().resolve(name) if name is not None else None
