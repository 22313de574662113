"""What a run reaches, and an answer about runs."""

from __future__ import annotations

from collections.abc import Iterable

from gradeline.facts.readings import Reading
from gradeline.facts.runs import Place
from gradeline.facts.shell_records import Frame, Invocation
from gradeline.facts.shell_state import shown
from gradeline.model.pipeline import Step, Unit
from gradeline.records import record
from gradeline.result import Evidence, Hop, Status, Verdict
from gradeline.source import Span


@record
class Activity:
    """A command or action that some run reaches, with what it really does.

    ``text`` is the command after expansion, ``trail`` the wrappers that lead to it.  ``places`` lists
    every matrix leg that runs it; ``keys`` are the names of its occurrences for experiments.
    """

    keys: tuple[str, ...]
    unit: Unit
    step: Step
    text: str
    span: Span
    trail: tuple[Frame, ...]
    readings: tuple[Reading, ...]
    invocation: Invocation | None
    opaque: str
    places: tuple[Place, ...]
    scenarios: tuple[str, ...]  # ids of the scenarios in which at least one world reaches it

    def readings_of(self, classes: Iterable[str]) -> tuple[Reading, ...]:
        wanted = set(classes)
        return tuple(reading for reading in self.readings if wanted & reading.classes)

    def proof(self, text: str = "") -> tuple[Evidence, ...]:
        """Where it is written and how it is reached."""
        said = text or f"runs `{self.text}`"
        if not self.trail:
            return (Evidence(self.span, "proof", said),)
        start = Evidence(self.trail[0].span, "proof", f"`{shown(self.trail[0].text)}` leads to `{self.text}`")
        return (start, Evidence(self.span, "proof", said))


@record
class Judgement:
    """The answer to a question about runs.  ``holds`` None means that the files do not tell."""

    holds: bool | None
    reason: str = ""
    evidence: tuple[Evidence, ...] = ()
    path: tuple[Hop, ...] = ()

    def verdict(self) -> Verdict:
        """The answer as a verdict; the reason becomes a sentence."""
        status: Status = "met" if self.holds else ("cannot_tell" if self.holds is None else "unmet")
        return Verdict(status, f"{self.reason[:1].upper()}{self.reason[1:]}.", self.evidence, self.path)
