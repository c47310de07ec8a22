"""Notices: what a member will be told, and the protocol of what tells them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.booking.board import Board
from bot.booking.digest import AdminDigest, Digest, DigestPart
from bot.booking.model import Reservation


class NoticeKind(StrEnum):
    """What a notice is about."""

    CHANGE = "change"  # a line in the thread of the lab channel's board
    APPROVAL = "approval"  # the admins: somebody's request waits for one of them
    DECISION = "decision"  # the member: an admin decided, or nobody did in time
    BOOKED_FOR = "booked_for"  # the member: somebody booked for them
    MOVED = "moved"  # the holder: their movable reservation made way, and has another window now
    QUESTION = "question"  # a holder: somebody needs their reservation, or hands one over to them
    ANSWER = "answer"  # who asked: what the holder gave, or that they did not
    START = "start"  # the member: it has begun, and these are its GPUs
    DEADLINE = "deadline"  # the member: the deadline that it is promised by has changed, and what follows
    REPORT = "report"  # the admins: something that is no reservation's, which is 0 then
    CLAIMS = "claims"  # the admins: new claims to the lab's deadlines, gathered; about no reservation
    DIGEST = "digest"  # the lab's channel, once a day: how it stands; it is about no reservation, and `act` is its part
    WAITING = "waiting"  # who waits: not served in time, or what they wait for has changed; about no reservation
    LENT = "lent"  # a holder: GPUs of it are kept for a deadline for which somebody waits; are they still needed?
    NEEDED = "needed"  # the holder: its deadline has passed, or it was booked long ago; is it still needed?
    REMINDER = "reminder"  # the holder: it starts or ends soon
    OUTAGE = "outage"  # a holder: an outage hits them; or the lab (the reservation is 0): GPUs are out, or back
    NO_SHOW = "no_show"  # the holder: nobody was seen on its GPUs since its start, or it was released for that
    WATCH = "watch"  # a holder, who runs without a reservation, or the admins: what their GPUs really do
    LOGIN = "login"  # the admins: whose a Linux login is said to be; the member: what an admin says to it
    MONTH = "month"  # the admins, on the first: the report of the month that is over
    PULSE = "pulse"  # a member, once in a quarter: how content they are with the compute
    OFFER = "offer"  # the member: GPUs are held for what they wait for, or an earlier start can be had


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to be told at `due_at` (UTC) to `to`, a member's or a channel's id.

    `about` is the instant that the notice is about: with the kind, the recipient and the reservation it makes the
    notice unique. `reservation` is 0 for what is about none: reports, and words to those who wait. `facts` are small
    plain values, among them `act`: what happened ("booked", "released", ...).
    """

    kind: NoticeKind
    to: str
    reservation: int
    about: datetime
    due_at: datetime
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Unique per kind, recipient, reservation, instant and act."""
        return f"{self.kind}:{self.to}:{self.reservation}:{self.about.isoformat()}:{self.facts.get('act', '')}"


@dataclass(frozen=True, slots=True)
class Part:
    """One notice of several that go in one message, of the reservation as it is now."""

    notice: Notice
    reservation: Reservation | None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands: Slack's ids of its channel and of the message in it."""

    channel: str
    ts: str


class Notifier(Protocol):
    """Whoever speaks to people; Slack's is `handlers/notify.py`."""

    def send(
        self, notice: Notice, reservation: Reservation | None, *, thread: str | None, late: bool, now: datetime
    ) -> Place | None:
        """Tell it, of the reservation as it is now (None: it is about none). Raises DeliveryError.

        A change goes below the message `thread`, if there is one. Returns where it stands, if that is known.
        """

    def gather(self, parts: Sequence[Part], now: datetime) -> int:
        """Tell the first of them, all to one person, in one message: as many as it holds. How many that were.

        Raises DeliveryError.
        """

    def update(self, notice: Notice, reservation: Reservation, place: Place, *, now: datetime) -> None:
        """Tell it anew where it was told before. Raises DeliveryError, permanent for a message that is gone."""

    def draw(self, board: Board, ts: str | None) -> str | None:
        """Draw the board of the lab's channel, in place of the message `ts` if there is one; returns the message.

        None where it failed too recently to try again. Raises DeliveryError.
        """

    def tell(self, told: Digest | AdminDigest, part: DigestPart, to: str, thread: str | None) -> str:
        """Tell this part of a digest in the channel `to`, below the message `thread` if there is one.

        Returns the message. Raises DeliveryError.
        """
