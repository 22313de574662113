"""Verdicts about the server that runs the pipelines: its plug-ins, its rights, its own work."""

from __future__ import annotations

from typing import Literal

from gradeline.facts.case import Case
from gradeline.model.controller import Access, Controller
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_LOOSE = {"moving": "is always the newest", "none": "has no version", "address": "comes from an address"}


def plugins(case: Case, wanted: tuple[str, ...]) -> Verdict:
    """Whether every plug-in is one release, and those in ``wanted`` (``a|b``: any of them) are listed."""
    controller = case.project.controller
    if not controller.plugin_files:
        return Verdict("unmet", "No file lists the plug-ins of the server.")
    top = Span(controller.plugin_files[0], 1)
    for plugin in controller.plugins:
        if plugin.kind != "version":
            why = _LOOSE[plugin.kind]
            return Verdict("unmet", f"The plug-in `{plugin.name}` {why}.", (Evidence(plugin.span, "problem", why),))
    known = {plugin.name for plugin in controller.plugins}
    for words in wanted:
        if not known & set(words.split("|")):
            named = words.replace("|", "` or `")
            return Verdict("unmet", f"The list lacks `{named}`.", (Evidence(top, "problem", f"without `{named}`"),))
    if not controller.plugins:
        return Verdict("unmet", "The list of plug-ins is empty.", (Evidence(top, "problem", "nothing is listed"),))
    proofs = [Evidence(plugin.span, "proof", f"{plugin.name} {plugin.version}") for plugin in controller.plugins]
    return Verdict("met", "Every plug-in has one version.", tuple(proofs))


def privileges(controller: Controller, described: bool = False) -> Verdict:
    """Whether the server takes no work itself, has machines for it, and is closed to people without a login.

    ``described``: pipelines say themselves what the machines of their work are like.
    """
    if not controller.files:
        return Verdict("unmet", "No file configures the server that runs the pipelines.")
    top = Span(controller.files[0], 1)
    access = controller.access
    if access is None:
        return Verdict("unmet", "Nothing says who may do what.", (Evidence(top, "problem", "no authorization"),))
    if access.anybody in ("work", "everything"):
        return _open(access, "People without a login may change things.", "unmet")
    count = controller.executors
    if count is None:
        evidence = Evidence(top, "problem", "no number of executors")
        return Verdict("unmet", "Nothing keeps work off the server itself.", (evidence,))
    number = count.raw.strip()
    if not number.isdecimal():
        evidence = Evidence(count.span, "problem", "set elsewhere")
        return Verdict("cannot_tell", "How much work the server takes itself is set elsewhere.", (evidence,))
    if number.strip("0"):
        evidence = Evidence(count.span, "problem", "work runs on the server")
        return Verdict("unmet", f"The server itself takes {number} pieces of work at a time.", (evidence,))
    if "unknown" in (access.anybody, access.known):
        return _open(access, "Who may do what is set elsewhere.", "cannot_tell")
    if not any(machine.labels or (described and machine.as_described) for machine in controller.machines):
        place = controller.machines[0].span if controller.machines else top
        return Verdict("unmet", "No machine with a label takes the work.", (Evidence(place, "problem", "no label"),))
    if access.anybody == "read":
        return _open(access, "People without a login may read everything.", "partial")
    proofs = (Evidence(count.span, "proof", "takes no work"), Evidence(access.span, "proof", "who may do what"))
    return Verdict("met", "The server takes no work itself, and is closed to people without a login.", proofs)


def _open(access: Access, sentence: str, status: Literal["unmet", "partial", "cannot_tell"]) -> Verdict:
    return Verdict(status, sentence, (Evidence(access.span, "problem", sentence[:-1].lower()),))
