"""What a database error means: somebody else has the GPUs, try again, or a bug."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.errors import Busy, Full
from storage.guards import OVERLAP
from storage.sqlite import driver

BUSY_WORDS = "The ledger is busy just now. Nothing was written; please try again."
FULL_WORDS = "The database has no room left. Nothing was written; an admin has to make room on its disk."
UNSURE_WORDS = "The database went away while this was written; whether it was is not known yet."

# PostgreSQL's classes and codes that pass by themselves: connection lost, resources, operator's intervention (restart,
# statement timeout); and serialization failure, deadlock, lock not available, idle in transaction for too long.
_PASSING_CLASSES = ("08", "53", "57")
_PASSING_CODES = ("40001", "40P01", "55P03", "25P03")
_LOST_CLASSES = ("08", "57")  # connection lost; the server shuts down or has crashed
_EXCLUSION_VIOLATION = "23P01"
_DISK_FULL = "53100"
_SQLITE_PASSING = (driver.SQLITE_BUSY, driver.SQLITE_LOCKED)


class Overlap(Exception):  # a fact about GPUs, as are the BotErrors
    """The database refused two reservations of one GPU at once. Whoever sees it read before it locked."""


@contextmanager
def understood() -> Iterator[None]:
    """Raise what a database error means: Overlap, Busy, or the error itself, which is then a bug."""
    try:
        yield
    except PoolTimeout as error:
        raise Busy(BUSY_WORDS) from error
    except DBAPIError as error:
        meant = Busy(BUSY_WORDS) if error.connection_invalidated else _meaning(error.orig)
        if meant is None:
            raise
        raise meant from error
    except driver.Error as error:  # from the preparation of a new connection, which SQLAlchemy does not wrap
        meant = _meaning(error)
        if meant is None:
            raise
        raise meant from error


def is_lost(error: DBAPIError) -> bool:
    """Whether the server went away, so that nobody knows whether it did what it was told last.

    Any other error is an answer: it did not.
    """
    cause = error.orig
    if error.connection_invalidated or not isinstance(cause, psycopg.OperationalError):
        return error.connection_invalidated
    return cause.sqlstate is None or cause.sqlstate[:2] in _LOST_CLASSES


def _meaning(cause: BaseException | None) -> Exception | None:
    match cause:
        case driver.Error():
            if str(cause) == OVERLAP:
                return Overlap(str(cause))
            # The primary code is the low byte; errors that Python's own module makes up have none.
            code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
            if code == driver.SQLITE_FULL:
                return Full(FULL_WORDS)
            passing = code in _SQLITE_PASSING
        case psycopg.Error():
            state = cause.sqlstate
            if state == _EXCLUSION_VIOLATION:
                return Overlap(str(cause))
            if state == _DISK_FULL:
                return Full(FULL_WORDS)
            if state is None:  # the server was not reached, or went away
                passing = isinstance(cause, psycopg.OperationalError)
            else:
                passing = state[:2] in _PASSING_CLASSES or state in _PASSING_CODES
        case _:
            passing = False
    return Busy(BUSY_WORDS) if passing else None
