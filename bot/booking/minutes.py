"""Free masks, minute by minute, and the jump scan over them.

One int a minute, bit g: GPU g is free. Above them two coarser levels, each the AND of a stretch of minutes, let long
windows be tested in a few steps. Neighbours that are equal share one int, so a quiet year costs little memory.
"""

from collections.abc import Callable, Mapping
from functools import reduce
from operator import and_

SMALL = 64
LARGE = 1024
_S, _L = 6, 10  # their base-two logarithms

Holds = Callable[[int], bool]


class Minutes:
    """Masks for the minutes from `base` on; all GPUs are free in minutes that were never touched.

    Minutes count from 1970. What lies before `base` is forgotten: writes there are cut off.
    """

    def __init__(self, full: int, base: int) -> None:
        self.full = full
        self.base = base & -LARGE
        self._minute: list[int] = []
        self._small: list[int] = []
        self._large: list[int] = []
        self._notes: list[tuple[list[int], slice, list[int]]] | None = None

    def reach(self, end: int) -> None:
        """Make sure that every minute before `end` has a mask."""
        missing = -(-(end - self.base) // LARGE) - len(self._large)
        if missing > 0:
            self._minute += [self.full] * (missing * LARGE)
            self._small += [self.full] * (missing * LARGE // SMALL)
            self._large += [self.full] * missing

    def take(self, start: int, end: int, mask: int) -> None:
        """The GPUs of `mask` are not free in `[start, end)`."""
        self._write(start, end, lambda free: free & ~mask)

    def give(self, start: int, end: int, mask: int) -> None:
        """The GPUs of `mask` are free in `[start, end)`."""
        self._write(start, end, lambda free: free | mask)

    def forget(self, before: int) -> None:
        """Drop what lies wholly before the minute `before`."""
        chunks = min((before - self.base) // LARGE, len(self._large))
        if chunks > 0:
            del self._minute[: chunks * LARGE]
            del self._small[: chunks * LARGE // SMALL]
            del self._large[:chunks]
            self.base += chunks * LARGE

    def note(self) -> None:
        """From now on changes are noted, for `undo`; until `end`. Nothing may be forgotten meanwhile."""
        self._notes = []

    def undo(self) -> None:
        """As it was at `note`."""
        for level, where, before in reversed(self._notes or ()):
            level[where] = before
        self._notes = []

    def end(self) -> None:
        """Changes are noted no more; those that were, stay."""
        self._notes = None

    def at(self, minute: int) -> int:
        """The mask of one minute."""
        place = minute - self.base
        return self._minute[place] if 0 <= place < len(self._minute) else self.full

    def masks(self, start: int, end: int) -> list[int]:
        """The masks of the minutes in `[start, end)`; of those that are forgotten, full ones."""
        self.reach(end)
        forgotten = max(min(end, self.base) - start, 0)
        return [self.full] * forgotten + self._minute[max(start - self.base, 0) : max(end - self.base, 0)]

    def over(self, start: int, end: int) -> int:
        """The GPUs that are free all through `[start, end)`."""
        self.reach(end)
        free, place, stop = self.full, max(start - self.base, 0), end - self.base
        while place < stop:
            if not place & (LARGE - 1) and place + LARGE <= stop:
                free &= self._large[place >> _L]
                place += LARGE
            elif not place & (SMALL - 1) and place + SMALL <= stop:
                free &= self._small[place >> _S]
                place += SMALL
            else:
                free &= self._minute[place]
                place += 1
        return free

    def first(self, start: int, end: int, holds: Holds) -> int | None:
        """The first minute of `[start, end)` whose mask does not satisfy `holds`; None if all do.

        `holds` must be monotone: true of a mask, it is true of every larger one. So a stretch whose AND satisfies it
        is passed in one step.
        """
        self.reach(end)
        place, stop = max(start - self.base, 0), end - self.base
        last = -1
        while place < stop:
            if not place & (LARGE - 1) and place + LARGE <= stop and holds(self._large[place >> _L]):
                place += LARGE
            elif not place & (SMALL - 1) and place + SMALL <= stop and holds(self._small[place >> _S]):
                place += SMALL
            else:
                free = self._minute[place]
                if free != last and not holds(free):
                    return place + self.base
                last = free
                place += 1
        return None

    def run(self, start: int, end: int, holds: Holds) -> int:
        """For how many minutes from `start` (at most to `end`) the running AND satisfies a monotone `holds`."""
        self.reach(end)
        free, place, stop = self.full, start - self.base, end - self.base
        while place < stop:
            if not place & (SMALL - 1) and place + SMALL <= stop and holds(free & self._small[place >> _S]):
                free &= self._small[place >> _S]
                place += SMALL
                continue
            free &= self._minute[place]
            if not holds(free):
                break
            place += 1
        return place + self.base - start

    def earliest(self, first: int, last: int, length: int, holds: Holds) -> int | None:
        """The earliest start in `[first, last]` such that the AND of the `length` minutes from it satisfies `holds`.

        The jump scan: a start's minutes are tested backwards; when the running AND fails at minute i, every start
        up to i fails too, so the next is i + 1 (the shift of Boyer and Moore's string search). Exact for monotone
        `holds`.
        """
        if last < first:
            return None
        self.reach(last + length)
        minute, small, large, full = self._minute, self._small, self._large, self.full
        start, last = max(first - self.base, 0), last - self.base
        while start <= last:
            free, place = full, start + length - 1
            while place >= start:
                if place & (SMALL - 1) == SMALL - 1 and place - SMALL + 1 >= start:
                    if place & (LARGE - 1) == LARGE - 1 and place - LARGE + 1 >= start:
                        both = free & large[place >> _L]
                        if both == free or holds(both):
                            free = both
                            place -= LARGE
                            continue
                    both = free & small[place >> _S]
                    if both == free or holds(both):
                        free = both
                        place -= SMALL
                        continue
                both = free & minute[place]
                if both != free:
                    if not holds(both):
                        break
                    free = both
                place -= 1
            else:
                return start + self.base
            start = place + 1
        return None

    def earliest_by_minute(
        self, first: int, last: int, length: int, value: Callable[[int], int], effort: int
    ) -> int | None:
        """As `earliest`, for the AND of `value(mask)` of each minute being non-zero.

        For counts: a node may have enough free GPUs in every minute, though no one GPU is free through all of them.
        Gives up (None) after `value` was asked of `effort` different masks.
        """
        if last < first:
            return None
        self.reach(last + length)
        minute = self._minute
        start, last = max(first - self.base, 0), last - self.base
        known: dict[int, int] = {}
        while start <= last:
            running, place, before = -1, start + length - 1, None
            while place >= start:
                free = minute[place]
                if free is not before:
                    before = free
                    if free not in known:
                        if len(known) >= effort:
                            return None
                        known[free] = value(free)
                    running &= known[free]
                    if not running:
                        break
                place -= 1
            else:
                return start + self.base
            start = place + 1
        return None

    def fill(self, toggles: Mapping[int, int]) -> None:
        """Begin anew, from what becomes taken or free at which minute: the masks whose bits turn over there.

        As good as `take` for each of very many windows that do not overlap, in one sweep.
        """
        self._minute, self._small, self._large = [], [], []
        free, at = self.full, self.base
        for minute in sorted(toggles):
            self._minute += [free] * (minute - at)
            at = max(at, minute)
            free ^= toggles[minute]
        self._minute += [free] * (-len(self._minute) % LARGE)
        self._small = [reduce(and_, self._minute[at : at + SMALL]) for at in range(0, len(self._minute), SMALL)]
        wide = LARGE // SMALL
        self._large = [reduce(and_, self._small[at : at + wide]) for at in range(0, len(self._small), wide)]

    def _write(self, start: int, end: int, change: Callable[[int], int]) -> None:
        """`change` takes or gives bits, so that it may be done to an AND as well as to all that went into it."""
        self.reach(end)
        place, stop = max(start - self.base, 0), end - self.base
        if place >= stop:
            return
        small, large = slice(place >> _S, (stop - 1 >> _S) + 1), slice(place >> _L, (stop - 1 >> _L) + 1)
        if self._notes is not None:
            levels = (self._minute, slice(place, stop)), (self._small, small), (self._large, large)
            self._notes += [(level, where, level[where]) for level, where in levels]
        old, new, changed = None, self.full, []
        for free in self._minute[place:stop]:
            if free is not old:
                old, new = free, change(free)
            changed.append(new)
        self._minute[place:stop] = changed
        for block in range(small.start, small.stop):
            first = block << _S
            if place <= first and first + SMALL <= stop:
                self._small[block] = change(self._small[block])
            else:
                self._small[block] = reduce(and_, self._minute[first : first + SMALL])
        for block in range(large.start, large.stop):
            if place <= block << _L and block + 1 << _L <= stop:
                self._large[block] = change(self._large[block])
            else:
                self._large[block] = reduce(and_, self._small[block << _L - _S : block + 1 << _L - _S])
