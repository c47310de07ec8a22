"""How a running reservation uses its GPUs: which are idle, and in which way; whether anybody has come at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.booking.findings import IDLE
from bot.booking.lab import Policy
from bot.booking.model import MINUTE, Reservation, minute_of
from bot.booking.observed import Finding, FindingKind
from bot.fleet.occupants import Ledger
from bot.fleet.sight import Sight

_BURST = 2  # minutes: a burst of 30 s may touch two
_LATE = timedelta(minutes=5)  # so much after a start the first reading may come


@dataclass(frozen=True, slots=True)
class Use:
    """See `findings.Seen`, of one reservation."""

    findings: tuple[Finding, ...] = ()
    unsure: frozenset[tuple[FindingKind, str]] = frozenset()
    unseen: bool = False
    came: bool = False


def use_of(reservation: Reservation, sights: Mapping[str, Sight], ledger: Ledger, policy: Policy, now: datetime) -> Use:
    """What its GPUs were used for since its start. What was not read well enough is unsure, never idle."""
    idle = {gpu: _idle(sights.get(gpu), reservation, policy.idle_after, now) for gpu in reservation.gpus}
    some_used = "used" in idle.values()
    findings, unsure = [], set()
    for gpu, kind in idle.items():
        if kind is None:
            unsure |= {(each, gpu) for each in IDLE}
        elif kind != "used":
            since = max(reservation.window.start, now - policy.idle_after)
            findings.append(Finding(FindingKind.PARTLY_USED if some_used else kind, gpu, since, reservation.id))
    unseen = _unseen(reservation, sights, now)
    length = now - reservation.window.start
    if unseen is None:
        unsure |= {(FindingKind.NO_SHOW, gpu) for gpu in reservation.gpus}
    elif unseen and policy.no_show_grace <= length < policy.idle_after:
        # Later it is idle as any other: its holder may have said that they are there.
        start = reservation.window.start
        findings += [Finding(FindingKind.NO_SHOW, gpu, start, reservation.id) for gpu in reservation.gpus]
    came = any(_came(sights.get(gpu), reservation, ledger, now) for gpu in reservation.gpus)
    return Use(tuple(findings), frozenset(unsure), bool(unseen), came)


_Idle = Literal[FindingKind.UNUSED, FindingKind.PARKED, "used"] | None


def _idle(sight: Sight | None, reservation: Reservation, after: timedelta, now: datetime) -> _Idle:
    """How it is idle, or that it is used; None: the readings do not say."""
    minutes = after // MINUTE
    if sight is None or not sight.fresh(now):
        return None
    burst = max(_BURST, minutes // 30)
    if sight.within(sight.busy, minutes, now).bit_count() > burst:
        return "used"
    if now - reservation.window.start < after:
        return "used"  # it has not had the time to be idle
    if not sight.covers(sight.known, minutes, now):
        return None
    free = sight.covers(sight.listed, minutes, now) and not sight.held & 1
    if free and sight.within(sight.held, minutes, now).bit_count() <= burst:
        return FindingKind.UNUSED
    return FindingKind.PARKED


def _unseen(reservation: Reservation, sights: Mapping[str, Sight], now: datetime) -> bool | None:
    """Whether nothing at all has run on any of its GPUs since the start; None: the readings do not say."""
    start = reservation.window.start
    found = [sights.get(gpu) for gpu in reservation.gpus]
    if any(one is not None and one.active is not None and one.active >= minute_of(start) for one in found):
        return False
    for one in found:
        if one is None or not one.fresh(now) or one.born_at > start + _LATE:
            return None
        minutes = min((now - start) // MINUTE, one.span - 1)
        if not one.covers(one.known & one.listed, minutes, now):
            return None
    return True


def _came(sight: Sight | None, reservation: Reservation, ledger: Ledger, now: datetime) -> bool:
    """Whether something runs on it that may be its holder's. Compute of which no process is known may be."""
    if sight is None or not sight.fresh(now):
        return False
    if sight.on:
        return any(ledger.may_be(login, reservation.member) for login in sight.on)
    return bool(sight.busy & 1)
