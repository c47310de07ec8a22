"""What happens without anyone asking: when each job ticks, and the clockwork. The database is the schedule."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from bot.errors import Busy

log = structlog.get_logger()

TIMETABLE: Mapping[str, timedelta] = {
    "turnover": timedelta(seconds=15),
    "deliver": timedelta(seconds=2),
    "digest": timedelta(seconds=30),
    "month": timedelta(minutes=1),
    "home": timedelta(seconds=3),
    "admins": timedelta(minutes=1),  # only where a user group has them
    "feed": timedelta(hours=6),  # only where there is one
    "poll": timedelta(minutes=1),  # only where a node is watched
    "forget": timedelta(hours=6),
}
SELDOM = timedelta(hours=1)  # what comes seldomer than this comes at the start as well


class Clockwork(Protocol):
    """What `start` gives back."""

    def pause(self) -> None:
        """Begin nothing new."""

    def shutdown(self) -> None:
        """Stop ticking; what runs now is finished."""


class Ticks:
    """When each job last came through, for readiness."""

    def __init__(self) -> None:
        self.last: dict[str, datetime] = {}

    def stale(self, now: datetime) -> str | None:
        """A job that has not come through for twenty of its ticks (at least a minute), or None."""
        for name, every in TIMETABLE.items():
            last = self.last.get(name)
            if last is not None and now - last > max(20 * every, timedelta(minutes=1)):
                return name
        return None


def start(jobs: Mapping[str, Callable[[datetime], object]], clock: Callable[[], datetime], ticks: Ticks) -> Clockwork:
    """Ticks every job of the timetable that there is, in memory.

    What is due is in the database, so that a restart loses nothing.
    """
    scheduler = BackgroundScheduler(timezone="UTC")
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)  # a tick that is skipped needs nobody's eye
    for name, every in TIMETABLE.items():
        if name not in jobs:
            continue
        ticks.last[name] = clock()
        if every > SELDOM:
            scheduler.add_job(tick, args=(name, jobs[name], clock, ticks), id=f"{name} at the start")
        scheduler.add_job(
            tick,
            "interval",
            args=(name, jobs[name], clock, ticks),
            seconds=every.total_seconds(),
            id=name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
    scheduler.start()
    return _Running(scheduler)


def tick(name: str, job: Callable[[datetime], object], clock: Callable[[], datetime], ticks: Ticks) -> None:
    """One run. A failure is logged, and the next tick tries again."""
    now = clock()
    try:
        job(now)
    except Busy as error:
        log.warning("the ledger was busy; the next tick tries again", job=name, error=str(error))
    except Exception:
        log.exception("a job failed; the next tick tries again", job=name)
    else:
        ticks.last[name] = now


class _Running:
    def __init__(self, scheduler: BackgroundScheduler) -> None:
        self._scheduler = scheduler

    def pause(self) -> None:
        self._scheduler.pause()

    def shutdown(self) -> None:
        self._scheduler.shutdown(wait=True)
