"""Whether alerts reach the people who can do something about them."""

from __future__ import annotations

from gradeline.checks.support.watching import hidden
from gradeline.facts.alert_routes import Stop, every_route, heard, matches, pages, stops
from gradeline.facts.case import Case
from gradeline.model.monitoring import Routing, Rule
from gradeline.result import Evidence, Verdict

_GRAVE = ("critical", "page")
_MILD = ("warning", "warn", "ticket", "info")


def routed(case: Case, team: str, grave: tuple[str, ...]) -> Verdict:
    monitoring = case.project.monitoring
    if not monitoring.routings:
        return hidden(Verdict("unmet", "There is no tree of routes, so nobody hears of an alert."), monitoring)
    verdicts = [_routing(one, monitoring.alerts, team, grave or _GRAVE) for one in monitoring.routings]
    order = ("met", "cannot_tell", "partial", "unmet")
    return hidden(min(verdicts, key=lambda verdict: order.index(verdict.status)), monitoring)


def _labels(rule: Rule) -> dict[str, str]:
    return {"alertname": rule.name, **{name: value.raw for name, value in rule.labels.items()}}


def _routing(routing: Routing, alerts: tuple[Rule, ...], team: str, grave: tuple[str, ...]) -> Verdict:
    root = routing.root
    for route in every_route(root):
        name = route.receiver
        if name is not None and routing.receiver(name.raw) is None:
            return _unmet(
                f"The receiver `{name.raw[:60]}` is not defined.", Evidence(name.span, "problem", "not defined")
            )
    if root.receiver is None:
        return _unmet("The tree has no default receiver.", Evidence(root.span, "problem", "no receiver here"))
    if not heard(routing.receiver(root.receiver.raw)):
        return _unmet("What no route takes is told to nobody.", Evidence(root.receiver.span, "problem", "tells nobody"))
    if not alerts:
        return _unmet("There is no alert that could be told.", Evidence(root.span, "context", "nothing enters here"))
    unsure: Verdict | None = None
    proofs: list[Evidence] = []
    for rule in alerts:
        for stop in stops(routing, _labels(rule)):
            verdict = _stop(routing, rule, stop)
            if verdict is not None and verdict.status == "unmet":
                return verdict
            unsure = unsure or verdict
    for finding in (
        _paged(routing, alerts, grave),
        _owned(routing, alerts, team) if team else None,
        _quietened(routing, grave),
    ):
        if isinstance(finding, Verdict):
            return finding
        if finding is not None:
            proofs.append(finding)
    return unsure or Verdict("met", "Each alert reaches somebody, by how bad it is and whose it is.", tuple(proofs))


def _stop(routing: Routing, rule: Rule, stop: Stop) -> Verdict | None:
    place = stop.route.receiver.span if stop.route.receiver is not None else stop.route.span
    if not heard(routing.receiver(stop.receiver)):
        if not stop.sure:
            return Verdict(
                "cannot_tell", f"Who hears of `{rule.name}` cannot be seen.", (Evidence(place, "problem", "a pattern"),)
            )
        return _unmet(
            f"Nobody hears of `{rule.name}`: `{stop.receiver}` has no channel.",
            Evidence(place, "problem", "tells nobody"),
        )
    if not stop.group_by:
        return _unmet(
            f"Each `{rule.name}` is a message of its own: nothing is grouped.",
            Evidence(stop.route.span, "problem", "no group_by"),
        )
    if not stop.repeats:
        return _unmet(
            "How often a message comes again is left to chance.",
            Evidence(routing.root.span, "problem", "no repeat_interval"),
        )
    return None


def _paged(routing: Routing, alerts: tuple[Rule, ...], grave: tuple[str, ...]) -> Verdict | Evidence:
    """Grave alerts go to a pager, and the others do not go there alone."""
    found = [
        rule for rule in alerts if rule.labels.get("severity") is not None and rule.labels["severity"].raw in grave
    ]
    if not found:
        return _unmet(
            "No alert is grave enough for the pager.", Evidence(alerts[0].span, "context", "looked at every alert")
        )
    mild = {stop.receiver for rule in alerts if rule not in found for stop in stops(routing, _labels(rule))}
    for rule in found:
        names = [stop.receiver for stop in stops(routing, _labels(rule))]
        calmly = _mildly(routing, rule)
        # Its severity decides, or it ends at a pager that is not the one place for everything.
        if not any(name not in calmly or (pages(routing.receiver(name)) and mild - {name}) for name in names):
            return _unmet(
                f"`{rule.name}` is grave, and goes the way of all others.",
                Evidence(rule.labels["severity"].span, "problem", f"goes to {names[0] if names else 'nobody'}"),
            )
    return Evidence(found[0].span, "proof", "reaches the pager")


def _owned(routing: Routing, alerts: tuple[Rule, ...], team: str) -> Verdict | Evidence:
    """Each alert of the team ends somewhere where those of others do not."""
    mine = [rule for rule in alerts if any(value.raw == team for value in rule.labels.values())]
    if not mine:
        return _unmet(
            f"No alert says that it belongs to {team}.", Evidence(alerts[0].span, "context", "looked at every alert")
        )
    others = {name for rule in alerts if rule not in mine for name in _mildly(routing, rule)}
    for rule in mine:
        if others.issuperset(_mildly(routing, rule)):
            return _unmet(
                f"`{rule.name}` belongs to {team} and goes where the alerts of others go.",
                Evidence(routing.root.span, "problem", f"nothing leads to {team} alone"),
                Evidence(rule.span, "context", f"belongs to {team}"),
            )
    return Evidence(mine[0].span, "proof", f"reaches {team}")


def _mildly(routing: Routing, rule: Rule) -> tuple[str, ...]:
    """Who hears of an alert when it is not grave: the pager is not the team."""
    return tuple(stop.receiver for stop in stops(routing, {**_labels(rule), "severity": "warning"}))


def _quietened(routing: Routing, grave: tuple[str, ...]) -> Verdict | Evidence:
    for rule in routing.inhibitions:
        if not rule.sources or not rule.targets:
            continue
        loud = any(
            matches([one for one in rule.sources if one.label == "severity"], {"severity": word}) for word in grave
        )
        named = any(one.label == "severity" for one in rule.targets)
        quiet = named and any(
            matches([one for one in rule.targets if one.label == "severity"], {"severity": word}) for word in _MILD
        )
        if not loud or not quiet:
            continue
        if any(matches([one for one in rule.targets if one.label == "severity"], {"severity": word}) for word in grave):
            return _unmet(
                "A grave alert can silence another grave one.", Evidence(rule.span, "problem", "silences too much")
            )
        if not rule.equal:
            return _unmet(
                "One grave alert silences the warnings of everything.", Evidence(rule.span, "problem", "no equal")
            )
        return Evidence(rule.span, "proof", "warnings are quiet while the grave alert is active")
    place = routing.inhibitions[0].span if routing.inhibitions else routing.root.span
    return _unmet(
        "A grave alert does not silence the warnings about the same thing.", Evidence(place, "problem", "both are told")
    )


def _unmet(message: str, *evidence: Evidence) -> Verdict:
    return Verdict("unmet", message, evidence)
