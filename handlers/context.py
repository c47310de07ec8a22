"""Who speaks, where and when: what a line is read against."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.booking.lab import Deadline, Lab
from bot.booking.members import Member
from handlers.lazily import Lazily
from handlers.spoken.anchors import anchors_of
from handlers.spoken.phrases import Named


@dataclass(frozen=True, slots=True)
class Context:
    """A member of a lab at `now`. `people` are ids by lower-case name: whom "@bob" means.

    `tracked` finds the deadlines that the member can name (None: those of the lab file). `uuids` of GPUs that their
    driver numbers otherwise than the lab.
    """

    member: Member
    lab: Lab
    people: Mapping[str, str]
    now: datetime
    tracked: Callable[[], Iterable[Deadline]] | None = None
    uuids: Mapping[str, str] = field(default_factory=dict)

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
    def deadlines(self) -> Mapping[str, Named]:
        """What of the tracked deadlines can be said, to which is meant; found when it is first looked into."""
        return Lazily(self._named)

    def _named(self) -> Mapping[str, Named]:
        return anchors_of(self.lab.deadlines if self.tracked is None else self.tracked(), self.now)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not in the database; not a key; a folder of it, such as "Europe"
        return None
