"""An estimate in the button that books by it: what is remembered of it once it is taken."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from bot.estimates.band import Basis
from bot.estimates.kept import Forecast

LONGEST = 200  # characters of what was asked


def forecast_values(forecast: Forecast) -> dict[str, Any]:
    """As JSON values. The ends in hours, to a thousandth of them."""
    ends = (forecast.optimistic, forecast.typical, forecast.pessimistic)
    return {
        "asked": forecast.asked[:LONGEST],
        "pool": forecast.pool,
        "gpus": forecast.gpus,
        "basis": forecast.basis.value,
        "hours": [float(f"{hours:.4g}") for hours in ends],
    }


def forecast_from(values: object) -> Forecast | None:
    """The estimate in what a button carries; None where there is none, or it is none."""
    if not isinstance(values, Mapping):
        return None
    try:
        low, middle, high = (float(hours) for hours in values["hours"])
        asked, pool, gpus = str(values["asked"])[:LONGEST], str(values["pool"]), int(values["gpus"])
        basis = Basis(values["basis"])
    except (KeyError, TypeError, ValueError):
        return None
    if not (isfinite(high) and 0 < low <= middle <= high and gpus > 0):
        return None
    return Forecast(asked, pool, gpus, basis, low, middle, high)
