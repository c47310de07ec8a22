"""How times, lengths, GPUs and people are written, so that every answer says them alike.

Instants go out as Slack's date tokens, which the reader's client shows in the reader's zone. Only where no token
can stand (a button) is an instant written out here, in a zone that the caller names.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import assert_never

from bot.booking.model import Before, Fixed, Promise, Request, Reservation, Window, Work
from handlers.views.kit import listed, named

_TOKEN = re.compile(r"<!date\^(\d+)\^([^|>]*)\|[^>]*>")
_MODEL = re.compile(r"[a-z]{1,3}\d+[a-z]*")


def moment(at: datetime) -> str:
    """An instant with its day, such as "Tomorrow 09:00" as the reader sees it."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{_dated(at.astimezone(UTC))} UTC>"


def clock(at: datetime) -> str:
    """An instant whose day is clear from what stands before it."""
    return f"<!date^{int(at.timestamp())}^{{time}}|{at.astimezone(UTC):%H:%M} UTC>"


def beside(at: datetime, other: datetime, zone: tzinfo) -> str:
    """`at`, without its day where `other` has told it in `zone`."""
    return clock(at) if at.astimezone(zone).date() == other.astimezone(zone).date() else moment(at)


def span(window: Window, zone: tzinfo) -> str:
    """ "Tue 09:00–17:00 (8 h)"."""
    return f"{moment(window.start)}–{beside(window.end, window.start, zone)} ({length(window.length)})"


def length(time: timedelta) -> str:
    """ "8 h", "1 d 6 h", "45 min"; minutes are the smallest unit, and 0 is "0 min"."""
    minutes = round(time.total_seconds() / 60)
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    return " ".join(f"{figure} {unit}" for figure, unit in parts if figure) or "0 min"


def hours(figure: float) -> str:
    """A length given in hours."""
    return length(timedelta(hours=figure))


def gpu_hours(figure: float) -> str:
    """ "372 GPU-h"."""
    return f"{figure:,.1f}".removesuffix(".0") + " GPU-h"


def spelled(at: datetime, now: datetime, zone: tzinfo) -> str:
    """An instant in `zone` without a token, for buttons: "now", "17:00" today, "Thu 17:00", "Thu 12 Nov 17:00"."""
    if at <= now:
        return "now"
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    days = (local.date() - today).days
    return f"{local:%H:%M}" if days == 0 else f"{local:%a %H:%M}" if days < 7 else _dated(local)


def is_model(pool: str) -> bool:
    """Whether a pool's name looks like a model's, such as a100 or l40s."""
    return _MODEL.fullmatch(pool) is not None


def pool_shown(pool: str) -> str:
    """A pool's name; in capitals where it is a model's (a100 -> A100)."""
    return named(pool.upper() if is_model(pool) else pool)


def number(count: int, thing: str = "GPU") -> str:
    """ "1 GPU", "2 GPUs"."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def gpus(count: int, pool: str | None) -> str:
    """ "2 × A100"; without a pool "2 GPUs"."""
    return number(count) if pool is None else f"{count:,} × {pool_shown(pool)}"


def counted(count: int, pool: str) -> str:
    """ "4 A100"; "4 × 3090", since two figures side by side are read as one."""
    shown = pool_shown(pool)
    return f"{count:,} × {shown}" if shown[:1].isdecimal() else f"{count:,} {shown}"


def nodes(names: Sequence[str]) -> str:
    """The hosts of "atlas:0", "atlas:1" ...: "atlas", "atlas and titan"."""
    return listed((named(node) for node in dict.fromkeys(name.rpartition(":")[0] for name in names)), most=4)


def indices(names: Iterable[str]) -> dict[str, list[str]]:
    """The numbers of GPUs by their host, both in order: {"atlas": ["0", "1"]}."""
    found: dict[str, list[str]] = {}
    for name in names:
        node, _, index = name.rpartition(":")
        found.setdefault(node, []).append(index)
    return {node: sorted(numbers, key=lambda index: (len(index), index)) for node, numbers in found.items()}


def numbered(names: Sequence[str]) -> str:
    """GPUs by their names, those of a host together: "atlas:0,1 and titan:2"."""
    return listed((named(f"{node}:{','.join(ids)}") for node, ids in indices(names).items()), most=6)


def held(reservation: Reservation) -> str:
    """ "2 × A100 on atlas"."""
    return f"{gpus(reservation.count, reservation.pool)} on {nodes(reservation.gpus)}"


def mention(member: str) -> str:
    """A person, by the id that Slack shows as their name; anything that is not an id is shown as it is."""
    return f"<@{member}>" if re.fullmatch(r"[UW][A-Z0-9]+", member) else named(member)


def by(member: str) -> str:
    """ " by @ada", or nothing where nobody did it (what time does has no member)."""
    return f" by {mention(member)}" if member else ""


def goal(promise: Promise) -> str:
    """ "neurips (by Fri 14 May 12:00)"; a deadline without a name is its instant."""
    return moment(promise.by) if promise.name is None else f"{named(promise.name)} (by {moment(promise.by)})"


def asked(request: Request, zone: tzinfo) -> str:
    """What was asked for, in one phrase."""
    what = listed((named(gpu) for gpu in request.gpus), most=6) or gpus(request.count, request.pool)
    if request.node and not request.gpus:
        what += f" on {named(request.node)}"
    if request.memory_gb:
        what += f" with {request.memory_gb} GB each"
    match request.when:
        case Fixed(window):
            return f"{what}, {span(window, zone)}"
        case Before(run, promise):
            return f"{what} for {length(run)} before {goal(promise)}"
        case Work(figure, promise):
            kind = "" if request.pool is None else f" on {pool_shown(request.pool)}"
            return f"{gpu_hours(figure)}{kind} before {goal(promise)}"
        case other:
            assert_never(other)


def unmarked(text: str, zone: tzinfo) -> str:
    """mrkdwn of ours as plain text, its instants in `zone`: for forms, whose errors and menus know no markup."""
    told = _TOKEN.sub(lambda token: _written(int(token[1]), token[2], zone), text)
    return told.replace("*", "").replace("`", "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _written(seconds: int, shape: str, zone: tzinfo) -> str:
    local = datetime.fromtimestamp(seconds, zone)
    return f"{local:%H:%M}" if shape == "{time}" else _dated(local)


def _dated(local: datetime) -> str:
    return f"{local:%a} {local.day} {local:%b %H:%M}"
