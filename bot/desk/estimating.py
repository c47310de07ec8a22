"""How long something will take, and in what of the calendar it fits: a question that changes nothing."""

from dataclasses import replace
from datetime import datetime

from bot.booking.members import Member
from bot.booking.model import Promise
from bot.desk.base import Base
from bot.errors import NotFound
from bot.estimates.band import Estimate
from bot.estimates.hardware import Place
from bot.estimates.kept import record_of
from bot.estimates.measured import as_seen_by
from bot.estimates.outlook import Outlook, outlook
from bot.estimates.trying import Wanted
from bot.estimates.work import Again, Like, Work
from storage.book import Book

PROVED = 200  # the newest estimates that are looked at for how good they were


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
            there = self.lab.pools.get(pool or "")
            if there is None:
                raise NotFound(f"There is no pool {pool}." if pool else "On which GPUs? Say a pool.")
            if (count or 1) > there.size:
                raise NotFound(f"There are {there.size} GPUs in the pool {there.name}, not {count}.")
            wanted = Wanted(who.id, work, Place(there, count or 1), promise, not_before)
            found = outlook(wanted, self._scene(book, calendar, who.id, now), as_seen_by(who.id, book.measurements()))
            if not isinstance(found.estimate, Estimate):
                return found
            return replace(found, record=record_of(found.estimate.basis, book.proved(PROVED)))

    def _earlier(self, book: Book, work: Like) -> Again:
        """For how long its job ran, as `crunchtime run` has seen it end well; else how long the reservation was."""
        one = self._found(book, work.reservation, None)
        if one.pool not in self.lab.pools:
            raise NotFound(f"{one.label} was on {one.pool}, a pool that is not there any more.")
        ran = book.ran(one.id)
        if ran is not None:
            return Again(f"{one.label}, whose job ran", ran[0], one.pool, ran[1])
        return Again(one.label, one.window.hours, one.pool, one.count)
