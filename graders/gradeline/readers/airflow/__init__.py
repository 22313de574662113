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
    from gradeline.readers.airflow.dags import read_files
    from gradeline.readers.airflow.versions import keeps_values, pinned

    version, kept = pinned(paths, read), keeps_values(paths, read)
    modules = [code.modules[path] for path in files if path in code.modules]
    found = read_files(code, modules, read, version, kept)
    for module in modules:
        yield from found[module.path]
        if not found[module.path] and not module.complete:
            span = next((one.span for one in module.diagnostics if one.span is not None), Span(module.path, 1))
            hidden = (Opaque(span, "the file cannot be read"),)
            yield Pipeline(module.path, module.path, "airflow", span, opaque=hidden, diagnostics=module.diagnostics,
                           role="orchestration")  # fmt: skip
