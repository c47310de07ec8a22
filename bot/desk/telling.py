"""What is owed to whom: notices, written in the transaction of what they are about."""

import json
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from types import MappingProxyType

from bot.booking.decision import Decision, Held
from bot.booking.lifecycle import State
from bot.booking.members import Member
from bot.booking.model import Reservation, Window
from bot.booking.notices import Notice, NoticeKind
from bot.booking.weighing import expires_at
from bot.desk.admins import Admins
from storage.book import Book

NAG, NAG_AFTER = "nag", timedelta(hours=4)  # what is undecided for so long is told again
OUTLIVES = timedelta(hours=24)  # what is over sooner after its deadline is not worth a question


def still_asked(reservation: Reservation, now: datetime) -> bool:
    """Whether the question is worth asking, now that the deadline has passed: it may have been changed since."""
    return reservation.holds and reservation.promise is None and reservation.window.end - now > OUTLIVES


class Telling(Admins):
    """The part of the desk that owes notices.

    `uuids`: by GPU, those of nodes whose driver numbers them otherwise than the lab does.
    """

    uuids: Mapping[str, str] = MappingProxyType({})

    def _tell_channel(
        self, book: Book, by: str, act: str, reservation: Reservation, now: datetime, was: Window | None = None
    ) -> None:
        if self.lab.channel:
            facts = {"act": act, "by": by}
            if was is not None and was != reservation.window:
                facts["was"] = f"{was.start.isoformat()}/{was.end.isoformat()}"
            book.owe(Notice(NoticeKind.CHANGE, self.lab.channel, reservation.id, now, now, facts))

    def _tell_holder(self, book: Book, who: Member, act: str, reservation: Reservation, now: datetime) -> None:
        """The holder, of what somebody else did to their reservation."""
        if who.id != reservation.member:
            self._tell_member(book, NoticeKind.DECISION, reservation, now, act=act, by=who.id)

    def _tell_admins(self, book: Book, pending: Reservation, decision: Decision | None, now: datetime) -> None:
        """Whoever of the admins comes first decides; why they are asked is in the decision, if there was one now.

        Where one was not, they were asked before: cards that ask are drawn anew. What is not decided is told again.
        """
        if decision is None and book.reopen_cards(pending.id):
            return
        facts = {"act": "asked", "by": pending.asked_by}
        if isinstance(decision, Held):
            facts["limits"] = json.dumps([[type(limit).__name__, asdict(limit)] for limit in decision.limits])
            facts["delays"] = ",".join(decision.delays)
            more = [
                [piece.window.start.isoformat(), piece.window.end.isoformat()] for piece in decision.placement.pieces
            ]
            if more:
                facts["pieces"] = json.dumps(more)
        for to in self._admins():
            book.owe(Notice(NoticeKind.APPROVAL, to, pending.id, now, now, facts))
        self._nag(book, pending, now)

    def _nag(self, book: Book, pending: Reservation, now: datetime) -> None:
        """Have it told again, once, unless it lapses before that."""
        again = max(pending.created_at + NAG_AFTER, now)
        if again < expires_at(pending, self.lab.policy.approval_timeout):
            for to in self._admins():
                book.owe(Notice(NoticeKind.APPROVAL, to, pending.id, pending.created_at, again, {"act": NAG}))

    def _admins(self) -> list[str]:
        """Where admins are told: in their channel, or each by themselves."""
        return [self.lab.admin_channel] if self.lab.admin_channel else list(self.admins)

    def _tell_start(self, book: Book, reservation: Reservation, now: datetime) -> None:
        """About its start, not about now: told once, however often it is extended or undone."""
        start = reservation.window.start
        facts = {"act": "started", **self._lingering(book, reservation, now), **self._cuda(reservation)}
        book.owe(Notice(NoticeKind.START, reservation.member, reservation.id, start, now, facts))

    @abstractmethod
    def _lingering(self, book: Book, reservation: Reservation, now: datetime) -> dict[str, str]:
        """Who else is on its GPUs, where that is seen, as the fact `lingers`."""

    def _ask_later(self, book: Book, before: Reservation, now: datetime) -> None:
        """Once the named deadline that it was booked for, and now outlives, has passed: whether it is still needed."""
        promise = before.promise
        if promise is not None and promise.name is not None:
            facts = {"act": "still_needed", "name": promise.name}
            book.owe(Notice(NoticeKind.NEEDED, before.member, before.id, promise.at, max(promise.at, now), facts))

    def _tell_member(self, book: Book, kind: NoticeKind, reservation: Reservation, now: datetime, **facts: str) -> None:
        book.owe(Notice(kind, reservation.member, reservation.id, now, now, facts | self._cuda(reservation)))

    def _cuda(self, reservation: Reservation) -> dict[str, str]:
        """For what its holder sets, while it runs: the fact `uuids`, where the driver numbers its GPUs otherwise."""
        found = {gpu: self.uuids[gpu] for gpu in reservation.gpus if gpu in self.uuids}
        return {"uuids": json.dumps(found)} if found and reservation.state is State.ACTIVE else {}
