"""What a play gives to the account that jobs run as, and what is left behind between two jobs.

Ansible documentation, "Understanding privilege escalation: become", ``ansible.builtin.user``; sudoers(5), Tag_Spec;
GitHub Docs, "Self-hosted runners reference" (ephemeral runners, scripts after a job).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gradeline.facts.playbooks import COMMANDS, Found, live, said, title
from gradeline.model.playbook import Play, Task
from gradeline.source import SourceFile, Span

_ADMINS = frozenset({"sudo", "wheel", "admin", "root", "adm"})
_EVERYTHING = re.compile(r"NOPASSWD\s*:\s*ALL\b")
_SUDOERS = re.compile(r"(?:^|/)sudoers(?:\.d)?(?:/|$)")
_UNIT_USER = re.compile(r"(?m)^\s*User\s*=\s*(\S+)")
_UNIT_START = re.compile(r"(?m)^\s*ExecStart\s*=\s*[-@:+!|]*(\S.*)$")
_FRESH = re.compile(r"--ephemeral\b|EPHEMERAL|ACTIONS_RUNNER_HOOK_JOB_COMPLETED|--once\b")
_WORKSPACE = re.compile(r"_work\b|work(?:space|dir)?\b|builds\b", re.IGNORECASE)
_FILES = frozenset(f"ansible.builtin.{name}" for name in ("copy", "template", "lineinfile", "blockinfile"))
_WHOLE_FILES = frozenset({"ansible.builtin.copy", "ansible.builtin.template"})
_TIMERS = frozenset({"ansible.builtin.cron", "ansible.posix.tmpfiles", "community.general.cron"})


def risky_accounts(plays: tuple[Play, ...], files: Mapping[str, SourceFile]) -> Iterator[Found]:
    """What makes a taken-over job more than a taken-over job."""
    users = [one for play in plays for one in _users(play)]
    for play in plays:
        yield from _rootly(play)
        yield from _sudo(play, files)
        yield from _units(play, files)
    if not users:
        yield Found(plays[0].span, plays[0].name or plays[0].hosts, "no task makes an account for the jobs")
        return
    names = frozenset(name for _, name in users)
    if not any(_works_as(play, names, files) for play in plays):
        place, name = users[0]
        yield Found(place, name, "nothing runs as this account, so the jobs have the rights of root")
    if not any(_leaves_nothing(play, files) for play in plays):
        place, name = users[0]
        yield Found(place, name, "what one job leaves behind is there for the next one")


def _users(play: Play) -> Iterator[tuple[Span, str]]:
    for task, _ in live(play):
        if task.module != "ansible.builtin.user":
            continue
        name, state = task.arguments.get("name"), task.arguments.get("state")
        if name is not None and (state is None or state.text != "absent"):
            known = said(name.text, play) or name.text
            if known != "root":
                yield task.module_span, known


def _rootly(play: Play) -> Iterator[Found]:
    remote = play.keywords.get("remote_user")
    if remote is not None and remote.text == "root":
        yield Found(remote.span, play.name or play.hosts, "it logs in as root")
    for task, _ in live(play):
        if task.module != "ansible.builtin.user":
            continue
        name, uid, groups = (task.arguments.get(one) for one in ("name", "uid", "groups"))
        if uid is not None and uid.text == "0":
            yield Found(uid.span, title(task), "an account with the number 0 is root")
        if name is None or groups is None or (name.text and said(name.text, play) == "root"):
            continue
        listed = [*groups.parts, *groups.text.split(",")]
        rights = next((one.strip() for one in listed if one.strip() in _ADMINS), None)
        if rights is not None:
            yield Found(groups.span, title(task), f"members of `{rights}` may become root")


def _sudo(play: Play, files: Mapping[str, SourceFile]) -> Iterator[Found]:
    for task, _ in live(play):
        if task.module == "community.general.sudoers":
            commands, free = task.arguments.get("commands"), task.arguments.get("nopassword")
            everything = commands is not None and "ALL" in (commands.text, *commands.parts)
            if commands is not None and everything and (free is None or free.truth is not False):
                yield Found(commands.span, title(task), "it may do everything as root without a password")
            continue
        target = task.arguments.get("dest") or task.arguments.get("path")
        if task.module not in _FILES or target is None or not _SUDOERS.search(target.text):
            continue
        text, place = _content(task, files)
        if text is None:
            yield Found(task.module_span, title(task), "what it may do as root is in a file that is not here", False)
        elif _EVERYTHING.search(text):
            yield Found(place, title(task), "it may do everything as root without a password")


def _units(play: Play, files: Mapping[str, SourceFile]) -> Iterator[Found]:
    """Units that start as root what lies in the folder of an account (systemd.exec(5): root without ``User=``)."""
    homes = {
        text
        for task, _ in live(play)
        if task.module == "ansible.builtin.user" and (home := task.arguments.get("home")) is not None
        for text in (home.text, said(home.text, play))
        if text
    }
    for task, _ in live(play):
        target = task.arguments.get("dest") or task.arguments.get("path")
        if task.module not in _WHOLE_FILES or target is None or not target.text.endswith(".service"):
            continue
        text, place = _content(task, files)
        started = _UNIT_START.search(text or "")
        if text is None or started is None or not any(started.group(1).startswith(home) for home in homes):
            continue
        user = _UNIT_USER.search(text)
        if (user is None or user.group(1) in ("root", "0")) and "DynamicUser" not in text:
            yield Found(place, title(task), "the unit starts as root what belongs to the account of the jobs")


def _content(task: Task, files: Mapping[str, SourceFile]) -> tuple[str | None, Span]:
    """What a task writes into a file, and where that stands."""
    for name in ("content", "line", "block"):
        if name in task.arguments:
            return task.arguments[name].text, task.arguments[name].span
    source = task.arguments.get("src")
    if source is None or not source.text:
        return None, task.module_span
    ends = tuple(f"/{folder}/{source.text}" for folder in ("templates", "files"))
    found = next((path for path in files if f"/{path}".endswith(ends)), None)
    known = files.get(found) if found is not None else None
    return (known.text if known is not None else None), source.span


def _works_as(play: Play, names: frozenset[str], files: Mapping[str, SourceFile]) -> bool:
    for task, _ in live(play):
        become = task.keywords.get("become_user")
        if become is not None and (said(become.text, play) or become.text) in names:
            return True
        words = task.free.text if task.free is not None else ""
        if task.module in COMMANDS and any(re.search(rf"(?:--user|-u|install)[ =]+\S*{re.escape(name)}", words)
                                           for name in names):  # fmt: skip
            return True
        if task.module in _FILES:
            text = _content(task, files)[0] or ""
            user = _UNIT_USER.search(text)
            if user is not None and (user.group(1) in names or "{{" in user.group(1)):
                return True
    return False


def _leaves_nothing(play: Play, files: Mapping[str, SourceFile]) -> bool:
    """Whether a runner is made for one job, or its workspace is cleaned."""
    for task, _ in live(play):
        texts = [text for one in task.arguments.values() for text in (one.text, *one.parts, *one.words)]
        texts += [task.free.text] if task.free is not None else []
        if task.module in _FILES:
            texts.append(_content(task, files)[0] or "")
        if any(_FRESH.search(text) for text in texts):
            return True
        job = " ".join(texts)
        if task.module in _TIMERS and _WORKSPACE.search(job) and re.search(r"\brm\b|-delete\b|clean", job):
            return True
    return False
