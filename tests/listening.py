"""Whoever is told, in the tests of what goes out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.booking.board import Board
from bot.booking.model import Reservation
from bot.booking.notices import Notice, Part
from bot.errors import DeliveryError


@dataclass
class Listener:
    """Whoever is told. `errors` are raised one by one, at the sendings that come; `board_error` at every drawing.

    `refuses`: readers to whom nothing can be sent. `messages`: the acts in each; one holds `holds` of them.
    """

    told: list[tuple[str, int, bool]] = field(default_factory=list)
    threads: list[str | None] = field(default_factory=list)
    drawn: list[str | None] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    board_error: DeliveryError | None = None
    refuses: dict[str, DeliveryError] = field(default_factory=dict)
    readers: list[str] = field(default_factory=list)
    messages: list[list[str]] = field(default_factory=list)
    holds: int = 20

    def send(
        self, notice: Notice, reservation: Reservation | None, *, thread: str | None, late: bool, now: datetime
    ) -> None:
        if self.errors:
            raise self.errors.pop(0)
        if notice.to in self.refuses:
            raise self.refuses[notice.to]
        self.told.append((notice.facts["act"], reservation.id if reservation else 0, late))
        self.threads.append(thread)
        self.readers.append(notice.to)
        self.messages.append([notice.facts["act"]])

    def gather(self, parts: Sequence[Part], now: datetime) -> int:
        if self.errors:
            raise self.errors.pop(0)
        taken = parts[: self.holds]
        self.readers.append(taken[0].notice.to)
        self.messages.append([part.notice.facts["act"] for part in taken])
        return len(taken)

    def draw(self, board: Board, ts: str | None) -> str:
        if self.board_error is not None:
            raise self.board_error
        self.drawn.append(ts)
        return ts or "1.1"
