"""Requests that wait for an admin: what each would mean, and the part of one that is offered instead."""

from dataclasses import replace
from datetime import datetime

from bot.booking.amend import as_request
from bot.booking.calendar import Calendar
from bot.booking.lifecycle import State
from bot.booking.model import Fixed, Reservation, Waiting, instant_of, minute_of
from bot.booking.notices import NoticeKind
from bot.booking.snapshot import Scene
from bot.booking.weighing import Weighed, part_of, weigh
from bot.desk.offering import MOST_OFFERS, Offering
from storage.book import Book
from storage.cards import Card


class Weighing(Offering):
    """The part of the desk that knows what a pending request is to others, and which cards ask about it."""

    def weighed(self, id_: int, now: datetime) -> Weighed | None:
        """What it would mean to approve it; None for one that does not wait (any more)."""
        with self._looking(now) as (book, calendar):
            pending = calendar.live.get(id_)
            if pending is None or pending.state is not State.PENDING or pending.pool not in calendar.pools:
                return None
            return weigh(pending, self._scene(book, calendar, pending.member, now))

    def card_posted(self, card: Card, now: datetime, *, waits: bool) -> None:
        """Remember where a card stands. `waits`: it asks, and is drawn anew when what it asks about changes."""
        with self._writing(now) as (book, _):
            book.put_card(card, now, open=waits)

    def stale_cards(self, now: datetime) -> list[Card]:
        """The cards that do not show the present state of what they ask about."""
        with self._looking(now) as (book, _):
            return book.stale_cards(now)

    def cards_of(self, id_: int, now: datetime) -> list[Card]:
        """Where cards ask about a reservation, or did."""
        with self._looking(now) as (book, _):
            return book.cards_of(id_)

    def card_drawn(self, card: Card, version: int, now: datetime, *, waits: bool) -> None:
        """The card shows that version now; where it does not ask any more, for good."""
        with self._writing(now) as (book, _):
            book.card_drawn(card, version, open=waits)

    def card_waits(self, card: Card, until: datetime, now: datetime) -> None:
        """The card could not be drawn; it is not tried again before `until`."""
        with self._writing(now) as (book, _):
            book.card_waits(card, until)

    def _part(self, book: Book, calendar: Calendar, pending: Reservation, now: datetime) -> Reservation | None:
        """What of it needs no admin and delays nobody."""
        if pending.pool not in calendar.pools:
            return None
        scene: Scene = self._scene(book, calendar, pending.member, now)
        return part_of(pending, scene)

    def _offer_instead(
        self, book: Book, by: str, pending: Reservation, part: Reservation, now: datetime, *, act: str, reason: str = ""
    ) -> Reservation:
        """Hold `part` for the member in place of what they asked for, until they take it or pass.

        At least as long as any offer is held; and, since it was held anyway, up to its start or the lab's
        `approval_timeout`, whichever comes first.
        """
        (entered,) = book.change([(pending, replace(part, state=State.OFFERED))], now)
        book.audit(by, act, pending, entered, now)
        policy, window = self.lab.policy, entered.window
        least = self._held_until(book, entered.member, now)
        until = min(max(least, min(window.start, now + policy.approval_timeout)), window.end)
        until = instant_of(minute_of(until))
        request = replace(as_request(entered, window), gpus=(), when=Fixed(window))
        # One offer: who passes it, or lets it lapse, does not go on waiting.
        waits = book.wait(
            Waiting(0, request, pending.created_at, offered=entered.id, until=until, declined=MOST_OFFERS - 1),
        )
        book.audit(by, f"{waits.label} of {waits.member} waits", None, waits, now)
        facts = {"act": act, "by": by, "until": until.isoformat(), "asked": str(pending.count), "reason": reason}
        self._tell_member(book, NoticeKind.OFFER, entered, now, **facts)
        return entered
