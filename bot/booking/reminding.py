"""Reminders: which a reservation gives rise to and when, which can wait for the morning, which are pointless."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.booking.lifecycle import State
from bot.booking.model import Reservation
from bot.booking.notices import Notice, NoticeKind
from bot.booking.settings import MemberSettings, Reminder

BEFORE_END = timedelta(minutes=15)
EARLY = timedelta(hours=1)
FAR_AHEAD = timedelta(days=7)  # what was booked so long ago may have been forgotten
MORNING_AT = time(8)
EVENING_AT = time(18)  # of the day before, where the morning would be too late
JUST_MADE = timedelta(hours=2)  # who booked so lately is awake
GATHER = timedelta(minutes=5)

_ALWAYS_AT_ONCE = frozenset({"revoked", "displaced", "re-placed", "outage", "no_show"})
_GATHERED = frozenset(
    {
        NoticeKind.START,
        NoticeKind.REMINDER,
        NoticeKind.NO_SHOW,
        NoticeKind.NEEDED,
        NoticeKind.BOOKED_FOR,
        NoticeKind.DECISION,
        NoticeKind.MOVED,
        NoticeKind.DEADLINE,
    }
)
_CAN_WAIT = frozenset({NoticeKind.START, NoticeKind.REMINDER, NoticeKind.NEEDED, NoticeKind.BOOKED_FOR})


@dataclass(frozen=True, slots=True)
class Word:
    """A notice as it would be told now, of the reservation as it is now (None: it is about none).

    `pointless`: why it is not worth telling any more, "" where it is. `waits_until`: the end of its reader's quiet
    hours, None where it can be told now. `waited_until`: the end of those around when it was due, None if there were
    none: it is not late before.
    """

    notice: Notice
    reservation: Reservation | None
    pointless: str = ""
    waits_until: datetime | None = None
    waited_until: datetime | None = None


def reminders(
    one: Reservation, settings: MemberSettings, zone: str, *, is_next: bool, now: datetime, until: datetime
) -> Iterator[Notice]:
    """Those of a reservation that are due by `until` and not over at `now`, but for its start.

    `zone`: its holder's, an IANA name ("": unknown, UTC is taken); `is_next`: somebody else has its GPUs after it.
    """
    start, end = one.window.start, one.window.end
    wanted = settings.reminders
    if one.state is State.BOOKED and start > now:
        if Reminder.MORE in wanted and start - EARLY <= until and one.created_at <= start - EARLY:
            yield _reminder(one, start, start - EARLY, "starting")
        if Reminder.NEEDED in wanted and start - one.created_at >= FAR_AHEAD:
            due = morning_of(start, zone)
            if due <= until:
                yield Notice(NoticeKind.NEEDED, one.member, one.id, start, due, {"act": "today"})
    elif one.state is State.ACTIVE and end > now:
        if Reminder.MORE in wanted and end - EARLY <= until and one.window.length > EARLY:
            yield _reminder(one, end, end - EARLY, "ending")
        if Reminder.END in wanted and is_next and end - BEFORE_END <= until:
            yield _reminder(one, end, end - BEFORE_END, "next")


def morning_of(start: datetime, zone: str) -> datetime:
    """08:00 of the day of `start` in the zone, or 18:00 of the day before where that leaves less than an hour."""
    try:
        there = ZoneInfo(zone or "UTC")
    except (KeyError, ValueError, OSError):
        there = ZoneInfo("UTC")
    day = start.astimezone(there).date()
    morning = datetime.combine(day, MORNING_AT, there).astimezone(start.tzinfo)
    if morning + EARLY <= start:
        return morning
    return datetime.combine(day - timedelta(days=1), EVENING_AT, there).astimezone(start.tzinfo)


def is_person(recipient: str) -> bool:
    """Whether it is a member's id, and not a channel's."""
    return recipient.startswith(("U", "W"))


def is_gathered(notice: Notice) -> bool:
    """Whether it may go in one message with others; offers, questions and what is revoked go by themselves at once."""
    return notice.kind in _GATHERED and notice.facts.get("act") not in _ALWAYS_AT_ONCE


def can_wait(notice: Notice, one: Reservation, now: datetime, until: datetime) -> bool:
    """Whether it can wait for the end of quiet hours, which is `until`."""
    if notice.facts.get("act") == "next" or (notice.kind is NoticeKind.BOOKED_FOR and one.window.start < until):
        return False
    if notice.kind is NoticeKind.START and now - one.created_at < JUST_MADE:
        return False
    return notice.kind in _CAN_WAIT


def is_wanted(notice: Notice, settings: MemberSettings) -> bool:
    """Whether its reader has not switched it off."""
    match notice.kind, notice.facts.get("act"):
        case NoticeKind.START, _:
            return Reminder.START in settings.reminders
        case NoticeKind.NEEDED, _:
            return Reminder.NEEDED in settings.reminders
        case NoticeKind.PULSE, _:
            return Reminder.PULSE in settings.reminders
        case NoticeKind.REMINDER, "next":
            return Reminder.END in settings.reminders
        case NoticeKind.REMINDER, _:
            return Reminder.MORE in settings.reminders
        case _:
            return True


def is_pointless(notice: Notice, one: Reservation, now: datetime) -> bool:
    """Whether the reservation, as it is now, has made it so: it ended, was moved, was answered already."""
    act, about = notice.facts.get("act"), notice.about
    match notice.kind:
        case NoticeKind.START:
            return one.state is not State.ACTIVE or one.window.end <= now
        case NoticeKind.REMINDER if act == "starting":
            return one.state is not State.BOOKED or one.window.start != about or about <= now
        case NoticeKind.REMINDER:
            return one.state is not State.ACTIVE or one.window.end != about or about <= now
        case NoticeKind.NEEDED if act == "today":
            return one.state is not State.BOOKED or one.window.start != about or about <= now
        case NoticeKind.NO_SHOW if act == "unseen":
            return one.state is not State.ACTIVE or one.window.start != about
        case NoticeKind.OFFER if act == "offered":
            return one.state is not State.OFFERED
        case NoticeKind.OFFER if act == "sooner":
            return one.state is not State.BOOKED or str(one.version) != notice.facts.get("version")
        case _:
            return False


def _reminder(one: Reservation, about: datetime, due: datetime, act: str) -> Notice:
    return Notice(NoticeKind.REMINDER, one.member, one.id, about, due, {"act": act})
