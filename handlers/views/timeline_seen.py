"""What is seen of GPUs now, in the picture: a word on each row beside the line of now, and lines below the legend."""

from typing import TYPE_CHECKING

from bot.booking.life import LifeKind
from bot.booking.timeline import PoolLanes, Timeline
from handlers.views.kit import clip
from handlers.views.life import in_plain
from handlers.views.timeline import Bar, instant_said, written

if TYPE_CHECKING:
    from datetime import tzinfo

    from handlers.views.canvas import Canvas

ROOM = 58  # pixels beside the line of now
LONGEST = 200  # of a line below the legend
_HEIGHT, _SIZE = 13, 8.5
_SAID = {LifeKind.IDLE: "idle", LifeKind.UNBOOKED: "in use", LifeKind.UNREAD: "unread"}


def marks(canvas: "Canvas", pool: PoolLanes, of: Timeline, x: float, top: float, row: float) -> None:
    """A word in a white box on each row of which there is something to say, at `x`; rows begin at `top`."""
    for place, gpu in enumerate(pool.gpus):
        if gpu in of.lives:
            y = top + (place + 0.5) * row
            canvas.box(x + 4, y - _HEIGHT / 2, ROOM - 6, _HEIGHT, face="#ffffff", edge="#5a5a5a", line=0.8)
            canvas.text(x + 1 + ROOM / 2, y, _SAID[of.lives[gpu].kind], size=_SIZE, align="center", bold=True)


def room(bar: Bar, of: Timeline) -> float:
    """How much of the room for a bar's label such words take."""
    runs = bar.window.start <= of.now < bar.window.end
    return ROOM if runs and any(gpu in of.lives for gpu in bar.reservation.gpus) else 0


def below(canvas: "Canvas", of: Timeline, zone: "tzinfo") -> list[str]:
    """The lines below the legend, as far as they can be drawn."""
    lines = in_plain(of.lives, of.now, lambda at: instant_said(at, zone))
    return list(filter(None, (written(clip(f"{line}.", LONGEST), canvas.has_glyph) for line in lines)))
