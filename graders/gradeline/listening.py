"""Grading and looking at what was read meanwhile: for commands that also draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradeline.facts.case import Case
    from gradeline.grade import CheckInfo, Engine, Reading, Submission
    from gradeline.result import Verdict


class Listening:
    """An engine that keeps what it read, so that the same case is graded and drawn."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.reading: Reading | None = None

    def read(self, submission: Submission, kit: Mapping[str, object], programs: Mapping[str, Sequence[str]]) -> Reading:
        self.reading = self._engine.read(submission, kit, programs)
        return self.reading

    def run(self, check_id: str, case: object, params: Mapping[str, object]) -> Verdict:
        return self._engine.run(check_id, case, params)

    def checks(self) -> Mapping[str, CheckInfo]:
        return self._engine.checks()


def case_of(engine: Listening) -> Case | None:
    """What was read; None when there was nothing to read."""
    return case_in(engine.reading) if engine.reading is not None else None


def case_in(reading: Reading) -> Case | None:
    from gradeline.facts.case import Case

    return reading.case if isinstance(reading.case, Case) else None
