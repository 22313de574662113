"""The values that a stage takes from parameter files, and those that stand in its command instead.

DVC documentation, "dvc.yaml" (params: a key, a section with all that is in it, or a whole file) and "Templating"
(a value that is put into a command changes the command, and a changed command is run again).
"""

from __future__ import annotations

from typing import Literal

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.step_memory import stage_of
from gradeline.model.data import Parameter, Stage
from gradeline.model.expression import Value
from gradeline.records import record
from gradeline.source import Span

Found = Literal["file", "missing", "literal", "nothing"]


@record
class Taken:
    """Where a value comes from: a parameter ``file``; a key that the file does not have (``missing``); a ``literal``
    in the command; or from ``nothing`` that can be seen."""

    how: Found
    name: str
    span: Span
    value: Value | tuple[Value, ...] = None


def taken(facts: PipelineFacts, item: Activity, names: tuple[str, ...]) -> Taken:
    """How the stage that does this work gets a value that goes by any of the names."""
    stage = stage_of(facts, item.unit)
    if stage is None:
        return Taken("nothing", names[0], item.span)
    wanted = {_plain(name) for name in names}
    filled = next((one for one in stage.filled if _plain(_last(one.key)) in wanted), None)
    option = _literal(item, wanted)
    if option is not None and filled is None:
        return Taken("literal", option, item.span)
    if filled is not None:
        return Taken("file" if filled.defined else "literal", filled.key, filled.span, filled.value)
    for one in stage.parameters:
        found = _inside(facts, one, wanted)
        if found is not None:
            return found
    lost = next((one for one in stage.parameters if _plain(_last(one.key)) in wanted), None)
    return Taken("missing", lost.key, lost.span) if lost is not None else Taken("nothing", names[0], stage.span)


def _inside(facts: PipelineFacts, one: Parameter, wanted: set[str]) -> Taken | None:
    """The value among what a parameter stands for: itself, a section, or a whole file."""
    values = facts.project.data.values.get(one.file, {})
    for key, value in values.items():
        if one.key and key != one.key and not key.startswith(f"{one.key}."):
            continue
        if _plain(_last(key)) in wanted:
            return Taken("file", key, one.place or one.span, value)
    return None


def _last(key: str) -> str:
    return key.rpartition(".")[2]


def _plain(name: str) -> str:
    return name.replace("-", "_").casefold()


def _literal(item: Activity, wanted: set[str]) -> str | None:
    """An option of the command that gives the value: ``--seed 7`` or ``--seed=7``."""
    words = item.invocation.words if item.invocation is not None else ()
    for place, word in enumerate(words):
        if not word.startswith("--"):
            continue
        name, equals, value = word[2:].partition("=")
        if _plain(name) in wanted and (equals or place + 1 < len(words)):
            return f"--{name} {value or words[place + 1]}"
    return None


def listed_stages(facts: PipelineFacts) -> tuple[Stage, ...]:
    """The stages of a data pipeline in the order of its file."""
    return tuple(stage for unit in facts.pipeline.units if (stage := stage_of(facts, unit)) is not None)
