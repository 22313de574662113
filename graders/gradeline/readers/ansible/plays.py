"""Plays, and the roles they take: ``hosts``, ``roles``, ``tasks`` and their kind, in the order in which they run.

Ansible documentation, "Roles", "Using roles at the play level": pre_tasks, roles, tasks, post_tasks.
"""

from __future__ import annotations

from gradeline.model.playbook import Block, Play, Setting, Task
from gradeline.readers.ansible.files import Ansible, setting, settings
from gradeline.readers.ansible.inventory import values_for
from gradeline.readers.ansible.tasks import Reader
from gradeline.readers.texts import display
from gradeline.syntax.yaml import Mapping, Resolved, Scalar, Sequence

_IMPORTS = ("import_playbook", "ansible.builtin.import_playbook", "include")
_LISTS = ("pre_tasks", "roles", "tasks", "post_tasks", "handlers")
# What tasks inherit from their play (Ansible documentation, "Playbook Keywords", Play and Task).
_INHERITED = ("become", "become_user", "check_mode", "environment", "ignore_errors", "no_log", "remote_user", "tags")


def is_play(item: Resolved) -> bool:
    """Whether an entry of a list is a play or takes in other plays."""
    return isinstance(item, Mapping) and (
        item.key("hosts") is not None or any(item.key(name) is not None for name in _IMPORTS[:2])
    )


def read_imported(ansible: Ansible, path: str, item: Mapping) -> str | None:
    """The playbook that an entry imports; None when it is no import, or leads nowhere (which is noted)."""
    name = next((one for one in _IMPORTS if item.key(one) is not None), None)
    if name is None or item.key("hosts") is not None:
        return None
    said = setting(name, item.get(name), item.span)
    found = None if said.computed else ansible.first(f"{path.rpartition('/')[0]}/{said.text}".lstrip("/"))
    if found is None:
        ansible.hide(said.span, f"the playbook `{said.text[:60]}` is not in the submission")
    return found


def read_play(ansible: Ansible, path: str, item: Mapping) -> Play:
    """One play with everything that it takes in."""
    keywords = {name: one for name, one in settings(item).items() if name not in _LISTS and name != "vars"}
    hosts = keywords.get("hosts")
    shown = hosts.text or ", ".join(hosts.parts) if hosts is not None else ""
    if not shown:
        ansible.say("no-hosts", "This play has no hosts, so it runs nowhere.", item.span)
    inherited = {name: keywords[name] for name in _INHERITED if name in keywords}
    values: dict[str, Setting] = {}
    reader = Reader(ansible, path, inherited, values)
    tasks: list[Task | Block] = [*reader.tasks(item.get("pre_tasks"))]
    handlers: list[Task | Block] = []
    for name, own in _roles(item.get("roles")):
        more, their = reader.role(name, own)
        tasks += more
        handlers += their
    tasks += reader.tasks(item.get("tasks"))
    after = reader.tasks(item.get("post_tasks"))
    tasks += after
    handlers += reader.tasks(item.get("handlers"))
    values |= settings(item.get("vars"))
    for given in _files(item.get("vars_files")):
        reader.values_from(given, path.rpartition("/")[0])
    for file in ansible.group_files(path.rpartition("/")[0], shown):
        for key, value in settings(ansible.root(file)).items():
            if key not in values or "/defaults/" in values[key].span.path:  # anything else is stronger
                values[key] = value
    for key, value in values_for(ansible.told, shown).items():
        if key not in values or "/defaults/" in values[key].span.path:
            values[key] = value
    title = keywords.get("name")
    handlers += reader.handlers
    return Play(path, item.span, title.text if title else "", shown, keywords, tuple(tasks), tuple(handlers), values,
                after)  # fmt: skip


def _roles(node: Resolved | None) -> list[tuple[Setting, Mapping | None]]:
    """Each role of a play with what is said beside its name."""
    found: list[tuple[Setting, Mapping | None]] = []
    for one in node.values() if isinstance(node, Sequence) else ():
        if isinstance(one, Scalar):
            found.append((setting("role", one, one.span), None))
        elif isinstance(one, Mapping):
            name = one.get("role") or one.get("name")
            found.append((setting("role", name, one.span), one))
    return found


def _files(node: Resolved | None) -> list[Setting]:
    nodes = list(node.values()) if isinstance(node, Sequence) else [node] if isinstance(node, Scalar) else []
    return [Setting("file", one.span, display(one), computed="{{" in one.value) for one in nodes
            if isinstance(one, Scalar)]  # fmt: skip


