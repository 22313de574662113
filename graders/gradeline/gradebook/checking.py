"""Is a gradebook whole?  Every statement is read again and must have the digest that the history has for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select

from gradeline.gradebook import chain, tables
from gradeline.gradebook.database import Book
from gradeline.records import record
from gradeline.words import Phrase, phrase

_TOGETHER = 50  # whole results in memory


@record
class Checked:
    """What was found.  ``head`` is the digest of the last statement: who keeps it can prove later that nothing of
    what was there then has been dropped."""

    statements: int
    results: int
    head: str
    problems: tuple[Phrase, ...]


def verify(book: Book, head: str = "") -> Checked:
    """Read everything and compare.  ``head`` is a digest that an earlier check has shown; it must be in the chain."""
    with book.reading() as connection:
        problems = list(_chain(connection, head))
        problems += _contents(connection)
        problems += _attempts(connection)
        last = connection.execute(select(tables.HISTORY.c.hash).order_by(tables.HISTORY.c.entry.desc()).limit(1))
        return Checked(
            _count(connection, tables.HISTORY), _count(connection, tables.RESULTS), last.scalar() or chain.BEGIN,
            tuple(problems),
        )  # fmt: skip


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar() or 0)


def _chain(connection: Connection, head: str) -> Iterator[Phrase]:
    """Problems of the history and of the statements that it speaks of."""
    statements = {name: _rows(connection, table) for name, table in tables.STATEMENTS.items()}
    waiting = {name: next(rows, None) for name, rows in statements.items()}
    before, number, seen = chain.BEGIN, 0, head in ("", chain.BEGIN)
    for entry in connection.execute(select(tables.HISTORY).order_by(tables.HISTORY.c.entry)):
        number += 1
        if entry.entry != number:
            yield phrase("book.verify.gap", entry=number)
            number = entry.entry
        row = waiting.get(entry.kind)
        while row is not None and row.entry < entry.entry:
            yield phrase("book.verify.alone", entry=row.entry, kind=entry.kind)
            row = next(statements[entry.kind], None)
        if row is None or row.entry != entry.entry:
            yield phrase("book.verify.lost", entry=entry.entry, kind=entry.kind)
        else:
            said = {name: value for name, value in row._mapping.items() if name != "entry"}
            if chain.link(before, entry.entry, entry.time, entry.author, entry.kind, said) != entry.hash:
                yield phrase("book.verify.changed", entry=entry.entry, kind=entry.kind)
            row = next(statements[entry.kind], None)
        waiting[entry.kind] = row
        before, seen = entry.hash, seen or entry.hash == head
    for kind, row in waiting.items():
        if row is not None:
            yield phrase("book.verify.alone", entry=row.entry, kind=kind)
    if not seen:
        yield phrase("book.verify.head", head=head)


def _rows(connection: Connection, table: Table) -> Iterator[Row[Any]]:
    yield from connection.execute(select(table).order_by(table.c.entry))


def _contents(connection: Connection) -> Iterator[Phrase]:
    """Contents are named by their digest, are whole results, and are there for each result that names one."""
    found = set()
    whole = select(tables.CONTENTS).order_by(tables.CONTENTS.c.digest).execution_options(yield_per=_TOGETHER)
    for row in connection.execute(whole):
        found.add(row.digest)
        if chain.digest(row.data) != row.digest or not _is_result(row.data):
            yield phrase("book.verify.content", digest=row.digest)
    for row in connection.execute(select(tables.RESULTS.c.entry, tables.RESULTS.c.content)):
        if row.content is not None and row.content not in found:
            yield phrase("book.verify.missing", entry=row.entry, digest=row.content)


def _is_result(data: str) -> bool:
    try:
        return isinstance(json.loads(data)["criteria"], list)
    except (ValueError, KeyError, TypeError):
        return False


def _attempts(connection: Connection) -> Iterator[Phrase]:
    """Attempts are numbered 1, 2, 3, ... as they first came, each is one work, and every result is of one."""
    attempts: dict[tuple[str, str], dict[str, int]] = {}
    wrong: dict[tuple[str, str], None] = {}
    for row in connection.execute(select(tables.ATTEMPTS).order_by(tables.ATTEMPTS.c.entry)):
        theirs = attempts.setdefault((row.learner, row.exercise), {})
        if theirs.setdefault(row.digest, len(theirs) + 1) != row.number:
            wrong[row.learner, row.exercise] = None
    for learner, exercise in wrong:
        yield phrase("book.verify.attempts", learner=learner, exercise=exercise)
    for row in connection.execute(select(tables.RESULTS).order_by(tables.RESULTS.c.entry)):
        if not 1 <= row.number <= len(attempts.get((row.learner, row.exercise), ())):
            yield phrase("book.verify.no_attempt", entry=row.entry)
