"""How alembic reaches the ledger: on the connection of `storage.schema`, or, for a new revision, at `-x url=...`.

    alembic -x url=sqlite:///scratch.db revision --autogenerate -m "what changes"

Alembic sees no trigger and no exclusion constraint, and on SQLite `batch_alter_table` drops the triggers of the table:
a revision that touches `allocation` or `audit` makes them anew (storage/guards.py), or the bot will not start.
"""

from alembic import context
from sqlalchemy import Connection

from storage.engine import open_engine
from storage.tables import METADATA


def _migrate(connection: Connection) -> None:
    # One transaction on both: a half-made schema would be worse than an old one, and SQLite's DDL can be undone too.
    context.configure(connection=connection, target_metadata=METADATA, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


if "connection" in context.config.attributes:
    _migrate(context.config.attributes["connection"])
else:
    engine = open_engine(context.get_x_argument(as_dictionary=True)["url"])
    with engine.begin() as fresh:
        _migrate(fresh)
    engine.dispose()
