"""The machines jobs run on: what they ask for, and which of them have the rights of the machine itself.

Docker documentation, "Docker daemon attack surface" (a privileged container is root on its host); GitLab Docs,
"Use Docker to build Docker images" (Docker-in-Docker needs privileged mode; DOCKER_TLS_CERTDIR switches TLS off).
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from gradeline.facts.case import PipelineFacts
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.pipeline import Unit, Use
from gradeline.records import record
from gradeline.source import Span

_DAEMONS = frozenset({"docker", "library/docker", "docker.io/library/docker", "docker.io/docker"})
_PLAIN_PORT = ":2375"  # of a daemon without TLS (Docker documentation, "Protect the Docker daemon socket")


@record
class Asked:
    """A label that a job asks for; None when it is computed."""

    label: str | None
    span: Span


def asked(facts: PipelineFacts, unit: Unit) -> tuple[Asked, ...]:
    """The labels of the machines that may run a unit, in every scenario."""
    found: dict[tuple[str | None, Span], Asked] = {}
    selectors = unit.resources.selectors if unit.resources is not None else ()
    for scenario in facts.pipeline.scenarios:
        for leg in range(len(facts.simulator.legs(unit))):
            moment = facts.moment(unit, scenario, leg)
            for text in (*unit.runs_on, *selectors):
                label = moment.text(text) or None  # a value that is no text gives none
                found.setdefault((label, text.span), Asked(label, text.span))
    return tuple(found.values())


def has_label(known: tuple[Asked, ...], wanted: tuple[str, ...]) -> bool | None:
    """Whether one of the labels is asked for; a label of several words (``gpu && linux``) asks for each.  A ``*`` in
    what is wanted stands for any text."""
    names = {name.lower() for name in wanted}
    for one in known:
        words = (one.label or "").lower().replace("&&", " ").replace("(", " ").replace(")", " ").split()
        parts = {part for word in words for part in (word, word.rpartition("=")[2], word.rpartition("/")[2])}
        if names & parts or any(fnmatchcase(part, name) for name in names if "*" in name for part in parts):
            return True
    return None if any(one.label is None for one in known) else False


def daemon_of(unit: Unit) -> Use | None:
    """The Docker daemon that runs beside the job, which needs the rights of the machine itself."""
    return next((use for use in unit.services if use.name in _DAEMONS and "dind" in use.version), None)


def privileged(unit: Unit) -> Span | None:
    """Where a unit gets the rights of its machine; None when it does not."""
    if unit.confinement is not None and unit.confinement.privileged:
        return unit.confinement.span
    daemon = daemon_of(unit)
    return daemon.span if daemon is not None else None


def without_tls(facts: PipelineFacts, unit: Unit) -> Span | None:
    """Where the connection to the daemon beside the job is left open to everybody in the same network."""
    if daemon_of(unit) is None:
        return None
    for scenario in facts.pipeline.scenarios[:1]:
        moment = facts.moment(unit, scenario)
        for variable in (*unit.env, *(variable for step in unit.walk() for variable in step.env)):
            value = moment.hidden_text(variable.value)
            if HIDDEN in value:
                continue
            if variable.name == "DOCKER_TLS_CERTDIR" and not value:
                return variable.span
            if variable.name == "DOCKER_HOST" and value.startswith("tcp://") and value.endswith(_PLAIN_PORT):
                return variable.span
    return None
