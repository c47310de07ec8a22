"""What was seen of one GPU over the last while: a bit a minute, so that an hour of readings is a few integers."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.booking.model import MINUTE, instant_of, minute_of
from bot.booking.observed import Fault, Process, Reading

STALE = timedelta(minutes=5)  # older readings are no evidence, and nobody is said to be where nobody was seen since
COMPUTE = 5  # percent of utilisation: over it, a GPU computes
HELD_MB = 2048  # over it, memory is held by somebody whose process is not listed; a driver alone takes up to 700 MiB
COVERED = 0.75  # of a span's minutes must have been seen
_STALE = STALE // MINUTE
_ALARMS, _ALARM_SPAN = 3, 5  # minutes with a fault, of the last ones, before it counts


def owner_of(process: Process) -> str | None:
    """Whose it is. Root in a container says nothing of who started it."""
    return None if process.container is not None and process.login in ("root", "0") else process.login


@dataclass(slots=True)
class _Run:
    """The minutes in which somebody had a process: a mask, when that began, when it was seen last."""

    mask: int
    since: int
    last: int


@dataclass(slots=True)
class Sight:
    """One GPU, by its UUID, over the last `span` minutes. Bit 0 of each mask is the minute of the newest reading.

    `known`: its utilisation was read. `busy`: it computed. `listed`: its processes were read. `held`: by a process, or
    by memory. `faulty`: it could not be read. `born`: the minute of the first reading. `active`: the last minute in
    which it was busy or held (None: never).
    """

    uuid: str
    span: int
    born: int
    at: int
    known: int = 0
    busy: int = 0
    listed: int = 0
    held: int = 0
    faulty: int = 0
    fault: Fault | None = None  # of the newest reading
    fault_since: int | None = None
    read_at: int | None = None  # the minute of the newest reading without a fault
    active: int | None = None
    on: tuple[str | None, ...] | None = None  # whose processes the newest reading without a fault listed
    newest: datetime | None = None
    _runs: dict[str | None, _Run] = field(default_factory=dict)

    def take(self, reading: Reading) -> None:
        """Take a reading in; one older than the newest only adds to its own minute."""
        minute = minute_of(reading.at)
        latest = self.newest is None or reading.at >= self.newest
        if minute > self.at:
            self._advance(minute)
        if self.at - minute >= self.span:
            return
        bit = 1 << self.at - minute
        if latest:
            self.newest = reading.at
            self._fault(reading, minute)
        if reading.fault is not None:
            self.faulty |= bit
            return
        self.read_at = minute if self.read_at is None else max(self.read_at, minute)
        computes = _computes(reading)
        self.known |= bit if computes is not None else 0
        self.busy |= bit if computes else 0
        owners = _owners(reading)
        held = bool(owners) or (reading.memory_used_mb or 0) > HELD_MB
        self.listed |= bit if owners is not None else 0
        self.held |= bit if held else 0
        if computes or held:
            self.active = minute if self.active is None else max(self.active, minute)
        for owner in owners or ():
            self._ran(owner, minute, bit)
        if latest:
            self.on = owners

    @property
    def born_at(self) -> datetime:
        """When it was first read."""
        return instant_of(self.born)

    @property
    def last_read(self) -> datetime | None:
        """The minute of the newest reading without a fault."""
        return None if self.read_at is None else instant_of(self.read_at)

    @property
    def occupied(self) -> bool:
        """Whether the newest reading shows that something runs on it, or holds its memory."""
        return self.fault is None and bool((self.held | self.busy) & 1)

    def quiet_since(self, now: datetime) -> datetime | None:
        """Since when it has not computed, as far as is remembered; what is not known ends it.

        None: it computes, or the readings do not say.
        """
        begun = max(self.born, self.at - self.span + 1)
        if self.busy:
            begun = self.at - (self.busy & -self.busy).bit_length() + 2  # the minute after its last busy one
        gap = self._latest_gap(self.known, minute_of(now) - begun, now)
        begun = begun if gap is None else minute_of(now) - gap + 1
        quiet = minute_of(now) - begun
        return instant_of(begun) if quiet > 0 and self.covers(self.known, quiet, now) else None

    def fresh(self, now: datetime) -> bool:
        """Whether the newest reading is evidence of what is now: it has no fault, and is not stale."""
        return self.fault is None and self.newest is not None and now - self.newest <= STALE

    def within(self, mask: int, minutes: int, now: datetime) -> int:
        """The bits of a mask that lie in the last `minutes` minutes; bit 0 is the present minute."""
        ago = minute_of(now) - self.at
        shifted = mask << ago if ago >= 0 else mask >> -ago
        return shifted & ((1 << max(minutes, 0)) - 1)

    def covers(self, mask: int, minutes: int, now: datetime) -> bool:
        """Whether a mask has enough of the last `minutes` minutes, and no gap in which a reading would be stale."""
        seen = self.within(mask, minutes, now)
        if seen.bit_count() < minutes * COVERED:
            return False
        return self._latest_gap(mask, minutes, now) is None

    def _latest_gap(self, mask: int, minutes: int, now: datetime) -> int | None:
        """How many of the last `minutes` minutes ago the latest gap ended in which a reading would be stale."""
        gaps = ~self.within(mask, minutes, now) & ((1 << max(minutes, 0)) - 1)
        for _ in range(_STALE):
            gaps &= gaps >> 1
        return (gaps & -gaps).bit_length() - 1 if gaps else None

    def ran(self, owner: str | None, minutes: int, now: datetime) -> int:
        """In how many of the last `minutes` minutes somebody had a process here."""
        run = self._runs.get(owner)
        return 0 if run is None else self.within(run.mask, minutes, now).bit_count()

    def since(self, owner: str | None) -> datetime:
        """Since when they have had one, without being away for longer than a reading is fresh."""
        run = self._runs.get(owner)
        return instant_of(self.at if run is None else run.since)

    def failed(self, now: datetime) -> bool:
        """Whether it cannot be read: N of the last M minutes say so, and the newest reading does."""
        if self.fault is None or self.newest is None or now - self.newest > STALE:
            return False
        return self.within(self.faulty, _ALARM_SPAN, now).bit_count() >= _ALARMS

    def _advance(self, minute: int) -> None:
        by, keep = min(minute - self.at, self.span), (1 << self.span) - 1
        for name in ("known", "busy", "listed", "held", "faulty"):
            setattr(self, name, getattr(self, name) << by & keep)
        for owner, run in list(self._runs.items()):
            run.mask = run.mask << by & keep
            if not run.mask:
                del self._runs[owner]
        self.at = minute

    def _fault(self, reading: Reading, minute: int) -> None:
        if reading.fault is None:
            self.fault_since = None
        elif self.fault is None:
            self.fault_since = minute
        self.fault = reading.fault

    def _ran(self, owner: str | None, minute: int, bit: int) -> None:
        run = self._runs.get(owner)
        if run is None:
            self._runs[owner] = _Run(bit, minute, minute)
            return
        if minute - run.last > _STALE:
            run.since = minute
        run.mask |= bit
        run.last = max(run.last, minute)


def _computes(reading: Reading) -> bool | None:
    """None: not known. Of a GPU that is cut up (MIG) the driver does not say it, whatever number it gives."""
    if reading.mig or (reading.utilisation is None and reading.busy is None):
        return None
    return bool(reading.busy) or (reading.utilisation or 0) > COMPUTE


def _owners(reading: Reading) -> tuple[str | None, ...] | None:
    """Whose compute processes it lists (None: whose is not known), or None where they are not known themselves."""
    if reading.processes is None:
        return None
    return tuple(dict.fromkeys(owner_of(one) for one in reading.processes if one.compute))
