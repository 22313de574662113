"""A script that is one plain command needs no shell: most steps of most pipelines are such a line.

Plain means literal words, so that nothing is expanded, assigned, redirected or asked.  What is recorded is what
``shell_machine`` would record; everything else is its work.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from gradeline.facts.kept import Exported
from gradeline.facts.shell_builtins import BUILTINS
from gradeline.facts.shell_records import Invocation, ScriptRun, Setting, parse
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.text import Text
from gradeline.records import record
from gradeline.syntax.shell_nodes import Piece, Simple

_EXPANDED = frozenset("{*?[")


@record
class _Line:
    """``start`` is where the command begins in the text, ``first`` and ``last`` are the ends of its words."""

    words: tuple[str, ...]
    start: int
    first: int
    last: int


def plain_run(text: Text, setting: Setting, prefix: str) -> ScriptRun | None:
    """What the script does, or None when it takes a shell to tell."""
    if setting.assumed is not None or setting.trace is not None or setting.reports:
        return None
    line = _line(text.raw)
    if line is None or any(name in text.raw for name in setting.channels):
        return None
    environment = setting.exported or exported(setting.variables)
    if setting.follow(line.words, environment, setting.directory) is not None:
        return None
    if line.words[0] in setting.wrapped or (
        setting.endings is not None and setting.endings(line.words, environment)
    ):
        return None  # its status tells something, or something stands around it
    key = f"{prefix}:{line.start}:{' '.join(line.words)}"
    status = 1 if setting.fails(key) else 0
    made = Invocation(
        key,
        line.words,
        environment.items_in_order,
        setting.directory,
        text.at(line.first, line.last),
        (),
        status,
        False,
    )
    return ScriptRun(status, (made,), (), False, 1)


def exported(variables: Mapping[str, str]) -> Exported:
    """The variables as a command finds them: those that are not wholly known are None."""
    return Exported({name: None if HIDDEN in value else value for name, value in sorted(variables.items())})


@lru_cache(maxsize=1024)  # submissions have many lines in common
def _line(raw: str) -> _Line | None:
    """The command of a script that is one plain command."""
    items = parse(raw).body.items
    node = items[0].node if len(items) == 1 and not items[0].background else None
    if not isinstance(node, Simple) or node.assignments or node.redirects or not node.words or HIDDEN in raw:
        return None
    words: list[str] = []
    for word in node.words:
        if not word.parts:
            return None
        for part in word.parts:
            if not isinstance(part, Piece) or not (part.quoted or _EXPANDED.isdisjoint(part.text)):
                return None
        words.append("".join([part.text for part in word.parts if isinstance(part, Piece)]))
    if words[0] in BUILTINS:
        return None
    return _Line(tuple(words), node.start, node.words[0].start, node.words[-1].end)
