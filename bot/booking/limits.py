"""The soft rules: limits that an admin may let a request over, and that bind only when somebody else waits."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from bot.booking.ask import Ask
from bot.booking.calendar import Calendar
from bot.booking.crunch import crunch_binds, crunched
from bot.booking.decision import Placement
from bot.booking.fairness import share_factor
from bot.booking.lab import Policy, Pool
from bot.booking.model import Window, minute_of
from bot.booking.reasons import KeptFor, Limit, OverCrunch, OverHours, OverOutstanding, OverQuota, OverShare, PoolAsks
from bot.booking.snapshot import Scene, Snapshot, Spent
from bot.booking.waitlist import waits_for

__all__ = ["LIMITS", "Ask", "binding", "leaves_none", "over", "passed", "share_of", "waiting"]

Rule = Callable[[Ask, Snapshot, Policy], Limit | None]


def over(ask: Ask, scene: Scene) -> tuple[Limit, ...]:
    """All limits that this place is over, those of the days before a deadline too, whether they bind or not."""
    return passed(ask, scene.snapshot, scene.policy) + crunched(ask, scene)


def passed(ask: Ask, snapshot: Snapshot, policy: Policy) -> tuple[Limit, ...]:
    """The limits that hold all year and that this place is over, whether they bind or not."""
    return tuple(found for rule in LIMITS if (found := rule(ask, snapshot, policy)) is not None)


def binding(limits: Iterable[Limit], ask: Ask, placement: Placement, scene: Scene) -> tuple[Limit, ...]:
    """Those limits that count now: a pool that asks always does; the others where the pool is contended.

    With approval = "always" contention is not asked about, but for the outstanding hours and the days before a
    deadline, which bind only while others wait.
    """
    wait = bool(waiting(ask, scene.snapshot))
    contended = wait or leaves_none(scene.calendar, placement)

    def counts(limit: Limit) -> bool:
        match limit:
            case PoolAsks():
                return True
            case OverOutstanding():
                return wait
            case OverHours() | OverShare() | OverQuota():
                return contended or scene.policy.approval == "always"
            case OverCrunch() | KeptFor():
                return crunch_binds(limit, ask, scene.snapshot)

    return tuple(limit for limit in limits if counts(limit))


def waiting(ask: Ask, snapshot: Snapshot) -> tuple[str, ...]:
    """Other members who are pending or wait for the pool in the window, first come first."""
    pending = (
        other.member
        for other in snapshot.pending
        if other.member != ask.member and other.pool == ask.pool.name and any(map(other.window.overlaps, ask.windows))
    )
    listed = (
        other.member
        for other in snapshot.waiting
        if other.member != ask.member and any(waits_for(other, ask.pool, window) for window in ask.windows)
    )
    return tuple(dict.fromkeys([*pending, *listed]))


def leaves_none(calendar: Calendar, placement: Placement) -> bool:
    """Whether in some minute of the window, or of one of its pieces, no GPU of the pool would be left."""
    minutes = calendar.pools[placement.pool].minutes

    def left(piece: Placement) -> bool:
        start, end, count = minute_of(piece.window.start), minute_of(piece.window.end), len(piece.gpus)
        return minutes.first(start, end, lambda free: free.bit_count() > count) is None

    return not all(map(left, (placement, *placement.pieces)))


def share_of(pool: Pool, policy: Policy) -> int:
    """How many GPUs of the pool a member may hold at once without asking; at least one."""
    return max(1, int(pool.size * policy.max_share))


def _hours(ask: Ask, _: Snapshot, policy: Policy) -> Limit | None:
    """Of the longest window: between two pieces others have their turn."""
    longest = max(window.hours for window in ask.windows)
    return OverHours(longest, policy.max_hours) if longest > policy.max_hours else None


def _share(ask: Ask, snapshot: Snapshot, policy: Policy) -> Limit | None:
    """At once: with what the member holds there already, at the busiest instant."""
    others = [one for one in snapshot.mine if one.pool == ask.pool.name]
    starts = {
        max(one.window.start, window.start) for window in ask.windows for one in others if one.window.overlaps(window)
    }
    busiest = max(
        (sum(one.count for one in others if one.window.start <= start < one.window.end) for start in starts), default=0
    )
    count, limit = ask.count + busiest, share_of(ask.pool, policy)
    return OverShare(count, limit, ask.pool.size, ask.pool.name) if count > limit else None


def _outstanding(ask: Ask, snapshot: Snapshot, policy: Policy) -> Limit | None:
    """Future GPU-hours in the pool; movable ones count half.

    The cap is scaled by fair share: by min(1, max(1/2, mean / own)) of the decayed GPU-hours of the past, the mean
    being that of all members who have any (`fairness.share_factor`).
    """
    hours = sum(
        one.count * one.window.hours * (0.5 if one.movable else 1) for one in snapshot.mine if one.pool == ask.pool.name
    )
    hours += ask.gpu_hours * (0.5 if ask.movable else 1)
    limit = policy.outstanding_pool_days * 24 * ask.pool.size * share_factor(ask.member, snapshot.past)
    return OverOutstanding(hours, limit, ask.pool.name) if hours > limit else None


def _quota(ask: Ask, snapshot: Snapshot, policy: Policy) -> Limit | None:
    """GPU-hours in the `quota_days` that end with the window; of pieces, with the one that has the most before it."""
    if policy.quota_gpu_hours <= 0:
        return None
    asked = [Spent(0, window, ask.count) for window in ask.windows]

    def until(window: Window) -> float:
        days = Window(min(window.end - timedelta(days=policy.quota_days), window.start), window.end)
        return sum(one.gpu_hours(days) for one in (*asked, *snapshot.spent))

    hours = max(map(until, ask.windows))
    return OverQuota(hours, policy.quota_gpu_hours, policy.quota_days) if hours > policy.quota_gpu_hours else None


def _pool_asks(ask: Ask, _: Snapshot, __: Policy) -> Limit | None:
    return PoolAsks(ask.pool.name) if ask.pool.approval else None


LIMITS: tuple[Rule, ...] = (_hours, _share, _outstanding, _quota, _pool_asks)
