"""The digest of the day goes out once per date: over clock changes and restarts, from several bots, part by part."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
import structlog

from bot.booking.board import Board
from bot.booking.digest import AdminDigest, Digest, next_hour
from bot.booking.lab import Deadline, DigestHour, Lab, Policy
from bot.booking.model import Reservation
from bot.booking.notices import Notice
from bot.desk import Desk
from bot.errors import DeliveryError
from bot.jobs.deliver import deliver
from bot.jobs.digest import digest
from desks import booked
from make import ADA, ALICE, BOB, lab, monday
from racing import at_once
from storage.engine import open_engine
from storage.ledger import Ledger
from storage.outbox import Outbox

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class Channel:
    """What was told, as (part, where, below which); `failing` raises its errors one by one, at that part."""

    told: list[tuple[str, str, str | None]] = field(default_factory=list)
    content: list[Digest | AdminDigest] = field(default_factory=list)
    failing: dict[str, list[DeliveryError]] = field(default_factory=dict)

    def tell(self, told: Digest | AdminDigest, part: str, to: str, thread: str | None) -> str:
        if self.failing.get(part):
            raise self.failing[part].pop(0)
        self.told.append((part, to, thread))
        self.content.append(told)
        return f"message {len(self.told)}"

    def send(self, notice: Notice, reservation: Reservation | None, **how: object) -> None:
        """Other notices are not looked at."""

    def draw(self, board: Board, ts: str | None) -> str:
        return ts or "1.1"

    def parts(self) -> list[str]:
        return [part for part, _, _ in self.told]


class Bot:
    """One process of the bot: a desk of its own on the database."""

    def __init__(self, url: str, of: Lab, channel: Channel) -> None:
        self.desk = Desk(Ledger(open_engine(url)), of)
        self.desk.ledger.sync_gpus(of)
        self._outbox, self._channel = Outbox(self.desk.ledger), channel

    def tick(self, now: datetime) -> bool:
        owed = digest(self.desk, now)
        while deliver(self.desk, self._outbox, self._channel, now):
            pass
        return owed


@pytest.fixture
def channel() -> Channel:
    return Channel()


@contextmanager
def running(url: str, channel: Channel, of: Lab | None = None) -> Iterator[Bot]:
    bot = Bot(url, of or lab(), channel)
    try:
        yield bot
    finally:
        bot.desk.ledger.close()


@pytest.fixture
def start(database_url: str, channel: Channel) -> Callable[..., AbstractContextManager[Bot]]:
    return lambda of=None: running(database_url, channel, of)


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("Europe/Berlin", date(2026, 3, 29)),
        ("Europe/Berlin", date(2026, 10, 25)),
        ("America/New_York", date(2026, 3, 8)),
        ("America/New_York", date(2026, 11, 1)),
        ("Australia/Lord_Howe", date(2026, 4, 5)),
        ("Australia/Lord_Howe", date(2026, 10, 4)),
        ("Asia/Kolkata", date(2026, 10, 25)),
    ],
)
@pytest.mark.parametrize("hour", ["02:15", "09:00"])
def test_it_comes_once_per_date_over_clock_changes_with_a_restart_at_every_hour(
    sqlite_url: str, channel: Channel, zone: str, change: date, hour: str
) -> None:
    at = DigestHour(datetime.strptime(f"{hour} +0000", "%H:%M %z").time())
    of = replace(lab(), timezone=zone, digest=at)
    begin = datetime.combine(change - DAY, datetime.min.time(), UTC) - 12 * HOUR
    for _ in range(4):
        due = next_hour(of, begin)
        assert due is not None
        for restarts in ((due - MINUTE, due), (due, due + MINUTE), (due + HOUR, due + 2 * HOUR)):
            with running(sqlite_url, channel, of) as bot:
                for now in restarts:
                    bot.tick(now)
        begin = due
    days = [told.now.astimezone(ZoneInfo(zone)).date() for told in channel.content]
    assert days == [days[0] + ahead * DAY for ahead in range(4)], "no date twice, none left out"
    assert change in days


def test_two_bots_tell_it_once(start, channel: Channel) -> None:
    with start() as one, start() as other:
        booked(one.desk)
        for bot in (one, other, one, other):
            bot.tick(monday(8.1))
    assert channel.parts() == ["digest", "details", "picture"]


def test_four_bots_at_a_barrier_tell_it_once_each_morning(start, channel: Channel, rounds) -> None:
    mornings = rounds(5, 50)
    with start() as one, start() as two, start() as three, start() as four:
        bots = (one, two, three, four)
        booked(one.desk, start=9, end=9 + 100)

        def morning(client: int, barrier: Barrier, day: int) -> None:
            barrier.wait()
            bots[client].tick(monday(8, day=day))

        for day in range(mornings):
            at_once(len(bots), lambda client, barrier, day=day: morning(client, barrier, day))
    assert channel.parts().count("digest") == mornings
    assert channel.parts().count("details") == channel.parts().count("picture") == min(mornings, 5)


def test_a_bot_that_ended_between_telling_and_writing_that_down_does_not_tell_it_again(start, channel: Channel) -> None:
    class Ended(BaseException):
        """As a kill -9 would be."""

    def ending(*_: object, **__: object) -> bool:
        raise Ended

    with start() as bot, pytest.MonkeyPatch.context() as patch:
        booked(bot.desk)
        patch.setattr(Outbox, "sent", ending)
        with pytest.raises(Ended):
            bot.tick(monday(8))
    with start() as bot:
        bot.tick(monday(8) + 3 * MINUTE)  # the lease has ended
    assert channel.parts() == ["digest", "details", "picture"]


def test_the_thread_is_below_the_message_of_the_day(start, channel: Channel) -> None:
    with start() as bot:
        booked(bot.desk)
        bot.tick(monday(8))
        bot.tick(monday(8, day=1))
    day_one, day_two = channel.told[:3], channel.told[3:]
    assert day_one == [
        ("digest", "C0GPUS", None),
        ("details", "C0GPUS", "message 1"),
        ("picture", "C0GPUS", "message 1"),
    ]
    assert [(part, thread) for part, _, thread in day_two] == [("digest", None)], "nothing is booked any more"


def test_a_bot_that_starts_late_tells_it_once_and_after_six_hours_not_at_all(start, channel: Channel) -> None:
    with start() as bot:
        assert bot.tick(monday(13.9))
        assert not bot.tick(monday(13.95))
    with start() as bot:
        bot.tick(monday(13.98))
    assert channel.parts() == ["digest"]
    with start() as bot:
        assert not bot.tick(monday(14, day=1))
    assert channel.parts() == ["digest"]


def test_another_hour_in_the_lab_file_does_not_bring_it_again_that_day(start, channel: Channel) -> None:
    with start() as bot:
        bot.tick(monday(8))
    later = replace(lab(), timezone="UTC", digest=DigestHour(datetime(2026, 1, 1, 10, tzinfo=UTC).time()))
    with start(later) as bot:
        bot.tick(monday(10))
    assert channel.parts() == ["digest"]


def test_where_slack_is_away_at_the_hour_it_comes_later_once_with_what_is_true_then(start, channel: Channel) -> None:
    channel.failing["digest"] = [DeliveryError("ratelimited", permanent=False, retry_after=300)] * 2
    with start() as bot:
        bot.tick(monday(8))
        booked(bot.desk, start=9, end=10, now=monday(8.01))
        for minute in range(1, 15):
            bot.tick(monday(8) + minute * MINUTE)
    assert channel.parts() == ["digest", "details", "picture"]
    assert [stay.id for stay in channel.content[0].today] == [1]


def test_where_slack_takes_no_picture_the_words_still_go_out(start, channel: Channel) -> None:
    channel.failing["picture"] = [DeliveryError("missing_scope", permanent=True)]
    with start() as bot, structlog.testing.capture_logs() as logged:
        booked(bot.desk)
        bot.tick(monday(8))
        bot.tick(monday(9))
    assert channel.parts() == ["digest", "details"]
    assert [entry["error"] for entry in logged if entry["event"] == "a notice is given up"] == ["missing_scope"]


def test_where_slack_was_away_too_long_yesterday_s_is_not_told_today(start, channel: Channel) -> None:
    channel.failing["digest"] = [DeliveryError("internal_error", permanent=False)]
    with start() as bot:
        bot.tick(monday(8))
        bot.tick(monday(14.5))
        assert channel.parts() == []
        bot.tick(monday(8, day=1))
    assert channel.parts() == ["digest"]


def test_admins_get_theirs_only_if_something_waits(start, channel: Channel) -> None:
    of = lab(policy=Policy(approval="always"))
    with start(of) as bot:
        bot.tick(monday(8))
        assert channel.parts() == ["digest"]
        asked = booked(bot.desk, ALICE, count=4, start=40, end=48)
        bot.tick(monday(8, day=1))
        assert [(part, to) for part, to, _ in channel.told if part == "admins"] == [("admins", "C0ADMIN")]
        told = channel.content[channel.parts().index("admins")]
        assert isinstance(told, AdminDigest)
        assert [one.id for one in told.pending] == [asked.id]
        bot.desk.deny(ADA, asked.id, "no", monday(9, day=1))
        bot.tick(monday(8, day=2))
    assert channel.parts().count("admins") == 1


def test_without_a_channel_nothing_is_told_and_admins_by_themselves_are(start, channel: Channel) -> None:
    of = replace(lab(policy=Policy(approval="always"), admins=(ADA.id, BOB.id)), channel="", admin_channel="")
    with start(of) as bot:
        booked(bot.desk, ALICE, count=4, start=40, end=48)
        bot.tick(monday(8))
    assert [(part, to) for part, to, _ in channel.told] == [("admins", ADA.id), ("admins", BOB.id)]


def test_a_digest_tells_of_the_day_and_of_deadlines_that_are_near(start, channel: Channel) -> None:
    of = lab(
        deadlines=(
            Deadline("iclr", monday(24 * 20)),
            Deadline("neurips", monday(24 * 30)),
            Deadline("old", monday(-24)),
        )
    )
    with start(of) as bot:
        booked(bot.desk, start=9, end=17)
        booked(bot.desk, BOB, start=22.5, end=30)  # it is 23:30 in Berlin
        booked(bot.desk, BOB, start=23, end=25, pool="3090")  # tomorrow, there
        bot.desk.add_deadline(ALICE, "thesis", monday(48), "UTC", monday(8))
        bot.tick(monday(8))
    told = channel.content[0]
    assert isinstance(told, Digest)
    assert [one.id for one in told.today] == [1, 2]
    assert [one.deadline.name for one in told.pressures] == ["iclr"]
    assert [one.name for one in told.timeline.deadlines] == ["iclr"]
    assert [stay.id for pool in told.timeline.pools for stay in pool.stays] == [1, 2, 3]
