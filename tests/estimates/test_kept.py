"""Estimates held against what their jobs took."""

from bot.estimates.band import Basis
from bot.estimates.kept import Forecast, Proved, Record, record_of


def proved(hours: float, basis: Basis = Basis.MEASURED) -> Proved:
    return Proved(Forecast("tiny", "a100", 2, basis, 8, 10, 12), hours)


def test_how_good_they_were_is_said_of_those_that_rest_on_the_same() -> None:
    seen = [proved(10), proved(8), proved(20), proved(5, Basis.FIGURES)]
    assert record_of(Basis.MEASURED, seen) == Record(3, 2, 0.25)
    assert record_of(Basis.FIGURES, seen) == Record(1, 0, 1.0)
    assert record_of(Basis.STEP_TIME, seen) is None


def test_the_ends_themselves_are_inside_by_the_minute() -> None:
    assert proved(12.05).inside
    assert proved(7.95).inside
    assert not proved(12.2).inside


def test_only_the_newest_count() -> None:
    seen = [proved(10)] * 50 + [proved(100)] * 10
    assert record_of(Basis.MEASURED, seen) == Record(50, 50, 0.0)
