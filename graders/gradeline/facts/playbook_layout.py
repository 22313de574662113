"""Where the differences between hosts and environments stand, and how files are put in place.

Ansible documentation, "Sample Ansible setup", "Organizing host and group variables"; ansible-lint documentation, rule
``risky-file-permissions``; ``ansible.builtin.template`` (``mode``, ``validate``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from gradeline.facts.playbooks import Found, live, title
from gradeline.model.playbook import Play, Playbooks, Setting, Task, inventories
from gradeline.source import SourceFile, Span

_HOST = re.compile(r"\b(?:inventory_hostname|ansible_hostname|ansible_fqdn|inventory_hostname_short)\s*(?:==|in\b|!=)")
_ENVIRONMENT = re.compile(
    r"(?:==|!=)\s*[\"'](?:prod|production|staging|stage|dev|development|test)[\"']"
    r"|[\"'](?:prod|production|staging|stage|dev|development)[\"']\s+(?:not\s+)?in\b"
)
_PLACES = frozenset(f"ansible.builtin.{name}" for name in ("template", "copy"))
_ROLE = re.compile(r"(?:^|/)roles/([A-Za-z]\w{0,60})/")
_USES = (".yml", ".yaml", ".j2")
# A name that is made while the play runs.
_BY_NAME = re.compile(r"lookup\(\s*['\"](?:ansible\.builtin\.)?vars['\"]|\b(?:host)?vars\[|\bvars_?names\b")
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


def of_inventories(playbooks: Playbooks) -> tuple[Setting, ...]:
    """The variables of groups and hosts that stand in inventories; how a host is reached is no difference."""
    return tuple(one for one in playbooks.inventory if not one.name.startswith("ansible_"))


def variables(paths: Iterable[str]) -> tuple[str, ...]:
    """The files of variables of groups and hosts."""
    return tuple(path for path in paths if re.search(r"(?:^|/)(?:group|host)_vars/", path))


def without_effect(files: Mapping[str, SourceFile]) -> Iterator[Found]:
    """Values for hosts and groups under the name of a role that is here, which nothing in it uses.

    A role's variables begin with its name (ansible-lint documentation, ``var-naming[no-role-prefix]``).
    """
    roles = sorted({found.group(1) for path in files if (found := _ROLE.search(path))})
    texts = [files[path].text for path in files if path.endswith(_USES) or "/templates/" in path]
    if not roles or any(_BY_NAME.search(text) for text in texts):
        return
    prefix = "|".join(re.escape(one) for one in roles)
    seen: set[str] = set()
    for path in (*inventories(files), *variables(files)):
        for number, line in enumerate(files[path].text.splitlines(), 1):
            for found in re.finditer(rf"(?<![\w#])((?:{prefix})_\w{{1,100}})\s*(?::|=(?!=))", line.partition("#")[0]):
                name = found.group(1)
                if name in seen:
                    continue
                seen.add(name)
                used = re.compile(rf"(?<!\w){re.escape(name)}(?![\w]|\s*:|\s*=(?!=))")
                if not any(used.search(text) for text in texts):
                    sentence = "it is set for a host or a group, and nothing uses it"
                    yield Found(Span(path, number), name, sentence)


def outside_roles(plays: Sequence[Play]) -> Task | None:
    """A task of a play in which no role does the work."""
    for play in plays:
        tasks = [task for task, _ in live(play)]
        if tasks and not any(task.role for task in tasks):
            return tasks[0]
    return None
