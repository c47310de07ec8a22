"""A past for a ledger: two real reservations, from command to end, and all rows that they left, many times over."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, inspect, text

from bot.booking.lab import Lab
from bot.booking.members import Member
from bot.desk import Desk
from handlers.answer import Delivery, answer
from handlers.context import Context
from handlers.said import OpenForm
from storage.engine import open_engine
from storage.ledger import Ledger

A_DAY = 550  # reservations: 10^6 are five years of a lab of some 250 GPUs
CANCELLED = 5  # one in so many was cancelled before it began
LENGTH = timedelta(hours=2)
_RAN, _CANCELLED = 1, 2  # the two real ones
# By table: which of the two a row is of. An answer tells by the last letter of its key.
_OF = {
    "reservation": "id",
    "allocation": "reservation_id",
    "audit": "reservation_id",
    "notice": "reservation",
    "answer": "CASE WHEN key LIKE '%c' THEN 2 ELSE 1 END",
}
_MINUTES = {"starts", "ends"}
_INSTANTS = {"created_at", "at", "about", "due_at", "next_at", "sent_at"}
_MEMBERS = {"member", "asked_by", "who", "recipient"}


def members_of(count: int) -> list[Member]:
    """So many members; the first is an admin."""
    return [Member(f"U0MEMBER{number}", f"m{number}", "Europe/Berlin", admin=not number) for number in range(count)]


def spoken(desk: Desk, who: Member, line: str, now: datetime, key: str) -> str:
    """What `who` is answered, by way of the parser, the desk and the card, kept as Slack's delivery `key`."""
    found = answer(line, Context(who, desk.lab, {}, now), desk, Delivery(key, f"{who.id}\n{line}"))
    assert not isinstance(found, OpenForm)
    return found.text


def fill(url: str, lab: Lab, count: int, members: Sequence[Member], now: datetime) -> None:
    """Give an upgraded ledger that holds nothing `count` reservations, the last of which was over an hour ago.

    `lab` is the ledger's, with a channel, so that its notices are owed too.
    """
    engine = open_engine(url)
    began = now - timedelta(days=count / A_DAY, hours=4)
    _two_real_ones(Desk(Ledger(engine), lab), members[0], began)
    with engine.begin() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            connection.execute(text("PRAGMA cache_size = -500000"))
        connection.execute(text("UPDATE notice SET sent_at = due_at"))
        for table in _OF:
            _multiply(connection, table, count - 2, len(members), len(lab.gpus))
        connection.execute(text("UPDATE ledger SET version = version + :count"), {"count": count})
        assert connection.scalar(text("SELECT count(*) FROM reservation")) == count
    engine.dispose()
    with engine.connect() as connection:
        if not sqlite:  # what autovacuum has done in those years
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
    engine.dispose()


def _two_real_ones(desk: Desk, who: Member, now: datetime) -> None:
    start = now + timedelta(hours=1)
    line = f"book 1 a100 {start:%Y-%m-%dT%H:%MZ}/{start + LENGTH:%Y-%m-%dT%H:%MZ}"
    spoken(desk, who, line, now, "command:T0:1.1.r")
    for minutes in range(0, 60 * 4, 5):
        at = now + timedelta(minutes=minutes)
        desk.turnover(at)
        desk.owe_reminders(at)
    spoken(desk, who, line, now, "command:T0:1.2.c")
    spoken(desk, who, f"cancel R{_CANCELLED}", now, "command:T0:1.3.c")
    states = [desk.show(id_, now)[0].state.value for id_ in (_RAN, _CANCELLED)]
    assert states == ["ended", "cancelled"], states


def _multiply(connection: Connection, table: str, times: int, members: int, gpus: int) -> None:
    """`times` more of what is in the table, each later than the one before."""
    names = [column["name"] for column in inspect(connection).get_columns(table)]
    columns = [name for name in names if name != "id"]
    connection.execute(text(f"CREATE TEMP TABLE pattern AS SELECT *, {_OF[table]} AS which FROM {table}"))
    minutes = f"(n.i * 1440 / {A_DAY})"
    made = {name: f'p."{name}"' for name in columns}
    made |= {name: f"{made[name]} + {minutes}" for name in _MINUTES & made.keys()}
    made |= {name: f"{made[name]} + {minutes} * 60000000" for name in _INSTANTS & made.keys()}
    made |= {
        name: f"CASE WHEN {made[name]} LIKE 'U0M%' THEN 'U0MEMBER' || (n.i % {members}) ELSE {made[name]} END"
        for name in _MEMBERS & made.keys()
    }
    numbered = {"reservation_id": f"n.i + {_CANCELLED}", "reservation": f"n.i + {_CANCELLED}"}
    numbered |= {"ledger_version": "n.i", "gpu_id": f"n.i % {gpus} + 1"}
    made |= {name: value for name, value in numbered.items() if name in made}
    if "key" in made:
        made["key"] = "p.key || '#' || n.i"
    # Series outside, pattern inside: rows come in the order of time, as they did in life.
    which = f"which = CASE WHEN n.i % {CANCELLED} = 0 THEN {_CANCELLED} ELSE {_RAN} END"
    source = (
        "(SELECT CAST(i AS bigint) AS i FROM generate_series(1, :times) AS s (i)) AS n"
        f" CROSS JOIN LATERAL (SELECT * FROM pattern WHERE {which} OFFSET 0) AS p"
    )
    if connection.dialect.name == "sqlite":
        series = "WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < :times) SELECT i FROM s"
        source = f"({series}) AS n CROSS JOIN pattern AS p WHERE p.{which}"
    quoted = ", ".join(f'"{name}"' for name in columns)
    insertion = f"INSERT INTO {table} ({quoted}) SELECT {', '.join(made.values())} FROM {source}"
    connection.execute(text(insertion), {"times": times})
    connection.execute(text("DROP TABLE pattern"))
