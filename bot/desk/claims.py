"""Claims to the lab's deadlines: an admin sees them, and withdraws those that are not what they say."""

from dataclasses import replace
from datetime import datetime

from bot.booking.calendar import Calendar
from bot.booking.claims import Claim, claimed, claims_of
from bot.booking.lifecycle import HOLDING
from bot.booking.members import Member
from bot.booking.model import Reservation, Waiting
from bot.booking.notices import NoticeKind
from bot.desk.outcome import Kept, Once, Outcome, Withdrawn
from bot.desk.waiters import Waiters
from bot.errors import NotFound, NotYours, WrongState
from storage.book import Book


class Claims(Waiters):
    """The use cases of claims, which are admins'."""

    def claims(self, who: Member, now: datetime) -> tuple[Claim, ...]:
        """Everything that is promised or waits for a lab's deadline, the nearest first. Raises NotYours."""
        _admins_only(who)
        with self._looking(now) as (book, calendar):
            snapshot = self._scene(book, calendar, who.id, now, every_deadline=True).snapshot
            held = (one for pool in calendar.pools for one in calendar.movable(pool) if one.window.end > now)
            return claims_of((*held, *snapshot.waiting), snapshot.deadlines)

    def withdraw(
        self, who: Member, label: str, now: datetime, *, version: int | None = None, once: Once | None = None
    ) -> Outcome | Kept:
        """Take the claim of R12 or W3 away; what is promised stays, and its holder is told.

        Raises NotYours (no admin), NotFound, WrongState (it has no claim to a deadline of the lab's), Busy.
        """
        _admins_only(who)

        def do(book: Book, calendar: Calendar) -> Outcome:
            snapshot = self._scene(book, calendar, who.id, now, every_deadline=True).snapshot
            found: Reservation | Waiting
            if label.upper().startswith("W"):
                waits = next((one for one in snapshot.waiting if one.label == label.upper()), None)
                if waits is None:
                    raise NotFound(f"No {label.upper()} waits.")
                found = waits
            else:
                found = self._found(book, int(label.upper().removeprefix("R")), version)
            claim = claimed(found, snapshot.deadlines)
            if claim is None or (isinstance(found, Reservation) and found.state not in HOLDING):
                raise WrongState(f"{found.label} has no claim to a deadline of the lab's.")
            if found.withdrawn:
                raise WrongState(f"The claim of {found.label} is withdrawn already.")
            after = self._claim_withdrawn(book, calendar, who, found, claim, now)
            return Withdrawn(replace(claim, of=after))

        return self._once(once, now, do)

    def _claim_withdrawn(
        self,
        book: Book,
        calendar: Calendar,
        who: Member,
        found: Reservation | Waiting,
        claim: Claim,
        now: datetime,
    ) -> Reservation | Waiting:
        act = f"claim to {claim.deadline.name} withdrawn"
        if isinstance(found, Waiting):
            if not book.withdraw_waiting(found.id):
                raise WrongState(f"The claim of {found.label} is withdrawn already.")
            withdrawn = replace(found, withdrawn=True)
            book.audit(who.id, f"{act}: {found.label} of {found.member}", found, withdrawn, now)
            if who.id != found.member:
                facts = {"by": who.id, "name": claim.deadline.name}
                self._tell_waiting(book, calendar, found, "withdrawn", now, facts)
            return withdrawn
        (entered,) = book.change([(found, replace(found, withdrawn=True))], now)
        book.audit(who.id, act, found, entered, now)
        if who.id != entered.member:
            facts = {"act": "withdrawn", "by": who.id, "reason": claim.deadline.name}
            self._tell_member(book, NoticeKind.DECISION, entered, now, **facts)
        return entered


def _admins_only(who: Member) -> None:
    if not who.admin:
        raise NotYours("Only admins see claims and withdraw them.")
