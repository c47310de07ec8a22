"""What people of a living lab want, and how they go about it. See benchmarks/living.py."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from bot.booking.decision import Offer, OfferKind, Refused
from bot.booking.members import Member
from bot.booking.model import Before, Fixed, Promise, Request, Reservation, Window, Work, instant_of, minute_of
from bot.desk import Booked, Desk, Waitlisted
from bot.errors import BotError
from bot.sandbox.fleet import Hosts
from bot.sandbox.world import Clock

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KINDS = ("now", "ahead", "before", "sweep")


@dataclass(frozen=True, slots=True)
class Shape:
    """How large, how long, and how closely looked at: a reading each `every`, what time does each `turn`.

    The GPUs are looked at once before anything happens to them; the minutes until then are kept alike.

    `wishes`: a day's of the middle of the people, far from a deadline.
    """

    people: int = 40
    per_node: int = 8
    days: int = 92
    every: timedelta = timedelta(minutes=1)
    turn: timedelta = timedelta(minutes=30)
    deadlines: tuple[tuple[str, int], ...] = (("cvpr", 44), ("icml", 74))
    wishes: float = 0.4


@dataclass
class Life:
    """The lab in the middle of it. `acts` are what will happen, by instant; `turn`: time does its work now."""

    shape: Shape
    desk: Desk
    hosts: Hosts
    clock: Clock
    dice: Random
    people: list[Member]
    turn: Callable[[], None] = lambda: None
    acts: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    order: "itertools.count[int]" = field(default_factory=itertools.count)
    jobs: dict[int, int] = field(default_factory=dict)  # pids by reservation

    def later(self, at: datetime, act: Callable[[], None]) -> None:
        """Have it happen then."""
        heapq.heappush(self.acts, (at, next(self.order), act))


def release(life: Life, one: Reservation, keep: int) -> None:
    """Its holder gives it back, but for `keep` GPUs."""
    who = next(person for person in life.people if person.id == one.member)
    tried(lambda: life.desk.release(who, one.id, life.clock(), keep=keep))
    life.turn()


def next_wish(life: Life, person: Member) -> None:
    """People want more in the two weeks before a deadline; some want more than others."""
    now = life.clock()
    near = any(timedelta() < due.at - now < 14 * DAY for due in life.desk.lab.deadlines)
    often = life.shape.wishes * (2 if near else 1) * (0.4 + 1.6 * (life.people.index(person) / len(life.people)) ** 2)
    at = now + life.dice.expovariate(often) * DAY

    def want() -> None:
        _want(life, person)
        next_wish(life, person)

    life.later(at, want)


def _want(life: Life, person: Member) -> None:
    now = life.clock()
    request = _request(life, person)
    outcome = life.desk.reserve(request, person, now)
    if isinstance(outcome, Booked) and isinstance(outcome.decision, Refused):
        offers = [offer for offer in outcome.decision.offers if _is_bookable(offer)]
        then, what = now + life.dice.uniform(1, 25) * timedelta(minutes=1), life.dice.random()
        if what < 0.4 and offers:
            life.later(then, lambda: tried(lambda: life.desk.reserve(offers[0].request, person, life.clock())))
        elif what < 0.75:
            auto = life.dice.random() < 0.5
            life.later(then, lambda: tried(lambda: _wait(life, request, person, auto)))
    elif isinstance(outcome, Booked) and outcome.reservation is not None and life.dice.random() < 0.05:
        booked = outcome.reservation
        life.later(now + life.dice.uniform(0, 20) * HOUR, lambda: release(life, booked, 0))


def _request(life: Life, person: Member) -> Request:
    now, dice, lab = instant_of(minute_of(life.clock())), life.dice, life.desk.lab
    pool = dice.choices(("a100", "3090"), (3, 2))[0]
    count = min(dice.choices((1, 2, 4, 8), (50, 30, 15, 5))[0], life.shape.per_node)
    hours = dice.choices((2, 4, 8, 16, 24, 48), (15, 20, 25, 20, 12, 8))[0]
    ahead = [due for due in lab.deadlines if timedelta(days=2) < due.at - now < 20 * DAY]
    weights = (50, 20, 25 if ahead else 0, 8)
    match dice.choices(KINDS, weights)[0]:
        case "now":
            when: Fixed | Before | Work = Fixed(Window(now, now + hours * HOUR))
        case "ahead":
            start = now.replace(hour=8, minute=0) + dice.randint(1, 4) * DAY
            when = Fixed(Window(start, start + hours * HOUR))
        case "before":
            due = dice.choice(ahead)
            when = Before(hours * HOUR, Promise(due.at, due.at - lab.policy.margin, due.label), now)
        case _:
            by = now + dice.randint(3, 6) * DAY
            when = Work(float(hours * 2), Promise(by, by), now)
    return Request(person.id, count, when, pool=pool, asked_by=person.id)


def _is_bookable(offer: Offer) -> bool:
    return offer.kind not in (OfferKind.ASK, OfferKind.WAIT) and not offer.asks


def _wait(life: Life, request: Request, person: Member, auto: bool) -> None:
    outcome = life.desk.wait(request, person, life.clock(), auto=auto)
    if isinstance(outcome, Waitlisted) and life.dice.random() < 0.15:
        id_ = outcome.waiting.id
        life.later(
            life.clock() + life.dice.uniform(2, 60) * HOUR,
            lambda: tried(lambda: life.desk.leave(person, id_, life.clock())),
        )


def take(life: Life, id_: int, who: str) -> None:
    """Somebody takes what is held for them."""
    person = next(one for one in life.people if one.id == who)
    life.desk.accept(person, id_, life.clock())


def tried(act: Callable[[], object]) -> None:
    """What people try may be too late, or not theirs any more: then nothing happens."""
    try:
        act()
    except BotError:
        return
