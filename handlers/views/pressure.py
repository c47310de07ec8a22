"""How it stands with a deadline: GPU-hours until then, and how late each may still start."""

from datetime import tzinfo

from bot.booking.model import Reservation
from bot.booking.pressure import PoolPressure, Pressure, Safe
from handlers.views import words
from handlers.views.kit import Block, named, paragraphs

MOST = 8  # starts of a pool


def pressure_lines(pressure: Pressure, *, reader: str, zone: tzinfo) -> list[str]:
    """A paragraph for each pool, as mrkdwn; that nothing is left where the deadline is past."""
    if not pressure.pools:
        return [f"{named(pressure.deadline.name)} is over."]
    return [_pool(one, reader, zone) for one in pressure.pools]


def pressure_blocks(pressure: Pressure, *, reader: str, zone: tzinfo) -> list[Block]:
    """The same as blocks."""
    return paragraphs(pressure_lines(pressure, reader=reader, zone=zone))


def _pool(one: PoolPressure, reader: str, zone: tzinfo) -> str:
    parts = [f"{_figure(one.left)} of {words.gpu_hours(one.existing)} left"]
    if one.promised:
        parts.append(f"{_figure(one.promised)} promised")
    if one.waited:
        parts.append(f"{_figure(one.waited)} waited for")
    lines = [f"*{words.pool_shown(one.pool)}* · {' · '.join(parts)}"]
    if one.waited > one.left:
        lines[0] += f" · *{words.gpu_hours(one.waited - one.left)} too few*"
    lines += (_start(safe, reader, zone) for safe in one.starts[:MOST])
    more = len(one.starts) - MOST
    return "\n".join((*lines, *([f"and {words.number(more, 'other')} with more time"] if more > 0 else [])))


def _figure(hours: float) -> str:
    """GPU-hours without their unit, which the line has said."""
    return words.gpu_hours(hours).removesuffix(" GPU-h")


def _start(safe: Safe, reader: str, zone: tzinfo) -> str:
    whose = "yours" if safe.of.member == reader else words.mention(safe.of.member)
    lead = f"{safe.of.label} · {whose} · "
    if safe.start is None:
        return lead + "no place in time is left"
    if isinstance(safe.of, Reservation):
        start = words.moment(safe.of.window.start)
        if safe.start == safe.of.window.start:
            return f"{lead}starts {start}, no later"
        return f"{lead}starts {start}, at the latest {words.beside(safe.start, safe.of.window.start, zone)}"
    return f"{lead}must start by {words.moment(safe.start)}"
