"""Alembic asks here for the database: the connection that the gradebook has open, inside its transaction."""

from alembic import context

from gradeline.gradebook.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"], target_metadata=METADATA, transactional_ddl=False
)
context.run_migrations()
