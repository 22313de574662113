"""Applications that a controller keeps in step with Git: what it takes from where, and what it does by itself."""

from __future__ import annotations

from gradeline.records import record
from gradeline.source import Span


@record
class Source:
    """``path`` is a folder of ``repository``; ``revision`` is what is followed there, empty when not said.
    ``chart``: it is a packaged chart instead."""

    span: Span
    repository: str
    path: str
    revision: str
    path_span: Span | None = None
    revision_span: Span | None = None
    chart: str = ""


@record
class Updater:
    """What changes the image of an application when a new one is pushed.  ``digest``: to what a tag holds now, as a
    digest.  ``commits``: it does so in Git.  ``apart``: on a branch of its own, or by a request, so somebody merges."""

    span: Span
    digest: bool
    commits: bool
    apart: bool


@record
class Delivery:
    """``automatic``: changes in Git are applied without a person.  ``prunes`` and ``heals`` are None when nothing is
    said about them.  ``computed``: its values are made by a generator."""

    span: Span
    kind: str
    name: str
    namespace: str
    sources: tuple[Source, ...]
    automatic: bool = False
    automatic_span: Span | None = None
    prunes: bool | None = None
    heals: bool | None = None
    computed: bool = False
    updater: Updater | None = None
