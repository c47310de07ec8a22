"""Free masks, minute by minute, as reservations come and go.

One int a minute, bit g: GPU g is free. Above them two coarser levels, each the AND of a stretch of minutes, let long
windows be tested in a few steps. Neighbours that are equal share one int, so a quiet year costs little memory.
"""

from collections.abc import Callable, Mapping
from functools import reduce
from itertools import pairwise
from operator import and_

SMALL = 64
LARGE = 1024
S, L = 6, 10  # their base-two logarithms


class Masks:
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
                free &= self._large[place >> L]
                place += LARGE
            elif not place & (SMALL - 1) and place + SMALL <= stop:
                free &= self._small[place >> S]
                place += SMALL
            else:
                free &= self._minute[place]
                place += 1
        return free

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

    def turn(self, toggles: Mapping[int, int]) -> None:
        """Bits that turn over at a minute are the other way round from there until they turn back.

        As good as `take` or `give` for each of many windows that do not overlap, in one sweep.
        """
        edges = sorted(toggles)
        if not edges:
            return
        self.reach(edges[-1])
        small, large = self._noted(edges[0] - self.base, edges[-1] - self.base)
        turned = 0
        for start, end in pairwise(edges):
            turned ^= toggles[start]
            if turned:
                self._rewrite(start - self.base, end - self.base, turned.__xor__)
        self._small[small] = [
            reduce(and_, self._minute[block << S : block + 1 << S]) for block in range(small.start, small.stop)
        ]
        wide = L - S
        self._large[large] = [
            reduce(and_, self._small[block << wide : block + 1 << wide]) for block in range(large.start, large.stop)
        ]

    def _write(self, start: int, end: int, change: Callable[[int], int]) -> None:
        """`change` takes or gives bits, so that it may be done to an AND as well as to all that went into it."""
        self.reach(end)
        place, stop = max(start - self.base, 0), end - self.base
        if place >= stop:
            return
        small, large = self._noted(place, stop)
        self._rewrite(place, stop, change)
        for block in range(small.start, small.stop):
            first = block << S
            if place <= first and first + SMALL <= stop:
                self._small[block] = change(self._small[block])
            else:
                self._small[block] = reduce(and_, self._minute[first : first + SMALL])
        for block in range(large.start, large.stop):
            if place <= block << L and block + 1 << L <= stop:
                self._large[block] = change(self._large[block])
            else:
                self._large[block] = reduce(and_, self._small[block << L - S : block + 1 << L - S])

    def _noted(self, place: int, stop: int) -> tuple[slice, slice]:
        """The blocks of either level that minutes belong to which are about to change."""
        small, large = slice(place >> S, (stop - 1 >> S) + 1), slice(place >> L, (stop - 1 >> L) + 1)
        if self._notes is not None:
            levels = (self._minute, slice(place, stop)), (self._small, small), (self._large, large)
            self._notes += [(level, where, level[where]) for level, where in levels]
        return small, large

    def _rewrite(self, place: int, stop: int, change: Callable[[int], int]) -> None:
        """Of the minutes alone; neighbours that are equal share one int after it too."""
        old, new, changed = None, self.full, []
        for free in self._minute[place:stop]:
            if free is not old:
                old, new = free, change(free)
            changed.append(new)
        self._minute[place:stop] = changed
