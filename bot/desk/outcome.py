"""What a use case answers: the decision or the change, as values that the views draw."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.booking.decision import Decision, Refused
from bot.booking.model import Request, Reservation


@dataclass(frozen=True, slots=True)
class Booked:
    """A decision on a request, and the reservation that it made (None: refused)."""

    request: Request
    decision: Decision
    reservation: Reservation | None


@dataclass(frozen=True, slots=True)
class Changed:
    """`act` ("released", "extended", ...) was done: the reservation before and after."""

    act: str
    before: Reservation
    after: Reservation


@dataclass(frozen=True, slots=True)
class NotChanged:
    """The change was refused, with its reasons and offers; the reservation stays as it is."""

    act: str
    reservation: Reservation
    refused: Refused


Outcome = Booked | Changed | NotChanged


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer that this very delivery got before: nothing was done now."""

    answer: str


@dataclass(frozen=True, slots=True)
class Once:
    """One delivery, so that it takes effect once: `key` is unique to it, `digest` stands for its content.

    `render` turns the outcome into the answer that is kept, before the commit. `errors` of the key's earlier use with
    another content are WrongState. `keep_refusals` False: a refused one may be sent again (a form being corrected).
    """

    key: str
    digest: str
    render: Callable[[Outcome], str]
    keep_refusals: bool = True
