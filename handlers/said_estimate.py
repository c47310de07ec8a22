"""What is asked of time to come: a command, as in `said`."""

from dataclasses import dataclass
from datetime import datetime

from bot.booking.model import Promise
from bot.estimates.work import Like, Work


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long does this take on `count` GPUs of a pool, and is it over by the promise?

    `pool` and `count` None: those of the earlier run, or 1. `named`: the work in the member's words.
    """

    work: Work | Like
    named: str
    pool: str | None = None
    count: int | None = None
    promise: Promise | None = None
    not_before: datetime | None = None
    notes: tuple[str, ...] = ()
