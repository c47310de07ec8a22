"""One transaction as the parts of a Book share it: the connection, the ledger's version and the GPUs' row ids."""

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, select, update

from bot.booking.model import Reservation
from storage.tables import GPU, LEDGER


class GpuNames:
    """The row ids of GPUs, by name and back. Rows are never deleted or renamed, so what was once read stays true."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._names: dict[int, str] = {}

    def ids(self, connection: Connection, names: Iterable[str]) -> list[int]:
        """Row ids in the order of `names`. Raises LookupError for a GPU that no lab file has ever named."""
        names = list(names)
        if any(name not in self._ids for name in names):
            self._read(connection)
        missing = [name for name in names if name not in self._ids]
        if missing:
            raise LookupError(f"the ledger does not know {', '.join(missing)}: sync_gpus was not called with its lab")
        return [self._ids[name] for name in names]

    def name(self, connection: Connection, row_id: int) -> str:
        """The name of a row, which must exist."""
        if row_id not in self._names:
            self._read(connection)
        return self._names[row_id]

    def _read(self, connection: Connection) -> None:
        rows = connection.execute(select(GPU.c.id, GPU.c.name)).all()
        # Whole new dicts: other threads may be reading the old ones.
        self._ids, self._names = {row.name: row.id for row in rows}, {row.id: row.name for row in rows}


class Transaction:
    """What is common to the parts of a Book. `version` is the ledger's when the transaction began.

    `written` are the reservations that it has added or changed, as they are now: true once it has committed.
    """

    def __init__(self, connection: Connection, gpus: GpuNames, version: int) -> None:
        self._connection = connection
        self._gpus = gpus
        self._began_at = version
        self._changed = False
        self.written: list[Reservation] = []

    @property
    def version(self) -> int:
        """The ledger's version as of this transaction: one more than at its beginning once it changed a reservation."""
        return self._began_at + self._changed

    def _stamp(self) -> int:
        """The version to stamp a changed reservation with: the ledger's, which goes up once in a transaction."""
        if not self._changed:
            self._connection.execute(_RAISE_VERSION, {"version_before": self._began_at})
            self._changed = True
        return self.version


_RAISE_VERSION = (
    update(LEDGER).where(LEDGER.c.version == bindparam("version_before")).values(version=LEDGER.c.version + 1)
)
