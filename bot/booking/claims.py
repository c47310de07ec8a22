"""Claims: what is promised, or waits, for one of the lab's deadlines, and gives its member the rights of who has it."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.booking.crunch import is_for
from bot.booking.lab import Deadline
from bot.booking.model import Fixed, Promise, Reservation, Waiting


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim to `deadline`: of a reservation, or of a request that waits."""

    deadline: Deadline
    of: Reservation | Waiting

    @property
    def promise(self) -> Promise | None:
        return promise_of(self.of)


def promise_of(of: Reservation | Waiting) -> Promise | None:
    """What it is promised by, or waits to be."""
    if isinstance(of, Reservation):
        return of.promise
    return None if isinstance(of.request.when, Fixed) else of.request.when.promise


def claimed(of: Reservation | Waiting, deadlines: Iterable[Deadline]) -> Claim | None:
    """The claim, withdrawn or not, to the first of the lab's deadlines that it is for; None: it is for none."""
    promise = promise_of(of)
    fitting = [one for one in deadlines if not one.member and is_for(promise, one.name)]
    found = min(fitting, key=lambda one: (promise is None or one.at != promise.at, one.at), default=None)
    return None if found is None else Claim(found, of)


def claims_of(found: Iterable[Reservation | Waiting], deadlines: Iterable[Deadline]) -> tuple[Claim, ...]:
    """All claims among these, the nearest deadline first."""
    lab = tuple(deadlines)
    claims = [claim for one in found if (claim := claimed(one, lab)) is not None]
    return tuple(sorted(claims, key=lambda one: (one.deadline.at, isinstance(one.of, Waiting), one.of.id)))
