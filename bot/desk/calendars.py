"""Calendars to subscribe to: a member's own reservations, or a pool's, behind a token that cannot be guessed."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.booking.members import Member
from bot.booking.model import Reservation
from bot.desk.base import Base
from bot.errors import NotFound
from storage.subscriptions import Subscription

__all__ = ["Calendars", "Subscribed", "Subscription"]


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What a calendar shows: by start, with the names of the holders, by id, where it is a pool's."""

    title: str
    reservations: tuple[Reservation, ...]
    names: Mapping[str, str]


class Calendars(Base):
    """The use cases of subscriptions."""

    def calendar_link(self, who: Member, pool: str | None, now: datetime, *, renew: bool = False) -> Subscription:
        """The member's link to their own calendar or to a pool's, made if need be; `renew`: another one, and the old
        opens nothing any more. Raises NotFound for a pool that the lab does not have, and Busy."""
        if pool is not None and pool not in self.lab.pools:
            raise NotFound(f"There is no pool {pool}.")
        with self._writing(now) as (book, _):
            link = None if renew else book.subscription_of(who.id, pool)
            if link is None:
                link = Subscription(secrets.token_urlsafe(24), who.id, pool)
                book.subscribe(link, now)
                # Without its token: whoever reads the audit is not to read somebody's calendar.
                which = pool or "their own reservations"
                book.audit(who.id, f"calendar link to {which} {'renewed' if renew else 'made'}", None, None, now)
        return link

    def subscribed(self, token: str, now: datetime) -> Subscribed | None:
        """What stands now; None for a token that opens nothing, or whose member or pool is gone. Raises Busy."""
        with self._looking(now) as (book, calendar):
            link = book.subscription(token)
            if link is None:
                return None
            member = book.member(None, link.member)
            if member is not None and member.deleted:
                return None
            if link.pool is None:
                theirs = calendar.of(link.member)
                name = member.name if member else link.member
                return Subscribed(f"{name} · {self.lab.name}", _by_start(theirs), {})
            if link.pool not in self.lab.pools:
                return None
            held = tuple(one for one in calendar.live.values() if one.pool == link.pool and one.window.end > now)
            people = {one.member for one in held}
            known = {id_: found.name for id_ in people if (found := book.member(None, id_)) is not None}
            return Subscribed(f"{link.pool} · {self.lab.name}", _by_start(held), known)


def _by_start(reservations: tuple[Reservation, ...]) -> tuple[Reservation, ...]:
    return tuple(sorted(reservations, key=lambda one: (one.window.start, one.id)))
