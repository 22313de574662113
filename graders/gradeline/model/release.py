"""How a new version gets its traffic, and what is measured on the way.

Argo Rollouts, Flagger and KServe are read into the same records.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from gradeline.model.pipeline import Shell
from gradeline.model.workload import Workload
from gradeline.records import field, record
from gradeline.source import Span

# Values that exist only while a release goes on.  They stand in resolved texts between these marks.
CANARY = "\N{LEFT-POINTING ANGLE BRACKET}canary\N{RIGHT-POINTING ANGLE BRACKET}"
STABLE = "\N{LEFT-POINTING ANGLE BRACKET}stable\N{RIGHT-POINTING ANGLE BRACKET}"
UNKNOWN = "\N{LEFT-POINTING ANGLE BRACKET}?\N{RIGHT-POINTING ANGLE BRACKET}"


@record
class Metric:
    """What is measured again and again.  Times are in seconds, None when they are not stated or cannot be read.

    ``failure_limit`` is how many failed measurements are tolerated, None for any number.  ``success`` and ``failure``
    are conditions in the language of the controller, empty when not stated.  ``low`` and ``high`` are bounds of a
    controller that has no conditions.  ``provider`` is who answers: prometheus, job, web, datadog, kayenta, builtin.
    """

    span: Span
    name: str
    provider: str
    query: str = ""
    query_span: Span | None = None
    interval: float | None = None
    count: int | None = None
    delay: float = 0.0
    failure_limit: int | None = 0
    inconclusive_limit: int | None = 0
    error_limit: int = 4
    success: str = ""
    failure: str = ""
    success_span: Span | None = None
    failure_span: Span | None = None
    low: float | None = None
    high: float | None = None
    closed: bool = False  # the controller itself counts a missing answer as a failure
    dry: bool = False
    problem: str = ""
    script: tuple[str, Shell] | None = None  # what the job of a metric gives to a shell


@record
class Template:
    """A named analysis.  ``arguments`` maps each name to its default, None when it has to be given.
    ``includes`` are the templates it takes metrics from."""

    span: Span
    path: str
    name: str
    namespace: str
    cluster: bool = False
    arguments: Mapping[str, str | None] = field(default_factory=dict)
    places: Mapping[str, Span] = field(default_factory=dict)
    metrics: tuple[Metric, ...] = ()
    includes: tuple[TemplateName, ...] = ()
    dry: tuple[str, ...] = ()


@record
class TemplateName:
    span: Span
    name: str
    cluster: bool = False


@record
class Analysis:
    """A use of analyses.  ``where``: ``background`` (beside the steps), ``inline`` (a step of its own),
    ``before`` and ``after`` the switch, ``experiment``.  ``since`` is the step from which a background one runs.
    ``arguments`` are the values given, with the marks above for what exists only at run time.
    ``missing`` are arguments that nobody gives, ``unresolved`` are templates that are nowhere."""

    span: Span
    where: Literal["background", "inline", "before", "after", "experiment"]
    templates: tuple[TemplateName, ...] = ()
    arguments: Mapping[str, str] = field(default_factory=dict)
    since: int = 0
    dry: tuple[str, ...] = ()
    metrics: tuple[Metric, ...] = ()  # with the arguments filled in
    missing: tuple[tuple[str, Span], ...] = ()
    unresolved: tuple[TemplateName, ...] = ()


@record
class Step:
    """One step.  ``seconds`` of a pause is None when it waits for a person; ``known`` false when it cannot be read."""

    span: Span
    kind: Literal["weight", "pause", "analysis", "scale", "experiment", "header", "mirror", "other"]
    weight: int | None = None
    seconds: float | None = None
    analysis: Analysis | None = None
    known: bool = True


@record
class Release:
    """``kind`` is that of its resource.  ``router`` names what splits the traffic, empty when only the number of pods
    does.  ``automatic`` false: somebody has to start each step.  ``limits_abort`` says whether a new version that
    does not start is given up (None when the controller has no such setting)."""

    span: Span
    path: str
    kind: str
    name: str
    namespace: str
    strategy: Literal["canary", "blue-green", "rolling", "none"]
    strategy_span: Span
    workload: Workload | None = None
    workload_reference: str = ""
    replicas: int | None = None
    steps: tuple[Step, ...] = ()
    analyses: tuple[Analysis, ...] = ()
    router: str = ""
    router_span: Span | None = None
    routes: tuple[tuple[str, str, Span], ...] = ()  # kind and name of the routers it changes
    route_parts: tuple[tuple[str, str, Span], ...] = ()  # virtual service and the named route of it that it changes
    subsets: tuple[tuple[str, str, Span], ...] = ()  # destination rule and part that it changes
    stable: str = ""
    stable_span: Span | None = None
    canary: str = ""
    canary_span: Span | None = None
    canary_names: tuple[str, ...] = ()  # labels and parts that mark the new version besides the service
    stable_names: tuple[str, ...] = ()
    makes_services: bool = False  # the controller makes the services itself
    judged_by_controller: bool = False  # the controller itself compares and gives up (Flagger)
    limits_abort: bool | None = None
    abort_span: Span | None = None
    keeps_failed: Span | None = None  # where it says that the failed version stays
    scale_down_delay: float | None = None
    delay_span: Span | None = None
    promotes_alone: bool | None = None
    promotion_span: Span | None = None
    problem: str = ""
