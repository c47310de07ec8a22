"""Which time of day is meant: a day without one, a part of a day, an hour without am or pm."""

from bot.errors import InputError
from handlers.spoken.phrases import DAY_BEGINS, MIDNIGHT, Clock, Local, Part, Weekend
from handlers.spoken.words import quoted


def hours_of(phrase: Local) -> tuple[int, tuple[str, ...]]:
    """Minutes after the midnight of its day (1440 and more: on the next one), and what was assumed.

    Raises InputError for a time that is not in the part of the day said with it.
    """
    clock, part = phrase.clock, phrase.part
    if part is not None:
        said = f"The {part.name} is {clock_said(part.start)}-{clock_said(part.end)}."
        if clock is None:
            return part.start, (said,)
        return _within(clock, part, said)
    if clock is None:
        midnight = isinstance(phrase.day, Weekend)
        return (0, ()) if midnight else (DAY_BEGINS, (f"A day without a time begins at {clock_said(DAY_BEGINS)}.",))
    if clock.typed.lower() == "midnight" and phrase.day is not None:
        return MIDNIGHT, ("Midnight is the one that ends the day.",)
    if clock.minutes == MIDNIGHT and phrase.day is None:
        return 0, ()
    if clock.typed.lower() == "eod":
        return clock.minutes, (f"The end of the day (eod) is {clock_said(clock.minutes)}.",)
    hour = clock.minutes // 60
    if clock.style == "bare" and 1 <= hour <= 8:
        return clock.minutes, (
            f"{clock.typed} is read as {clock_said(clock.minutes)}; say {hour}pm or {hour + 12}:00.",
        )
    return clock.minutes, ()


def _within(clock: Clock, part: Part, said: str) -> tuple[int, tuple[str, ...]]:
    """The time that lies in the part of the day: "tonight at 9" is 21:00, "tonight 2am" that of the next day."""
    shifts = (0, 12 * 60, MIDNIGHT) if clock.style == "bare" else (0, MIDNIGHT)
    for shift in shifts:
        minutes = clock.minutes + shift
        if part.start <= minutes < part.end:
            return minutes, (f"{clock.typed} is read as {clock_said(minutes)}.",) if clock.style == "bare" else ()
    raise InputError(f"{quoted(clock.typed)} is not in it: {said}", example="tomorrow 9am for 8h")


def clock_said(minutes: int) -> str:
    """ "09:00", from minutes after a midnight."""
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"
