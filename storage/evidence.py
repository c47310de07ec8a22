"""What a report rests on, read from the ledger: see bot/report/record.py for what each value says."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, func, or_, select

from bot.booking.lifecycle import State
from bot.booking.model import Window, minute_of, window_of
from bot.booking.pressure import gpu_hours_of
from bot.report.demand import SOON
from bot.report.record import Due, Out, Refusal, Run, Stay, Wait
from bot.report.waits import CRUNCH
from storage.refusals import deadline_of, wanted_of
from storage.requests import request_from_json
from storage.tables import ALLOCATION, DEADLINE, GPU, OUTAGE, RESERVATION, WAITING
from storage.transaction import Transaction
from storage.waitlist import TAKEN
from storage.wishes import REFUSAL

LOOK_BACK = timedelta(days=70)  # longer than anything can be booked ahead: a start's refusal is not older


class Evidence(Transaction):
    """The part of a Book that a report is read from."""

    def stays(self, window: Window) -> tuple[Stay, ...]:
        """GPU-time that members had and that touches the window, as `spent` counts it."""
        starts, ends = ALLOCATION.c.starts, ALLOCATION.c.ends
        columns = (ALLOCATION.c.reservation_id, RESERVATION.c.member, RESERVATION.c.pool, starts, ends)
        rows = self._connection.execute(
            select(*columns, func.count())
            .select_from(ALLOCATION.join(RESERVATION))
            # Of each GPU, as the index has them.
            .where(ALLOCATION.c.gpu_id.in_(select(GPU.c.id)), ends > minute_of(window.start))
            .where(ALLOCATION.c.counted, starts < minute_of(window.end))
            .where(RESERVATION.c.state.not_in([State.PENDING.value, State.OFFERED.value]))
            .group_by(*columns)
            .order_by(*columns)
        )
        return tuple(Stay(id_, who, pool, gpus, window_of(first, last)) for id_, who, pool, first, last, gpus in rows)

    def runs(self, window: Window) -> tuple[Run, ...]:
        """Reservations that were made in the window (or up to an hour after it), began in it, or have a deadline in
        it.
        """
        first, last = minute_of(window.start), minute_of(window.end)
        had = exists().where(ALLOCATION.c.reservation_id == RESERVATION.c.id, ALLOCATION.c.counted)
        made, by = RESERVATION.c.created_at, RESERVATION.c.promise_at
        query = select(RESERVATION, had.label("had")).where(
            or_(
                and_(made >= window.start - SOON, made < window.end + SOON),
                # In every state: said so that the index of both serves.
                and_(
                    RESERVATION.c.state.in_([state.value for state in State]),
                    RESERVATION.c.starts >= first,
                    RESERVATION.c.starts < last,
                ),
                and_(by >= window.start, by < window.end),
            )
        )
        return tuple(map(_run, self._connection.execute(query.order_by(RESERVATION.c.id))))

    def refusals(self, window: Window) -> tuple[Refusal, ...]:
        """Those of the window and of what came before that may have led to it, oldest first."""
        first, last = window.start - LOOK_BACK, window.end + SOON
        rows = select(REFUSAL).where(REFUSAL.c.at >= first, REFUSAL.c.at < last).order_by(REFUSAL.c.at, REFUSAL.c.id)
        return tuple(
            Refusal(row.at, row.member, row.pool, row.gpu_minutes, row.wanted, row.deadline)
            for row in self._connection.execute(rows)
        )

    def refusals_since(self) -> datetime | None:
        """When the first that is kept was refused; None where none is."""
        since: datetime | None = self._connection.scalar(select(REFUSAL.c.at).order_by(REFUSAL.c.at).limit(1))
        return since

    def waits(self, window: Window) -> tuple[Wait, ...]:
        """Requests that waited, from as early as `refusals` on, in the order in which they came."""
        created = WAITING.c.created_at
        rows = select(WAITING).where(created >= window.start - LOOK_BACK, created < window.end + SOON)
        return tuple(_wait(row) for row in self._connection.execute(rows.order_by(created, WAITING.c.id)))

    def out_of_service(self, window: Window) -> tuple[Out, ...]:
        """GPUs that were out of service in the window, each outage to when it was ended."""
        rows = self._connection.execute(
            select(GPU.c.name, GPU.c.pool, OUTAGE.c.starts, OUTAGE.c.ends, OUTAGE.c.ended_at)
            .select_from(OUTAGE.join(GPU))
            .where(OUTAGE.c.ends > minute_of(window.start), OUTAGE.c.starts < minute_of(window.end), ~GPU.c.retired)
            .order_by(OUTAGE.c.id)
        )
        return tuple(_out(rows))

    def dues(self, window: Window) -> tuple[Due, ...]:
        """The lab's deadlines in the window and in the two weeks after it, papers' alone, by instant."""
        at, last = DEADLINE.c.at, window.end + CRUNCH
        stood = or_(DEADLINE.c.dropped_at.is_(None), DEADLINE.c.dropped_at >= at)
        mine = and_(DEADLINE.c.member == "", DEADLINE.c.kind.in_(["", "paper"]), at >= window.start, at < last, stood)
        rows = self._connection.execute(
            select(DEADLINE.c.name, at).distinct().where(mine).order_by(at, DEADLINE.c.name)
        )
        return tuple(Due(*row) for row in rows)

    def pools_of_gpus(self) -> dict[str, str]:
        """The pool of every GPU that there ever was, by its name."""
        return {row.name: row.pool for row in self._connection.execute(select(GPU.c.name, GPU.c.pool))}


def _run(row: Any) -> Run:
    window = window_of(row.starts, row.ends)
    return Run(
        row.id,
        row.group_id or row.id,
        row.member,
        State(row.state),
        row.pool,
        window,
        row.created_at,
        row.not_before or window.start,
        row.had,
        row.promise_at,
        row.promise_name,
    )


def _wait(row: Any) -> Wait:
    request = request_from_json(row.request["request"])
    size, got = round(gpu_hours_of(request) * 60), row.reservation_id if row.end == TAKEN else None
    since, by = wanted_of(request), deadline_of(request)
    return Wait(row.id, row.member, request.pool, size, row.created_at, row.end, row.ended_at, since, got, by)


def _out(rows: Any) -> Iterator[Out]:
    for name, pool, starts, ends, ended_at in rows:
        last = ends if ended_at is None else min(ends, minute_of(ended_at))
        if starts < last:
            yield Out(name, pool, window_of(starts, last))
