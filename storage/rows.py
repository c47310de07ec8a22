"""What all rows of the ledger share."""

from typing import ClassVar

from sqlalchemy import MetaData
from sqlmodel import SQLModel

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Row(SQLModel):
    """Base of all rows; a registry of its own, so that no other SQLModel of the process is created here."""

    metadata: ClassVar[MetaData] = METADATA
