"""Lengths as they are written in the lab file."""

import re
from datetime import timedelta

from bot.booking.zones import shown

_LENGTH = re.compile(r"(?:[0-9]{1,6}(?:\.[0-9]{1,3})?[mhdw])+")
_PART = re.compile(r"([0-9.]+)([mhdw])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LONGEST = timedelta(days=366)


def length_of(written: object) -> timedelta:
    """ "30m", "24h", "7d", "2w" or parts in a row such as "1h30m"; up to 366 days. Raises ValueError with the fix."""
    text = written.replace(" ", "") if isinstance(written, str) else ""
    if not _LENGTH.fullmatch(text):
        raise ValueError(f'{shown(written)} is not a length; write a number and a unit such as "30m", "12h" or "7d"')
    length = sum((float(number) * _UNITS[unit] for number, unit in _PART.findall(text)), timedelta())
    if length > _LONGEST:
        raise ValueError(f"{shown(written)} is over a year; write at most 366d")
    return length
