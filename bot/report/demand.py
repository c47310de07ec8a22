"""What was asked for and not had at once: tries that were refused, and requests that waited."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.booking.model import Window
from bot.report.record import Record, Refusal, Run, Wait

SOON = timedelta(hours=1)  # what comes within it belongs to the same try


@dataclass(frozen=True, slots=True)
class Try:
    """Refusals of one member, each within an hour of the last: one wish, as large as the largest of them.

    What they did within an hour after it: `got`, the reservation that they made, and `wait`, the request that joined
    the waitlist, by their numbers (None: none).
    """

    member: str
    first: datetime
    wanted: datetime
    gpu_minutes: int
    got: int | None
    wait: int | None
    deadline: datetime | None

    @property
    def in_vain(self) -> bool:
        """Whether it led to nothing."""
        return self.got is None and self.wait is None


@dataclass(frozen=True, slots=True)
class Demand:
    """Of a while: how many tries were refused, those that led to nothing, and what joined the waitlist. GPU-minutes.

    Of what joined: `taken` got its GPUs, `open` waits still, the rest was left or came too late.
    """

    tries: int = 0
    refused: int = 0
    in_vain: int = 0
    refused_in_vain: int = 0
    waited: int = 0
    waitlisted: int = 0
    taken: int = 0
    open: int = 0


def tries(refusals: Iterable[Refusal], runs: Sequence[Run], waits: Sequence[Wait]) -> tuple[Try, ...]:
    """The refusals as tries, by their first."""
    mine: dict[str, list[Refusal]] = {}
    for one in sorted(refusals, key=lambda each: each.at):
        mine.setdefault(one.member, []).append(one)
    found = []
    for member, theirs in mine.items():
        made = sorted((run.made, run.reservation) for run in runs if run.member == member)
        joined = sorted((wait.created_at, wait.id) for wait in waits if wait.member == member)
        for group in _groups(theirs):
            found.append(_try(member, group, made, joined))
    return tuple(sorted(found, key=lambda one: (one.first, one.member)))


def demand(record: Record, tried: Iterable[Try], window: Window) -> Demand:
    """What was refused, and what joined the waitlist, in `window`."""
    mine = [one for one in tried if window.start <= one.first < window.end]
    vain = [one for one in mine if one.in_vain]
    joined = [one for one in record.waits if window.start <= one.created_at < window.end]
    return Demand(
        tries=len(mine),
        refused=sum(one.gpu_minutes for one in mine),
        in_vain=len(vain),
        refused_in_vain=sum(one.gpu_minutes for one in vain),
        waited=len(joined),
        waitlisted=sum(one.gpu_minutes for one in joined),
        taken=sum(one.end == "taken" for one in joined),
        open=sum(one.end is None for one in joined),
    )


def _groups(theirs: Sequence[Refusal]) -> list[list[Refusal]]:
    groups: list[list[Refusal]] = []
    for one in theirs:
        if groups and one.at - groups[-1][-1].at <= SOON:
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _try(
    member: str, group: Sequence[Refusal], made: Sequence[tuple[datetime, int]], joined: Sequence[tuple[datetime, int]]
) -> Try:
    first, last = group[0], group[-1]
    got, wait = (next((id_ for at, id_ in each if first.at <= at <= last.at + SOON), None) for each in (made, joined))
    most = max(one.gpu_minutes for one in group)
    deadlines = [one.deadline for one in group if one.deadline is not None]
    return Try(member, first.at, max(first.wanted, first.at), most, got, wait, deadlines[0] if deadlines else None)
