"""Every guard, and the check that holds it: with the guard the check passes, and without it the very same check fails.

A check that still passed would hold nothing. docs/security.md names these by the guard's name.
"""

import asyncio
import hashlib
import hmac
import io
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from secrets import token_hex
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from bot import log
from bot.booking.calendar import Calendar
from bot.booking.lab import Policy
from bot.booking.model import minute_of
from bot.booking.notices import Notice, NoticeKind
from bot.desk import Desk
from bot.errors import Busy, ConfigError, FeedError, WrongState
from bot.export import of_reservations
from bot.feed.fetch import Way, fetch
from bot.sandbox import payloads
from bot.sandbox.slack.people import Person
from bot.web import asgi, bolt
from desks import booked, stands
from handlers import identity
from handlers.pace import Pace
from make import ALICE, lab, monday, reservation, window
from storage.ledger import Ledger
from storage.outbox import Outbox
from storage.reservations import Reservations, _Change
from storage.sole import sole
from storage.tables import RESERVATION
from storage.values import notice_to_row, to_row
from worlds import Play, playing, words_of

NOW = monday(8)
SECRET = "shhh-this-is-a-secret"
BOOK = "/gpu book 1 a100 tomorrow 9am for 2h"
WHOLE = lab(policy=Policy(max_share=1))


@dataclass
class Stage:
    """What a guard stands in: made when it is asked for, so that a guard can be taken out before."""

    patch: pytest.MonkeyPatch
    fixture: Callable[[str], Any]

    @property
    def play(self) -> Play:
        return self.fixture("play")

    @property
    def engine(self) -> Engine:
        return self.fixture("engine")

    @property
    def ledger(self) -> Ledger:
        return self.fixture("ledger")

    def desk(self) -> Desk:
        return Desk(Ledger(self.engine), WHOLE)

    def run(self, sqlite: str, postgresql: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(sqlite if self.engine.dialect.name == "sqlite" else postgresql))


@dataclass(frozen=True)
class Guard:
    """`taken_out` removes it, and nothing else; `check` raises AssertionError where what it guards is not so."""

    taken_out: Callable[[Stage], object]
    check: Callable[[Stage], object]
    both: bool = False
    """Whether it is looked at on each kind of database."""


# The ledger


def no_gpu_goes_twice(stage: Stage) -> None:
    """Two desks that know nothing of each other, as if each had read before the other wrote."""
    desks = [stage.desk(), stage.desk()]
    Ledger(stage.engine).sync_gpus(WHOLE)
    stage.patch.setattr(Desk, "_caught_up", lambda desk, book, now: Calendar(desk.lab, minute_of(now)))
    for desk in desks:
        with suppress(Busy):
            booked(desk, count=4)
    with stage.engine.connect() as connection:
        twice = "SELECT count(*) FROM allocation WHERE holds GROUP BY gpu_id HAVING count(*) > 1"
        assert connection.execute(text(twice)).all() == []


def the_audit_stays(stage: Stage) -> None:
    with stage.ledger.writing() as book:
        book.audit(ALICE.id, "booked", None, None, NOW)
    with suppress(DBAPIError), stage.engine.begin() as connection:
        connection.execute(text("UPDATE audit SET who = 'U0BOB'"))
    with stage.engine.connect() as connection:
        assert connection.scalar(text("SELECT who FROM audit")) == ALICE.id


def the_first_change_stands(stage: Stage) -> None:
    with stage.ledger.writing() as book:
        one = book.add(reservation(0))
    for end in (12, 20):
        with suppress(WrongState), stage.ledger.writing() as book:
            book.change([(one, replace(one, window=window(9, end)))], NOW)
    with stage.ledger.reading() as book:
        found = book.find(one.id)
    assert found is not None
    assert found.window == window(9, 12)


def _replaced_whatever_it_is(book: Any, before: Any, after: Any) -> Any:
    row = to_row(after) | {"ledger_version": book._stamp()}
    book._connection.execute(RESERVATION.update().where(RESERVATION.c.id == before.id).values(row))
    return _Change(before, after)


def a_double_click_extends_once(stage: Stage) -> None:
    Ledger(stage.engine).sync_gpus(WHOLE)
    desk = stage.desk()
    one = booked(desk, start=9, end=10)
    for _ in range(2):
        with suppress(WrongState):
            desk.extend(ALICE, one.id, timedelta(hours=1), NOW, version=one.version)
    assert stands(desk, one.id).window == window(9, 11)


def a_delivery_again_books_once(stage: Stage) -> None:
    play = stage.play
    delivery, _ = payloads.command(play.workspace, play.workspace.url, play.person("alice"), BOOK, "C0GPUS")
    answers = [play.world.deliver(delivery.body(), delivery.headers("", NOW))[1] for _ in range(2)]
    assert len(play.reservations()) == 1
    assert answers[0] == answers[1]


def a_notice_is_owed_once(stage: Stage) -> None:
    notice = Notice(NoticeKind.REPORT, ALICE.id, 0, NOW, NOW, {"act": "feed"})
    for _ in range(2):
        with stage.ledger.writing() as book:
            book.owe(notice)
    assert len(Outbox(stage.ledger).claim(NOW, timedelta(minutes=1), 10)) == 1


def one_of_two_bots_sends(stage: Stage) -> None:
    with stage.ledger.writing() as book:
        book.owe(Notice(NoticeKind.REPORT, ALICE.id, 0, NOW, NOW, {"act": "feed"}))
    bots = [Outbox(stage.ledger), Outbox(Ledger(stage.engine))]
    assert sum(len(bot.claim(NOW, timedelta(minutes=1), 10)) for bot in bots) == 1


def _no_lease(stage: Stage) -> None:
    claim = Outbox.claim
    stage.patch.setattr(Outbox, "claim", lambda box, now, lease, limit: claim(box, now, timedelta(), limit))


def one_bot_serves_a_file(stage: Stage) -> None:
    with sole(stage.engine):
        try:
            with sole(stage.engine):
                came_in = True
        except ConfigError:
            came_in = False
    assert not came_in


# The door


def asked(
    stage: Stage, *, secret: str = SECRET, age: int = 0, times: int = 1, body: bytes | None = None
) -> tuple[list[int], int]:
    """The statuses of the same signed delivery, and how many reservations there are then."""
    play = stage.play
    made, _ = payloads.command(play.workspace, play.workspace.url, play.person("alice"), BOOK, "C0GPUS")
    sent = made.body() if body is None else body
    stamp = str(int(NOW.timestamp()) - age)
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + sent, hashlib.sha256).hexdigest()
    headers = [
        (b"content-type", b"application/x-www-form-urlencoded"),
        (b"x-slack-request-timestamp", stamp.encode()),
        (b"x-slack-signature", f"v0={digest}".encode()),
    ]
    app = asgi(handle=bolt(play.bot.app), signing_secret=SECRET, ready=lambda: None, clock=lambda: NOW)
    return asyncio.run(_all(app, headers, sent, times)), len(play.reservations())


async def _all(app: Any, headers: Any, body: bytes, times: int) -> list[int]:
    statuses = []
    for _ in range(times):
        scope = {"type": "http", "method": "POST", "path": "/slack/events", "headers": headers, "query_string": b""}
        sent: list[Any] = []
        parts = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive(parts: Any = parts) -> Any:
            return parts.pop(0) if parts else {"type": "http.disconnect"}

        async def send(message: Any, sent: Any = sent) -> None:
            sent.append(message)

        await app(scope, receive, send)
        statuses.append(sent[0]["status"])
    return statuses


def a_forged_delivery_is_refused(stage: Stage) -> None:
    assert asked(stage, secret="another-secret") == ([401], 0)


def an_old_delivery_is_refused(stage: Stage) -> None:
    assert asked(stage, age=301) == ([401], 0)


def the_same_bytes_are_heard_once(stage: Stage) -> None:
    heard = []
    handle = stage.play.bot.app.dispatch
    stage.patch.setattr(stage.play.bot.app, "dispatch", lambda request: heard.append(1) or handle(request))
    asked(stage, times=3)
    assert len(heard) == 1


def a_large_body_is_not_read(stage: Stage) -> None:
    assert asked(stage, body=b"text=" + b"x" * 2**20)[0] == [413]


def a_broken_payload_is_refused(stage: Stage) -> None:
    payload = b'payload={"type": "block_actions", "team": {"id": "T0LAB"}, "user": {"id": "U0DAN"}, "actions": "x"}'
    assert asked(stage, body=payload)[0] == [404]


async def _begun_each_time(replays: Any, key: str, now: Any, begin: Any) -> Any:
    return await begin()


def an_agent_without_the_token_is_not_heard(stage: Stage) -> None:
    heard: list[Any] = []
    app = asgi(
        handle=None,
        signing_secret="",
        ready=lambda: None,
        clock=lambda: NOW,
        at_nodes=lambda ask, now: heard.append(ask) or {},
        agent_token="the-token-of-the-agents",
    )

    async def ask() -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot") as client:
            said = {"act": "mine", "node": "atlas", "login": "alice"}
            answer = await client.post("/agent/v1/line", json=said, headers={"Authorization": "Bearer another"})
            return answer.status_code

    assert (asyncio.run(ask()), heard) == (401, [])


# Who it is


def someone(stage: Stage, person: Person) -> Play:
    play = stage.play
    play.workspace.people[person.id] = person
    channel = play.workspace.channels["C0GPUS"]
    play.workspace.channels["C0GPUS"] = replace(channel, members=channel.members | {person.id})
    play.type(person.name, BOOK)
    return play


def another_teams_member_books_nothing(stage: Stage) -> None:
    assert someone(stage, Person("U0EVE", "eve", team="T0OTHER")).reservations() == []


def a_deleted_user_books_nothing(stage: Stage) -> None:
    assert someone(stage, Person("U0EVE", "eve", deleted=True)).reservations() == []


def nobody_releases_what_is_anothers(stage: Stage) -> None:
    play = stage.play
    card = play.type("alice", BOOK)
    play.click("bob", "Release", on=card)
    assert play.reservations()[0].version == 1


def nobody_but_an_admin_approves(stage: Stage) -> None:
    play = stage.play
    play.type("bob", "/gpu book 4 a100 tomorrow 9am for 2h")
    play.type("carol", "/gpu approve R1")
    assert play.reservations()[0].approved_by is None


def one_member_cannot_keep_it_busy(stage: Stage) -> None:
    stage.patch.setattr("bot.app.Pace", lambda: Pace(at_once=2))
    play = stage.play
    for hour in (1, 3, 5, 7):
        play.type("alice", f"/gpu book 1 a100 tomorrow {hour}am for 1h")
    assert len(play.reservations()) == 2


class _AnyTeam(str):
    """Equal to every team."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = str.__hash__


# What is fetched, shown and written out


def metadata_is_not_fetched(stage: Stage) -> None:
    reached: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        reached.append(request.url.host)
        raise httpx.ConnectError("nobody is there")

    way = Way(lambda host, port: ["169.254.169.254"], transport=lambda: httpx.MockTransport(answer))
    with suppress(FeedError):
        fetch("https://conferences.example/feed", way=way)
    assert reached == []


def nobody_is_called_by_a_reason(stage: Stage) -> None:
    play = stage.play
    play.type("alice", f"{BOOK} because <!channel> *now*")
    play.world.settle()
    seen = [*play.workspace.visible("U0BOB"), *play.workspace.visible("U0ALICE")]
    assert not [one for one in seen if "<!channel>" in one.text + words_of(one.blocks)]


def no_cell_is_a_formula(stage: Stage) -> None:
    assert ",=cmd" not in "".join(of_reservations("csv", [reservation(reason="=cmd|' /C calc'!A0")]))


def no_token_is_logged(stage: Stage) -> None:
    written = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        log.set_up(to=written)
        logging.getLogger("slack_sdk").warning("sent with %s", "xoxb-1234567890-abcdef")
    finally:
        root.handlers[:], root.level = handlers, level
    assert written.getvalue()
    assert "abcdef" not in written.getvalue()


def _set(*names: str, to: Any) -> Callable[[Stage], None]:
    def take(stage: Stage) -> None:
        for name in names:
            stage.patch.setattr(name, to)

    return take


def _patched_known(stage: Stage) -> None:
    known = identity.known_of
    stage.patch.setattr(identity, "known_of", lambda *args: replace(known(*args), bot=False, deleted=False))


def _whatever_version(stage: Stage) -> None:
    found = Desk._found
    stage.patch.setattr(Desk, "_found", lambda desk, book, id_, version: found(desk, book, id_, None))


GUARDS: dict[str, Guard] = {
    "no overlap, in the database": Guard(
        lambda stage: stage.run(
            "DROP TRIGGER allocation_overlap_insert", "ALTER TABLE allocation DROP CONSTRAINT allocation_overlap"
        ),
        no_gpu_goes_twice,
        both=True,
    ),
    "append-only audit, in the database": Guard(
        lambda stage: stage.run("DROP TRIGGER audit_update", "DROP TRIGGER audit_change ON audit"),
        the_audit_stays,
        both=True,
    ),
    "compare-and-set on the version": Guard(
        lambda stage: stage.patch.setattr(Reservations, "_replace", _replaced_whatever_it_is),
        the_first_change_stands,
        both=True,
    ),
    "the version that a button carries": Guard(_whatever_version, a_double_click_extends_once),
    "one answer to a delivery": Guard(
        _set("storage.records.Records.kept", "storage.records.Records.keep", to=lambda *args: None),
        a_delivery_again_books_once,
    ),
    "one notice by its key": Guard(
        lambda stage: stage.patch.setattr(
            "storage.records.notice_to_row",
            lambda notice: notice_to_row(notice) | {"key": token_hex(8)},
        ),
        a_notice_is_owed_once,
        both=True,
    ),
    "the lease of a notice": Guard(_no_lease, one_of_two_bots_sends, both=True),
    "one bot to a SQLite file": Guard(
        _set("storage.sole.fcntl.flock", to=lambda *args: None),
        one_bot_serves_a_file,
    ),
    "the signature": Guard(_set("bot.web.events.objection", to=lambda *args: None), a_forged_delivery_is_refused),
    "the age of a delivery": Guard(_set("bot.web.gate.OLDEST", to=timedelta(days=1)), an_old_delivery_is_refused),
    "the replay store": Guard(_set("bot.web.gate.Replays.once", to=_begun_each_time), the_same_bytes_are_heard_once),
    "the size of a body": Guard(_set("bot.web.events._LARGEST", to=2**30), a_large_body_is_not_read),
    "the shape of a payload": Guard(_set("bot.web.shapes.is_slacks", to=bool), a_broken_payload_is_refused),
    "the agents' token": Guard(
        _set("bot.web.agents.hmac", to=SimpleNamespace(compare_digest=lambda *args: True)),
        an_agent_without_the_token_is_not_heard,
    ),
    "other teams": Guard(
        lambda stage: setattr(stage.play.bot.people, "team", _AnyTeam("T0LAB")), another_teams_member_books_nothing
    ),
    "bots and deleted users": Guard(_patched_known, a_deleted_user_books_nothing),
    "the owner": Guard(_set("bot.desk.ending.own", to=lambda *args: None), nobody_releases_what_is_anothers),
    "the admins": Guard(_set("bot.desk.Desk.admin", to=lambda *args: True), nobody_but_an_admin_approves),
    "the pace of a member": Guard(_set("handlers.pace.Pace.spoke", to=print), one_member_cannot_keep_it_busy),
    "the feed's addresses": Guard(
        _set("bot.feed.fetch.refusal", to=lambda address, **more: None), metadata_is_not_fetched
    ),
    "escaped text": Guard(_set("handlers.views.kit.escape", to=lambda text: text), nobody_is_called_by_a_reason),
    "no formulas in a CSV": Guard(_set("bot.export._FORMULA", to=()), no_cell_is_a_formula),
    "masked secrets": Guard(_set("bot.log._SHAPES", to=[]), no_token_is_logged),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each guard on SQLite; by --full on PostgreSQL too, where it is another there."""
    if "name" in metafunc.fixturenames:
        full = metafunc.config.getoption("full")
        more = {name for name, guard in GUARDS.items() if guard.both and full}
        kinds = [(name, kind) for name in GUARDS for kind in ("sqlite", "postgresql")[: 1 + (name in more)]]
        metafunc.parametrize(("name", "backend"), kinds, ids=[f"{name}, {kind}" for name, kind in kinds])


@pytest.fixture
def play(sqlite_url: str) -> Any:
    with playing(sqlite_url) as play:
        yield play


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Stage:
    return Stage(monkeypatch, request.getfixturevalue)


def test_with_its_guard_each_check_passes(name: str, backend: str, stage: Stage) -> None:
    GUARDS[name].check(stage)


def test_without_its_guard_the_same_check_fails(name: str, backend: str, stage: Stage) -> None:
    GUARDS[name].taken_out(stage)
    with pytest.raises(AssertionError):
        GUARDS[name].check(stage)
