"""How quickly one member may speak: as quickly as anybody can, but not as quickly as a program gone wrong."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import TooQuick

# A menu asks at each letter that is typed, so a form may bring dozens in a few seconds; nobody keeps up four a second
# for a minute. A program may, and has a tenth of the interpreter then (an answer takes some 30 ms), not all of it.
AT_ONCE = 200
A_SECOND = 4.0
REST = timedelta(seconds=10)
MOST = 4096  # members that are remembered; the one who spoke longest ago is forgotten first


@dataclass(frozen=True, slots=True)
class _Bucket:
    """What a member may still say at once, as of `at`; nothing before `rests_until`."""

    left: float
    at: datetime
    rests_until: datetime | None = None


class Pace:
    """Of every member, admins too, in this process alone: a second bot counts for itself.

    `at_once`: what may be said without a pause; `a_second`: how much of it comes back. Threads may ask it.
    """

    def __init__(self, at_once: float = AT_ONCE, a_second: float = A_SECOND) -> None:
        self._at_once, self._a_second = at_once, a_second
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._buckets)

    def spoke(self, member: str, now: datetime) -> None:
        """`member` speaks. Raises TooQuick, which says in how long they are heard again."""
        with self._lock:
            left, rests_until = self._as_of(member, now)
            resting = rests_until is not None
            if not resting:
                rests_until = now + REST if left < 1 else None
                self._buckets[member] = _Bucket(left - (left >= 1), now, rests_until)
            self._buckets.move_to_end(member)
            while len(self._buckets) > MOST:
                self._buckets.popitem(last=False)
        if rests_until is not None:
            raise TooQuick(rests_until - now, first=not resting)

    def _as_of(self, member: str, now: datetime) -> tuple[float, datetime | None]:
        """What is left by now, and until when they rest. A clock that is set back gives nothing and costs nothing."""
        one = self._buckets.get(member)
        if one is None:
            return self._at_once, None
        gone = max(timedelta(), now - one.at) / timedelta(seconds=1)
        rests = one.rests_until is not None and now < one.rests_until <= now + REST
        return min(self._at_once, one.left + gone * self._a_second), one.rests_until if rests else None


def is_again(headers: Mapping[str, Sequence[str]]) -> bool:
    """Whether Slack brings the same delivery again, which is nobody's haste."""
    return bool(headers.get("x-slack-retry-num"))
