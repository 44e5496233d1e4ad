"""Alembic's entry: always on a connection that `bot.storage.migrate` hands in."""

from alembic import context

from bot.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the transaction of the caller is the only one
)
context.run_migrations()
