"""Load tests that are written for a tool of their own: what they promise to fail for."""

from __future__ import annotations

from gradeline.records import field, record
from gradeline.source import Diagnostic, SourceFile, Span


@record
class Threshold:
    """One expression about a metric, such as ``p(95)<150`` about ``http_req_duration``."""

    metric: str
    expression: str
    span: Span


@record
class LoadTest:
    """``complete``: False when a part of the limits cannot be seen.  ``sized``: it says how many users or how long.
    ``writes``: the files its summary is written into, relative to where it is started.  ``reads``: files it reads,
    relative to the repository."""

    source: SourceFile = field(default=SourceFile("", ""), repr=False)
    thresholds: tuple[Threshold, ...] = ()
    sized: bool = False
    complete: bool = True
    writes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    span: Span = Span("", 1)
    diagnostics: tuple[Diagnostic, ...] = ()
