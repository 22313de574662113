"""Limits, retries, locks, schedules, rights and resources of Argo workflows."""

from __future__ import annotations

import pytest

from gradeline.model.expression import Constant, Unresolved
from gradeline.model.pipeline import Pipeline, Unit
from gradeline.readers.argo import read_argo
from gradeline.readers.argo.bounds import seconds_of
from gradeline.readers.argo.cron import schedule_problem
from gradeline.source import SourceFile

PATH = "argo/churn.yaml"
HEAD = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: churn}\nspec:\n  entrypoint: m\n"
CRON = "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nmetadata: {name: nightly}\nspec:\n"
LEAF = "      container: {image: 'x:1', command: [run]}\n"


def read(text: str) -> Pipeline:
    found = tuple(read_argo((PATH,), lambda path: SourceFile(path, text) if path == PATH else None))
    return found[0]


def one(template: str = "", spec: str = "", leaf: str = LEAF) -> Unit:
    pipeline = read(f"{HEAD}{spec}  templates:\n    - name: m\n{template}{leaf}")
    found = pipeline.unit("m")
    assert found is not None
    return found


def cron(settings: str) -> Pipeline:
    return read(f"{CRON}{settings}  workflowSpec:\n    entrypoint: m\n    templates:\n      - name: m\n  {LEAF}")


def codes(pipeline: Pipeline) -> list[tuple[str, int]]:
    return [(item.code, item.span.line if item.span else 0) for item in pipeline.diagnostics]


# -- time ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90.0), ("5m", 300.0), ("1h30m", 5400.0), ("1.5h", 5400.0), ("500ms", 0.5), ("2d", 172800.0), ("", None),
     ("5 m", None), ("m", None), ("-5m", None), ("5mm", None), ("9" * 100, None)],
)  # fmt: skip
def test_durations_are_those_of_go(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("template", "spec", "minutes", "line"),
    [
        ("      activeDeadlineSeconds: 600\n", "", "10", 8),
        ("      activeDeadlineSeconds: '90'\n", "", "1.5", 8),
        ("      timeout: 1h\n", "", "60", 8),
        ("", "  activeDeadlineSeconds: 120\n", "2", 6),
        ("      timeout: 5m\n", "  activeDeadlineSeconds: 120\n", "5", 9),
        ("      activeDeadlineSeconds: 0\n", "", "0", 8),
    ],
)
def test_a_limit_is_in_minutes_and_that_of_the_workflow_holds_for_all(
    template: str, spec: str, minutes: str, line: int
) -> None:
    bound = one(template, spec).timeout
    assert bound is not None
    assert (bound.value.raw, bound.span.line) == (minutes, line)


def test_a_limit_on_a_dag_does_nothing_and_is_reported() -> None:
    pipeline = read(
        f"{HEAD}  templates:\n    - name: m\n      activeDeadlineSeconds: 60\n"
        f"      dag: {{tasks: [{{name: t, template: l}}]}}\n"
        f"    - name: l\n{LEAF}"
    )
    assert codes(pipeline) == [("useless-timeout", 8)]
    unit = pipeline.unit("t")
    assert unit is not None
    assert unit.timeout is None


# -- retries ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strategy", "attempts", "delay", "machines_only"),
    [
        ("{}", None, None, False),
        ("{limit: 3}", "3", None, False),
        ("{limit: '3', backoff: {duration: 10s, factor: 2}}", "3", "10s", False),
        ("{limit: 2, retryPolicy: Always}", "2", None, False),
        ("{limit: 2, retryPolicy: OnError}", "2", None, True),
        ("{limit: 2, retryPolicy: OnTransientError}", "2", None, True),
        ("{limit: 2, expression: 'lastRetry.status == \"Error\"'}", "2", None, True),
        ("{limit: 2, expression: 'asInt(lastRetry.exitCode) > 1'}", "2", None, False),
        ("{retryPolicy: OnFailure}", None, None, False),
    ],
)
def test_a_retry_without_a_limit_has_no_end(
    strategy: str, attempts: str | None, delay: str | None, machines_only: bool
) -> None:
    retry = one(f"      retryStrategy: {strategy}\n").retry
    assert retry is not None
    assert (retry.attempts.raw if retry.attempts is not None else None) == attempts
    assert (retry.delay.raw if retry.delay is not None else None) == delay
    assert retry.infrastructure_only is machines_only


def test_a_limit_of_zero_is_no_retry() -> None:
    assert one("      retryStrategy: {limit: 0}\n").retry is None


def test_the_strategy_of_the_workflow_holds_for_all() -> None:
    retry = one("", "  retryStrategy: {limit: 4}\n").retry
    assert retry is not None
    assert retry.span.line == 6


def test_an_unknown_policy_is_an_error() -> None:
    pipeline = read(f"{HEAD}  templates:\n    - name: m\n      retryStrategy: {{retryPolicy: Often}}\n{LEAF}")
    assert codes(pipeline) == [("unknown-policy", 8)]


# -- locks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["mutex: {name: lock}", "mutexes: [{name: lock}]"])
def test_a_mutex_is_a_group_in_which_runs_wait(word: str) -> None:
    exclusive = one(f"      synchronization: {{{word}}}\n").exclusive
    assert exclusive is not None
    assert (exclusive.group.raw, exclusive.cancel) == ("lock", None)


@pytest.mark.parametrize(("size", "group"), [("1", "k"), ("3", None)])
def test_a_semaphore_is_one_when_the_config_map_says_so(size: str, group: str | None) -> None:
    lock = "      synchronization: {semaphores: [{configMapKeyRef: {name: c, key: k}}]}\n"
    data = f"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {{k: '{size}'}}\n"
    unit = read(f"{HEAD}  templates:\n    - name: m\n{lock}{LEAF}{data}").unit("m")
    assert unit is not None
    assert (unit.exclusive.group.raw if unit.exclusive is not None else None) == group


def test_the_size_of_a_semaphore_elsewhere_is_not_known() -> None:
    exclusive = one("      synchronization: {semaphore: {configMapKeyRef: {name: c, key: k}}}\n").exclusive
    assert exclusive is not None
    assert isinstance(exclusive.cancel, Unresolved)


# -- schedules -------------------------------------------------------------------------------------


def test_each_schedule_is_a_start() -> None:
    pipeline = cron("  schedules: ['0 3 * * *', '@weekly']\n  timezone: Europe/Berlin\n")
    assert [(item.id, item.kind) for item in pipeline.scenarios] == [
        ("schedule", "schedule"),
        ("schedule-2", "schedule"),
    ]
    assert [item.cron.raw for item in pipeline.triggers if item.cron is not None] == ["0 3 * * *", "0 0 * * 0"]
    assert pipeline.triggers[0].filters["timezone"][0].raw == "Europe/Berlin"
    assert codes(pipeline) == []


def test_the_older_spelling_is_read_and_noted() -> None:
    pipeline = cron("  schedule: '0 3 * * *'\n")
    assert len(pipeline.scenarios) == 1
    assert [(item.severity, item.code) for item in pipeline.diagnostics] == [("note", "old-schedule")]


def test_a_suspended_schedule_never_starts() -> None:
    pipeline = cron("  schedules: ['0 3 * * *']\n  suspend: true\n")
    assert (pipeline.scenarios, codes(pipeline)) == ((), [("never-starts", 6)])


@pytest.mark.parametrize(
    ("schedule", "wrong"),
    [
        ("0 3 * * *", False), ("*/15 8-18 * * MON-FRI", False), ("0 3 ? * *", False), ("@daily", False),
        ("@every 1h30m", False), ("CRON_TZ=Europe/Berlin 0 3 * * *", False), ("0 25 * * *", True), ("0 3 * *", True),
        ("@often", True), ("@every soon", True), ("0 0 31 2 *", True),
    ],
)  # fmt: skip
def test_schedules_are_those_of_the_controller(schedule: str, wrong: bool) -> None:
    assert bool(schedule_problem(schedule)) is wrong


@pytest.mark.parametrize(
    ("policy", "cancel"), [("Forbid", None), ("Replace", True), ("Allow", "none"), ("Sometimes", "none")]
)
def test_a_policy_keeps_one_run_or_any_number(policy: str, cancel: bool | str | None) -> None:
    pipeline = cron(f"  schedules: ['0 3 * * *']\n  concurrencyPolicy: {policy}\n")
    if cancel == "none":
        assert pipeline.exclusive is None
        return
    assert pipeline.exclusive is not None
    made = pipeline.exclusive.cancel
    assert (pipeline.exclusive.group.raw, made.value if isinstance(made, Constant) else None) == ("nightly", cancel)


@pytest.mark.parametrize(
    ("settings", "code", "line"),
    [
        ("  schedules: ['99 3 * * *']\n", "bad-cron", 5),
        ("  schedules: []\n", "no-schedule", 5),
        ("  schedules: ['0 3 * * *']\n  concurrencyPolicy: Never\n", "bad-policy", 6),
        ("  schedules: ['0 3 * * *']\n  timezone: 'UTC+2!'\n", "bad-timezone", 6),
        ("  schedules: ['0 3 * * *']\n  startingDeadlineSeconds: soon\n", "bad-number", 6),
    ],
)
def test_what_is_wrong_with_a_schedule_is_said_at_its_line(settings: str, code: str, line: int) -> None:
    assert codes(cron(settings)) == [(code, line)]


# -- pods ------------------------------------------------------------------------------------------


def test_requests_limits_and_accelerators_are_amounts() -> None:
    resources = one(
        "      nodeSelector: {pool: gpu}\n      tolerations: [{key: gpu, value: 'yes'}]\n",
        "",
        "      container:\n        image: x\n        command: [run]\n        resources:\n"
        "          requests: {cpu: 500m, memory: 2Gi}\n          limits: {memory: 4Gi, nvidia.com/gpu: 1}\n",
    ).resources
    assert resources is not None
    amounts = {
        name: tuple(text.raw if text is not None else None for text in (amount.request, amount.limit))
        for name, amount in (("cpu", resources.cpu), ("memory", resources.memory), ("gpu", resources.gpu))
    }
    assert amounts == {"cpu": ("500m", None), "memory": ("2Gi", "4Gi"), "gpu": (None, "1")}
    assert [text.raw for text in resources.selectors] == ["pool=gpu"]
    assert [text.raw for text in resources.tolerates] == ["gpu=yes"]


def test_the_inner_security_context_decides_each_question() -> None:
    unit = one(
        "      securityContext: {runAsUser: 0}\n",
        "  serviceAccountName: churn-runner\n  securityContext: {runAsNonRoot: true}\n",
        "      container:\n        image: x\n        command: [run]\n"
        "        securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}\n",
    )
    assert unit.confinement is not None
    # the number 0 where root is forbidden: such a pod is not started at all
    found = unit.confinement
    assert (found.non_root, found.escalation, found.dropped) == (False, False, ("ALL",))
    assert unit.account is not None
    assert unit.account.raw == "churn-runner"


def test_a_pause_without_a_duration_waits_for_a_person() -> None:
    assert one("", "", "      suspend: {}\n").approval is not None
    assert one("", "", "      suspend: {duration: 1h}\n").approval is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("      inputs: {}\n", "no-work"),
        ("      container: {command: [x]}\n", "no-image"),
        ("      script: {image: x}\n", "no-source"),
        ("      container: {image: x, command: [a]}\n      suspend: {}\n", "two-kinds"),
        ("      resource: {action: explode, manifest: x}\n", "unknown-action"),
        ("      dag: {tasks: []}\n", "no-tasks"),
        ("      steps: [[{template: m}]]\n", "bad-name"),
        ("      contaner: {image: x}\n      container: {image: x, command: [a]}\n", "unknown-key"),
    ],
)
def test_what_is_wrong_with_a_template_is_reported(body: str, code: str) -> None:
    pipeline = read(f"{HEAD}  templates:\n    - name: m\n{body}")
    assert code in [item.code for item in pipeline.diagnostics]


def test_an_image_may_come_from_the_defaults() -> None:
    unit = one("", "  templateDefaults: {container: {image: 'base:1.0'}}\n", "      container: {command: [run]}\n")
    assert unit.image is not None
    assert (unit.image.name, unit.image.version) == ("base", "1.0")


def test_a_target_may_be_a_parameter() -> None:
    pipeline = read(
        f"{HEAD}  arguments: {{parameters: [{{name: t, value: x}}]}}\n  templates:\n    - name: m\n"
        "      inputs: {parameters: [{name: t}]}\n      dag:\n        target: '{{inputs.parameters.t}}'\n"
        f"        tasks: [{{name: x, template: l}}, {{name: y, template: l}}]\n    - name: l\n{LEAF}"
    )
    assert [unit.id for unit in pipeline.units if unit.kind == "work"] == ["x"]
    assert codes(pipeline) == []


def test_a_schema_of_workflows_is_no_workflow() -> None:
    text = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: workflows.argoproj.io}\n"
    )
    text += "spec:\n  names:\n    kind: Workflow\n\tbroken: [\n"
    assert tuple(read_argo((PATH,), lambda path: SourceFile(path, text))) == ()
