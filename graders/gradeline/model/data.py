"""Data under version control, and the stages that make one file from others.

The same words hold for any tool of this kind: a tracked file is known by its hash, a stage says what it reads
and writes, a lock says what was read and written when the stage last ran, and a remote is where others get it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from gradeline.model.expression import Value
from gradeline.model.text import Text
from gradeline.records import field, record
from gradeline.source import Diagnostic, Span


@record
class Content:
    """What identifies the content of a file: its hash with the hash's name (``md5``, ``etag``, ...) and its
    size in bytes.  ``files`` counts those of a folder."""

    hash_name: str = ""
    hash: str = ""
    size: int | None = None
    files: int | None = None


@record
class Origin:
    """Where tracked data was copied from: a place in another repository at a version, or an address."""

    span: Span
    url: str
    path: str = ""
    revision: str = ""  # as asked for: a branch or tag
    locked: str = ""  # the commit that was taken


@record
class DataFile:
    """A file or folder whose content is kept outside of Git and known there by its hash only.

    ``path`` is relative to the repository, ``tracked_by`` the small file in Git that stands for it.
    """

    path: str
    span: Span
    tracked_by: str
    content: Content
    origin: Origin | None = None
    remote: str = ""
    frozen: bool = False
    cache: bool = True


@record
class Dependency:
    """Something a stage reads; ``path`` is relative to the repository, or an address (``s3://...``)."""

    path: str
    text: Text
    external: bool = False


@record
class Product:
    """Something a stage writes.  ``cached`` is what is kept outside of Git; a product that is not can be
    compared there line by line.  ``kind`` says what the tool does with it beside keeping it."""

    path: str
    span: Span
    kind: Literal["file", "metrics", "plots"] = "file"
    cached: bool = True
    persists: bool = False  # not removed before the stage runs
    pushed: bool = True
    remote: str = ""
    external: bool = False


@record
class Parameter:
    """A value that a stage depends on: ``key`` of ``file`` (empty: the whole file).

    ``value`` is None when the file has no such key, or cannot be read; ``known`` tells the two apart.
    """

    file: str
    key: str
    span: Span
    value: Value | tuple[Value, ...] = None
    defined: bool = False
    known: bool = True
    place: Span | None = None  # where the value stands


@record
class Stage:
    """One step from data to data.  ``name`` is unique in its ``file``; ``group`` is the name before it was
    repeated for several items.  ``folder`` is where its commands run, relative to the repository.

    ``frozen`` and ``always`` are the places where the stage is said not to run again, or to run always;
    None when nothing is said.
    """

    name: str
    group: str
    file: str
    span: Span
    folder: str = ""
    description: Text | None = None
    commands: tuple[Text, ...] = ()
    depends: tuple[Dependency, ...] = ()
    products: tuple[Product, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    filled: tuple[Parameter, ...] = ()  # values of parameter files that are put into its commands
    frozen: Span | None = None
    always: Span | None = None
    needs: tuple[StageKey, ...] = ()  # the stages that make what it reads

    @property
    def key(self) -> StageKey:
        return (self.file, self.name)


StageKey = tuple[str, str]  # file, name


@record
class LockedStage:
    """What a stage read and wrote when it last ran: contents by path (as written there), parameters by file."""

    file: str
    name: str
    span: Span
    commands: tuple[str, ...] = ()
    depends: Mapping[str, Content] = field(default_factory=dict)
    products: Mapping[str, Content] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)


@record
class Remote:
    """A place where contents are kept for others.  ``kind`` is the scheme of its address (``s3``, ``gs``,
    ``azure``, ``ssh``, ``https``, ...) or ``local`` for a path; ``settings`` are its other entries by name."""

    name: str
    span: Span
    url: str
    kind: str
    settings: Mapping[str, Text] = field(default_factory=dict)
    shared: bool = True  # written in a file that is in Git


@record
class Report:
    """A file declared as ``metrics``, ``plots``, ``params`` or ``artifact`` outside of any stage."""

    kind: Literal["metrics", "plots", "params", "artifact"]
    path: str
    span: Span
    name: str = ""


@record
class Data:
    """Everything a submission says about its data.

    ``default_remote`` is the name of the remote that is used when none is given, with its place.
    ``ignored`` are the patterns that the tool leaves out.  ``values`` holds the entries of parameter files:
    file to dotted key to value.
    """

    stages: tuple[Stage, ...] = ()
    files: tuple[DataFile, ...] = ()
    locks: tuple[LockedStage, ...] = ()
    remotes: tuple[Remote, ...] = ()
    default_remote: str = ""
    default_remote_span: Span | None = None
    config: tuple[str, ...] = ()  # the configuration files that were read
    reports: tuple[Report, ...] = ()
    ignored: tuple[Text, ...] = ()
    values: Mapping[str, Mapping[str, Value | tuple[Value, ...]]] = field(default_factory=dict)
    circles: tuple[tuple[StageKey, ...], ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    def stage(self, name: str, file: str = "") -> Stage | None:
        """The stage of that name, in ``file`` or in the first file that has one."""
        return next((item for item in self.stages if item.name == name and file in ("", item.file)), None)

    def producer(self, path: str) -> Stage | None:
        """The stage that writes ``path`` or the folder it is in."""
        for stage in self.stages:
            for product in stage.products:
                if path == product.path or path.startswith(product.path.rstrip("/") + "/"):
                    return stage
        return None

    def lock(self, stage: Stage) -> LockedStage | None:
        """What is locked for a stage."""
        return next((item for item in self.locks if (item.file, item.name) == stage.key), None)

    @property
    def default(self) -> Remote | None:
        """The remote that is used when none is given; None when it is not named or not defined."""
        return next((item for item in self.remotes if item.name == self.default_remote), None)
