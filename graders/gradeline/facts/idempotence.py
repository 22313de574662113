"""Whether a run can be done again: what it is keyed by, and what makes the second time another one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from gradeline.facts.case import PipelineFacts
from gradeline.facts.script_shape import tree, walk_deep
from gradeline.model.expression import Name
from gradeline.model.pipeline import Rerun
from gradeline.model.text import Places, Text
from gradeline.syntax import shell_nodes as sh

_INSERT = re.compile(r"\bINSERT\s{1,20}INTO\b", re.IGNORECASE)
_UPSERT = ("ON CONFLICT", "ON DUPLICATE KEY", "MERGE INTO", "OVERWRITE", "WHERE NOT EXISTS")


def reruns(facts: PipelineFacts) -> Iterator[Rerun]:
    """Everything of the kind: what the reader saw, and what the scripts say."""
    yield from facts.pipeline.reruns
    for unit in facts.pipeline.units:
        if unit.aside:
            continue
        for step in unit.walk():
            for text in (step.script, *(variable.value for variable in step.env), *step.inputs.values()):
                if text is None:
                    continue
                named = next((node for node in text.expressions() if isinstance(node, Name)), None)
                if named is not None:
                    yield Rerun("keyed", text.span, f"`{'.'.join(named.path[1:])}` says which run it is")
            if step.script is not None and step.shell is not None and step.shell.program in ("bash", "sh"):
                yield from _script(step.script)


def _script(script: Text) -> Iterator[Rerun]:
    places = Places(script)

    def rerun(kind: Literal["clock", "adds"], node: sh.Simple, sentence: str) -> Rerun:
        return Rerun(kind, places.at(node.start, node.end), sentence)

    for node in walk_deep(tree(script.raw)):
        if not isinstance(node, sh.Simple):
            continue
        words = ["".join(part.text for part in word.parts if isinstance(part, sh.Piece)) for word in node.words]
        if words and words[0] == "date" and any(word.startswith("+") for word in words[1:]):
            yield rerun("clock", node, "the name is made of the clock")
        if any(redirect.operator == ">>" for redirect in node.redirects):
            yield rerun("adds", node, "it adds to what an earlier run left there")
        if any(_INSERT.search(word) and not any(key in word.upper() for key in _UPSERT) for word in words):
            yield rerun("adds", node, "rows are inserted without a key that finds the old ones")
