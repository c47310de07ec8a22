"""Hours on some GPUs to hours on others: a band, since how a job scales is known only where it was measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log2, sqrt

from bot.estimates.figures import DOUBLED
from bot.estimates.hardware import Place


@dataclass(frozen=True, slots=True)
class Scaled:
    """Hours at best, at a guess and at worst (above 0), and what was assumed, in phrases.

    `own_speeds`: the pools' speeds are those that the lab has measured.
    """

    best: float
    middle: float
    worst: float
    because: tuple[str, ...] = ()
    own_speeds: bool = False


def scaled(hours: float, was: Place, will: Place, speeds: Mapping[str, float] | None = None) -> Scaled:
    """What took so many hours on `was` takes on `will`, if its global batch stays the same.

    Twice the GPUs take half as long at best, and at worst as in the worst published doubling; fewer GPUs the reverse.
    Another pool takes what the pools' speeds say: those that the lab has measured (`speeds`, relative to each other),
    else the lab file's or the defaults', and the ratio of the peaks, whichever is better and worse.
    """
    because: list[str] = []
    linear = hours * was.count / will.count
    lossy = linear * DOUBLED.share ** -log2(will.count / was.count)
    if was.count != will.count:
        because.append(f"{DOUBLED.share:.0%} of twice the speed for twice the GPUs ({DOUBLED.run}), and all of it")
    ratios = [1.0]
    if was.pool.name != will.pool.name:
        ratios, why = _ratios(was, will, speeds or {})
        because.append(why)
    best, worst = min(linear, lossy) * min(ratios), max(linear, lossy) * max(ratios)
    own = was.pool.name != will.pool.name and _both(was, will, speeds or {})
    return Scaled(best, sqrt(best * worst), worst, tuple(because), own)


def _both(was: Place, will: Place, speeds: Mapping[str, float]) -> bool:
    return was.pool.name in speeds and will.pool.name in speeds


def _ratios(was: Place, will: Place, speeds: Mapping[str, float]) -> tuple[list[float], str]:
    """How many times as long it takes on the other pool, by each way to say it."""
    if _both(was, will, speeds):
        return [speeds[was.pool.name] / speeds[will.pool.name]], "the pools' speeds as measured here"
    ratios, why = [was.pool.speed / will.pool.speed], "the pools' speeds (the lab's, or published)"
    if was.hardware and will.hardware:
        ratios.append(was.hardware.peak / will.hardware.peak)
        why += ", and the ratio of their peaks"
    return ratios, why
