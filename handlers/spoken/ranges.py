"""What the two ends of a range tell about each other: "9-17 tomorrow", "2-4pm", "9:00-17:00 utc"."""

from dataclasses import replace

from handlers.spoken.hours import clock_said
from handlers.spoken.phrases import Clock, Local, Phrase

_HALF = 12 * 60


def settle(start: Phrase | None, end: Phrase) -> tuple[Phrase | None, Phrase, tuple[str, ...]]:
    """Both ends, each with what was said once for the two of them, and what was assumed.

    A day after the second time is that of the first; a zone holds for both; an hour without am or pm is on the
    12-hour clock where the other one is, and on the 24-hour clock where the other one is.
    """
    if not (isinstance(start, Local) and isinstance(end, Local)):
        return start, end, ()
    if start.day is None and end.day_last:
        start = replace(start, day=end.day, part=end.part)
        end = replace(end, day=None, part=None, day_last=False)
    start = replace(start, zone=start.zone or end.zone)
    end = replace(end, zone=end.zone or start.zone)
    if start.clock is None or end.clock is None:
        return start, end, ()
    first, second = start.clock, end.clock
    notes: tuple[str, ...] = ()
    if first.style == "bare" and second.style == "12h":
        minutes = min(_halves(first), key=lambda minutes: (second.minutes - minutes - 1) % (2 * _HALF))
        first, notes = _read(first, minutes)
    elif first.style == "12h" and second.style == "bare" and end.day is None:
        minutes = min(_halves(second), key=lambda minutes: (minutes - first.minutes - 1) % (2 * _HALF))
        second, notes = _read(second, minutes)
    elif any(clock.style == "24h" or clock.minutes > _HALF for clock in (first, second) if clock.style != "word"):
        first, second = (replace(clock, style="24h") if clock.style == "bare" else clock for clock in (first, second))
    return replace(start, clock=first), replace(end, clock=second), notes


def _halves(clock: Clock) -> tuple[int, ...]:
    """The minutes that an hour alone may mean: before noon and after, where the 12-hour clock has it."""
    if not _HALF // 12 <= clock.minutes <= _HALF:
        return (clock.minutes,)
    return clock.minutes % _HALF, clock.minutes % _HALF + _HALF


def _read(clock: Clock, minutes: int) -> tuple[Clock, tuple[str, ...]]:
    """The hour, read as these minutes; said where it could well have been meant otherwise."""
    plain = minutes == clock.minutes and minutes > 8 * 60
    notes = () if plain else (f"{clock.typed} is read as {clock_said(minutes)}.",)
    return replace(clock, minutes=minutes, style="24h"), notes
