"""The rows of what was seen of the GPUs: who each one is, its readings of two days, and hourly sums."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, SmallInteger, Table, Text
from sqlmodel import Field

from storage.rows import METADATA, Row


class DeviceRow(Row, table=True):
    """A GPU by its UUID: which of the lab's it is ("node:place"), and the driver's number for it when last seen."""

    __tablename__ = "device"
    __table_args__ = (Index(None, "node", "place", unique=True),)

    uuid: str = Field(primary_key=True)
    node: str
    place: int
    number: int


class ReadingRow(Row, table=True):
    """One GPU in one minute since 1970. NULL: not known, or not told by the card; `fault`: why nothing is known.

    Utilisation and busy in percent, memory in MiB, temperature in degrees Celsius, power in watts. `processes_id` is a
    row of `processes`; without a foreign key, since a list that is gone is only not known any more.
    """

    __tablename__ = "reading"
    __table_args__ = (
        CheckConstraint("fault IS NULL OR utilisation IS NULL", name="fault"),
        # Half the size on SQLite: without it the key is kept twice.
        {"sqlite_with_rowid": False},
    )

    minute: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    gpu_id: int = Field(sa_column=Column(Integer, ForeignKey("gpu.id"), primary_key=True, autoincrement=False))
    utilisation: int | None = Field(sa_type=SmallInteger)
    busy: int | None = Field(sa_type=SmallInteger)
    memory_mb: int | None
    temperature: int | None = Field(sa_type=SmallInteger)
    power: int | None
    mig: bool
    fault: str | None
    processes_id: int | None


class ProcessesRow(Row, table=True):
    """A list of processes, kept once for all the minutes in which it was seen: JSON of [pid, login, command, compute,
    container] each, without their memory, which never stands still.
    """

    __tablename__ = "processes"

    id: int | None = Field(default=None, primary_key=True)
    listed: str = Field(sa_column=Column(Text, nullable=False, unique=True))


class UsageRow(Row, table=True):
    """Minutes of one GPU in one hour since 1970, by the reservation that had it then (0: nobody's).

    `used`: over 5 % utilisation; `idle`: not; `unknown`: it could not be read, or does not say. A minute in which
    nobody asked is in none of them.
    """

    __tablename__ = "usage"
    __table_args__ = ({"sqlite_with_rowid": False},)

    hour: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    gpu_id: int = Field(sa_column=Column(Integer, ForeignKey("gpu.id"), primary_key=True, autoincrement=False))
    reservation_id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    used: int = Field(sa_type=SmallInteger)
    idle: int = Field(sa_type=SmallInteger)
    unknown: int = Field(sa_type=SmallInteger)


def _table(name: str) -> Table:
    return METADATA.tables[name]


DEVICE, PROCESSES = _table("device"), _table("processes")
READING, USAGE = _table("reading"), _table("usage")
