"""What the measurements of a release tell: about which version, compared with what, and what no traffic looks like.

Prometheus documentation, "Operators" (division, ``or``), "Query functions" (``rate``, ``histogram_quantile``): the rate
of a series that is not there is empty, and 0 / 0 is NaN.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cached_property

from gradeline.facts import promql
from gradeline.facts.condition_answers import answers
from gradeline.facts.conditions import Phase, measured
from gradeline.facts.job_scripts import can_fail
from gradeline.model.release import CANARY, STABLE, Analysis, Metric, Release
from gradeline.syntax.promql import Query
from gradeline.syntax.promql_nodes import Binary, Node, Selector, walk

_TRIED = (-1e9, -1.0, -0.5, -0.01, 0.0, 0.001, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.5,
          0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1.0, 1.01, 1.05, 1.1, 1.15, 1.2, 1.25, 1.3, 1.5, 2.0, 3.0,
          5.0, 10.0, 50.0, 100.0, 150.0, 200.0, 500.0, 1e3, 1e4, 1e6, 1e9)  # fmt: skip
_ERRORS = ("5..", "5.*", "5..|", "5[0-9][0-9]", "5\\d\\d", "500", "503", "5xx", "error", "4..|5..", "2..|3..", "[45]..",
           "5.+", "false", "failed", "failure")  # fmt: skip
_ERROR_LABELS = ("code", "status", "status_code", "response_code", "http_status", "http_status_code", "grpc_code",
                 "outcome", "result", "success", "classification", "http_response_status_code")  # fmt: skip
_ERROR_NAMES = ("error", "fail", "exception", "5xx", "success")
_TIME_NAMES = ("latency", "duration", "response_time", "request_time", "seconds", "milliseconds", "_ms")
_MACHINE = ("container_", "node_", "process_", "kube_", "machine_", "go_", "python_gc")
_COUNTED = ("requests", "request", "predictions", "calls", "traffic", "count", "total")


_QUOTED = re.compile(r"[\"']([^\"']{0,100})[\"']")


class _Answer(dict[str, object]):
    """An object whose every part has the same value."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value

    def __contains__(self, key: object) -> bool:
        return True

    def __getitem__(self, key: str) -> object:
        return self.value


class Measured:
    """One metric of an analysis with what its text says."""

    def __init__(self, metric: Metric, analysis: Analysis, release: Release) -> None:
        self.metric = metric
        self.analysis = analysis
        self.release = release

    @cached_property
    def query(self) -> Query | None:
        if self.metric.provider != "prometheus":
            return None
        try:
            return promql.parse(self.metric.query, variables=True)
        except promql.PromQLError:
            return None

    @property
    def words(self) -> str:
        return f"{self.metric.name}\n{self.metric.query}".lower()

    @cached_property
    def names(self) -> tuple[str, ...]:
        return promql.metric_names(self.query) if self.query is not None else ()

    # -- what it is about ----------------------------------------------------------------------------

    def signals(self, model: Iterable[str]) -> frozenset[str]:
        """Which of ``errors``, ``latency``, ``model``, ``traffic`` and ``machine`` it measures.

        ``model``: patterns of the names that tell something about the answers of the model.
        """
        patterns = tuple(model)
        query = self.query
        if query is None:
            return self._by_words(patterns)
        found: set[str] = set()
        for one in promql.series(query):
            names = [name.lower() for name in one.names]
            if any(fnmatchcase(name, pattern) for name in names for pattern in patterns):
                found.add("model")
            elif names and all(name.startswith(_MACHINE) for name in names):
                found.add("machine")
            elif _about_errors(one.selector, names):
                found.add("errors")
            elif any(word in name for name in names for word in _TIME_NAMES) and self._is_high(query, one.selector):
                found.add("latency")
        if not found and any(word in name.lower() for name in self.names for word in _COUNTED):
            found.add("traffic")
        return frozenset(found)

    def _is_high(self, query: Query, selector: Selector) -> bool:
        """Whether a high percentile is asked for, not a mean."""
        wanted = selector.matcher("quantile")
        if wanted is not None:
            return _at_least(wanted.value, 0.9)
        for node, _ in walk(query.tree):
            name, arguments = getattr(node, "function", ""), getattr(node, "arguments", ())
            if name in ("histogram_quantile", "quantile_over_time") and arguments:
                value = promql.number(arguments[0])
                return value is None or value >= 0.9
        # The share of requests below a bound of the histogram says the same.
        return selector.matcher("le") is not None

    def _by_words(self, patterns: tuple[str, ...]) -> frozenset[str]:
        words, found = self.words, set[str]()
        if self.metric.provider == "builtin":
            known = {"request-success-rate": "errors", "request-duration": "latency"}
            return frozenset({known[self.metric.name]}) if self.metric.name in known else frozenset()
        if any(fnmatchcase(word, pattern) for word in _split(words) for pattern in patterns):
            found.add("model")
        if any(word in words for word in ("error", "5xx", "fail", "success", "status")):
            found.add("errors")
        if any(word in words for word in ("latency", "duration", "p95", "p99")):
            found.add("latency")
        return frozenset(found)

    # -- which version ---------------------------------------------------------------------------------

    @cached_property
    def marks(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Texts by which a query means the new version, and the old one."""
        release = self.release
        new = [CANARY, *release.canary_names]
        old = [STABLE, *release.stable_names]
        if release.canary and release.canary != release.stable:
            new.append(release.canary)
        if release.stable and release.stable != release.canary:
            old.append(release.stable)
        return tuple(one for one in new if one), tuple(one for one in old if one)

    def side(self, node: Node) -> frozenset[str]:
        """``new``, ``old`` or both: the versions that selectors inside ask for; ``all`` when one asks for any."""
        found: set[str] = set()
        for one, _ in walk(node):
            if isinstance(one, Selector):
                found.add(self._asks(one))
        return frozenset(found)

    def _asks(self, selector: Selector) -> str:
        new, old = self.marks
        for matcher in selector.matchers:
            positive = matcher.operator in ("=", "=~")
            if any(_means(matcher.value, one, matcher.operator) for one in new):
                return "new" if positive else "old"
        for matcher in selector.matchers:
            positive = matcher.operator in ("=", "=~")
            if any(_means(matcher.value, one, matcher.operator) for one in old):
                return "old" if positive else "new"
        return "all"

    @property
    def about_new(self) -> bool | None:
        """Whether it looks at the new version alone or beside the old one; None when that cannot be seen."""
        if self.metric.provider in ("builtin", "kayenta"):
            return True
        if self.query is None:
            new, _ = self.marks
            return True if any(one in self.metric.query for one in new) else None
        sides = self.side(self.query.tree)
        return "new" in sides and "all" not in sides

    @property
    def about_old(self) -> bool:
        """Whether it looks at the old version alone."""
        return self.query is not None and self.side(self.query.tree) == {"old"}

    @property
    def compares(self) -> bool | None:
        """Whether the new version is measured against the old one at the same time."""
        if self.metric.provider == "kayenta":
            return True
        query = self.query
        if query is None:
            new, old = self.marks
            text = self.metric.query
            if any(one in text for one in new) and any(one in text for one in old):
                return True
            return None if self.metric.provider not in ("builtin", "prometheus") else False
        for node, _ in walk(query.tree):
            if not isinstance(node, Binary) or node.operator in ("and", "or", "unless"):
                continue
            left, right = self.side(node.left), self.side(node.right)
            if {"new", "old"} == left | right and left != right and not ("new" in left and "new" in right):
                return not any(isinstance(one, Selector) and one.offset for one, _ in walk(node))
        return False

    # -- what it decides ---------------------------------------------------------------------------------

    def phase(self, result: object) -> Phase:
        metric = self.metric
        if metric.low is not None or metric.high is not None:
            value = result[0] if isinstance(result, list) and result else math.nan
            if math.isnan(value):
                return "failure" if metric.closed else "unknown"
            good = (metric.low is None or value >= metric.low) and (metric.high is None or value <= metric.high)
            return "success" if good else "failure"
        return measured(metric.success, metric.failure, result)

    @property
    def decides(self) -> bool | None:
        """Whether some result fails it and some result succeeds; None when the condition is not understood."""
        metric = self.metric
        if metric.script is not None and not can_fail(*metric.script, metric.span):
            return False
        if metric.provider in ("job", "kayenta"):
            return True  # the job's exit status, the judge's score
        if metric.provider == "builtin" and metric.low is None and metric.high is None:
            return False
        if not metric.success and not metric.failure and metric.low is None and metric.high is None:
            return False
        phases = {self.phase([value]) for value in _TRIED} | {self.phase(value) for value in _TRIED}
        if metric.provider == "web":
            return self._decides_on_answers(phases)
        if "failure" in phases and "success" in phases:
            return True
        if "unknown" in phases or self.query is None:
            return None
        return False

    def _decides_on_answers(self, phases: set[Phase]) -> bool | None:
        """The same for an answer that may be a text, or an object with any parts."""
        metric = self.metric
        texts = {part for text in (metric.success, metric.failure) for part in _QUOTED.findall(text)}
        values: list[object] = [*_TRIED, True, False, "", *sorted(texts)]
        phases |= {self.phase(value) for value in values} | {self.phase(_Answer(value)) for value in values}
        phases |= {self.phase(value) for value in answers((metric.success, metric.failure))}
        if "failure" in phases and "success" in phases:
            return True
        if "unknown" in phases:
            return None
        # An answer that cannot be compared is an error and no failure, so errors alone decide nothing.
        return False if "success" in phases or phases <= {"failure"} else None

    def shapes(self) -> Iterator[list[float]]:
        """What the query gives when the new version gets no request at all."""
        default = self._default()
        if default is not None:
            yield [default]
            return
        yield []
        if self._divides():
            yield [math.nan]
        elif self.query is not None and self._counts():
            yield [0.0]

    def _divides(self) -> bool:
        query = self.query
        return query is None or any(
            (isinstance(node, Binary) and node.operator == "/") or getattr(node, "function", "") == "histogram_quantile"
            for node, _ in walk(query.tree)
        )

    def _counts(self) -> bool:
        return bool({"rate", "increase", "irate", "count", "sum"} & set(promql.functions(self.query)))  # type: ignore[arg-type]

    def _default(self) -> float | None:
        """The number that stands in for an empty result: ``... or vector(1)``."""
        query = self.query
        if query is None or not isinstance(query.tree, Binary) or query.tree.operator != "or":
            return None
        right = query.tree.right
        if getattr(right, "function", "") == "vector":
            return promql.number(right.arguments[0])  # type: ignore[union-attr]
        return None

    @property
    def empty_succeeds(self) -> bool | None:
        """Whether no traffic counts as success; None when the condition is not understood."""
        if self.metric.closed or self.metric.provider in ("job", "kayenta"):
            return False
        if self.metric.provider != "prometheus":
            phases = {self.phase([]), self.phase(None)}
        else:
            phases = {self.phase(shape) for shape in self.shapes()}
        if "success" in phases:
            return True
        return None if "unknown" in phases else False

    @property
    def demands_traffic(self) -> bool:
        """Whether it fails (or stops) until enough requests came."""
        if self.metric.dry or self.query is None or self._divides() or not self._counts():
            return False
        phases = [self.phase(shape) for shape in ([], [0.0])]
        return "success" not in phases and self.phase([1e9]) == "success"

    @property
    def window(self) -> float:
        """The longest range that the query looks back over, 0 when it has none or it is a variable."""
        if self.query is None:
            return 0.0
        return max((one.window or 0.0 for one in promql.series(self.query)), default=0.0)


def measurements(release: Release) -> list[Measured]:
    """Every metric that judges the release, dry runs too, each use once."""
    found: list[Measured] = []
    for analysis in release.analyses:
        found.extend(Measured(metric, analysis, release) for metric in analysis.metrics)
    return found


def _means(value: str, mark: str, operator: str) -> bool:
    """Whether a label's value is the mark itself, or a name made of it (a pod, a host inside the cluster)."""
    if value == mark:
        return True
    if mark in (CANARY, STABLE):
        return mark in value
    rest = value.partition(mark)
    if not rest[1]:
        return False
    before, after = rest[0], rest[2]
    if operator in ("=~", "!~"):
        before, after = before.lstrip(".*^("), after.strip("$)")
    return not before.strip(".*") and (after == "" or after[:1] in ".:|\\-")


def _at_least(text: str, bound: float) -> bool:
    try:
        return float(text) >= bound
    except ValueError:
        return False


def _about_errors(selector: Selector, names: list[str]) -> bool:
    by_label = any(_is_error(matcher.label, matcher.value) for matcher in selector.matchers)
    return by_label or any(word in name for name in names for word in _ERROR_NAMES)


def _is_error(label: str, value: str) -> bool:
    lowered = value.lower()
    return label in _ERROR_LABELS and any(lowered.startswith(one) or lowered == one for one in _ERRORS)


def _split(words: str) -> list[str]:
    return "".join(char if char.isalnum() or char == "_" else " " for char in words).split()
