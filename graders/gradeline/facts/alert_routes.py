"""Who hears of an alert: the tree of routes walked as Alertmanager walks it.

Prometheus documentation, "Alertmanager configuration", <route>: an alert enters at the root, which matches all; the
first child that matches takes it, and the next ones only when that child says ``continue``.  An alert that no child
takes stays at the node.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gradeline.facts.patterns import search
from gradeline.model.monitoring import LabelMatcher, Receiver, Route, Routing
from gradeline.records import record

MAX_STOPS = 200
PAGERS = frozenset(
    {"pagerduty", "opsgenie", "victorops", "pushover", "incidentio", "sns", "webhook", "jira", "telegram"}
)


@record
class Stop:
    """Where an alert ends: the node, and the receiver's name that holds there.  ``sure`` is false when a pattern
    cannot be matched."""

    route: Route
    receiver: str
    depth: int
    group_by: tuple[str, ...] | None
    repeats: bool
    sure: bool = True


def matches(matchers: Iterable[LabelMatcher], labels: Mapping[str, str]) -> bool | None:
    """Whether labels match all of the matchers; a label that is not there is an empty text."""
    answer: bool | None = True
    for one in matchers:
        value = labels.get(one.label, "")
        if one.operator in ("=", "!="):
            holds: bool | None = (value == one.value) == (one.operator == "=")
        else:
            found = search(one.value, value, whole=True)
            holds = None if found is None else found == (one.operator == "=~")
        if holds is False:
            return False
        answer = None if holds is None else answer
    return answer


def stops(routing: Routing, labels: Mapping[str, str]) -> tuple[Stop, ...]:
    """Every place where an alert with these labels ends."""
    found: list[Stop] = []
    root = routing.root
    top = root.receiver.raw if root.receiver is not None else ""
    _walk(root, labels, Stop(root, top, 0, root.group_by, root.repeat is not None), found)
    return tuple(found)


def _walk(route: Route, labels: Mapping[str, str], here: Stop, found: list[Stop]) -> None:
    # The depth of the tree is bounded by its reader.
    taken = False
    for child in route.routes:
        answer = matches(child.matchers, labels)
        if answer is False or len(found) >= MAX_STOPS:
            continue
        taken = taken or answer is True
        stop = Stop(
            child,
            child.receiver.raw if child.receiver is not None else here.receiver,
            here.depth + 1,
            child.group_by if child.group_by is not None else here.group_by,
            here.repeats or child.repeat is not None,
            here.sure and answer is True,
        )
        _walk(child, labels, stop, found)
        if answer is True and not child.goes_on:
            break
    if not taken:
        found.append(here)


def every_route(route: Route) -> tuple[Route, ...]:
    found, waiting = [], [route]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting.extend(reversed(one.routes))
    return tuple(found)


def heard(receiver: Receiver | None) -> bool:
    return receiver is not None and bool(receiver.channels)


def pages(receiver: Receiver | None) -> bool:
    """Whether it wakes somebody: a pager, or a channel that may lead to one."""
    return receiver is not None and any(channel.kind in PAGERS for channel in receiver.channels)
