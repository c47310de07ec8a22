"""A place in the calendar that is asked for, as the limits judge it."""

from dataclasses import dataclass

from bot.booking.lab import Pool
from bot.booking.model import Promise, Window


@dataclass(frozen=True, slots=True)
class Ask:
    """`count` GPUs of `pool` in `window`; `promise`: the deadline that they are claimed for.

    `more`: the windows after the first, of a run in pieces; no two of them overlap.
    """

    member: str
    pool: Pool
    count: int
    window: Window
    movable: bool = False
    promise: Promise | None = None
    more: tuple[Window, ...] = ()

    @property
    def windows(self) -> tuple[Window, ...]:
        """All of them, in order."""
        return (self.window, *self.more)

    @property
    def gpu_hours(self) -> float:
        return self.count * sum(window.hours for window in self.windows)
