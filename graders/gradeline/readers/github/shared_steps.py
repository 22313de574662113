"""The workflows of the repository that others call, with what a call has to hand over.

GitHub Docs, "Reuse workflows" and "Workflow syntax", on.workflow_call: an input needs a type, a call with another
name, another type or without a required value is refused before anything runs, and a workflow of the same repository
(``./``) is that of the caller's commit.
"""

from __future__ import annotations

from collections.abc import Callable

from gradeline.model.shared import SharedStep
from gradeline.readers.github.reading import Exhausted, Reading
from gradeline.readers.github.triggers import Starts, read_triggers
from gradeline.readers.texts import plain
from gradeline.source import SourceFile, Span


def read_shared_workflows(paths: tuple[str, ...], read: Callable[[str], SourceFile | None]) -> tuple[SharedStep, ...]:
    """Every workflow among ``paths`` that can be called, in their order."""
    found: list[SharedStep] = []
    for path in paths:
        reading = Reading(path, read)  # what is wrong there is told where the workflow is called
        root = reading.document(path)
        if root is None:
            continue
        try:
            starts = read_triggers(reading, root)
        except Exhausted:
            continue
        if not starts.callable:
            continue
        name = plain(root.get("name"))
        title = name.raw.strip() if name is not None and name.raw.strip() else path
        place = next((trigger.span for trigger in starts.triggers if trigger.event == "workflow_call"), Span(path, 1))
        names = tuple(item.name for item in starts.call_inputs.values())
        found.append(SharedStep(path, title, place, names, _refuses(starts), kept=True))
    return tuple(found)


def _refuses(starts: Starts) -> Span | None:
    """The first input that lets the platform refuse a call: it has a type, which each of them needs."""
    inputs = tuple(starts.call_inputs.values())
    return inputs[0].span if inputs and all(item.kind for item in inputs) else None
