"""A place in the calendar that is asked for, as the limits judge it."""

from dataclasses import dataclass

from bot.booking.lab import Pool
from bot.booking.model import Promise, Window


@dataclass(frozen=True, slots=True)
class Ask:
    """`count` GPUs of `pool` in `window`; `promise`: the deadline that they are claimed for."""

    member: str
    pool: Pool
    count: int
    window: Window
    movable: bool = False
    promise: Promise | None = None

    @property
    def gpu_hours(self) -> float:
        return self.count * self.window.hours
