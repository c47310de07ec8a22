"""What follows `report` and `pulse`. Pure."""

import re
from zoneinfo import ZoneInfo

from bot.errors import InputError
from bot.report.months import Month, month_of, number_of
from handlers.context import Context
from handlers.examples import EXAMPLES
from handlers.overseeing import Pulse, Report
from handlers.spoken.words import quoted

_LABEL = re.compile(r"([0-9]{4})-([0-9]{1,2})")
_NAMED = re.compile(r"([a-z]+)(?:\s+([0-9]{4}))?")


def read_report(rest: str, context: Context) -> Report:
    """`report`: the last month that is over; `report october`, `report october 2026`, `report 2026-10`, `report this`.

    A name alone is the latest month of it that has begun. Months are those of the lab's zone.
    """
    said, present = " ".join(rest.lower().split()), month_of(context.now, ZoneInfo(context.lab.timezone))
    if said in {"", "last", "last month"}:
        return Report(present.before)
    if said in {"this", "this month", "now"}:
        return Report(present)
    try:
        if match := _LABEL.fullmatch(said):
            return Report(Month(int(match[1]), int(match[2])))
        if (match := _NAMED.fullmatch(said)) and (number := number_of(match[1])) is not None:
            year = int(match[2]) if match[2] else present.year - (number > present.number)
            return Report(Month(year, number))
    except ValueError:
        pass  # no month, as what is not understood
    raise InputError(
        f"{quoted(rest)} is no month that I know.",
        hint="Say one such as october, october 2026 or 2026-10; nothing for the last.",
        example=EXAMPLES["report"],
    )


def read_pulse(rest: str, _context: Context) -> Pulse:
    """`pulse`, `pulse ask`."""
    if rest.lower() not in {"", "ask"}:
        raise InputError(
            f"I did not understand {quoted(rest)}.", hint="Say ask, or nothing.", example=EXAMPLES["pulse"]
        )
    return Pulse(ask=bool(rest))
