"""What people look at is a file: panels over metrics that exist, and a server that loads it and keeps it.

What it looks for
    ``of: panels``: a dashboard with a name that stays, a panel for each signal, with an expression that can be read,
    over metrics that somebody exports, with units and bounds, and a data source that is chosen by a variable or by
    its name from the provisioning.
    ``of: provisioning``: a data source and a provider of dashboards are set up by files, the provider finds the
    dashboards, and nobody can change them in the browser.

What does not count
    A panel without a query, one that asks for what nobody exports, a data source whose id is of one installation.
    What a library panel asks for is in Grafana and not in the files, so nobody can tell.

How to repair
    Start from the questions people ask in an incident, one panel each.  Keep the file, not the screen.

Parameters
    ``of``: ``panels`` (the default) or ``provisioning``.  ``signals``: by a name of your choice the metrics of which a
    panel has to show one.  ``units`` and ``thresholds``: how many panels need them at least (1).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.watching import hidden
from gradeline.facts.alerts import about, recorded_queries, written_out
from gradeline.facts.case import Case
from gradeline.facts.exported_metrics import Metrics, metrics_of
from gradeline.facts.promql import PromQLError, Query, metric_names, parse
from gradeline.model.monitoring import Dashboard, Monitoring, Panel, PanelQuery
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

CHECK = Check(
    code="M4",
    family="monitoring",
    params={
        "of": {"enum": ["panels", "provisioning"]},
        "signals": {"type": "object", "additionalProperties": WORDS},
        "units": {"type": "integer", "minimum": 0},
        "thresholds": {"type": "integer", "minimum": 0},
    },
    reads=("monitoring",),
)
_NO_QUERY = frozenset({"text", "dashlist", "news", "alertlist", "row", "annolist", "welcome", "logs", "table-old"})
_BUILT_IN = frozenset(
    {"-- Mixed --", "-- Dashboard --", "-- Grafana --", "grafana", "default", "prometheus", "Prometheus"}
)
# Grafana, "Share query results with another panel" and "Write expression queries": both use what others asked for.
_OTHER_PANEL, _OTHER_QUERY = "-- Dashboard --", "__expr__"


def run(
    case: Case,
    of: str = "panels",
    signals: Mapping[str, Any] | None = None,
    units: int = 1,
    thresholds: int = 1,
    pipelines: list[str] | None = None,
) -> Verdict:
    monitoring = case.project.monitoring
    if of == "provisioning":
        return hidden(_provisioned(monitoring), monitoring)
    if not monitoring.dashboards:
        return hidden(Verdict("unmet", "There is no dashboard."), monitoring)
    metrics = metrics_of(case.project)
    for board in monitoring.dashboards:
        verdict = _board(board, metrics, monitoring, units, thresholds)
        if verdict is not None:
            return hidden(verdict, monitoring)
    return hidden(_signals(monitoring, signals or {}), monitoring)


def _board(board: Dashboard, metrics: Metrics, monitoring: Monitoring, units: int, thresholds: int) -> Verdict | None:
    for value, name in ((board.uid, "uid"), (board.title, "title")):
        if value is None:
            return _unmet(f"{board.path} has no {name}.", board.span, f"no {name}")
    if not board.panels:
        return _unmet(f"{board.path} has no panel.", board.span, "nothing to see")
    unseen: Verdict | None = None
    for panel in board.panels:
        verdict = _panel(panel, board, metrics, monitoring)
        if verdict is not None and verdict.status == "unmet":
            return verdict
        unseen = unseen or verdict
    if unseen is not None:
        return unseen
    if sum(1 for panel in board.panels if panel.unit is not None) < units:
        return _unmet("A number on the dashboard has no unit.", board.panels[0].span, "no unit")
    if sum(1 for panel in board.panels if panel.thresholds > 1) < thresholds:
        return _unmet("Nothing on the dashboard says which value is bad.", board.panels[0].span, "no thresholds")
    return None


def _panel(panel: Panel, board: Dashboard, metrics: Metrics, monitoring: Monitoring) -> Verdict | None:
    if panel.kind in _NO_QUERY:
        return None
    title = panel.title[:60] or "without a title"
    for query in panel.queries:
        verdict = _query(query, panel, board, metrics, monitoring)
        if verdict is not None:
            return verdict
    loaded = any(one.providers for one in monitoring.provisionings)
    if panel.library is not None and (loaded or not panel.queries):
        # A provider of files makes no library panels, only an import does: grafana/grafana#46247.
        message = f"What the library panel `{title}` asks for is in Grafana and not in the files."
        return Verdict("cannot_tell", message, (Evidence(panel.library.span, "problem", "a library panel"),))
    if all(_computed(query, panel) for query in panel.queries):
        return _unmet(f"The panel `{title}` asks for nothing.", panel.span, "no query")
    return None


def _computed(query: PanelQuery, panel: Panel) -> bool:
    """Whether it works on the results of the panel's other queries."""
    source = query.source or panel.source
    return source is not None and source.raw == _OTHER_QUERY


def _query(
    query: PanelQuery, panel: Panel, board: Dashboard, metrics: Metrics, monitoring: Monitoring
) -> Verdict | None:
    title = panel.title[:60] or "without a title"
    source = query.source or panel.source
    if source is not None and source.raw == _OTHER_PANEL and query.shared is not None:
        if any(one.number == query.shared.raw for one in board.panels):
            return None
        message = f"The panel `{title}` shows the results of a panel that is not there."
        return _unmet(message, query.shared.span, "no such panel")
    if _computed(query, panel):
        return None
    if query.expression is None:
        return _unmet(f"The panel `{title}` has a query without an expression.", query.span, "no expression")
    if source is not None and not _free(source.raw, board, monitoring):
        message = f"The panel `{title}` asks a data source of one installation."
        return _unmet(message, source.span, "a fixed id")
    try:
        parsed = parse(query.expression.raw, variables=True)
    except PromQLError as error:
        status = "unmet" if error.certain else "cannot_tell"
        message = f"The panel `{title}` cannot be drawn: {error}."
        return Verdict(status, message, (Evidence(query.expression.span, "problem", "no expression"),))  # type: ignore[arg-type]
    for name in metric_names(parsed):
        if metrics.exported(name) == "no":
            message = f"The panel `{title}` stays empty: nobody exports `{name}`."
            return _unmet(message, query.expression.span, "nobody exports it")
    return None


def _free(source: str, board: Dashboard, monitoring: Monitoring) -> bool:
    """Whether the data source is chosen by a variable, or by a uid or name that the submission itself gives."""
    if source.startswith(("$", "[[")) or source in _BUILT_IN:
        return True
    known = {
        value for one in monitoring.provisionings for item in one.sources for value in (item.uid, item.name) if value
    }
    return source in known


def _signals(monitoring: Monitoring, signals: Mapping[str, Any]) -> Verdict:
    recorded = recorded_queries(monitoring)
    shown: list[tuple[Panel, Query]] = []
    for board in monitoring.dashboards:
        for panel in board.panels:
            for query in panel.queries:
                if query.expression is None or _computed(query, panel):
                    continue
                try:
                    shown.append((panel, written_out(parse(query.expression.raw, variables=True), recorded)))
                except PromQLError:
                    continue
    proofs: list[Evidence] = []
    lost: list[str] = []
    for name, wanted in signals.items():
        found = next((one for one, query in shown if about(query, listed(wanted))), None)
        if found is None:
            lost.append(name)
        else:
            proofs.append(Evidence(found.span, "proof", f"shows: {name}"))
    if lost:
        place = monitoring.dashboards[0].span
        return Verdict(
            "unmet",
            f"No panel shows: {', '.join(lost)}.",
            (Evidence(place, "problem", "looked at every panel"), *proofs),
        )
    return Verdict("met", "The dashboard shows what has to be seen.", tuple(proofs))


def _provisioned(monitoring: Monitoring) -> Verdict:
    files = monitoring.provisionings
    if not files:
        return Verdict("unmet", "Nothing sets up the data source and the dashboards.")
    for one in files:
        if one.version is None or one.version.raw != "1":
            return _unmet(f"{one.path} does not say the version of its form, 1.", one.span, "no apiVersion 1")
    sources = [item for one in files for item in one.sources]
    providers = [item for one in files for item in one.providers]
    if not any(item.kind in ("prometheus", "loki", "mimir", "tempo") or "prometheus" in item.kind for item in sources):
        return _unmet("No data source is set up.", files[0].span, "no data source")
    if not providers:
        return _unmet("Nothing loads the dashboards.", files[0].span, "no provider")
    for source in sources:
        if source.editable:
            return _unmet(
                f"People can change the data source `{source.name}` in the browser.",
                source.place or source.span,
                "can be changed",
            )
    for provider in providers:
        if provider.changeable:
            return _unmet(
                "People can change the dashboards in the browser.", provider.place or provider.span, "can be changed"
            )
        if provider.path is None:
            return _unmet("The provider names no folder.", provider.span, "no path")
    folders = {board.path.rpartition("/")[0] for board in monitoring.dashboards}
    tails = [provider.path.raw.rstrip("/").rpartition("/")[2] for provider in providers if provider.path is not None]
    if folders and not any(tail in folder.split("/") for tail in tails for folder in folders):
        place = providers[0].path.span if providers[0].path is not None else providers[0].span
        return _unmet("The folder of the provider holds no dashboard.", place, "no dashboard there")
    spans = (*(item.span for item in sources[:1]), *(item.span for item in providers[:1]))
    proofs = [Evidence(span, "proof", "set up by a file") for span in spans]
    return Verdict("met", "Data source and dashboards come from files.", tuple(proofs))


def _unmet(message: str, span: Span, label: str) -> Verdict:
    return Verdict("unmet", message, (Evidence(span, "problem", label),))
