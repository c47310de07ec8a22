"""A busy day of 12 people and 30 reservations: nobody is written to twice in five minutes, offers aside."""

import contextlib
import itertools
import random
from collections import defaultdict
from datetime import timedelta

from bot.booking.members import Member
from bot.booking.model import Fixed, Request, Window
from bot.booking.reminding import is_gathered
from bot.booking.settings import Change, Reminder
from bot.desk import Booked, Desk
from bot.errors import BotError
from bot.jobs.deliver import deliver
from bot.jobs.turnover import turnover
from listening import Listener
from make import ADA, lab, monday
from storage.engine import open_engine
from storage.ledger import Ledger
from storage.outbox import Outbox
from storage.people import KnownMember

PEOPLE = [Member(f"U0P{number}", f"p{number}", "UTC") for number in range(12)]
MINUTE = timedelta(minutes=1)
GATHER = timedelta(minutes=5)


class Noting(Listener):
    """Keeps when whom was sent a message that may be gathered, and what else they were sent."""

    def __init__(self) -> None:
        super().__init__()
        self.reminded = defaultdict(list)
        self.acts = defaultdict(int)

    def send(self, notice, reservation, *, thread, late, now):
        self.acts[notice.facts["act"]] += 1
        if notice.to.startswith("U") and is_gathered(notice):
            self.reminded[notice.to].append(now)

    def gather(self, parts, now):
        for part in parts:
            self.acts[part.notice.facts["act"]] += 1
        self.acts["together"] += 1
        self.reminded[parts[0].notice.to].append(now)
        return len(parts)


def test_nobody_gets_more_than_one_reminder_message_in_five_minutes_on_a_busy_day(sqlite_url: str) -> None:
    desk = _desk(sqlite_url)
    chance, listener, outbox = random.Random(5), Noting(), Outbox(desk.ledger)
    for who in PEOPLE:
        desk.set(who, Change(on=frozenset({Reminder.MORE})), monday(6))
    made = 0
    for quarter in range(6 * 4, 15 * 4):
        now = monday(quarter / 4)
        who = PEOPLE[quarter % 12]
        # Two at a time, so that they start and end together; every third by an admin, who changes it at once.
        for pool in ("a100", "3090") if made < 30 else ():
            made += _book(desk, who, pool, quarter / 4 + 1.25, chance, now)
        for minute in range(15):
            turnover(desk, now + minute * MINUTE)
            desk.unseen([one.id for one in desk.mine(who.id, now)], now + minute * MINUTE)
            deliver(desk, outbox, listener, now + minute * MINUTE)
    assert made >= 30
    for times in listener.reminded.values():
        assert all(later - sooner >= GATHER for sooner, later in itertools.pairwise(times))
    told = {"started", "next", "starting", "unseen", "extended", "booked", "together"}
    assert {act for act in told if not listener.acts[act]} == set()
    assert sum(map(len, listener.reminded.values())) > 40
    desk.ledger.close()


def _desk(url: str) -> Desk:
    desk = Desk(Ledger(open_engine(url)), lab())
    desk.ledger.sync_gpus(desk.lab)
    for one in PEOPLE:
        known = KnownMember("T0LAB", one.id, one.name, "UTC", bot=False, deleted=False, seen_at=monday())
        desk.remember([known], monday(6))
    return desk


def _book(desk, who: Member, pool: str, start: float, chance: random.Random, now) -> int:
    """A booking of two hours or so, perhaps by an admin and extended by one; whether it was made."""
    by = ADA if chance.random() < 0.4 else who
    window = Window(monday(start), monday(start + chance.choice((0.5, 1, 2))))
    outcome = desk.reserve(Request(who.id, 2, Fixed(window), pool=pool, asked_by=by.id), by, now)
    one = outcome.reservation if isinstance(outcome, Booked) else None
    if one is not None and by is ADA:
        with contextlib.suppress(BotError):
            desk.extend(ADA, one.id, timedelta(minutes=15), now)
    return one is not None
