"""One worker process: says that it is ready, reads tasks as JSON lines, answers each with one JSON line.

A task is a submission to grade; with ``show`` in it, what the work itself adds to its result is wanted instead.  It is
warm: each exercise and rubric is read once.  The system kills it when it takes too long or its parent is gone.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from gradeline.course import Course
    from gradeline.exercise import Exercise
    from gradeline.listening import Listening
    from gradeline.result import Report
    from gradeline.rubric import Rubric

FAULTS = "GRADELINE_BATCH_TEST_FAULTS"  # for tests only: JSON, the name of a submission to the way to fail

OUT_OF_MEMORY = 77  # the exit code
MAX_SHOWN = 4 * 1024 * 1024  # characters of a work's lines and drawing


def main(root: str, megabytes: int, seconds: int) -> None:
    """Grade with the course in ``root`` until the tasks end."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints, the answers stay clean
    _limit(megabytes)
    faults = json.loads(os.environ.get(FAULTS, "{}"))
    grader = Grader(Path(root))
    _write(answers, {"ready": True})
    for line in sys.stdin.buffer:
        if hasattr(signal, "alarm"):
            signal.alarm(seconds + 5)  # also when the parent is gone and nobody waits
        task = json.loads(line)
        if task["name"] in faults:
            _fail(faults[task["name"]])
        answer, healthy = grader.answer(task)
        _write(answers, answer)
        if hasattr(signal, "alarm"):
            signal.alarm(0)
        if not healthy:
            return  # memory may be short: the next submission gets a fresh process


class Grader:
    """A course with what was read of it so far."""

    def __init__(self, root: Path) -> None:
        from gradeline import grade, intake  # noqa: F401 - a worker that says it is ready has what it needs
        from gradeline.course import open_course
        from gradeline.engine import RealEngine
        from gradeline.listening import Listening

        self._course: Course = open_course(root)
        self._engine: Listening = Listening(RealEngine())
        self._known: dict[str, tuple[Exercise, Rubric]] = {}

    def answer(self, task: dict[str, str]) -> tuple[dict[str, object], bool]:
        """The answer to one task, and whether this process may take another."""
        from gradeline.intake.names import safe_name
        from gradeline.render.json import as_data
        from gradeline.source import GradelineError

        try:
            report = self._report(task)
            healthy = all(one.status != "error" for one in report.criteria)
            if "show" in task:
                return {"shown": _shown(report, self._engine, task["show"])}, healthy
            return {"result": as_data(report)}, healthy
        except GradelineError as error:
            # Where the work lies is no part of what is wrong with it, and differs from machine to machine.
            said = str(error).replace(safe_name(task["folder"]), safe_name(task["name"]))
            return {"error": "unreadable", "message": said}, True
        except MemoryError:
            return {"error": "memory", "message": ""}, False
        except Exception as error:
            return {"error": "bug", "message": type(error).__name__}, False

    def _report(self, task: dict[str, str]) -> Report:
        from gradeline.grade import grade
        from gradeline.intake import open_submission

        name = task["exercise"]
        if name not in self._known:
            self._known[name] = self._course.exercise(name), self._course.rubric(name)
        exercise, rubric = self._known[name]
        submission = open_submission(
            Path(task["folder"]), kit=exercise.starter, submit=exercise.submit, hard_links="reject"
        )  # fmt: skip
        return grade(submission, exercise, rubric, self._engine, submission_id=task["name"])


def _shown(report: Report, engine: Listening, language: str) -> dict[str, object]:
    """Which work it is, its drawing (SVG) and the lines of the files that the report points into."""
    from gradeline.graph.build import draw
    from gradeline.listening import case_of
    from gradeline.render.graph_svg import render
    from gradeline.words import load

    case = case_of(engine)
    picture = render(draw(case.pipelines, report, "", load(language))) if case is not None and case.pipelines else ""
    room = MAX_SHOWN
    if len(picture) > room:
        picture = ""
    room -= len(picture)
    sources = {}
    for path, lines in report.sources.items():
        size = sum(map(len, lines)) + len(lines)
        if size <= room:
            sources[path] = lines
            room -= size
    return {"digest": report.submission_digest, "picture": picture, "sources": sources}


def _limit(megabytes: int) -> None:
    if sys.platform != "win32":
        import resource

        size, hard = megabytes * 1024 * 1024, resource.getrlimit(resource.RLIMIT_AS)[1]
        if hard != resource.RLIM_INFINITY:
            size = min(size, hard)  # whoever started us may have less to give
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _write(file: BinaryIO, data: object) -> None:
    file.write(json.dumps(data, ensure_ascii=True).encode("ascii") + b"\n")
    file.flush()


def _fail(way: str) -> None:
    if way == "hang":
        signal.pause()
    if way == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    hog = []
    while way == "memory":
        hog.append(bytearray(64 * 1024 * 1024))


if __name__ == "__main__":
    try:
        main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
