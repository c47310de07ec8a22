"""Waits and shares as a report writes them: as precise as it matters, and never rounded to nothing or all."""

from bot.report.waits import Waits


def span(minutes: float | None) -> str:
    """A length of time, as precise as it matters: "40 min", "3.5 h", "2.1 days"."""
    if minutes is None:
        return "no time known"
    if not minutes:
        return "no time"
    if minutes < 60:
        return f"{minutes:.0f} min"
    return _short(minutes / 60, "h") if minutes < 48 * 60 else _short(minutes / 1440, "days")


def within(minutes: float | None) -> str:
    """ "within 3.5 h"; "at once" where nothing was waited."""
    return "at once" if minutes == 0 else f"within {span(minutes)}"


def spread(found: Waits) -> str:
    """How much later than wanted they began: "half at once when GPUs were wanted, nine of ten within 3.5 h of it"."""
    if not found.wait_90:
        return "nine of ten at once when GPUs were wanted"
    if not found.wait:
        return f"half at once when GPUs were wanted, nine of ten {within(found.wait_90)} of it"
    return f"half {within(found.wait)} and nine of ten {within(found.wait_90)} of when GPUs were wanted"


def percent(share: float | None) -> str:
    """A share in percent, "" where there is none; what is not nothing or all is not rounded to it."""
    if share is None:
        return ""
    rounded = round(100 * share)
    if rounded == 0 and share > 0:
        return "under 1 %"
    return "over 99 %" if rounded == 100 and share < 1 else f"{rounded} %"


def _short(figure: float, unit: str) -> str:
    return f"{figure:.1f}".removesuffix(".0") + f" {unit}"
