"""How a play goes through its hosts: some at a time, with an end when too many fail, and a look at each one.

Ansible documentation, "Controlling playbook execution: strategies and more" (``serial``, ``throttle``), "Error handling
in playbooks" (``max_fail_percentage``, ``any_errors_fatal``), "Handlers: running operations on change".  A play ends by
itself when all hosts of a batch failed (ansible-core, ``PlaybookExecutor.run``), so one with one host at a time does.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.playbook_inventory import sizes
from gradeline.facts.playbooks import COMMANDS, Found, live, said
from gradeline.model.playbook import Inventory, Play, Setting, Task

_LOOKS = frozenset({"ansible.builtin.uri", "ansible.builtin.wait_for", "ansible.builtin.wait_for_connection"})
_ALL = 100  # percent: more than all hosts never fail
_RESTARTS = frozenset(
    {"ansible.builtin.service", "ansible.builtin.systemd", "ansible.builtin.systemd_service", "ansible.builtin.reboot"}
)


def all_at_once(play: Play, inventories: tuple[Inventory, ...]) -> Iterator[Found]:
    """What is wrong with the way of a play through its hosts; nothing for one that restarts nothing."""
    restarting = [task for task, _ in live(play) if _restarts(task)]
    name = play.name or play.hosts
    if not restarting:
        return
    serial = play.keywords.get("serial")
    slow = any("throttle" in task.keywords for task in restarting) or "throttle" in play.keywords
    if serial is None and not slow:
        yield Found(play.span, name, "it changes all hosts at once")
    elif serial is not None:
        yield from _whole(play, serial, name, inventories)
    if not _stops(play, serial):
        yield Found(play.span, name, "it goes on with the next hosts however many failed")
    if not _looked_at(play, restarting):
        yield Found(restarting[0].module_span, name, "nothing looks at the host after this before the next one is next")


def restarts(play: Play) -> bool:
    """Whether a play restarts anything."""
    return any(_restarts(task) for task, _ in live(play))


def _whole(play: Play, serial: Setting, name: str, inventories: tuple[Inventory, ...]) -> Iterator[Found]:
    for text in serial.parts or (serial.text,):
        known = said(text, play)
        if known is None:
            yield Found(serial.span, name, "how many hosts are changed at once is not in the files", False)
        elif known.strip() in ("100%", "0"):
            yield Found(serial.span, name, "it changes all hosts at once")
        elif known.strip().isdecimal():
            for path, count in sizes(play, inventories):
                if 1 < count <= int(known.strip()[:9]):
                    yield Found(serial.span, name, f"all {count} hosts of {path} are in its first batch")
                    return
        return


def _stops(play: Play, serial: Setting | None) -> bool:
    """Whether the play ends before all of its hosts have failed."""
    fatal, most = play.keywords.get("any_errors_fatal"), play.keywords.get("max_fail_percentage")
    if fatal is not None and fatal.truth is True:
        return True
    if most is not None:
        known = (said(most.text, play) or "").strip().removesuffix("%")
        if not known.isdigit() or int(known) < _ALL:
            return True
    sizes = () if serial is None else serial.parts or (serial.text,)
    return bool(sizes) and all((said(one, play) or "").strip() == "1" for one in sizes)


def _restarts(task: Task) -> bool:
    state = task.arguments.get("state")
    if task.module == "ansible.builtin.reboot":
        return True
    return task.module in _RESTARTS and state is not None and state.text in ("restarted", "reloaded")


def _looks(task: Task) -> bool:
    """Whether a task waits until something answers."""
    if task.module in _LOOKS:
        return True
    return task.module in COMMANDS and "until" in task.own


def _looked_at(play: Play, restarting: list[Task]) -> bool:
    """Whether something looks at the host after a restart: behind it, in a handler behind it, or in ``post_tasks``."""
    handlers = [task for task, _ in Play(play.path, play.span, "", "", {}, (), play.handlers).walk()]
    if any(_looks(task) for task in _flat(play)):
        return True
    order = [task for task, _ in live(play)]
    last = restarting[-1]
    if any(last is one for one in handlers):
        place = next(at for at, one in enumerate(handlers) if one is last)
        if any(_looks(one) for one in handlers[place + 1 :]):
            return True
        flushed = next((at for at, one in enumerate(order) if one.module == "ansible.builtin.meta"), None)
        return flushed is not None and any(_looks(one) for one in order[flushed + 1 :])
    place = next(at for at, one in enumerate(order) if one is last)
    return any(_looks(one) for one in order[place + 1 :])


def _flat(play: Play) -> list[Task]:
    return [task for task, _ in Play(play.path, play.span, "", "", {}, play.after).walk()]
