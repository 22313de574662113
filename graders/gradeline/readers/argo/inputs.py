"""What a template is given and what it hands on: parameters and artifacts.

Argo documentation, "Parameters", "Artifacts", "Output Parameters" and "Workflow Inputs".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gradeline.model.effects import ArtifactGet, ArtifactPut, Checkout, Effect
from gradeline.model.expression import Constant, Expression, Name, Unresolved
from gradeline.model.text import Hole, Text
from gradeline.readers.argo import expressions
from gradeline.readers.argo.flow import Flow, maps, word
from gradeline.readers.argo.reading import Reading, is_null, shown
from gradeline.readers.argo.scope import Scope
from gradeline.records import record
from gradeline.source import Span
from gradeline.syntax.yaml import Mapping as YamlMapping
from gradeline.syntax.yaml import Resolved, Sequence

_STORES = ("s3", "gcs", "oss", "azure", "hdfs", "artifactory", "http", "raw", "plugin")


@record
class Bindings:
    """The scope inside a template, and what its input artifacts bring."""

    scope: Scope
    effects: tuple[Effect, ...] = ()


def parameters_of(reading: Reading, scope: Scope, nodes: tuple[YamlMapping, ...]) -> dict[str, Expression | None]:
    """``arguments.parameters`` by name; the first mapping that gives a value wins, None when none does."""
    found: dict[str, Expression | None] = {}
    for node in nodes:
        for item in maps(node.get("parameters")):
            reading.spend()
            name = word(item.get("name"))
            value = _given(reading, scope, item)
            if name and found.get(name) is None:
                found[name] = value
    return found


def free_parameters(nodes: tuple[YamlMapping, ...]) -> frozenset[str]:
    """The parameters for which whoever submits the workflow types any text: those that have no list of values."""
    items = [item for node in nodes for item in maps(node.get("parameters"))]
    listed = {word(item.get("name")) for item in items if isinstance(item.get("enum"), Sequence)}
    return frozenset(word(item.get("name")) for item in items) - listed


def _given(reading: Reading, scope: Scope, item: YamlMapping) -> Expression | None:
    node = item.get("value")
    if item.key("value") is not None and node is not None:
        text = expressions.text(reading, scope, node, "The value of a parameter")
        return expressions.value_of(text) if text is not None else None
    source = item.get("valueFrom")
    if isinstance(source, YamlMapping):
        expression = source.get("expression")
        if expression is not None:
            return expressions.computed(reading, scope, expression)[0]
        default = expressions.optional(reading, scope, source.get("default"))
        if source.get("configMapKeyRef") is None and source.get("supplied") is None and default is not None:
            return expressions.value_of(default)
        kept = "stands in a config map" if source.get("configMapKeyRef") is not None else "is given from outside"
        return Unresolved(f"the value of {shown(word(item.get('name')))} {kept}", source.span)
    return None


def bind(
    flow: Flow,
    template: YamlMapping,
    arguments: tuple[YamlMapping, ...],
    scope: Scope,
    call: Span,
    call_known: bool = True,
    root: bool = False,
) -> Bindings:
    """The names inside ``template`` when it is used with ``arguments``, which are read in the caller's ``scope``.

    ``call_known`` false: somebody else will start it and give what is missing.  ``root``: whoever submits the
    workflow gives the arguments that it declares without a value.
    """
    reading = flow.reading
    given = parameters_of(reading, scope, arguments)
    inputs, outputs = template.get("inputs"), template.get("outputs")
    names: dict[str, Expression] = dict(flow.names)
    for item in maps(inputs.get("parameters")) if isinstance(inputs, YamlMapping) else ():
        reading.spend()
        name = word(item.get("name"))
        value = given.get(name)
        if value is None:
            value = _given(reading, Scope(flow.names), item)
        if value is None:
            default = expressions.optional(reading, Scope(flow.names), item.get("default"))
            value = expressions.value_of(default) if default is not None else None
        if value is None and (not call_known or (root and name in given)):
            # Whoever starts the template gives it.
            typed = root and name in given and not isinstance(item.get("enum"), Sequence)
            value = Name(("inputs", "parameters", name), item.span, untrusted=typed)
        if value is None:
            message = f"The template needs the parameter `{shown(name)}`, and nothing gives it a value."
            reading.say("error", "missing-parameter", message, call)
            value = Unresolved(f"the parameter {shown(name)} has no value", item.span)
        names[f"inputs.parameters.{name}"] = value
    for side, node in (("inputs", inputs), ("outputs", outputs)):
        for kind in ("artifacts", "parameters"):
            for item in maps(node.get(kind)) if isinstance(node, YamlMapping) else ():
                source = item.get("valueFrom")
                where = item if kind == "artifacts" else (source if isinstance(source, YamlMapping) else item)
                path = expressions.optional(reading, Scope(names), where.get("path"), "`path`")
                if path is not None:
                    names[f"{side}.{kind}.{word(item.get('name'))}.path"] = expressions.value_of(path)
    artifacts, effects = _artifacts(flow, inputs, arguments, scope, Scope(names), call if call_known else None)
    values = tuple(_values(scope, arguments))
    return Bindings(Scope(names, artifacts=artifacts, status=scope.status), (*effects, *values))


def _values(scope: Scope, arguments: tuple[YamlMapping, ...]) -> Iterator[ArtifactGet]:
    """What is given as a parameter from the output parameters of tasks beside this one."""
    for node in arguments:
        for item in maps(node.get("parameters")):
            for found in expressions.find(word(item.get("value"))):
                parts = found.inner.lstrip("=").strip().split(".")
                if len(parts) == 5 and parts[0] == scope.word and parts[2:4] == ["outputs", "parameters"]:
                    sibling = scope.siblings.get(parts[1])
                    if sibling is not None:
                        yield ArtifactGet(item.span, name=Text(f"{sibling.unit}/{parts[4]}", item.span))


def _artifacts(
    flow: Flow,
    inputs: Resolved | None,
    arguments: tuple[YamlMapping, ...],
    outer: Scope,
    inner: Scope,
    call: Span | None,
) -> tuple[dict[str, Text], tuple[Effect, ...]]:
    given: dict[str, YamlMapping] = {}
    for node in arguments:
        for item in maps(node.get("artifacts")):
            given.setdefault(word(item.get("name")), item)
    found: dict[str, Text] = {}
    effects: list[Effect] = []
    for item in maps(inputs.get("artifacts")) if isinstance(inputs, YamlMapping) else ():
        flow.reading.spend()
        name = word(item.get("name"))
        path = expressions.optional(flow.reading, inner, item.get("path"), "`path`")
        argument = given.get(name)
        source, scope = (argument, outer) if argument is not None else (item, inner)
        kept = artifact_source(flow, scope, source)
        if kept is not None:
            found[name] = kept
            effects.append(ArtifactGet(source.span, name=kept, path=path))
            continue
        git = source.get("git")
        if isinstance(git, YamlMapping):
            ref = expressions.optional(flow.reading, scope, git.get("revision"), "`revision`")
            repository = expressions.optional(flow.reading, scope, git.get("repo"), "`repo`")
            effects.append(Checkout(source.span, ref=ref, repository=repository, keeps_credentials=False))
            continue
        key = _location(flow.reading, scope, source)
        if key is not None:
            found[name] = key
            effects.append(ArtifactGet(source.span, name=key, path=path))
            continue
        nothing = Unresolved(f"the artifact {shown(name)} comes from nowhere in the files", item.span)
        found[name] = Text("artifact", item.span, (Hole(0, 8, nothing),))
        if call is not None and word(item.get("optional")) != "true":
            message = f"The template needs the artifact `{shown(name)}`, and nothing gives it."
            flow.reading.say("error", "missing-artifact", message, call)
    return found, tuple(effects)


def artifact_source(flow: Flow, scope: Scope, item: YamlMapping) -> Text | None:
    """The name under which an artifact given by ``from`` is kept; None when it comes from elsewhere."""
    node = item.get("from")
    if is_null(node) and not is_null(item.get("fromExpression")):
        where = item.get("fromExpression")
        assert where is not None
        reason = "which artifact it is depends on an expression"
        return Text("artifact", where.span, (Hole(0, 8, Unresolved(reason, where.span)),))
    text = expressions.optional(flow.reading, Scope(), None) if node is None else None
    raw = word(node)
    if not raw or node is None:
        return text
    found = expressions.find(raw)
    if len(found) != 1 or not found[0].inner.strip():
        flow.reading.say("error", "unresolved", "`from` needs one artifact in double braces.", node.span)
        return Text(raw, node.span, (Hole(0, len(raw), Unresolved("`from` cannot be resolved", node.span)),))
    known = _artifact(flow, scope, found[0].inner.lstrip("=").strip())
    if known is None:
        message = f"No artifact `{shown(found[0].inner)}` is handed on here."
        flow.reading.say("error", "unresolved", message, node.span)
        return Text(raw, node.span, (Hole(0, len(raw), Unresolved("the artifact cannot be resolved", node.span)),))
    return Text(known.raw, node.span, known.holes)


def _artifact(flow: Flow, scope: Scope, path: str) -> Text | None:
    parts = path.split(".")
    if parts[:2] == ["inputs", "artifacts"] and len(parts) == 3:
        return scope.artifacts.get(parts[2])
    if parts[:3] == ["workflow", "outputs", "artifacts"] and len(parts) == 4:
        # Who exports it may run later than it is read here, or give it a name that is computed.
        return flow.exported.get(parts[3], Text(f"workflow/{parts[3]}", Span("", 1)))
    if len(parts) == 5 and parts[0] == scope.word and parts[2:4] == ["outputs", "artifacts"]:
        sibling = scope.siblings.get(parts[1])
        if sibling is None:
            return None
        if sibling.opaque:
            return Text(f"{sibling.unit}/{parts[4]}", Span("", 1))
        return sibling.artifacts.get(parts[4])
    return None


def _location(reading: Reading, scope: Scope, item: YamlMapping) -> Text | None:
    """The place in a store that an artifact names itself."""
    for store in _STORES:
        where = item.get(store)
        if isinstance(where, YamlMapping):
            for key in ("key", "url", "path", "data", "blob"):
                text = expressions.optional(reading, scope, where.get(key), f"`{key}`")
                if text is not None:
                    return text
            return Text(store, where.span)
    return None


def outputs_of(
    flow: Flow, template: YamlMapping, scope: Scope, unit: str
) -> tuple[dict[str, Expression], dict[str, Text], tuple[Effect, ...]]:
    """Outputs of a template that runs itself: parameters, artifacts by the name they are kept under, effects."""
    outputs = template.get("outputs")
    parameters: dict[str, Expression] = {}
    artifacts: dict[str, Text] = {}
    effects: list[Effect] = []
    if not isinstance(outputs, YamlMapping):
        return parameters, artifacts, ()
    for item in maps(outputs.get("parameters")):
        flow.reading.spend()
        name = word(item.get("name"))
        value = _output(flow.reading, scope, item)
        parameters[name] = value
        if isinstance(item.get("valueFrom"), YamlMapping):
            kept = Text(f"{unit}/{name}", item.span)
            effects.append(ArtifactPut(item.span, name=kept, paths=(), overwrite=True, report="variables"))
        exported = word(item.get("globalName"))
        if exported:
            flow.names[f"workflow.outputs.parameters.{exported}"] = Unresolved("an output of the run", item.span)
    for item in maps(outputs.get("artifacts")):
        flow.reading.spend()
        name = word(item.get("name"))
        kept = Text(f"{unit}/{name}", item.span)
        artifacts[name] = kept
        exported = word(item.get("globalName"))
        if exported:
            flow.exported[exported] = kept
        path = expressions.optional(flow.reading, scope, item.get("path"), "`path`")
        paths = (path,) if path is not None else ()
        effects.append(ArtifactPut(item.span, name=kept, paths=paths, overwrite=True))
        location = _location(flow.reading, scope, item)
        if location is not None:  # another template may fetch it from its place in the store
            effects.append(ArtifactPut(item.span, name=location, paths=paths, overwrite=True))
    return parameters, artifacts, tuple(effects)


def _output(reading: Reading, scope: Scope, item: YamlMapping) -> Expression:
    value = _given(reading, scope, item)
    if value is not None and not isinstance(item.get("valueFrom"), YamlMapping):
        return value
    name = word(item.get("name"))
    return Unresolved(f"the output {shown(name)} exists only at run time", item.span)


def passed_on(flow: Flow, template: YamlMapping, scope: Scope) -> tuple[Mapping[str, Expression], Mapping[str, Text]]:
    """Outputs of a template made of others: parameters and artifacts that come from inside."""
    outputs = template.get("outputs")
    parameters: dict[str, Expression] = {}
    artifacts: dict[str, Text] = {}
    if not isinstance(outputs, YamlMapping):
        return parameters, artifacts
    for item in maps(outputs.get("parameters")):
        name, source = word(item.get("name")), item.get("valueFrom")
        value: Expression | None = None
        if isinstance(source, YamlMapping):
            text = expressions.optional(flow.reading, scope, source.get("parameter"), "`parameter`")
            value = expressions.value_of(text) if text is not None else None
            if value is None and source.get("expression") is not None:
                value = expressions.computed(flow.reading, scope, source.get("expression"))[0]
        elif item.key("value") is not None:
            text = expressions.optional(flow.reading, scope, item.get("value"))
            value = expressions.value_of(text) if text is not None else Constant("", item.span)
        parameters[name] = value or Unresolved(f"the output {shown(name)} exists only at run time", item.span)
    for item in maps(outputs.get("artifacts")):
        kept = artifact_source(flow, scope, item)
        if kept is not None:
            artifacts[word(item.get("name"))] = kept
    return parameters, artifacts
