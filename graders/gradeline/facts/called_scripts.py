"""The texts that a command of a script runs next: a script of the repository, a task's lines, the text of ``sh -c``.

Read from the shell tree without running it, for questions about values and not about exit statuses.
"""

from __future__ import annotations

from collections.abc import Mapping

from gradeline.facts.commands import Toolbox
from gradeline.model.project import Recipe
from gradeline.model.text import Places, Text
from gradeline.records import record
from gradeline.syntax import shell_nodes as sh

MAX_DEPTH = 6  # of scripts that call scripts
MAX_WRAPPERS = 8
MAX_TEXTS = 40
_SHELLS = ("bash", "sh")


@record
class Called:
    """``arguments`` are the words of the calling command that become ``$1``, ``$2``, ...;
    ``sourced``: it runs in the same shell and sees every variable."""

    text: Text
    arguments: tuple[sh.Word, ...] = ()
    sourced: bool = False
    directory: str = ""


def called(toolbox: Toolbox, node: sh.Simple, places: Places, directory: str = "") -> tuple[Called, ...]:
    """What ``node``, a command of the text of ``places``, runs next; nothing when it is itself the work or cannot be
    seen."""
    if not node.words:
        return ()
    known: dict[str, str | None] = {}
    words = node.literals
    for _ in range(MAX_WRAPPERS):
        if not words or words[0] is None:
            return ()
        follow = toolbox.follow(words, known, directory)
        if follow is None or follow.opaque:
            return ()
        if follow.kind == "command":
            known.update(follow.environment)
            words = follow.words
            continue
        given = node.words[len(node.words) - len(follow.words) :] if follow.words else ()
        if follow.kind == "text" and follow.text is not None:
            return (Called(Text(follow.text, places.at(node.start, node.end)), given[1:]),)
        if follow.kind == "file" and follow.path in toolbox.project.scripts:
            script = toolbox.project.scripts[follow.path]
            if script.shell.program not in _SHELLS:
                return ()
            return (Called(script.text, given, node.literals[0] in (".", "source"), directory),)
        if follow.kind == "recipe":
            return _recipes(toolbox.project.recipes, follow.keys)
        return ()
    return ()


def _recipes(recipes: Mapping[tuple[str, str], Recipe], keys: tuple[tuple[str, str], ...]) -> tuple[Called, ...]:
    """The lines of the tasks and of those they need first, each task once."""
    found: list[Called] = []
    seen: set[tuple[str, str]] = set()
    todo = list(keys)
    while todo and len(found) < MAX_TEXTS:
        key = todo.pop(0)
        recipe = recipes.get(key)
        if recipe is None or key in seen:
            continue
        seen.add(key)
        prefix = key[1].rpartition(":")[0]
        todo[:0] = [(key[0], f"{prefix}:{need}" if prefix else need) for need in recipe.needs]
        found.extend(
            Called(line.text, directory=recipe.directory)
            for line in recipe.lines
            if line.shell.program in _SHELLS
        )
    return tuple(found)
