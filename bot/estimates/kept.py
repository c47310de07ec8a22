"""How good the estimates have been that were booked: each against how long its job then ran."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bot.estimates.band import Basis, Estimate

MOST = 50  # the newest of a kind
INSIDE = 0.01  # of the end: hours are booked and measured in whole minutes


@dataclass(frozen=True, slots=True)
class Forecast:
    """An estimate as it was booked: the ends in hours (above 0) for `gpus` GPUs of a pool, what for in `asked`."""

    asked: str
    pool: str
    gpus: int
    basis: Basis
    optimistic: float
    typical: float
    pessimistic: float


@dataclass(frozen=True, slots=True)
class Proved:
    """A forecast whose job has ended well, after `hours` (above 0)."""

    forecast: Forecast
    hours: float

    @property
    def inside(self) -> bool:
        """Whether it took what the band says."""
        least, most = self.forecast.optimistic * (1 - INSIDE), self.forecast.pessimistic * (1 + INSIDE)
        return least <= self.hours <= most

    @property
    def off(self) -> float:
        """How far the typical end was off: a part of what it took, 0 or more."""
        return abs(self.forecast.typical - self.hours) / self.hours


@dataclass(frozen=True, slots=True)
class Record:
    """Of `count` estimates (1 or more) so many were `inside` their band; the typical end was `off` by this (median)."""

    count: int
    inside: int
    off: float


def forecast_of(band: Estimate, asked: str, pool: str, gpus: int) -> Forecast:
    """What is kept of a band."""
    ends = (band.optimistic.hours, band.typical.hours, band.pessimistic.hours)
    return Forecast(asked, pool, gpus, band.basis, *ends)


def record_of(basis: Basis, proved: Sequence[Proved]) -> Record | None:
    """Of the estimates that rested on the same, the newest MOST. `proved`: newest first. None: there are none yet."""
    same = [one for one in proved if one.forecast.basis is basis][:MOST]
    if not same:
        return None
    return Record(len(same), sum(one.inside for one in same), median(one.off for one in same))
