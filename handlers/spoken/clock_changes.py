"""Local time to UTC where clocks change: a time that is skipped, a time that comes twice."""

from datetime import UTC, datetime, timedelta, tzinfo

from handlers.spoken.words import day_said


def to_utc(local: datetime, zone: tzinfo) -> tuple[datetime, tuple[str, ...]]:
    """The UTC instant of a naive local time, and what was assumed.

    A time that a clock change skips becomes the first that exists; one that it repeats is the first of the two.
    Raises OverflowError outside of the years 1 to 9999.
    """
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    before, after = _offset(first), _offset(second)
    if before == after:
        return first.astimezone(UTC), ()
    if before > after:
        return first.astimezone(UTC), (f"{local:%H:%M} comes twice on {day_said(local)}; the first is meant.",)
    moved = _change(local - after, local - before, zone)
    shown = moved.astimezone(zone)
    return moved, (f"{local:%H:%M} does not exist on {day_said(local)}; {shown:%H:%M} is the first time that does.",)


def _offset(local: datetime) -> timedelta:
    return local.utcoffset() or timedelta()


def _change(low: datetime, high: datetime, zone: tzinfo) -> datetime:
    """The instant in (low, high], both naive UTC, at which the zone's offset changes: by bisection, to the minute."""
    start, end = low.replace(tzinfo=UTC), high.replace(tzinfo=UTC)
    later = _offset(end.astimezone(zone))
    minutes = (end - start) // timedelta(minutes=1)
    below, above = 0, minutes
    while above - below > 1:
        middle = (below + above) // 2
        if _offset((start + timedelta(minutes=middle)).astimezone(zone)) == later:
            above = middle
        else:
            below = middle
    return start + timedelta(minutes=above)
