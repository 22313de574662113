"""Opening a gradebook: SQLite in a file, or PostgreSQL by URL.

One writer at a time: a transaction that writes holds a lock from its first moment, so that the numbers and digests of
``history`` follow on each other.  Readers see one moment of the book and wait for nobody.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from gradeline.gradebook.migrations import HEAD
from gradeline.words import MissingPart, Told

_BUSY = 60  # seconds to wait for another writer
_LOCK = 0x67726164656C696E  # of PostgreSQL, while there is no table yet to lock


class Book:
    """An open gradebook.  ``with book.writing() as connection`` for what is added, ``book.reading()`` for the rest."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.name = name  # for messages: without a password
        self._engine = engine

    @contextmanager
    def writing(self, *, keep: bool = True) -> Iterator[Connection]:
        """All or nothing, and nobody else writes meanwhile; without ``keep``, nothing."""
        options = {"gradeline_writes": True}
        with self._told(), self._engine.connect().execution_options(**options) as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text("LOCK TABLE history IN EXCLUSIVE MODE"))
            yield connection
            if not keep:
                connection.rollback()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One moment of the book."""
        options = {"isolation_level": "REPEATABLE READ"} if self._engine.dialect.name == "postgresql" else {}
        with self._told(), self._engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    def close(self) -> None:
        self._engine.dispose()

    def upgrade(self) -> None:
        """Make the tables, or bring those of an older version up to date."""
        with self._told(), self._engine.connect() as connection:
            if self._revision(connection) == HEAD:
                return
        options = {"gradeline_writes": True}
        with self._told(), self._engine.connect().execution_options(**options) as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            if self._revision(connection) != HEAD:
                _migrate(connection)

    def check_version(self) -> None:
        """Raises ``Told`` when the book is not of this version."""
        with self._told(), self._engine.connect() as connection:
            found = self._revision(connection)
        if not found:
            raise Told("book.none", book=self.name)
        if found != HEAD:
            raise Told("book.older", book=self.name)

    def _revision(self, connection: Connection) -> str:
        if not inspect(connection).has_table("alembic_version"):
            if inspect(connection).get_table_names():
                raise Told("book.foreign", book=self.name)
            return ""
        found = str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
        if found > HEAD:
            raise Told("book.newer", book=self.name)
        return found

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise Told("book.failed", book=self.name, said=" ".join(str(error.orig).split())[:300]) from error


def open_book(where: str, *, create: bool = False) -> Book:
    """The gradebook at ``where``: a path, ``sqlite:///PATH`` or ``postgresql://USER@HOST/NAME``.

    ``create``: make it, or bring it up to date, first.  Raises ``Told`` when it is none, of another version, or not
    to be reached.
    """
    url = _url(where)
    name = url.database or "" if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite" and not create and not Path(name).is_file():
        raise Told("book.missing", book=name)
    book = Book(_engine(url), name)
    if create:
        book.upgrade()
    else:
        book.check_version()
    return book


def _url(where: str) -> URL:
    if "://" not in where:
        return URL.create("sqlite", database=where)
    try:
        url = make_url(where)
    except ArgumentError as error:
        raise Told("book.url") from error
    if url.drivername == "sqlite" and url.database not in (None, "", ":memory:"):
        return url
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    raise Told("book.url")


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        try:
            return create_engine(url, poolclass=NullPool)
        except ImportError as error:
            raise MissingPart("book.driver") from error
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": _BUSY})

    @event.listens_for(engine, "connect")
    def opened(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL", "trusted_schema=OFF"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("gradeline_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    attributes: dict[str, Any] = config.attributes
    attributes["connection"] = connection
    command.upgrade(config, HEAD)
