"""The right answers of an exercise, where they are at hand, and who may see them."""

from __future__ import annotations

from pathlib import Path

from gradeline.course import Course
from gradeline.exercise import Exercise
from gradeline_cli.parts import App

_LIMIT = 256 * 1024  # bytes of one file


def shapes(course: Course, exercise: Exercise) -> dict[str, list[tuple[str, str]]]:
    """The right answers by name, each as its files (path, text); empty where there are no solutions."""
    root = course.solutions / exercise.name
    if not root.is_dir():
        return {}
    found: dict[str, list[tuple[str, str]]] = {}
    for folder in sorted(root.glob("exemplar*")):
        if folder.is_dir():
            found[folder.name] = [
                (path.relative_to(folder).as_posix(), path.read_bytes()[:_LIMIT].decode("utf-8", "replace"))
                for path in sorted(folder.rglob("*"))
                if path.is_file()
            ]
    return found


def has_passed(app: App, exercise: Exercise, path: Path | None) -> bool:
    """Whether the learner has passed the exercise once, or passes it with what is in the workspace now."""
    from gradeline_cli.grading import find_work, graded
    from gradeline_cli.workspace import WorkspaceError

    if path is None and any(one.passed_at for one in app.progress().all() if one.exercise == exercise.id):
        return True
    try:
        _, folder = find_work(app, exercise.id, path)
    except WorkspaceError:
        return False
    return graded(app, exercise, folder).passed
