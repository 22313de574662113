"""Shell scripts (POSIX sh and bash) to a tree of plain data.

Nothing is executed and nothing is looked up by keyword: the text is read with the grammar of the
shell, so that a command in a comment, in quotes or in a here-document is never taken for a command.
``${{ ... }}`` of the platform is one indivisible part of a word, whatever is written inside it.
"""

from __future__ import annotations

from functools import lru_cache

from gradeline.syntax.expressions import find
from gradeline.syntax.shell_compound import ScriptReader
from gradeline.syntax.shell_nodes import Broken, Item, Problem, Script, Sequence
from gradeline.syntax.shell_text import Holes, Notes

MAX_TEXT = 256 * 1024
MAX_PROBLEMS = 100


@lru_cache(maxsize=512)  # the same text is read for what it mentions, simulated, and asked about by checks
def parse(text: str) -> Script:
    """The tree of a script, read once however often it is asked for.

    Never raises: what cannot be understood is a ``Broken`` node and a ``Problem``.  Offsets count
    characters of ``text``; a text above ``MAX_TEXT`` is not read at all.

    ``time`` is dropped, as it changes neither what runs nor its status; ``coproc`` is its command in the
    background; ``select`` is a ``For``; ``|&`` is ``|``.
    """
    if len(text) > MAX_TEXT:
        return _unread(text, f"A script of more than {MAX_TEXT // 1024} KiB is not read.")
    occurrences = find(text)
    holes = Holes(tuple((hole.start, hole.end, number) for number, hole in enumerate(occurrences) if hole.closed))
    notes = Notes()
    try:
        body = ScriptReader(text, holes, _same, notes).program()
    except RecursionError:  # the caller itself was deep down: the bound on nesting does not count its frames
        return _unread(text, "This is nested too deeply to be understood.")
    problems = sorted(notes.problems, key=lambda problem: (problem.start, problem.end))
    return Script(body, tuple(problems[:MAX_PROBLEMS]))


def _same(offset: int) -> int:
    return offset


def _unread(text: str, message: str) -> Script:
    end = len(text)
    body = Sequence((Item(Broken(text, 0, end)),), 0, end)
    return Script(body, (Problem(message, 0, end),))
