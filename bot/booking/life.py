"""Use beside reservation: what is seen of a GPU, and what of that is said beside who has it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.booking.findings import IDLE, Open
from bot.booking.lifecycle import State
from bot.booking.model import Reservation
from bot.booking.observed import Use

STALE = timedelta(minutes=5)  # what was read longer ago says nothing of now
SHOWN_AFTER = timedelta(minutes=15)  # a job that loads its data is not called idle


class LifeKind(StrEnum):
    """What there is to say."""

    IDLE = "idle"  # reserved, and nothing was computed since
    UNBOOKED = "unbooked"  # somebody's job, and nobody's reservation
    UNREAD = "unread"  # no reading since


@dataclass(frozen=True, slots=True)
class Life:
    """What there is to say of a GPU beside who has it; `since` (UTC) None: it was never read, or nobody asks."""

    kind: LifeKind
    since: datetime | None = None


def life_of(use: Use | None, holder: Reservation | None, now: datetime) -> Life | None:
    """None: all is as the ledger says, or nobody looks (`use` None). `holder`: whose the GPU is at `now`."""
    if use is None:
        return None
    if use.at is None or now - use.at > STALE:
        return Life(LifeKind.UNREAD, use.at)
    if holder is None:
        return Life(LifeKind.UNBOOKED) if use.occupied else None
    if holder.state is not State.ACTIVE or use.quiet_since is None:
        return None
    since = max(use.quiet_since, holder.window.start)
    return Life(LifeKind.IDLE, since) if now - since >= SHOWN_AFTER else None


def as_found(uses: Mapping[str, Use], findings: Iterable[Open]) -> dict[str, Use]:
    """The same, with GPUs quiet since it was found that they are idle: a burst does not end that."""
    told = dict(uses)
    for one in findings:
        use, since = told.get(one.finding.gpu), one.finding.since
        if use is not None and one.finding.kind in IDLE:
            told[one.finding.gpu] = replace(use, quiet_since=min(use.quiet_since or since, since))
    return told
