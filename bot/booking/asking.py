"""Asking a holder: what of a reservation could be given up so that somebody else's request fits."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.booking.amend import as_request
from bot.booking.calendar import Calendar
from bot.booking.decide import decide
from bot.booking.decision import Decision, Granted
from bot.booking.giving import Gives, Plea, becoming
from bot.booking.lifecycle import State
from bot.booking.model import Before, Fixed, Request, Reservation, Window, Work, instant_of, minute_of
from bot.booking.search import earliest, need_of
from bot.booking.snapshot import Snapshot

MOST_CONCESSIONS = 3
WORTH_KEEPING = 60  # minutes: a shorter rest of a window is no part that anybody would keep
EFFORT = 500


@dataclass(frozen=True, slots=True)
class Question:
    """What `asker` asks of `holder`, who has the reservation at `version`; `day` is the asker's local date.

    `exchange`: the asker's own reservation that is offered for it. `give`: nothing is asked for; the asker hands the
    reservation over to `holder`. `answer` is what was answered at `answered_at`.
    """

    reservation: int
    version: int
    holder: str
    asker: str
    day: str
    request: Request
    asked_at: datetime
    exchange: int | None = None
    give: bool = False
    id: int = 0
    answer: str | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Concession:
    """What the holder could give up: `becomes` is their reservation then, `granted` what the asker gets.

    `lost` are the GPU-minutes ahead that the holder would have no more; `figure` is explained at `Gives`.
    """

    kind: Gives
    figure: int
    becomes: Reservation
    granted: Granted
    lost: int

    @property
    def key(self) -> str:
        """ "fewer:2": with the reservation's version it says all of it, see `conceded`."""
        return f"{self.kind}:{self.figure}"


def lapsed(question: Question, held: Reservation, now: datetime) -> bool:
    """Whether nothing can come of it any more: the reservation is over, or the asked window has passed."""
    if not held.holds or held.window.end <= now:
        return True
    match question.request.when:
        case Fixed(window):
            return window.end <= now
        case Before(promise=promise) | Work(promise=promise):
            return promise.by <= now


def remaining(request: Request, now: datetime) -> Request:
    """The request, or, where its window has begun, one for the rest of it; that rest must not be over."""
    minute = instant_of(minute_of(now))
    if not isinstance(request.when, Fixed) or request.when.window.start >= minute:
        return request
    return replace(request, when=Fixed(Window(minute, request.when.window.end)))


def concessions(plea: Plea) -> tuple[Concession, ...]:
    """Up to three, the least given up first, each of which makes room for the request without an admin.

    The calendar comes back as it was. Empty where even all of the reservation would not do, see `without_it`.
    """
    alone = without_it(plea)
    found = [conceded(plea, Gives.SWAP, plea.exchange.id)] if plea.exchange is not None else []
    if isinstance(alone, Granted):
        found += [conceded(plea, kind, figure) for kind, figure in _ideas(plea, alone.placement.window)]
        found.append(_fewest(plea))
    order = list(Gives)
    best = sorted((one for one in found if one is not None), key=lambda one: (one.lost, order.index(one.kind)))
    return tuple(best[:MOST_CONCESSIONS])


def without_it(plea: Plea) -> Decision:
    """What would become of the request if the reservation were not there."""
    with plea.scene.calendar.without(plea.held):
        return _decided(plea, plea.scene.snapshot)


def conceded(plea: Plea, kind: Gives, figure: int) -> Concession | None:
    """This very concession, if it can be made and makes room for the request."""
    becomes = becoming(plea, kind, figure)
    if becomes is None:
        return None
    decision = with_it(plea, kind, becomes)
    if not isinstance(decision, Granted):
        return None
    now = plea.scene.minute
    lost = _ahead(plea.held, now) - (_ahead(becomes, now) if becomes.holds else 0)
    return Concession(kind, figure, becomes, decision, lost)


def with_it(plea: Plea, kind: Gives, becomes: Reservation) -> Decision:
    """What would become of the request if the reservation were `becomes` (see `giving.becoming`)."""
    calendar, snapshot, exchange = plea.scene.calendar, plea.scene.snapshot, plea.exchange
    if kind is not Gives.SWAP or exchange is None:
        with as_if(calendar, plea.held, becomes):
            return _decided(plea, snapshot)
    with calendar.without(exchange), as_if(calendar, plea.held, becomes):
        return _decided(plea, snapshot.without(exchange))


@contextmanager
def as_if(calendar: Calendar, before: Reservation, after: Reservation) -> Iterator[None]:
    """As if this live reservation were `after` already, inside the block."""
    with calendar.without(before):
        pool = calendar.pools.get(after.pool)
        if not after.holds or pool is None or before.id not in calendar.live:
            yield
            return
        was = calendar.live[before.id]
        pool.put(after)
        calendar.live[before.id] = after
        try:
            yield
        finally:
            calendar.live[before.id] = was
            pool.remove(after)


def _decided(plea: Plea, snapshot: Snapshot) -> Decision:
    # What the holder gives is for who asked: those who wait could not have expected it.
    return decide(plea.request, snapshot, plea.scene.calendar, plea.scene.policy, plea.scene.now, heed=False)


def _ahead(reservation: Reservation, now: int) -> int:
    """Its GPU-minutes from now on."""
    start, end = minute_of(reservation.window.start), minute_of(reservation.window.end)
    return reservation.count * max(0, end - max(start, now))


def _ideas(plea: Plea, asked: Window) -> Iterator[tuple[Gives, int]]:
    """What is worth a try, where the asker would get the window `asked`. All GPUs, but for `_fewest`."""
    held, now = plea.held.window, plea.scene.now
    worth = timedelta(minutes=WORTH_KEEPING)
    yield Gives.ALL, 0
    if asked.start - max(held.start, now) >= worth and asked.start < held.end:
        yield Gives.SHORTER, minute_of(asked.start)
    if held.end - asked.end >= worth and asked.end > held.start:
        yield Gives.LATER, minute_of(asked.end)
    elsewhere = _elsewhere(plea, asked)
    if elsewhere is not None:
        yield Gives.MOVED, minute_of(elsewhere.start)


def _fewest(plea: Plea) -> Concession | None:
    """The fewest GPUs given up that will do: found by halving, since more never fit worse."""
    least, most = 0, plea.held.count  # GPUs kept: `least` may do, `most` does not
    found = None
    while most - least > 1:
        kept = (least + most) // 2
        tried = conceded(plea, Gives.FEWER, kept)
        if tried is None:
            most = kept
        else:
            least, found = kept, tried
    return found


def _elsewhere(plea: Plea, asked: Window) -> Window | None:
    """Another window for all of the reservation, nearest to its own, apart from what was asked for."""
    held, scene = plea.held, plea.scene
    if held.state is not State.BOOKED or held.pool not in scene.calendar.pools:
        return None
    length = held.window.minutes
    first = max(scene.minute + 1, minute_of(held.not_before) if held.not_before else 0)
    last = minute_of(scene.now + timedelta(days=scene.policy.horizon_days))
    if held.promise is not None:
        last = minute_of(held.promise.by) - length
    need = need_of(as_request(held, held.window), scene.calendar.pools[held.pool], held.count)
    sides = ((max(first, minute_of(asked.end)), last), (first, min(last, minute_of(asked.start) - length)))
    with scene.calendar.without(held):
        found = [
            earliest(scene.calendar, need, begin, end, length, scene.minute, effort=EFFORT)
            for begin, end in sides
            if begin <= end
        ]
    windows = [placed.window for placed in found if placed is not None and placed.window != held.window]
    return min(windows, key=lambda window: abs(window.start - held.window.start), default=None)
