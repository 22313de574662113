"""Apache Airflow 2 and 3: the DAGs of a submission as pipelines.  Nothing is imported or run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradeline.model.code import Codebase
from gradeline.model.pipeline import Opaque, Pipeline
from gradeline.readers.reading import Read
from gradeline.source import Span

__all__ = ["read_airflow"]


def read_airflow(files: Sequence[str], paths: Sequence[str], read: Read, code: Codebase) -> Iterator[Pipeline]:
    """The DAGs of ``files``, in the order of the files; ``paths`` are all files, for the version that is pinned.

    A file in which nothing could be read is a pipeline without units.
    """
    from gradeline.readers.airflow.dags import read_file
    from gradeline.readers.airflow.versions import keeps_values, pinned

    version, kept = pinned(paths, read), keeps_values(paths, read)
    for path in files:
        module = code.modules.get(path)
        if module is None:
            continue
        found = read_file(code, module, read, version, kept)
        yield from found
        if not found and not module.complete:
            span = next((one.span for one in module.diagnostics if one.span is not None), Span(path, 1))
            hidden = (Opaque(span, "the file cannot be read"),)
            yield Pipeline(path, path, "airflow", span, opaque=hidden, diagnostics=module.diagnostics,
                           role="orchestration")  # fmt: skip
