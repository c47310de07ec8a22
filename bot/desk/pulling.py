"""Sooner is better: who could start earlier, since GPUs have fallen free, is told so."""

from dataclasses import replace
from datetime import datetime

from bot.booking.model import minute_of
from bot.booking.notices import Notice, NoticeKind
from bot.booking.sooner import sooner
from bot.desk.offering import Offering


class Pulling(Offering):
    """One more use case that nobody asks for. Nothing is changed by it: the member moves, if they like."""

    _looked_at: tuple[int, int] | None = None  # the ledger's version, and the hour: who slept then may be awake now

    def offer_sooner(self, now: datetime) -> int:
        """Owe a word to those whose movable reservation could start an hour earlier or more. Returns how many.

        Each reservation is spoken of once a day at most; they are looked at after each change of the ledger, else once
        an hour.
        """
        with self._looking(now) as (book, calendar):
            present = book.version, minute_of(now) // 60
            if self._looked_at == present:
                return 0
            self._looked_at = present
            members = {one.member for one in calendar.live.values() if one.movable}
            if not members:
                return 0
            scene = self._scene(book, calendar, "", now)
            zones = {member: self._zone(book, member) for member in members}
            nights = replace(scene.snapshot, zones=zones, quiet=self._quiet(book, zones))
            found = sooner(replace(scene, snapshot=nights))
        if found:
            today = now.replace(hour=0, minute=0, second=0, microsecond=0)
            with self._writing(now) as (book, _):
                for one, window in found:
                    facts = {"act": "sooner", "start": window.start.isoformat(), "version": str(one.version)}
                    # About the day: the same said again that day is the same notice, and is not sent again.
                    book.owe(Notice(NoticeKind.OFFER, one.member, one.id, today, now, facts))
        return len(found)
