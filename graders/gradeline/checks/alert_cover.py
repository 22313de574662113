"""What can go wrong has an alert that notices it.

What it looks for
    For each named signal an alert over the metrics that carry it, in the right form: a share of requests, a
    quantile, a level, the age of something, a series that is gone.  Recorded series are followed to what they record.

What does not count
    An alert over metrics that nobody exports, one that always or never fires, one that fires while all is well or is
    silent in trouble, one with a bound that no real trouble reaches, and a name that promises what the expression does
    not ask.

How to repair
    Go through the metrics of the service one by one and ask: who notices when this goes bad?  A series that is gone
    makes most alerts silent; one alert has to ask for exactly that.

Parameters
    ``signals``: by a name of your choice, ``metrics`` (the names that carry it), ``shape`` (``share``, ``quantile``,
    ``level``, ``age``, ``absent`` or ``any``) and ``within``, the lowest and highest bound that make sense.
    ``well`` and ``ill`` are the lowest and highest value of metrics while all is well and while it is not.
    ``half``: how many of them are enough for half of the points.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.watching import NO_ALERTS, hidden
from gradeline.facts.alerts import Alert, about, alerts_of, unknown_metrics, watches, worlds_of
from gradeline.facts.case import Case
from gradeline.facts.exported_metrics import Metrics, metrics_of
from gradeline.result import Evidence, Verdict

_RANGE = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
_VALUES = {"type": "object", "minProperties": 1, "additionalProperties": _RANGE}
_SIGNAL = {
    "type": "object",
    "properties": {
        "metrics": WORDS,
        "shape": {"enum": ["share", "quantile", "level", "age", "absent", "any"]},
        "within": _RANGE,
        "well": _VALUES,
        "ill": _VALUES,
    },
    "required": ["shape"],
    "additionalProperties": False,
}
CHECK = Check(
    code="M2",
    family="monitoring",
    params={
        "signals": {"type": "object", "minProperties": 1, "additionalProperties": _SIGNAL},
        "half": {"type": "integer", "minimum": 0},
    },
    required=("signals",),
    reads=("monitoring",),
)


def run(
    case: Case,
    signals: Mapping[str, Mapping[str, Any]],
    half: int = 0,
    pipelines: list[str] | None = None,
) -> Verdict:
    monitoring = case.project.monitoring
    alerts = alerts_of(monitoring)
    if not alerts:
        return hidden(NO_ALERTS, monitoring)
    metrics = metrics_of(case.project)
    proofs: list[Evidence] = []
    misses: list[tuple[str, str, Evidence | None, bool]] = []
    for name, signal in signals.items():
        watcher, miss = _watcher(alerts, metrics, signal)
        if watcher is not None:
            proofs.append(Evidence(watcher.rule.span, "proof", f"watches: {name}"))
        else:
            misses.append((name, *miss))
    if not misses:
        return Verdict("met", f"All {len(signals)} signals are watched.", tuple(proofs))
    _, sentence, _, certain = misses[0]
    names = ", ".join(miss[0] for miss in misses)
    message = f"Nobody is told about: {names}. {sentence}".strip()
    evidence = tuple(dict.fromkeys(miss[2] for miss in misses if miss[2] is not None))
    if not certain:
        return Verdict("cannot_tell", message, evidence)
    status = "partial" if half and len(proofs) >= half else "unmet"
    if not evidence:
        evidence = (Evidence(alerts[0].rule.span, "context", "looked at every alert"),)
    return hidden(Verdict(status, message, (*evidence, *proofs)), monitoring)  # type: ignore[arg-type]


def _watcher(
    alerts: tuple[Alert, ...], metrics: Metrics, signal: Mapping[str, Any]
) -> tuple[Alert | None, tuple[str, Evidence | None, bool]]:
    """The alert that watches a signal, or the nearest miss: a sentence, its place, and whether it is certain."""
    wanted = listed(signal.get("metrics"))
    within = tuple(signal["within"]) if "within" in signal else None
    values = ({name: tuple(value) for name, value in signal.get(kind, {}).items()} for kind in ("well", "ill"))
    worlds = worlds_of(signal["shape"], wanted, within, *values)
    near: tuple[str, Evidence | None, bool] = ("", None, True)
    for alert in alerts:
        if alert.whole is None:
            if not alert.certain:
                near = (f"`{alert.rule.name}` cannot be read.", _at(alert, alert.problem), False)
            continue
        reason = watches(alert, signal["shape"], wanted, within, worlds)
        missing = unknown_metrics(alert, metrics)[0]
        if not reason and not missing:
            return alert, near
        if missing:
            reason = f"asks for `{missing}`, which nobody exports"
        if near[1] is None and (missing or not wanted or about(alert.whole, wanted)):
            near = (f"`{alert.rule.name}` {reason}.", _at(alert, reason), True)
    return None, near


def _at(alert: Alert, reason: str) -> Evidence:
    return Evidence(alert.rule.expression.span, "problem", reason)
