"""GPU-time of a while: how much there was, how much was reserved, and what was seen of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.booking.model import MINUTE, Window
from bot.report.record import Out, Record


@dataclass(frozen=True, slots=True)
class Hours:
    """GPU-minutes. `there`: of all GPUs, less those out of service (`out`); `reserved`: what members had of them.

    Of what was reserved, as it was seen: `used` (over 5 % utilisation), `idle`, or looked at in vain (`unknown`); of
    the rest nothing was looked at. `unbooked`: used by nobody's reservation.
    """

    there: int = 0
    out: int = 0
    reserved: int = 0
    used: int = 0
    idle: int = 0
    unknown: int = 0
    unbooked: int = 0

    @property
    def known(self) -> int:
        """What is known to have been used or idle, of what was reserved."""
        return self.used + self.idle

    @property
    def share_reserved(self) -> float | None:
        """Of what there was; None where there was nothing."""
        return self.reserved / self.there if self.there else None

    @property
    def share_used(self) -> float | None:
        """Of what was reserved and is known; None where nothing is."""
        return self.used / self.known if self.known else None


def hours(record: Record, window: Window, pool: str | None = None) -> Hours:
    """Of a part of the record's while, of one pool or of all.

    Readings are summed by whole hours of UTC: each counts where it begins.
    """
    sizes = [size for name, size in record.pools.items() if pool in (None, name)]
    out = _out((one for one in record.out if pool in (None, one.pool)), window)
    seen = [one for one in record.seen if pool in (None, one.pool) and window.start <= one.start < window.end]
    booked = [one for one in seen if one.booked]
    return Hours(
        there=sum(sizes) * window.minutes - out,
        out=out,
        reserved=sum(one.gpus * shared(one.window, window) for one in record.stays if pool in (None, one.pool)),
        used=sum(one.used for one in booked),
        idle=sum(one.idle for one in booked),
        unknown=sum(one.unknown for one in booked),
        unbooked=sum(one.used for one in seen if not one.booked),
    )


def shared(one: Window, other: Window) -> int:
    """The minutes that they share."""
    return max(0, (min(one.end, other.end) - max(one.start, other.start)) // MINUTE)


def by_pool(record: Record, of: Callable[[str], Hours]) -> dict[str, Hours]:
    """Each pool's, of those that the lab has or that somebody had."""
    names = dict.fromkeys([*record.pools, *(one.pool for one in record.stays)])
    return {name: of(name) for name in names}


def _out(outages: Iterable[Out], window: Window) -> int:
    """GPU-minutes out of service; two outages of one GPU at once count once."""
    by_gpu: dict[str, list[Window]] = {}
    for one in outages:
        if one.window.overlaps(window):
            by_gpu.setdefault(one.gpu, []).append(one.window)
    total = 0
    for windows in by_gpu.values():
        until = window.start
        for span in sorted(windows, key=lambda each: each.start):
            start, end = max(span.start, until), min(span.end, window.end)
            total += max(0, (end - start) // MINUTE)
            until = max(until, end)
    return total
