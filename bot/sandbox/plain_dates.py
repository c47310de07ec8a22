"""Slack's date tokens ({date_short_pretty}, {time} ...) in a reader's time zone, as Slack's client would show them."""

import re
from datetime import datetime, timedelta

_TOKEN = re.compile(r"\{(\w+)\}")


def localised(form: str, local: datetime, now: datetime) -> str | None:
    """The format with each token replaced for the instant `local`, in the reader's zone; None if a token is unknown.

    `now`, in the same zone, decides what is today. Times are shown on the 24-hour clock, a setting that Slack has too.
    """
    unknown = False

    def shown(found: re.Match[str]) -> str:
        nonlocal unknown
        text = _token(found[1], local, now)
        if text is None:
            unknown = True
            return ""
        # Slack begins a text with "Today", and says "today" further on.
        return text[:1].upper() + text[1:] if found.start() == 0 else text

    text = _TOKEN.sub(shown, form)
    return None if unknown else text


_NEAR = {-1: "yesterday", 0: "today", 1: "tomorrow"}


def _token(name: str, local: datetime, now: datetime) -> str | None:
    base = name.removesuffix("_pretty")
    if base != name:
        near = _NEAR.get((local.date() - now.date()) // timedelta(days=1))
        if near is not None:
            return near
    match base:
        case "date":
            return f"{local:%B} {_ordinal(local.day)}, {local.year}"
        case "date_short":
            return f"{local:%b} {local.day}, {local.year}"
        case "date_long" | "day_divider":
            return f"{local:%A}, {local:%B} {_ordinal(local.day)}, {local.year}"
        case "date_num":
            return f"{local:%Y-%m-%d}"
        case "date_slash":
            return f"{local:%d/%m/%Y}"
        case "time":
            return f"{local:%H:%M}"
        case "time_secs":
            return f"{local:%H:%M:%S}"
        case _:
            return None


def _ordinal(day: int) -> str:
    ending = "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"
