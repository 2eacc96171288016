"""Runs the migrations for Alembic: on the program's connection, or on the configured database."""

from alembic import context
from sqlalchemy.engine import Connection

from controller.settings_sources import load
from controller.store.models import Base
from controller.store.session import Store


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_server_default=True,
        # not the default for SQLite; here each upgrade is one transaction, which we begin
        transactional_ddl=True,
        on_version_apply=context.config.attributes.get("on_version_apply", ()),
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    raise SystemExit(
        "The migrations depend on the kind of database, so they cannot be printed as SQL: run them."
    )
if (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    store = Store(load().database_url)
    with store.engine.begin() as own:
        run(own)
    store.close()
