"""Which metrics exist: those that the code of the submission defines, those that rules record, and those of programs
everybody knows.  Code is read, never imported.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Literal

from gradeline.facts.promql import Kind, base_name
from gradeline.model.code import Module
from gradeline.model.project import Project
from gradeline.records import record

# prometheus_client README, "Instrumenting": what a class exports beside its own name.
_CLASSES: Mapping[str, Kind] = {
    "Counter": "counter", "Gauge": "gauge", "Histogram": "histogram", "Summary": "summary", "Info": "info",
    "Enum": "gauge", "CounterMetricFamily": "counter", "GaugeMetricFamily": "gauge",
    "HistogramMetricFamily": "histogram", "SummaryMetricFamily": "summary", "InfoMetricFamily": "info",
}  # fmt: skip
# What a package exports once it is switched on (their READMEs).
_PACKAGES: Mapping[str, Mapping[str, Kind]] = {
    "prometheus_fastapi_instrumentator": {
        "http_requests": "counter", "http_request_duration_seconds": "histogram",
        "http_request_duration_highr_seconds": "histogram", "http_request_size_bytes": "summary",
        "http_response_size_bytes": "summary",
    },
    "starlette_exporter": {
        "starlette_requests": "counter", "starlette_request_duration_seconds": "histogram",
        "starlette_requests_in_progress": "gauge",
    },
    "prometheus_flask_exporter": {
        "flask_http_request": "counter", "flask_http_request_duration_seconds": "histogram",
        "flask_http_request_exceptions": "counter",
    },
}  # fmt: skip
_CLIENT: Mapping[str, Kind] = {
    "process_cpu_seconds": "counter", "process_resident_memory_bytes": "gauge", "process_open_fds": "gauge",
    "process_max_fds": "gauge", "process_virtual_memory_bytes": "gauge", "process_start_time_seconds": "gauge",
    "python_gc_objects_collected": "counter", "python_gc_collections": "counter", "python_info": "gauge",
}  # fmt: skip
# Made by the server itself for each target (Prometheus documentation, "Jobs and instances"; "Alerting rules").
_SERVER = re.compile(
    r"up|ALERTS(_FOR_STATE)?|scrape_(duration_seconds|samples_scraped|samples_post_metric_relabeling|series_added)"
    r"|prometheus_.+|alertmanager_.+|pushgateway_.+|push_(time|failure_time)_seconds|promhttp_.+|go_.+"
)
# Prefixes of exporters everybody knows, by their own documentation.
_EXPORTERS = re.compile(
    r"(kube|kubelet|node|container|machine|cadvisor|apiserver|etcd|coredns|probe|argocd|argo_workflows|argo_rollout"
    r"|rollout|flux|gotk|istio|envoy|nginx|traefik|haproxy|redis|pg|mysql|kafka|rabbitmq|airflow|af_agg|prefect|mlflow"
    r"|github|gitlab|gitlab_runner|gitlab_ci_pipeline|jenkins|default_jenkins|grafana|loki|tempo|DCGM_FI|nvidia|jvm"
    r"|windows|blackbox|statsd|otelcol|celery|spark|flink|ray|seldon|kserve|request|evidently)_.+"
)
_EXPOSED = re.compile(r"""(?m)(?:^|["'`]|\\n)\s*([A-Za-z_:][\w:]{3,200})(?:\{[^{}\n]*\})?[ \t]+["']?[$\d-]""")
MAX_METRICS = 2_000


@record
class Metrics:
    """``defined`` are names without what their type adds; ``recorded`` and ``pushed`` are whole names.
    ``open`` says why there may be more, empty when nothing is hidden."""

    defined: Mapping[str, Kind]
    recorded: frozenset[str]
    pushed: frozenset[str]
    open: str = ""

    def kind_of(self, name: str) -> Kind:
        """The kind of one series: that of ``x_bucket`` is a counter."""
        kind = self._defined(name)
        if kind in ("histogram", "summary"):
            return "counter" if name.endswith(("_bucket", "_count", "_sum")) else "unknown"
        if kind is not None:
            return kind
        # A name alone proves nothing: exporters call gauges `_total`, too (minio_cluster_drive_offline_total).
        return "unknown"

    def _defined(self, name: str) -> Kind | None:
        if name in self.defined:
            return self.defined[name] if self.defined[name] != "counter" else None
        base = base_name(name)
        kind = self.defined.get(base)
        fits = {
            "counter": ("_total", "_created"),
            "histogram": ("_bucket", "_count", "_sum", "_created"),
            "summary": ("_count", "_sum", "_created"),
            "info": ("_info",),
        }
        if kind is not None and name.removeprefix(base) in fits.get(kind, ()):
            return "gauge" if name.endswith("_created") else kind
        return None

    def exported(self, name: str) -> Literal["yes", "no", "unknown"]:
        """Whether somebody exports a series of this name."""
        if self._defined(name) is not None or self.defined.get(name) in ("summary", "histogram"):
            return "yes"
        if name in self.recorded or name in self.pushed or _SERVER.fullmatch(name):
            return "yes"
        families = {known.partition("_")[0] for known in self.defined if known not in _CLIENT}
        if not self.open and name.partition("_")[0] in families:
            return "no"
        if _EXPORTERS.fullmatch(name):
            return "yes"
        return "unknown"


def metrics_of(project: Project) -> Metrics:
    defined: dict[str, Kind] = {}
    hidden = ""
    for path, module in project.code.modules.items():
        if len(defined) > MAX_METRICS or _is_test(path):
            continue
        if not any(name.partition(".")[0] in ("prometheus_client", *_PACKAGES) for name in module.imports.values()):
            continue
        defined.update(_CLIENT)
        for package, names in _PACKAGES.items():
            if any(name.partition(".")[0] == package for name in module.imports.values()):
                defined.update(names)
        hidden = _calls(module, defined) or hidden
    recorded = frozenset(rule.name for rule in project.monitoring.rules if rule.kind == "record")
    return Metrics(defined, recorded, _pushed(project), hidden)


def _is_test(path: str) -> bool:
    return path.startswith("tests/") or path.rpartition("/")[2].startswith("test_")


def _calls(module: Module, defined: dict[str, Kind]) -> str:
    hidden = ""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        full = module.full(node.func)
        kind = _CLASSES.get(full.rpartition(".")[2]) if full.startswith("prometheus_client") else None
        if kind is None:
            continue
        given = {item.arg: _constant(item.value, module) for item in node.keywords if item.arg is not None}
        name = given.get("name") if "name" in given else _constant(node.args[0], module) if node.args else None
        parts = [given.get(key, "") for key in ("namespace", "subsystem")]
        if not name or None in parts:
            hidden = f"the name of a metric in {module.path} is computed"
            continue
        whole = "_".join(part for part in (*parts, name) if part)
        defined[whole.removesuffix("_total") if kind == "counter" else whole] = kind
    return hidden


def _constant(node: ast.expr, module: Module) -> str | None:
    if isinstance(node, ast.Name):
        known = module.constant(node.id)
        node = known if known is not None else node
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _pushed(project: Project) -> frozenset[str]:
    """Names in the text form of Prometheus, in files that send something to a Pushgateway."""
    found: set[str] = set()
    for path in project.paths:
        if path.endswith((".yml", ".yaml", ".sh", ".py")) or path.rpartition("/")[2] == "Makefile":
            source = project.files.get(path)
            if source is not None and "/metrics/job" in source.text:
                found.update(match.group(1) for match in _EXPOSED.finditer(source.text))
    return frozenset(found)
