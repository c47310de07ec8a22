"""The timeline in words: what a screen reader says of the picture, at most 1,000 characters, the nearest first."""

from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from bot.booking.lifecycle import State
from bot.booking.model import Reservation
from bot.booking.timeline import PoolLanes, Timeline
from handlers.views import life, words
from handlers.views.kit import listed, one_line
from handlers.views.timeline import day_said, instant_said, name_of

ALT = 1000  # Slack's limit on a file's alt text (files.getUploadURLExternal)


def alt_text(timeline: Timeline) -> str:
    """Plain text; times are in the lab's zone. What does not fit is counted."""
    zone = ZoneInfo(timeline.zone)
    window = timeline.window
    head = f"Timeline of GPUs, {instant_said(window.start, zone)} to {instant_said(window.end, zone)}, {timeline.zone}."
    return _as_many((head, *_facts(timeline, zone)))


def _facts(timeline: Timeline, zone: tzinfo) -> Iterator[str]:
    for pool in timeline.pools:
        yield _pool(pool, timeline.now, zone)
    for seen in life.in_plain(timeline.lives, timeline.now, lambda at: _at(at, timeline.now, zone)):
        yield f"{seen}."
    for deadline in timeline.deadlines:
        if deadline.at < timeline.window.end:
            yield f"Deadline {one_line(deadline.label)} {_at(deadline.at, timeline.now, zone)}."
    stays = {stay.id: stay for pool in timeline.pools for stay in pool.stays}
    for stay in sorted(stays.values(), key=lambda stay: (stay.window.start, stay.id)):
        yield _stay(stay, timeline, zone)
    if not stays:
        yield "Nothing is booked."


def _pool(pool: PoolLanes, now: datetime, zone: tzinfo) -> str:
    (start, first), *later = pool.free.steps
    shown = one_line(pool.free.pool.upper() if words.is_model(pool.free.pool) else pool.free.pool)
    when = "now" if start <= now else f"from {_at(start, now, zone)}"
    then = "".join(f", {count or 'none'} from {_at(at, now, zone)}" for at, count in later[:3])
    return f"{shown}: {first or 'none'} of {len(pool.gpus)} free {when}{then}."


def _stay(stay: Reservation, timeline: Timeline, zone: tzinfo) -> str:
    who = name_of(stay.member, timeline.names)
    hosts = listed(dict.fromkeys(one_line(gpu.rpartition(":")[0]) for gpu in stay.gpus), most=3)
    asks = ", waits for an answer" if stay.state in (State.PENDING, State.OFFERED) else ""
    start = "" if stay.window.start <= timeline.now else f"{_at(stay.window.start, timeline.now, zone)} "
    until = _at(stay.window.end, timeline.now, zone)
    return f"{who} {stay.label}: {words.number(stay.count)} on {hosts}, {start}until {until}{asks}."


def _at(at: datetime, now: datetime, zone: tzinfo) -> str:
    """Without its day where that is today."""
    local = at.astimezone(zone)
    if local.date() == now.astimezone(zone).date():
        return f"{local:%H:%M}"
    return f"{day_said(local.date())} {local:%H:%M}"


def _as_many(facts: Iterable[str]) -> str:
    told, waiting = "", list(facts)
    while waiting:
        rest = f" And {len(waiting) - 1} more." if len(waiting) > 1 else ""
        longer = f"{told} {waiting[0]}".strip()
        if len(longer) + len(rest) > ALT:
            return f"{told} And {len(waiting)} more."
        told, waiting = longer, waiting[1:]
    return told
