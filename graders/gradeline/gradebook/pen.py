"""The hand that writes: statements with their author, time, number and digest, in a form that every database takes."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from hashlib import sha256

from sqlalchemy import Column, ColumnElement, Connection, String, Table, insert, select

from gradeline.gradebook import chain, tables
from gradeline.gradebook.times import when
from gradeline.records import record
from gradeline.words import Told


@record
class Voice:
    """Who says something, and when (aware)."""

    author: str
    time: datetime


class Pen:
    """Adds statements within one transaction."""

    def __init__(self, connection: Connection, voice: Voice) -> None:
        if not voice.author.strip():
            raise Told("book.author")
        self._connection = connection
        self._author = str(storable(tables.HISTORY.c.author, voice.author))
        self._time = when(voice.time)
        last = connection.execute(
            select(tables.HISTORY.c.entry, tables.HISTORY.c.hash).order_by(tables.HISTORY.c.entry.desc()).limit(1)
        ).first()
        self._entry, self._hash = (int(last.entry), str(last.hash)) if last else (0, chain.BEGIN)

    def say(self, kind: str, **statement: object) -> None:
        table = tables.STATEMENTS[kind]
        statement = {name: storable(table.c[name], value) for name, value in statement.items()}
        self._entry += 1
        self._hash = chain.link(self._hash, self._entry, self._time, self._author, kind, statement)
        self._connection.execute(
            insert(tables.HISTORY),
            {"entry": self._entry, "time": self._time, "author": self._author, "kind": kind, "hash": self._hash},
        )
        self._connection.execute(insert(table), {"entry": self._entry, **statement})


def storable(column: Column[object], value: object) -> object:
    """``value`` as every database takes it in ``column``.

    What is no text, and NUL, is spelled with an escape.  What is too long keeps its beginning, and a digest of the
    whole, so that two long names stay two.
    """
    if not isinstance(value, str):
        return value
    text = value.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")
    most = column.type.length if isinstance(column.type, String) else None
    if most is None or len(text) <= most:
        return text
    return f"{text[: most - 17]}~{sha256(text.encode()).hexdigest()[:16]}"


def is_about(table: Table, **values: object) -> list[ColumnElement[bool]]:
    """The rows of ``table`` with these values."""
    return [table.c[name] == storable(table.c[name], value) for name, value in values.items()]


def exact(value: Fraction) -> str:
    """``value`` as exact text: a decimal where there is one, else a fraction.  ``Fraction`` reads both."""
    scaled = value * 10_000
    if scaled.denominator != 1:
        return str(value)
    sign, digits = "-" if scaled < 0 else "", f"{abs(int(scaled)):05d}"
    return f"{sign}{digits[:-4]}.{digits[-4:]}".rstrip("0").rstrip(".")
