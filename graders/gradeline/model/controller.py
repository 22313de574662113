"""The server that runs pipelines, as far as the repository configures it: who may do what, what work it takes
itself, which machines it has, what is installed on it."""

from __future__ import annotations

from typing import Literal

from gradeline.model.pipeline import Use
from gradeline.model.text import Text
from gradeline.records import record
from gradeline.source import Diagnostic, Span


@record
class Plugin:
    """Something installed on the server.  ``kind`` says how firm its version is: ``version`` one release,
    ``moving`` whatever is newest, ``none`` nothing said, ``address`` a file from an address."""

    name: str
    version: str
    kind: Literal["version", "moving", "none", "address"]
    span: Span


@record
class Machine:
    """A machine, or a kind of machines made on demand, that takes work from the server.  ``as_described``: what the
    machine is like may stand in the pipeline that asks for it, so that it needs no label."""

    name: str
    labels: tuple[str, ...]
    span: Span
    made_on_demand: bool = False
    as_described: bool = False


@record
class Access:
    """Who may do what.  ``anybody`` and ``known`` are the most that people without and with a login may do:
    ``nothing``, ``read``, ``work`` (start, change, approve), ``everything``; ``unknown`` when it is computed."""

    span: Span
    anybody: Literal["nothing", "read", "work", "everything", "unknown"] = "nothing"
    known: Literal["nothing", "read", "work", "everything", "unknown"] = "nothing"


@record
class Controller:
    """``executors`` is how many pieces of work the server itself takes at a time, None when nothing is said.
    ``files`` are those it was read from, empty when the repository configures no server."""

    files: tuple[str, ...] = ()
    executors: Text | None = None
    access: Access | None = None
    machines: tuple[Machine, ...] = ()
    plugins: tuple[Plugin, ...] = ()
    plugin_files: tuple[str, ...] = ()
    libraries: tuple[Use, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
