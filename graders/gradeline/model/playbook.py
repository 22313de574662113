"""What a playbook does to which machines, in the order in which it does it.

A play is for some hosts and has tasks; tasks may stand in blocks with a rescue; roles are tasks, handlers and values
under one name.  Roles and files that are included are in place here, as they run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from gradeline.model.pipeline import Opaque
from gradeline.records import field, record
from gradeline.source import Diagnostic, Span


@record
class Setting:
    """A value by its name.  ``text`` is what is written, empty for lists and mappings; ``parts`` are the items of
    a list.  ``computed``: a template decides.  ``sealed``: it is encrypted."""

    name: str
    span: Span
    text: str = ""
    parts: tuple[str, ...] = ()
    computed: bool = False
    sealed: bool = False
    words: tuple[str, ...] = ()  # all texts inside a list or mapping

    @property
    def truth(self) -> bool | None:
        """Whether the value is true; None when a template decides, or it is neither."""
        word = self.text.strip().lower()
        if self.computed or word not in (*_YES, *_NO):
            return None
        return word in _YES


_YES = ("yes", "true", "on", "1", "y", "t")
_NO = ("no", "false", "off", "0", "n", "f")


@record
class Task:
    """``module`` is the full name where it is known (``ansible.builtin.apt``), ``written`` what stands there.

    ``arguments`` are those of the module, ``free`` the words of a command; ``keywords`` everything else, with
    what plays and blocks around it say.  ``role`` is the role it belongs to.
    """

    span: Span
    name: str
    module: str
    written: str
    module_span: Span
    arguments: Mapping[str, Setting] = field(default_factory=dict)
    free: Setting | None = None
    keywords: Mapping[str, Setting] = field(default_factory=dict)
    own: frozenset[str] = frozenset()  # the names in ``keywords`` that stand at the task itself
    role: str = ""
    inline: bool = False  # its arguments stand in one text (``yum: name=x state=present``)

    def keyword(self, name: str) -> Setting | None:
        return self.keywords.get(name)


@record
class Block:
    """Tasks that share keywords.  ``rescue`` runs when one of them fails, ``always`` after both."""

    span: Span
    name: str
    tasks: tuple[Task | Block, ...]
    rescue: tuple[Task | Block, ...] = ()
    always: tuple[Task | Block, ...] = ()


@record
class Play:
    """``tasks`` are those of ``pre_tasks``, roles, ``tasks`` and ``post_tasks``, in this order."""

    path: str
    span: Span
    name: str
    hosts: str
    keywords: Mapping[str, Setting]
    tasks: tuple[Task | Block, ...]
    handlers: tuple[Task | Block, ...] = ()
    values: Mapping[str, Setting] = field(default_factory=dict)  # variables, those of groups, and defaults of roles
    after: tuple[Task | Block, ...] = ()  # those of ``post_tasks``, which come after the handlers of the others

    def walk(self) -> Iterator[tuple[Task, tuple[Block, ...]]]:
        """Every task and handler, with the blocks whose main part it is in, the outermost first."""
        for part in (self.tasks, self.handlers):
            yield from _walk(part)


def _walk(items: tuple[Task | Block, ...]) -> Iterator[tuple[Task, tuple[Block, ...]]]:
    left: list[tuple[Task | Block, tuple[Block, ...]]] = [(item, ()) for item in reversed(items)]
    while left:
        item, blocks = left.pop()
        if isinstance(item, Task):
            yield item, blocks
            continue
        left += [(inner, blocks) for inner in reversed((*item.rescue, *item.always))]
        left += [(inner, (*blocks, item)) for inner in reversed(item.tasks)]


def inventories(paths: Iterable[str]) -> tuple[str, ...]:
    """The inventories of a submission by their usual names."""
    return tuple(
        path
        for path in paths
        if "group_vars" not in path and "host_vars" not in path
        and ("inventor" in path.rpartition("/")[0] or path.rpartition("/")[2].startswith(("inventory", "hosts")))
    )  # fmt: skip


@record
class Requirement:
    """A collection or role from elsewhere.  ``version`` is None when none is written."""

    kind: Literal["collection", "role"]
    name: str
    span: Span
    version: str | None = None
    source: str = ""


@record
class Inventory:
    """The hosts of each group, those of the groups in it too; None where that is not known."""

    path: str
    groups: Mapping[str, tuple[str, ...]] | None


@record
class Playbooks:
    """All plays of a submission and what they take from elsewhere.  ``sealed`` are files that are encrypted."""

    plays: tuple[Play, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    files: tuple[str, ...] = ()
    sealed: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    opaque: tuple[Opaque, ...] = ()
    inventory: tuple[Setting, ...] = ()  # the variables that stand in inventories
    inventories: tuple[Inventory, ...] = ()

    @property
    def span(self) -> Span | None:
        """Where the first play stands."""
        return self.plays[0].span if self.plays else None
