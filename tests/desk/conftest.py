"""What the tests of the desk share beside the databases of tests/conftest.py."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, select

from auditing import Commits, everything_audited
from bot.booking.notices import Notice
from bot.desk import Desk
from make import lab
from storage.ledger import Ledger
from storage.tables import NOTICE
from storage.values import notice_from_row


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    """The desk of the sandbox's lab, with ada as its one admin; nothing is booked."""
    return Desk(ledger, lab())


@pytest.fixture
def owed(engine: Engine) -> Callable[[], list[Notice]]:
    """`owed()`: every notice that was ever owed, in the order in which they were."""

    def read() -> list[Notice]:
        with engine.connect() as connection:
            return [notice_from_row(row) for row in connection.execute(select(NOTICE).order_by(NOTICE.c.id))]

    return read


@pytest.fixture(autouse=True)
def commits(monkeypatch: pytest.MonkeyPatch) -> Iterator[Commits]:
    """Whatever a test of the desk does: no change is committed without its audit."""
    with everything_audited(monkeypatch) as seen:
        yield seen
