"""A lab that lives for a while: people who book, wait, give up, run jobs and leave GPUs idle, at the real desk.

Everything comes from one seed and the sandbox's clock. The desk, the ledger, the waitlist and the readings are the
bot's own; what the GPUs do is simulated (`bot/sandbox/fleet.py`), and so is what people want.
"""

import heapq
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects import sqlite

from benchmarks.wishing import DAY, HOUR, Life, Shape, next_wish, release, take, tried
from bot.app import open_desk
from bot.booking.lab import Deadline, Gpu, Lab, Node
from bot.booking.lifecycle import State
from bot.booking.members import Member
from bot.booking.model import Reservation, Window, instant_of, minute_of
from bot.booking.observed import Reading
from bot.desk import Desk
from bot.fleet.seen import Seen
from bot.jobs.month import month
from bot.jobs.poll import poll
from bot.jobs.turnover import turnover
from bot.report.months import Month, month_of
from bot.report.pulse import quarter_of
from bot.sandbox.fleet import Hosts
from bot.sandbox.world import Clock
from storage.people import KnownMember
from storage.readings import Readings
from storage.seen import READING
from storage.tables import GPU

BEGIN = datetime(2026, 9, 30, 22, tzinfo=UTC)  # the first of October in Berlin, where the clocks change on the 25th
ADA = Member("U0ADA", "ada", "Europe/Berlin", admin=True)


FULL = Shape()
SMALL = Shape(9, 2, 37, timedelta(hours=12), timedelta(hours=12), (("cvpr", 17), ("icml", 40)), 0.15)


def lived(shape: Shape, seed: int, database_url: str) -> Desk:
    """The desk of a lab that has lived as `shape` says; the same for the same seed."""
    lab = lab_of(shape)
    dice, clock, hosts = Random(seed), Clock(BEGIN), Hosts(lab)
    people = [Member(f"U0M{n:02}", f"member{n:02}", "Europe/Berlin") for n in range(shape.people)]
    desk = open_desk(database_url, lab)
    life = Life(shape, desk, hosts, clock, dice, people)
    desk.take_file(BEGIN)
    seen = [KnownMember("T0", one.id, one.name, one.zone, False, False, BEGIN) for one in (ADA, *people)]
    desk.remember(seen, BEGIN)
    watched = _Watched(life, Readings(desk.ledger))

    def turn() -> None:
        _turn(life)
        life.later(clock() + shape.turn, turn)

    life.turn = lambda: _turn(life)

    life.later(BEGIN, turn)
    life.later(BEGIN + 10 * DAY, lambda: _squat(life))
    life.later(BEGIN + 20 * DAY, lambda: _break(life))
    life.later(BEGIN + 15 * DAY, lambda: _answer(life))
    for person in people:
        next_wish(life, person)
    end = BEGIN + shape.days * DAY
    while life.acts and life.acts[0][0] < end:
        at, _, act = heapq.heappop(life.acts)
        watched.until(at)
        clock.move(max(at, clock()) - clock())
        act()
    watched.until(end)
    clock.move(end - clock())
    _turn(life)
    return desk


class _Watched:
    """The readings of every minute that there is one in."""

    def __init__(self, life: Life, readings: Readings) -> None:
        self._life = life
        self._readings = readings
        self._next = BEGIN
        self._folds = BEGIN
        poll(life.desk, life.hosts.fleet(life.clock), readings, Seen(), BEGIN)  # from now on the GPUs are known
        with life.desk.ledger.observing() as connection:
            self._ids = {row.name: row.id for row in connection.execute(select(GPU.c.name, GPU.c.id))}

    def until(self, at: datetime) -> None:
        """Keep those before `at`, of what the GPUs do now: as `Readings.write` does, but many minutes at once."""
        rows = []
        seen = [one for node in self._life.desk.lab.nodes for one in self._look(node.name)] if self._next < at else []
        while self._next < at:
            rows += [self._row(one) for one in seen]
            self._next += self._life.shape.every
        if rows:
            with self._life.desk.ledger.exclusively() as connection:
                connection.execute(sqlite.insert(READING).on_conflict_do_nothing(), rows)
        if at - self._folds > 6 * HOUR:
            self._readings.fold(at)
            self._folds = at

    def _look(self, node: str) -> tuple[Reading, ...]:
        return self._life.hosts.probe(node).look(self._next).readings

    def _row(self, one: Reading) -> dict[str, object]:
        row: dict[str, object] = dict.fromkeys(("temperature", "power", "fault", "processes_id"))
        row |= {"minute": minute_of(self._next), "gpu_id": self._ids[f"{one.node}:{one.index}"], "mig": False}
        return row | {"utilisation": one.utilisation, "busy": one.busy, "memory_mb": one.memory_used_mb}


def months(shape: Shape) -> list[Month]:
    """The months that it lived through, the first first; the last may not be over."""
    zone = ZoneInfo("Europe/Berlin")
    first, last = month_of(BEGIN, zone), month_of(BEGIN + shape.days * DAY - HOUR, zone)
    return [first.plus(ahead) for ahead in range((last.year - first.year) * 12 + last.number - first.number + 1)]


def lab_of(shape: Shape) -> Lab:
    """Its lab: as many A100 as 3090."""

    def node(name: str, pool: str, model: str, memory_gb: int) -> Node:
        return Node(name, tuple(Gpu(name, index, pool, model, memory_gb) for index in range(shape.per_node)))

    return Lab(
        "Sandbox Lab",
        (
            node("atlas", "a100", "NVIDIA A100-SXM4-80GB", 80),
            node("titan", "3090", "NVIDIA GeForce RTX 3090", 24),
        ),
        "Europe/Berlin",
        admins=(ADA.id,),
        deadlines=tuple(Deadline(name, BEGIN + day * DAY + 12 * HOUR) for name, day in shape.deadlines),
    )


def _turn(life: Life) -> None:
    """Time does its work; then jobs begin and end with their reservations, and what is offered is answered."""
    now, desk = life.clock(), life.desk
    turnover(desk, now)
    month(desk, now)
    holders = {one.holder.id: one.holder for one in desk.board(now).gpus if one.holder is not None}
    active = {id_: one for id_, one in holders.items() if one.state is State.ACTIVE}
    for id_ in [id_ for id_ in life.jobs if id_ not in active]:
        life.hosts.stop(life.jobs.pop(id_))
    for id_, one in active.items():
        if id_ not in life.jobs:
            _run(life, one)
    for shadow in desk.waiting(now):
        if shadow.waiting.offered is not None and life.dice.random() < 0.8:
            tried(partial(take, life, shadow.waiting.offered, shadow.waiting.member))
    for one in desk.pending(now):
        if now - one.created_at > HOUR:
            tried(partial(_decide, life, one.id))


def _decide(life: Life, id_: int) -> None:
    """Ada says yes to most of what she is asked."""
    if life.dice.random() < 0.85:
        life.desk.approve(ADA, id_, life.clock())
    else:
        life.desk.deny(ADA, id_, "the others come first", life.clock())


def _run(life: Life, one: Reservation) -> None:
    """Its job: most are busy to the end, some crash on the way, some are never begun in earnest."""
    load = 0 if life.dice.random() < 0.05 else life.dice.randint(60, 100)
    pid = life.hosts.run(one.member.lower(), *one.gpus, utilisation=load)
    life.jobs[one.id] = pid
    if life.dice.random() < 0.25:
        crash = life.clock() + life.dice.uniform(0.2, 1.0) * one.window.length

        def stop() -> None:
            if life.jobs.get(one.id) == pid:
                life.hosts.load(pid, 0)

        life.later(crash, stop)
    if life.dice.random() < 0.25:
        early = life.clock() + life.dice.uniform(0.5, 0.95) * one.window.length
        keep = life.dice.randint(0, one.count - 1)
        life.later(early, lambda: release(life, one, keep))


def _squat(life: Life) -> None:
    pid = life.hosts.run("stranger", "titan:0", utilisation=80)
    life.later(life.clock() + 9 * HOUR, lambda: life.hosts.stop(pid))


def _break(life: Life) -> None:
    now = instant_of(minute_of(life.clock()))
    life.desk.take_out(ADA, ("atlas:0",), Window(now, now + 30 * HOUR), "fan", now)


def _answer(life: Life) -> None:
    """Of those who were asked in this quarter, two of three answer within some days."""
    quarter = quarter_of(life.clock(), UTC).label
    for person in life.people:
        if life.dice.random() < 2 / 3:
            mark = life.dice.choices(range(1, 6), (3, 5, 6, 4, 2))[0]
            line = life.dice.choice(("", "", "a week of nights"))
            act = partial(_answered, life, person, quarter, mark, line)
            life.later(life.clock() + life.dice.uniform(1, 9) * DAY, partial(tried, act))


def _answered(life: Life, person: Member, quarter: str, mark: int, line: str) -> None:
    life.desk.answer_pulse(person, quarter, mark, line, life.clock())
