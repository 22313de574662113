"""Measurements decide whether a new version gets more traffic.

What it looks for
    Part ``used``: the release itself starts an analysis early, whose templates, arguments and metrics are there and can
    fail it.  ``signals``: the named kinds of metrics are measured.  ``control``: a metric compares the new version
    with the old one at the same time, and looks at each of them alone.  ``empty``: without traffic, nothing
    succeeds.  ``window``: there is enough time, and each measurement looks at requests of its own.
    For a switch from one version to the other: ``before``: an analysis that can fail asks the new version before the
    switch.  ``after``: one looks at it afterwards.  ``bounded``: each measurement can fail, and ends.  ``promotion``: a
    person or an analysis decides about the switch, and the file says so.  ``kept``: the old pods stay until the
    analysis after the switch has spoken, and five minutes at least.  ``start``: a version that does not start is given
    up.

What does not count
    A template that nothing refers to, a dry run, a name that leads nowhere, a condition that every result
    fulfils, a limit that tolerates everything, a query over both versions together, a comparison with
    the time before, and NaN or an empty answer that counts as success, unless another metric demands traffic.

How to repair
    Start the analysis from the release, give it its arguments, and read each condition with a bad result and with
    no result in mind.

Parameters
    ``part``: one of those above.  ``signals``: which of ``errors``,
    ``latency`` and ``model``, all by default.  ``model``: patterns of the names of metrics that tell about the
    answers of the model.  ``minutes``: how long it is measured altogether, 15 by default.
    ``failures``: how many failed measurements may be tolerated, 3 by default, for ``bounded``.
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support import analyses
from gradeline.checks.support.releases import chosen_bundles, guarded, no_release, releases_of, worst
from gradeline.facts.case import Case
from gradeline.model.manifest import Bundle
from gradeline.model.release import Release
from gradeline.result import Verdict

PARTS = ("used", "signals", "control", "empty", "window")
SWITCHES = ("before", "after", "bounded", "promotion", "kept", "start")
SIGNALS = ("errors", "latency", "model")

CHECK = Check(
    code="G7",
    family="gates",
    params={
        "part": {"enum": [*PARTS, *SWITCHES]},
        "signals": {"type": "array", "items": {"enum": list(SIGNALS)}, "minItems": 1},
        "model": WORDS,
        "minutes": {"type": "number", "exclusiveMinimum": 0},
        "failures": {"type": "integer", "minimum": 0},
    },
    required=("part",),
    reads=("manifests",),
)


def run(
    case: Case,
    part: str,
    signals: list[str] | None = None,
    model: str | list[str] | None = None,
    minutes: float = 15,
    failures: int = 3,
    pipelines: list[str] | None = None,
) -> Verdict:
    bundles = chosen_bundles(case, pipelines)
    found = releases_of(bundles)
    if not found:
        return no_release(bundles)
    if part in SWITCHES:
        return guarded(bundles, worst([_switched(part, bundle, release, failures) for bundle, release in found]))
    return guarded(bundles, worst([_judged(part, release, signals, listed(model), minutes) for _, release in found]))


def _switched(part: str, bundle: Bundle, release: Release, failures: int) -> Verdict:
    from gradeline.checks.support import switches

    if part in ("before", "after"):
        return switches.judged(bundle, release, part)
    if part == "bounded":
        return switches.bounded(release, failures)
    if part == "promotion":
        return switches.promotion(release)
    return switches.kept(release) if part == "kept" else switches.start(release)


def _judged(part: str, release: Release, wanted: list[str] | None, model: tuple[str, ...], minutes: float) -> Verdict:
    if part == "used":
        return analyses.used(release)
    if part == "signals":
        return analyses.signals(release, tuple(wanted or SIGNALS), model)
    if part == "control":
        return analyses.control(release)
    return analyses.empty(release) if part == "empty" else analyses.window(release, minutes * 60)
