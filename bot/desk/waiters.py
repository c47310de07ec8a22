"""What those who wait are told besides offers: that it is too late, that a claim or a deadline is another now."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from bot.booking import offers
from bot.booking.calendar import Calendar
from bot.booking.decision import Offer, OfferKind
from bot.booking.model import Before, Fixed, Promise, Waiting, Work
from bot.booking.notices import Notice, NoticeKind
from bot.desk.base import Base
from storage.book import Book
from storage.offers import offers_to_json
from storage.requests import request_to_json

_NO_FACTS: Mapping[str, str] = MappingProxyType({})


class Waiters(Base):
    """The part of the desk that keeps nobody waiting in the dark. Each word comes with what can be had instead."""

    _told_passed: frozenset[int] = frozenset()  # so that what was told is not written again at every tick

    def tell_passed(self, now: datetime) -> int:
        """Owe a word to those whose window is over and who had no GPUs in it: they go on waiting. Returns how many.

        Once for each, whichever bot does it. A request with a deadline is told when it expires.
        """
        with self._looking(now) as (book, calendar):
            passed = [one for one in self._waiting(book, calendar) if _has_passed(one, now)]
        if all(one.id in self._told_passed for one in passed):
            return 0
        told = [one for one in passed if one.id not in self._told_passed]
        with self._writing(now) as (book, calendar):
            for one in told:
                assert isinstance(one.request.when, Fixed)  # noqa: S101 - only these have a window that passes
                self._tell_waiting(book, calendar, one, "passed", now, about=one.request.when.window.end)
        self._told_passed = frozenset(one.id for one in passed)
        return len(told)

    def _tell_waiting(
        self,
        book: Book,
        calendar: Calendar,
        one: Waiting,
        act: str,
        now: datetime,
        facts: Mapping[str, str] = _NO_FACTS,
        about: datetime | None = None,
    ) -> None:
        """`act`: "expired", "lapsed", "passed", "withdrawn", "redated" or "undated"; `facts` as the view has them."""
        said = {
            "act": f"{act} {one.label}",
            "what": act,
            "waiting": one.label,
            "request": json.dumps(request_to_json(one.request)),
            "offers": offers_to_json(self._instead(book, calendar, one, now)),
        }
        book.owe(Notice(NoticeKind.WAITING, one.member, 0, about or now, now, {**said, **facts}))

    def _instead(self, book: Book, calendar: Calendar, one: Waiting, now: datetime) -> Iterable[Offer]:
        """What can be had instead, as asked by the member, who reads it."""
        request = replace(one.request, asked_by=one.member)
        found = offers.instead(request, self._scene(book, calendar, one.member, now))
        return [offer for offer in found if offer.kind is not OfferKind.ASK]


def promised(one: Waiting, promise: Promise) -> Waiting:
    """The same, waiting to be done by another deadline."""
    match one.request.when:
        case Before() | Work() as run:
            return replace(one, request=replace(one.request, when=replace(run, promise=promise)))
        case Fixed():
            return one


def _has_passed(one: Waiting, now: datetime) -> bool:
    when = one.request.when
    return one.offered is None and isinstance(when, Fixed) and when.window.end <= now
