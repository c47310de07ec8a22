"""A timeline laid out for drawing: bars of neighbouring GPUs, a look for each person, ticks in the lab's zone."""

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import groupby

from bot.booking.lifecycle import State
from bot.booking.model import Reservation, Window
from bot.booking.timeline import PoolLanes, Timeline
from handlers.views.kit import clip, one_line

QUARTER = timedelta(minutes=15)  # all zones are whole quarters of an hour from UTC
HOUR = timedelta(hours=1)
LONGEST_NAME = 18
MOST_IN_LEGEND = 24
MOST_TOLD = 150  # reservations with words on their bars
# Okabe and Ito's palette (jfly.uni-koeln.de/color), mixed with white so that black words stand on it.
TINTS = ("#a6d8f5", "#f8d18b", "#8fd6bd", "#f3b79b", "#b9c7ea", "#f5ef9f", "#e6bfd8", "#cfcfcf")
HATCHES = ("", "////", "....", "\\\\\\\\", "----", "xxxx", "||||", "oo")
# (spans of up to so long, an hour's number stands at its multiples of so many hours)
_STEPS = ((timedelta(hours=14), 1), (timedelta(hours=30), 3), (timedelta(hours=80), 6), (timedelta(days=8), 12))


@dataclass(frozen=True, slots=True)
class Bar:
    """A reservation on neighbouring rows of its pool: `[first, first + rows)`, in what the window shows of it."""

    reservation: Reservation
    first: int
    rows: int
    window: Window

    @property
    def decided(self) -> bool:
        """Whether it is agreed: not held for an admin's or a member's answer."""
        return self.reservation.state not in (State.PENDING, State.OFFERED)


@dataclass(frozen=True, slots=True)
class Tick:
    """An instant on the axis. `label` is the local hour ("" is a line alone); `midnight` begins a local day."""

    at: datetime
    label: str
    midnight: bool


def bars(pool: PoolLanes, window: Window) -> Iterator[Bar]:
    """Every stay as few bars: GPUs that are neighbours on one node share one."""
    row = {gpu: place for place, gpu in enumerate(pool.gpus)}
    for stay in pool.stays:
        seen = Window(max(stay.window.start, window.start), min(stay.window.end, window.end))
        rows = sorted(row[gpu] for gpu in stay.gpus if gpu in row)
        for _, run in groupby(enumerate(rows), key=lambda pair: (pair[1] - pair[0], _node(pool.gpus[pair[1]]))):
            neighbours = [place for _, place in run]
            yield Bar(stay, neighbours[0], len(neighbours), seen)


def nodes(pool: PoolLanes) -> Iterator[tuple[str, int, int]]:
    """Each node's name, its first row and how many rows it has."""
    first = 0
    for node, gpus in groupby(pool.gpus, key=_node):
        count = len(list(gpus))
        yield node, first, count
        first += count


def members(timeline: Timeline) -> list[str]:
    """Who holds anything, by how many GPUs, then by name: the order of the legend and of the looks."""
    count: dict[str, int] = {}
    for stay in _stays(timeline):
        count[stay.member] = count.get(stay.member, 0) + stay.count
    return sorted(count, key=lambda member: (-count[member], name_of(member, timeline.names)))


def looks(people: Sequence[str]) -> dict[str, tuple[str, str]]:
    """A tint and a hatch for each: no two of the first 64 have both alike, and of the first 8 none has either."""
    return {
        member: (TINTS[place % len(TINTS)], HATCHES[(place + place // len(TINTS)) % len(HATCHES)])
        for place, member in enumerate(people)
    }


def legend(timeline: Timeline, people: Sequence[str], name: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """The first of these people, each with what they hold; `name` is "" for one that cannot be drawn."""
    for member in people[:MOST_IN_LEGEND]:
        held = [stay.label for stay in held_by(timeline, member)]
        told = ", ".join(held[:3]) + (f" +{len(held) - 3}" if len(held) > 3 else "")
        shown = name(member)
        yield member, f"{shown} · {told}" if shown else told


def labels(bar: Bar, name: str) -> Iterator[str]:
    """What may stand on a bar, from the fullest to the shortest."""
    label, asks = bar.reservation.label, "" if bar.decided else " ?"
    if name:
        yield f"{name} · {label}{asks}"
    yield f"{name or label}{asks}"
    yield label


def worth_words(every: Sequence[tuple[Bar, float]], *, low: bool) -> Iterator[tuple[Bar, float]]:
    """The bars (each with where it goes) that get words: the largest, since each text takes over a millisecond.

    Where rows are `low`, the slivers of a reservation that has words already are known by their look.
    """
    told: set[int] = set()
    for bar, top in sorted(every, key=lambda pair: (-pair[0].rows, -pair[0].window.minutes)):
        if len(told) < MOST_TOLD and (bar.rows > 1 or not low or bar.reservation.id not in told):
            told.add(bar.reservation.id)
            yield bar, top


def held_by(timeline: Timeline, member: str) -> list[Reservation]:
    """What this member holds in the window, by start."""
    return [stay for stay in _stays(timeline) if stay.member == member]


def name_of(member: str, names: Mapping[str, str]) -> str:
    """A person's name as one short line; their id where it is not known."""
    return clip(one_line(names.get(member, member)), LONGEST_NAME) or member


def written(text: str, has_glyph: Callable[[str], bool]) -> str:
    """The text without what the fonts cannot draw; "" where nothing readable is left of it."""
    kept = "".join(char for char in unicodedata.normalize("NFC", text) if has_glyph(char))
    told = " ".join(kept.split())
    # Half a name would be another name.
    lost = sum(char.isalnum() for char in text) - sum(char.isalnum() for char in told)
    return told if any(char.isalnum() for char in told) and lost <= 0 else ""


def ticks(window: Window, zone: tzinfo) -> Iterator[Tick]:
    """Local hours, closer together the shorter the window is, and every local midnight."""
    step = next((hours for span, hours in _STEPS if window.length <= span), 24)
    at = datetime.fromtimestamp(-(-window.start.timestamp() // 900) * 900, UTC)
    day = (window.start - QUARTER).astimezone(zone).date()
    while at < window.end:
        local = at.astimezone(zone)
        begins = local.date() != day  # a day need not begin at 00:00 where clocks change
        day = local.date()
        if begins or (local.minute == 0 and local.hour % step == 0):
            yield Tick(at, f"{local:%H}" if step < 24 else "", begins)
        at += QUARTER


def days(window: Window, zone: tzinfo) -> Iterator[tuple[str, Window]]:
    """Each local day ("Tue 3 Nov") and what the window has of it."""
    begins = [window.start, *(tick.at for tick in ticks(window, zone) if tick.midnight and tick.at > window.start)]
    for start, end in zip(begins, [*begins[1:], window.end], strict=True):
        yield day_said(start.astimezone(zone).date()), Window(start, end)


def day_said(day: date) -> str:
    """ "Tue 3 Nov"."""
    return f"{day:%a} {day.day} {day:%b}"


def instant_said(at: datetime, zone: tzinfo) -> str:
    """ "Tue 3 Nov 09:00"."""
    local = at.astimezone(zone)
    return f"{day_said(local.date())} {local:%H:%M}"


def _stays(timeline: Timeline) -> Sequence[Reservation]:
    return [stay for pool in timeline.pools for stay in pool.stays]


def _node(gpu: str) -> str:
    return gpu.rpartition(":")[0]
