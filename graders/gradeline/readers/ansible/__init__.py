"""Ansible playbooks, with the roles and files of the submission that they take in.  Nothing of Ansible is ever run.

Ansible documentation, "Playbook Keywords", "Roles", "Blocks", "Re-using Ansible artifacts", "Tags".
"""

from __future__ import annotations

from collections.abc import Callable

from gradeline.model.playbook import Play, Playbooks
from gradeline.readers.ansible.files import MAX_PLAYS, Ansible, is_requirements, may_be_playbook
from gradeline.readers.ansible.hosts import read_hosts
from gradeline.readers.ansible.inventory import inventory_values
from gradeline.readers.ansible.plays import is_play, read_imported, read_play
from gradeline.readers.ansible.requirements import read_requirements
from gradeline.source import SourceFile
from gradeline.syntax.yaml import Mapping

Read = Callable[[str], SourceFile | None]


def read_playbooks(paths: tuple[str, ...], read: Read) -> Playbooks:
    """The plays of all playbooks among ``paths``, in the order of the paths; one that another imports stands there.

    Diagnostic codes besides those of YAML: ``not-a-task``, ``no-module``, ``no-hosts``, ``include-cycle``,
    ``too-many-tasks``.
    """
    ansible = Ansible(paths, read)
    wanted = read_requirements(ansible, tuple(path for path in paths if is_requirements(path)))
    ansible.elsewhere = frozenset(one.name for one in wanted)
    ansible.told = inventory_values(ansible)
    imported: set[str] = set()
    found: dict[str, tuple[Play, ...]] = {}
    for path in paths:
        if may_be_playbook(path) and len(found) < MAX_PLAYS:
            plays = _plays(ansible, path, imported, (path,))
            if plays:
                found[path] = plays
    plays = tuple(play for path, mine in found.items() if path not in imported for play in mine)
    return Playbooks(
        plays,
        wanted,
        tuple(sorted(ansible.files)) if plays or wanted else (),
        tuple(path for path in paths if ansible.is_sealed(path)) if plays else (),
        tuple(dict.fromkeys(ansible.diagnostics)) if plays or wanted else (),
        tuple(dict.fromkeys(ansible.opaque)) if plays else (),
        tuple(setting for one in ansible.told for setting in one.values) if plays else (),
        read_hosts(ansible) if plays else (),
    )


def _plays(ansible: Ansible, path: str, imported: set[str], way: tuple[str, ...]) -> tuple[Play, ...]:
    items = ansible.items(path, quiet=True)
    entries = [item for item in items or () if isinstance(item, Mapping)]
    if not any(is_play(item) for item in entries):
        return ()
    ansible.items(path)  # it is one: now what is wrong with it counts
    plays: list[Play] = []
    for item in entries:
        other = read_imported(ansible, path, item)
        if other is not None:
            if other in way or len(way) > 20:
                ansible.say("include-cycle", "This playbook imports itself.", item.span)
            else:
                imported.add(other)
                plays += _plays(ansible, other, imported, (*way, other))
        elif item.key("hosts") is not None:
            plays.append(read_play(ansible, path, item))
    return tuple(plays)
