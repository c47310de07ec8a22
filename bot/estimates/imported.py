"""What is kept of a sweep: of each model on some GPUs the settings that were fastest, and what of it is doubtful."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from bot.booking.lab import Pool
from bot.estimates.figures import TOO_GOOD
from bot.estimates.hardware import Place
from bot.estimates.measured import implied
from bot.estimates.sweep import Trial, fits
from bot.estimates.work import Measurement


@dataclass(frozen=True, slots=True)
class Doubt:
    """A row that implies `share` of its GPUs' peak, over TOO_GOOD."""

    trial: Trial
    share: float


@dataclass(frozen=True, slots=True)
class Imported:
    """`kept`: the trials of the fastest settings. `doubts`: by line. `unfit`: of which model on what none fit."""

    kept: tuple[Measurement, ...]
    doubts: tuple[Doubt, ...]
    unfit: tuple[tuple[str, str, int], ...]


def imported(trials: tuple[Trial, ...], pools: Mapping[str, Pool], now: datetime) -> Imported:
    """What a sweep says. Settings whose step times cannot be believed are kept only where there are no others."""
    doubts = tuple(
        Doubt(one, share)
        for one, seconds in fits(trials)
        if (share := implied(one.name, seconds, Place(pools[one.pool], one.gpus)) or 0) > TOO_GOOD
    )
    doubtful = {doubt.trial.line for doubt in doubts}
    runs: dict[tuple[str, str, int], dict[tuple[bool, str], list[float]]] = {}
    for one, seconds in fits(trials):
        settings = runs.setdefault((one.name, one.pool, one.gpus), {})
        settings.setdefault((one.line in doubtful, one.settings), []).append(seconds)
    kept = list[Measurement]()
    for (name, pool, gpus), settings in runs.items():
        (_, fastest), seen = min(settings.items(), key=lambda run: (run[0][0], median(run[1]), run[0][1]))
        kept += [Measurement("", name, pool, gpus, seconds, now, fastest) for seconds in seen]
    tried = dict.fromkeys((one.name, one.pool, one.gpus) for one in trials)
    return Imported(tuple(kept), doubts, tuple(one for one in tried if one not in runs))
