"""How it stands with a deadline: the question of who has little time."""

from datetime import datetime

from bot.booking.lab import Deadline
from bot.booking.members import Member
from bot.booking.pressure import Pressure, pressure
from bot.desk.base import Base
from bot.errors import NotFound


class Pressing(Base):
    """The use case of pressure, which changes nothing."""

    def pressure(self, who: Member, name: str, now: datetime) -> Pressure:
        """Of the deadline of this label, or else the next ahead of this name: the lab's or the member's own.

        Raises NotFound where there is none.
        """
        asked = " ".join(name.split()).lower()
        with self._looking(now) as (book, calendar):
            scene = self._scene(book, calendar, who.id, now, every_deadline=True)
            fitting = [one for one in scene.snapshot.deadlines if one.member in ("", who.id) and asked in _names(one)]
            if not fitting:
                raise NotFound("There is no such deadline.")
            nearest = min(fitting, key=lambda one: (one.at <= now, one.label.lower() != asked, abs(one.at - now)))
            return pressure(nearest, scene)


def _names(one: Deadline) -> tuple[str, ...]:
    """What it can be asked for by: "neurips", "neurips paper"."""
    return one.name.lower(), one.label.lower(), f"{one.name} {one.kind}".strip().lower()
