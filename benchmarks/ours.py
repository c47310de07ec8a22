"""The bot's own core behind the same questions: its calendar, its search, its decide()."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import cycle, islice

from benchmarks.fills import NOW, POOL, Fill, Query, fixed, moldable, movable
from benchmarks.rivals import Stay
from benchmarks.timing import Clock, Effort, Timed, timed
from bot.booking.calendar import Calendar
from bot.booking.decide import decide
from bot.booking.decision import Decision, Refused
from bot.booking.lifecycle import State
from bot.booking.model import Before, Fixed, Request, Reservation, Work, minute_of, window_of
from bot.booking.search import Need, earliest
from bot.booking.snapshot import Snapshot

Asked = tuple[Query, Request]

# How requests vary: a window, a deadline that leaves so many times the length, or GPU-hours.
KINDS: tuple[Callable[[Query, str], Request], ...] = (
    fixed,
    lambda query, member: movable(query, member, 1.2),
    fixed,
    lambda query, member: movable(query, member, 4),
    lambda query, member: moldable(query, member, 2),
)
NEWCOMERS = 200  # queries, of which most find room
NAMES = {Fixed: "fixed", Before: "movable", Work: "moldable"}


class Core:
    """A calendar of the fill. `earliest` is the plain jump scan: nobody's tentative GPUs are changed for it."""

    name = "masks and jump scan"

    def __init__(self, full: Fill) -> None:
        self.calendar = Calendar(full.lab, minute_of(NOW))
        self.calendar.apply(full.reservations, version=1)
        self._pool = self.calendar.pools[POOL]
        self.layout = self._pool.layout

    def free(self, start: int, end: int) -> int:
        return self._pool.minutes.over(start, end)

    def earliest(self, query: Query) -> int | None:
        layout, count = self.layout, query.count
        return self._pool.minutes.earliest(
            query.first, query.last, query.length, lambda free: layout.nodes_with(free, count) != 0
        )

    def earliest_with_late_binding(self, query: Query) -> int | None:
        """As the bot asks: others' tentative GPUs may change, and where no node has room in time, several may."""
        need = Need(POOL, query.count, self.layout.full, member="U0MEMBER0")
        found = earliest(self.calendar, need, query.first, query.last, query.length, minute_of(NOW))
        return None if found is None else minute_of(found.window.start)

    def insert(self, reservation: Reservation) -> None:
        self.calendar.apply([reservation], self.calendar.version + 1)

    def remove(self, reservation: Reservation) -> None:
        """The opposite of `insert`."""
        self.calendar.apply([replace(reservation, state=State.CANCELLED)], self.calendar.version + 1)


def decided(core: Core, full: Fill, asked: Iterator[Query], effort: Effort) -> Timed[Asked, Decision]:
    """decide() on the queries as requests of each kind in turn. The snapshots are made outside the measured time."""

    def ask(question: tuple[Asked, Snapshot]) -> Decision:
        (_, request), snapshot = question
        return decide(request, snapshot, core.calendar, full.lab.policy, NOW)

    result = timed(ask, _questions(core, full, asked), effort, Clock())
    return Timed(result.seconds, [(asked, decision) for (asked, _), decision in result.answers])


def by_outcome(result: Timed[Asked, Decision]) -> dict[str, Timed[Asked, Decision]]:
    """All, then by kind and outcome. Held for an admin counts as granted: it was placed.

    The whole ladder: no room was free, so that others were tried to be moved, and offers looked for where that failed.
    """
    parts: dict[str, Timed[Asked, Decision]] = {"decide, all": result}
    for seconds, ((query, request), decision) in zip(result.seconds, result.answers, strict=True):
        outcome = "refused" if isinstance(decision, Refused) else "granted"
        names = [f"decide {NAMES[type(request.when)]}, {outcome}"]
        if isinstance(decision, Refused) or decision.placement.moves:
            names.append("decide, whole ladder")
        for name in names:
            part = parts.setdefault(name, Timed())
            part.seconds.append(seconds)
            part.answers.append(((query, request), decision))
    return dict(sorted(parts.items()))


def _questions(core: Core, full: Fill, asked: Iterator[Query]) -> Iterator[tuple[Asked, Snapshot]]:
    """Asked by the people who hold something already, one after the other."""
    people = sorted({one.member for one in full.reservations})
    for query, kind, member in zip(asked, cycle(KINDS), cycle(people), strict=False):
        yield (query, kind(query, member)), Snapshot(core.calendar.of(member), (), core.calendar.pending())


def newcomers(core: Core, asked: Iterator[Query], first_id: int) -> list[tuple[Reservation, Stay]]:
    """Reservations that could be made one after the other, each where a query finds its earliest start."""
    made: list[tuple[Reservation, Stay]] = []
    for query in islice(asked, NEWCOMERS):
        start = core.earliest(query)
        if start is None:
            continue
        end = start + query.length
        free = core.free(start, end)
        part = next(part for field in core.layout.fields if (part := free & field).bit_count() >= query.count)
        names = core.layout.names(part)[: query.count]
        reservation = Reservation(
            first_id + len(made), "U0MEMBER0", State.BOOKED, POOL, names, window_of(start, end), created_at=NOW
        )
        core.insert(reservation)
        made.append((reservation, (start, end, core.layout.mask(names))))
    for reservation, _ in made:
        core.remove(reservation)
    return made
