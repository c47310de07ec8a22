"""What a use case answers: the decision or the change, as values that the views draw."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.booking.decision import Decision, Refused
from bot.booking.lifecycle import Act
from bot.booking.model import Request, Reservation, Waiting
from bot.booking.reasons import Limit


@dataclass(frozen=True, slots=True)
class Booked:
    """A decision on a request, and the reservation that it made (None: refused)."""

    request: Request
    decision: Decision
    reservation: Reservation | None


@dataclass(frozen=True, slots=True)
class Changed:
    """`act` was done: the reservation before and after. `over`: limits that it passes and that did not bind.

    `unpromised`: it is outside of its bounds now, so that its deadline is not promised any more.
    """

    act: Act
    before: Reservation
    after: Reservation
    over: tuple[Limit, ...] = ()
    unpromised: bool = False


@dataclass(frozen=True, slots=True)
class Undone:
    """The last change was taken back: the reservation before that and after."""

    before: Reservation
    after: Reservation


@dataclass(frozen=True, slots=True)
class NotChanged:
    """The change was refused, with its reasons and offers; the reservation stays as it is.

    `request` is what would have had to be booked for it.
    """

    reservation: Reservation
    request: Request
    refused: Refused


@dataclass(frozen=True, slots=True)
class Waitlisted:
    """It waits, the `place`-th (from 1) of those who wait for its pool; it can start at `expected` as things stand.

    `new`: it did not wait before.
    """

    waiting: Waiting
    place: int
    expected: datetime | None
    new: bool = True


@dataclass(frozen=True, slots=True)
class Left:
    """It does not wait any more, since its member wants it so."""

    waiting: Waiting


@dataclass(frozen=True, slots=True)
class Passed:
    """An offer was declined: the reservation that had been held. It goes on waiting, unless that was one too many."""

    before: Reservation
    waiting: Waiting | None


Outcome = Booked | Changed | Undone | NotChanged | Waitlisted | Left | Passed


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer that this very delivery got before: nothing was done now."""

    answer: str


@dataclass(frozen=True, slots=True)
class Once:
    """One delivery, so that it takes effect once: `key` is unique to it, `digest` stands for its content.

    `render` turns the outcome into the answer that is kept, before the commit. Of a delivery that may be corrected and
    sent again (a form, an offer) only what took effect is kept: `keep_refusals` is False. `used` is told when the key
    was used before for something else.
    """

    key: str
    digest: str
    render: Callable[[Outcome], str]
    keep_refusals: bool = True
    used: str = "This was answered before, for another request. Nothing was done."
