"""What was seen of a GPU (a reading), and what follows from readings (a finding)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Fault(StrEnum):
    """Why a GPU, or all of a node, could not be read."""

    LOST = "lost"  # the driver says that the GPU fell off the bus, or needs a reset
    MISSING = "missing"  # it was there before, and is not listed any more
    DRIVER = "driver"  # no driver, or one that does not fit its library
    DENIED = "denied"  # the agent may not read it
    HANGS = "hangs"  # a call into the driver did not come back
    UNREACHABLE = "unreachable"  # the node's agent did not answer, or with what is no reading
    UNKNOWN = "unknown"  # any other error of the driver


@dataclass(frozen=True, slots=True)
class Device:
    """The GPU with this UUID is the lab's "node:index", and had the driver's `number` when it was last seen."""

    uuid: str
    node: str
    index: int
    number: int

    @property
    def name(self) -> str:
        """ "atlas:0"."""
        return f"{self.node}:{self.index}"


@dataclass(frozen=True, slots=True)
class Process:
    """A process on a GPU. `login` None: whose it is cannot be known. `memory_mb` None: the driver does not say."""

    pid: int
    login: str | None
    command: str
    memory_mb: int | None = None
    compute: bool = True  # False: graphics
    container: str | None = None  # the id of the container that it runs in


@dataclass(frozen=True, slots=True)
class Reading:
    """One sample of one GPU at `at` (UTC). What the card does not support is None.

    `index` is the GPU's place in the lab ("atlas:2" is 2 for good), whatever number the driver gives it today.
    `utilisation` is in percent of the last sample period (by an agent: the mean of a minute's samples), memory in MiB,
    temperature in degrees Celsius, power in watts. With a `fault` the other values are None, and nothing follows from
    them. `processes` None: not known.
    """

    node: str
    uuid: str
    index: int
    at: datetime
    model: str = ""
    utilisation: int | None = None
    memory_used_mb: int | None = None
    memory_total_mb: int | None = None
    temperature: int | None = None
    power: float | None = None
    ecc_errors: int | None = None  # uncorrected, since the last reset
    throttled: tuple[str, ...] = ()
    mig: bool = False
    processes: tuple[Process, ...] | None = ()
    fault: Fault | None = None
    busy: int | None = None  # percent of the last minute's samples that were over 5 % utilisation, where there are many


@dataclass(frozen=True, slots=True)
class Use:
    """What readings say of one GPU now; all instants are UTC.

    `at`: of the last reading that did not fail (None: there was none). `quiet_since`: nothing was computed since (None:
    something is, or that is not known). `occupied`: something runs on it, or holds its memory.
    """

    at: datetime | None
    quiet_since: datetime | None = None
    occupied: bool = False


class FindingKind(StrEnum):
    """What the readings of a GPU, held against the ledger, amount to."""

    UNUSED = "unused"  # reserved, no process
    PARKED = "parked"  # reserved, memory held, no compute
    PARTLY_USED = "partly_used"  # some of the reservation's GPUs are used, this one is not
    SQUATTER = "squatter"  # a process of somebody without a reservation
    OVERRUN = "overrun"  # past the end, and somebody is next
    NO_SHOW = "no_show"  # nothing ran since the start
    MISSING = "missing"  # not listed, or the node does not answer
    LOST = "lost"  # the driver says so


@dataclass(frozen=True, slots=True)
class Finding:
    """That `kind` holds of a GPU ("node:index") since `since` (UTC); `reservation` 0: nobody's.

    `login`: whose process it is (squatter, overrun); None where that is not known. `fault`: why it is missing or lost.
    """

    kind: FindingKind
    gpu: str
    since: datetime
    reservation: int = 0
    login: str | None = None
    fault: Fault | None = None
