"""The lab's own measurements: those that an estimate can rest on, and the speeds of pools that they show."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from statistics import geometric_mean, median

from bot.booking.lab import Pool
from bot.estimates.figures import TOO_GOOD
from bot.estimates.hardware import Place
from bot.estimates.recipes import RECIPES
from bot.estimates.work import Measurement

MOST_LOOKED_AT = 20  # of a name: the newest, since code changes
MOST_RATIO = 100.0  # of two pools' speeds: the highest known peak is 35 times the lowest


def of_name(name: str, own: Sequence[Measurement]) -> tuple[Measurement, ...]:
    """Those of a job's name, in any case, the newest first, at most MOST_LOOKED_AT."""
    low = name.lower()
    found = sorted((one for one in own if one.name.lower() == low), key=lambda one: one.at, reverse=True)
    return tuple(found[:MOST_LOOKED_AT])


def as_seen_by(member: str, own: Sequence[Measurement]) -> tuple[Measurement, ...]:
    """Those that count for a member: of names that they have measured themselves their own, of others everybody's."""
    theirs = {one.name.lower() for one in own if one.member == member}
    return tuple(one for one in own if one.member == member or one.name.lower() not in theirs)


def names_near(name: str, own: Sequence[Measurement]) -> tuple[str, ...]:
    """At most three names that were measured and look like this one; the newest where none does."""
    newest = dict.fromkeys(one.name for one in sorted(own, key=lambda one: one.at, reverse=True))
    near = get_close_matches(name[:60], list(newest)[:200], n=3)
    return tuple(near or list(newest)[:3])


def measured_speeds(own: Sequence[Measurement], base: str) -> Mapping[str, float]:
    """The speeds of pools relative to the pool `base` (1.0), by jobs that were measured in both on as many GPUs.

    A job is a member's, by its name: two members may call different ones the same.
    The geometric mean over the jobs, of each the ratio of median step times. `base` is in it only with another pool.
    """
    times: dict[tuple[str, str, int], dict[str, list[float]]] = {}
    for one in own:
        times.setdefault((one.member, one.name.lower(), one.gpus), {}).setdefault(one.pool, []).append(one.step_seconds)
    ratios: dict[str, list[float]] = {}
    for pools in times.values():
        for pool, seconds in pools.items():
            if base in pools and pool != base:
                ratios.setdefault(pool, []).append(median(pools[base]) / median(seconds))
    return {base: 1.0, **{pool: geometric_mean(seen) for pool, seen in ratios.items()}} if ratios else {}


def speeds_of_pools(own: Sequence[Measurement], pools: Mapping[str, Pool]) -> Mapping[tuple[str, str], float]:
    """Of each two pools on which the same jobs were measured: how many times as fast as the first the second is.

    What cannot be believed does not count, and no ratio over MOST_RATIO either way.
    """
    good = believed(own, pools)
    found = {
        (base, other): speed for base in pools for other, speed in measured_speeds(good, base).items() if other != base
    }
    return {pair: speed for pair, speed in found.items() if 1 / MOST_RATIO <= speed <= MOST_RATIO}


def implied(name: str, step_seconds: float, place: Place) -> float | None:
    """The share of the peak that a step time means, for a model whose recipe says what a step is; else None."""
    model = RECIPES.get(name.lower())
    if model is None or not model.steps or (hardware := place.hardware) is None:
        return None
    return model.flops * model.items / model.steps / (step_seconds * place.count * hardware.peak * 1e12)


def believed(own: Sequence[Measurement], pools: Mapping[str, Pool]) -> tuple[Measurement, ...]:
    """Those of pools that there are, and without those that imply more than TOO_GOOD of the peak: something is wrong
    with them, as that the GPU was not waited for, or they are of another step than the recipe's."""
    there = (one for one in own if one.pool in pools)
    return tuple(
        one for one in there if (implied(one.name, one.step_seconds, Place(pools[one.pool], one.gpus)) or 0) <= TOO_GOOD
    )
