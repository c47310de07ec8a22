"""Who is on a GPU that is not theirs: squatters, and jobs that run on past their end where somebody is next."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.booking.findings import Held
from bot.booking.lifecycle import State
from bot.booking.model import Reservation
from bot.booking.observed import Finding, FindingKind
from bot.fleet.sight import Sight

SQUATTER_AFTER = 10  # minutes
SEEN_IN = 8  # of them
NOTICE = timedelta(minutes=15)  # for who lingers, before the next one's start
# Root's processes may be anybody's: they are told of where nobody holds the GPU, and taken for the holder's elsewhere.
_NOBODYS = frozenset({"root", "0"})


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger as one look needs it, by GPU. `running` are the active reservations, `last` who had it before."""

    running: tuple[Reservation, ...]
    holders: Mapping[str, Reservation]
    following: Mapping[str, tuple[Reservation, ...]]
    last: Mapping[str, tuple[Reservation, ...]]
    logins: Mapping[str, str]
    linked: frozenset[str]

    @classmethod
    def of(cls, held: Held, now: datetime) -> "Ledger":
        """Sorted out as of `now`."""
        agreed = (State.ACTIVE, State.BOOKED)
        running = [one for one in held.live if one.state in agreed and one.window.start <= now < one.window.end]
        # The ledger ends them at its next tick: until then their jobs are nobody else's either.
        ended = [one for one in held.live if one.state is State.ACTIVE and one.window.end <= now]
        later = [one for one in held.live if one.state in agreed and one.window.start > now]
        return cls(
            tuple(running),
            {gpu: one for one in running for gpu in one.gpus},
            _by_gpu(sorted(later, key=lambda one: one.window.start)),
            _by_gpu(sorted((*held.over, *ended), key=lambda one: one.window.end, reverse=True)),
            held.logins,
            frozenset(held.logins.values()),
        )

    def may_be(self, login: str | None, member: str) -> bool:
        """Whether a process of this login may be the member's: it is, or neither of the two is linked to anybody."""
        whose = self.logins.get(login or "")
        if whose is not None:
            return whose == member
        return login is None or login in _NOBODYS or member not in self.linked


def occupants(sight: Sight, gpu: str, ledger: Ledger, now: datetime) -> Iterator[Finding]:
    """At most one squatter and one overrun: of several, who has been there for longest."""
    holder = ledger.holders.get(gpu)
    strangers = [login for login in sight.on or () if holder is None or not ledger.may_be(login, holder.member)]
    squatters, overruns = [], []
    for login in strangers:
        before = _lingers(sight, gpu, login, ledger)
        if before is None:
            if sight.ran(login, SQUATTER_AFTER, now) >= SEEN_IN:
                squatters.append(Finding(FindingKind.SQUATTER, gpu, sight.since(login), 0, login))
        elif _is_next(gpu, before, ledger, now):
            overruns.append(Finding(FindingKind.OVERRUN, gpu, before.window.end, before.id, login))
    for found in (squatters, overruns):
        yield from sorted(found, key=lambda one: (one.since, one.login or ""))[:1]


def _lingers(sight: Sight, gpu: str, login: str | None, ledger: Ledger) -> Reservation | None:
    """The reservation that is over and whose job this goes on being; None where it is no such job."""
    for one in ledger.last.get(gpu, ()):
        if ledger.may_be(login, one.member):
            # Where nobody looked before the end, nobody can say that it began only after it.
            began_before = sight.since(login) <= one.window.end or sight.born_at >= one.window.end
            return one if began_before else None
    return None


def _is_next(gpu: str, before: Reservation, ledger: Ledger, now: datetime) -> bool:
    """Whether somebody else has the GPU by now, or will in a moment."""
    if gpu in ledger.holders:
        return True
    coming = ledger.following.get(gpu, ())
    return bool(coming) and coming[0].window.start <= now + NOTICE and coming[0].member != before.member


def _by_gpu(reservations: list[Reservation]) -> dict[str, tuple[Reservation, ...]]:
    found: dict[str, list[Reservation]] = {}
    for one in reservations:
        for gpu in one.gpus:
            found.setdefault(gpu, []).append(one)
    return {gpu: tuple(theirs) for gpu, theirs in found.items()}
