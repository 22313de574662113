"""What a script answers to numbers that are made up: it is followed with all of them known.

The file that the script reads, and that the pipeline makes, holds the numbers of the trial.  What a library then
computes from them is computed, too, where it is known how.  An answer of another library may be anything: then each
answer it leads to is a possible one.
"""

from __future__ import annotations

from collections.abc import Mapping

from gradeline.facts.gate_experiment import Run, run
from gradeline.facts.gate_runs import Gate
from gradeline.facts.gate_values import Data
from gradeline.model.document import Document, Key, Value
from gradeline.source import Span

Given = Mapping[str, float | str | None]  # by keys with dots
_FREE = (1e-9, 0.999999)
MAX_FREE = 4


def tried(gate: Gate, given: Given) -> tuple[Run, ...]:
    """How the script can end with these numbers: once, or once for each answer of a library that is not known."""
    documents = {**gate.documents, **{path: _document(path, given) for path in _unknown_files(gate)}}
    first = run(gate.code, documents, gate.start, {}, exact=True)
    found = [first]
    free = [one for one in first.touched.values() if is_free(one)]
    for leaf in free[:MAX_FREE]:
        found += [run(gate.code, documents, gate.start, {leaf.key: value}, exact=True) for value in _FREE]
    return tuple(found)


def is_free(one: Data) -> bool:
    """Whether a value is the answer of a library about numbers, and may be anything."""
    return bool(one.call) and one.call not in ("file", "environment", "text", "table", "library")


def _unknown_files(gate: Gate) -> tuple[str, ...]:
    """Files that the script reads values from, and that are not in the repository."""
    looked = gate.run({})
    return tuple(dict.fromkeys(
        key[0] for key, one in looked.touched.items()
        if len(key) == 1 and one.call == "file" and (key[0] not in gate.documents or key[0] in gate.produced)
    ))  # fmt: skip


def _document(path: str, given: Given) -> Document:
    values: dict[Key, Value] = {}
    span = Span(path, 1)
    for name, data in given.items():
        key: Key = tuple(name.split("."))
        for length in range(1, len(key)):
            values.setdefault(key[:length], Value(None, span, 1))
        values[key] = Value(data, span)
    return Document(path, span, values)
