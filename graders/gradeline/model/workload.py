"""What is started in a cluster and kept running: how many, with what rights and amounts, asked how it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from gradeline.model.resources import Confinement, Resources
from gradeline.records import field, record
from gradeline.source import Span


@record
class Probe:
    """A question that the platform asks again and again.  ``path`` is that of a request (kind ``http``),
    ``command`` the words of a command (kind ``exec``).  ``chosen`` false: it is the default of somebody else."""

    span: Span
    kind: Literal["http", "exec", "grpc", "tcp", "unknown"]
    path: str = ""
    command: tuple[str, ...] = ()
    chosen: bool = True
    port: str = ""
    delay: float = 0.0  # seconds before it is asked for the first time


@record
class Container:
    """One container of a workload.  ``image`` is the reference as written, ``version`` what is behind its name.
    ``env`` maps a name to its value, None when it comes from somewhere else."""

    span: Span
    name: str
    image: str = ""
    firmness: str = ""  # digest, sha, tag, branch or none, as for the references of pipelines
    version: str = ""
    image_span: Span | None = None
    env: Mapping[str, str | None] = field(default_factory=dict)
    env_spans: Mapping[str, Span] = field(default_factory=dict)
    resources: Resources | None = None
    confinement: Confinement | None = None
    live: Probe | None = None
    ready: Probe | None = None
    start: Probe | None = None
    ports: tuple[str, ...] = ()
    first: bool = False  # it has to end before the others start
    elsewhere: Span | None = None  # a source of more variables that is not here


@record
class Workload:
    """``replicas`` is the smallest number that runs, None when it is not known.  ``live`` decides about a restart,
    ``ready`` about requests."""

    path: str
    span: Span
    replicas: int | None
    replicas_span: Span | None = None
    resources: Resources | None = None
    confinement: Confinement | None = None
    live: Probe | None = None
    ready: Probe | None = None
    problem: str = ""  # why it cannot be understood, empty when it can
    kind: str = ""
    name: str = ""
    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)  # of what runs, not of the resource that starts it
    label_spans: Mapping[str, Span] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    containers: tuple[Container, ...] = ()
    account: str = ""
    start: Probe | None = None
    unavailable: str = ""  # how many may be missing while a new version comes, as written
    served: bool = True  # it goes on running, so that somebody may ask it
