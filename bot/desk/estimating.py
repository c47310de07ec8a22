"""How long something will take, and in what of the calendar it fits: a question that changes nothing."""

from datetime import datetime

from bot.booking.members import Member
from bot.booking.model import Promise
from bot.desk.base import Base
from bot.errors import NotFound
from bot.estimates.hardware import Place
from bot.estimates.outlook import Outlook, outlook
from bot.estimates.trying import Wanted
from bot.estimates.work import Again, Like, Work
from storage.book import Book


class Estimating(Base):
    """The use case of `/gpu estimate`."""

    def estimate(
        self,
        who: Member,
        work: Work | Like,
        now: datetime,
        *,
        pool: str | None = None,
        count: int | None = None,
        promise: Promise | None = None,
        not_before: datetime | None = None,
    ) -> Outlook:
        """The outlook for `work` on `count` GPUs (None: 1) of a pool, both those of the earlier run where none is said.

        Raises NotFound for a reservation or a pool that is not there, and where more GPUs are asked for than it has.
        """
        with self._looking(now) as (book, calendar):
            if isinstance(work, Like):
                work = self._earlier(book, work)
                pool, count = pool or work.pool, count or work.count
            found = self.lab.pools.get(pool or "")
            if found is None:
                raise NotFound(f"There is no pool {pool}." if pool else "On which GPUs? Say a pool.")
            if (count or 1) > found.size:
                raise NotFound(f"There are {found.size} GPUs in the pool {found.name}, not {count}.")
            wanted = Wanted(who.id, work, Place(found, count or 1), promise, not_before)
            return outlook(wanted, self._scene(book, calendar, who.id, now))

    def _earlier(self, book: Book, work: Like) -> Again:
        """What the reservation was long."""
        one = self._found(book, work.reservation, None)
        if one.pool not in self.lab.pools:
            raise NotFound(f"{one.label} was on {one.pool}, a pool that is not there any more.")
        return Again(one.label, one.window.hours, one.pool, one.count)
