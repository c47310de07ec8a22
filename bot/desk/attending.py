"""Jobs in `crunchtime run`: while they say so the desk knows of them, and those that wait start as soon as they can."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from bot.booking import amend
from bot.booking.calendar import Calendar
from bot.booking.lifecycle import Act, State
from bot.booking.members import Member
from bot.booking.model import Reservation, Window, minute_of
from bot.booking.sooner import sooner_for_jobs
from bot.booking.standing import Standing, needed_at
from bot.desk.linking import Linking
from bot.desk.offering import Offering
from bot.desk.outcome import Changed, Outcome
from bot.errors import Busy, NotFound, WrongState
from storage.book import Book

KEPT = timedelta(minutes=3)  # a job says several times in this that it is there
_LOOK_AGAIN = 15  # minutes


@dataclass(frozen=True, slots=True)
class Job:
    """A job on `node` (`key` is its own), last heard of at `at`. `waits`: for the start of its reservation."""

    key: str
    node: str
    at: datetime
    waits: bool


class Attending(Linking, Offering):
    """The use cases of those who are on a node.

    Jobs are known in memory alone: they say again that they are there, to whichever bot they reach.
    """

    _jobs: Mapping[int, Job] = MappingProxyType({})
    _pulled_at: tuple[int, frozenset[int], int] | None = None

    def whose(self, login: str, now: datetime) -> Member | None:
        """The member whose Linux login this is, by the lab's file or confirmed; None: nobody's, or of one who has left.

        On a node nobody is an admin: who can become root there can be anybody.
        """
        with self._looking(now) as (book, _):
            id_ = self._logins(book).get(login)
            known = book.member(None, id_) if id_ is not None else None
        if id_ is None or (known is not None and (known.deleted or known.bot)):
            return None
        return Member(id_, known.name if known else id_, known.zone if known else self.lab.timezone)

    def attend(self, id_: int, job: Job) -> None:
        """`job` says that `id_` is its reservation, which it must be. Raises Busy."""
        with self._turn():
            fresh = {other: one for other, one in self._jobs.items() if job.at - one.at < KEPT}
            self._jobs = MappingProxyType({**fresh, id_: job})

    def standing(self, who: Member, now: datetime, also: int | None = None) -> tuple[Standing, ...]:
        """Their reservations that hold GPUs, by start; and `also` if it is theirs, even if it is over."""
        with self._looking(now) as (book, calendar):
            mine = {one.id: one for one in calendar.of(who.id)}
            if also is not None and also not in mine:
                found = book.find(also)
                mine |= {found.id: found} if found is not None and found.member == who.id else {}
            jobs = self._jobs
            return tuple(
                Standing(one, needed_at(one, calendar, now), _key(jobs.get(one.id), now))
                for one in sorted(mine.values(), key=lambda one: (one.window.start, one.id))
            )

    def pull_forward(self, now: datetime) -> int:
        """Movable reservations whose job waits get an earlier start on its node where there is one, at any hour.

        Returns how many. They are looked at after each change of the ledger, else every quarter of an hour.
        """
        jobs = {id_: job.node for id_, job in self._jobs.items() if job.waits and now - job.at < KEPT}
        if not jobs:
            return 0
        with self._looking(now) as (book, calendar):
            present = book.version, frozenset(jobs), minute_of(now) // _LOOK_AGAIN
            if self._pulled_at == present:
                return 0
            self._pulled_at = present
            found = sooner_for_jobs(self._scene(book, calendar, "", now), jobs)
        return sum(self._pulled(one, window, jobs[one.id], now) for one, window in found)

    def _pulled(self, one: Reservation, window: Window, node: str, now: datetime) -> bool:
        """As if its holder, whose job asks for it, had moved it."""

        def do(book: Book, calendar: Calendar) -> Outcome:
            before = self._found(book, one.id, one.version)
            if before.state is not State.BOOKED:
                raise self._too_late(book, before)
            scene = self._scene(book, calendar, before.member, now)
            verdict = amend.move(before, window, scene, node)
            return self._amended(book, calendar, Member(one.member, ""), Act.MOVE, before, window, verdict, now)

        with suppress(Busy, NotFound, WrongState):  # changed meanwhile: the next look sees it
            return isinstance(self._once(None, now, do), Changed)
        return False


def _key(job: Job | None, now: datetime) -> str | None:
    return job.key if job is not None and now - job.at < KEPT else None
