"""``options``, ``parameters``, ``triggers`` and ``environment`` of a pipeline or a stage.

Jenkins, "Pipeline Syntax"; for ``properties([...])`` of scripted pipelines the same words are steps.
"""

from __future__ import annotations

from typing import Literal

from gradeline.model.expression import Name
from gradeline.model.pipeline import Bound, Exclusive, Retry, Trigger, Variable
from gradeline.model.text import Hole, Text
from gradeline.readers.jenkins import values
from gradeline.readers.jenkins.names import MIRRORED
from gradeline.readers.jenkins.reading import shown
from gradeline.readers.jenkins.scope import Parameter, Scope
from gradeline.readers.jenkins.sections import argument, inside, plain
from gradeline.records import record, replace
from gradeline.source import Span
from gradeline.syntax import groovy_nodes as gr

MACHINERY = frozenset({"agent", "kubernetesAgent", "nonresumable"})
UNITS = {
    "NANOSECONDS": 1 / 6e10, "MICROSECONDS": 1 / 6e7, "MILLISECONDS": 1 / 6e4, "SECONDS": 1 / 60, "MINUTES": 1.0,
    "HOURS": 60.0, "DAYS": 1440.0,
}  # fmt: skip
Where = Literal["pipeline", "unit", "step"]


# -- environment ---------------------------------------------------------------------------------------


def read_environment(scope: Scope, node: gr.Call | None, where: Where, secrets: Where) -> tuple[Variable, ...]:
    """Variables of an ``environment`` block, each seeing those before it.

    ``credentials('x')`` of a user name and a password also gives ``NAME_USR`` and ``NAME_PSW``.  Which kind of
    credential it is, only the server knows, so all three are there.  ``secrets`` is their own scope: a stage
    with steps is the smallest place that a Jenkinsfile can bind a credential to by ``environment``.
    """
    found: list[Variable] = []
    block = node.block if node is not None else None
    for statement in block.body.statements if block is not None else ():
        if not isinstance(statement, gr.Assign) or not isinstance(statement.target, gr.Name | gr.Property):
            continue
        name = statement.target.name
        value = statement.value
        span = statement.span
        if isinstance(value, gr.Call) and value.target is None and value.name == "credentials" and value.positional:
            credential = values.constant(scope, value.positional[0]) or shown(value.source)
            secret = values.secret_text(credential, value.span)
            user = values.unknown_text("the user name stands in the store", value.span)
            found.append(Variable(name, secret, secrets, span))
            found.append(Variable(f"{name}_USR", user, secrets, span))
            found.append(Variable(f"{name}_PSW", secret, secrets, span))
            continue
        found.append(Variable(name, values.text(scope.with_env(tuple(found)), value), where, span))
    return tuple(found)


# -- options -------------------------------------------------------------------------------------------


@record
class Options:
    timeout: Bound | None = None
    retry: Retry | None = None
    exclusive: Exclusive | None = None
    stops_when_unstable: bool = False
    fails_fast: Span | None = None
    skips_checkout: bool = False
    days: Text | None = None  # how long artifacts are kept
    runs: Text | None = None
    log_days: Text | None = None  # how long builds with their logs are kept
    log_runs: Text | None = None
    timestamps: Span | None = None


def read_options(scope: Scope, node: gr.Node | None) -> Options:
    """An ``options`` block, or the list of ``properties([...])``."""
    result = Options()
    for call in _listed(node):
        if call.name == "timeout":
            result = replace(result, timeout=minutes(scope, call))
        elif call.name == "retry":
            result = replace(result, retry=retry_of(scope, call))
        elif call.name == "lock":
            result = replace(result, exclusive=lock_of(scope, call))
        elif call.name == "disableConcurrentBuilds":
            result = replace(result, exclusive=_one_at_a_time(scope, call))
        elif call.name == "skipStagesAfterUnstable":
            result = replace(result, stops_when_unstable=True)
        elif call.name == "parallelsAlwaysFailFast":
            result = replace(result, fails_fast=call.span)
        elif call.name == "skipDefaultCheckout":
            refused = [item for item in call.positional if isinstance(item, gr.Literal) and item.value is False]
            result = replace(result, skips_checkout=not refused)
        elif call.name == "buildDiscarder":
            kept = _kept(scope, call)
            days = kept.get("artifactDaysToKeepStr") or kept.get("daysToKeepStr")
            runs = kept.get("artifactNumToKeepStr") or kept.get("numToKeepStr")
            log_days, log_runs = kept.get("daysToKeepStr"), kept.get("numToKeepStr")
            result = replace(result, days=days, runs=runs, log_days=log_days, log_runs=log_runs)
        elif call.name == "timestamps":
            result = replace(result, timestamps=call.span)
    return result


def _listed(node: gr.Node | None) -> tuple[gr.Call, ...]:
    """The calls of a block, or of the lists that a call is given; ``[$class: 'X', ...]`` is left out."""
    if isinstance(node, gr.Call) and node.block is not None:
        return inside(node).calls
    if isinstance(node, gr.Call):
        return tuple(
            item.value
            for given in node.positional
            if isinstance(given, gr.ListLiteral)
            for item in given.items
            if isinstance(item.value, gr.Call)
        )
    return ()


def minutes(scope: Scope, node: gr.Call) -> Bound | None:
    """``timeout(time: 1, unit: 'HOURS')`` and ``timeout(5)`` in minutes, which are the default unit."""
    time = argument(node, "time")
    if time is None:
        return None
    unit = values.constant(scope, node.get("unit")) or "MINUTES"
    text = values.text(scope, time)
    number = text.constant
    try:
        value = float(number) * UNITS.get(unit.upper(), 1.0) if number is not None else None
    except ValueError:
        value = None
    return Bound(Text(f"{value:g}", node.span) if value is not None else text, node.span)


def retry_of(scope: Scope, node: gr.Call) -> Retry | None:
    """``retry(3)`` runs its block three times at most, so two further tries."""
    count = argument(node, "count")
    if count is None:
        return None
    text = values.text(scope, count)
    number = text.constant
    if number is not None and number.isdecimal() and len(number) < 10:
        text = Text(str(max(int(number) - 1, 0)), text.span)
    listed = node.get("conditions")
    kinds = [item.value for item in listed.items] if isinstance(listed, gr.ListLiteral) else []
    machinery = bool(kinds) and all(isinstance(kind, gr.Call) and kind.name in MACHINERY for kind in kinds)
    return Retry(text, node.span, infrastructure_only=machinery)


def lock_of(scope: Scope, node: gr.Call) -> Exclusive:
    name = argument(node, "resource") or node.get("label")
    group = values.text(scope, name) if name is not None else Text("", node.span)
    return Exclusive(group, None, node.span)


def _one_at_a_time(scope: Scope, call: gr.Call) -> Exclusive:
    """One build of a branch at a time; ``abortPrevious: true`` ends the older one.

    In a multibranch pipeline each branch is a job of its own (Jenkins, "Branches and Pull Requests").
    """
    aborts = call.get("abortPrevious")
    cancel = None if aborts is None else values.expression(scope, aborts)
    branch = Name(("jenkins", "BRANCH_NAME"), call.span)
    raw = "${BRANCH_NAME}"
    return Exclusive(Text(raw, call.span, (Hole(0, len(raw), branch),)), cancel, call.span)


def _kept(scope: Scope, call: gr.Call) -> dict[str, Text]:
    """For how many days, and how many builds, builds and their artifacts are kept; jenkinsci/jenkins, LogRotator."""
    found: dict[str, Text] = {}
    for inner in gr.calls(call):
        for entry in inner.arguments:
            if entry.name is not None:
                text = values.text(scope, entry.value)
                if text.raw not in ("", "-1"):
                    found[entry.name] = text
    return found


# -- parameters and triggers ----------------------------------------------------------------------------


def read_parameters(scope: Scope, node: gr.Node | None) -> tuple[Parameter, ...]:
    """The parameters of a ``parameters`` block, or of ``properties([parameters([...])])``."""
    found: dict[str, Parameter] = {}
    for call in gr.calls(node) if node is not None else ():
        name = values.constant(scope, call.get("name"))
        if name is None or call is node:
            continue
        default = call.get("defaultValue")
        text = values.text(scope, default) if default is not None else None
        choices = _choices(scope, call.get("choices"))
        if text is None and choices:
            text = Text(choices[0], call.span)
        found.setdefault(name, Parameter(name, call.name, text, choices, call))
    return tuple(found.values())


def _choices(scope: Scope, node: gr.Node | None) -> tuple[str, ...]:
    """A list, or lines of a text; the first one is the default."""
    if isinstance(node, gr.ListLiteral):
        return tuple(item for item in (values.constant(scope, entry.value) for entry in node.items) if item is not None)
    text = values.constant(scope, node)
    return tuple(text.split("\n")) if text else ()


def typed_secrets(parameters: tuple[Parameter, ...]) -> tuple[Variable, ...]:
    """Passwords that whoever starts a build types in; every step can read them."""
    found: list[Variable] = []
    for parameter in parameters:
        if parameter.kind == "password":
            span = parameter.node.span
            raw = f"params.{parameter.name}"
            hole = Hole(0, len(raw), Name(("params", parameter.name), span, True))
            found.append(Variable(parameter.name, Text(raw, span, (hole,)), "pipeline", span))
    return tuple(found)


def parameter_variables(parameters: tuple[Parameter, ...]) -> dict[str, tuple[str, ...]]:
    """Environment variables that hold what the scenario knows: its names, and the parameters."""
    return {**MIRRORED, **{item.name: ("params", item.name) for item in parameters}}


def read_triggers(scope: Scope, node: gr.Node | None) -> tuple[Trigger, ...]:
    """``cron``, ``pollSCM``, ``upstream`` and triggers of plug-ins; one ``cron`` may hold several lines.

    A line of ``parameterizedCron`` has parameters behind ``%`` (parameterized-scheduler README).
    """
    found: list[Trigger] = []
    for call in _trigger_calls(node):
        first = plain(call) or call.get("spec") or call.get("scmpoll_spec")
        if call.name in ("cron", "pollSCM", "parameterizedCron") and first is not None:
            text = values.text(scope, first)
            if text.holes:
                found.append(Trigger(call.name, call.span, cron=text))
                continue
            for line in _lines(text):
                cut = line.raw.partition("%")[0].strip() if call.name == "parameterizedCron" else line.raw
                found.append(Trigger(call.name, call.span, cron=replace(line, raw=cut)))
        elif call.name == "upstream":
            named = argument(call, "upstreamProjects")
            filters = {"jobs": (values.text(scope, named),)} if named is not None else {}
            if (bound := argument(call, "threshold")) is not None:
                said = Text(bound.name, bound.span) if isinstance(bound, gr.Property) else values.text(scope, bound)
                filters["threshold"] = (said,)
            found.append(Trigger(call.name, call.span, filters=filters))
        else:
            found.append(Trigger(call.name, call.span))
    return tuple(found)


def _trigger_calls(node: gr.Node | None) -> tuple[gr.Call, ...]:
    if isinstance(node, gr.Call) and node.name == "triggers":
        return inside(node).calls
    for call in gr.calls(node) if node is not None else ():
        if call.name == "pipelineTriggers":
            return _listed(call)
    return ()


def _lines(text: Text) -> tuple[Text, ...]:
    from gradeline.readers.texts import lines

    return tuple(line for line in lines(text) if not line.raw.startswith(("#", "TZ=")))


