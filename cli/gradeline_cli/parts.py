"""The parts every command works with, created when first asked for; tests put in parts of their own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gradeline.records import record

if TYPE_CHECKING:
    from pathlib import Path

    from gradeline.authoring.verify import OpenSubmission
    from gradeline.course import Course
    from gradeline.grade import Engine
    from gradeline.words import Words
    from gradeline_cli.progress import Book


@record(frozen=False)
class App:
    """Options that hold for all commands, and the parts of the grader, created when first asked for."""

    course_root: Path | None = None
    colour: bool = True
    debug: bool = False
    language: str = ""
    plain: bool | None = None
    book: Book | None = None
    engine: Engine | None = None
    open_submission: OpenSubmission | None = None
    _course: Course | None = None

    def words(self) -> Words:
        """The texts in the language that was asked for; raises ``Told`` for one that is not there."""
        from gradeline.words import DEFAULT, load
        from gradeline_cli.output import ascii_only

        language = self.language or os.environ.get("GRADE_LANG", "").strip() or DEFAULT
        return load(language, self.is_plain() or ascii_only())

    def is_plain(self) -> bool:
        """Whether the output is for a screen reader: no drawing, no colour, no columns, ASCII."""
        if self.plain is not None:
            return self.plain
        return os.environ.get("GRADE_PLAIN", "").strip().lower() not in ("", "0", "no", "off")

    def progress(self) -> Book:
        if self.book is None:
            from gradeline_cli.progress import open_book

            self.book = open_book()
        return self.book

    def course(self) -> Course:
        if self._course is None:
            from gradeline.course import find_course, open_course

            self._course = open_course(self.course_root) if self.course_root else find_course()
        return self._course

    def grader(self) -> Engine:
        if self.engine is None:
            from gradeline.engine import RealEngine

            self.engine = RealEngine()
        return self.engine

    def opener(self) -> OpenSubmission:
        if self.open_submission is None:
            from gradeline.intake import open_submission

            self.open_submission = open_submission
        return self.open_submission
