"""What a second run of a play changes: commands of which nobody knows whether they changed something.

Ansible documentation, "Defining changed", ``ansible.builtin.command`` (``creates``, ``removes``); ansible-lint
documentation, rule ``no-changed-when``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradeline.facts.playbooks import COMMANDS, Found, live, title
from gradeline.model.playbook import Play, Setting, Task

# The first words of commands that only look, and words further on that say so.
_LOOKS = frozenset(
    """
    cat cksum command curl cut date df diff dmesg dpkg-query du echo egrep env file find free getenforce getent git
    grep groups head hostname id ip jq journalctl ldd ls lsblk lscpu lsmod lspci md5sum modinfo nproc nvidia-smi pgrep
    printenv ps pwd readlink realpath rpm sestatus sha256sum ss stat tail test true type uname uptime wc which
    whoami
    """.split()  # noqa: SIM905
)
_ASKS = frozenset(
    """
    status list ls show get info version --version -version -V check verify inspect describe ps images is-active
    is-enabled is-failed query --check --list --dry-run -l -s -q config --help
    """.split()  # noqa: SIM905
)
_CHANGES = re.compile(
    r"(?:^|[\s;&|])(?:apt(?:-get)?\s+(?:\S+\s+)*?install|dnf|yum|pip3?\s+install|rm|mkdir|mv|cp|ln|tee|chmod|chown|useradd|usermod"
    r"|groupadd|sed\s+-i|dd|tar\s+-?\w*x|unzip|make|install|register|unregister|enable|disable|start|restart|stop"
    r"|create|delete|remove|add|set|apply|run|pull|push|reload|update|upgrade|modprobe|sysctl\s+-w|reboot|mkfs\S*"
    r"|\S*(?:config|install|setup|svc)\.sh)(?:$|[\s;&|])"
)
# Options with which a command that looks changes something.
_OPTIONS = re.compile(
    r"\bnvidia-smi\s[^;&|]{0,200}?(?:-pm|-pl|-mig|-lgc|-ac|-e|-c|-r|--gpu-reset|--persistence-mode|--power-limit)(?:$|[\s=])"
    r"|\bcurl\s[^;&|]{0,300}?(?:\s|^)(?:-o|-O|-d|-T|--output|--remote-name|--data\S*|--upload-file"
    r"|-X\s*(?:POST|PUT|PATCH|DELETE)|--request[\s=](?:POST|PUT|PATCH|DELETE))(?:$|\s)"
    r"|\bfind\s[^;&|]{0,300}?\s-(?:delete|exec\w*)\b"
)
_WRITES = re.compile(r"(?<![0-9&>])>{1,2}(?!\s*(?:/dev/null|&))")


def changing_again(play: Play) -> Iterator[Found]:
    """The commands that say at each run that they changed something, and those that never say so although they do."""
    registered = {name.text for task, _ in play.walk() if (name := task.keywords.get("register")) is not None}
    handlers = {id(task) for task in _flat(play)}
    for task, _ in live(play):
        if task.module not in COMMANDS or id(task) in handlers:
            continue  # a handler runs because something changed
        if any(name in task.arguments for name in ("creates", "removes")):
            continue
        changed, when = task.keywords.get("changed_when"), task.keywords.get("when")
        words = task.free or task.arguments.get("cmd")
        text = words.text if words is not None else ""
        if changed is not None and changed.truth is False:
            yield from _silent(task, changed, text)
            continue
        decided = changed is not None and changed.truth is None
        guarded = when is not None and "when" in task.own and _mentions(when, registered)
        if not decided and not guarded:
            yield Found(task.module_span, title(task), "nothing says whether it changes something, so it always does")


def _flat(play: Play) -> Iterator[Task]:
    only = Play(play.path, play.span, "", "", {}, (), play.handlers)
    yield from (task for task, _ in only.walk())


def _mentions(when: Setting, names: set[str]) -> bool:
    text = " ".join((when.text, *when.parts))
    return any(re.search(rf"\b{re.escape(name)}\b", text) for name in names if name)


def _silent(task: Task, changed: Setting, text: str) -> Iterator[Found]:
    """What a task does that is said never to change anything."""
    parts = [part for part in re.split(r"\|\||&&|[;|\n]", text[:2_000]) if part.strip()]
    if any(pattern.search(text[:2_000]) for pattern in (_WRITES, _CHANGES, _OPTIONS)):
        yield Found(changed.span, title(task), "it is said to change nothing, and it does")
        return
    for part in parts:
        words = part.split()
        if words[0].rpartition("/")[2] not in _LOOKS and not _ASKS & set(words[1:]):
            sentence = f"whether `{words[0][:40]}` changes something is not known"
            yield Found(changed.span, title(task), sentence, False)
            return
