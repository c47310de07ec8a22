"""Whether the methods that answer the same question give the same answer; a fast wrong one is worth nothing."""

from benchmarks.fills import Query
from benchmarks.rivals import Search
from benchmarks.timing import Timed
from bot.booking.decision import Decision, Refused
from bot.booking.layout import Layout
from bot.booking.model import Request, Work, minute_of
from bot.booking.reasons import NotByDeadline, Taken


class DisagreementError(Exception):
    """Two methods answered one question differently; str(error) says which and how."""


def same(asked: str, core: Timed[Query, int | None], other: Timed[Query, int | None]) -> int:
    """How many answers the two have to the same questions; raises DisagreementError at the first that differs.

    `asked` says what and whom.
    """
    expected = dict(core.answers)
    both = [(query, answer) for query, answer in other.answers if query in expected]
    for query, answer in both:
        if answer != expected[query]:
            raise DisagreementError(f"{asked} says {answer} to {query}, the core {expected[query]}")
    return len(both)


def no_later(plain: Timed[Query, int | None], binding: Timed[Query, int | None]) -> None:
    """Late binding may find an earlier start than the plain scan, but never a later one, or none where there is one.

    Raises DisagreementError otherwise.
    """
    expected = dict(plain.answers)
    for query, start in binding.answers:
        latest = expected.get(query)
        if latest is not None and (start is None or not query.first <= start <= latest):
            raise DisagreementError(f"earliest start, {query}: {start} with late binding, {latest} without")


def borne_out(asked: tuple[Query, Request], decision: Decision, layout: Layout, other: Search) -> None:
    """A decision against another method's window check.

    Raises DisagreementError if it gives GPUs that are not free, or refuses for want of room where enough are free.
    """
    query, request = asked
    if isinstance(decision, Refused):
        full = any(isinstance(one, Taken | NotByDeadline) for one in decision.refusals)
        if full and not isinstance(request.when, Work):
            free = other.free(query.first, query.first + query.length)
            if free.bit_count() >= query.count:
                raise DisagreementError(f"decide, {query}: refused, though {free.bit_count()} GPUs are free")
        return
    placement = decision.placement
    free = other.free(minute_of(placement.window.start), minute_of(placement.window.end))
    if not (placement.rebinds or placement.moves) and layout.mask(placement.gpus) & ~free:
        raise DisagreementError(f"decide, {query}: gives {placement.gpus} in {placement.window}, not all of them free")
