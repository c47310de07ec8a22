"""Deadlines as people see them: what is tracked, and what became of one that was added or dropped."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from bot.booking.lab import PLAIN_KINDS, Deadline
from bot.booking.pressure import Pressure
from bot.booking.zones import zone_of
from bot.desk import Replanned
from bot.errors import InputError
from handlers.views import words
from handlers.views.deadline_notices import what_follows
from handlers.views.kit import Headline, Reply, context, named, noted, paragraphs, section
from handlers.views.kit import listed as in_a_row
from handlers.views.pressure import pressure_lines

MOST = 40


def listed(deadlines: Sequence[Deadline], *, now: datetime) -> Reply:
    """Those ahead, of each name the date that is meant by it."""
    ahead = [one for one in deadlines if one.at > now]
    if not ahead:
        headline = Headline("No deadline is tracked.", '`/gpu deadlines add "thesis" 2027-02-01` adds one.')
        return Reply(headline.text, (section(headline.mrkdwn),))
    shown = [one for one in ahead if one.kind in PLAIN_KINDS] + [
        one for one in _next_of_others(ahead) if one.kind not in PLAIN_KINDS
    ]
    lines = [_line(one, now) for one in sorted(shown, key=lambda one: one.at)]
    more = len(ahead) - len(shown)
    small = context(
        f"{more} more dates: `/gpu deadlines NAME` shows all of one." if more else "",
        f"Say one in a line: `before {named(shown[0].label)}`. Times are shown in your time zone.",
    )
    headline = Headline(f"{words.number(len(ahead), 'deadline')} ahead")
    return Reply(headline.text, (*paragraphs([headline.mrkdwn, *lines[:MOST]]), *small))


def unknown(deadlines: Sequence[Deadline], name: str, now: datetime) -> InputError:
    """That there is no such deadline, with those that there are. Plain text: whoever shows an error escapes it."""
    known = in_a_row(sorted({one.name for one in deadlines if one.at > now}), most=10)
    return InputError(
        f'There is no deadline "{name[:60]}".',
        hint=f"Known deadlines: {known}." if known else "None is known.",
        example='deadlines add "thesis" 2027-02-01',
    )


def one(deadlines: Sequence[Deadline], pressure: Pressure | None, *, now: datetime, reader: str, zone: tzinfo) -> Reply:
    """All dates of a deadline (see `dates_of`), and how full the pools are until the one that `pressure` is of."""
    headline = Headline(named(deadlines[0].name), f"· {words.number(len(deadlines), 'date')}")
    dates = [_line(date, now) for date in deadlines]
    blocks = paragraphs([headline.mrkdwn, *dates] if len(dates) > 1 else dates)
    if pressure is not None:
        until = f"Until {named(pressure.deadline.label)}:" if len(dates) > 1 else "Until then:"
        blocks += paragraphs([until, *pressure_lines(pressure, reader=reader, zone=zone)])
    return Reply(headline.text, (*blocks, *context("Times are shown in your time zone.")))


def dates_of(deadlines: Sequence[Deadline], name: str, now: datetime) -> list[Deadline]:
    """Those that are meant by a name, or a name and kind.

    Raises InputError, listing the names that are known, for one that is not tracked.
    """
    wanted = name.lower()
    found = [one for one in deadlines if wanted in (one.name.lower(), one.label.lower())]
    if not found:
        raise unknown(deadlines, name, now)
    return found


def meant(dates: Sequence[Deadline], now: datetime) -> Deadline | None:
    """The one ahead that `before NAME` means: the paper's, else the next; None where all are past."""
    ahead = [date for date in dates if date.at > now]
    return min(ahead, key=lambda date: (date.kind not in PLAIN_KINDS, date.at), default=None)


def tracked(
    deadline: Deadline,
    was: Deadline | None,
    replanned: Sequence[Replanned],
    *,
    zone: tzinfo,
    notes: Sequence[str] = (),
) -> Reply:
    """It is tracked now, or has moved; and what followed for reservations."""
    whose = "Your deadline" if deadline.member else "The lab's deadline"
    told = named(deadline.label)
    if was is None or was.at == deadline.at:
        headline = Headline(f"{whose} {told} is tracked:", _dated(deadline))
    else:
        headline = Headline(f"{whose} {told} has moved:", f"{words.moment(was.at)} → {_dated(deadline)}")
    use = f"Say it in a line: `before {told}`."
    return _changed(headline, replanned, [use, *map(noted, notes)], zone)


def dropped(deadline: Deadline, replanned: Sequence[Replanned], *, zone: tzinfo) -> Reply:
    """It is tracked no more; and what followed for reservations."""
    headline = Headline(f"{named(deadline.label)} is dropped.", f"It was {_dated(deadline)}.")
    return _changed(headline, replanned, [], zone)


def _changed(headline: Headline, replanned: Sequence[Replanned], small: Sequence[str], zone: tzinfo) -> Reply:
    lines = [
        f"{one.after.label} of {words.mention(one.after.member)}: "
        + what_follows(one.act, one.before.window, one.after, zone)
        for one in replanned
    ]
    blocks = [*paragraphs([headline.mrkdwn, *lines]), *context(*small)]
    return Reply(headline.text, tuple(blocks), "done", tuple(one.after for one in replanned))


def _line(deadline: Deadline, now: datetime) -> str:
    whose = "yours" if deadline.member else ""
    told = [f"*{named(deadline.label)}*", _dated(deadline), _left(deadline, now), whose]
    return " · ".join(filter(None, told))


def _left(deadline: Deadline, now: datetime) -> str:
    if deadline.at <= now:
        return "past"
    days = (deadline.at - now).days
    return f"in {words.number(days, 'day')}" if days >= 2 else f"in {words.length(deadline.at - now)}"


def _dated(deadline: Deadline) -> str:
    """The instant as the reader's client shows it, and, where it was written in another way, how that was."""
    return f"{words.moment(deadline.at)}{_as_written(deadline)}"


def _as_written(deadline: Deadline) -> str:
    if deadline.zone.lower() != "aoe":
        return ""
    local = deadline.at.astimezone(zone_of(deadline.zone))
    return f" ({local:%a} {local.day} {local:%b %H:%M} AoE)"


def _next_of_others(ahead: Sequence[Deadline]) -> list[Deadline]:
    """Of each name that has no date that is meant by it alone, the next."""
    plain = {one.name for one in ahead if one.kind in PLAIN_KINDS}
    first: dict[str, Deadline] = {}
    for one in sorted(ahead, key=lambda one: one.at):
        if one.name not in plain:
            first.setdefault(one.name, one)
    return list(first.values())
