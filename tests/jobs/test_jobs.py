"""The clockwork: ticks that survive what they run, and say when they do not come through."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import structlog

from bot import jobs
from bot.errors import Busy
from make import monday


def failing(error: Exception) -> Callable[[datetime], None]:
    def job(now: datetime) -> None:
        raise error

    return job


@pytest.mark.parametrize(
    ("error", "event", "level"),
    [
        (ZeroDivisionError("a bug"), "a job failed; the next tick tries again", "error"),
        (Busy("no turn"), "the ledger was busy; the next tick tries again", "warning"),
    ],
)
def test_a_tick_survives_what_it_runs_and_logs_it(error: Exception, event: str, level: str) -> None:
    ticks = jobs.Ticks()
    with structlog.testing.capture_logs() as logged:
        jobs.tick("turnover", failing(error), lambda: monday(8), ticks)
    assert [(entry["event"], entry["log_level"], entry["job"]) for entry in logged] == [(event, level, "turnover")]
    assert "turnover" not in ticks.last


def test_a_job_is_handed_the_instant_of_its_tick() -> None:
    ticks, seen = jobs.Ticks(), []
    jobs.tick("deliver", seen.append, lambda: monday(8), ticks)
    assert seen == [monday(8)]
    assert ticks.last == {"deliver": monday(8)}


@pytest.mark.parametrize(
    ("name", "after", "stale"),
    [
        ("deliver", timedelta(seconds=60), False),
        ("deliver", timedelta(seconds=61), True),
        ("turnover", timedelta(minutes=5), False),
        ("turnover", timedelta(minutes=5, seconds=1), True),
    ],
)
def test_a_job_that_does_not_come_through_is_stale_after_twenty_ticks_and_a_minute(
    name: str, after: timedelta, stale: bool
) -> None:
    ticks = jobs.Ticks()
    ticks.last = {"turnover": monday(8) + after, "deliver": monday(8) + after, name: monday(8)}
    assert ticks.stale(monday(8) + after) == (name if stale else None)


def test_before_the_start_nothing_is_stale() -> None:
    assert jobs.Ticks().stale(monday(8)) is None


def test_every_job_of_the_timetable_ticks_on_in_spite_of_failures_until_it_is_shut_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "TIMETABLE", dict.fromkeys(jobs.TIMETABLE, timedelta(milliseconds=20)))
    runs = dict.fromkeys(jobs.TIMETABLE, 0)
    done = threading.Event()

    def counting(name: str) -> Callable[[datetime], None]:
        def job(now: datetime) -> None:
            runs[name] += 1
            if min(runs.values()) >= 3:
                done.set()
            raise ZeroDivisionError("at every tick")

        return job

    ticks = jobs.Ticks()
    with structlog.testing.capture_logs():
        clockwork = jobs.start({name: counting(name) for name in jobs.TIMETABLE}, lambda: monday(8), ticks)
        assert done.wait(5)
        clockwork.shutdown()
    after = dict(runs)
    time.sleep(0.1)
    assert runs == after
    assert ticks.last == dict.fromkeys(jobs.TIMETABLE, monday(8))


def test_a_run_that_takes_long_is_not_overtaken_by_the_next_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "TIMETABLE", {"deliver": timedelta(milliseconds=20)})
    running, most = [0], [0]

    def slow(now: datetime) -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        time.sleep(0.1)
        running[0] -= 1

    clockwork = jobs.start({"deliver": slow}, lambda: monday(8), jobs.Ticks())
    time.sleep(0.3)
    clockwork.shutdown()
    assert most == [1]
    assert running == [0]


def test_what_comes_seldom_comes_at_the_start_as_well_and_only_where_it_is_wired(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "TIMETABLE", {"feed": timedelta(hours=6), "deliver": timedelta(hours=6)})
    ran: list[datetime] = []
    ticks = jobs.Ticks()
    clockwork = jobs.start({"feed": ran.append}, lambda: monday(8), ticks)
    time.sleep(0.3)
    clockwork.shutdown()
    assert ran == [monday(8)]
    assert set(ticks.last) == {"feed"}
