"""How flows are started: ``flow.deploy``, ``flow.serve`` and ``prefect.yaml``.

Prefect documentation, "Define deployments with YAML", "Deploy via Python", "Create schedules", "Limit concurrent
runs of deployments" (``concurrency_limit``, collision strategy ``ENQUEUE`` by default).
"""

from __future__ import annotations

import ast
from typing import Any

from gradeline.model.code import Module
from gradeline.model.pipeline import Trigger
from gradeline.model.text import Text
from gradeline.readers.flows.values import Made, seconds
from gradeline.readers.prefect.nodes import Deployment
from gradeline.readers.reading import Reading, is_null
from gradeline.source import Span
from gradeline.syntax.yaml import Mapping, Resolved, Scalar, Sequence, scalar_value

FILES = ("prefect.yaml", "prefect.yml")
MAX = 40


def by_call(how: str, kwargs: dict[str, Any], node: ast.Call, module: Module) -> Deployment:
    """``flow.deploy(...)`` or ``flow.serve(...)``."""
    span = module.span(node.func)
    made = Deployment(str(kwargs.get("name", "deployment")), span)
    places = {item.arg: module.span(item.value) for item in node.keywords if item.arg}
    if kwargs.get("paused") is not True:
        for name in ("cron", "interval", "rrule", "schedule"):
            if kwargs.get(name) is not None:
                made.schedules.append(_schedule(kwargs[name], name, places.get(name, span)))
        several = kwargs.get("schedules")
        for item in several if isinstance(several, list) else ():
            made.schedules.append(_schedule(item, "schedule", item.span if isinstance(item, Made) else span))
    if kwargs.get("triggers"):
        made.after = places.get("triggers", span)
    name = "concurrency_limit" if "concurrency_limit" in kwargs else "global_limit"
    limit, cancels = kwargs.get(name), False
    if isinstance(limit, Made):
        cancels = "CANCEL" in str(limit.kwargs.get("collision_strategy", "")).upper()
        limit = limit.args[0] if limit.args else limit.kwargs.get("limit")
    if isinstance(limit, int) and not isinstance(limit, bool):
        made.limit = (limit, cancels, places.get(name, span))
    image = kwargs.get("image")
    if isinstance(image, Made):
        image = f"{image.kwargs.get('name', '')}:{image.kwargs.get('tag', '')}".strip(":")
    if isinstance(image, str) and image:
        made.image = (image, places.get("image", span))
    variables = kwargs.get("job_variables")
    env = variables.get("env") if isinstance(variables, dict) else None
    for key, value in env.items() if isinstance(env, dict) else ():
        made.env.append((str(key), value if isinstance(value, str) else "{{ computed }}", places["job_variables"]))
    return made


def _schedule(value: Any, name: str, span: Span) -> tuple[str, str, Span]:
    zone = ""
    if isinstance(value, Made):
        zone = str(value.kwargs.get("timezone", ""))
        inner = value.args[0] if value.args else next(
            (value.kwargs[key] for key in ("cron", "interval", "rrule") if key in value.kwargs), None)  # fmt: skip
        if isinstance(inner, Made) and seconds(inner) is None:
            return _schedule(inner, name, value.span)
        return (inner if isinstance(inner, str) and value.last.startswith("Cron") else _often(inner), zone, value.span)
    return (value if isinstance(value, str) and name != "rrule" else _often(value), zone, span)


def _often(value: Any) -> str:
    period = seconds(value)
    return f"*/{max(1, int(period // 60))} * * * *" if period is not None and period < 3600 else ""


def by_file(reading: Reading, path: str) -> list[tuple[str, Deployment]]:
    """The deployments of a ``prefect.yaml`` with their entry points (``file.py:function``)."""
    root = reading.document(path)
    found: list[tuple[str, Deployment]] = []
    if root is None:
        return found
    items = root.get("deployments")
    for item in list(items.values())[:MAX] if isinstance(items, Sequence) else ():
        if not isinstance(item, Mapping):
            continue
        made = Deployment(_word(item.get("name")) or "deployment", item.span)
        schedules = item.get("schedules")
        nodes = list(schedules.values()) if isinstance(schedules, Sequence) else []
        single = item.get("schedule")
        if isinstance(single, Mapping):
            nodes.append(single)
        for node in nodes:
            if not isinstance(node, Mapping) or scalar_value(node.get("active")) is False:
                continue
            cron, interval = node.get("cron"), node.get("interval")
            place = cron.span if cron is not None else node.span
            often = ""
            if isinstance(interval, Scalar) and isinstance(scalar_value(interval), int | float):
                often = _often(scalar_value(interval))
            made.schedules.append((_word(cron) or often, _word(node.get("timezone")), place))
        if scalar_value(item.get("paused")) is True:
            made.schedules.clear()
        events = item.get("triggers")
        if isinstance(events, Sequence):
            made.after = events.span
        _limit(item, made)
        pool = item.get("work_pool")
        variables = pool.get("job_variables") if isinstance(pool, Mapping) else None
        if isinstance(variables, Mapping):
            image = variables.get("image")
            if isinstance(image, Scalar) and not is_null(image):
                made.image = (_word(image), image.span)
            env = variables.get("env")
            for key, value in env.items() if isinstance(env, Mapping) else ():
                made.env.append((key.value, _word(value), value.span))
        found.append((_word(item.get("entrypoint")), made))
    return found


def _limit(item: Mapping, made: Deployment) -> None:
    node = item.get("concurrency_limit")
    cancels = False
    value = node
    if isinstance(node, Mapping):
        cancels = "CANCEL" in _word(node.get("collision_strategy")).upper()
        value = node.get("limit")
    number = scalar_value(value) if isinstance(value, Scalar) else None
    key = item.key("concurrency_limit")
    if isinstance(number, int) and not isinstance(number, bool) and key is not None:
        made.limit = (number, cancels, key.span)


def _word(node: Resolved | None) -> str:
    return node.value if isinstance(node, Scalar) and not is_null(node) else ""


def triggers_of(made: Deployment) -> list[Trigger]:
    found = []
    for cron, zone, span in made.schedules:
        filters = {"start": (Text("fixed", span),)}
        if zone:
            filters["timezone"] = (Text(zone, span),)
        found.append(Trigger("schedule", span, cron=Text(cron, span) if cron else None, filters=filters))
    if made.after is not None:
        found.append(Trigger("event", made.after))
    return found
