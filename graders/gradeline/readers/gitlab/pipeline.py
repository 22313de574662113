"""A ``.gitlab-ci.yml`` with all its files as one pipeline."""

from __future__ import annotations

from collections.abc import Sequence

from gradeline.model.expression import Constant, Expression
from gradeline.model.pipeline import Pipeline, Scenario, Trigger, Unit, Variable
from gradeline.model.text import Text
from gradeline.readers.gitlab import children, config, includes
from gradeline.readers.gitlab.jobs import JOB_KEYS, Shared, chosen_value, defaults_of, read_job
from gradeline.readers.gitlab.needs import Graph, Place, graph_of, placed, read_stages
from gradeline.readers.gitlab.predefined import IDENTITY, KNOWN, PROPOSALS
from gradeline.readers.gitlab.reading import ROOT, Exhausted, File, Read, Reading, shown
from gradeline.readers.gitlab.rules import Changes, Clauses, Rule, conjunction, deciding, disjunction, read_rules
from gradeline.readers.gitlab.scenarios import Setting, scenarios_of
from gradeline.readers.gitlab.tree import Table, Value, string, table, text_of, unknown_keys
from gradeline.readers.gitlab.variables import Definition, Scope, bindings, read_variables
from gradeline.records import field, record, replace
from gradeline.source import Span
from gradeline.syntax.yaml import Scalar

# GitLab Docs, "CI/CD job token": its permissions, and which projects may use it, are settings.
JOB_TOKEN = "what the token of a job may do is a setting of the project"
DEFAULT_TIMEOUT = 60.0  # GitLab Docs, "Customize pipeline configuration", timeout of a project
_WORKFLOW_KEYS = frozenset({"name", "rules", "auto_cancel"})


def read_pipeline(path: str, read: Read, paths: Sequence[str] = ()) -> Pipeline:
    """The pipeline whose first file is at ``path``; ``paths`` are all files of the repository.

    Nothing is raised: what is wrong becomes a diagnostic, and what can be read is in the pipeline.
    """
    reading = Reading(path, read, paths=tuple(paths))
    file = reading.file(path)
    if file is None or file.root is None:
        if file is None:
            reading.say("error", "missing-file", "The file does not exist.", None)
        return Pipeline(path, path, "gitlab", Span(path, 1), diagnostics=tuple(reading.diagnostics))
    whole = _Configuration((), None, None, Text("", file.root.span), file.root.span)
    changes = Changes()
    try:
        whole = _read(reading, file, Scope(), changes, level=0)
    except Exhausted:
        whole = replace(whole, units=(_cut(reading, file.root.span),))
    start = whole.start if whole.start is not None else _first_line(file.root.span)
    conditions = [unit.presence for unit in whole.units if unit.presence is not None]
    conditions += [whole.presence] if whole.presence is not None else []
    conditions += changes.derived.values()
    scenarios = scenarios_of(Setting(start, tuple(conditions), changes.found, whole.settable))
    return Pipeline(
        path=path,
        title=whole.title.raw or path,
        platform="gitlab",
        span=file.root.span,
        named=bool(whole.title.raw),
        triggers=_triggers(scenarios),
        scenarios=scenarios,
        units=whole.units,
        env=whole.env,
        uses=tuple(reading.uses.values()),
        given=whole.given,
        opaque=tuple(reading.opaque.values()),
        diagnostics=tuple(reading.diagnostics),
        proposals=PROPOSALS,
        rights_elsewhere=JOB_TOKEN,
        default_timeout=DEFAULT_TIMEOUT,
        looks_back="needs",
        presence=whole.presence,
        needs_units=True,
        strict_needs=True,
        identity=IDENTITY,
        derived=changes.derived,
        known=KNOWN,
        mirrored=_mirrored(scenarios),
    )


def _first_line(span: Span) -> Span:
    return Span(span.path, span.line, span.column, span.line, span.column + 1)


def _triggers(scenarios: tuple[Scenario, ...]) -> tuple[Trigger, ...]:
    found: dict[str, Trigger] = {}
    for scenario in scenarios:
        found.setdefault(scenario.trigger.event, scenario.trigger)
    return tuple(found.values())


def _mirrored(scenarios: tuple[Scenario, ...]) -> dict[str, tuple[str, ...]]:
    """Every variable that scenarios know is also in the environment of the scripts."""
    names = sorted({path for scenario in scenarios for path in scenario.names if path[0].startswith("$")})
    return {path[0].removeprefix("$"): path for path in names}


def _cut(reading: Reading, span: Span) -> Unit:
    """What stands for the rest of a configuration that is too large, for the checks to see."""
    reading.say("error", "too-large", "The configuration is too large to be read completely.", span)
    opaque = reading.hide(span, "the configuration is too large to be read completely")
    return Unit(id="(more)", title="the rest of the configuration", span=span, opaque=opaque)


@record
class _Configuration:
    """One configuration read: of the file itself or of a child pipeline."""

    units: tuple[Unit, ...]
    presence: Expression | None
    start: Span | None  # where the file says which pipelines exist
    title: Text
    span: Span
    env: tuple[Variable, ...] = ()
    settable: dict[str, str] | None = None
    given: dict[str, tuple[str, ...]] = field(default_factory=dict)


def _read(
    reading: Reading, file: File, scope: Scope, changes: Changes, level: int, given: Value | None = None,
    include: Value | None = None,
) -> _Configuration:  # fmt: skip
    """The configuration of ``file``; for a child pipeline ``include`` names its files instead."""
    included = includes.Included()
    clauses = Clauses(scope, changes)
    if include is not None:
        root = includes.load_listed(reading, include, clauses, included, given, file)
    else:
        root = includes.load(reading, file, clauses, included, given)
    gaps = config.Gaps(bool(included.closed))
    root = config.dereferenced(reading, config.extended(reading, root, gaps), gaps)
    variables = read_variables(reading, root.get("variables"), "pipeline", "`variables`")
    scope = scope.with_definitions(variables)
    clauses = replace(clauses, scope=scope)
    workflow = table(reading, root.get("workflow"), "`workflow`")
    rules, presence = _workflow(reading, workflow, clauses)
    if rules:
        scope = scope.with_definitions(_rule_variables(rules, scope, changes))
    cancels = _cancels(reading, workflow, rules)
    shared = Shared(defaults_of(reading, root), scope, changes, rules, cancels)
    stages = read_stages(reading, root.get("stages"))
    jobs = _jobs(reading, root, gaps)
    open_jobs = frozenset(jobs) if gaps.closed and not root.has("stages") else frozenset(gaps.found)
    graph = graph_of(reading, placed(reading, jobs, stages, open_jobs), gaps.closed)
    units: list[Unit] = []
    for place in graph.places:
        try:
            made = _units(reading, place, graph, shared, changes, level, included, file)
        except Exhausted:
            if level:
                raise
            units.append(_cut(reading, root.span))
            break
        hidden = gaps.found.get(place.name)
        units.extend(made if hidden is None else [replace(unit, opaque=unit.opaque or hidden) for unit in made])
    _check_stops(reading, units)
    units.extend(_closed(included))
    if presence is not None:
        allowed = changes.named("the rules of the pipeline", presence, presence.span)
        units = [replace(unit, presence=conjunction((allowed, unit.presence), unit.span)) for unit in units]
    title = string(reading, workflow.get("name"), "`name`") if workflow is not None else None
    start = root.key("workflow") if workflow is not None else None
    settable = {item.name: item.value.raw for item in variables.values() if item.asked}
    named = title or Text("", root.span)
    brought = dict(included.templates)
    return _Configuration(tuple(units), presence, start, named, root.span, bindings(scope), settable, brought)


def _workflow(
    reading: Reading, workflow: Table | None, clauses: Clauses
) -> tuple[tuple[Rule, ...] | None, Expression | None]:
    """``workflow:rules`` decide whether a pipeline exists."""
    if workflow is None:
        return None, None
    unknown_keys(reading, workflow, _WORKFLOW_KEYS, "`workflow`")
    value = workflow.get("rules")
    if value is None:
        return None, None
    rules = read_rules(reading, value, replace(clauses, when="always"), "`workflow`")
    for rule in rules:
        if rule.when not in ("always", "never"):
            reading.say("error", "bad-when", "`workflow:rules` takes only `always` and `never`.", rule.span)
    presence = deciding(rules, lambda rule: rule.when != "never", workflow.key("rules"))
    always = isinstance(presence, Constant) and presence.value is True
    return rules, None if always else presence


def _rule_variables(rules: tuple[Rule, ...], scope: Scope, changes: Changes) -> dict[str, Definition]:
    """Variables of ``workflow:rules``: their value depends on the rule that matches."""
    found: dict[str, Definition] = {}
    for name in dict.fromkeys(name for rule in rules for name in rule.variables):
        setting = [rule for rule in rules if name in rule.variables]
        first = setting[0].variables[name]
        before = scope.defined.get(name)
        otherwise = before.value.template() if before is not None else None
        value = chosen_value(rules, name, otherwise, scope, first.span, MAX_SHARED)
        meaning = changes.named(f"${name}", value, first.span)
        found[name] = replace(first, level="pipeline", meaning=meaning)
    return found


def _cancels(reading: Reading, workflow: Table | None, rules: tuple[Rule, ...] | None) -> Expression | None:
    """Whether a newer pipeline of the ref ends this one; None when it always does.

    GitLab Docs, "CI/CD YAML syntax reference", workflow:auto_cancel:on_new_commit: ``none`` switches it off.
    """
    own = _on_new_commit(workflow.get("auto_cancel") if workflow is not None else None)
    if not rules or all(rule.auto_cancel is None for rule in rules):
        return Constant(False, workflow.span) if own == "none" and workflow is not None else None
    span = rules[0].span
    return deciding(rules, lambda rule: (_on_new_commit(rule.auto_cancel) or own) != "none", span)


def _on_new_commit(value: Value | None) -> str:
    text = text_of(value.get("on_new_commit")) if isinstance(value, Table) else None
    return text.raw if text is not None else ""


def _jobs(reading: Reading, root: Table, gaps: config.Gaps) -> dict[str, Table]:
    """The visible jobs of the configuration, in order."""
    found: dict[str, Table] = {}
    for key, value in root.items():
        name = key.value
        if name in includes.GLOBAL_KEYS or name.startswith("."):
            _check_reserved(reading, key, value)
            continue
        if not isinstance(value, Table):
            message = f"`{shown(name)}` is no keyword of GitLab, and a job needs keys and values."
            reading.say("error", "bad-job", message, key.span)
            continue
        body = Table(value.entries, key.span.to(value.span) if _follows(key.span, value.span) else key.span)
        unknown_keys(reading, body, JOB_KEYS, f"the job `{shown(name)}`")
        if not any(body.has(word) for word in ("script", "trigger", "run")) and not _bridges(body):
            if gaps.closed:
                reason = "what it does is in a file that is not here"
                gaps.found.setdefault(name, reading.hide(key.span, reason))
            else:
                message = f"The job `{shown(name)}` has no `script`, `run` or `trigger`."
                reading.say("error", "no-script", message, key.span)
                continue
        found[name] = body
    if not found and not gaps.closed:
        message = "The configuration holds no visible job: names that start with a dot never run."
        reading.say("error", "no-jobs", message, root.span)
    return found


def _check_reserved(reading: Reading, key: Scalar, value: Value) -> None:
    """GitLab Docs, "CI/CD jobs", Job names: keywords cannot be names of jobs."""
    if key.value in includes.GLOBAL_KEYS and isinstance(value, Table) and value.has("script"):
        message = f"`{key.value}` is a keyword, so no job can have this name."
        reading.say("error", "reserved-name", message, key.span)


def _follows(key: Span, value: Span) -> bool:
    return key.path == value.path and (key.line, key.column) <= (value.line, value.column)


def _bridges(job: Table) -> bool:
    needs = job.get("needs")
    return isinstance(needs, Table) and needs.has("pipeline")


def _units(
    reading: Reading, place: Place, graph: Graph, shared: Shared, changes: Changes, level: int,
    included: includes.Included, file: File,
) -> list[Unit]:  # fmt: skip
    conditions = included.conditions.get(place.name, [])
    if place.node.get("trigger") is None:
        made = [read_job(reading, place, graph, shared)]
    else:
        call = children.read_call(reading, place, graph, shared)
        made = [call.head] if call.include is None else _child(reading, call, changes, level, file)
    if not conditions:
        return made
    extra = disjunction(conditions, place.node.span)
    return [replace(unit, presence=conjunction((extra, unit.presence), unit.span)) for unit in made]


MAX_CHILD_WORK = 30_000
MAX_SHARED = 20_000  # parts of a value that is computed once


def _child(reading: Reading, call: children.Call, changes: Changes, level: int, file: File) -> list[Unit]:
    """The trigger job with the child pipeline inlined; one that is too large stays closed."""
    reading.children -= 1
    if level >= children.MAX_LEVELS or reading.children < 0:
        return [replace(call.head, opaque=reading.hide(call.head.span, "there are too many levels of pipelines"))]
    left = reading.work
    reading.work = min(left, MAX_CHILD_WORK)
    given = reading.work
    try:
        child = _read(reading, file, children.child_scope(call), changes, level + 1, call.given, call.include)
    except Exhausted:
        return [replace(call.head, opaque=reading.hide(call.head.span, "the child pipeline is too large"))]
    finally:
        reading.work = left - (given - max(reading.work, 0))
    return children.inlined(call, child.units, None)


def _closed(included: includes.Included) -> list[Unit]:
    """What cannot be seen stands in the pipeline as a unit without content."""
    found: list[Unit] = []
    for number, (what, opaque) in enumerate(included.closed, start=1):
        found.append(Unit(id=f"(include {number})", title=f"include {what}", span=opaque.span, opaque=opaque))
    return found


def _check_stops(reading: Reading, units: list[Unit]) -> None:
    """``on_stop`` must name a job that stops the same environment."""
    by_id = {unit.id: unit for unit in units}
    for unit in units:
        environment = unit.environment
        if environment is None or not environment.stopped_by:
            continue
        stopper = by_id.get(environment.stopped_by)
        name = shown(environment.stopped_by)
        if stopper is None:
            message = f"`on_stop` of `{unit.title}` names the job `{name}`, which does not exist."
            reading.say("error", "unknown-stop", message, environment.span)
        elif stopper.environment is None or stopper.environment.action != "stop":
            message = f"The job `{name}` does not have `action: stop` in its environment."
            reading.say("error", "bad-stop", message, stopper.span)
        elif stopper.environment.name.raw != environment.name.raw:
            message = f"The job `{name}` stops another environment than `{unit.title}` starts."
            reading.say("error", "bad-stop", message, stopper.environment.span)


__all__ = ["ROOT", "read_pipeline"]
