"""What watches a service: who collects numbers, the rules over them, who is told, and what people look at.

Seconds are None where a duration is missing or cannot be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from gradeline.model.pipeline import Opaque
from gradeline.model.text import Text
from gradeline.records import field, record
from gradeline.source import Diagnostic, Span


@record
class Wait:
    """A duration and where it stands."""

    seconds: float | None
    span: Span


@record
class Rule:
    """One rule of a file.  An alert has ``wait`` (how long the expression has to hold) and ``keep`` (how long it goes
    on afterwards); a recording rule gives a result its ``name``."""

    kind: Literal["alert", "record"]
    name: str
    file: str
    group: str
    span: Span
    expression: Text
    wait: Wait | None = None
    keep: Wait | None = None
    labels: Mapping[str, Text] = field(default_factory=dict)
    annotations: Mapping[str, Text] = field(default_factory=dict)


@record
class Job:
    """What a server collects from.  ``targets`` are addresses, ``discovers`` the mechanisms that find more, and
    ``selects`` the labels by which it finds them."""

    name: str
    span: Span
    targets: tuple[Text, ...] = ()
    discovers: tuple[str, ...] = ()
    selects: Mapping[str, str] = field(default_factory=dict)


@record
class Loaded:
    """A pattern of rule files and what of the submission it matches."""

    pattern: Text
    files: tuple[str, ...]


@record
class Server:
    """One configuration of what collects and evaluates.  ``receivers`` are the addresses alerts are sent to.

    With ``managed``, an operator writes the configuration: rules and targets are resources of their own.
    """

    path: str
    span: Span
    jobs: tuple[Job, ...] = ()
    loads: tuple[Loaded, ...] = ()
    receivers: tuple[Text, ...] = ()
    managed: bool = False


@record
class AlertCase:
    """What a test expects of one alert at one moment: that it fires or that it does not."""

    alert: Text
    fires: bool
    span: Span


@record
class RuleTest:
    """One scenario of a file of tests: the series that it feeds in and the alerts it expects."""

    path: str
    span: Span
    rule_files: tuple[Loaded, ...]
    series: tuple[Text, ...]
    cases: tuple[AlertCase, ...]


@record
class LabelMatcher:
    label: str
    operator: Literal["=", "!=", "=~", "!~"]
    value: str
    span: Span


@record
class Route:
    """A node of the tree.  What is None is taken from the node above."""

    span: Span
    receiver: Text | None = None
    matchers: tuple[LabelMatcher, ...] = ()
    routes: tuple[Route, ...] = ()
    goes_on: bool = False
    group_by: tuple[str, ...] | None = None
    repeat: Wait | None = None
    muted: bool = False


@record
class Channel:
    """One way to reach somebody: ``kind`` is the integration (``slack``, ``pagerduty``, ``webhook``, ...), ``address``
    where a webhook goes.  ``resolved`` tells whether the end is told, too, None when nothing is said."""

    kind: str
    span: Span
    address: Text | None = None
    resolved: bool | None = None


@record
class Receiver:
    name: str
    span: Span
    channels: tuple[Channel, ...] = ()


@record
class Inhibition:
    """While an alert that matches ``sources`` is active, those that match ``targets`` and agree in ``equal`` are not
    told."""

    span: Span
    sources: tuple[LabelMatcher, ...]
    targets: tuple[LabelMatcher, ...]
    equal: tuple[str, ...] = ()


@record
class Routing:
    """Who is told about which alert.  ``keys`` are the credentials that are written in it, by where they stand."""

    path: str
    span: Span
    root: Route
    receivers: tuple[Receiver, ...] = ()
    inhibitions: tuple[Inhibition, ...] = ()
    keys: Mapping[str, Text] = field(default_factory=dict)

    def receiver(self, name: str) -> Receiver | None:
        return next((receiver for receiver in self.receivers if receiver.name == name), None)


@record
class PanelQuery:
    """``source`` is the data source as written: a name, an id, a variable; empty when the panel's own counts.

    ``shared`` is the number of the panel whose results are shown again.
    """

    span: Span
    expression: Text | None
    source: Text | None = None
    shared: Text | None = None


@record
class Panel:
    """``library`` names the library panel that is shown here.

    Its queries are in Grafana's database, or beside the panels where the dashboard was exported for another Grafana.
    """

    title: str
    kind: str
    span: Span
    queries: tuple[PanelQuery, ...] = ()
    unit: Text | None = None
    thresholds: int = 0
    source: Text | None = None
    number: str = ""
    library: Text | None = None


@record
class Dashboard:
    """``sources`` are the names of variables that stand for a data source; ``variables`` those of all."""

    path: str
    span: Span
    uid: Text | None = None
    title: Text | None = None
    panels: tuple[Panel, ...] = ()
    variables: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@record
class DataSource:
    name: str
    kind: str
    span: Span
    uid: str = ""
    editable: bool = False
    place: Span | None = None  # of ``editable``


@record
class Provider:
    """Where dashboards are loaded from.  ``changeable`` tells whether people may change them in the browser."""

    name: str
    span: Span
    path: Text | None = None
    changeable: bool = False
    place: Span | None = None


@record
class Provisioning:
    """One file that sets up what people look at; ``version`` is that of its form."""

    path: str
    span: Span
    version: Text | None = None
    sources: tuple[DataSource, ...] = ()
    providers: tuple[Provider, ...] = ()


@record
class Monitoring:
    servers: tuple[Server, ...] = ()
    rules: tuple[Rule, ...] = ()
    tests: tuple[RuleTest, ...] = ()
    routings: tuple[Routing, ...] = ()
    dashboards: tuple[Dashboard, ...] = ()
    provisionings: tuple[Provisioning, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    opaque: tuple[Opaque, ...] = ()

    @property
    def alerts(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.kind == "alert")
