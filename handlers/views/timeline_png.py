"""The timeline as a PNG: who has which GPU when, drawn with matplotlib, which is loaded when the first is wanted.

Nothing rests on colour alone: each person has a tint and a hatch, bars carry names where they fit, and the legend all.
"""

import threading
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.booking.timeline import PoolLanes, Timeline
from handlers.views import timeline_seen, words
from handlers.views.kit import clip, one_line
from handlers.views.timeline import (
    Bar,
    bars,
    days,
    instant_said,
    labels,
    legend,
    looks,
    members,
    name_of,
    nodes,
    ticks,
    worth_words,
    written,
)

if TYPE_CHECKING:
    from handlers.views.canvas import Canvas

WIDTH, LEFT, RIGHT = 1400, 116, 20  # pixels
TOP, HEAD, GAP = 108, 26, 12
TALLEST, LOWEST, ROOM = 34.0, 11.0, 860.0  # of a row; of all rows together, as far as they go
INK, SOFT, RULE, NOW = "#1c1c1c", "#5a5a5a", "#d9d9d9", "#a3260b"

_ONE_AT_A_TIME = threading.Lock()  # a drawing takes all of one core


def timeline_png(timeline: Timeline) -> bytes:
    """The picture, 1400 pixels wide, as high as its GPUs need. Threads may call it at the same time."""
    from handlers.views.canvas import Canvas  # noqa: PLC0415 - matplotlib takes half a second to load

    with _ONE_AT_A_TIME:
        drawing = _Drawing(timeline, Canvas)
        drawing.draw()
        return drawing.canvas.png()


class _Drawing:
    """One picture in the making: where everything goes, from top to bottom."""

    def __init__(self, timeline: Timeline, canvas: "type[Canvas]") -> None:
        self.of = timeline
        self.zone = ZoneInfo(timeline.zone)
        count = sum(len(pool.gpus) for pool in timeline.pools)
        self.row = min(TALLEST, max(LOWEST, ROOM / max(count, 1)))
        self.members = members(timeline)
        self.looks = looks(self.members)
        lanes = sum(HEAD + GAP + len(pool.gpus) * self.row for pool in timeline.pools)
        self.bottom = TOP + lanes
        self.canvas = canvas(WIDTH)
        self.shows_now = timeline.window.start <= timeline.now < timeline.window.end
        self.legend = list(legend(timeline, self.members, self.name))

    def draw(self) -> None:
        """All of it, from the back to the front."""
        self._title()
        self._axis()
        tops = self._tops()
        for pool, top in tops:
            self._rows(pool, top + HEAD)
            for bar in bars(pool, self.of.window):
                self._bar(bar, top + HEAD)
        self._marks()
        for pool, top in tops:
            self._band(pool, top)
        every = [(bar, top + HEAD) for pool, top in tops for bar in bars(pool, self.of.window)]
        for bar, top in worth_words(every, low=self.row < 15):
            self._label(bar, top)
        for pool, top in tops if self.shows_now and self.row >= 15 else ():
            timeline_seen.marks(self.canvas, pool, self.of, self.x(self.of.now), top + HEAD, self.row)
        self.canvas.height = round(self._drawn_legend(self.bottom + 4))

    def _tops(self) -> list[tuple[PoolLanes, float]]:
        """Each pool with where its band begins."""
        top, found = float(TOP), []
        for pool in self.of.pools:
            found.append((pool, top))
            top += HEAD + GAP + len(pool.gpus) * self.row
        return found

    def x(self, at: datetime) -> float:
        """Where an instant is."""
        share = (at - self.of.window.start) / self.of.window.length
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def name(self, member: str) -> str:
        """A person's name, as far as it can be drawn."""
        return written(name_of(member, self.of.names), self.canvas.has_glyph)

    def _title(self) -> None:
        window = self.of.window
        span = f"{instant_said(window.start, self.zone)} to {instant_said(window.end, self.zone)}"
        lab = written(clip(one_line(self.of.lab), 40), self.canvas.has_glyph)
        what = "who has which GPU"
        self.canvas.text(16, 24, f"{lab} · {what}" if lab else what.capitalize(), size=15, bold=True)
        self.canvas.text(WIDTH - RIGHT, 22, f"{span} · {self.of.zone}", size=10.5, color=SOFT, align="right")

    def _axis(self) -> None:
        """Days and hours above the lanes, and lines down through them."""
        window = self.of.window
        for said, span in days(window, self.zone):
            left, right = self.x(span.start), self.x(span.end)
            shortest = said.split()[1]
            for told in (said, shortest):
                if self.canvas.width_of(told, 11, bold=True) < right - left - 6:
                    self.canvas.text((left + right) / 2, 65, told, size=11, bold=True, align="center")
                    break
        for tick in ticks(window, self.zone):
            x = self.x(tick.at)
            top = 54 if tick.midnight else TOP - 10
            self.canvas.line(x, top, x, self.bottom, SOFT if tick.midnight else RULE, 1.2 if tick.midnight else 0.8)
            if tick.label and x < WIDTH - RIGHT - 8:
                self.canvas.text(x, 84, tick.label, size=10, color=SOFT, align="center")

    def _band(self, pool: PoolLanes, top: float) -> None:
        """How many of the pool are free, and until when: the fewer, the darker."""
        size, middle = len(pool.gpus), top + HEAD / 2
        shown = clip(one_line(pool.free.pool.upper() if words.is_model(pool.free.pool) else pool.free.pool), 12)
        self.canvas.text(16, middle, written(shown, self.canvas.has_glyph), size=12, bold=True)
        steps = [*pool.free.steps, (pool.free.window.end, 0)]
        for (start, free), (end, _) in pairwise(steps):
            left, right = self.x(start), self.x(end)
            shade = str(round(1 - 0.32 * (size - free) / size, 3))
            self.canvas.box(left, top + 3, right - left, HEAD - 6, face=shade, edge="#8a8a8a", line=0.8)
            said = "none free" if not free else "all free" if free == size else f"{free:,} free"
            for told in (said, f"{free:,}"):
                if self.canvas.width_of(told, 9.5, bold=not free) < right - left - 6:
                    self.canvas.text((left + right) / 2, middle, told, size=9.5, align="center", bold=not free)
                    break

    def _rows(self, pool: PoolLanes, top: float) -> None:
        left, right = LEFT, WIDTH - RIGHT
        each = self.row >= 15
        for node, first, count in nodes(pool):
            y, height = top + first * self.row, count * self.row
            shown = written(clip(one_line(node), 12), self.canvas.has_glyph)
            if each:
                for place in range(count):
                    index = pool.gpus[first + place].rpartition(":")[2]
                    middle = y + (place + 0.5) * self.row
                    self.canvas.text(LEFT - 10, middle, f"{shown}:{index}", size=9.5, color=SOFT, align="right")
            elif height >= 11:
                numbers = f"{pool.gpus[first].rpartition(':')[2]}–{pool.gpus[first + count - 1].rpartition(':')[2]}"
                said = f"{shown} {numbers}" if count > 1 else shown
                self.canvas.text(LEFT - 10, y + height / 2, said, size=9, color=SOFT, align="right")
            for place in range(1, count):
                self.canvas.line(left, y + place * self.row, right, y + place * self.row, "#eeeeee", 0.6)
            self.canvas.line(LEFT - 6, y, right, y, "#9a9a9a", 0.8)
            self.canvas.line(LEFT - 6, y + height, right, y + height, "#9a9a9a", 0.8)

    def _bar(self, bar: Bar, top: float) -> None:
        left, right = self.x(bar.window.start), self.x(bar.window.end)
        y, height = top + bar.first * self.row, bar.rows * self.row
        inset = 1.5 if self.row >= 15 else 0.6
        tint, hatch = self.looks[bar.reservation.member]
        self.canvas.box(
            left + 0.6,
            y + inset,
            max(right - left - 1.2, 1.5),
            height - 2 * inset,
            face=tint if bar.decided else "#ffffff",
            edge=INK,
            line=1.0,
            hatch=hatch,
            dashed=not bar.decided,
        )

    def _label(self, bar: Bar, top: float) -> None:
        """Whose it is, where it fits; of what runs, beside the line of now."""
        left, right = self.x(max(bar.window.start, min(self.of.now, bar.window.end))), self.x(bar.window.end)
        left += timeline_seen.room(bar, self.of) if self.row >= 15 else 0
        height = bar.rows * self.row
        size = min(11.0, max(7.0, height * 0.4))
        backed = bool(self.looks[bar.reservation.member][1])
        for said in labels(bar, self.name(bar.reservation.member)):
            if self.canvas.width_of(said, size) < right - left - 10:
                y = top + bar.first * self.row + height / 2
                self.canvas.text((left + right) / 2, y, said, size=size, align="center", backed=backed)
                return

    def _marks(self) -> None:
        """Now, and the deadlines: lines with words at them."""
        window, taken = self.of.window, -1e9
        if self.shows_now:
            x = self.x(self.of.now)
            self.canvas.box(LEFT, TOP, x - LEFT, self.bottom - TOP - GAP, face="#ffffff", edge="", alpha=0.45)
            self.canvas.line(x, TOP - 8, x, self.bottom - GAP + 4, NOW, 2.0)
            said = f"now {self.of.now.astimezone(self.zone):%H:%M}"
            taken = self._flag(x, said, NOW, taken)
        beyond = ""
        for deadline in self.of.deadlines:
            name = written(clip(one_line(deadline.label), 24), self.canvas.has_glyph) or "deadline"
            if deadline.at >= window.end:
                beyond = beyond or f"next deadline: {name}, {instant_said(deadline.at, self.zone)}"
            elif deadline.at >= window.start:
                x = self.x(deadline.at)
                self.canvas.line(x, TOP - 8, x, self.bottom - GAP + 4, INK, 1.8, dashed=True)
                taken = self._flag(x, f"{name} {deadline.at.astimezone(self.zone):%H:%M}", INK, taken)
        if beyond:
            self.canvas.text(WIDTH - RIGHT, 43, f"{beyond} →", size=10.5, align="right", bold=True)

    def _flag(self, x: float, said: str, color: str, taken: float) -> float:
        """Words in a box above a line, beside what is there already; how far it is taken now."""
        width = self.canvas.width_of(said, 9.5, bold=True) + 12
        left = min(max(x - width / 2, LEFT - 30, taken + 4), WIDTH - 4 - width)
        self.canvas.box(left, 93, width, 17, face=color, edge=color)
        self.canvas.text(left + width / 2, 101.5, said, size=9.5, color="#ffffff", bold=True, align="center")
        return left + width

    def _drawn_legend(self, top: float) -> float:
        """Below the lanes, in columns; where it ends."""
        widest = max((self.canvas.width_of(said, 10) for _, said in self.legend), default=0)
        columns = max(1, min(6, int((WIDTH - 32) // (widest + 62))))
        step = (WIDTH - 32) / columns
        for place, (member, said) in enumerate(self.legend):
            x, y = 16 + place % columns * step, top + place // columns * 24
            tint, hatch = self.looks[member]
            self.canvas.box(x, y + 3, 30, 16, face=tint, edge=INK, line=0.9, hatch=hatch)
            self.canvas.text(x + 38, y + 11, said, size=10)
        y = top + -(-len(self.legend) // columns) * 24
        more = len(self.members) - len(self.legend)
        notes = [
            "Nothing is booked." if not self.members else "",
            f"… and {more} more people." if more > 0 else "",
            "Dashed with ?: waits for an answer." if self._undecided() else "",
            "GPUs of what has not begun may still change.",
        ]
        for said in (*timeline_seen.below(self.canvas, self.of, self.zone), " ".join(filter(None, notes))):
            self.canvas.text(16, y + 14, said, size=9.5, color=SOFT)
            y += 18
        return y + 12

    def _undecided(self) -> bool:
        return any(not bar.decided for pool in self.of.pools for bar in bars(pool, self.of.window))
