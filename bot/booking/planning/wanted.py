"""What room is made for."""

from dataclasses import dataclass

from bot.booking.decision import Placement
from bot.booking.lifecycle import State
from bot.booking.model import Reservation
from bot.booking.planning.draft import NEWCOMER
from bot.booking.search import Need


@dataclass(frozen=True, slots=True)
class Wanted:
    """What room is made for: `need`, for `minutes`, starting in `[first, last]` (minutes since 1970)."""

    need: Need
    minutes: int
    first: int
    last: int


LARGE = 256  # GPUs
MANY = 1_000  # movable reservations
MOST_MOVED = 16  # of others for one request: beyond it costs more than it is worth


class Budget:
    """How much may be tried for one request, so that its answer is there in some 10 ms: a unit is about 25 us.

    `for_replan` of it is kept for that step; `for_relay` is that step's alone.
    """

    def __init__(self, gpus: int, movables: int = 0) -> None:
        """`gpus`: of the pool; in a large one each unit takes longer, and nothing is planned anew or relayed.

        `movables`: how many movable reservations it has; among very many, short ones, each unit takes longer too.
        """
        if gpus > LARGE:
            self.left, self.for_replan, self.for_relay = 150, 0, 0
        elif movables > MANY:
            self.left, self.for_replan, self.for_relay = 160, 60, 0
        else:
            self.left, self.for_replan, self.for_relay = 660, 220, 300

    def spend(self, units: int, *, keep: int = 0) -> bool:
        """Whether there is that much left, without what is to be kept; it is spent then."""
        if self.left - units < keep:
            return False
        self.left -= units
        return True

    def relay(self, units: int) -> bool:
        """As `spend`, of what is for relays."""
        self.for_relay -= units
        return self.for_relay >= 0


def newcomer(need: Need, placement: Placement) -> Reservation:
    """The request as a reservation, to stand on a draft while others are placed around it."""
    return Reservation(
        id=NEWCOMER,
        member=need.member,
        state=State.BOOKED,
        pool=need.pool,
        gpus=placement.gpus,
        window=placement.window,
        created_at=placement.window.start,
        named=bool(need.named),
    )
