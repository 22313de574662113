"""Prefect 3: the flows of a submission, with their deployments, as pipelines.  Nothing is imported or run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradeline.model.code import Codebase
from gradeline.model.pipeline import Opaque, Pipeline
from gradeline.readers.reading import Read, Reading
from gradeline.source import Span

__all__ = ["read_prefect"]


def read_prefect(files: Sequence[str], paths: Sequence[str], read: Read, code: Codebase) -> Iterator[Pipeline]:
    """The flows of ``files`` that no other flow calls, or that a deployment starts."""
    from gradeline.readers.prefect.deployments import FILES, by_file
    from gradeline.readers.prefect.flows import read_file
    from gradeline.records import replace

    entries = []
    said = []
    for path in paths:
        if path.rpartition("/")[2] in FILES:
            reading = Reading(path, read)
            entries.extend(by_file(reading, path))
            said.extend(reading.diagnostics)
    for path in files:
        module = code.modules.get(path)
        if module is None:
            continue
        found = read_file(code, module, read, entries)
        for pipeline in found:
            yield replace(pipeline, diagnostics=(*pipeline.diagnostics, *said))
        if not found and not module.complete:
            span = next((one.span for one in module.diagnostics if one.span is not None), Span(path, 1))
            hidden = (Opaque(span, "the file cannot be read"),)
            yield Pipeline(path, path, "prefect", span, opaque=hidden, diagnostics=module.diagnostics,
                           role="orchestration")  # fmt: skip
