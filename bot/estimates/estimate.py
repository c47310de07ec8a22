"""How long it will take: by the lab's own measurement, a step time, an earlier run, or published figures.

Hours = operations / (GPUs x peak x share x 3,600), the share of the peak from `figures`; or steps x seconds / 3,600.
"""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import assert_never

from bot.booking.lab import Pool
from bot.estimates.band import Basis, End, Estimate, NoPeak, NotMeasured, Unknown
from bot.estimates.figures import TOO_GOOD, Figure, band_of
from bot.estimates.hardware import Hardware, Place
from bot.estimates.measured import believed, measured_speeds, names_near, of_name
from bot.estimates.scaling import Scaled, scaled
from bot.estimates.work import Again, Kind, Measurement, Named, Precision, Steps, Training, Work

MORE = 1.1  # what validation and checkpoints may add to the steps: our assumption, and said to be one
ADDED = "10% more for validation and checkpoints, which is assumed"


def estimate(
    work: Work, place: Place, pools: Mapping[str, Pool], own: Sequence[Measurement] = ()
) -> Estimate | Unknown:
    """The band for `work` on `place`. `pools`: the lab's, by name; `own`: its measurements, in any order.

    A training whose model's name was measured, and whose recipe says how many steps it has, rests on that.
    """
    match work:
        case Training(model=model):
            steps = round(model.steps * work.items / model.items) if model.steps and model.items else 0
            if steps < 1 or work.lora:
                return _by_figures(work, place)
            good = believed(own, pools)
            return _by_measurement(steps, model.name, place, pools, good) or _by_figures(
                work, place, doubtful=bool(of_name(model.name, own))
            )
        case Named(steps, name):
            return _by_measurement(steps, name, place, pools, own) or NotMeasured(name, names_near(name, own))
        case Steps(steps, seconds):
            hours = steps * seconds / 3600
            told = "the steps at the time that you said"
            return Estimate(
                End(hours, told), End(hours, told), End(hours * MORE, f"{told}, and {ADDED}"), Basis.STEP_TIME
            )
        case Again(label, hours, pool, count, more):
            was = Place(pools[pool], count) if pool in pools else None
            if was is None:
                return NoPeak(pool)
            told = f"{label}: {hours:.3g} h on {count} of {pool}"
            speeds = measured_speeds(believed(own, pools), pool)
            return _as_scaled(scaled(hours, was, place, speeds), told, Basis.EARLIER, more)
        case _:
            assert_never(work)


def elsewhere(work: Work, asked: Place) -> Work:
    """The work as it is to be estimated on other GPUs than those `asked` about: a step time is known for these."""
    if not isinstance(work, Steps):
        return work
    return Again("your step time", work.steps * work.seconds / 3600, asked.pool.name, asked.count, MORE)


def _by_measurement(
    steps: int, name: str, place: Place, pools: Mapping[str, Pool], own: Sequence[Measurement]
) -> Estimate | None:
    """By the same GPUs and as many, where they were measured; else scaled from the newest measurement."""
    seen = [one for one in of_name(name, own) if one.pool in pools]
    mine = [one for one in seen if one.pool == place.pool.name and one.gpus == place.count]
    same = [one.step_seconds for one in mine]
    if same:
        middle = steps * median(same) / 3600
        told = f"{name} as measured here on these GPUs{_with(mine[0])}"
        several = len(same) > 1
        fastest, usual = (f"{told}, the {which} of {len(same)}" if several else told for which in ("fastest", "median"))
        slowest = f"{told}, the slowest of {len(same)}, or {ADDED}" if several else f"{told}, and {ADDED}"
        return Estimate(
            End(steps * min(same) / 3600, fastest),
            End(middle, usual),
            End(max(steps * max(same) / 3600, middle * MORE), slowest),
            Basis.MEASURED,
        )
    if not seen:
        return None
    newest = seen[0]
    was = Place(pools[newest.pool], newest.gpus)
    told = f"{name} as measured on {newest.gpus} of {newest.pool}{_with(newest)}"
    there = scaled(steps * newest.step_seconds / 3600, was, place, measured_speeds(own, newest.pool))
    return _as_scaled(there, told, Basis.EARLIER, MORE)


def _with(one: Measurement) -> str:
    return f" ({one.settings})" if one.settings else ""


def _as_scaled(band: Scaled, told: str, basis: Basis, more: float = 1.0) -> Estimate:
    """Scaled hours as a band, its worst end `more` times as long: 1 or above."""
    why = "; ".join((told, *band.because))
    worst = f"{why}; and {ADDED}" if more > 1 else why
    ends = End(band.best, why), End(band.middle, why), End(band.worst * more, worst)
    return Estimate(*ends, basis, own_speeds=band.own_speeds)


def _by_figures(work: Training, place: Place, *, doubtful: bool = False) -> Estimate | NoPeak:
    hardware = place.hardware
    if hardware is None:
        return NoPeak(place.pool.name)
    peak = _peak(hardware, work.precision)
    band = band_of(hardware.name, work.model.kind)
    at_all = work.flops / (place.count * peak * 1e12 * 3600)

    def end(share: float, figure: Figure) -> End:
        return End(at_all / share, f"{share:.0%} of its peak, {figure.run}, {figure.source.partition(',')[0]}")

    middle = End(at_all / band.middle, f"{band.middle:.0%}, the geometric mean of both")
    notes = list(_notes(work, place, hardware, borrowed=band.borrowed))
    if doubtful:
        told = f"{work.model.name} as measured here implies over {TOO_GOOD:.0%} of the peak"
        notes.append(f"{told}: it is not relied on.")
    return Estimate(
        end(band.tuned.share, band.tuned), middle, end(band.ordinary.share, band.ordinary), Basis.FIGURES, tuple(notes)
    )


def _peak(hardware: Hardware, precision: Precision) -> float:
    """Dense TFLOPS; where its TF32 peak is not known, half of that in 16 bits, as on every GPU where it is."""
    return hardware.peak if precision is Precision.BITS_16 else hardware.tf32 or hardware.peak / 2


def _notes(work: Training, place: Place, hardware: Hardware, *, borrowed: bool) -> list[str]:
    notes = []
    if borrowed:
        notes.append(f"No such run on {hardware.name} is known here: the ends are those of other GPUs or models.")
    nodes = {gpu.node for gpu in place.pool.gpus}
    largest = max(sum(gpu.node == node for gpu in place.pool.gpus) for node in nodes)
    if place.count > largest:
        notes.append("It spans nodes: over a slow network it can take much longer.")
    if work.model.kind is Kind.LANGUAGE:
        notes.append("Attention over more than 8,192 tokens is not in it.")
    return notes
