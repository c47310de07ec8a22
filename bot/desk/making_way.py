"""Reservations that make way for others: written with what they make way for, and their holders told at once."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.booking.calendar import Calendar
from bot.booking.decision import Placement
from bot.booking.model import Promise, Reservation
from bot.booking.notices import Notice, NoticeKind
from bot.booking.planning import other_places
from bot.desk.telling import Telling
from storage.book import Book

Pairs = Sequence[tuple[Reservation, Reservation]]
MADE_WAY = "made way"


class MakingWay(Telling):
    """The part of the desk that moves others."""

    def _rebound(self, calendar: Calendar, placement: Placement) -> Pairs:
        """The reservations that a placement gives other tentative GPUs, before and after."""
        return [(calendar.live[id_], replace(calendar.live[id_], gpus=gpus)) for id_, gpus in placement.rebinds]

    def _moves(self, calendar: Calendar, placement: Placement) -> Pairs:
        """The reservations that a placement gives other windows, before and after."""
        found = [(calendar.live[moved.reservation], moved) for moved in placement.moves]
        return [
            (before, replace(before, window=moved.window, gpus=moved.gpus, moved=before.moved + 1))
            for before, moved in found
        ]

    def _tell_moved(
        self,
        book: Book,
        calendar: Calendar,
        placement: Placement,
        moves: Pairs,
        entered: Sequence[Reservation],
        by: str,
        promise: Promise | None,
        now: datetime,
        but: Reservation | None = None,
    ) -> None:
        """Why, for whom (`by`, who makes the deadline `promise`), from when to when, and where else it could go.

        `but`: the reservation that the placement is a change of.
        """
        policy = self.lab.policy
        for (before, _), after in zip(moves, entered, strict=True):
            book.audit(by, MADE_WAY, before, after, now)
            self._tell_channel(book, by, MADE_WAY, after, now, was=before.window)
            others = other_places(calendar, placement, after, policy, now, but)
            facts = {
                "act": MADE_WAY,
                "by": by,
                "was": f"{before.window.start.isoformat()}/{before.window.end.isoformat()}",
                "for": (promise.name or "") if promise else "",
                "due": promise.at.isoformat() if promise else "",
                "again": "1" if after.moved < policy.moves else "",
                "others": json.dumps([start.isoformat() for start in others]),
            }
            book.owe(Notice(NoticeKind.MOVED, after.member, after.id, now, now, facts))
