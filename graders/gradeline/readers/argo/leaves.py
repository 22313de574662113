"""Templates that do work themselves, as units: containers, scripts, resources, requests, pauses.

Argo documentation, "Core Concepts", Template Types; "Container Set Template"; "HTTP Template";
"Suspend Template"; "Resource Template" (the executor runs ``kubectl ACTION -f FILE``).
"""

from __future__ import annotations

from gradeline.model.effects import Approval, Effect
from gradeline.model.expression import Expression, Status
from gradeline.model.pipeline import Step, Unit, Use
from gradeline.model.text import Text
from gradeline.readers.argo import bounds, commands, expressions, inputs, loops, pods
from gradeline.readers.argo.flow import Flow, Site, maps, word
from gradeline.readers.argo.reading import is_null, shown
from gradeline.readers.argo.scope import Scope, Sibling
from gradeline.records import replace
from gradeline.syntax.yaml import Mapping, Resolved, Scalar, Sequence

KINDS = ("container", "script", "containerSet", "resource", "http", "suspend", "plugin", "data", "dag", "steps")
_NO_POD = frozenset({"http", "suspend", "plugin"})


def read_leaf(
    flow: Flow, site: Site, template: Mapping, kind: str, head: Unit, bindings: inputs.Bindings
) -> tuple[Unit, Sibling]:
    """The unit of a template that runs itself.  ``head`` carries what its use says."""
    reading, scope = flow.reading, bindings.scope
    parameters, artifacts, puts = inputs.outputs_of(flow, template, scope, head.id)
    unit = _bounded(flow, site, template, head, scope)
    steps: list[Step] = []
    if bindings.effects:
        steps.append(Step("inputs", "fetch the inputs", template.span, "use", effects=bindings.effects))
    containers = _containers(template, kind)
    for number, container in enumerate(maps(template.get("initContainers")), start=1):
        steps.append(_container(flow, scope, template, container, f"init-{number}"))
    if kind in ("container", "script", "containerSet"):
        for number, container in enumerate(containers, start=1):
            name = "main" if kind != "containerSet" else word(container.get("name")) or f"#{number}"
            made = _script if kind == "script" else _container
            step = made(flow, scope, template, container, name)
            # A container has no name of its own; what it does is said by the task or step that uses it.
            steps.append(replace(step, title=site.title if kind != "containerSet" else name, named=True))
        unit = _pod(flow, template, containers, unit, scope)
    elif kind == "resource":
        steps.append(_resource(flow, scope, template))
    elif kind == "http":
        steps.append(_http(flow, scope, template))
    elif kind == "suspend":
        unit = replace(unit, approval=_approval(flow, scope, template, site))
    else:
        hidden = reading.hide(template.span, f"what a {kind} template does is not in the files")
        steps.append(Step("main", kind, template.span, "use", opaque=hidden))
    memo = bounds.read_memo(reading, scope, flow.setting(template, "memoize"))
    if puts:
        steps.append(_kept(template, puts))
    if memo is not None:
        steps.append(Step("memo", "remember the result", template.span, "use", effects=(memo,)))
    services = tuple(
        use for sidecar in maps(template.get("sidecars")) if (use := pods.read_image(reading, scope, sidecar)[0])
    )
    for _ in steps:
        reading.spend_step()
    unit = replace(unit, steps=tuple(steps), services=services, outputs=parameters)
    daemon = word(template.get("daemon")) == "true"
    return unit, Sibling(head.id, {}, artifacts, head.matrix is not None, daemon)


def _kept(template: Mapping, puts: tuple[Effect, ...]) -> Step:
    """The outputs are kept whatever the command said (argo-workflows, cmd/argoexec/commands/wait.go: the executor
    saves them once the main container has ended)."""
    outputs = template.key("outputs")
    span = puts[0].span
    always = Status("always", outputs.span if outputs is not None else span)
    return Step("outputs", "keep the outputs", span, "use", condition=always, implicit_success=False, effects=puts)


def per_item(unit: Unit, condition: Expression) -> Unit:
    """A condition that differs from item to item belongs to the steps of each leg."""
    steps = tuple(replace(step, condition=condition, condition_span=unit.condition_span) for step in unit.steps)
    return replace(unit, condition=None, steps=steps)


def _bounded(flow: Flow, site: Site, template: Mapping, head: Unit, scope: Scope) -> Unit:
    reading, around = flow.reading, site.around
    timeout = None
    for key in ("activeDeadlineSeconds", "timeout"):
        timeout = timeout or bounds.read_timeout(reading, scope, flow.setting(template, key), key)
    own = flow.setting(template, "retryStrategy")
    retry = bounds.read_retry(reading, scope, own)
    if retry is None and is_null(own.get("retryStrategy")):
        retry = around.retry
    exclusive = bounds.read_exclusive(reading, scope, flow.setting(template, "synchronization"))
    account = expressions.optional(
        reading, scope, flow.setting(template, "serviceAccountName").get("serviceAccountName"), "`serviceAccountName`"
    )
    if account is None:
        account = expressions.optional(reading, scope, flow.spec.get("serviceAccountName"), "`serviceAccountName`")
    return replace(
        head,
        timeout=timeout or around.timeout,
        retry=retry,
        exclusive=exclusive or around.exclusive,
        account=account,
        matrix=loops.combined(around.matrix, head.matrix),
    )


def _containers(template: Mapping, kind: str) -> list[Mapping]:
    node = template.get(kind)
    if kind == "containerSet":
        found = maps(node.get("containers")) if isinstance(node, Mapping) else []
        return _in_order(found)
    return [node] if isinstance(node, Mapping) and kind in ("container", "script") else []


def _in_order(containers: list[Mapping]) -> list[Mapping]:
    """Containers of a set after those they depend on; what is left of a circle stays in file order."""
    waiting = {
        word(item.get("name")): {value.value for value in node.values() if isinstance(value, Scalar)}
        if isinstance(node := item.get("dependencies"), Sequence)
        else set()
        for item in containers
    }
    left, done, order = list(containers), set[str](), list[Mapping]()
    while left:
        ready = [item for item in left if not ((waiting[word(item.get("name"))] - done) & set(waiting))] or left
        order.extend(ready)
        done.update(word(item.get("name")) for item in ready)
        left = [item for item in left if item not in ready]
    return order


def _pod(flow: Flow, template: Mapping, containers: list[Mapping], unit: Unit, scope: Scope) -> Unit:
    """Image, resources and rights of the pod; with several containers those of the first count."""
    reading = flow.reading
    image, image_text = _image(flow, scope, containers[0]) if containers else (None, None)
    fallback = list(flow.spec.layers)
    fallback[:0] = [node for node in flow.spec.all("templateDefaults") if isinstance(node, Mapping)]
    inherited = _inherited(flow, template)
    given = template.get("podResources")
    resources = pods.read_resources(reading, scope, containers, given, template, fallback, inherited)
    contexts: list[Resolved | None] = [container.get("securityContext") for container in (*containers[:1], *inherited)]
    contexts.append(flow.setting(template, "securityContext").get("securityContext"))
    contexts.append(flow.spec.get("securityContext"))
    return replace(
        unit,
        image=image,
        image_text=image_text,
        runs_on=resources.selectors if resources is not None else (),
        resources=resources,
        confinement=pods.read_confinement(contexts),
    )


# -- steps -----------------------------------------------------------------------------------------


def _words(flow: Flow, scope: Scope, container: Mapping, key: str) -> list[Text]:
    node = container.get(key)
    found = []
    for item in node.values() if isinstance(node, Sequence) else ([node] if node is not None else []):
        text = expressions.text(flow.reading, scope, item, f"`{key}`")
        if text is not None and (not is_null(item) or isinstance(node, Sequence)):
            found.append(text)
    if node is not None and not isinstance(node, Sequence) and not is_null(node):
        flow.reading.say("error", "wrong-type", f"`{key}` needs a list of words.", node.span)
    return found


def _inherited(flow: Flow, template: Mapping) -> tuple[Mapping, ...]:
    """What ``templateDefaults`` says about the container of a template, which is of the same kind (Argo documentation,
    "Template Defaults": what a template does not say itself is merged into it)."""
    return tuple(
        node
        for kind in ("container", "script")
        if isinstance(template.get(kind), Mapping)
        for node in flow.spec.all("templateDefaults", kind)
        if isinstance(node, Mapping)
    )


def _image(flow: Flow, scope: Scope, container: Mapping) -> tuple[Use | None, Text | None]:
    """The image of a container, or the one that ``templateDefaults`` gives to all."""
    found = pods.read_image(flow.reading, scope, container)
    for kind in ("container", "script") if found[0] is None else ():
        for node in flow.spec.all("templateDefaults", kind):
            if isinstance(node, Mapping) and found[0] is None:
                found = pods.read_image(flow.reading, scope, node)
    return found


def _base(flow: Flow, scope: Scope, template: Mapping, container: Mapping, name: str) -> Step:
    own = pods.read_env(flow.reading, scope, container)
    names = {variable.name for variable in own}
    given = (one for node in _inherited(flow, template) for one in pods.read_env(flow.reading, scope, node))
    volumes = {word(item.get("name")): item for node in flow.spec.all("volumes") for item in maps(node)}
    return Step(
        id=name,
        title=name,
        span=container.span,
        kind="script",
        env=(*(variable for variable in given if variable.name not in names), *own),
        directory=expressions.optional(flow.reading, scope, container.get("workingDir"), "`workingDir`"),
        inputs=pods.read_volumes(template, container, volumes),
    )


def _container(flow: Flow, scope: Scope, template: Mapping, container: Mapping, name: str) -> Step:
    step = _base(flow, scope, template, container, name)
    words = [*_words(flow, scope, container, "command"), *_words(flow, scope, container, "args")]
    image, _ = _image(flow, scope, container)
    if image is None:
        flow.reading.say("error", "no-image", "A container needs an `image`.", container.span)
    if is_null(container.get("command")) or not words:
        return _entry_point(flow, step, image, words)
    script, shell = commands.script(words)
    return replace(step, title=_title(script), script=script, shell=shell)


def _entry_point(flow: Flow, step: Step, image: Use | None, words: list[Text]) -> Step:
    """Without a command the image's own entry point runs; only for known images it is known which."""
    if image is None:
        return replace(step, opaque=flow.reading.hide(step.span, "the container names no image"))
    given = dict(step.inputs)
    if words:
        given["args"] = commands.line(words)
    return replace(step, kind="use", title=image.name, use=image, inputs=given)


def _script(flow: Flow, scope: Scope, template: Mapping, container: Mapping, name: str) -> Step:
    step = _base(flow, scope, template, container, name)
    image, _ = _image(flow, scope, container)
    if image is None:
        flow.reading.say("error", "no-image", "A script needs an `image`.", container.span)
    words = _words(flow, scope, container, "command")
    text = expressions.optional(flow.reading, scope, container.get("source"), "`source`")
    if text is None and not words:
        flow.reading.say("error", "no-source", "A script needs a `source`.", container.span)
        return replace(step, opaque=flow.reading.hide(step.span, "the script has no source"))
    if text is None:  # the command gets an empty file
        script, shell = commands.script(words)
        return replace(step, title=_title(script), script=script, shell=shell)
    script, shell = commands.source(words, text)
    hidden = flow.reading.hide(step.span, "the shell is computed at run time") if shell.program == "computed" else None
    return replace(step, title=_title(text), script=script, shell=shell, opaque=hidden)


def _title(text: Text) -> str:
    return shown(next((line.strip() for line in text.raw.splitlines() if line.strip()), ""), 80)


def _resource(flow: Flow, scope: Scope, template: Mapping) -> Step:
    node = flow.reading.mapping(template.get("resource"), "`resource`")
    span = node.span if node is not None else template.span
    action = expressions.optional(flow.reading, scope, node.get("action"), "`action`") if node is not None else None
    if action is None:
        flow.reading.say("error", "no-action", "A resource template needs an `action`.", span)
        return Step("main", "resource", span, "use", opaque=flow.reading.hide(span, "the resource has no action"))
    if not action.holes and action.raw not in ("get", "create", "apply", "delete", "replace", "patch"):
        message = "The action must be get, create, apply, delete, replace or patch."
        flow.reading.say("error", "unknown-action", message, action.span)
    words = [Text("kubectl", action.span), action, Text("-f", action.span), Text("manifest.yaml", action.span)]
    script, shell = commands.script(words)
    return Step("main", f"kubectl {shown(action.raw)}", span, "script", script=script, shell=shell)


def _http(flow: Flow, scope: Scope, template: Mapping) -> Step:
    """A request, as the command that would make it; it fails like that one when the answer is an error."""
    node = flow.reading.mapping(template.get("http"), "`http`")
    span = node.span if node is not None else template.span
    url = expressions.optional(flow.reading, scope, node.get("url"), "`url`") if node is not None else None
    if node is None or url is None:
        flow.reading.say("error", "no-url", "An HTTP template needs a `url`.", span)
        return Step("main", "http", span, "use", opaque=flow.reading.hide(span, "the request has no address"))
    words = [Text("curl", url.span), Text("--fail", url.span)]
    for key, option in (("method", "--request"), ("body", "--data")):
        value = expressions.optional(flow.reading, scope, node.get(key), f"`{key}`")
        if value is not None:
            words.extend((Text(option, value.span), value))
    script, shell = commands.script([*words, url])
    return Step("main", "http request", span, "script", script=script, shell=shell)


def _approval(flow: Flow, scope: Scope, template: Mapping, site: Site) -> Approval | None:
    """A pause without a duration ends when somebody resumes the run."""
    node, key = template.get("suspend"), template.key("suspend")
    if isinstance(node, Mapping) and not is_null(node.get("duration")):
        return None
    return Approval(key.span if key is not None else template.span, site.title)
