"""The databases that a gradebook is tried on: SQLite always, PostgreSQL where there is a server.

GRADELINE_TEST_POSTGRES is the URL of a database in which each test makes a schema of its own.  CI sets it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

VARIABLE = "GRADELINE_TEST_POSTGRES"
KINDS = ("sqlite", "postgresql")


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """Where an empty gradebook of this kind may be made."""
    if kind == "sqlite":
        yield str(folder / "grades.db")
        return
    server = os.environ.get(VARIABLE)
    if not server:
        pytest.skip(f"no PostgreSQL: {VARIABLE} is not set")
    import sqlalchemy

    schema = f"book_{uuid4().hex}"
    engine = sqlalchemy.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    try:
        yield f"{server}{'&' if '?' in server else '?'}options=-csearch_path%3D{schema}"
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
        engine.dispose()
