"""The watch's values: what it is told of the ledger, what it sees, and what of that is new or over."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.booking.lab import Lab
from bot.booking.model import Reservation
from bot.booking.observed import Finding, FindingKind, Use

IDLE = frozenset({FindingKind.UNUSED, FindingKind.PARKED, FindingKind.PARTLY_USED})
GONE = frozenset({FindingKind.MISSING, FindingKind.LOST})


@dataclass(frozen=True, slots=True)
class Held:
    """What the watch holds readings against.

    `live`: the reservations that hold GPUs, now or later. `over`: those that had begun and ended in the last days:
    their jobs may run on. `logins`: members' ids by Linux login.
    """

    lab: Lab
    live: tuple[Reservation, ...] = ()
    over: tuple[Reservation, ...] = ()
    logins: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """What readings amounted to at `at` (UTC).

    `unsure`: where they do not suffice to say yes or no. `unseen`: running reservations on whose GPUs nothing has run
    since their start. `came`: those on which something runs that may be their holders'. `on`: the logins (None: not
    known) of who runs on a GPU now; a GPU of which there is no fresh reading is not in it. `uses`: of all that are
    watched.
    """

    at: datetime
    findings: tuple[Finding, ...] = ()
    unsure: frozenset[tuple[FindingKind, str]] = frozenset()
    unseen: frozenset[int] = frozenset()
    came: frozenset[int] = frozenset()
    on: Mapping[str, tuple[str | None, ...]] = field(default_factory=dict)
    uses: Mapping[str, Use] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Open:
    """A finding that is open since `opened_at` (UTC), and what has been done about it.

    `told_at`: whom it concerns was told. `answer_by`: without their answer the GPU is passed on then. `answered_at`:
    they use it. `admins_at`: the admins were told.
    """

    id: int
    finding: Finding
    opened_at: datetime
    told_at: datetime | None = None
    answer_by: datetime | None = None
    answered_at: datetime | None = None
    admins_at: datetime | None = None


def identity(finding: Finding) -> tuple[FindingKind, str, int, str | None]:
    """What makes it the same finding as before; when it was first seen does not, nor whose it is, if it is gone."""
    return finding.kind, finding.gpu, 0 if finding.kind in GONE else finding.reservation, finding.login


def changes(present: Iterable[Open], seen: Seen, running: Collection[int]) -> tuple[tuple[Open, ...], tuple[Open, ...]]:
    """The open findings that are over, and the new ones (with id 0). `running`: ids of the reservations that run now.

    One of which the readings cannot say whether it still holds stays open, but not longer than its reservation runs:
    silence ends nothing, and is no reason to act (see `acting.due`). A GPU that is idle in another way than before is
    still idle: its holder was told of it, and what they answered stands.
    """
    found = {identity(one): one for one in seen.findings}
    places = {(one.kind, one.gpu) for one in seen.findings}
    over, stay = [], set()
    for one in present:
        finding = one.finding
        place = finding.kind, finding.gpu
        bound = finding.reservation and finding.kind is not FindingKind.OVERRUN and finding.kind not in GONE
        lasts = not bound or finding.reservation in running
        if identity(finding) in found or (place in seen.unsure and place not in places and lasts):
            stay.add(identity(finding))
        else:
            over.append(one)
    new = (_entered(one, over, seen.at) for key, one in found.items() if key not in stay)
    return tuple(over), tuple(new)


def _entered(found: Finding, over: Iterable[Open], now: datetime) -> Open:
    before = next(
        (
            one
            for one in over
            if found.kind in IDLE
            and one.finding.kind in IDLE
            and (one.finding.gpu, one.finding.reservation) == (found.gpu, found.reservation)
        ),
        None,
    )
    if before is None:
        return Open(0, found, now)
    return Open(0, found, now, told_at=before.told_at, answered_at=before.answered_at)
