"""Grafana: dashboards as JSON, and the files that provision data sources and dashboards.

Grafana documentation, "Dashboard JSON model" and "Provision Grafana".
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.model.monitoring import Dashboard, DataSource, Panel, PanelQuery, Provider, Provisioning
from gradeline.model.text import Text
from gradeline.readers.monitoring.values import flag, get, mappings, place, text
from gradeline.readers.texts import plain
from gradeline.source import Span
from gradeline.syntax.yaml import Mapping, Sequence

MAX_PANELS = 500
_QUERY_KEYS = ("expr", "query", "rawSql", "expression", "target")


def dashboard_of(root: Mapping) -> Mapping | None:
    """The dashboard in a file: the file itself, or what the API of Grafana wraps it in."""
    inner = get(root, "dashboard")
    for node in (root, inner):
        if isinstance(node, Mapping) and (
            isinstance(get(node, "panels"), Sequence) or isinstance(get(node, "rows"), Sequence)
        ):
            return node
    return None


def dashboard(root: Mapping) -> Dashboard:
    variables, sources = [], []
    for item in mappings(get(root, "templating", "list")):
        name, kind = text(item, "name"), text(item, "type")
        if name is not None:
            variables.append(name.raw)
            if kind is not None and kind.raw == "datasource":
                sources.append(name.raw)
    for item in mappings(get(root, "__inputs")):  # filled in when it is imported
        name, kind = text(item, "name"), text(item, "type")
        if name is not None and kind is not None and kind.raw == "datasource":
            sources.append(name.raw)
    panels = tuple(_panel(item) for _, item in zip(range(MAX_PANELS), _panels(root), strict=False))
    start = Span(root.span.path, root.span.line)
    return Dashboard(
        root.span.path, start, text(root, "uid"), text(root, "title"), panels, tuple(variables), tuple(sources)
    )


def _panels(root: Mapping) -> Iterator[Mapping]:
    """Panels, those in a folded row, and those of the old form, in the order of the file."""
    for item in mappings(get(root, "panels")):
        if (kind := text(item, "type")) is None or kind.raw != "row":
            yield item
        yield from mappings(get(item, "panels"))
    for row in mappings(get(root, "rows")):
        yield from mappings(get(row, "panels"))


def _panel(item: Mapping) -> Panel:
    title, kind = text(item, "title"), text(item, "type")
    queries: list[PanelQuery] = []
    for target in mappings(get(item, "targets")):
        expression = next((found for key in _QUERY_KEYS if (found := text(target, key)) is not None), None)
        queries.append(
            PanelQuery(Span(item.span.path, target.span.line, target.span.column), expression, _source(target))
        )
    unit = text(item, "fieldConfig", "defaults", "unit") or text(item, "format")
    if unit is None:
        axes = list(mappings(get(item, "yaxes")))
        unit = text(axes[0], "format") if axes else None
    steps = len(list(mappings(get(item, "fieldConfig", "defaults", "thresholds", "steps"))))
    steps = steps or len(list(mappings(get(item, "thresholds"))))
    where = title.span if title is not None else Span(item.span.path, item.span.line, item.span.column)
    return Panel(
        title.raw if title else "", kind.raw if kind else "", where, tuple(queries), unit, steps, _source(item)
    )


def _source(item: Mapping) -> Text | None:
    node = get(item, "datasource")
    if isinstance(node, Mapping):
        return text(node, "uid")
    found = plain(node)
    return found if found is not None and found.raw else None


def is_provisioning(root: Mapping) -> bool:
    if not ({"datasources", "providers"} & root.index.keys()):
        return False
    lists = [get(root, "datasources"), get(root, "providers")]
    return any(isinstance(node, Sequence) for node in lists) and "kind" not in root.index


def provisioning(root: Mapping) -> Provisioning:
    sources = []
    for item in mappings(get(root, "datasources")):
        name, kind, uid = text(item, "name"), text(item, "type"), text(item, "uid")
        sources.append(
            DataSource(
                name.raw if name else "",
                kind.raw if kind else "",
                name.span if name else item.span,
                uid.raw if uid else "",
                flag(item, "editable") is True,  # the default is false
                place(item, "editable"),
            )
        )
    providers = []
    for item in mappings(get(root, "providers")):
        name = text(item, "name")
        changes = flag(item, "allowUiUpdates") is True or flag(item, "editable") is True
        key = "allowUiUpdates" if flag(item, "allowUiUpdates") is True else "editable"
        path = text(item, "options", "path") or text(item, "folder")
        providers.append(
            Provider(name.raw if name else "", name.span if name else item.span, path, changes, place(item, key))
        )
    return Provisioning(
        root.span.path, Span(root.span.path, root.span.line), text(root, "apiVersion"), tuple(sources), tuple(providers)
    )
