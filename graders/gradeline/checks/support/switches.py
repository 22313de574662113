"""The parts of the check ``analysis`` about a switch from one version to the other.

Argo Rollouts documentation, "BlueGreen Deployment Strategy" (pre- and post-promotion analysis, autoPromotionEnabled is
true by default, scaleDownDelaySeconds is 30 by default) and "Rollout Specification" (progressDeadlineAbort is false by
default).
"""

from __future__ import annotations

import re

from gradeline.checks.support.ports import unserved
from gradeline.checks.support.releases import bad, open_
from gradeline.facts.measurements import Measured, measurements
from gradeline.model.manifest import Bundle
from gradeline.model.release import Release
from gradeline.result import Evidence, Verdict

_DEFAULT_DELAY = 30.0
_LONG_ENOUGH = 300.0
_ADDRESS = re.compile(r"https?://[^\s\"'<>|;&$`(){}]{1,300}")
_WHEN = {"before": "before the switch", "after": "after the switch"}


def _no_switch(release: Release) -> Verdict | None:
    if release.strategy == "blue-green":
        return None
    return bad("Nothing is switched: the new version does not wait beside the old one.", release.strategy_span,
               "another strategy")  # fmt: skip


def _at(release: Release, where: str) -> list[Measured]:
    """The measurements of one side of the switch; a controller with one analysis measures before it."""
    places = (where, "background") if where == "before" and release.judged_by_controller else (where,)
    return [one for one in measurements(release) if one.analysis.where in places]


def judged(bundle: Bundle, release: Release, where: str) -> Verdict:
    """Whether an analysis that can fail stands before or after the switch; before it, it asks the new version."""
    wrong = _no_switch(release) or _broken(release, where)
    if wrong is not None:
        return wrong
    found = _at(release, where)
    if not found:
        return bad(f"Nothing is measured {_WHEN[where]}.", release.strategy_span, f"no analysis {_WHEN[where]}")
    real = [one for one in found if not one.metric.dry]
    if not real:
        return bad(f"What is measured {_WHEN[where]} decides nothing.", found[0].analysis.span, "only a dry run")
    unsure: Verdict | None = None
    deciding: list[Measured] = []
    for one in real:
        place = one.metric.success_span or one.metric.failure_span or one.metric.span
        if one.decides is False or one.metric.failure_limit is None:
            return bad(f"`{one.metric.name}` cannot fail the release.", place, "cannot fail")
        if one.decides is None or one.metric.provider == "unknown":
            sentence = f"What decides about `{one.metric.name}` is not understood."
            unsure = unsure or open_(sentence, place, "not understood")
            continue
        deciding.append(one)
    for one in deciding:
        closed = _closed(bundle, one)
        if closed:
            place = one.metric.query_span or one.metric.span
            return bad(f"{closed}, so `{one.metric.name}` asks nobody.", place, "nobody answers there")
    if where == "before" and deciding:
        aimed = _aimed(release, deciding)
        if aimed is not None:
            return aimed
    if where == "after" and deciding and not unsure and all(one.about_old for one in deciding):
        place = deciding[0].metric.query_span or deciding[0].metric.span
        return bad("The analysis after the switch looks at the old pods only.", place, "looks at the old version")
    if unsure is not None:
        return unsure
    proofs = tuple(Evidence(one.analysis.span, "proof", f"decides {_WHEN[where]}") for one in deciding)
    return Verdict("met", f"An analysis decides {_WHEN[where]}.", tuple(dict.fromkeys(proofs)))


def _closed(bundle: Bundle, one: Measured) -> str:
    """Why an address that is asked leads nowhere; empty when none is seen to."""
    addresses = _ADDRESS.findall(one.metric.query) if one.metric.provider in ("web", "job") else []
    return next(filter(None, (unserved(bundle, address) for address in addresses)), "")


def _broken(release: Release, where: str) -> Verdict | None:
    for analysis in release.analyses:
        if analysis.where != where:
            continue
        for name in analysis.unresolved:
            return bad(f"There is no analysis template `{name.name}`.", name.span, "leads nowhere")
        for key, _ in analysis.missing:
            sentence = f"Nobody gives the argument `{key}` of the analysis a value."
            return bad(sentence, analysis.span, f"`{key}` is missing")
    return None


def _aimed(release: Release, found: list[Measured]) -> Verdict | None:
    """What is wrong with whom the analysis before the switch asks; None when it asks the new version."""
    unclear: Measured | None = None
    for one in found:
        about = _about_new(release, one)
        if about is True:
            return None
        if about is None:
            unclear = unclear or one
    if unclear is not None:
        place = unclear.metric.query_span or unclear.metric.span
        return open_(f"Which version `{unclear.metric.name}` asks cannot be seen.", place, "names neither version")
    place = found[0].metric.query_span or found[0].metric.span
    return bad("The analysis before the switch asks the version that serves already.", place, "asks the old version")


def _about_new(release: Release, one: Measured) -> bool | None:
    if one.query is not None or one.metric.provider in ("builtin", "kayenta"):
        return one.about_new
    new, old = one.marks
    words = _hosts(one.metric.query)
    if release.stable == release.canary and release.stable in words:
        return False  # both have the same address, which is the one that serves
    if words & set(new) or any(mark in one.metric.query for mark in new if not mark.replace("-", "").isalnum()):
        return True
    return False if any(f"//{name}" in one.metric.query for name in old) else None


def _hosts(text: str) -> set[str]:
    """The names inside a text, such as the parts of an address."""
    return set("".join(one if one.isalnum() or one == "-" else " " for one in text).split())


def bounded(release: Release, most: int) -> Verdict:
    """Whether each measurement can fail and comes to an end."""
    real = [one for one in measurements(release) if not one.metric.dry]
    if not real:
        return bad("Nothing is measured that counts.", release.strategy_span, "no metric")
    unsure: Verdict | None = None
    for one in real:
        metric = one.metric
        place = metric.success_span or metric.failure_span or metric.span
        if one.decides is False:
            return bad(f"`{metric.name}` comes to the same answer whatever is measured.", place, "cannot fail")
        if one.decides is None or metric.provider == "unknown":
            unsure = unsure or open_(f"What decides about `{metric.name}` is not understood.", place, "not understood")
        limit = metric.failure_limit
        if limit is None:
            return bad(f"`{metric.name}` may fail as often as it likes.", metric.span, "its limit is switched off")
        if limit > most:
            return bad(f"`{metric.name}` may fail {limit} times.", metric.span, f"more than {most} failures")
        if limit and metric.count and limit >= metric.count:
            return bad(f"`{metric.name}` may fail each time it is measured.", metric.span, "can never fail")
        if metric.interval and not metric.count and not release.judged_by_controller:
            return bad(f"`{metric.name}` never ends: it is measured again and again.", metric.span, "has no count")
    proofs = tuple(Evidence(one.metric.span, "proof", "can fail, and ends") for one in real)
    return unsure or Verdict("met", "Each measurement can fail, and ends.", tuple(dict.fromkeys(proofs)))


def promotion(release: Release) -> Verdict:
    """Whether a person or an analysis decides about the switch, and the file says which."""
    wrong = _no_switch(release)
    if wrong is not None:
        return wrong
    if release.promotes_alone is False:
        place = release.promotion_span or release.strategy_span
        return Verdict("met", "A person decides about the switch.", (Evidence(place, "proof", "waits for a person"),))
    before = [one for one in _at(release, "before") if not one.metric.dry and one.decides is not False]
    if not before:
        place = release.promotion_span or release.strategy_span
        return bad("The switch comes as soon as the pods are there, and nobody decides.", place, "nobody decides")
    if release.judged_by_controller or release.promotion_span is not None:
        place = release.promotion_span or before[0].analysis.span
        return Verdict("met", "An analysis decides about the switch.", (Evidence(place, "proof", "after an analysis"),))
    sentence = "An analysis decides about the switch, but whether that is meant stands nowhere."
    return Verdict("partial", sentence, (Evidence(release.strategy_span, "problem", "left to the default"),))


def kept(release: Release) -> Verdict:
    """Whether the old pods stay until the analysis after the switch has spoken."""
    wrong = _no_switch(release)
    if wrong is not None:
        return wrong
    needed = max([_LONG_ENOUGH, *(_duration(one) for one in _at(release, "after"))])
    delay = release.scale_down_delay
    if delay is None:
        sentence = f"The old pods are taken away {_DEFAULT_DELAY:.0f} seconds after the switch."
        return bad(sentence, release.strategy_span, "left to the default")
    place = release.delay_span or release.strategy_span
    if delay < needed:
        sentence = f"The old pods stay for {delay:.0f} seconds, and {needed:.0f} are needed."
        return bad(sentence, place, "too short")
    return Verdict("met", "The old pods stay long enough.", (Evidence(place, "proof", f"{delay:.0f} seconds"),))


def _duration(one: Measured) -> float:
    metric = one.metric
    return metric.delay + (metric.interval or 0.0) * max((metric.count or 1) - 1, 0)


def start(release: Release) -> Verdict:
    """Whether a version that does not start is given up."""
    if release.limits_abort is False:
        place = release.abort_span or release.strategy_span
        return bad("A version that does not start is waited for, without an end.", place, "is not given up")
    place = release.abort_span or release.strategy_span
    return Verdict("met", "A version that does not start is given up.", (Evidence(place, "proof", "is given up"),))
