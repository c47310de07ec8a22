"""What the lab file says, as values: Lab, Node, Pool, Gpu, Policy, Deadline, Feed, DigestHour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Literal

# Training speed relative to an A100. 3090 and H100: the ratios of the published Pythia-1B runs in
# "$100K or 100 Days" (arXiv 2410.23261); the others: dense bf16 peaks over the A100's 312 TFLOPS (vendors' sheets).
SPEEDS: Mapping[str, float] = {
    "3090": 1 / 3,
    "4090": 0.53,
    "a6000": 0.5,
    "a40": 0.48,
    "a100": 1.0,
    "l40s": 1.16,
    "h100": 2.2,
    "h200": 2.2,
    "b200": 4.5,
}

Approval = Literal["contention", "always", "never"]


@dataclass(frozen=True, slots=True)
class Gpu:
    """One device, by its place. `memory_gb` is 0 where the lab file does not say."""

    node: str
    index: int
    pool: str
    model: str = ""
    memory_gb: int = 0

    @property
    def name(self) -> str:
        """ "atlas:0"."""
        return f"{self.node}:{self.index}"


@dataclass(frozen=True, slots=True)
class Node:
    """A host and its GPUs, by index. `agent` is "local", a URL, or None: not watched."""

    name: str
    gpus: tuple[Gpu, ...]
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class Pool:
    """Interchangeable GPUs, ordered by node and index. `speed` is relative to an A100."""

    name: str
    gpus: tuple[Gpu, ...]
    speed: float = 1.0
    approval: bool = False

    @property
    def size(self) -> int:
        """How many GPUs there are."""
        return len(self.gpus)


@dataclass(frozen=True, slots=True)
class PoolRule:
    """What `[pool.NAME]` of the lab file says; None: the default for the model."""

    approval: bool = False
    speed: float | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """The lab's rules. Hours and days as in the lab file; see lab.example.toml for each."""

    max_hours: float = 168
    hard_max_hours: float = 720
    max_share: float = 0.5
    horizon_days: float = 7
    movable_horizon_days: float = 28
    outstanding_pool_days: float = 2
    quota_gpu_hours: float = 0
    quota_days: float = 7
    approval: Approval = "contention"
    approval_timeout: timedelta = timedelta(hours=24)
    no_show_grace: timedelta = timedelta(minutes=30)
    idle_after: timedelta = timedelta(minutes=60)
    release_idle: Literal["if-waited-for", "never", "always"] = "if-waited-for"
    offer_hold: timedelta = timedelta(minutes=30)
    move_notice: timedelta = timedelta(hours=12)
    moves: int = 1
    margin: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Crunch:
    """Rules for the `days` before a deadline, in `pools` (None: all), while somebody with that deadline waits.

    `max_share`: of a pool's GPU-hours in those days, a member's without the deadline. `keep`: the part of a pool that
    is kept for the deadline, and lent out until the lab's `move_notice`.
    """

    days: float
    max_share: float | None = None
    keep: float | None = None
    pools: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """A dated goal. `at` is UTC; `zone` is how it was written ("AoE", "Europe/Berlin").

    `kind` tells the dates of one name apart ("paper", "abstract", "rebuttal", ...; "" is the one that is meant where
    none is said). `member`: whose own it is ("": the lab's). `source`: "file", "feed", "admin" or "member".
    """

    name: str
    at: datetime
    zone: str = "UTC"
    crunch: Crunch | None = None
    kind: str = ""
    member: str = ""
    source: str = "file"

    def __post_init__(self) -> None:
        if self.at.utcoffset() is None:
            raise ValueError(f"deadline {self.name}: an instant needs a zone")
        object.__setattr__(self, "at", self.at.astimezone(UTC))

    @property
    def label(self) -> str:
        """What members call it, and promises are made for: "neurips", "neurips rebuttal end"."""
        return self.name if self.kind in PLAIN_KINDS else f"{self.name} {self.kind.replace('-', ' ')}"


PLAIN_KINDS = frozenset({"", "paper"})  # what is meant by a name alone


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar of conferences at `url` (https), and the names of those that the lab tracks.

    `allow_private`: it may be on an address of the lab's own network.
    """

    url: str
    conferences: tuple[str, ...] = ()
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class DigestHour:
    """When the lab's channel gets its digest: at `at` in the lab's zone, on `days` (0 is Monday)."""

    at: time = time(9)
    days: frozenset[int] = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Lab:
    """A whole lab. `timezone` is an IANA name; `admins` are ids of Slack users and user groups.

    `url` is where people reach the bot by HTTP, without a slash at its end; "" where that is not said.
    `logins`: user ids by Linux login.
    """

    name: str
    nodes: tuple[Node, ...]
    timezone: str = "UTC"
    channel: str = ""
    admin_channel: str = ""
    admins: tuple[str, ...] = ()
    policy: Policy = Policy()
    rules: Mapping[str, PoolRule] = field(default_factory=dict)
    deadlines: tuple[Deadline, ...] = ()
    feed: Feed | None = None
    url: str = ""
    digest: DigestHour = DigestHour()
    logins: Mapping[str, str] = field(default_factory=dict)
    pools: Mapping[str, Pool] = field(init=False)
    gpus: Mapping[str, Gpu] = field(init=False)

    def __post_init__(self) -> None:
        gpus = {gpu.name: gpu for node in self.nodes for gpu in sorted(node.gpus, key=lambda gpu: gpu.index)}
        names = dict.fromkeys(gpu.pool for gpu in gpus.values())
        object.__setattr__(self, "gpus", gpus)
        object.__setattr__(self, "pools", {name: self._pool(name, gpus) for name in names})

    def _pool(self, name: str, gpus: Mapping[str, Gpu]) -> Pool:
        members = tuple(gpu for gpu in gpus.values() if gpu.pool == name)
        rule = self.rules.get(name, PoolRule())
        speed = rule.speed if rule.speed is not None else speed_of(members[0].model or name)
        return Pool(name, members, speed, rule.approval)


def pool_name(model: str) -> str:
    """The pool that a model's GPUs form when the lab file names none.

    >>> pool_name("NVIDIA A100-SXM4-80GB"), pool_name("NVIDIA GeForce RTX 3090")
    ('a100', '3090')
    """
    words = [word for word in model.lower().replace("-", " ").split() if word not in _BRAND_WORDS]
    return words[0] if words else "gpu"


def speed_of(model: str) -> float:
    """Speed relative to an A100 by model or pool name; 1.0 for a model that is not known."""
    name = pool_name(model)
    return SPEEDS.get(name, 1.0)


_BRAND_WORDS = {"nvidia", "geforce", "rtx", "tesla", "quadro", "titan", "graphics", "device"}
