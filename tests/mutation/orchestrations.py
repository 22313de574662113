"""Damage to workflows of a cluster: Argo Workflows, what starts them, and pipelines of Kubeflow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import yaml

from mutation import yaml_edits as edit
from mutation.manifests import add, cut, places, put, some, swap
from mutation.operators import Change, Files, changed, is_manifest, keys, line_of, lines, mutant, note

TOKEN = "Kq7vX2mB9tLr4WzP8dNc"
FLOW = ("WorkflowTemplate",)
CRON = ("CronWorkflow",)
EVENTS = ("Sensor",)
TEMPLATES = "spec/templates/*"
TASKS = f"{TEMPLATES}/dag/tasks/*"
STEPS = f"{TEMPLATES}/steps/*/*"
WORK = ("container", "script")

GATES = some("gates")
HANDED = some("handoff")
RETRY = some("retry", "decision-doc")  # the document states how often
STARTS = some("trigger")
FITS = some("resources")
NARROW = some("least-privilege")
SECRETS = some("secret-source", "no-literal-secret", "secret-scope")
CACHED = some("step-cache")
ENDS = some("always-handler")
ALL = GATES | HANDED | RETRY | FITS | CACHED | ENDS | some("secret-source", "pinned", "exclusive", "trigger")


def is_kubeflow(path: str) -> bool:
    return path.startswith("pipelines/") and path.endswith(".py")


def on(name: str, attacks: frozenset[str], where: str, new: Callable[[str, edit.Entry | edit.Item], str | None], targets: frozenset[str] = frozenset()) -> None:
    """An operator on each place of a workflow; ``new`` gets the text of the file and the place."""

    def apply(files: Files) -> Iterator[Change]:
        for path in sorted(filter(is_manifest, files)):
            for one in places(files[path], FLOW, where):
                yield from changed(files, path, new(files[path], one), line_of(one))

    note(name, attacks, apply, targets)


def name_of(one: edit.Entry | edit.Item) -> str:
    """The name of a task, a step or a template."""
    node = one.value if isinstance(one, edit.Entry) else one.node
    found = [value.value for key, value in node.value if key.value == "name"] if isinstance(node, yaml.MappingNode) else []
    return str(found[0]) if found else ""


def give(line: str, *names: str, unless: str = "") -> Callable[[str, edit.Entry | edit.Item], str | None]:
    """One more line for each task or template with one of these names."""

    def new(text: str, one: edit.Entry | edit.Item) -> str | None:
        node = one.value if isinstance(one, edit.Entry) else one.node
        if name_of(one) not in names or (unless and unless in keys(node)):
            return None
        if isinstance(node, yaml.MappingNode) and node.flow_style:
            return f"{text[: node.start_mark.index + 1]}{line}, {text[node.start_mark.index + 1 :]}"
        return edit.with_entry(text, node, line)

    return new


# -- the order ------------------------------------------------------------------------------------------------------------

cut("a task waits for nothing", GATES | HANDED, FLOW, f"{TASKS}/depends", GATES)
cut("a task waits for nothing (dependencies)", GATES | HANDED, FLOW, f"{TASKS}/dependencies", GATES)
put("a task goes on when the one before failed", GATES, FLOW, f"{TASKS}/depends", lambda value: f"{value} || {value.replace('Succeeded', 'Failed')}")
put("a task takes any end", GATES, FLOW, f"{TASKS}/depends", lambda value: value.replace("Succeeded", "Completed"))
on("a failure counts for nothing", GATES, TASKS, give("continueOn: {failed: true}", "validate", "gate", unless="depends"))
on("a failed step counts for nothing", GATES, STEPS, give("continueOn: {failed: true}", "validate", "train", "evaluate"))
cut("nobody asks for the answer", GATES, FLOW, f"{STEPS}/when")
put("the answer is always the same", GATES, FLOW, f"{STEPS}/when", lambda _: "\"'pass' == 'pass'\"")
put("the answer may be no", GATES, FLOW, f"{STEPS}/when", lambda value: '"' + value.replace("==", "!=") + '"')
lines("a step beside the one before", GATES | HANDED, is_manifest, r"^(\s+)- - (name: (?:validate|train|gate|register))$", r"\1  - \2", GATES)


def only_named(name: str, attacks: frozenset[str], targets: frozenset[str], *programs: str) -> None:
    """A container that says the name of its program instead of starting it."""

    def apply(files: Files) -> Iterator[Change]:
        for path in sorted(filter(is_manifest, files)):
            for one in places(files[path], FLOW, f"{TEMPLATES}/container/command"):
                start = one.value.start_mark.index if isinstance(one, edit.Entry) else 0
                if isinstance(one, edit.Entry) and any(word in files[path][start : one.value.end_mark.index] for word in programs):
                    yield from changed(files, path, f"{files[path][: start + 1]}echo, {files[path][start + 1 :]}", line_of(one))

    note(name, attacks, apply, targets)


only_named("a program is only named", ALL, GATES, "check_data", "train", "evaluate", "gate", "register")
only_named("the fetch is only named", ALL, some("decision-doc"), "fetch_data")
only_named("the end is only named", ALL, ENDS, "finish")


@mutant("the failure of a script is lost", ALL, GATES)
def script_swallows(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_manifest, files)):
        for number, line in enumerate(files[path].splitlines()):
            if re.match(r"^\s+python .*(?:check_data|gate)\.py", line):
                yield from changed(files, path, files[path].replace(line, f"{line} || true", 1), str(number + 1))


# -- what is handed on ----------------------------------------------------------------------------------------------------

cut("an artifact that nobody gives", HANDED | GATES, FLOW, f"{TASKS}/arguments/artifacts/*", HANDED)
cut("an artifact that nobody gives (steps)", HANDED | GATES, FLOW, f"{STEPS}/arguments/artifacts/*", HANDED)
put("an output that lies elsewhere", HANDED, FLOW, f"{TEMPLATES}/outputs/artifacts/*/path", lambda value: "/data/" + value.rpartition("/")[2] if "customers" not in value else None)
put("an input that lies elsewhere", HANDED, FLOW, f"{TEMPLATES}/inputs/artifacts/*/path", lambda value: "/data/" + value.rpartition("/")[2] if "customers" not in value else None)
for _where in (TASKS, STEPS):
    swap("the model of the first night" if _where == TASKS else "the model of the first night (steps)", HANDED | GATES, FLOW, f"{_where}/arguments/artifacts/*/from", lambda value: "s3: {key: models/first.joblib}" if "model" in value else None, HANDED)

# -- tries, time, start ---------------------------------------------------------------------------------------------------

cut("the fetch is tried once", RETRY, FLOW, f"{TEMPLATES}/retryStrategy", some("retry"))
cut("tried without an end", RETRY, FLOW, f"{TEMPLATES}/retryStrategy/limit", some("retry"))
cut("no pause between the tries", RETRY, FLOW, f"{TEMPLATES}/retryStrategy/backoff", some("retry"))
put("tried once less than is stated", RETRY, FLOW, f"{TEMPLATES}/retryStrategy/limit", lambda value: str(int(value) - 1), some("decision-doc"))
on("the gate is asked again", some("retry", "gates"), TEMPLATES, give("retryStrategy: {limit: 3}", "gate", "validate", unless="retryStrategy"), some("retry"))
cut("no deadline", some("timeout"), FLOW, "spec/activeDeadlineSeconds")
put("a deadline of ten days", some("timeout"), FLOW, "spec/activeDeadlineSeconds", lambda _: "864000")
for _word in ("timezone", "startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
    cut(f"no {_word}", STARTS, CRON, f"spec/{_word}")
put("minute sixty", STARTS, CRON, "spec/schedules/*", lambda _: '"60 2 * * *"')
put("every minute of the night", STARTS, CRON, "spec/schedules/*", lambda _: '"* * * * *"')
add("the schedule sleeps", STARTS, CRON, "spec", "suspend: true")
put("a workflow that is not there", STARTS | {"exclusive", "api-current"}, CRON, "spec/workflowSpec/workflowTemplateRef/name", lambda value: f"{value}-v2", STARTS | {"exclusive"})
put("an event that nobody sends", STARTS, EVENTS, "spec/dependencies/*/eventName", lambda value: f"{value}-v2")
put("a source that nobody made", STARTS | {"api-current"}, EVENTS, "spec/dependencies/*/eventSourceName", lambda value: f"{value}-v2", STARTS)
lines("schedule by its old word", some("api-current"), is_manifest, r"^(\s+)schedules: \[(.*)\]$", r"\1schedule: \2")
cut("runs overlap", some("exclusive"), CRON, "spec/concurrencyPolicy")
put("runs may overlap", some("exclusive"), CRON, "spec/concurrencyPolicy", lambda _: "Allow")
cut("no turns of a workflow", some("exclusive"), FLOW, "spec/synchronization")
put("each run has a lock of its own", some("exclusive"), FLOW, "spec/synchronization/mutexes/*/name", lambda _: '"{{workflow.name}}"')
swap("a lock by its old word", some("api-current"), FLOW, "spec/synchronization/mutexes", lambda _: "mutex: {name: churn-training}")

# -- images, pods, rights, secrets ----------------------------------------------------------------------------------------

for _kind in WORK:
    put(f"image by a word ({_kind})", some("pinned", "step-cache"), FLOW, f"{TEMPLATES}/{_kind}/image", lambda value: re.split(r"[:@]", value)[0] + ":latest", some("pinned"))
    put(f"image without a tag ({_kind})", some("pinned", "step-cache"), FLOW, f"{TEMPLATES}/{_kind}/image", lambda value: re.split(r"[:@]", value)[0], some("pinned"))
    cut(f"no limits ({_kind})", FITS, FLOW, f"{TEMPLATES}/{_kind}/resources", FITS)
    cut(f"no limit of memory ({_kind})", FITS, FLOW, f"{TEMPLATES}/{_kind}/resources/limits/memory")
    cut(f"no accelerator ({_kind})", FITS, FLOW, f"{TEMPLATES}/{_kind}/resources/limits/*~gpu")
    cut(f"no rights are given up ({_kind})", NARROW, FLOW, f"{TEMPLATES}/{_kind}/securityContext")
cut("no limits of all pods", FITS, FLOW, "spec/templateDefaults/container/resources/limits")
cut("the account of everybody", NARROW, FLOW, "spec/serviceAccountName")
put("the account by default", NARROW, FLOW, "spec/serviceAccountName", lambda _: "default")
cut("the account of everybody (defaults)", NARROW, FLOW, "spec/templateDefaults/serviceAccountName")
cut("pods may be root", NARROW, FLOW, "spec/securityContext")
cut("pods may be root (defaults)", NARROW, FLOW, "spec/templateDefaults/securityContext")
put("pods are root", NARROW, FLOW, "**/securityContext/runAsUser", lambda _: "0")
put("pods may be root on purpose", NARROW, FLOW, "**/securityContext/runAsNonRoot", lambda _: "false")


def _gpu(text: str, one: edit.Entry | edit.Item) -> str | None:
    node = one.value if isinstance(one, edit.Entry) else one.node
    if "gpu" in text[node.start_mark.index : node.end_mark.index]:
        return None
    return f"{text[: node.end_mark.index - 1]}, nvidia.com/gpu: 1{text[node.end_mark.index - 1 :]}"


on("a card for everybody", FITS, f"{TEMPLATES}/container/resources/limits", _gpu)
on("a card for everybody (script)", FITS, f"{TEMPLATES}/script/resources/limits", _gpu)


@mutant("a token in the workflow", SECRETS)
def token_in_the_workflow(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_manifest, files)):
        for one in places(files[path], FLOW, f"{TEMPLATES}/*/env/*/valueFrom"):
            if isinstance(one, edit.Entry):
                start, end = one.key.start_mark.index, edit._end(files[path], one.value)
                tail = files[path][end:] if not one.parent.flow_style else files[path][one.value.end_mark.index :]
                name = next(value.value for key, value in one.parent.value if key.value == "name")
                value = f"https://hooks.slack.com/services/T0{TOKEN[:8].upper()}/B0{TOKEN[4:12].upper()}/{TOKEN}{TOKEN[:4]}"
                value = value if "WEBHOOK" in name else TOKEN
                yield from changed(files, path, f'{files[path][:start]}value: "{value}"\n{tail}', line_of(one))


# -- caches and ends ------------------------------------------------------------------------------------------------------

cut("nothing is kept", CACHED, FLOW, f"{TEMPLATES}/memoize")
put("the same for every night", CACHED, FLOW, f"{TEMPLATES}/memoize/key", lambda _: "train")
put("another for every run", CACHED, FLOW, f"{TEMPLATES}/memoize/key", lambda _: '"{{workflow.uid}}"')
on("the fetch is remembered", CACHED, TEMPLATES, give('memoize: {key: "fetch", cache: {configMap: {name: kept}}}', "fetch", "register"))
cut("nobody hears of the end", ENDS, FLOW, "spec/onExit")
cut("nobody hears of the end (hook)", ENDS, FLOW, "spec/hooks")
put("the end is the beginning", ENDS | GATES, FLOW, "spec/onExit", lambda _: "fetch", ENDS)
add("only good ends are told", ENDS, FLOW, "spec/hooks/exit", "expression: workflow.status == 'Succeeded'")


# -- Kubeflow ---------------------------------------------------------------------------------------------------------------

lines("the training waits for nothing (Kubeflow)", GATES, is_kubeflow, r"\.after\((?:validated|checked)\)", " ")
lines("the registration waits for nothing (Kubeflow)", GATES, is_kubeflow, r"\.after\(decided\)", " ")
lines("another answer is asked for", GATES | HANDED, is_kubeflow, r'(dsl\.If\(decided\.output\S* )(?:== "pass"|!= "bad")', r'\1!= "maybe"')
lines("the answer is looked at by nobody", GATES, is_kubeflow, r"with dsl\.If\(decided.*\):", "if True:")
lines("failures before it are ignored", GATES, is_kubeflow, r"^(\s+)((?:registered|kept)\.set_caching_options.*)$", r"\1\2.ignore_upstream_failure()")
lines("the refusal is praised", GATES, is_kubeflow, r'return "bad"', 'return "good"')
lines("the failure of a program is lost (Kubeflow)", ALL, is_kubeflow, r"(\"scripts/finish\.py\".*)check=True", r"\1check=False", GATES)
lines("a program is only named (Kubeflow)", ALL, is_kubeflow, r'command=\["python", "scripts/(check_data|gate|register)\.py"\]', r'command=["echo", "scripts/\1.py"]', GATES)
lines("image by a word (Kubeflow)", some("pinned"), is_kubeflow, r'(ghcr\.io/kestrel/churn-train):2\.3\.0"', r'\1:latest"')
lines("packages of the day", some("pinned", "always-handler"), is_kubeflow, r"@dsl\.component\(base_image=IMAGE\)", '@dsl.component(base_image=IMAGE, packages_to_install=["requests"])', some("pinned"))
lines("a condition by its old word", some("api-current"), is_kubeflow, r"dsl\.If\(", "dsl.Condition(")
lines("a component of the first SDK", some("api-current"), is_kubeflow, r"^from kfp import compiler, dsl, kubernetes", "from kfp import compiler, components, dsl, kubernetes\nfrom kfp.components import func_to_container_op")
lines("the fetch is tried once (Kubeflow)", RETRY, is_kubeflow, r"\.set_retry\(.*?\)", " ", some("retry"))
lines("tried once less than is stated (Kubeflow)", RETRY, is_kubeflow, r"(set_retry\((?:num_retries=)?)3", r"\g<1>2", some("decision-doc"))
lines("the gate is asked again (Kubeflow)", some("retry", "gates"), is_kubeflow, r"^(\s+)(decided = .*)$", r"\1\2.set_retry(num_retries=3)", some("retry"))
lines("no limit of memory (Kubeflow)", FITS, is_kubeflow, r"\.set_memory_limit\(.*?\)", " ")
lines("no limit of the processor (Kubeflow)", FITS, is_kubeflow, r"\.set_cpu_limit\(.*?\)", " ")
lines("a card for the check (Kubeflow)", FITS, is_kubeflow, r"^(\s+)(decided = .*)$", r'\1\2.set_accelerator_type("nvidia.com/gpu").set_accelerator_limit(1)')
lines("the fetch is remembered (Kubeflow)", CACHED, is_kubeflow, r"^(.*fetch.*)\.set_caching_options\((?:enable_caching=)?False\)", r"\1.set_caching_options(True)")
lines("the registration is remembered (Kubeflow)", CACHED, is_kubeflow, r"^(\s+(?:registered|kept))\.set_caching_options\(.*\)", r"\1.set_caching_options(True)")
lines("the training is done every night (Kubeflow)", CACHED, is_kubeflow, r"^(\s+trained)\.set_caching_options\(True\)", r"\1.set_caching_options(False)")
lines("nobody hears of the end (Kubeflow)", ENDS, is_kubeflow, r"with dsl\.ExitHandler\(.*\):", "if True:")
lines("the model of the first night (Kubeflow)", HANDED, is_kubeflow, r'(register\()model=trained\.output(?:s\["model"\])?', r'\1model=dsl.importer(artifact_uri="s3://models/first", artifact_class=Model).output')


@mutant("no card for the training (Kubeflow)", FITS)
def no_card(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_kubeflow, files)):
        text = re.sub(r"\.set_accelerator_(?:type|limit)\(.*?\)", "", files[path])
        yield from changed(files, path, re.sub(r"^\s+trained\n", "", text, flags=re.MULTILINE), "1")


@mutant("a token in the pipeline (Kubeflow)", SECRETS)
def token_in_the_pipeline(files: Files) -> Iterator[Change]:
    """The variable gets its value from the file instead of from the secret."""
    pattern = r'kubernetes\.use_secret_as_env\(\s*(\w+), secret_name="[\w-]+", secret_key_to_env=\{"\w+": "(\w+TOKEN)"\}\s*\)'
    for path in sorted(filter(is_kubeflow, files)):
        for found in re.finditer(pattern, files[path]):
            new = f'{found[1]}.set_env_variable("{found[2]}", "{TOKEN}")'
            text = files[path][: found.start()] + new + files[path][found.end() :]
            yield from changed(files, path, text, str(files[path].count("\n", 0, found.start()) + 1))


lines("another number of tries is stated", some("decision-doc"), lambda path: path.endswith("orchestrator-comparison.md"), r"^(\| retries .*\| )\d( \(`(?:argo|pipelines))", r"\g<1>9\2")
lines("no table of comparison", some("decision-doc"), lambda path: path.endswith("orchestrator-comparison.md"), r"^\|---\|.*$", "")
