"""Outages: GPUs that are out of service for a while, as the calendar sees them."""

from dataclasses import dataclass

from bot.booking.lab import Lab
from bot.booking.lifecycle import State
from bot.booking.model import Reservation, Window

FIRST = -1_000_000  # ids of their stays begin here and fall: no reservation, and nothing tried, has one


@dataclass(frozen=True, slots=True)
class Outage:
    """`gpu` ("atlas:2") is out of service in `window`. `by`: the admin who said so."""

    id: int
    gpu: str
    window: Window
    reason: str = ""
    by: str = ""


def stay_of(outage: Outage, lab: Lab) -> Reservation | None:
    """What keeps the GPU from everybody, as if it were somebody's; None for a GPU that the lab no longer has."""
    gpu = lab.gpus.get(outage.gpu)
    if gpu is None:
        return None
    return Reservation(
        id=FIRST - outage.id,
        member=outage.by,
        state=State.ACTIVE,
        pool=gpu.pool,
        gpus=(outage.gpu,),
        window=outage.window,
        created_at=outage.window.start,
        named=True,
        reason=outage.reason,
    )


def is_out(reservation: int) -> bool:
    """Whether this is the id of an outage's stay."""
    return reservation <= FIRST
