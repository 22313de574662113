"""Files of the repository and of the run, as a script reads and writes them."""

from __future__ import annotations

import posixpath

from gradeline.facts.gate_state import Lost, Machine, Raised, derived
from gradeline.facts.gate_values import (
    MISSING,
    NONE,
    Const,
    Data,
    Expr,
    Opened,
    Seq,
    Table,
    Value,
    gathered,
    lineage_of,
    words_of,
)
from gradeline.model.document import Document, Key
from gradeline.source import Span


def placed(machine: Machine, path: str) -> str:
    """A path of the script as one of the repository."""
    return posixpath.normpath(posixpath.join(machine.directory, path)) if not path.startswith("/") else path


def _face(machine: Machine, path: str) -> object:
    return machine.faces.get((path,), "")


def committed(machine: Machine, path: str) -> Document | None:
    """The file of the repository at a path, unless the pipeline makes it anew."""
    return None if path in machine.produced else machine.documents.get(path)


def opened(machine: Machine, path: Value, mode: Value, span: Span) -> Value:
    text = str(mode.data) if isinstance(mode, Const) else "r"
    if isinstance(path, Const) and isinstance(path.data, str) and not set(text) & set("wax"):
        _must_be_there(machine, placed(machine, path.data), span)
    return Opened(path, text)


def _must_be_there(machine: Machine, path: str, span: Span) -> None:
    source = Data((path,), span, words_of(path), "file")
    machine.touched[(path,)] = source
    if _face(machine, path) == MISSING:
        raise Raised(lineage_of("FileNotFoundError"), span)


def read_text(machine: Machine, path: Value, span: Span) -> Value:
    """The text of a file; it is kept as the file until something reads the values in it."""
    if isinstance(path, Const) and isinstance(path.data, str):
        _must_be_there(machine, placed(machine, path.data), span)
    return Opened(path, "text")


def exists(machine: Machine, path: Value, span: Span) -> Value:
    if not (isinstance(path, Const) and isinstance(path.data, str)):
        return derived(True)
    where = placed(machine, path.data)
    machine.touched[(where,)] = Data((where,), span, words_of(where), "file")
    if _face(machine, where) == MISSING:
        return derived(False)
    if committed(machine, where) is not None:
        return derived(True)
    return derived(machine.truth_of(Data((where, "exists"), span, words_of(where), "file")))


def loaded(machine: Machine, source: Value, span: Span) -> Value:
    """The values of a file that a reader of YAML, JSON or TOML is given: opened, as text or by its path."""
    path = source.path if isinstance(source, Opened) else source
    if machine.world is not None:
        from gradeline.facts.trial_files import values_of, written

        kept = written(machine, path)
        found = values_of(kept if kept is not None else source)
        if found is not None:
            return found
        if kept is not None:
            raise Lost(span, "what is in this file of the test is not followed")
    if isinstance(path, Const) and isinstance(path.data, str):
        where = placed(machine, path.data)
        _must_be_there(machine, where, span)
        document = committed(machine, where)
        if document is not None:
            machine.read.setdefault(where, span)
            if document.problem:
                raise Raised(("YAMLError", "ValueError", "Exception", "BaseException"), span, library=True)
            return _values(document)
        if _face(machine, where) is None:
            return NONE
        return Data((where,), span, words_of(where), "file")
    if isinstance(path, Data):
        return Data((*path.key, "content"), span, path.words, "file", (path,))
    return Data(("content", f"line {span.line}"), span, gathered(path), "file")


def _values(document: Document) -> Value:
    """The whole file, each value with its place."""
    if not document.values:
        return Const(None, "file", document.span)
    inner: dict[Key, list[Key]] = {}
    for key in document.values:
        for length in range(len(key)):
            if key[: length + 1] not in inner:
                inner[key[: length + 1]] = []
                inner.setdefault(key[:length], []).append(key[: length + 1])
    return _value(document, (), inner)


def _value(document: Document, key: Key, inner: dict[Key, list[Key]]) -> Value:
    value = document.get(*key)
    if value is not None and value.size is None:
        data = value.data
        if isinstance(data, float) and data.is_integer():
            data = int(data)
        return Const(data, "file", value.span, key)
    parts = inner.get(key, [])
    if parts and all(isinstance(one[-1], int) for one in parts) and parts[0][-1] == 0:
        return Seq([_value(document, one, inner) for one in parts])
    span = value.span if value is not None else document.span
    return Table({one[-1]: _value(document, one, inner) for one in parts}, document.path, key, span)


def write(machine: Machine, path: Value, content: Value, span: Span) -> None:
    """Remember what is written, the text as far as it is known."""
    text = str(content.data) if isinstance(content, Const) else ("" if not isinstance(content, Data) else "{…}")
    if isinstance(content, Data) and content.call == "text":
        text = content.key[-1]
    if isinstance(content, Expr):
        text = "{…}"
    machine.written.append((path, text, span))
    machine.hand_on(path, content, span)
    if machine.world is not None:
        from gradeline.facts.trial_files import keep

        keep(machine, path, content)
