"""Which access to the cache a job has: ``cache-mode`` of the workflow or the job.

GitHub Changelog 2026-09-10, "Control GitHub Actions cache access with cache-mode": ``read``, ``write``,
``write-only`` or ``none``; a job's own mode counts, a called workflow never gets more than its caller.
GitHub Changelog 2026-06-26, "Read-only Actions cache for untrusted triggers": without a mode, runs that
outsiders can start on the default branch only restore, those after a run for a fork included.
"""

from __future__ import annotations

from collections.abc import Iterable

from gradeline.model.effects import CacheUse, Effect
from gradeline.model.pipeline import Trigger
from gradeline.readers.github.reading import Reading, shown
from gradeline.readers.texts import plain
from gradeline.records import record, replace
from gradeline.syntax.yaml import Mapping


@record
class CacheAccess:
    """``asked``: the file itself asks for it."""

    restore: bool = True
    save: bool = True
    asked: bool = False


FULL_ACCESS = CacheAccess()
_MODES = {
    "read": CacheAccess(save=False),
    "write": CacheAccess(asked=True),
    "write-only": CacheAccess(restore=False, asked=True),
    "none": CacheAccess(restore=False, save=False),
}
_LOW_TRUST = frozenset(
    {"pull_request_target", "issue_comment", "issues", "discussion", "discussion_comment", "fork", "watch"}
)


def default_access(triggers: Iterable[Trigger]) -> CacheAccess:
    """What a workflow has without ``cache-mode``: read-only when outsiders start all of its runs."""
    events = {trigger.event for trigger in triggers}
    return _MODES["read"] if events and events <= _LOW_TRUST else FULL_ACCESS


def read_access(reading: Reading, node: Mapping, default: CacheAccess, limit: CacheAccess) -> CacheAccess:
    """``cache-mode`` of a workflow or job, never more than ``limit``."""
    value = plain(node.get("cache-mode"))
    own = default
    if value is not None and value.raw in _MODES:
        own = _MODES[value.raw]
    elif value is not None:
        message = f"`{shown(value.raw)}` is no cache mode; it is read, write, write-only or none."
        reading.say("error", "bad-cache-mode", message, value.span)
    return CacheAccess(own.restore and limit.restore, own.save and limit.save, own.asked)


def with_access(effects: Iterable[Effect], access: CacheAccess) -> tuple[Effect, ...]:
    """The effects that are left: a cache that may neither be restored nor saved is none."""
    found: list[Effect] = []
    for effect in effects:
        if not isinstance(effect, CacheUse):
            found.append(effect)
            continue
        restores = access.restore and effect.mode != "save"
        saves = access.save and effect.mode != "restore"
        if restores and saves:
            found.append(replace(effect, guarded=not access.asked))
        elif restores or saves:
            found.append(replace(effect, mode="restore" if restores else "save", guarded=not access.asked))
    return tuple(found)
