"""How Alembic runs here: on the connection it is handed, inside the unit of work that is already open."""

from alembic import context

from remit.adapters.sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
