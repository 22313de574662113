"""What watches a service, from files of Prometheus, Alertmanager and Grafana and from an operator's resources.

A file is known by its content: names and folders are free.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from gradeline.model.monitoring import Job, Loaded, Monitoring, Server
from gradeline.model.pipeline import Opaque
from gradeline.model.text import Text
from gradeline.readers.monitoring import alertmanager, grafana, prometheus
from gradeline.readers.monitoring.values import get, mappings, text
from gradeline.records import replace
from gradeline.source import HIDING, Diagnostic, SourceFile, Span
from gradeline.syntax.yaml import Mapping, Resolved, Sequence, parse, resolve

Read = Callable[[str], SourceFile | None]
MAX_FILES = 200
_HINTS = (
    "scrape_configs", "rule_files", "groups:", '"groups"', "receivers", "monitoring.coreos.com", "panels",
    "datasources", "providers", "grafana.integreatly.org", "dashboard.grafana.app", "QueryGroup",
)  # fmt: skip
# JSON writes characters outside of the basic plane as two escapes, which YAML does not know.
_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_HALF = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


def may_hold(source: SourceFile) -> bool:
    """Whether a file is worth reading: most YAML and JSON files are about something else."""
    return any(hint in source.text for hint in _HINTS)


def read_monitoring(paths: tuple[str, ...], read: Read, every: tuple[str, ...]) -> Monitoring:
    """All of it.  ``paths`` are the files to look at, ``every`` those of the submission.

    Diagnostic codes besides those of YAML and the readers: ``too-many-files``.
    """
    reader = _Reader(every)
    count = 0
    for path in paths:
        source = read(path)
        if source is None or not may_hold(source):
            continue
        count += 1
        if count > MAX_FILES:
            reader.say("too-many-files", f"Only {MAX_FILES} files about monitoring are read.", Span(path, 1))
            break
        reader.take(source)
    return reader.result()


class _Reader:
    def __init__(self, every: tuple[str, ...]) -> None:
        self.every = every
        self.found = Monitoring()
        self.jobs: list[Job] = []
        self.managed_rules: list[str] = []
        self.managed: Mapping | None = None
        self.receivers: tuple[Text, ...] = ()
        self.told: tuple[Text, ...] | None = None
        self.diagnostics: list[Diagnostic] = []
        self.opaque: list[Opaque] = []

    def say(self, code: str, message: str, span: Span) -> None:
        self.diagnostics.append(Diagnostic("error", code, message, span.path, span))

    def add(self, name: str, *items: object) -> None:
        self.found = replace(self.found, **{name: (*getattr(self.found, name), *items)})

    def take(self, source: SourceFile) -> None:
        if source.path.endswith(".json"):
            source = SourceFile(source.path, _HALF.sub(r"\\ufffd", _PAIR.sub(_joined, source.text)))
        parsed = parse(source)
        mine = False
        for document in parsed.documents:
            for root in _resources(resolve(document)):
                mine = self._document(root) or mine
        hidden = next((item for item in parsed.diagnostics if item.code in HIDING), None)
        if mine or hidden is not None:
            self.diagnostics.extend(parsed.diagnostics)
        if hidden is not None:
            self.opaque.append(Opaque(hidden.span or Span(source.path, 1), "a part of the file cannot be read"))

    def _document(self, root: Mapping) -> bool:
        version, kind = text(root, "apiVersion"), text(root, "kind")
        if version is not None and version.raw.startswith("monitoring.coreos.com/"):
            return self._resource(root, kind.raw if kind is not None else "")
        if version is not None and version.raw.startswith("grafana.integreatly.org/"):
            return self._grafana_resource(root, kind.raw if kind is not None else "")
        if prometheus.is_test(root):
            self.add("tests", *prometheus.tests(root, self.every))
        elif prometheus.is_server(root):
            self.add("servers", prometheus.server(root, self.every))
        elif alertmanager.is_routing(root):
            self.add("routings", alertmanager.routing(root, self.say))
        elif prometheus.is_rules(root):
            self.add("rules", *prometheus.rules(root, self.say))
        elif grafana.is_provisioning(root):
            self.add("provisionings", grafana.provisioning(root))
        elif (board := grafana.dashboard_of(root)) is not None:
            self.add("dashboards", board)
        else:
            return False
        return True

    def _resource(self, root: Mapping, kind: str) -> bool:
        spec = get(root, "spec")
        self.managed = self.managed or root
        if kind == "PrometheusRule" and isinstance(spec, Mapping):
            self.managed_rules.append(root.span.path)
            self.add("rules", *prometheus.rules(spec, self.say))
        elif kind in ("ServiceMonitor", "PodMonitor", "Probe", "ScrapeConfig"):
            self.jobs.append(prometheus.monitor(root, kind))
        elif kind == "AlertmanagerConfig" and isinstance(spec, Mapping):
            self.add("routings", alertmanager.routing(spec, self.say))
            start = text(root, "metadata", "name")
            self.receivers = self.receivers or (() if start is None else (start,))
        elif kind == "Prometheus":  # the server itself is here: what it does not name hears nothing of it
            self.told = (*(self.told or ()), *prometheus.managed_receivers(root))
        elif kind == "Alertmanager":
            start = text(root, "metadata", "name")
            self.receivers = self.receivers or (() if start is None else (start,))
        return True

    def _grafana_resource(self, root: Mapping, kind: str) -> bool:
        """grafana-operator, "API reference": the JSON of a dashboard as text, or its resource in a GrafanaManifest."""
        if kind == "GrafanaDashboard" and (written := text(root, "spec", "json")) is not None:
            first = written.lines[0][0] if written.lines else written.span.line
            inner = parse(SourceFile(root.span.path, "\n" * (first - 1) + written.raw)).root
            board = grafana.dashboard_of(inner) if isinstance(inner, Mapping) else None
            if board is not None:
                self.add("dashboards", board)
        template = get(root, "spec", "template")
        if kind == "GrafanaManifest" and isinstance(template, Mapping):
            board = grafana.dashboard_of(template)
            if board is not None:
                self.add("dashboards", board)
        return True

    def result(self) -> Monitoring:
        if self.managed is not None:
            rules = tuple(self.managed_rules)
            start = Span(self.managed.span.path, self.managed.span.line)
            loads = (Loaded(Text("PrometheusRule", start), rules),) if rules else ()
            receivers = self.receivers if self.told is None else self.told
            self.add("servers", Server(start.path, start, tuple(self.jobs), loads, receivers, managed=True))
        diagnostics = tuple(dict.fromkeys(self.diagnostics))
        return replace(self.found, diagnostics=diagnostics, opaque=tuple(self.opaque))


def _resources(root: Resolved | None) -> Iterator[Mapping]:
    """The document itself, or the items of a ``List``, which is applied as they are (kubectl reference, "apply")."""
    if not isinstance(root, Mapping):
        return
    kind, items = text(root, "kind"), get(root, "items")
    if kind is not None and kind.raw == "List" and isinstance(items, Sequence):
        yield from mappings(items)
    else:
        yield root


def _joined(match: re.Match[str]) -> str:
    high, low = int(match.group(1), 16), int(match.group(2), 16)
    return f"\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08X}"
