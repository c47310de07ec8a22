"""New claims to the lab's deadlines are told to the admins: a line each, those of half an hour in one message."""

from datetime import datetime, timedelta

from bot.booking.claims import claimed, promise_of
from bot.booking.model import Request, Reservation, Waiting
from bot.booking.notices import Notice, NoticeKind
from bot.desk.base import Base
from storage.book import Book
from storage.requests import request_to_json

GATHERED = timedelta(minutes=30)


class Claiming(Base):
    """The part of the desk that lets admins see claims as they come."""

    def _tell_claim(self, book: Book, request: Request, of: Reservation | Waiting, now: datetime) -> None:
        """Owe the line, if `of`, which is what became of the request, is for a deadline of the lab's."""
        promise = promise_of(of)
        if promise is None or promise.name is None:
            return
        claim = claimed(of, self._tracked(book, ""))
        if claim is None:
            return
        window = of.window if isinstance(of, Reservation) else None
        line = {
            "label": of.label,
            "member": of.member,
            "name": claim.deadline.name,
            "request": request_to_json(request),
            "start": None if window is None else window.start.isoformat(),
            "end": None if window is None else window.end.isoformat(),
        }
        for to in self._admins():
            facts = {"act": f"claims {of.label}"}
            book.gather(Notice(NoticeKind.CLAIMS, to, 0, now, now + GATHERED, facts), "claims", line)
