"""Damage to what is applied to a cluster: workloads, services and routes, releases in steps and their analyses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import yaml

from mutation import yaml_edits as edit
from mutation.operators import Change, Files, changed, is_manifest, keys, line_of, mutant, note

New = Callable[[str], str | None]  # the text of a value, and what stands there instead

RELEASE = ("Rollout", "Canary")
WORKLOAD = ("Deployment", "StatefulSet", "DaemonSet", "Rollout")
TEMPLATE = ("AnalysisTemplate", "ClusterAnalysisTemplate")
POD = "spec/template/spec"
METRIC = "spec/metrics/*"
BOTH_COLOURS = "spec/strategy/blueGreen"
STEPS = "spec/strategy/canary"

# What may be said about an analysis that does not run, or says nothing: all that it is asked for.
JUDGES = frozenset({"analysis:used", "analysis:signals", "analysis:control", "analysis:empty", "analysis:window", "rollback", "progressive"})  # fmt: skip


def kind_of(node: yaml.Node) -> str:
    """The kind of an object; an empty text for what is none."""
    found = [value.value for key, value in node.value if key.value == "kind"] if isinstance(node, yaml.MappingNode) else []
    return str(found[0]) if found else ""


def places(text: str, kinds: tuple[str, ...], where: str) -> Iterator[edit.Entry | edit.Item]:
    """The entries and items of objects of these kinds at a path: ``*`` stands for one key or number, ``**`` for several."""
    known = re.compile("/".join(re.escape(one.replace("~", "/")) for one in where.split("/")).replace(r"\*\*/", "(?:.+/)?").replace(r"\*", "[^/]+"))  # fmt: skip
    for node in edit.trees(text):
        if kind_of(node) not in kinds:
            continue
        for one in edit.walk(node, flow=True):
            path = one.path if isinstance(one, edit.Entry) else (*one.path, str(one.number))
            if known.fullmatch("/".join(path)):
                yield one


def cut(name: str, attacks: frozenset[str], kinds: tuple[str, ...], where: str, targets: frozenset[str] = frozenset()) -> None:
    """An operator that leaves out what stands at a path."""

    def apply(files: Files) -> Iterator[Change]:
        for path in sorted(filter(is_manifest, files)):
            for one in places(files[path], kinds, where):
                leave_out = edit.without(files[path], one) if isinstance(one, edit.Entry) else edit.without_item(files[path], one)
                yield from changed(files, path, leave_out, line_of(one))

    note(name, attacks, apply, targets)


def put(name: str, attacks: frozenset[str], kinds: tuple[str, ...], where: str, new: New, targets: frozenset[str] = frozenset()) -> None:
    """An operator that puts another value at a path; ``new`` gets the text of the value."""

    def apply(files: Files) -> Iterator[Change]:
        for path in sorted(filter(is_manifest, files)):
            for one in places(files[path], kinds, where):
                node = one.value if isinstance(one, edit.Entry) else one.node
                value = new(node.value if isinstance(node, yaml.ScalarNode) else "")
                if value is not None:
                    yield from changed(files, path, edit.with_value(files[path], one, value), line_of(one))

    note(name, attacks, apply, targets)


def add(name: str, attacks: frozenset[str], kinds: tuple[str, ...], where: str, line: str, targets: frozenset[str] = frozenset()) -> None:
    """An operator that writes one more line into the mapping at a path."""

    def apply(files: Files) -> Iterator[Change]:
        for path in sorted(filter(is_manifest, files)):
            for one in places(files[path], kinds, where):
                node = one.value if isinstance(one, edit.Entry) else one.node
                yield from changed(files, path, edit.with_entry(files[path], node, line), line_of(one))

    note(name, attacks, apply, targets)


def swap(name: str, attacks: frozenset[str], kinds: tuple[str, ...], where: str, new: New, targets: frozenset[str] = frozenset()) -> None:
    """An operator that writes another line for an entry; ``new`` gets the text of its value."""

    def apply(files: Files) -> Iterator[Change]:
        for path in sorted(filter(is_manifest, files)):
            for one in places(files[path], kinds, where):
                if isinstance(one, edit.Entry) and (line := new(edit.scalar(one))) is not None:
                    start, end = one.key.start_mark.index, one.value.end_mark.index
                    if isinstance(one.value, yaml.CollectionNode) and not one.value.flow_style:
                        line, end = f"{line}\n", edit._end(files[path], one.value)
                    yield from changed(files, path, files[path][:start] + line + files[path][end:], line_of(one))

    note(name, attacks, apply, targets)


def some(*names: str) -> frozenset[str]:
    return frozenset(names)


# -- pods ---------------------------------------------------------------------------------------------------------------

HEALTH = some("health:workloads")
CONFINED = some("nonroot-minimal:confined")
AMOUNTS = some("resources")
for _probe in ("readinessProbe", "livenessProbe"):
    cut(f"no {_probe}", HEALTH, WORKLOAD, f"{POD}/containers/*/{_probe}")
put("ready as soon as it lives", HEALTH, WORKLOAD, f"{POD}/containers/*/readinessProbe/httpGet/path", lambda _: "/healthz")
put("restarted while it is busy", HEALTH, WORKLOAD, f"{POD}/containers/*/livenessProbe/httpGet/path", lambda _: "/readyz")
put("asked at a port that nobody opens", HEALTH, WORKLOAD, f"{POD}/containers/*/readinessProbe/httpGet/port", lambda _: "admin")
cut("no limits of a container", AMOUNTS, WORKLOAD, f"{POD}/containers/*/resources/limits")
put("no pod", AMOUNTS | {"progressive"}, WORKLOAD, "spec/replicas", lambda value: "0" if value != "0" else None, AMOUNTS)
cut("no memory limit", AMOUNTS, WORKLOAD, f"{POD}/containers/*/resources/limits/memory")
cut("may be root", CONFINED, WORKLOAD, f"{POD}/securityContext")
put("is root", CONFINED, WORKLOAD, f"{POD}/securityContext/runAsUser", lambda _: "0")
put("root is allowed", CONFINED, WORKLOAD, f"{POD}/securityContext/runAsNonRoot", lambda _: "false")
put("may gain rights", CONFINED, WORKLOAD, f"{POD}/containers/*/securityContext/allowPrivilegeEscalation", lambda _: "true")
cut("keeps the rights of the machine", CONFINED, WORKLOAD, f"{POD}/containers/*/securityContext/capabilities")
add("has every right", CONFINED, WORKLOAD, f"{POD}/containers/*/securityContext", "privileged: true")
put("image by a word", some("immutable-ref:manifests"), WORKLOAD, f"{POD}/containers/*/image",
    lambda value: f"{value.partition('@')[0]}:latest" if "@" in value else None)  # fmt: skip
swap("image by a tag that moves", some("immutable-ref:manifests"), ("Kustomization",), "images/*/digest", lambda _: "newTag: latest")
cut("no digest", some("immutable-ref:manifests"), ("Kustomization",), "images/*/digest")


@mutant("model by a word", some("lineage:CHURN_MODEL_VERSION"))
def model_by_a_word(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_manifest, files)):
        for one in places(files[path], WORKLOAD, f"{POD}/containers/*/env/*"):
            if isinstance(one, edit.Item) and isinstance(one.node, yaml.MappingNode):
                parts = {key.value: value for key, value in one.node.value}
                if parts["name"].value == "CHURN_MODEL_VERSION" and "value" in parts:
                    start, end = parts["value"].start_mark.index, parts["value"].end_mark.index
                    text = f"{files[path][:start]}champion{files[path][end:]}"
                    yield from changed(files, path, text, line_of(one))


cut("pods do not say their version", some("lineage:app.kubernetes.io/version"), WORKLOAD, "spec/template/metadata/labels/app.kubernetes.io~version")


# -- what leads to pods -------------------------------------------------------------------------------------------------

ROUTES = some("health:routes", "analysis:before", "progressive")
put("a service without pods", ROUTES, ("Service",), "spec/selector/*", lambda value: f"{value}-next", some("health:routes"))
put("a service without pods (blue-green)", ROUTES, ("Service",), "spec/selector/*", lambda value: f"{value}-next", some("progressive:blue-green"))
put("a port that nobody opens", some("health:routes"), ("Service",), "spec/ports/*/targetPort", lambda _: "admin")
put("a route to a service that is not there", ROUTES, ("VirtualService",), "spec/http/*/route/*/destination/host", lambda value: f"{value}-next", some("health:routes"))
put("a route to a service that is not there (gateway)", ROUTES, ("HTTPRoute",), "spec/rules/*/backendRefs/*/name", lambda value: f"{value}-next", some("health:routes"))
cut("a route without one version", ROUTES, ("VirtualService",), "spec/http/*/route/*", some("health:routes"))
cut("a route without one version (gateway)", ROUTES, ("HTTPRoute",), "spec/rules/*/backendRefs/*", some("health:routes"))


@mutant("no budget", some("health:workloads"), some("health:workloads"))
def no_budget(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_manifest, files)):
        for node in edit.trees(files[path]):
            if kind_of(node) == "PodDisruptionBudget":
                text = files[path]
                start = text.rfind("---\n", 0, node.start_mark.index)
                yield from changed(files, path, text[: max(start, 0)] + text[node.end_mark.index :], str(node.start_mark.line + 1))


# -- a switch from one version to the other -----------------------------------------------------------------------------

BEFORE, AFTER = f"{BOTH_COLOURS}/prePromotionAnalysis", f"{BOTH_COLOURS}/postPromotionAnalysis"
cut("no second address", some("progressive:blue-green", "analysis:before"), RELEASE, f"{BOTH_COLOURS}/previewService", some("progressive:blue-green"))
put("one address for both", some("progressive:blue-green", "analysis:before"), RELEASE, f"{BOTH_COLOURS}/previewService", lambda value: value.removesuffix("-preview"), some("progressive:blue-green"))
cut("nobody asks before the switch", some("analysis:before", "analysis:promotion"), RELEASE, BEFORE, some("analysis:before"))
cut("nobody looks after the switch", some("analysis:after", "analysis:kept"), RELEASE, AFTER, some("analysis:after"))
put("the old version is asked", some("analysis:before"), RELEASE, f"{BEFORE}/args/*/value", lambda value: value.removesuffix("-preview"))
put("the old pods are looked at", some("analysis:after"), RELEASE, f"{AFTER}/args/*/valueFrom/podTemplateHashValue", lambda _: "Stable")
add("only shown before the switch", some("analysis:before", "analysis:bounded", "analysis:promotion"), RELEASE, BEFORE, "dryRun: [{metricName: .*}]", some("analysis:before"))
add("only shown after the switch", some("analysis:after", "analysis:bounded"), RELEASE, AFTER, "dryRun: [{metricName: .*}]", some("analysis:after"))
put("a template that is not there", some("analysis:before", "analysis:bounded", "analysis:promotion"), RELEASE, f"{BEFORE}/templates/*/templateName", lambda value: f"{value}-v2", some("analysis:before"))
put("a template that is not there afterwards", some("analysis:after", "analysis:bounded", "analysis:kept"), RELEASE, f"{AFTER}/templates/*/templateName", lambda value: f"{value}-v2", some("analysis:after"))
cut("an argument that nobody gives", some("analysis:before", "analysis:after", "analysis:used", "analysis:bounded") | JUDGES, RELEASE, "**/args/*")
cut("whether it waits is not said", some("analysis:promotion"), RELEASE, f"{BOTH_COLOURS}/autoPromotion*")
cut("old pods go by the default", some("analysis:kept"), RELEASE, f"{BOTH_COLOURS}/scaleDownDelaySeconds")
put("old pods go too early", some("analysis:kept"), RELEASE, f"{BOTH_COLOURS}/scaleDownDelaySeconds", lambda _: "120")
START = some("analysis:start", "rollback:release")
cut("a version that does not start stays", START, RELEASE, "spec/progressDeadlineAbort")
put("a version that does not start is kept on purpose", START, RELEASE, "spec/progressDeadlineAbort", lambda _: "false")

# -- a release in steps -------------------------------------------------------------------------------------------------

STEPPED = some("progressive")
put("much at once", STEPPED | {"analysis:window"}, RELEASE, f"{STEPS}/steps/0/setWeight", lambda _: "50", STEPPED)
put("all at once", STEPPED | {"analysis:window"}, RELEASE, f"{STEPS}/steps/0/setWeight", lambda _: "100", STEPPED)
put("shares that do not grow", STEPPED, RELEASE, f"{STEPS}/steps/*/setWeight", lambda _: "5", STEPPED)
cut("nothing splits the traffic", STEPPED | {"health:routes"}, RELEASE, f"{STEPS}/trafficRouting", STEPPED)
put("a wait without an end", STEPPED | {"analysis:window"}, RELEASE, f"{STEPS}/steps/*/pause", lambda _: "{}", STEPPED)
cut("nobody starts the analysis", JUDGES, RELEASE, f"{STEPS}/analysis", some("analysis:used"))
put("the analysis starts late", JUDGES, RELEASE, f"{STEPS}/analysis/startingStep", lambda _: "5", some("analysis:used"))
put("a template that nobody wrote", JUDGES, RELEASE, "**/canary/**/templates/*/templateName", lambda value: f"{value}-v2", some("analysis:used"))
add("only shown", JUDGES, RELEASE, f"{STEPS}/analysis", "dryRun: [{metricName: .*}]", some("analysis:used"))
cut("no analysis (Flagger)", JUDGES, ("Canary",), "spec/analysis/metrics", some("analysis:used"))
cut("no weights (Flagger)", STEPPED | {"analysis:window"}, ("Canary",), "spec/analysis/stepWeights", STEPPED)
put("much at once (Flagger)", STEPPED, ("Canary",), "spec/analysis/stepWeights/0", lambda _: "19")
cut("a signal less (Flagger)", some("analysis:signals", "analysis:control"), ("Canary",), "spec/analysis/metrics/*", some("analysis:signals"))


def _steps(files: Files, key: str) -> Iterator[tuple[str, edit.Item]]:
    for path in sorted(filter(is_manifest, files)):
        for one in places(files[path], RELEASE, f"{STEPS}/steps/*"):
            if isinstance(one, edit.Item) and key in keys(one.node):
                yield path, one


@mutant("a share less", STEPPED, STEPPED)
def a_share_less(files: Files) -> Iterator[Change]:
    for path, one in _steps(files, "setWeight"):
        yield from changed(files, path, edit.without_item(files[path], one), line_of(one))


@mutant("a wait less", STEPPED | {"analysis:window"}, STEPPED)
def a_wait_less(files: Files) -> Iterator[Change]:
    for path, one in _steps(files, "pause"):
        yield from changed(files, path, edit.without_item(files[path], one), line_of(one))


@mutant("waits of a second", STEPPED | {"analysis:window"}, some("analysis:window"))
def waits_of_a_second(files: Files) -> Iterator[Change]:
    for path in sorted({path for path, _ in _steps(files, "pause")}):
        yield from changed(files, path, re.sub(r"(pause: \{duration: )\w+", r"\g<1>1s", files[path]), "1")


# -- measurements -------------------------------------------------------------------------------------------------------

# All that may be said about a metric that cannot fail.
FAILS = some("analysis:used", "analysis:bounded", "analysis:before", "analysis:after", "analysis:promotion", "rollback:release")
DECIDES = FAILS | {"analysis:signals", "analysis:control", "analysis:empty"}
SUCCESS = f"{METRIC}/successCondition"
cut("a signal less", some("analysis:signals", "analysis:control", "analysis:empty"), TEMPLATE, METRIC, some("analysis:signals"))
put("a metric may fail as often as it likes", FAILS | {"analysis:empty"}, TEMPLATE, f"{METRIC}/failureLimit", lambda _: "-1", some("analysis:used", "analysis:bounded"))
put("a metric may fail a hundred times", some("analysis:bounded", "analysis:empty"), TEMPLATE, f"{METRIC}/failureLimit", lambda _: "100")
put("a metric may give no answer", some("analysis:empty"), TEMPLATE, f"{METRIC}/consecutiveErrorLimit", lambda _: "1000")
cut("measured without an end", FAILS | {"analysis:window"}, TEMPLATE, f"{METRIC}/count", some("analysis:bounded"))
put("every answer is right", DECIDES, TEMPLATE, SUCCESS, lambda _: '"true"', some("analysis:used", "analysis:bounded"))
put("every number is right", DECIDES, TEMPLATE, SUCCESS, lambda value: "result[0] >= 0 || result[0] < 0 || isNaN(result[0])" if "result[0]" in value else None, some("analysis:used", "analysis:bounded"))
cut("no answer is wrong", DECIDES, TEMPLATE, SUCCESS, some("analysis:used", "analysis:bounded"))
GUARDED = r"len\(result\) > 0 && !isNaN\(result\[0\]\) && "
EMPTY = some("analysis:empty")
put("no number is a success", EMPTY, TEMPLATE, SUCCESS, lambda value: re.sub(GUARDED, "isNaN(result[0]) || ", value))
put("no answer is a success", EMPTY, TEMPLATE, SUCCESS, lambda value: re.sub(GUARDED, "len(result) == 0 || ", value))
swap("only what is bad is said", EMPTY, TEMPLATE, SUCCESS, lambda value: f"failureCondition: {re.sub(GUARDED, '', value).replace('<=', '>')}" if re.search(GUARDED + ".*<=", value) else None)
put("no traffic is enough", EMPTY, TEMPLATE, SUCCESS, lambda value: re.sub(r"result\[0\] >= [1-9]\d*$", "result[0] >= 0", value))
put("asked again too soon", some("analysis:window"), TEMPLATE, f"{METRIC}/interval", lambda _: "10s")
put("the old address is asked", some("analysis:before"), TEMPLATE, f"{METRIC}/provider/web/url", lambda value: value.replace("-preview", "") if "-preview" in value else None)


def query(name: str, attacks: frozenset[str], new: Callable[[str], str], targets: frozenset[str] = frozenset()) -> None:
    """An operator that asks something else, in each query that it changes."""

    def apply(files: Files) -> Iterator[Change]:
        for path in sorted(filter(is_manifest, files)):
            for kinds, where in ((TEMPLATE, f"{METRIC}/provider/prometheus/query"), (("MetricTemplate",), "spec/query")):
                for one in places(files[path], kinds, where):
                    if isinstance(one, edit.Entry):
                        start, end = one.value.start_mark.index, one.value.end_mark.index
                        text = files[path][:start] + new(files[path][start:end]) + files[path][end:]
                        yield from changed(files, path, text, line_of(one))

    note(name, attacks, apply, targets)


CONTROL = some("analysis:control")
query("the mean of the latency", some("analysis:signals"),
      lambda text: re.sub(r"histogram_quantile\([\d.]+, sum by \(le\) \((rate\(\w+)_bucket(.*\])\)\)\)", r"sum(\1_sum\2)) / sum(\1_count\2))", text))  # fmt: skip
query("half of the latencies", some("analysis:signals"), lambda text: text.replace("histogram_quantile(0.95", "histogram_quantile(0.5"))
query("both versions in one query", CONTROL, lambda text: re.sub(r'(?:, ?)?\b\w+=~?"[^"]*\{\{ ?(?:args\.)?(?:canary|target)[^"]*"', "", text))
query("compared with yesterday", CONTROL, lambda text: re.sub(r'(\{\{ ?(?:args\.stable|target \}\}-primary)[^"]*"\}\[[^\]]+\]+)', r"\1 offset 1d", text))
query("compared with itself", CONTROL, lambda text: text.replace("{{args.stable", "{{args.canary").replace("-primary-.*", "-[0-9a-z]+-[0-9a-z]+"))
query("looks back an hour", some("analysis:window"), lambda text: re.sub(r"\[(\d+m|\{\{ interval \}\})\]", "[1h]", text))
put("the old pods are measured", CONTROL, RELEASE, "**/canary/**/args/*/valueFrom/podTemplateHashValue", lambda value: "Stable" if value == "Latest" else None)
put("the new pods are what they are measured against", CONTROL, RELEASE, "**/canary/**/args/*/valueFrom/podTemplateHashValue", lambda value: "Latest" if value == "Stable" else None)
put("one service for both", some("progressive", "health:routes", "analysis:control"), RELEASE, f"{STEPS}/canaryService", lambda value: value.replace("-canary", "-stable"), some("health:routes"))
put("a service that nobody defines", some("progressive", "health:routes", "analysis:control"), RELEASE, f"{STEPS}/*Service", lambda value: f"{value}-next", some("health:routes"))
put("a route that nobody defines", some("progressive", "health:routes"), RELEASE, f"{STEPS}/trafficRouting/istio/virtualService/name", lambda value: f"{value}-next", some("health:routes"))
put("a part of a route that nobody defines", some("progressive", "health:routes"), RELEASE, f"{STEPS}/trafficRouting/istio/virtualService/routes/*", lambda value: f"{value}-next", some("health:routes"))
put("a route that nobody defines (gateway)", some("progressive", "health:routes"), RELEASE, f"{STEPS}/trafficRouting/plugins/*/httpRoute", lambda value: f"{value}-next", some("health:routes"))
add("the analysis is skipped (Flagger)", JUDGES, ("Canary",), "spec", "skipAnalysis: true", some("analysis:used"))
put("fails a hundred times (Flagger)", FAILS | {"analysis:empty"}, ("Canary",), "spec/analysis/threshold", lambda _: "100", some("analysis:empty"))
put("asked again too soon (Flagger)", some("analysis:window"), ("Canary",), "spec/analysis/interval", lambda _: "10s")
