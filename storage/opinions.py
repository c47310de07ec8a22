"""The rows of the pulse: what was answered in a quarter, and, apart from it, who was asked.

The answers of a quarter are one row, its marks counted and its lines sorted: there is no order, no instant and no row
of one answer's own that could be laid beside those of who has answered.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field

from storage.instants import Instant
from storage.rows import METADATA, Row


class PulseRow(Row, table=True):
    """A quarter ("2026-Q4") in which people were asked. `marks`: how many gave each of 1 to 5; `asked`: how many were.

    `closed`: no answers are taken any more.
    """

    __tablename__ = "pulse"

    quarter: str = Field(primary_key=True)
    asked_at: datetime = Field(sa_type=Instant)
    asked: int
    marks: list[int] = Field(sa_column=Column(JSON, nullable=False))
    lines: list[str] = Field(sa_column=Column(JSON, nullable=False))
    closed: bool


class PulseAskedRow(Row, table=True):
    """That a member was asked in a quarter, and whether they have answered. It goes when the quarter is closed."""

    __tablename__ = "pulse_asked"
    __table_args__: Any = ({"sqlite_with_rowid": False},)  # in no order but that of the names

    quarter: str = Field(primary_key=True)
    member: str = Field(primary_key=True)
    answered: bool


PULSE, PULSE_ASKED = (METADATA.tables[name] for name in ("pulse", "pulse_asked"))
