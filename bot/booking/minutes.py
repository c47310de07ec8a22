"""The jump scan over free masks, and other ways to look along them."""

from collections.abc import Callable

from bot.booking.masks import LARGE, SMALL, L, Masks, S

Holds = Callable[[int], bool]


class Minutes(Masks):
    """Masks, and where they satisfy something."""

    def first(self, start: int, end: int, holds: Holds) -> int | None:
        """The first minute of `[start, end)` whose mask does not satisfy `holds`; None if all do.

        `holds` must be monotone: true of a mask, it is true of every larger one. So a stretch whose AND satisfies it
        is passed in one step.
        """
        self.reach(end)
        place, stop = max(start - self.base, 0), end - self.base
        last = -1
        while place < stop:
            if not place & (LARGE - 1) and place + LARGE <= stop and holds(self._large[place >> L]):
                place += LARGE
            elif not place & (SMALL - 1) and place + SMALL <= stop and holds(self._small[place >> S]):
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
            if not place & (SMALL - 1) and place + SMALL <= stop and holds(free & self._small[place >> S]):
                free &= self._small[place >> S]
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
                        both = free & large[place >> L]
                        if both == free or holds(both):
                            free = both
                            place -= LARGE
                            continue
                    both = free & small[place >> S]
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
