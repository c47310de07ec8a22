"""The bot as a database user that owns nothing, with the rights that docs/security.md gives it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import DBAPIError

from bot.app import open_desk
from desks import booked, stands
from make import ALICE, lab, monday
from storage.engine import open_engine
from storage.schema import prove_guard

DOCUMENT = Path(__file__).parents[2] / "docs" / "security.md"
ROLE = "crunchtime_bot"
FORBIDDEN = (
    "UPDATE audit SET who = 'U0BOB'",
    "DELETE FROM audit",
    "TRUNCATE audit",
    "DROP TABLE audit",
    "ALTER TABLE audit DISABLE TRIGGER ALL",
    "ALTER TABLE allocation DROP CONSTRAINT allocation_overlap",
)


def documented() -> list[str]:
    """The statements of the document's SQL."""
    found = re.search(r"```sql\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return [one.strip() for one in found[1].split(";") if one.strip()]


@pytest.fixture
def url(postgresql: Any) -> Iterator[str]:
    """The URL of the role, on an upgraded database."""
    owners = postgresql.upgraded()
    owner = open_engine(owners)
    statements = documented()
    assert ROLE in statements[0]
    with owner.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    yield make_url(owners).set(username=ROLE).render_as_string(hide_password=False)
    with owner.begin() as connection:
        connection.execute(text(f"DROP OWNED BY {ROLE}"))
        connection.execute(text(f"DROP ROLE {ROLE}"))
    owner.dispose()


def refused(engine: Engine, statement: str) -> bool:
    try:
        with engine.begin() as connection:
            connection.execute(text(statement))
    except DBAPIError as error:
        return getattr(error.orig, "sqlstate", "") == "42501"
    return False


def test_it_serves_and_cannot_touch_the_audit_not_even_by_taking_its_triggers_away(url: str) -> None:
    desk = open_desk(url, lab(), None, monday(8))
    one = booked(desk)
    desk.release(ALICE, one.id, monday(8.5))
    assert not stands(desk, one.id).holds
    engine = desk.ledger.engine
    assert [statement for statement in FORBIDDEN if not refused(engine, statement)] == []
    prove_guard(engine)
    desk.ledger.close()
