"""When a CronWorkflow starts, and what happens when two of its runs would overlap.

Argo documentation, "Cron Workflows"; the schedules are those of robfig/cron (package documentation, "CRON
Expression Format": five fields, ``?`` as ``*``, and words such as ``@daily`` or ``@every 1h``).
"""

from __future__ import annotations

import re

from gradeline.model.expression import Constant
from gradeline.model.pipeline import Exclusive, Scenario, Trigger
from gradeline.model.text import Text
from gradeline.readers.argo.bounds import seconds_of
from gradeline.readers.argo.documents import Document
from gradeline.readers.argo.reading import Reading, is_null, shown
from gradeline.readers.examples import DEFAULT_BRANCH
from gradeline.readers.github.cron import problem
from gradeline.readers.texts import plain
from gradeline.records import record
from gradeline.syntax.yaml import Mapping as YamlMapping
from gradeline.syntax.yaml import Resolved, Scalar, Sequence, scalar_value

MAX_SCHEDULES = 8
_WORDS = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}  # fmt: skip
_ZONE = re.compile(r"(?:CRON_)?TZ=\S+\s+")
_ZONE_NAME = re.compile(r"[A-Za-z_]+(?:/[A-Za-z0-9_+-]+){0,2}")


@record
class Starts:
    triggers: tuple[Trigger, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    exclusive: Exclusive | None = None


def read_starts(reading: Reading, document: Document, spec: YamlMapping) -> Starts:
    """The schedules of a CronWorkflow; a suspended one never starts."""
    texts = _schedules(reading, spec)
    settings = _settings(reading, spec)
    triggers: list[Trigger] = []
    scenarios: list[Scenario] = []
    stopped = scalar_value(spec.get("suspend")) is True
    if stopped:
        key = spec.key("suspend")
        message = "The schedule is suspended, so it starts nothing."
        reading.say("warning", "never-starts", message, key.span if key is not None else spec.span)
    for text in texts:
        wrong = schedule_problem(text.raw)
        if wrong:
            reading.say("error", "bad-cron", wrong, text.span)
        zone = _ZONE.match(text.raw.strip())
        mine = settings if zone is None else {**settings, "timezone": (Text(zone[0].strip(), text.span),)}
        written = standard(_ZONE.sub("", text.raw.strip(), count=1))
        trigger = Trigger("schedule", text.span, cron=Text(written, text.span), filters=mine)
        triggers.append(trigger)
        if wrong or stopped or len(scenarios) >= MAX_SCHEDULES:
            continue
        number = len(scenarios) + 1
        scenarios.append(
            Scenario(
                "schedule" if number == 1 else f"schedule-{number}",
                f"the schedule {shown(text.raw, 40)}",
                "schedule",
                trigger,
                DEFAULT_BRANCH,
            )
        )
    if not texts:
        reading.say("error", "no-schedule", "A CronWorkflow needs `schedules`.", spec.span)
    return Starts(tuple(triggers), tuple(scenarios), _policy(reading, document, spec))


def standard(written: str) -> str:
    """A schedule in five fields, where one of the words for it is used."""
    return _WORDS.get(written.strip(), written)


def schedule_problem(written: str) -> str:
    """Why a schedule is refused, as a sentence; empty when it is accepted."""
    text = _ZONE.sub("", written.strip(), count=1)
    if text.startswith("@every "):
        seconds = seconds_of(text.removeprefix("@every "))
        return "" if seconds is not None and seconds >= 1 else "`@every` needs a duration such as 1h30m."
    if text.startswith("@"):
        return "" if text in _WORDS else f"`{shown(text)}` is no word for a schedule."
    return problem(text.replace("?", "*"))


def _schedules(reading: Reading, spec: YamlMapping) -> list[Text]:
    """``schedules``, and ``schedule`` of older versions (gone in 4.0)."""
    found: list[Text] = []
    node = spec.get("schedules")
    if isinstance(node, Sequence):
        found.extend(text for item in node.values() if (text := plain(item)) is not None)
    elif node is not None and not is_null(node):
        reading.say("error", "wrong-type", "`schedules` needs a list.", node.span)
    old, key = plain(spec.get("schedule")), spec.key("schedule")
    if old is not None and key is not None and old.raw.strip():
        if not found:
            message = "`schedule` became the list `schedules` in version 3.6; newer versions read only that."
            reading.say("note", "old-schedule", message, key.span)
            found.append(old)
        else:
            reading.say("note", "spare-schedule", "`schedule` is not needed beside `schedules`.", key.span)
    return found


def _settings(reading: Reading, spec: YamlMapping) -> dict[str, tuple[Text, ...]]:
    """What else is said about the starts, by its key.  A deadline of 0 seconds is what holds without one."""
    found: dict[str, tuple[Text, ...]] = {}
    for key in ("timezone", "startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit", "when"):
        text = plain(spec.get(key))
        if text is None or is_null(spec.get(key)):
            continue
        if key != "startingDeadlineSeconds" or text.raw.strip() != "0":
            found[key] = (text,)
        if key.endswith(("Seconds", "Limit")) and not text.raw.isdecimal():
            reading.say("error", "bad-number", f"`{key}` must be a whole number.", text.span)
        if key == "timezone" and not _ZONE_NAME.fullmatch(text.raw):
            reading.say("error", "bad-timezone", f"`{shown(text.raw)}` is no name of a time zone.", text.span)
    return found


def _policy(reading: Reading, document: Document, spec: YamlMapping) -> Exclusive | None:
    """``concurrencyPolicy``: ``Forbid`` and ``Replace`` keep one run, ``Allow`` (the default) any number."""
    node: Resolved | None = spec.get("concurrencyPolicy")
    key = spec.key("concurrencyPolicy")
    if not isinstance(node, Scalar) or is_null(node) or key is None:
        return None
    span = key.span.to(node.span)
    if node.value not in ("Allow", "Forbid", "Replace"):
        message = f"`{shown(node.value)}` is no policy; it takes Allow, Forbid or Replace."
        reading.say("error", "bad-policy", message, node.span)
        return None
    if node.value == "Allow":
        return None
    cancel = Constant(True, node.span) if node.value == "Replace" else None
    return Exclusive(Text(document.name or document.path, node.span), cancel, span)
