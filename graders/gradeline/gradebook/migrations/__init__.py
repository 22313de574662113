"""How a gradebook of an older version becomes one of this version (Alembic)."""

HEAD = "0002"  # the newest revision; a book that says so needs no Alembic
