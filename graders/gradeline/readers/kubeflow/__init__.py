"""Kubeflow Pipelines, version 2 of the SDK: the pipeline functions of a submission.  Nothing is imported or run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradeline.model.code import Codebase
from gradeline.model.pipeline import Opaque, Pipeline
from gradeline.readers.reading import Read
from gradeline.source import Span

__all__ = ["read_kubeflow"]


def read_kubeflow(files: Sequence[str], read: Read, code: Codebase) -> Iterator[Pipeline]:
    """The pipelines of ``files`` that no other pipeline uses, in the order of the files."""
    from gradeline.readers.kubeflow.pipelines import read_file

    for path in files:
        module = code.modules.get(path)
        if module is None:
            continue
        found = read_file(code, module, read)
        yield from found
        if not found and not module.complete:
            span = next((one.span for one in module.diagnostics if one.span is not None), Span(path, 1))
            hidden = (Opaque(span, "the file cannot be read"),)
            yield Pipeline(path, path, "kubeflow", span, opaque=hidden, diagnostics=module.diagnostics,
                           role="orchestration")  # fmt: skip
