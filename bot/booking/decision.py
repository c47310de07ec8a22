"""What the core answers: Granted, Held or Refused, with the offers that turn a no into a click."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.booking.model import Request, Window
from bot.booking.reasons import Limit, Refusal


class OfferKind(StrEnum):
    """How an offer differs from what was asked."""

    LATER = "later"
    EARLIER = "earlier"  # the last start that is not too far ahead
    FEWER = "fewer"
    MORE = "more"  # more GPUs for a shorter time, so that a deadline is met
    SHORTER = "shorter"
    POOL = "pool"
    ANY = "any"  # other GPUs of the pool than those named
    PIECES = "pieces"  # the same GPU-hours in several windows
    ASK = "ask"  # ask the holder of what stands in the way
    WAIT = "wait"  # the waitlist: "tell me if sooner"


@dataclass(frozen=True, slots=True)
class Offer:
    """An alternative that can be taken with one click. Its request is Fixed: it books exactly what it says.

    Of ASK and WAIT nothing is booked: `request` is what was asked for, and `reservation` the one whose holder is asked.
    `holder` is that holder's name, where it is known.
    `linear`: the length was scaled to other GPUs, and holds only if the job scales linearly. `asks`: an admin would
    have to agree. `measured`: it was scaled by what jobs of the lab have taken on both pools.
    """

    kind: OfferKind
    request: Request
    window: Window
    linear: bool = False
    asks: bool = False
    reservation: int | None = None
    holder: str = ""
    measured: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """Another's movable reservation in its new place, inside its own bounds."""

    reservation: int
    window: Window
    gpus: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Placement:
    """GPUs for a window.

    `rebinds` are other reservations' new tentative GPUs, and `moves` others' new windows, without which it would not
    fit. `pieces` are the windows after the first one, of a request that may be split.
    """

    pool: str
    gpus: tuple[str, ...]
    window: Window
    rebinds: tuple[tuple[int, tuple[str, ...]], ...] = ()
    moves: tuple[Moved, ...] = ()
    pieces: tuple["Placement", ...] = ()


@dataclass(frozen=True, slots=True)
class Tried:
    """What Work would be on `count` GPUs: done at `end` (None: not in time), and whether an admin is asked (`asks`)."""

    count: int
    end: datetime | None
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """Why the core chose this many GPUs for Work: all counts that it tried."""

    tried: tuple[Tried, ...]


@dataclass(frozen=True, slots=True)
class Granted:
    """Yes. `over`: limits that it passes and that did not bind, since nobody waits."""

    placement: Placement
    over: tuple[Limit, ...] = ()
    choice: Choice | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """An admin decides; the GPUs are held meanwhile. `delays`: members who would be delayed (may be empty)."""

    placement: Placement
    limits: tuple[Limit, ...]
    delays: tuple[str, ...] = ()
    choice: Choice | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """No: every reason at once, and up to three offers, best first. `limits`: what an admin would be asked besides."""

    refusals: tuple[Refusal, ...]
    offers: tuple[Offer, ...] = ()
    limits: tuple[Limit, ...] = ()


Decision = Granted | Held | Refused
