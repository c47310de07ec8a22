"""Builders: a lab, people and reservations as the tests want them. The fixed start is Monday 2026-11-02."""

from datetime import UTC, datetime, timedelta

from bot.booking.lab import Deadline, Gpu, Lab, Node, Policy, PoolRule
from bot.booking.lifecycle import State
from bot.booking.members import Member
from bot.booking.model import Fixed, Request, Reservation, Window

ADA = Member("U0ADA", "ada", "Europe/Berlin", admin=True)
ALICE = Member("U0ALICE", "alice", "Europe/Berlin")
BOB = Member("U0BOB", "bob", "America/Los_Angeles")
CAROL = Member("U0CAROL", "carol", "Asia/Tokyo")
DAN = Member("U0DAN", "dan", "UTC")
PEOPLE = {member.name: member.id for member in (ADA, ALICE, BOB, CAROL, DAN)}


def node(name: str, pool: str, count: int, *, model: str = "", memory_gb: int = 80) -> Node:
    """A node of `count` equal GPUs."""
    return Node(name, tuple(Gpu(name, index, pool, model, memory_gb) for index in range(count)))


def lab(
    *nodes: Node,
    policy: Policy | None = None,
    rules: dict[str, PoolRule] | None = None,
    deadlines: tuple[Deadline, ...] = (),
    admins: tuple[str, ...] = (ADA.id,),
) -> Lab:
    """By default the sandbox's: atlas with 4 A100 and titan with 4 RTX 3090."""
    return Lab(
        name="Test Lab",
        nodes=nodes
        or (
            node("atlas", "a100", 4, model="NVIDIA A100-SXM4-80GB"),
            node("titan", "3090", 4, model="NVIDIA GeForce RTX 3090", memory_gb=24),
        ),
        timezone="Europe/Berlin",
        channel="C0GPUS",
        admin_channel="C0ADMIN",
        admins=admins,
        policy=policy or Policy(),
        rules=rules or {},
        deadlines=deadlines,
    )


def monday(hour: float = 0, *, day: int = 0) -> datetime:
    """The UTC instant `hour` hours after the midnight that begins Monday 2026-11-02, `day` days on."""
    return datetime(2026, 11, 2, tzinfo=UTC) + timedelta(days=day, hours=hour)


def window(start: float, end: float) -> Window:
    """From `start` to `end`, both in hours after Monday 00:00 UTC."""
    return Window(monday(start), monday(end))


def request(
    count: int = 1,
    start: float = 9,
    end: float = 17,
    *,
    pool: str | None = "a100",
    member: str = ALICE.id,
    reason: str = "",
) -> Request:
    """A fixed window, in hours after Monday 00:00 UTC."""
    return Request(member, count, Fixed(window(start, end)), pool=pool, reason=reason, asked_by=member)


def reservation(
    id: int = 1,  # noqa: A002
    start: float = 9,
    end: float = 17,
    gpus: tuple[str, ...] = ("atlas:0",),
    *,
    member: str = ALICE.id,
    state: State = State.BOOKED,
    pool: str = "a100",
    version: int = 1,
    named: bool = False,
    movable: bool = False,
    reason: str = "",
) -> Reservation:
    """One reservation, in hours after Monday 00:00 UTC; made on that Monday at 00:00."""
    return Reservation(
        id=id,
        member=member,
        state=state,
        pool=pool,
        gpus=gpus,
        window=window(start, end),
        created_at=monday(),
        version=version,
        named=named,
        movable=movable,
        reason=reason,
        asked_by=member,
    )
