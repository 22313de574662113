"""Grafana: dashboards as JSON, and the files that provision data sources and dashboards.

Grafana documentation, "Dashboard JSON model" and "Provision Grafana".  A dashboard has one of three forms: the classic
one, the same in an envelope (``dashboard.grafana.app/v1``), and the second one (``dashboard.grafana.app/v2``), which
Grafana 13 writes by default: its panels are a table of elements, and the name in the envelope is its uid.

A library panel is a name and a uid; what it asks for is in Grafana ("Manage library panels").  An export for another
Grafana brings it along under ``__elements``, from which an import makes it where it is missing.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.model.monitoring import Dashboard, DataSource, Panel, PanelQuery, Provider, Provisioning
from gradeline.model.text import Text
from gradeline.readers.monitoring.values import entries, flag, get, mappings, place, text
from gradeline.readers.texts import plain
from gradeline.source import Span
from gradeline.syntax.yaml import Mapping, Resolved, Sequence

MAX_PANELS = 500
_QUERY_KEYS = ("expr", "query", "rawSql", "expression", "target")


def dashboard_of(root: Mapping) -> Dashboard | None:
    """The dashboard in a file: the file itself, or what the API or the resource of Grafana wraps it in."""
    version, spec = text(root, "apiVersion"), get(root, "spec")
    if version is not None and version.raw.startswith("dashboard.grafana.app/") and isinstance(spec, Mapping):
        name = text(root, "metadata", "name")
        return _elements(spec, name) if isinstance(get(spec, "elements"), Mapping) else _classic(spec, name)
    if isinstance(get(root, "elements"), Mapping) and isinstance(get(root, "layout"), Mapping):
        return _elements(root, None)
    for node in (root, get(root, "dashboard")):
        if isinstance(node, Mapping) and (
            isinstance(get(node, "panels"), Sequence) or isinstance(get(node, "rows"), Sequence)
        ):
            return _classic(node, None)
    return None


def _classic(root: Mapping, name: Text | None) -> Dashboard:
    sources = []
    for item in (*mappings(get(root, "templating", "list")), *mappings(get(root, "__inputs"))):  # filled in on import
        called, kind = text(item, "name"), text(item, "type")
        if called is not None and kind is not None and kind.raw == "datasource":
            sources.append(called.raw)
    listed = mappings(get(root, "templating", "list"))
    variables = [called.raw for item in listed if (called := text(item, "name")) is not None]
    brought = _brought(root)
    panels = tuple(_panel(item, brought) for _, item in zip(range(MAX_PANELS), _panels(root), strict=False))
    uid = name or text(root, "uid")
    return _board(root, uid, panels, variables, sources)


def _brought(root: Mapping) -> dict[str, Mapping]:
    """The library panels that an export brings along, by uid: a table, in Grafana 8 a list."""
    node = get(root, "__elements")
    listed = (*mappings(node), *(item for _, item in entries(node) if isinstance(item, Mapping)))
    found: dict[str, Mapping] = {}
    for item in listed[:MAX_PANELS]:
        uid, model = text(item, "uid"), get(item, "model")
        if uid is not None and isinstance(model, Mapping):
            found[uid.raw] = model
    return found


def _elements(root: Mapping, name: Text | None) -> Dashboard:
    """The second form: what is shown are the elements that the layout names."""
    variables, sources = [], []
    for item in mappings(get(root, "variables")):
        called, kind = text(item, "spec", "name"), text(item, "kind")
        if called is not None:
            variables.append(called.raw)
            if kind is not None and kind.raw == "DatasourceVariable":
                sources.append(called.raw)
    placed = _placed(get(root, "layout"))
    elements = [node for key, node in entries(get(root, "elements")) if key.value in placed]
    panels = tuple(_element(node) for node in elements[:MAX_PANELS] if isinstance(node, Mapping))
    return _board(root, name, panels, variables, sources)


def _placed(layout: Resolved | None) -> set[str]:
    """The names of the elements in a layout, also in the layouts of its rows and tabs."""
    found: set[str] = set()
    waiting, seen = [layout], 0
    while waiting and seen < MAX_PANELS * 4:
        spec, seen = get(waiting.pop(), "spec"), seen + 1
        for kind in ("items", "rows", "tabs"):
            for item in mappings(get(spec, kind)):
                if (name := text(item, "spec", "element", "name")) is not None:
                    found.add(name.raw)
                waiting.append(get(item, "spec", "layout"))
    return found


def _board(
    root: Mapping, uid: Text | None, panels: tuple[Panel, ...], variables: list[str], sources: list[str]
) -> Dashboard:
    start = Span(root.span.path, root.span.line)
    return Dashboard(root.span.path, start, uid, text(root, "title"), panels, tuple(variables), tuple(sources))


def _element(node: Mapping) -> Panel:
    """A panel of the second form; its first versions named the kinds of panels and queries in ``kind`` itself."""
    spec, queries = get(node, "spec"), []
    for item in mappings(get(spec, "data", "spec", "queries")):
        asked = get(item, "spec", "query")
        expression = next((found for key in _QUERY_KEYS if (found := text(asked, "spec", key)) is not None), None)
        source = text(asked, "datasource", "name") or text(item, "spec", "datasource", "uid")
        where = Span(item.span.path, item.span.line, item.span.column)
        queries.append(PanelQuery(where, expression, source, text(asked, "spec", "panelId")))
    title, shown = text(spec, "title"), text(spec, "vizConfig", "group") or text(spec, "vizConfig", "kind")
    defaults = get(spec, "vizConfig", "spec", "fieldConfig", "defaults")
    steps = len(list(mappings(get(defaults, "thresholds", "steps"))))
    where = title.span if title is not None else Span(node.span.path, node.span.line, node.span.column)
    unit = text(defaults, "unit")
    number, library = text(spec, "id"), text(spec, "libraryPanel", "uid") or text(spec, "libraryPanel", "name")
    return Panel(
        title.raw if title else "",
        shown.raw if shown else "",
        where,
        tuple(queries),
        unit,
        steps,
        None,
        number.raw if number else "",
        library,
    )


def _panels(root: Mapping) -> Iterator[Mapping]:
    """Panels, those in a folded row, and those of the old form, in the order of the file."""
    for item in mappings(get(root, "panels")):
        if (kind := text(item, "type")) is None or kind.raw != "row":
            yield item
        yield from mappings(get(item, "panels"))
    for row in mappings(get(root, "rows")):
        yield from mappings(get(row, "panels"))


def _panel(placed: Mapping, brought: dict[str, Mapping]) -> Panel:
    """A panel of the classic form; of a library panel that the file brings along, what that one is."""
    library = text(placed, "libraryPanel", "uid") or text(placed, "libraryPanel", "name")
    item = brought.get(library.raw, placed) if library is not None else placed
    title, kind, number = text(placed, "title") or text(item, "title"), text(item, "type"), text(placed, "id")
    queries: list[PanelQuery] = []
    for target in mappings(get(item, "targets")):
        expression = next((found for key in _QUERY_KEYS if (found := text(target, key)) is not None), None)
        where = Span(item.span.path, target.span.line, target.span.column)
        queries.append(PanelQuery(where, expression, _source(target), text(target, "panelId")))
    unit = text(item, "fieldConfig", "defaults", "unit") or text(item, "format")
    if unit is None:
        axes = list(mappings(get(item, "yaxes")))
        unit = text(axes[0], "format") if axes else None
    steps = len(list(mappings(get(item, "fieldConfig", "defaults", "thresholds", "steps"))))
    steps = steps or len(list(mappings(get(item, "thresholds"))))
    where = title.span if title is not None else Span(placed.span.path, placed.span.line, placed.span.column)
    return Panel(
        title.raw if title else "",
        kind.raw if kind else "",
        where,
        tuple(queries),
        unit,
        steps,
        _source(item),
        number.raw if number else "",
        library,
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
