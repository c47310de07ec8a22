"""How figures are spread: quantiles, and Jain's index of fairness."""

from collections.abc import Sequence
from math import ceil


def jain(shares: Sequence[float]) -> float | None:
    """Jain's index: 1 where all have the same, 1/n where one has all; None without members or with nothing at all.

    (sum x)^2 / (n sum x^2), as in Jain, Chiu and Hawe, "A Quantitative Measure of Fairness and Discrimination", 1984.
    """
    squares = sum(share * share for share in shares)
    return sum(shares) ** 2 / (len(shares) * squares) if squares else None


def quantile(values: Sequence[float], part: float) -> float | None:
    """Of values in order: the least that a `part` of them does not pass."""
    return values[max(0, ceil(len(values) * part) - 1)] if values else None
