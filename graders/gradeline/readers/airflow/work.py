"""What a task does: its commands, its container, its limits.

Airflow documentation, "Operators", "Tasks" (timeouts, retries), provider documentation of Bash, Docker, Kubernetes,
Slack and SMTP.  ``retry_delay`` is five minutes when nothing is said (airflow, BaseOperator).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

from gradeline.model.effects import Approval
from gradeline.model.expression import Expression, Name, Secret, Unresolved
from gradeline.model.pipeline import Exclusive, Opaque, Retry, Shell, Step, Use, Variable
from gradeline.model.resources import Amount, Resources
from gradeline.model.text import Hole, Text
from gradeline.readers.airflow.nodes import Task
from gradeline.readers.argo import commands
from gradeline.readers.flows import body
from gradeline.readers.flows.evaluator import Evaluator
from gradeline.readers.flows.notices import MESSAGES, message_command
from gradeline.readers.flows.texts import minutes, number, secret_variable, text_of, word
from gradeline.readers.flows.values import Made, Unknown, seconds
from gradeline.readers.reading import Reading, shown
from gradeline.readers.uses import image_use
from gradeline.source import Span

BASH = Shell("bash", errexit=False, pipefail=False)
_NOTHING = frozenset({
    "EmptyOperator", "DummyOperator", "LatestOnlyOperator", "TriggerDagRunOperator", "ExternalTaskMarker",
})  # fmt: skip
_KNOWN = ("SQL", "Sql", "S3", "GCS", "BigQuery", "Postgres", "MySql", "Snowflake", "Http", "Redshift", "Athena", "Glue",
          "Dataproc", "Emr", "Sagemaker", "Databricks", "Spark", "Wasb", "File", "Mlflow", "Kafka", "Sqlite",
          "Generic", "LocalFilesystem", "Transfer", "Datetime", "TimeDelta", "DayOfWeek", "Time", "Livy",
          "Vertex")  # fmt: skip
_CONTAINERS = ("DockerOperator", "KubernetesPodOperator", "KubernetesJobOperator")
_APPROVAL = ("ApprovalOperator", "HITLOperator", "HITLBranchOperator", "HITLEntryOperator")
_CONN = re.compile(r"(?:conn|var)\.(?:value\.|json\.)?[\w.-]{1,120}|(?:var|conn)\.\w+\.get\(.{1,120}\)")


def tag(inner: str, span: Span) -> Expression:
    """``{{ ... }}`` of a templated field (Airflow documentation, "Templates reference")."""
    if _CONN.match(inner):
        return Secret(shown(inner.split("|")[0].strip()), span)
    if inner.endswith("log_url"):
        return Name(("airflow", "log_url"), span)
    if inner.startswith(("dag_run.conf", "conf[")):
        return Name(("airflow", "conf"), span, untrusted=True)
    if inner.startswith(("ds", "ts", "logical_date", "data_interval", "run_id", "params", "execution_date", "dag",
                         "next_ds", "prev_", "macros", "task", "ti")):  # fmt: skip
        return Name(("airflow", re.split(r"[^\w.]", inner, maxsplit=1)[0]), span)
    return Unresolved("it is computed when the task runs", span)


def tags_of(task: Task) -> Callable[[str, Span], Expression]:
    """``tag`` that knows the parameters of the DAG: what nothing limits is text that somebody types in.

    Airflow documentation, "Params": a value is checked against the JSON Schema that ``Param`` is made with.
    """

    def tagged(inner: str, span: Span) -> Expression:
        name = re.split(r"[^\w.]", inner.removeprefix("params.").removeprefix("params['"), maxsplit=1)[0]
        if not inner.startswith("params") or "|" in inner:
            return tag(inner, span)
        declared = task.dag.kwargs.get("params") if task.dag is not None else None
        value = declared.get(name) if isinstance(declared, dict) else None
        limited = isinstance(value, Made) and (
            not value.kwargs.keys().isdisjoint(("enum", "const", "pattern", "format"))
            or value.kwargs.get("type") in ("integer", "number", "boolean")
        )
        return Name(("airflow", "params", name), span, untrusted=not limited)

    return tagged


def keyword(node: ast.Call, name: str) -> ast.AST:
    return next((item.value for item in node.keywords if item.arg == name), node)


def steps_of(task: Task, at: Evaluator, reading: Reading) -> tuple[Step, ...]:
    """The one step of a task; none when it only stands for an order."""
    span, name = task.span, task.operator
    base: dict[str, Any] = {"id": "run", "title": shown(task.name), "span": span, "named": True}
    if name in _NOTHING:
        return ()
    if name in _APPROVAL:
        people = task.kwargs.get("assigned_users") or ()
        return (Step(**base, kind="use", effects=(Approval(span, shown(word(task.kwargs.get("subject"))),
                limit=_limit(task, span)),) if people is not None else ()),)  # fmt: skip
    if task.role in ("docker", "kubernetes") or name in (
        "DockerOperator",
        "KubernetesPodOperator",
        "KubernetesJobOperator",
    ):
        return _container(task, base, at)
    if name.startswith("Bash") or task.role == "bash" or name == "SSHOperator":
        key = "command" if name == "SSHOperator" else "bash_command"
        value, node = task.kwargs.get(key), keyword(task.node, key)
        if task.role == "bash" and task.function is not None and isinstance(task.function.node, ast.FunctionDef):
            returned = [item for item in ast.walk(task.function.node) if isinstance(item, ast.Return) and item.value]
            node = returned[0].value if len(returned) == 1 and returned[0].value is not None else task.node
            value = at.value(node, {}) if isinstance(node, ast.Constant | ast.JoinedStr) else Unknown()
        text = text_of(task.module, value, node, tags_of(task))
        env = _environment(task, "env")
        return (Step(**base, kind="script", script=commands.marked(text), shell=BASH, env=env),)
    if task.function is not None:
        return _python(task, base, at)
    if any(part in name for part in MESSAGES) and name not in _KNOWN:
        message = task.kwargs.get("text") or task.kwargs.get("message") or task.kwargs.get("html_content")
        text = text_of(task.module, message if message is not None else "a message", task.node, tag)
        script = message_command(text, "mail" in name.lower() or "Smtp" in name)
        return (Step(**base, kind="script", script=script, shell=BASH, env=_connections(task)),)
    if task.full and "." not in task.full:
        return _own_operator(task, base, at)
    if name.endswith(("Sensor", "SensorAsync")) or any(part in name for part in _KNOWN):
        return (Step(**base, kind="use", env=_connections(task)),)
    reason = f"what `{shown(name)}` does there is not in the files"
    return (Step(**base, kind="use", env=_connections(task), opaque=Opaque(span, reason)),)


def _python(task: Task, base: dict[str, Any], at: Evaluator) -> tuple[Step, ...]:
    function = task.function
    assert function is not None
    env = (*_connections(task), *_templates(task))
    if isinstance(function.node, ast.Lambda):
        return (Step(**base, kind="use", env=env),)
    text = body.body_text(at.code, function.module, function.node)
    env = (*env, *body.stored_values(at.code, function.module, function.node))
    if task.operator != "task" and function.module.path != task.module.path:
        found = at.code.defined(task.module, keyword(task.node, "python_callable"))  # type: ignore[arg-type]
        if found is not None:
            line = body.module_command(found, function.name)
            place = task.module.span(keyword(task.node, "python_callable"))
            text = Text(line, place, (), ((place.line, place.column),))
    if text is None:
        return (Step(**base, kind="use", env=env),)
    return (Step(**base, kind="script", script=text, shell=body.SHELL, env=env),)


def _templates(task: Task) -> tuple[Variable, ...]:
    """What Airflow fills into the arguments of a Python task: ``op_kwargs={"day": "{{ ds }}"}``."""
    function = task.function
    spec = function.node.args if function is not None else None
    names = [one.arg for one in (*spec.posonlyargs, *spec.args)] if spec is not None else []
    given: list[tuple[str, Any, ast.AST]] = []
    for key in ("op_args", "op_kwargs"):
        value, node = task.kwargs.get(key), keyword(task.node, key)
        if isinstance(value, dict):
            given.extend((str(name), item, node) for name, item in value.items())
        elif isinstance(value, list):
            given.extend((name, item, node) for name, item in zip(names, value, strict=False))
    called = task.arguments if task.operator == "task" else []
    for item in called:
        pairs = item if isinstance(item, dict) else dict(zip(names, item, strict=False))
        given.extend((str(name), value, task.node) for name, value in pairs.items())
    tags = tags_of(task)
    return tuple(
        Variable(f"given_{name}", text_of(task.module, item, node, tags), "step", task.module.span(node))
        for name, item, node in given
        if isinstance(item, str) and "{{" in item
    )


def _own_operator(task: Task, base: dict[str, Any], at: Evaluator) -> tuple[Step, ...]:
    found = at.code.defined(task.module, f"{task.operator}.execute")
    if found is not None and isinstance(found.node, ast.FunctionDef | ast.AsyncFunctionDef):
        text = body.body_text(at.code, found.module, found.node)
        env = body.stored_values(at.code, found.module, found.node)
        if text is not None:
            return (Step(**base, kind="script", script=text, shell=body.SHELL, env=env),)
        return (Step(**base, kind="use", env=env),)
    return (Step(**base, kind="use", opaque=Opaque(task.span, f"`{shown(task.operator)}` is not in the submission")),)


def _container(task: Task, base: dict[str, Any], at: Evaluator) -> tuple[Step, ...]:
    env = (*_environment(task, "env_vars"), *_environment(task, "environment"), *_pod_secrets(task))
    if task.function is not None:
        made = _python(task, base, at)
        return tuple(Step(**{**base, "kind": one.kind, "script": one.script, "shell": one.shell,
                             "env": (*one.env, *env)}) for one in made)  # fmt: skip
    words: list[Text] = []
    for key in ("cmds", "command", "arguments"):
        value, node = task.kwargs.get(key), keyword(task.node, key)
        if isinstance(value, str) and key == "command":
            return (Step(**base, kind="script", script=commands.marked(text_of(task.module, value, node, tag)),
                         shell=Shell("sh", True, False), env=env),)  # fmt: skip
        if isinstance(value, list):
            nodes = node.elts if isinstance(node, ast.List) and len(node.elts) == len(value) else [node] * len(value)
            words.extend(text_of(task.module, item, at_node, tag) for item, at_node in zip(value, nodes, strict=True))
    if not words:
        reason = "the container runs what its image says"
        return (Step(**base, kind="use", env=env, opaque=Opaque(task.span, reason)),)
    script, shell = commands.script(words)
    return (Step(**base, kind="script", script=script, shell=shell, env=env),)


def _environment(task: Task, key: str) -> tuple[Variable, ...]:
    value, node = task.kwargs.get(key), keyword(task.node, key)
    if not isinstance(value, dict):
        return ()
    places = {}
    if isinstance(node, ast.Dict):
        places = {item.value: part for item, part in zip(node.keys, node.values, strict=True)
                  if isinstance(item, ast.Constant)}  # fmt: skip
    tags = tags_of(task)
    return tuple(Variable(str(name), text_of(task.module, item, places.get(name, node), tags), "step",
                          task.module.span(places.get(name, node))) for name, item in value.items())  # fmt: skip


def _pod_secrets(task: Task) -> tuple[Variable, ...]:
    """``Secret("env", "NAME", "secret", "key")`` of a Kubernetes pod."""
    found = []
    for item in task.kwargs.get("secrets") or () if isinstance(task.kwargs.get("secrets"), list) else ():
        if isinstance(item, Made) and item.last == "Secret" and len(item.args) > 2:
            parts = [word(part) for part in item.args]
            found.append(secret_variable(parts[1] or parts[2], ".".join(part for part in parts[2:] if part), item.span))
    return tuple(found)


def _connections(task: Task) -> tuple[Variable, ...]:
    """``..._conn_id=``: the credentials come from a connection of the platform."""
    found = []
    for name, value in task.kwargs.items():
        if name.endswith("conn_id") and isinstance(value, str) and value:
            span = task.module.span(keyword(task.node, name))
            found.append(secret_variable(f"AIRFLOW_CONN_{value.upper()}", shown(value), span))
    return tuple(found)


# -- what applies to a task ------------------------------------------------------------------------


def _limit(task: Task, span: Span) -> Text | None:
    value = seconds(task.kwargs.get("execution_timeout"))
    return None if value is None else minutes(value, span).value


def place_of(task: Task, name: str) -> Span:
    """Where a setting of the task is written: at the task, or where the file gives it for all of them."""
    node = keyword(task.node, name)
    if node is not task.node:
        return task.module.span(node)
    if task.dag is not None and task.dag.node is not None:
        defaults = keyword(task.dag.node, "default_args")
        if isinstance(defaults, ast.Name):
            defaults = task.module.constant(defaults.id) or defaults
        if isinstance(defaults, ast.Dict):
            for key, value in zip(defaults.keys, defaults.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == name:
                    return task.module.span(key).to(task.module.span(value))
        if isinstance(defaults, ast.Call):
            for item in defaults.keywords:
                if item.arg == name:
                    return task.module.span(item.value)
    return task.span


def timeout_of(task: Task) -> Any:
    for value, span in (
        (task.kwargs.get("execution_timeout"), place_of(task, "execution_timeout")),
        (task.dag.kwargs.get("dagrun_timeout") if task.dag is not None else None, task.span),
    ):
        if value is not None:
            if span == task.span and task.dag is not None and task.dag.node is not None:
                span = task.module.span(keyword(task.dag.node, "dagrun_timeout"))
            return minutes(seconds(value), span)
    return None


def retry_of(task: Task) -> Retry | None:
    value = task.kwargs.get("retries")
    if value is None or value == 0 or isinstance(value, bool):
        return None
    span = place_of(task, "retries")
    delay = seconds(task.kwargs.get("retry_delay", 300))
    shown_delay = Text("300", span) if delay is None else (Text(str(int(delay)), span) if delay > 0 else None)
    return Retry(number(value, span), span, shown_delay)


def exclusive_of(task: Task) -> Exclusive | None:
    for key in ("max_active_tis_per_dag", "task_concurrency"):
        if task.kwargs.get(key) == 1:
            span = place_of(task, key)
            return Exclusive(Text(shown(task.name), span), None, span)
    pool = task.kwargs.get("pool")
    if isinstance(pool, str) and pool != "default_pool":
        span = place_of(task, "pool")
        return Exclusive(Text(shown(pool), span), Unresolved("how many places the pool has is a setting", span), span)
    return None


def image_of(task: Task, reading: Reading) -> tuple[Use | None, Text | None]:
    value = task.kwargs.get("image")
    if value is None or (isinstance(value, Unknown) and task.role not in ("docker", "kubernetes")):
        return None, None
    node = keyword(task.node, "image")
    text = text_of(task.module, value, node, tag)
    return image_use(reading, text, ""), text if text.holes else None


def resources_of(task: Task) -> Resources | None:
    """``container_resources=V1ResourceRequirements(requests=..., limits=...)``."""
    value = task.kwargs.get("container_resources")
    if not isinstance(value, Made) or value.last != "V1ResourceRequirements":
        return None
    span = value.span
    requests, limits = value.kwargs.get("requests") or {}, value.kwargs.get("limits") or {}
    if not isinstance(requests, dict) or not isinstance(limits, dict):
        hidden = Text("{{value}}", span, (Hole(0, 9, Unresolved("its value is computed", span)),))
        return Resources(span, Amount(hidden, hidden), Amount(hidden, hidden), Amount(hidden, hidden))

    def amount(*names: str) -> Amount:
        found = [next((Text(str(side[key]), span) for key in side if any(name in key for name in names)), None)
                 for side in (requests, limits)]  # fmt: skip
        return Amount(found[0], found[1])

    selectors = task.kwargs.get("node_selector")
    named = tuple(Text(f"{key}={item}", span) for key, item in selectors.items()) if isinstance(selectors, dict) else ()
    tolerated = task.kwargs.get("tolerations")
    keys = tuple(Text(word(one.kwargs.get("key")), span) for one in tolerated if isinstance(one, Made)) \
        if isinstance(tolerated, list) else ()  # fmt: skip
    return Resources(span, amount("cpu"), amount("memory"), amount("gpu"), named, keys)
