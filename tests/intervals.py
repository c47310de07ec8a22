"""A dict of who has which GPUs from when to when: the desk's oracle, which knows neither masks nor versions of rows."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.booking.lab import Lab
from bot.booking.lifecycle import State
from bot.booking.model import Reservation, Window


class Intervals:
    """Reservations by id as the desk answered them, and by plain comparison what is free."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.known: dict[int, Reservation] = {}

    def free(self, gpus: Iterable[str], window: Window, but: int = 0) -> set[str]:
        """Those of `gpus` that no reservation except `but` has in the window."""
        taken = {
            gpu
            for one in self.known.values()
            if one.holds and one.id != but and one.window.overlaps(window)
            for gpu in one.gpus
        }
        return set(gpus) - taken

    def free_in(self, pool: str, window: Window, but: int = 0) -> set[str]:
        """The GPUs of the pool that no reservation except `but` has in the window."""
        return self.free((gpu.name for gpu in self.lab.pools[pool].gpus), window, but)

    def fits(self, pool: str, count: int, window: Window, *, one_node: bool = False) -> bool:
        """Whether `count` GPUs of the pool (of one node) are free all through the window as it is, moving nobody."""
        free = [self.lab.gpus[gpu].node for gpu in self.free_in(pool, window)]
        return max(map(free.count, free), default=0) >= count if one_node else len(free) >= count

    def earliest(
        self, pool: str, count: int, first: datetime, length: timedelta, by: datetime, *, several: bool = True
    ) -> datetime | None:
        """When `count` GPUs can be had for `length`, moving nobody: from `first` on or as somebody ends.

        On one node if that can be by `by`, else on several, if these will do.
        """
        starts = sorted({first} | {one.window.end for one in self.known.values() if one.window.end > first})
        windows = [Window(at, at + length) for at in starts if at + length <= by]
        fitting = [
            next((window.start for window in windows if self.fits(pool, count, window, one_node=one_node)), None)
            for one_node in (True, False)
        ]
        return fitting[0] or (fitting[1] if several else None)

    def latest(self, pool: str, count: int, first: datetime, length: timedelta, by: datetime) -> datetime | None:
        """The last start from `first` on at which `count` GPUs can be had for `length`; as `earliest`."""
        for one_node in (True, False):
            start = by - length
            while start >= first:
                if self.fits(pool, count, Window(start, start + length), one_node=one_node):
                    return start
                start -= timedelta(minutes=1)
        return None

    def double(self) -> list[tuple[int, int, set[str]]]:
        """Pairs of reservations that have a GPU at once."""
        holding = [one for one in self.known.values() if one.holds]
        return [
            (one.id, other.id, set(one.gpus) & set(other.gpus))
            for one in holding
            for other in holding
            if one.id < other.id and one.window.overlaps(other.window) and set(one.gpus) & set(other.gpus)
        ]

    def may_rebind(self, old: Reservation, new: Reservation, now: datetime) -> bool:
        """Whether `new` is `old` on other GPUs of the same nodes, where these are still tentative."""
        tentative = old.state in (State.BOOKED, State.PENDING) and not old.named and old.window.start > now
        return tentative and replace(new, gpus=old.gpus) == old and self.nodes(new) == self.nodes(old)

    def nodes(self, reservation: Reservation) -> list[str]:
        """The node of each of its GPUs, sorted."""
        return sorted(self.lab.gpus[gpu].node for gpu in reservation.gpus)
