"""Who was refused and waits, in the bot's own waitlist; and how much each member has had, which orders it."""

from datetime import datetime
from typing import NamedTuple

from benchmarks.replaying.traces import Job
from bot.booking.fairness import HALF_LIFE, decayed
from bot.booking.model import Request, Waiting, Window
from bot.booking.snapshot import Scene, Spent
from bot.booking.waitlist import Shadow, is_over, next_offers


class _Past(NamedTuple):
    """GPU-hours of the past as they counted `at` an instant."""

    gpu_hours: float
    at: datetime


class Waitlist:
    """All take what they are offered by themselves."""

    def __init__(self) -> None:
        self._waiting: dict[int, Waiting] = {}
        self._jobs: dict[int, Job] = {}
        self._past: dict[str, _Past] = {}

    def add(self, job: Job, request: Request, now: datetime) -> None:
        """It waits for what it was refused."""
        self._waiting[job.id] = Waiting(job.id, request, now, auto=True)
        self._jobs[job.id] = job

    def all(self) -> tuple[Waiting, ...]:
        """First come first, as a snapshot has them."""
        return tuple(self._waiting.values())

    def first(self, scene: Scene) -> Shadow | None:
        """Whom GPUs are due to now, and which. For whom it is too late, waits no more."""
        self._waiting = {id_: one for id_, one in self._waiting.items() if not is_over(one, scene)}
        return next(iter(next_offers(self.all(), scene)), None)

    def served(self, one: Waiting) -> Job:
        """It has what it waited for."""
        del self._waiting[one.id]
        return self._jobs.pop(one.id)

    def had(self, member: str, window: Window, gpus: int, now: datetime) -> None:
        """A run of the member's is over."""
        self._past[member] = _Past(self._had(member, now) + decayed([Spent(0, window, gpus)], now), now)

    def past(self, now: datetime) -> dict[str, float]:
        """By member, as a snapshot has it. What has been counted once is halved from then on as a whole."""
        return {member: self._had(member, now) for member in self._past}

    def _had(self, member: str, now: datetime) -> float:
        before = self._past.get(member, _Past(0.0, now))
        return before.gpu_hours * 2.0 ** -((now - before.at) / HALF_LIFE)
