"""Names in plays: of plays, tasks and handlers, and whole names of modules.

ansible-lint documentation, rules ``name``, ``fqcn``, ``no-free-form``.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.playbooks import Found, live, title
from gradeline.model.playbook import Play

_NO_NAME = frozenset({"ansible.builtin.meta"})
_IMPORTS = ("import_", "include_")


def badly_named(play: Play) -> Iterator[Found]:
    """Plays and tasks without a name, names that begin small, and short names of modules."""
    if not play.name.strip():
        yield Found(play.span, play.hosts, "the play has no name")
    elif play.name[:1].islower():
        yield Found(play.span, play.name, "its name begins with a small letter")
    for task, _ in live(play):
        where = task.module_span
        if not task.name.strip():
            if task.module not in _NO_NAME and not task.written.rpartition(".")[2].startswith(_IMPORTS):
                yield Found(task.span, title(task), "it has no name")
        elif task.name[:1].islower():
            yield Found(task.span, task.name, "its name begins with a small letter")
        if task.written.count(".") < 2:
            yield Found(where, title(task), f"`{task.written[:40]}` is a short name, which another collection may take")
        elif task.inline:
            yield Found(where, title(task), "its arguments stand in one line, where nothing looks at their types")
