"""Time zones and dates as people write them, in lab files, feeds and lines: "AoE", "UTC+2", "Europe/Berlin"."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

_OFFSET = re.compile(r"(?:UTC|GMT)(?:([+-])([0-9]{1,2})(?::?([0-5]\d))?)?", re.IGNORECASE)
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?")
_YEARS = range(2000, 2200)


def iana_zone(written: object) -> str:
    """An IANA name such as "Europe/Berlin", returned as it is. Raises ValueError with the nearest name."""
    if isinstance(written, str):
        try:
            ZoneInfo(written)
        except (KeyError, ValueError, OSError):  # not there; not a name; a folder of names
            pass
        else:
            return written
    raise ValueError(f"{shown(written)} is not a time zone; {_nearest_zone(str(written))}")


def zone_of(written: str) -> tzinfo:
    """ "AoE" (UTC-12), "UTC", "UTC+2", "GMT-08", "UTC+05:30" or an IANA name.

    GMT+2 is east of Greenwich, as conferences write it (the name Etc/GMT+2, west of it, is IANA's). Raises ValueError.
    """
    name = written.strip()
    if name.lower() == "aoe":
        return timezone(timedelta(hours=-12), "AoE")
    if not (offset := _OFFSET.fullmatch(name)):
        return ZoneInfo(iana_zone(name))
    sign, hours, minutes = offset.groups(default="0")
    shift = timedelta(hours=int(hours), minutes=int(minutes))
    if shift > timedelta(hours=14):
        raise ValueError(f"{shown(written)} is no offset in use; write one from UTC-12 to UTC+14")
    return timezone(-shift if sign == "-" else shift)


def instant_of(written: object, zone: tzinfo, *, has_zone: bool) -> datetime:
    """A date with its time of day, read in `zone` -> UTC. `has_zone`: the file names that zone beside it.

    A time that a clock change repeats is the first of the two, the earlier and therefore the safe one for a deadline.
    Raises ValueError for a day without a time, a time that does not exist, a year out of 2000..2199.
    """
    local = _local(written)
    if local.year not in _YEARS:
        raise ValueError(f"{local.year} is no year for a deadline; write one from {_YEARS[0]} to {_YEARS[-1]}")
    if local.tzinfo is not None:
        if has_zone:
            raise ValueError(f"{shown(written)} has its own offset; leave timezone out, or the offset")
        return local.astimezone(UTC)
    instant = local.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != local:
        raise ValueError(f"{local:%H:%M} does not exist that day in {zone}, the clocks go forward; write a later time")
    return instant


def shown(value: object) -> str:
    """A value as it can stand in a message: TOML's spelling, one line, at most 60 characters."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    text = "".join(character if character.isprintable() else "?" for character in text[:61])
    return text if len(text) <= 60 else f"{text[:57]}..."


def _local(written: object) -> datetime:
    if isinstance(written, datetime):
        return written
    if isinstance(written, str) and _INSTANT.fullmatch(written.strip()):
        try:
            return datetime.fromisoformat(written.strip())
        except ValueError:
            raise ValueError(f"{shown(written)} is not a date; look at the month, the day and the time") from None
    example = written.isoformat() if isinstance(written, date) else "2027-05-15"
    raise ValueError(f'{shown(written)} is not a date and a time; write "{example} 23:59:59"')


def _nearest_zone(written: str) -> str:
    names = sorted(available_timezones())
    city = written.rpartition("/")[2].strip().replace(" ", "_").lower()
    same_city = [name for name in names if name.rpartition("/")[2].lower() == city]
    nearest = same_city or get_close_matches(written[:60], names, 1, 0.7)
    return f'did you mean "{nearest[0]}"?' if nearest else 'write an IANA name such as "Europe/Berlin"'
