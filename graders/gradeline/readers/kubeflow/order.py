"""What waits for what, when tasks stand in blocks and nested pipelines.

The SDK compiles each of them into a graph of its own, which is one task of the graph around it (``kfp.compiler``,
``compiler_utils.get_dependencies``).  Such a graph starts when everything is there that anything in it needs, and
what needs something of it waits for all of it.
"""

from __future__ import annotations

from gradeline.readers.kubeflow.nodes import Use
from gradeline.readers.reading import Reading
from gradeline.source import Span


def settle(reading: Reading, uses: list[Use]) -> None:
    """Add to each task what it waits for because of what stands around it, and around that."""
    members: dict[int, list[Use]] = {}
    for use in uses:
        for scope in use.scopes:
            members.setdefault(id(scope), []).append(use)
    for use in uses:
        for other, span in tuple(use.before):
            shared = 0
            while shared < min(len(use.scopes), len(other.scopes)) and use.scopes[shared] is other.scopes[shared]:
                shared += 1
            mine = members[id(use.scopes[shared])] if len(use.scopes) > shared else [use]
            theirs = members[id(other.scopes[shared])] if len(other.scopes) > shared else [other]
            _wait(reading, mine, theirs, span)


def _wait(reading: Reading, mine: list[Use], theirs: list[Use], span: Span) -> None:
    for use in mine:
        known = {id(other) for other, _ in use.before}
        for other in theirs:
            if id(other) not in known and other is not use:
                reading.spend()
                use.before.append((other, span))
