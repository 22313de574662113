"""Limits of a template: deadlines, retries, locks and memoised results.

Argo documentation, "Timeouts", "Retries", "Synchronization" and "Step Level Memoization".
"""

from __future__ import annotations

import re

from gradeline.model.effects import CacheUse
from gradeline.model.expression import Constant, Expression, Unresolved
from gradeline.model.pipeline import Bound, Exclusive, Retry
from gradeline.model.text import Hole, Text
from gradeline.readers.argo import expressions
from gradeline.readers.argo.reading import Reading, is_null, shown
from gradeline.readers.argo.scope import Scope
from gradeline.readers.texts import number_text, plain
from gradeline.source import Span
from gradeline.syntax.yaml import Mapping, Resolved, Scalar, Sequence

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ns|us|µs|ms|s|m|h|d)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
POLICIES = ("Always", "OnFailure", "OnError", "OnTransientError")
_ONLY_ERRORS = re.compile(
    r"""lastRetry\.status\s*(?:==\s*["']Error["']|!=\s*["']Failed["'])|lastRetry\.exitCode\)?\s*==\s*["']?-1"""
)


def seconds_of(text: str) -> float | None:
    """``90``, ``"90"``, ``5m``, ``1h30m`` in seconds; None for anything else."""
    text = text.strip()
    if re.fullmatch(r"[0-9]{1,12}(?:\.[0-9]+)?", text):
        return float(text)
    parts = _DURATION.findall(text) if len(text) < 60 else []
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def read_timeout(reading: Reading, scope: Scope, template: Mapping, key: str) -> Bound | None:
    """``activeDeadlineSeconds`` or ``timeout`` in minutes."""
    node, name = template.get(key), template.key(key)
    text = expressions.optional(reading, scope, node, f"`{key}`")
    if text is None or name is None or node is None:
        return None
    span = name.span.to(node.span) if node.span.line >= name.span.line else name.span
    value = expressions.value_of(text)
    if not isinstance(value, Constant):
        return Bound(_whole(text, value), span)
    written = value.value if isinstance(value.value, str) else number_text(value.value)
    seconds = seconds_of(written)
    if seconds is None or seconds <= 0:
        reading.say("error", "bad-timeout", f"`{key}` must be a time above zero.", text.span)
        return Bound(Text("0", text.span), span)
    return Bound(Text(number_text(seconds / 60), text.span), span)


def _whole(text: Text, value: Expression) -> Text:
    return Text(text.raw, text.span, (Hole(0, len(text.raw), value),))


def read_retry(reading: Reading, scope: Scope, template: Mapping) -> Retry | None:
    """``retryStrategy``: without a limit it goes on for ever (Argo documentation, "Retries"; an empty one, too)."""
    node, key = template.get("retryStrategy"), template.key("retryStrategy")
    if node is None or key is None or is_null(node):
        return None
    mapping = reading.mapping(node, "`retryStrategy`")
    if mapping is None:
        return None
    span = key.span.to(node.span) if node.span.line >= key.span.line else key.span
    reading.unknown_keys(
        mapping, frozenset({"limit", "retryPolicy", "backoff", "affinity", "expression", "onExit"}), "`retryStrategy`"
    )
    policy = plain(mapping.get("retryPolicy"))
    if policy is not None and policy.raw not in POLICIES:
        reading.say("error", "unknown-policy", f"`{shown(policy.raw)}` is no retry policy.", policy.span)
    limit = expressions.optional(reading, scope, mapping.get("limit"), "`limit`")
    if limit is not None:
        value = expressions.value_of(limit)
        if isinstance(value, Constant):
            written = value.value if isinstance(value.value, str) else number_text(value.value)
            limit = Text(written.strip(), limit.span)
            if not limit.raw.isdecimal():
                reading.say("error", "bad-limit", "`limit` must be a whole number.", limit.span)
            elif int(limit.raw[:9]) == 0:
                return None
        else:
            limit = _whole(limit, value)
    expression = plain(mapping.get("expression"))
    only_errors = policy is not None and policy.raw in ("OnError", "OnTransientError")
    if expression is not None and _ONLY_ERRORS.search(expression.raw) and "||" not in expression.raw:
        only_errors = True
    return Retry(limit, span, _delay(reading, scope, mapping), only_errors)


def _delay(reading: Reading, scope: Scope, retry: Mapping) -> Text | None:
    backoff = reading.mapping(retry.get("backoff"), "`backoff`")
    return expressions.optional(reading, scope, backoff.get("duration"), "`duration`") if backoff is not None else None


def read_exclusive(reading: Reading, scope: Scope, owner: Mapping) -> Exclusive | None:
    """The first lock of ``synchronization``: a mutex, or a semaphore that one run may hold.

    How many may hold a semaphore stands in a config map; when that is not in the submission nobody knows.
    """
    node, key = owner.get("synchronization"), owner.key("synchronization")
    locks = reading.mapping(node, "`synchronization`")
    if locks is None or key is None or node is None:
        return None
    span = key.span.to(node.span) if node.span.line >= key.span.line else key.span
    for old, new in (("mutex", "mutexes"), ("semaphore", "semaphores")):
        word = locks.key(old)
        if word is not None and locks.get(new) is None:
            message = f"`{old}` became the list `{new}` in version 3.6; version 4.0 reads only that."
            reading.say("note", "old-lock", message, word.span)
    for item in _all(locks, "mutex", "mutexes"):
        name = expressions.optional(reading, scope, item.get("name"), "The name of a mutex")
        if name is not None:
            return Exclusive(name, None, span)
        reading.say("error", "no-group", "A mutex needs a `name`.", item.span)
    for item in _all(locks, "semaphore", "semaphores"):
        where = item.get("configMapKeyRef") or item.get("database")
        name = expressions.optional(reading, scope, where.get("key"), "A key") if isinstance(where, Mapping) else None
        if name is None or not isinstance(where, Mapping):
            continue
        config = where.get("name")
        size = reading.library.semaphores.get((config.value if isinstance(config, Scalar) else "", name.raw))
        if size is None:
            reason = "how many may hold the semaphore stands in a config map that is not here"
            return Exclusive(name, Unresolved(reason, span), span)
        if size == "1":
            return Exclusive(name, None, span)
    return None


def _all(locks: Mapping, one: str, many: str) -> list[Mapping]:
    """The singular keys are older than the plural ones (deprecated in 3.6)."""
    found: list[Resolved] = []
    several = locks.get(many)
    if isinstance(several, Sequence):
        found.extend(several.values())
    single = locks.get(one)
    if single is not None:
        found.append(single)
    return [item for item in found if isinstance(item, Mapping)]


def read_memo(reading: Reading, scope: Scope, template: Mapping) -> CacheUse | None:
    """``memoize``: the outputs of an earlier run with the same key stand in for the work."""
    node, key = template.get("memoize"), template.key("memoize")
    memo = reading.mapping(node, "`memoize`")
    if memo is None or key is None or node is None:
        return None
    span: Span = key.span.to(node.span) if node.span.line >= key.span.line else key.span
    text = expressions.optional(reading, scope, memo.get("key"), "`key`")
    if text is None:
        reading.say("error", "no-key", "`memoize` needs a `key`.", key.span)
    return CacheUse(span, "step-results", key=text)
