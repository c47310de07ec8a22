"""Who speaks, where and when: what a line is read against."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from bot.booking.lab import Lab
from bot.booking.members import Member
from handlers.spoken.clocks import AOE


@dataclass(frozen=True, slots=True)
class Context:
    """A member of a lab at `now`. `people` are ids by lower-case name: whom "@bob" means."""

    member: Member
    lab: Lab
    people: Mapping[str, str]
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The member's zone; the lab's, and at last UTC, where the database of zones does not have it."""
        return _zone(self.member.zone) or _zone(self.lab.timezone) or ZoneInfo("UTC")

    def noted(self, notes: tuple[str, ...]) -> tuple[str, ...]:
        """The notes of a reading, with one if the member's zone is not known."""
        if _zone(self.member.zone) is not None:
            return notes
        return (f"Your time zone is not known here, so times are read in that of {self.zone.key}.", *notes)

    @property
    def deadlines(self) -> dict[str, datetime]:
        """The lab's deadlines by name, each in its own zone: of those that share a name the next ahead, else the last.

        Names that differ in case only are one name.
        """
        chosen: dict[str, tuple[str, datetime]] = {}
        for deadline in sorted(self.lab.deadlines, key=lambda deadline: deadline.at):
            earlier = chosen.get(deadline.name.lower())
            if earlier is None or earlier[1] <= self.now:
                at = deadline.at.astimezone(_deadline_zone(deadline.zone))
                chosen[deadline.name.lower()] = (deadline.name, at)
        return dict(chosen.values())


def _deadline_zone(name: str) -> tzinfo:
    return AOE if name.lower() == "aoe" else _zone(name) or UTC


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not in the database; not a key; a folder of it, such as "Europe"
        return None
