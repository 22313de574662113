"""Workflows that Argo Events starts: a Sensor waits for the events of EventSources and submits a workflow.

Argo Events documentation, "Argo Workflow Trigger", "Kubernetes Object Trigger", "Calendar" and "Sensor".
"""

from __future__ import annotations

from gradeline.model.pipeline import Scenario, Trigger
from gradeline.model.text import Text
from gradeline.readers.argo.cron import Starts, schedule_problem, standard
from gradeline.readers.argo.documents import Document
from gradeline.readers.argo.flow import maps, word
from gradeline.readers.argo.reading import Reading, shown
from gradeline.readers.examples import DEFAULT_BRANCH
from gradeline.readers.texts import plain
from gradeline.syntax.yaml import Mapping as YamlMapping

MAX_STARTS = 8


def read_starts(reading: Reading, document: Document) -> Starts:
    """One start for each event that the Sensor waits for."""
    triggers: list[Trigger] = []
    scenarios: list[Scenario] = []
    spec = document.root.get("spec")
    for item in maps(spec.get("dependencies")) if isinstance(spec, YamlMapping) else ():
        source, event = word(item.get("eventSourceName")), word(item.get("eventName"))
        known = reading.library.sources.get((source, event))
        if known is None and any(name == source for name, _ in reading.library.sources):
            message = f"The event source `{shown(source)}` has no event `{shown(event)}`, so it starts nothing."
            reading.say("error", "no-event", message, item.span)
            continue
        if known is None:
            reading.hide(item.span, f"the event {shown(event)} of {shown(source)} is not in the submission")
            kind, settings = "event", None
        else:
            kind, settings = known
        said = _calendar(reading, settings) if kind == "calendar" and settings is not None else None
        if kind == "calendar" and said is None:
            continue
        trigger = said or Trigger(kind, item.span)
        triggers.append(trigger)
        if len(scenarios) < MAX_STARTS:
            number = f"-{len(scenarios) + 1}" if scenarios else ""
            if said is not None:
                scenarios.append(Scenario(f"schedule{number}", f"the schedule of {shown(event)}", "schedule", trigger,
                                          DEFAULT_BRANCH))  # fmt: skip
            else:
                scenarios.append(Scenario(f"event{number}", f"the event {shown(event)}", "other", trigger,
                                          DEFAULT_BRANCH))  # fmt: skip
    return Starts(tuple(triggers), tuple(scenarios))


def _calendar(reading: Reading, settings: YamlMapping) -> Trigger | None:
    """``schedule`` or ``interval`` of a calendar; None when it is no time."""
    zone = plain(settings.get("timezone"))
    filters = {"timezone": (zone,)} if zone is not None and zone.raw.strip() else {}
    for key in ("schedule", "interval"):
        text = plain(settings.get(key))
        if text is None or not text.raw.strip():
            continue
        written = text.raw if key == "schedule" else f"@every {text.raw.strip()}"
        wrong = schedule_problem(written)
        if wrong:
            reading.say("error", "bad-cron", wrong, text.span)
            return None
        return Trigger("schedule", text.span, cron=Text(standard(written), text.span), filters=filters)
    reading.say("error", "no-schedule", "A calendar needs a `schedule` or an `interval`.", settings.span)
    return None
