"""Labs whose calendars are full, and what is asked of them; the same again for the same seed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from heapq import heapify, heapreplace
from math import log
from random import Random

from bot.booking.lab import Gpu, Lab, Node
from bot.booking.lifecycle import State
from bot.booking.model import Before, Fixed, Promise, Request, Reservation, Work, instant_of, minute_of, window_of

POOL = "a100"
PER_NODE = 8
NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
DAY = 24 * 60

# What people book: mostly one or two GPUs, now and then a node. The calendar reaches as far as movable bookings may,
# or further where runs would come out shorter than an hour in the mean.
COUNTS = (1, 1, 1, 2, 2, 4, 8)
SHORTEST_MEAN = 60
EACH_HOLDS = 100  # reservations, in the mean
REACH = 28 * DAY
BUSY = 0.7
SPREAD = 16  # the longest run over the shortest; lengths are log-uniform between them
MOVABLE = 1 / 3  # of what has not begun: it may make way for others until a deadline some days later
GAP = 0.05  # mean idle minutes between two runs, over the mean run; with it about BUSY of the time is booked

# What is asked: each count for each length (in mean runs; the last is the hard one), starting within the lab's horizon
# for fixed windows.
ASKED_COUNTS = (1, 2, 4, 8)
ASKED_LENGTHS = (0.25, 0.5, 1, 2, 16)
ASKED_AHEAD = 7 * DAY
LONGEST_ASKED = 2 * DAY
PATIENCE = 14 * DAY  # how much later an earliest start may be


@dataclass(frozen=True, slots=True)
class Fill:
    """A lab of one pool, and who holds its GPUs.

    `days`: how far ahead it is full; `utilisation` is within these, 0..1; `mean_hours` is the mean run.
    """

    lab: Lab
    reservations: tuple[Reservation, ...]
    days: float
    utilisation: float
    mean_hours: float


@dataclass(frozen=True, slots=True)
class Query:
    """`count` GPUs of one node for `length` minutes from `first`; or later, up to `last`, for an earliest start."""

    count: int
    length: int
    first: int

    @property
    def last(self) -> int:
        return self.first + PATIENCE


def lab_of(gpus: int) -> Lab:
    """A lab of so many GPUs in nodes of eight, all of one pool."""
    nodes = (f"n{index:03}" for index in range(gpus // PER_NODE))
    return Lab("Full Lab", tuple(Node(name, _gpus(name)) for name in nodes), admins=("U0ADA",))


def fill(gpus: int, reservations: int, seed: int = 1) -> Fill:
    """`reservations` on `gpus` GPUs in nodes of eight; about `BUSY` of the time is booked."""
    random, now = Random(seed), minute_of(NOW)
    mean = max(SHORTEST_MEAN, REACH * gpus * BUSY * len(COUNTS) / (reservations * sum(COUNTS)))
    lab = lab_of(gpus)
    nodes = lab.nodes
    idle_from = [[now - random.randrange(int(mean)) for _ in range(PER_NODE)] for _ in nodes]
    queue = [(sum(instants), node) for node, instants in enumerate(idle_from)]
    heapify(queue)
    made: list[Reservation] = []
    while len(made) < reservations:
        node = queue[0][1]
        instants = idle_from[node]
        chosen = sorted(range(PER_NODE), key=instants.__getitem__)[: random.choice(COUNTS)]
        start = max(instants[place] for place in chosen) + int(random.expovariate(1 / (GAP * mean)))
        end = start + _length(random, mean)
        for place in chosen:
            instants[place] = end
        heapreplace(queue, (sum(instants), node))
        if end > now:
            names = tuple(nodes[node].gpus[place].name for place in sorted(chosen))
            made.append(_reservation(random, len(made) + 1, names, start, end, people=reservations // EACH_HOLDS))
    full_until = min(map(min, idle_from))
    hours = sum(one.window.hours for one in made) / len(made)
    return Fill(
        lab,
        tuple(made),
        (full_until - now) / DAY,
        _busy(made, now, full_until) / (gpus * (full_until - now)),
        hours,
    )


def queries(full: Fill, seed: int = 2) -> Iterator[Query]:
    """Without end, each round having every count with every length once, so that every beginning is a fair sample."""
    random, now = Random(seed), minute_of(NOW)
    lengths = [min(round(full.mean_hours * 60 * part), LONGEST_ASKED) for part in ASKED_LENGTHS]
    each = [(count, length) for count in ASKED_COUNTS for length in lengths]
    while True:
        for count, length in random.sample(each, len(each)):
            yield Query(count, length, now + random.randrange(ASKED_AHEAD))


def fixed(query: Query, member: str) -> Request:
    """The query as a request for that very window."""
    return Request(member, query.count, Fixed(window_of(query.first, query.first + query.length)), pool=POOL)


def movable(query: Query, member: str, slack: float) -> Request:
    """The query as a run with a deadline, `slack` (1 or more) times its length after its first minute."""
    promise = _promise(query, slack)
    return Request(
        member, query.count, Before(timedelta(minutes=query.length), promise, instant_of(query.first)), pool=POOL
    )


def moldable(query: Query, member: str, slack: float) -> Request:
    """The query as GPU-hours before a deadline: the core chooses how many GPUs."""
    work = Work(query.count * query.length / 60, _promise(query, slack), instant_of(query.first))
    return Request(member, 1, work, pool=POOL)


def _promise(query: Query, slack: float) -> Promise:
    by = instant_of(query.first + int(query.length * slack))
    return Promise(by, by)


def _gpus(node: str) -> tuple[Gpu, ...]:
    return tuple(Gpu(node, index, POOL, "NVIDIA A100-SXM4-80GB", 80) for index in range(PER_NODE))


def _length(random: Random, mean: float) -> int:
    """Log-uniform, with this mean."""
    shortest = mean * log(SPREAD) / (SPREAD - 1)
    return max(1, round(shortest * pow(float(SPREAD), random.random())))


def _reservation(
    random: Random, number: int, gpus: tuple[str, ...], start: int, end: int, *, people: int
) -> Reservation:
    one = Reservation(
        id=number,
        member=f"U0MEMBER{random.randrange(people)}",
        state=State.ACTIVE if start <= minute_of(NOW) else State.BOOKED,
        pool=POOL,
        gpus=gpus,
        window=window_of(start, end),
        created_at=NOW - timedelta(days=1),
        named=random.random() < 0.05,
    )
    if one.state is State.ACTIVE or one.named or random.random() >= MOVABLE:
        return one
    by = instant_of(end + random.randrange(7 * DAY))
    return replace(one, movable=True, not_before=NOW, promise=Promise(by, by))


def _busy(reservations: list[Reservation], start: int, end: int) -> int:
    """GPU-minutes in `[start, end)`."""
    return sum(
        one.count * max(0, min(minute_of(one.window.end), end) - max(minute_of(one.window.start), start))
        for one in reservations
    )
