"""Damage to what watches a service: rules and their tests, the server, the routes of alerts, dashboards.

The same operators work on the files of the servers and on the resources of the Prometheus operator, whose keys are
the same or in camel case.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import yaml

from mutation import yaml_edits as edit
from mutation.operators import Change, Files, changed, line_of, note

New = Callable[[str], str | None]  # the text of a value, and what stands there instead
Place = edit.Entry | edit.Item

ALERTS = frozenset({"alert-shape:alerts"})
COVER = frozenset({"alert-cover"})
SERVER = frozenset({"alert-shape:server"})
ROUTES = frozenset({"notify:alerts"})
KEYS = frozenset({"secret-source:receivers", "no-literal-secret"})
PANELS = frozenset({"dashboard:panels"})
LOADED = frozenset({"dashboard:provisioning"})
TESTED = frozenset({"rules-tested"})
LOOP = frozenset({"notify:loop"})
# A rule that is broken may be seen by whoever reads rules: their tests, what they cover, how they ask.
RULES = ALERTS | COVER | TESTED

_RULE = r"(?:.*/)?groups/\d+/rules/\d+"
_RECEIVER = r"(?:.*/)?receivers/\d+"


def _places(files: Files, where: str) -> Iterator[tuple[str, Place]]:
    """The entries and items at a path, a pattern; JSON is read as the YAML that it is."""
    for path in sorted(files):
        if path.startswith(".github/") or not path.endswith((".yml", ".yaml", ".json")):
            continue
        for node in edit.trees(files[path]):
            for one in edit.walk(node, flow=True):
                here = one.path if isinstance(one, edit.Entry) else (*one.path, str(one.number))
                if re.fullmatch(where, "/".join(here)):
                    yield path, one


def cut(name: str, attacks: frozenset[str], where: str, targets: frozenset[str] = frozenset()) -> None:
    """An operator that leaves out what stands at a path."""

    def apply(files: Files) -> Iterator[Change]:
        for path, one in _places(files, where):
            text = files[path]
            rest = edit.without(text, one) if isinstance(one, edit.Entry) else edit.without_item(text, one)
            yield from changed(files, path, rest, line_of(one))

    note(name, attacks, apply, targets)


def put(name: str, attacks: frozenset[str], where: str, new: New, targets: frozenset[str] = frozenset()) -> None:
    """An operator that puts another value at a path, quoted where the old one is."""

    def apply(files: Files) -> Iterator[Change]:
        for path, one in _places(files, where):
            node = one.value if isinstance(one, edit.Entry) else one.node
            value = new(node.value if isinstance(node, yaml.ScalarNode) else "")
            if value is None or (isinstance(node, yaml.ScalarNode) and value == node.value):
                continue
            written = json.dumps(value) if isinstance(node, yaml.ScalarNode) and node.style == '"' else value
            yield from changed(files, path, edit.with_value(files[path], one, written), line_of(one))

    note(name, attacks, apply, targets)


def every(name: str, attacks: frozenset[str], where: str, new: New, targets: frozenset[str] = frozenset()) -> None:
    """An operator that puts another value at all places of a file that have the path."""

    def apply(files: Files) -> Iterator[Change]:
        found = list(_places(files, where))
        for path in sorted({path for path, _ in found}):
            text = files[path]
            mine = [one for other, one in found if other == path]
            for one in reversed(mine):
                node = one.value if isinstance(one, edit.Entry) else one.node
                value = new(node.value if isinstance(node, yaml.ScalarNode) else "")
                if value is not None:
                    text = edit.with_value(text, one, value)
            yield from changed(files, path, text, line_of(mine[0]))

    note(name, attacks, apply, targets)


def swap(pattern: str, new: str) -> New:
    """The first match of a pattern replaced; None where there is none."""

    def change(text: str) -> str | None:
        found = re.sub(pattern, new, text, count=1)
        return None if found == text else found

    return change


# -- rules --------------------------------------------------------------------------------------------------------------

_COMPARED = r"(>=?|<=?) ([^<>=()]+)$"
cut("alert fires at once", ALERTS | TESTED, f"{_RULE}/for", ALERTS)
put("alert waits no second", ALERTS | TESTED, f"{_RULE}/for", lambda _: "0s", ALERTS)
for _label in ("severity", "team"):
    cut(f"alert without {_label}", ALERTS | TESTED | ROUTES, f"{_RULE}/labels/{_label}", ALERTS)
for _text in ("summary", "runbook_url"):
    cut(f"alert without {_text}", ALERTS | TESTED, f"{_RULE}/annotations/{_text}", ALERTS)
put("alert compares nothing", RULES, f"{_RULE}/expr", swap(_COMPARED, ""), ALERTS)
put("alert fires when all is well", RULES, f"{_RULE}/expr", swap(_COMPARED, r"< \2"), ALERTS | COVER)
put("alert that no number reaches", RULES, f"{_RULE}/expr", swap(r"(>=?) ([^<>=()]+)$", r"\1 1e12"), COVER)
put("alert that no number falls below", RULES, f"{_RULE}/expr", swap(r"(<=?) ([^<>=()]+)$", r"\1 -1"), COVER)
put("alert on a metric that nobody exports", RULES, f"{_RULE}/expr", swap(r"\bchurn_(\w+)", r"customer_\1"), COVER)
put("alert on a counter without a rate", RULES, f"{_RULE}/expr", swap(r"rate\((\w+(?:\{[^}]*\})?)\[\w+\]\)", r"\1"), ALERTS)
put("alert without data is silent", RULES, f"{_RULE}/expr", swap(r"^absent\((.*)\)$", r"\1 == 0"), COVER)

# -- their tests --------------------------------------------------------------------------------------------------------

put("test of an alert that is not there", TESTED, r"tests/\d+/alert_rule_test/\d+/alertname", lambda _: "NobodyKnowsIt")
every("tests expect nothing", TESTED, r"tests/\d+/alert_rule_test/\d+/exp_alerts", lambda _: "[]")
every("tests feed in nothing", TESTED, r"tests/\d+/input_series", lambda _: "[]")

# -- the server ---------------------------------------------------------------------------------------------------------

cut("server loads no rules", SERVER | RULES, "rule_files", SERVER)
put("server loads rules from an empty folder", SERVER | RULES, r"rule_files/\d+", swap(r"^(?!\.\./)", "nothing/"), SERVER)
cut("server tells nobody", SERVER, "alerting|spec/alerting")
put("server asks something else", SERVER, r"scrape_configs/\d+/static_configs/\d+/targets/\d+", swap("^churn-api", "shop-api"))
put("server finds another service", SERVER, r"spec/selector/matchLabels/app.kubernetes.io~name".replace("~", "/"), swap("^churn-api", "shop-api"))

# -- who hears of it ----------------------------------------------------------------------------------------------------

cut("receiver tells nobody", ROUTES | LOOP | KEYS, rf"{_RECEIVER}/\w+_?[cC]onfigs", ROUTES | LOOP)
put("receiver that is not defined", ROUTES | LOOP, r"(?:spec/)?route/(?:routes/\d+/)?receiver", lambda _: "nobody")
cut("branch is gone", ROUTES | LOOP, r"(?:spec/)?route/routes/\d+")
cut("warnings beside the page", ROUTES, r"(?:spec/)?inhibit_?[rR]ules")
cut("one message for each series", ROUTES, r"(?:spec/)?route/group_?[bB]y")
cut("how often it comes again is left to chance", ROUTES, r"(?:spec/)?route/repeat_?[iI]nterval")
put(
    "page for the wrong alerts",
    ROUTES | LOOP,
    r"(?:spec/)?route/routes/\d+/matchers/\d+",
    swap('severity="critical"', 'severity="none"'),
)


def _key_in_the_file(files: Files) -> Iterator[Change]:
    for path, one in _places(files, rf"{_RECEIVER}/\w+_configs/\d+/\w+_file"):
        if isinstance(one, edit.Entry):
            start, end = one.key.start_mark.index, one.value.end_mark.index
            name = one.key.value.removesuffix("_file")
            secret = "https://hooks.slack.com/services/" + "T01ABCDEF/B01ABCDEF/" + "a1B2c3D4e5F6" * 2
            value = secret if name.endswith("url") else "0123456789abcdef" * 2
            yield from changed(files, path, f'{files[path][:start]}{name}: "{value}"{files[path][end:]}', line_of(one))


note("key of a receiver in the file", KEYS | ROUTES, _key_in_the_file, KEYS)

# -- dashboards ---------------------------------------------------------------------------------------------------------

every("panels without units", PANELS, r"panels/\d+/fieldConfig/defaults/unit", lambda _: '""')
every("panels without thresholds", PANELS, r"panels/\d+/fieldConfig/defaults/thresholds", lambda _: "{}")
every("data source of one installation", PANELS, r"(?:.*/)?datasource/uid", lambda _: '"PBFA97CFB590B2093"')
every("panels of a metric that nobody exports", PANELS, r"panels/\d+/targets/\d+/expr", lambda _: '"rate(node_cpu_seconds_total[5m])"')
put("panel of a metric that nobody exports", PANELS, r"panels/\d+/targets/\d+/expr", swap(r"\bchurn_(\w+)", r"customer_\1"))
cut("no data source is loaded", LOADED, "datasources")
cut("no dashboard is loaded", LOADED, "providers")
put("dashboards from an empty folder", LOADED, r"providers/\d+/options/path", lambda _: "/tmp/nothing")
put("dashboards that people may change", LOADED, r"providers/\d+/allowUiUpdates", lambda _: "true")
