"""Readings as they are kept: minute by minute for two days, then in hourly sums per GPU and reservation."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, Table, and_, case, delete, func, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.booking.model import instant_of, minute_of
from bot.booking.observed import Device, Fault, Process, Reading
from storage.ledger import Ledger
from storage.seen import DEVICE, PROCESSES, READING, USAGE
from storage.tables import ALLOCATION, GPU

KEPT = timedelta(hours=48)
USED_OVER = 5  # percent


class Usage(NamedTuple):
    """GPU-minutes of one GPU ("atlas:0") in the hour from `start` (UTC), by the reservation that had it (0: none)."""

    start: datetime
    gpu: str
    reservation: int
    used: int
    idle: int
    unknown: int


class Readings:
    """What was seen, kept beside the ledger: no reservation rests on it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._ids: Mapping[str, int] = {}

    def devices(self) -> dict[str, Device]:
        """Every GPU that was seen, by its UUID."""
        with self._ledger.observing() as connection:
            rows = connection.execute(select(DEVICE.c.uuid, DEVICE.c.node, DEVICE.c.place, DEVICE.c.number)).all()
        return {row.uuid: Device(*row) for row in rows}

    def write(self, readings: Iterable[Reading], devices: Iterable[Device], now: datetime) -> int:
        """Keep `readings` for the minute of `now`, and `devices` in place of what was known of them or their places.

        A GPU has one reading a minute: of two bots' the first stays. GPUs that the ledger does not know are left out.
        Returns how many the ledger knows. Raises Busy.
        """
        minute = minute_of(now)
        readings, devices = list(readings), list(devices)
        with self._ledger.exclusively() as connection:
            for device in devices:
                taken = and_(DEVICE.c.node == device.node, DEVICE.c.place == device.index)
                connection.execute(delete(DEVICE).where(or_(DEVICE.c.uuid == device.uuid, taken)))
            if devices:
                connection.execute(insert(DEVICE), [_device_row(device) for device in devices])
            ids = self._gpu_ids(connection, readings)
            lists = _lists(connection, readings)
            rows = [_row(reading, minute, ids[name], lists) for reading in readings if (name := _name(reading)) in ids]
            if rows:
                connection.execute(_new(connection, READING), rows)
        return len(rows)

    def first(self, now: datetime) -> datetime:
        """The beginning of the first hour of which anything is kept; `now` where nothing is."""
        with self._ledger.observing() as connection:
            hour = connection.scalar(select(func.min(USAGE.c.hour)))
            minute = connection.scalar(select(func.min(READING.c.minute)))
        hours = [one for one in (hour, None if minute is None else minute // 60) if one is not None]
        return instant_of(min(hours) * 60) if hours else now

    def since(self, at: datetime, until: datetime | None = None) -> list[Reading]:
        """The readings kept from `at` on and before `until` (None: all), oldest first.

        UUIDs are as they are known now, "" where they are not. Without what is not kept: memory in all and by process,
        ECC errors, why clocks are held down.
        """
        before = () if until is None else (READING.c.minute < minute_of(until),)
        with self._ledger.observing() as connection:
            rows = connection.execute(
                select(READING, GPU.c.name, GPU.c.model, PROCESSES.c.listed)
                .select_from(READING.join(GPU).outerjoin(PROCESSES, PROCESSES.c.id == READING.c.processes_id))
                .where(READING.c.minute >= minute_of(at), *before)
                .order_by(READING.c.minute, READING.c.gpu_id)
            ).all()
            uuids = {
                f"{row.node}:{row.place}": row.uuid
                for row in connection.execute(select(DEVICE.c.node, DEVICE.c.place, DEVICE.c.uuid))
            }
        return [_reading(row, uuids.get(row.name, "")) for row in rows]

    def fold(self, now: datetime) -> int:
        """Add up the whole hours that are older than two days, and forget their readings. Returns how many those were.

        Whose a minute was is asked of the ledger only then, so that what was booked afterwards counts.
        """
        until = minute_of(now - KEPT) // 60 * 60
        with self._ledger.exclusively() as connection:
            first = connection.scalar(select(func.min(READING.c.minute)).where(READING.c.minute < until))
            if first is None:
                return 0
            columns = ("hour", "gpu_id", "reservation_id", "used", "idle", "unknown")
            connection.execute(_new(connection, USAGE).from_select(columns, _sums(first, until)))
            gone = connection.execute(delete(READING).where(READING.c.minute < until)).rowcount
            seen = select(READING.c.processes_id).where(READING.c.processes_id.is_not(None))
            connection.execute(delete(PROCESSES).where(PROCESSES.c.id.not_in(seen)))
            return gone

    def usage(self, since: datetime, until: datetime) -> list[Usage]:
        """The sums of every hour that begins in `[since, until)`, by hour, GPU and reservation; today's included."""
        first, last = -(-minute_of(since) // 60), -(-minute_of(until) // 60)
        kept = select(USAGE).where(USAGE.c.hour >= first, USAGE.c.hour < last)
        with self._ledger.observing() as connection:
            names = {row.id: row.name for row in connection.execute(select(GPU.c.id, GPU.c.name))}
            rows = [*connection.execute(kept)]
            rows += connection.execute(_sums(first * 60, last * 60))
        found = (Usage(instant_of(row[0] * 60), names[row[1]], *map(int, row[2:])) for row in rows)
        return sorted(found, key=lambda usage: usage[:3])

    def _gpu_ids(self, connection: Connection, readings: list[Reading]) -> Mapping[str, int]:
        if any(_name(reading) not in self._ids for reading in readings):
            self._ids = {row.name: row.id for row in connection.execute(select(GPU.c.id, GPU.c.name))}
        return self._ids


def _sums(first: int, last: int) -> Select[Any]:
    """Minutes in `[first, last)` by hour, GPU and the reservation that had it."""
    hour, utilisation = READING.c.minute // 60, READING.c.utilisation
    # Picked out beforehand: each reading would otherwise be held against all that its GPU was ever reserved for.
    those = (
        select(ALLOCATION.c.gpu_id, ALLOCATION.c.reservation_id, ALLOCATION.c.starts, ALLOCATION.c.ends)
        # GPU by GPU: so it goes by the index, and not through all there ever was.
        .where(ALLOCATION.c.gpu_id.in_(select(GPU.c.id)), ALLOCATION.c.ends > first)
        .where(ALLOCATION.c.counted, ALLOCATION.c.starts < last)
        .cte("those")
        .prefix_with("MATERIALIZED")
    )
    reservation = func.coalesce(those.c.reservation_id, 0)
    had = and_(those.c.gpu_id == READING.c.gpu_id, those.c.starts <= READING.c.minute, those.c.ends > READING.c.minute)
    return (
        select(
            hour,
            READING.c.gpu_id,
            reservation,
            func.sum(case((utilisation > USED_OVER, 1), else_=0)),
            func.sum(case((utilisation <= USED_OVER, 1), else_=0)),
            func.sum(case((utilisation.is_(None), 1), else_=0)),
        )
        .select_from(READING.outerjoin(those, had))
        .where(READING.c.minute >= first, READING.c.minute < last)
        .group_by(hour, READING.c.gpu_id, reservation)
    )


def _name(reading: Reading) -> str:
    return f"{reading.node}:{reading.index}"


def _device_row(device: Device) -> dict[str, Any]:
    return {"uuid": device.uuid, "node": device.node, "place": device.index, "number": device.number}


def _lists(connection: Connection, readings: Iterable[Reading]) -> dict[str, int]:
    """The row ids of all lists of processes among `readings`, by their text; new ones get a row."""
    texts = sorted({_listed(one.processes) for one in readings if one.processes is not None})
    if not texts:
        return {}
    known = select(PROCESSES.c.listed, PROCESSES.c.id).where(PROCESSES.c.listed.in_(texts))
    found = {row.listed: row.id for row in connection.execute(known)}
    if len(found) < len(texts):
        connection.execute(_new(connection, PROCESSES), [{"listed": text} for text in texts if text not in found])
        found = {row.listed: row.id for row in connection.execute(known)}
    return found


def _listed(processes: Iterable[Process]) -> str:
    rows = [[one.pid, one.login, one.command, one.compute, one.container] for one in processes]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def _new(connection: Connection, table: Table) -> Any:
    """An insert that leaves what is there already as it is."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    return dialect.insert(table).on_conflict_do_nothing()


def _row(reading: Reading, minute: int, gpu_id: int, lists: Mapping[str, int]) -> dict[str, Any]:
    return {
        "minute": minute,
        "gpu_id": gpu_id,
        "utilisation": reading.utilisation,
        "busy": reading.busy,
        "memory_mb": reading.memory_used_mb,
        "temperature": reading.temperature,
        "power": None if reading.power is None else round(reading.power),
        "mig": reading.mig,
        "fault": reading.fault,
        "processes_id": None if reading.processes is None else lists[_listed(reading.processes)],
    }


def _reading(row: Any, uuid: str) -> Reading:
    node, _, index = row.name.rpartition(":")
    return Reading(
        node,
        uuid,
        int(index),
        instant_of(row.minute),
        model=row.model,
        utilisation=row.utilisation,
        memory_used_mb=row.memory_mb,
        temperature=row.temperature,
        power=row.power,
        mig=row.mig,
        processes=None if row.listed is None else tuple(_process(*one) for one in json.loads(row.listed)),
        fault=None if row.fault is None else Fault(row.fault),
        busy=row.busy,
    )


def _process(pid: int, login: str | None, command: str, compute: bool, container: str | None) -> Process:
    return Process(pid, login, command, None, compute, container)
