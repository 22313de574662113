"""From which severity on a scanner fails.

Trivy documentation, ``--severity`` (the list that counts); Checkov documentation, "Hard and soft fail"; KICS
documentation, ``--fail-on``; Snyk CLI, ``--severity-threshold``; Grype README, ``--fail-on``; tfsec documentation.
"""

from __future__ import annotations

from gradeline.facts.readings import Reading
from gradeline.facts.shell_state import HIDDEN

_LEVELS = ("unknown", "negligible", "info", "trace", "low", "medium", "high", "critical")
_LISTS = {"trivy": "--severity", "kics": "--fail-on", "checkov": "--hard-fail-on"}  # only what is listed fails
_THRESHOLDS = {"snyk": "--severity-threshold", "grype": "--fail-on", "tfsec": "--minimum-severity",
               "terrascan": "--severity", "regula": "--severity", "ggshield": "--minimum-severity"}  # fmt: skip
_SOFT = {"checkov": "--soft-fail-on"}  # what is listed does not fail


def lets_high_pass(reading: Reading) -> bool | None:
    """Whether a finding of high severity does not fail the scan; None when that is computed."""
    option = _LISTS.get(reading.tool) or _THRESHOLDS.get(reading.tool)
    given = reading.options.get(option, ()) if option is not None else ()
    soft = reading.options.get(_SOFT.get(reading.tool, ""), ())
    for value in (*given, *soft):
        if value is None or HIDDEN in value:
            return None
    if "high" in _listed(soft):
        return True
    words = _listed(given)
    if not words:
        return False
    if reading.tool in _LISTS:
        named = [word for word in words if word in _LEVELS]
        return bool(named) and "high" not in named
    return words[-1] == "critical"


def _listed(values: tuple[str | None, ...]) -> list[str]:
    return [word.strip().lower() for value in values if value for word in value.split(",")]
