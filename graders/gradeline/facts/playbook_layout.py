"""Where the differences between hosts and environments stand, and how files are put in place.

Ansible documentation, "Sample Ansible setup", "Organizing host and group variables"; ansible-lint documentation, rule
``risky-file-permissions``; ``ansible.builtin.template`` (``mode``, ``validate``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from gradeline.facts.playbooks import Found, live, title
from gradeline.model.playbook import Play, Setting, Task

_HOST = re.compile(r"\b(?:inventory_hostname|ansible_hostname|ansible_fqdn|inventory_hostname_short)\s*(?:==|in\b|!=)")
_ENVIRONMENT = re.compile(
    r"(?:==|!=)\s*[\"'](?:prod|production|staging|stage|dev|development|test)[\"']"
    r"|[\"'](?:prod|production|staging|stage|dev|development)[\"']\s+(?:not\s+)?in\b"
)
_PLACES = frozenset(f"ansible.builtin.{name}" for name in ("template", "copy"))
_VALIDATED = re.compile(r"(?:^|/)(?:sudoers(?:\.d/.*)?|sshd_config|nginx\.conf)$")


def mixed_up(play: Play) -> Iterator[Found]:
    """Differences in conditions, and files whose rights or content nobody looks at."""
    for task, _ in live(play):
        when = task.keywords.get("when")
        if when is not None and _tells_apart(when):
            yield Found(when.span, title(task), "a condition says what is different about a host or an environment")
        if task.module not in _PLACES:
            continue
        target = task.arguments.get("dest")
        if "mode" not in task.arguments:
            yield Found(task.module_span, title(task), "who may read and write the file is not said")
        elif target is not None and _VALIDATED.search(target.text) and "validate" not in task.arguments:
            yield Found(task.module_span, title(task), "nothing tries the file before it counts")


def _tells_apart(when: Setting) -> bool:
    text = " ".join((when.text, *when.parts))
    return bool(_HOST.search(text) or _ENVIRONMENT.search(text))


def inventories(paths: Iterable[str]) -> tuple[str, ...]:
    """The inventories of a submission by their usual names."""
    return tuple(
        path
        for path in paths
        if "group_vars" not in path and "host_vars" not in path
        and ("inventor" in path.rpartition("/")[0] or path.rpartition("/")[2].startswith(("inventory", "hosts")))
    )  # fmt: skip


def variables(paths: Iterable[str]) -> tuple[str, ...]:
    """The files of variables of groups and hosts."""
    return tuple(path for path in paths if re.search(r"(?:^|/)(?:group|host)_vars/", path))


def outside_roles(plays: Sequence[Play]) -> Task | None:
    """A task of a play in which no role does the work."""
    for play in plays:
        tasks = [task for task, _ in live(play)]
        if tasks and not any(task.role for task in tasks):
            return tasks[0]
    return None
