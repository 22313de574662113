"""Grades a workspace again whenever it is saved, and answers keys in between.

One thread tells about files, one about keys; this loop alone grades and writes.  A file that is half written is
only a submission with an error in it; whatever goes wrong with one grading is told, and the next save is graded.
"""

from __future__ import annotations

import queue
import time
from pathlib import Path
from typing import TYPE_CHECKING

from gradeline.render.closing import in_the_way, worst
from gradeline.source import GradelineError
from gradeline_cli.changes import Watcher
from gradeline_cli.ending import PASSED, exit_code, sentence
from gradeline_cli.grading import graded, note, page, since
from gradeline_cli.hints import Hint, give
from gradeline_cli.keys import listening
from gradeline_cli.output import emit, is_terminal
from gradeline_cli.parts import App
from gradeline_cli.telling import tell

if TYPE_CHECKING:
    from gradeline.exercise import Exercise
    from gradeline.render.since import Since
    from gradeline.result import Report

SETTLE = 0.15  # seconds without a change before grading: editors write a file in several steps

_CLEAR = "\x1b[2J\x1b[H"


class Watch:
    """One session.  ``run`` ends with the exit code of the last grading."""

    def __init__(self, app: App, exercise: Exercise, folder: Path) -> None:
        self.app = app
        self.exercise = exercise
        self.folder = folder
        self.words = app.words()
        self.report: Report | None = None
        self.change: Since | None = None
        self.shown = ""  # the criterion that is explained on the screen
        self.events: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()

    def run(self, poll: bool) -> int:
        watcher = Watcher(
            self.folder,
            changed=lambda: self.events.put(("changed", "")),
            polling=lambda why, name: self.events.put((f"polling-{why}", name)),
        )
        with listening(lambda letter: self.events.put(("key", letter)), self.app.is_plain()) as how:
            self.keys = {"keys": "watch.keys", "lines": "watch.keys_line", "none": "watch.no_keys"}[how]
            tell(self.app, self.words("watch.begin", folder=self.folder))
            watcher.start(poll)
            try:
                self._grade()
                while self._handle(*self.events.get()):
                    pass
            finally:
                watcher.stop()
        tell(self.app, self.words("watch.bye"))
        return exit_code(self.report) if self.report is not None else PASSED

    def _handle(self, kind: str, detail: str) -> bool:
        """Answer one event; False ends the session."""
        if kind == "changed":
            self._settle()
            self._grade()
        elif kind.startswith("polling-"):
            why = self.words(f"watch.why.{kind.removeprefix('polling-')}", name=detail)
            tell(self.app, self.words("watch.polling", why=why))
        elif detail == "q":
            return False
        elif detail == "h":
            self._hint()
        elif detail == "g":
            self._graph()
        elif detail == "n":
            self._next()
        elif detail == "r":
            self._grade()
        return True

    def _settle(self) -> None:
        """Wait until nothing changes any more; keys pressed meanwhile are answered afterwards."""
        kept: list[tuple[str, str]] = []
        end = time.monotonic() + SETTLE
        last = time.monotonic() + 10 * SETTLE  # a file that never rests is graded all the same
        while (left := min(end, last) - time.monotonic()) > 0:
            try:
                event = self.events.get(timeout=left)
            except queue.Empty:
                break
            if event[0] == "changed":
                end = time.monotonic() + SETTLE
            else:
                kept.append(event)
        for event in kept:
            self.events.put(event)

    # --- what is shown -----------------------------------------------------------------------------

    def _grade(self) -> None:
        try:
            if not self.folder.is_dir():
                self._problem(self.words("watch.gone", folder=self.folder))
                return
            report = graded(self.app, self.exercise, self.folder)
        except (GradelineError, OSError) as error:
            self._problem(sentence(error, self.words))
            return
        except Exception as error:
            if self.app.debug:
                raise
            self._clear()
            tell(self.app, self.words("watch.bug", name=type(error).__name__, id=self.exercise.id), self._foot())
            return
        self.report, self.change = report, since(self.app, self.exercise, self.folder, report)
        self.shown = self._first(report, self.change)
        self._show()
        note(self.app, self.exercise.id, self.folder, report)

    def _first(self, report: Report, change: Since) -> str:
        """The criterion to explain: what was just lost, else the next step; none while a file is damaged."""
        if in_the_way(report):
            return ""
        if change.lost:
            return change.lost[0].id
        first = worst(report)
        return first.id if first is not None else next(iter(self._open()), "")

    def _show(self) -> None:
        assert self.report is not None
        assert self.change is not None
        self._clear()
        emit(page(self.app, self.report, self.change, True, self.shown))
        tell(self.app, "", f"{self.words('watch.graded', time=time.strftime('%H:%M:%S'))} {self._foot()}")

    def _problem(self, text: str) -> None:
        self._clear()
        tell(self.app, self.words("watch.problem", text=text), self._foot())

    def _hint(self) -> None:
        if self.report is None:
            return
        rubric = self.app.course().rubric(self.exercise.id)
        given = give(self.app, self.exercise.id, self.folder, self.report, rubric, self.shown or None)
        tell(self.app, "", given.text(self.words) if isinstance(given, Hint) else self.words.say(given))
        tell(self.app, "", self._foot())

    def _graph(self) -> None:
        from gradeline_cli.commands.graph import picture

        try:
            drawn = picture(self.app, self.exercise.id, self.folder)
        except (GradelineError, OSError) as error:
            tell(self.app, sentence(error, self.words))
            return
        self._clear()
        if drawn:
            emit(drawn)
        else:
            tell(self.app, self.words("watch.no_graph"))
        tell(self.app, "", self._foot())

    def _next(self) -> None:
        """Explain the next criterion that is open; when none is, tell which exercise comes next."""
        ids = self._open()
        if self.report is None or not ids:
            from gradeline_cli.commands.next import tell_next

            tell(self.app, "")
            tell_next(self.app)
            tell(self.app, "", self._foot())
            return
        at = ids.index(self.shown) if self.shown in ids else -1
        self.shown = ids[(at + 1) % len(ids)]
        self._show()

    def _open(self) -> list[str]:
        if self.report is None:
            return []
        return [one.id for one in self.report.criteria if one.status in ("unmet", "partial", "cannot_tell", "error")]

    def _foot(self) -> str:
        return self.words(self.keys)

    def _clear(self) -> None:
        """A new page on a terminal; with a screen reader or in a pipe, an empty line."""
        emit(_CLEAR if is_terminal() and not self.app.is_plain() else "\n")
