"""The history of a gradebook in words: who said what, when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from gradeline.gradebook import tables
from gradeline.gradebook.database import Book
from gradeline.records import record


@record
class Entry:
    """One statement: its number, ISO 8601 time in UTC, author, the table it is in, and its row."""

    number: int
    time: str
    author: str
    kind: str
    row: dict[str, Any]


def entries(book: Book, learner: str | None = None, exercise: str | None = None) -> Iterator[Entry]:
    """The statements, oldest first; about one learner or exercise when named."""
    with book.reading() as connection:
        found = []
        for kind, table in tables.STATEMENTS.items():
            query = select(table, tables.HISTORY.c.time, tables.HISTORY.c.author).join(tables.HISTORY)
            wanted = {"learner": learner, "exercise": exercise}
            asked = {name: value for name, value in wanted.items() if value is not None}
            if not asked.keys() <= set(table.c.keys()):
                continue
            for name, value in asked.items():
                query = query.where(table.c[name] == value)
            for row in connection.execute(query):
                said = dict(row._mapping)
                found.append(Entry(said.pop("entry"), said.pop("time"), said.pop("author"), kind, said))
    yield from sorted(found, key=lambda one: one.number)
