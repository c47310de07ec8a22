"""Readings as they are kept, on both databases: minutes, hourly sums per reservation, and who each GPU is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.booking.lifecycle import State
from bot.booking.observed import Device, Fault, Process
from gpus import reading
from make import monday, reservation
from storage.readings import Readings, Usage
from storage.seen import PROCESSES, READING

MINUTE = timedelta(minutes=1)
PROCESS = Process(11, "alice", "python", 12_000, container="3f1b7c000000")


@pytest.fixture
def readings(ledger):
    return Readings(ledger)


def minutes(readings, start, *utilisations, gpu="atlas:0"):
    """One reading a minute from `start` on; None: it could not be read."""
    for n, percent in enumerate(utilisations):
        at = start + n * MINUTE
        fault = Fault.HANGS if percent is None else None
        readings.write([reading(gpu, at=at, utilisation=percent, fault=fault)], [], at)


def test_what_is_written_is_read_again_without_what_is_not_kept(readings):
    whole = reading(
        "atlas:1", utilisation=97, memory_used_mb=70_000, temperature=71, power=398.6, processes=(PROCESS,), busy=90
    )
    unknown = reading("atlas:2", processes=None, utilisation=None, mig=True)
    lost = reading("titan:0", fault=Fault.LOST)
    device = Device("GPU-atlas-1", "atlas", 1, 1)
    assert readings.write([whole, unknown, lost], [device], monday(8) + timedelta(seconds=20)) == 3
    found = readings.since(monday(8))
    assert found == [
        replace(whole, power=399, memory_total_mb=None, at=monday(8), processes=(replace(PROCESS, memory_mb=None),)),
        replace(unknown, uuid="", memory_total_mb=None),
        replace(lost, uuid="", model="NVIDIA GeForce RTX 3090"),
    ]
    assert readings.since(monday(8) + MINUTE) == []


def test_a_gpu_has_one_reading_a_minute_and_of_two_bots_the_first_stays(readings):
    readings.write([reading(utilisation=10)], [], monday(8))
    readings.write([reading(utilisation=20), reading("atlas:1")], [], monday(8) + timedelta(seconds=59))
    assert [(one.index, one.utilisation) for one in readings.since(monday(8))] == [(0, 10), (1, 0)]


def test_a_gpu_that_the_ledger_does_not_know_is_left_out(readings):
    assert readings.write([reading("elsewhere:0"), reading()], [], monday(8)) == 1


def test_devices_are_known_by_uuid_and_a_place_has_one(readings):
    first, second = Device("GPU-a", "atlas", 0, 0), Device("GPU-b", "atlas", 1, 1)
    readings.write([], [first, second], monday(8))
    assert readings.devices() == {"GPU-a": first, "GPU-b": second}
    renumbered, fresh = replace(first, number=3), Device("GPU-c", "atlas", 1, 1)
    readings.write([], [renumbered, fresh], monday(9))
    assert readings.devices() == {"GPU-a": renumbered, "GPU-c": fresh}
    readings.write([], [Device("GPU-a", "atlas", 1, 0), Device("GPU-c", "atlas", 0, 1)], monday(9))
    assert {one.name: one.uuid for one in readings.devices().values()} == {"atlas:0": "GPU-c", "atlas:1": "GPU-a"}


def test_an_hour_is_summed_by_who_had_the_gpu(readings, ledger):
    with ledger.writing() as book:
        first = book.add(reservation(0, 9, 9.5, state=State.ENDED))
        second = book.add(reservation(0, 9.5, 17))
        book.add(reservation(0, 9, 17, ("atlas:1",), state=State.CANCELLED))
    minutes(readings, monday(9), *[80] * 20, *[2] * 10, *[None] * 5, *[90] * 25)
    minutes(readings, monday(9), 60, 0, gpu="atlas:1")
    assert readings.usage(monday(9), monday(10)) == [
        Usage(monday(9), "atlas:0", first.id, 20, 10, 0),
        Usage(monday(9), "atlas:0", second.id, 25, 0, 5),
        Usage(monday(9), "atlas:1", 0, 1, 1, 0),
    ]
    assert readings.usage(monday(10), monday(20)) == []


def test_after_two_days_only_the_sums_are_left_and_say_the_same(readings, ledger):
    with ledger.writing() as book:
        book.add(reservation(0, 9, 11, state=State.ENDED))
    minutes(readings, monday(9.5), *[50] * 60)
    before = readings.usage(monday(0), monday(24))
    assert readings.fold(monday(57.9)) == 0, "not before two days are over"
    assert readings.fold(monday(58)) == 30
    assert readings.usage(monday(0), monday(24)) == before
    assert len(readings.since(monday(0))) == 30
    assert readings.fold(monday(58.9)) == 0
    assert readings.fold(monday(24 * 9)) == 30
    assert readings.usage(monday(0), monday(24)) == before
    assert sum(one.used for one in before) == 60


def test_folding_twice_at_once_counts_nothing_twice(readings, ledger):
    minutes(readings, monday(9), *[50] * 3)
    other = Readings(ledger)
    assert (readings.fold(monday(90)), other.fold(monday(90))) == (3, 0)
    minutes(readings, monday(9.5), 50)  # a straggler of an hour that is summed already
    assert readings.fold(monday(90)) == 1
    assert [one.used for one in readings.usage(monday(0), monday(24))] == [3]


def test_a_booking_made_afterwards_counts_when_the_hour_is_summed(readings, ledger):
    minutes(readings, monday(9), *[50] * 3)
    with ledger.writing() as book:
        late = book.add(reservation(0, 9, 10, state=State.ENDED))
    readings.fold(monday(90))
    assert [one.reservation for one in readings.usage(monday(0), monday(24))] == [late.id]


def test_a_list_of_processes_is_kept_once_and_goes_with_the_last_minute_that_had_it(readings, engine):
    other = replace(PROCESS, pid=12)
    for n, process in enumerate([PROCESS, replace(PROCESS, memory_mb=1), PROCESS, other]):
        readings.write([reading(processes=(process,))], [], monday(9) + n * MINUTE)
    readings.write([reading(processes=(other,))], [], monday(10))
    assert listed(engine) == 2
    readings.fold(monday(58))
    assert listed(engine) == 1
    assert [one.pid for one in readings.since(monday(10))[0].processes] == [12]


def listed(engine):
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(PROCESSES))


def test_the_database_keeps_one_row_for_each_minute_that_was_looked_at(readings, engine):
    minutes(readings, monday(9), 1, 2, 3)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(READING)) == 3
