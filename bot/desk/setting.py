"""Settings: what a member has set, read and changed by themselves."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.booking.members import Member
from bot.booking.settings import Change, MemberSettings
from bot.desk.base import Base


class Setting(Base):
    """The use cases of settings."""

    def settings(self, member: str, now: datetime) -> MemberSettings:
        """What the member has set, or what is usual."""
        with self._looking(now) as (book, _):
            return book.settings([member])[member]

    def settings_of(self, members: Iterable[str], now: datetime) -> dict[str, MemberSettings]:
        """What each of these members has set, or what is usual."""
        with self._looking(now) as (book, _):
            return book.settings(members)

    def set(self, who: Member, change: Change, now: datetime) -> MemberSettings:
        """Change one's own; what they are now. Nobody is their own delegate. Raises Busy."""
        with self._writing(now) as (book, _):
            was = book.settings([who.id])[who.id]
            changed = change.applied(was)
            if changed.delegate == who.id:
                changed = replace(changed, delegate="")
            book.set(who.id, changed, now)
            book.audit(who.id, "settings changed", was, changed, now)
            return changed
