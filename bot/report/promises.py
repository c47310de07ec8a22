"""Deadlines that came: which promises were kept, and who asked in vain."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.booking.lifecycle import State
from bot.booking.model import Window
from bot.report.demand import Try
from bot.report.record import Record, Run

OWN = "members' own"
_NO_PROMISE = frozenset({State.PENDING, State.OFFERED, State.DENIED, State.EXPIRED, State.CANCELLED, State.NO_SHOW})
_BROKEN = frozenset({State.REVOKED, State.DISPLACED})


@dataclass(frozen=True, slots=True)
class Kept:
    """Of one deadline (`at` None: of members' own, taken together): how many runs were promised, and done in time."""

    label: str
    at: datetime | None
    promised: int
    met: int


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Of a while. `in_vain`: requests before a deadline in it that got no GPUs, refused or waiting."""

    each: tuple[Kept, ...] = ()
    in_vain: int = 0

    @property
    def promised(self) -> int:
        """All runs with a deadline."""
        return sum(one.promised for one in self.each)

    @property
    def met(self) -> int:
        """Those that were done by it."""
        return sum(one.met for one in self.each)


def deadlines(record: Record, tried: Iterable[Try], window: Window) -> Deadlines:
    """What became of the deadlines in `window`. Those that members keep for themselves are not named."""
    groups: dict[int, list[Run]] = {}
    for run in record.runs:
        if run.deadline is not None and window.start <= run.deadline < window.end and run.state not in _NO_PROMISE:
            groups.setdefault(run.group, []).append(run)
    found: dict[tuple[str, datetime | None], list[bool]] = {
        (due.label, due.at): [] for due in record.dues if window.start <= due.at < window.end
    }
    for runs in groups.values():
        first = runs[0]
        key = (first.name or "", first.deadline)
        found.setdefault(key if key in found else (OWN, None), []).append(all(map(_is_met, runs)))
    kept = [Kept(label, at, len(each), sum(each)) for (label, at), each in found.items()]
    late = sum(
        one.deadline is not None
        and window.start <= one.deadline < window.end
        and (one.end in {"lapsed", "expired"} or (one.end is None and one.deadline < window.end))
        for one in record.waits
    )
    vain = sum(one.in_vain and one.deadline is not None and window.start <= one.deadline < window.end for one in tried)
    return Deadlines(tuple(sorted(kept, key=lambda one: (one.at is None, one.at, one.label))), late + vain)


def _is_met(run: Run) -> bool:
    return run.state not in _BROKEN and run.deadline is not None and run.window.end <= run.deadline
