"""The digest: when it is due, once per date of the lab's own calendar, and what it tells, as values."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from bot.booking.board import Board
from bot.booking.claims import Claim
from bot.booking.lab import Lab
from bot.booking.model import MINUTE, Reservation
from bot.booking.pressure import Pressure
from bot.booking.timeline import Timeline
from bot.booking.waitlist import Shadow

DigestPart = Literal["digest", "details", "picture", "admins"]
LATEST = timedelta(hours=6)  # after its hour a digest is of no use any more, nor once its date is over
AHEAD = timedelta(days=21)  # deadlines of which it tells
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Digest:
    """What the lab is told at `now`.

    `board`: what is free in the next 24 hours. `today`: what holds GPUs from now to the end of the lab's day, by start.
    `pressures`: of the lab's deadlines of the next 21 days, the nearest first. `waiting`: in their order.
    """

    now: datetime
    board: Board
    today: tuple[Reservation, ...]
    pressures: tuple[Pressure, ...]
    waiting: tuple[Shadow, ...]
    timeline: Timeline

    @property
    def has_details(self) -> bool:
        """Whether there is anything for its thread."""
        held = any(pool.stays for pool in self.timeline.pools)
        return held or bool(self.today or self.pressures or self.waiting)


@dataclass(frozen=True, slots=True)
class AdminDigest:
    """What admins are told at `now`: what waits for one of them, and the claims made in the last day."""

    now: datetime
    pending: tuple[Reservation, ...]
    claims: tuple[Claim, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not self.pending and not self.claims


def due(lab: Lab, now: datetime) -> date | None:
    """The date whose digest is due at `now`: from its hour on for six hours, while it is that date in the lab."""
    today = now.astimezone(ZoneInfo(lab.timezone)).date()
    hour = hour_of(lab, today)
    return today if hour is not None and hour <= now < hour + LATEST else None


def next_hour(lab: Lab, now: datetime) -> datetime | None:
    """The next hour of a digest after `now`; None where it has no days."""
    today = now.astimezone(ZoneInfo(lab.timezone)).date()
    hours = (hour_of(lab, today + ahead * DAY) for ahead in range(9))
    return next((hour for hour in hours if hour is not None and hour > now), None)


def hour_of(lab: Lab, day: date) -> datetime | None:
    """The instant (UTC) of a date's digest; None on a day without one.

    An hour that a clock change skips is the first that exists, one that it repeats is the first of the two.
    """
    if day.weekday() not in lab.digest.days:
        return None
    zone, wanted = ZoneInfo(lab.timezone), datetime.combine(day, lab.digest.at)
    hour, other = (wanted.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if other < hour:  # it is skipped: the change lies between the two
        hour = other
        while hour.astimezone(zone).replace(tzinfo=None) < wanted:
            hour += MINUTE
    return hour


def end_of_day(lab: Lab, now: datetime) -> datetime:
    """The midnight that ends the lab's day (UTC)."""
    zone = ZoneInfo(lab.timezone)
    tomorrow = now.astimezone(zone).date() + DAY
    return datetime.combine(tomorrow, time(), zone).astimezone(UTC)


def mark_of(day: date) -> datetime:
    """The instant that stands for a date in keys, whatever the lab's zone and hour are by then."""
    return datetime.combine(day, time(), UTC)
