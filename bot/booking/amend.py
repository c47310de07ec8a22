"""Changes to a reservation: extending it, moving it, giving it back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.booking import offers
from bot.booking.behind import ahead_of, delayed
from bot.booking.decision import Granted, Held, Placement, Refused
from bot.booking.judge import judge
from bot.booking.lifecycle import Act, State, after
from bot.booking.model import MINUTE, Fixed, Request, Reservation, Window, instant_of, minute_of
from bot.booking.planning import Wanted, make_room
from bot.booking.policy import broken_rules
from bot.booking.reasons import Alone, Delayed, InPast, Refusal, Taken, WouldDelay
from bot.booking.search import Need, need_of, place
from bot.booking.snapshot import Scene


def extend(reservation: Reservation, end: datetime, scene: Scene) -> Granted | Refused:
    """To `end` (UTC, whole minutes, after its present end), on the same GPUs.

    Others' tentative GPUs make way where they can, and movable reservations inside their bounds; a reservation that
    has not begun may itself get other GPUs of its nodes. Over a limit that binds the answer is Refused: the extra time
    can be asked for as a request of its own.
    """
    whole, extra = Window(reservation.window.start, end), Window(reservation.window.end, end)

    def room() -> Placement | Taken:
        layout = scene.calendar.pools[reservation.pool].layout
        has = layout.mask(reservation.gpus)
        need = Need(reservation.pool, reservation.count, has, has, reservation.member)
        # All of its window, not only the rest: who makes way must not be sent to its GPUs before its present end.
        found = place(scene.calendar, need, whole, scene.minute)
        if isinstance(found, Placement):
            return found
        if not reservation.named and reservation.window.start > scene.now:
            nodes = sum(field for field in layout.fields if field & has)
            suits = nodes & layout.with_memory(reservation.memory_gb)
            found = place(scene.calendar, replace(need, suits=suits, named=0), whole, scene.minute)
        if isinstance(found, Taken):
            start = minute_of(whole.start)
            return make_room(Wanted(need, whole.minutes, start, start), scene) or found
        return found

    return _amend(reservation, whole, extra, room, scene)


def move(reservation: Reservation, window: Window, scene: Scene, node: str = "") -> Granted | Refused:
    """To another window, on `node` if one is said. Refused as `extend` is; the reservation then keeps its old one."""

    def room() -> Placement | Taken:
        request = replace(as_request(reservation, window), node=node)
        need = need_of(request, scene.calendar.pools[reservation.pool], reservation.count)
        return place(scene.calendar, need, window, scene.minute)

    return _amend(reservation, window, window, room, scene)


def given_back(reservation: Reservation, now: datetime) -> Reservation:
    """Cancelled before its start; after it released, its window then ends now, but lasts a minute at least.

    Its state must be one from which it can be released.
    """
    state = after(Act.RELEASE, reservation.state)
    assert state is not None  # noqa: S101 - the callers have looked
    if state is not State.RELEASED:
        return replace(reservation, state=state)
    start, end = reservation.window.start, reservation.window.end
    return replace(
        reservation, state=state, window=Window(start, min(max(instant_of(minute_of(now)), start + MINUTE), end))
    )


def as_request(reservation: Reservation, window: Window) -> Request:
    """The request that would book it in this window."""
    return Request(
        member=reservation.member,
        count=reservation.count,
        when=Fixed(window),
        pool=reservation.pool,
        gpus=reservation.gpus if reservation.named else (),
        memory_gb=reservation.memory_gb,
        reason=reservation.reason,
        asked_by=reservation.asked_by,
    )


def _amend(
    reservation: Reservation, whole: Window, wanted: Window, room: Callable[[], Placement | Taken], scene: Scene
) -> Granted | Refused:
    """`whole` is judged by the rules; `room` looks for GPUs as if it were not there; `wanted` can be had instead."""
    alone = replace(scene, snapshot=scene.snapshot.without(reservation))
    request = as_request(reservation, whole)
    refusals: tuple[Refusal, ...] = tuple(
        refusal
        for refusal in broken_rules(request, scene.calendar.lab, scene.now)
        if not (isinstance(refusal, InPast) and whole.start == reservation.window.start)
    )
    claim = None if reservation.withdrawn else reservation.promise
    if not refusals:
        with scene.calendar.without(reservation):
            found = room()
            verdict = Refused((found,)) if isinstance(found, Taken) else judge(request, found, alone, claim)
        match verdict:
            case Granted(placement):
                delays = _delayed(reservation, request, placement, scene)
                if not delays:
                    return verdict
                refusals = (WouldDelay(delays),)
            case Held(limits=limits):
                refusals = tuple(map(Alone, limits))
            case Refused(refusals):
                pass
    return Refused(refusals, offers.instead(as_request(reservation, wanted), alone, refusals))


def _delayed(reservation: Reservation, request: Request, placement: Placement, scene: Scene) -> tuple[Delayed, ...]:
    """Whom of those who wait the change would delay."""
    ahead = ahead_of(request, scene) if scene.snapshot.waiting else ()
    return delayed(request, placement, ahead, scene, reservation) if ahead else ()
