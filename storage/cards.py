"""Cards that ask admins: where each stands, what it shows, and which are to be drawn anew."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert, select, update

from storage.tables import CARD, RESERVATION
from storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Card:
    """The message `ts` of `channel` asks about a reservation, and shows it at `drawn_version`.

    `to`: whom its notice was for, a member's or a channel's id (a member's messages stand in another channel).
    """

    channel: str
    ts: str
    to: str
    reservation: int
    drawn_version: int
    facts: Mapping[str, str] = field(default_factory=dict)


class Cards(Transaction):
    """The part of a Book that keeps cards."""

    def put_card(self, card: Card, now: datetime, *, open: bool) -> None:  # noqa: A002
        """Remember a card that was posted. `open`: it may have to be drawn anew."""
        values = {
            "channel": card.channel,
            "ts": card.ts,
            "recipient": card.to,
            "reservation_id": card.reservation,
            "drawn_version": card.drawn_version,
            "facts": dict(card.facts),
            "open": open,
            "next_at": now,
        }
        self._connection.execute(insert(CARD), values)

    def card_drawn(self, card: Card, version: int, *, open: bool) -> None:  # noqa: A002
        """It shows the reservation at `version` now; not `open`: for good."""
        self._card(card, {"drawn_version": version, "open": open})

    def card_waits(self, card: Card, until: datetime) -> None:
        """It could not be drawn, and is not tried again before `until`."""
        self._card(card, {"next_at": until})

    def cards_of(self, reservation: int) -> list[Card]:
        """All that were posted about it, oldest first."""
        query = select(CARD).where(CARD.c.reservation_id == reservation).order_by(CARD.c.ts)
        return [_card(row) for row in self._connection.execute(query)]

    def reopen_cards(self, reservation: int) -> bool:
        """Its cards are to be drawn anew, since it waits again; whether there are any."""
        mine = update(CARD).where(CARD.c.reservation_id == reservation)
        return self._connection.execute(mine.values(open=True)).rowcount > 0

    def stale_cards(self, now: datetime, limit: int = 20) -> list[Card]:
        """Open ones that show another version of their reservation than the present one."""
        query = (
            select(CARD)
            .join(RESERVATION, RESERVATION.c.id == CARD.c.reservation_id)
            .where(CARD.c.open, CARD.c.next_at <= now, CARD.c.drawn_version != RESERVATION.c.version)
            .order_by(CARD.c.next_at)
            .limit(limit)
        )
        return [_card(row) for row in self._connection.execute(query)]

    def _card(self, card: Card, values: dict[str, object]) -> None:
        this = update(CARD).where(CARD.c.channel == card.channel, CARD.c.ts == card.ts)
        self._connection.execute(this.values(values))


def _card(row: object) -> Card:
    return Card(row.channel, row.ts, row.recipient, row.reservation_id, row.drawn_version, row.facts)  # type: ignore[attr-defined]
