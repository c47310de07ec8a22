"""Members as the workspace knows them, and the messages that stand in channels."""

from datetime import datetime

from bot.booking.members import Member
from bot.desk.base import Base
from storage.people import KnownMember, Posted


class People(Base):
    """Who is who."""

    def known(self, team: str | None, id_: str, now: datetime) -> KnownMember | None:
        """The person as last seen in `team` (None: in any), or None if never."""
        with self._looking(now) as (book, _):
            return book.member(team, id_)

    def remember(self, people: list[KnownMember], now: datetime) -> None:
        """Write down what the workspace says of these people at `now`."""
        with self._writing(now) as (book, _):
            for one in people:
                book.remember(one.team, one.id, one.name, one.zone, bot=one.bot, deleted=one.deleted, now=now)
        self._zones = None

    def names(self, team: str | None, now: datetime) -> dict[str, str]:
        """Ids by lower-case name, of those who are there."""
        with self._looking(now) as (book, _):
            return book.people(team)

    def member(self, known: KnownMember) -> Member:
        """The person as a member; whether an admin is looked up now, in the lab file."""
        return Member(known.id, known.name, known.zone, admin=self.admin(known.id))

    def posted(self, channel: str, purpose: str, now: datetime) -> Posted | None:
        """The message that stands in `channel` for `purpose`."""
        with self._looking(now) as (book, _):
            return book.posted(channel, purpose)

    def post(self, channel: str, purpose: str, posted: Posted, now: datetime) -> None:
        """Remember which message stands there now, and what it shows."""
        with self._writing(now) as (book, _):
            book.post(channel, purpose, posted.ts, posted.drawn_version)
