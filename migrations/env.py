"""Alembic's environment: online only, as the owner role, within one transaction.

`mapservice.migrate` hands the connection over in `config.attributes`; nothing here reads
the environment.
"""

from alembic import context
from sqlalchemy import text

from mapservice.migrate import VERSION_SCHEMA, metadata

connection = context.config.attributes["connection"]
# A migration may not queue behind a long transaction and so hold up every reader after it.
connection.execute(text("SET LOCAL lock_timeout = '1s'"))
connection.execute(text("SET LOCAL ROLE mapservice_owner"))
connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {VERSION_SCHEMA}"))
context.configure(
    connection=connection,
    target_metadata=metadata(),
    version_table_schema=VERSION_SCHEMA,
    include_schemas=True,
)
with context.begin_transaction():
    context.run_migrations()
