"""What a use case answers: the decision or the change, as values that the views draw."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.booking.asking import Concession, Question
from bot.booking.claims import Claim
from bot.booking.decision import Decision, Refused
from bot.booking.lab import Deadline
from bot.booking.lifecycle import Act
from bot.booking.members import Link
from bot.booking.model import Request, Reservation, Waiting
from bot.booking.outages import Outage
from bot.booking.reasons import Limit


@dataclass(frozen=True, slots=True)
class Booked:
    """A decision on a request, and the reservation that it made (None: refused).

    `pieces`: the reservations after the first, of a request that was split.
    """

    request: Request
    decision: Decision
    reservation: Reservation | None
    pieces: tuple[Reservation, ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """`act` was done: the reservation before and after. `over`: limits that it passes and that did not bind.

    `unpromised`: it is outside of its bounds now, so that its deadline is not promised any more. `pieces`: others of
    the same run to which the same was done. `rest`: those that stay as they are, where it was released.
    """

    act: Act
    before: Reservation
    after: Reservation
    over: tuple[Limit, ...] = ()
    unpromised: bool = False
    pieces: tuple[Reservation, ...] = ()
    rest: tuple[Reservation, ...] = ()


@dataclass(frozen=True, slots=True)
class Undone:
    """The last change was taken back: the reservation before that and after; `pieces`: others of the run, after it."""

    before: Reservation
    after: Reservation
    pieces: tuple[Reservation, ...] = ()


@dataclass(frozen=True, slots=True)
class NotChanged:
    """The change was refused, with its reasons and offers; the reservation stays as it is.

    `request` is what would have had to be booked for it.
    """

    reservation: Reservation
    request: Request
    refused: Refused


@dataclass(frozen=True, slots=True)
class Replanned:
    """A reservation before and after its deadline changed.

    `act` "repromised": it keeps its window; "replanned": it has another; "unpromised": it keeps its window, which is
    over too late now; "undated": its deadline is dropped, its promise stands without the name.
    """

    act: str
    before: Reservation
    after: Reservation


@dataclass(frozen=True, slots=True)
class Tracked:
    """The deadline is tracked; `was`: what it was before (None: it is new), and what that changed."""

    deadline: Deadline
    was: Deadline | None
    replanned: tuple[Replanned, ...] = ()


@dataclass(frozen=True, slots=True)
class Dropped:
    """The deadline is not tracked any more, and what that changed."""

    deadline: Deadline
    replanned: tuple[Replanned, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that its holder was told of, with what could be given up; or, where it is a hand-over, the member."""

    question: Question
    reservation: Reservation
    concessions: tuple[Concession, ...] = ()


@dataclass(frozen=True, slots=True)
class NotAsked:
    """Nothing was asked: even without the reservation the request is no plain yes (`why`)."""

    reservation: Reservation
    request: Request
    why: Decision


@dataclass(frozen=True, slots=True)
class Settled:
    """An answered question. `before` and `after`: the reservation that was asked for or handed over.

    `got`: what was booked for the asker (None: declined, or handed over).
    """

    question: Question
    before: Reservation
    after: Reservation
    got: Reservation | None = None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An admin took the claim away: as it is now."""

    claim: Claim


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


@dataclass(frozen=True, slots=True)
class Rescued:
    """What an outage did to a reservation: `act` as in `booking.rescue`; `waiting`: what it lost waits."""

    act: str
    before: Reservation
    after: Reservation
    waiting: Waiting | None = None


@dataclass(frozen=True, slots=True)
class TakenOut:
    """GPUs are out of service, and whom that hits."""

    outages: tuple[Outage, ...]
    hits: tuple[Rescued, ...] = ()


@dataclass(frozen=True, slots=True)
class Back:
    """GPUs are back in service: their outages, as they were."""

    outages: tuple[Outage, ...]


@dataclass(frozen=True, slots=True)
class Linked:
    """Whose a Linux login is, or is said to be, or is not any more: see its state."""

    link: Link


Outcome = (
    Booked
    | Changed
    | Undone
    | NotChanged
    | Tracked
    | Dropped
    | Asked
    | NotAsked
    | Settled
    | Withdrawn
    | Waitlisted
    | Left
    | Passed
    | TakenOut
    | Back
    | Linked
)


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
