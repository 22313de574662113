"""When a DAG starts.

Airflow documentation, "Scheduling & Timetables", "Asset-Aware Scheduling", "DAG Runs" (catchup, cron presets).
"""

from __future__ import annotations

import ast
from typing import Any

from gradeline.model.code import Module
from gradeline.model.expression import Unresolved
from gradeline.model.pipeline import Scenario, Trigger
from gradeline.model.text import Hole, Text
from gradeline.readers.airflow.assets import is_asset
from gradeline.readers.airflow.nodes import Dag
from gradeline.readers.airflow.work import keyword
from gradeline.readers.argo.cron import schedule_problem
from gradeline.readers.examples import DEFAULT_BRANCH
from gradeline.readers.flows.texts import text_of
from gradeline.readers.flows.values import Made, Named, Unknown, seconds
from gradeline.readers.reading import Reading, shown
from gradeline.source import Span

PRESETS = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@quarterly": "0 0 1 */3 *", "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@hourly": "0 * * * *",
}  # fmt: skip
_MOVING = ("now", "utcnow", "today", "days_ago")


def read_starts(
    dag: Dag, reading: Reading, version: tuple[int, int]
) -> tuple[tuple[Trigger, ...], tuple[Scenario, ...]]:
    """When it is started.  Where several DAGs start it, each kind of start brings all of them."""
    triggers: list[Trigger] = []
    scenarios: dict[str, Scenario] = {}
    for part in dag.parts or (dag,):
        trigger, scenario = _starts(part, reading, version)
        triggers.append(trigger)
        scenarios.setdefault(scenario.id, scenario)
    return tuple(triggers), tuple(scenarios.values())


def _starts(dag: Dag, reading: Reading, version: tuple[int, int]) -> tuple[Trigger, Scenario]:
    span = dag.span
    name = next((key for key in ("schedule", "schedule_interval", "timetable") if key in dag.kwargs), "")
    default = None if version >= (3, 0) else "@daily"
    value = dag.kwargs.get(name) if name else default
    node: ast.AST = keyword(dag.node, name) if dag.node is not None else ast.Pass()
    place = dag.module.span(node) if name and dag.node is not None else span
    filters: dict[str, tuple[Text, ...]] = {}
    start = dag.kwargs.get("start_date")
    defaults = dag.kwargs.get("default_args")
    if start is None and isinstance(defaults, dict):
        start = defaults.get("start_date")
    _starts_at(dag, start, filters, reading)
    if "catchup" in dag.kwargs and dag.node is not None:
        said = dag.kwargs["catchup"]
        filters["catchup"] = (Text(str(said).lower(), dag.module.span(keyword(dag.node, "catchup"))),)
    elif version < (3, 0):
        reading.say(
            "note", "catches-up", "Without `catchup=False`, Airflow 2 runs every interval since the start.", span
        )
    trigger = _trigger(value, node, place, filters, dag.module, reading)
    if dag.kwargs.get("is_paused_upon_creation") is True and dag.node is not None:
        message = "The DAG is paused when it is new, so it starts nothing until somebody switches it on."
        reading.say("note", "starts-paused", message, dag.module.span(keyword(dag.node, "is_paused_upon_creation")))
    if trigger.event == "schedule":
        scenario = Scenario("schedule", f"the schedule {shown(trigger.cron.raw if trigger.cron else 'of the DAG', 40)}",
                            "schedule", trigger, DEFAULT_BRANCH)  # fmt: skip
    elif trigger.event == "asset":
        scenario = Scenario("after", "new data", "after", trigger, DEFAULT_BRANCH, ended="success")
    else:
        scenario = Scenario("manual", "a start by hand", "manual", trigger, DEFAULT_BRANCH)
    return trigger, scenario


def _trigger(
    value: Any, node: ast.AST, place: Span, filters: dict[str, tuple[Text, ...]], module: Module, reading: Reading
) -> Trigger:
    if value is None or value == "None":
        return Trigger("manual", place, filters=filters)
    if isinstance(value, Made) and "Timetable" in value.last:
        zone = value.kwargs.get("timezone")
        if zone is not None:
            filters["timezone"] = (_zone(zone, value.span),)
        cron = value.args[0] if value.args else value.kwargs.get("cron")
        if isinstance(cron, str):
            return _cron(cron, value.span, filters, reading)
        if value.last == "AssetOrTimeSchedule" or "Asset" in value.last:
            return Trigger("asset", place, filters=filters)
        return Trigger("schedule", place, filters=filters)
    if isinstance(value, str):
        text = text_of(module, value, node)
        if value in ("@once", "@continuous"):
            always = Text("* * * * *", text.span) if value == "@continuous" else None
            return Trigger("schedule" if always else "manual", text.span, cron=always, filters=filters)
        return _cron(value, text.span, filters, reading)
    if isinstance(value, Made) and value.last == "AssetOrTimeSchedule":
        return Trigger("schedule", place, filters=filters)
    if seconds(value) is not None:
        period = seconds(value) or 0
        minutes = max(1, int(period // 60))
        cron_text = Text(f"*/{minutes} * * * *", place) if period < 3600 else None
        return Trigger("schedule", place, cron=cron_text, filters=filters)
    if isinstance(value, list) or is_asset(value):
        return Trigger("asset", place, filters=filters)
    return Trigger("schedule", place, cron=text_of(module, value, node), filters=filters)


def _cron(written: str, span: Span, filters: dict[str, tuple[Text, ...]], reading: Reading) -> Trigger:
    cron = PRESETS.get(written.strip(), written)
    wrong = schedule_problem(cron)
    if wrong:
        reading.say("error", "bad-cron", wrong, span)
    return Trigger("schedule", span, cron=Text(cron, span), filters=filters)


def _starts_at(dag: Dag, start: Any, filters: dict[str, tuple[Text, ...]], reading: Reading) -> None:
    """Whether the start is a fixed moment, and in which time zone it is written."""
    node = _start_node(dag)
    if node is not None:
        names = {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
        names |= {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        if not names.isdisjoint(_MOVING):
            message = "The start moves with the clock each time the file is read, so the schedule may never be due."
            span = dag.module.span(node)
            reading.say("warning", "moving-start", message, span)
            filters["start"] = (Text("moving", span),)
            return
    if isinstance(start, Unknown):
        place = dag.module.span(node) if node is not None else dag.span
        filters["start"] = (Text("{{value}}", place, (Hole(0, 9, Unresolved(start.reason, place)),)),)
        filters["timezone"] = filters["start"]
    if not isinstance(start, Made):
        return
    filters["start"] = (Text("fixed", start.span),)
    zone = start.kwargs.get("tz", start.kwargs.get("tzinfo"))
    if zone is None and len(start.args) > 7:
        zone = start.args[7]
    if zone is None and start.name.startswith("pendulum."):
        zone = "UTC"
    if zone is not None:
        filters.setdefault("timezone", (_zone(zone, start.span),))


def _start_node(dag: Dag) -> ast.expr | None:
    """Where the file writes the start: at the DAG or in its defaults, also under a name of the file."""
    if dag.node is None:
        return None
    node = next((item.value for item in dag.node.keywords if item.arg == "start_date"), None)
    if node is None:
        defaults = next((item.value for item in dag.node.keywords if item.arg == "default_args"), None)
        if isinstance(defaults, ast.Name):
            defaults = dag.module.constant(defaults.id)
        if isinstance(defaults, ast.Dict):
            node = next((value for key, value in zip(defaults.keys, defaults.values, strict=True)
                         if isinstance(key, ast.Constant) and key.value == "start_date"), None)  # fmt: skip
        elif isinstance(defaults, ast.Call):
            node = next((item.value for item in defaults.keywords if item.arg == "start_date"), None)
    for _ in range(6):
        if not isinstance(node, ast.Name) or dag.module.constant(node.id) is None:
            break
        node = dag.module.constant(node.id)
    return node


def _zone(zone: Any, span: Span) -> Text:
    if isinstance(zone, Made) and zone.args and isinstance(zone.args[0], str):
        return Text(zone.args[0], span)
    if isinstance(zone, Named):
        return Text(zone.last, span)
    return Text(zone if isinstance(zone, str) else "given", span)
