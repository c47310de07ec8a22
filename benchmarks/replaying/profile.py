"""How many GPUs are free when, as a step function: all that the peers need, for whom GPUs have no ids."""

from bisect import bisect_right


class Profile:
    """Free GPUs from each of `_times` until the next; all are free in the far future."""

    def __init__(self, gpus: int) -> None:
        self._times = [0]
        self._free = [gpus]

    def at(self, minute: int) -> int:
        """Free GPUs in that minute."""
        return self._free[bisect_right(self._times, minute) - 1]

    def earliest(self, first: int, length: int, count: int, last: int | None = None) -> int | None:
        """The first start in `[first, last]` with `count` GPUs free for `length` minutes; None if there is none.

        Without `last` there always is one, as long as `count` is not more than all.
        """
        times, free = self._times, self._free
        start, place = first, bisect_right(times, first) - 1
        while last is None or start <= last:
            while place < len(times) and times[place] < start + length:
                if free[place] < count:
                    break
                place += 1
            else:
                return start
            while free[place] < count:  # the last step has all GPUs free
                place += 1
            start = times[place]
        return None

    def change(self, start: int, end: int, count: int) -> None:
        """`count` more GPUs are free in `[start, end)`; fewer where it is negative."""
        if start >= end:
            return
        first, stop = self._split(start), self._split(end)
        for place in range(first, stop):
            self._free[place] += count

    def first_below_zero(self, first: int) -> int | None:
        """The first minute from `first` on in which more GPUs are taken than there are."""
        place = bisect_right(self._times, first) - 1
        for at in range(place, len(self._free)):
            if self._free[at] < 0:
                return max(first, self._times[at])
        return None

    def forget(self, before: int) -> None:
        """Drop the steps that lie wholly before a minute."""
        place = bisect_right(self._times, before) - 1
        if place > 0:
            del self._times[:place], self._free[:place]

    def _split(self, minute: int) -> int:
        """The place of the step that begins at `minute`, made where there was none."""
        place = bisect_right(self._times, minute) - 1
        if self._times[place] == minute:
            return place
        self._times.insert(place + 1, minute)
        self._free.insert(place + 1, self._free[place])
        return place + 1
