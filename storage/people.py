"""Members as last seen in their workspace, and the messages that the bot edits in place."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, and_, insert, select, update

from storage.tables import MEMBER, MESSAGE
from storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class KnownMember:
    """A person of the workspace `team` as last seen (`seen_at`, UTC). `zone` is an IANA name."""

    team: str
    id: str
    name: str
    zone: str
    bot: bool
    deleted: bool
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Posted:
    """A message of the bot's: Slack's `ts` for it, and the ledger's version that it shows."""

    ts: str
    drawn_version: int


class People(Transaction):
    """The part of a Book that remembers members and messages."""

    def member(self, team: str | None, id: str) -> KnownMember | None:  # noqa: A002
        """The person as last seen in `team` (None: wherever last), or None if never."""
        mine = MEMBER.c.id == id if team is None else and_(MEMBER.c.id == id, MEMBER.c.team == team)
        row = self._connection.execute(select(MEMBER).where(mine).order_by(MEMBER.c.seen_at.desc())).first()
        return None if row is None else KnownMember(**row._mapping)

    def remember(
        self,
        team: str,
        id: str,  # noqa: A002
        name: str,
        zone: str,
        *,
        bot: bool,
        deleted: bool,
        now: datetime,
    ) -> None:
        """Write down what Slack says of a person at `now`."""
        seen = {"name": name, "zone": zone, "bot": bot, "deleted": deleted, "seen_at": now}
        self._put(MEMBER, {"team": team, "id": id}, seen)

    def people(self, team: str | None) -> dict[str, str]:
        """Ids by lower-case name in `team` (None: in any), without bots and those who left.

        Of two with one name, the one seen last.
        """
        rows = self._connection.execute(
            select(MEMBER.c.name, MEMBER.c.id)
            .where(*() if team is None else (MEMBER.c.team == team,), ~MEMBER.c.bot, ~MEMBER.c.deleted)
            .order_by(MEMBER.c.seen_at, MEMBER.c.id)
        )
        return {row.name.lower(): row.id for row in rows}

    def zones(self) -> dict[str, str]:
        """Everybody's zone (an IANA name) by id, of the workspace in which they were seen last."""
        rows = self._connection.execute(select(MEMBER.c.id, MEMBER.c.zone).order_by(MEMBER.c.seen_at))
        return {row.id: row.zone for row in rows if row.zone}

    def posted(self, channel: str, purpose: str) -> Posted | None:
        """The message that stands in `channel` for `purpose` ("board"), if there is one."""
        row = self._connection.execute(
            select(MESSAGE.c.ts, MESSAGE.c.drawn_version).where(
                MESSAGE.c.channel == channel, MESSAGE.c.purpose == purpose
            )
        ).first()
        return None if row is None else Posted(row.ts, row.drawn_version)

    def post(self, channel: str, purpose: str, ts: str, drawn_version: int) -> None:
        """Remember which message stands there now, and what it shows."""
        self._put(MESSAGE, {"channel": channel, "purpose": purpose}, {"ts": ts, "drawn_version": drawn_version})

    def _put(self, table: Table, key: dict[str, Any], values: dict[str, Any]) -> None:
        # Writers come one at a time: what is not there to be updated cannot appear before it is inserted.
        where = [table.c[name] == value for name, value in key.items()]
        if self._connection.execute(update(table).where(*where).values(values)).rowcount == 0:
            self._connection.execute(insert(table).values(key | values))
