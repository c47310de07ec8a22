"""Measuring: how long each answer took, what was answered, and the table of it."""

import gc
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from statistics import median
from time import perf_counter
from typing import Any, Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")

ENOUGH_CUT = 4  # answers cut off, when they are half of all or more, to call a method too slow


class TooSlowError(Exception):
    """One answer took longer than a method may take."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is spent on one method at one size. Times in seconds.

    `answers`: at most so many; `budget`: no new question after it, once there are `fewest`; `limit`: no answer is
    waited for longer, one that is cut off counts as having taken just that.
    """

    answers: int
    budget: float
    limit: float = 600
    fewest: int = 20


class Clock:
    """What a slow method looks at on its way to an answer."""

    def __init__(self) -> None:
        self._until = float("inf")

    def begin(self, limit: float) -> None:
        """From now on there are `limit` seconds."""
        self._until = perf_counter() + limit

    def check(self) -> None:
        """Raises TooSlowError once the time for this answer is over."""
        if perf_counter() > self._until:
            raise TooSlowError


@dataclass(slots=True)
class Timed(Generic[Question, Answer]):
    """Seconds per answer, in the order of the questions; those that were cut off have no answer."""

    seconds: list[float] = field(default_factory=list)
    answers: list[tuple[Question, Answer]] = field(default_factory=list)
    cut: int = 0

    @property
    def too_slow(self) -> bool:
        """Half of the answers or more were not waited for, so that there is no median."""
        return self.cut * 2 >= len(self.seconds)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `cut` answers took longer than was waited: with any, `p99_us` may be too low."""

    operation: str
    method: str
    gpus: int
    reservations: int
    median_us: float
    p99_us: float
    ratio_to_best: float
    answers: int
    cut: int


def timed(
    ask: Callable[[Question], Answer], questions: Iterable[Question], effort: Effort, clock: Clock
) -> Timed[Question, Answer]:
    """Ask one question after the other; ends early where the method is plainly too slow to have a median.

    What is in memory already is kept from the garbage collector meanwhile, so that nobody pays for the others' data.
    """
    result: Timed[Question, Answer] = Timed()
    kept = gc.get_freeze_count()  # by the caller, who keeps it
    gc.collect()
    gc.freeze()
    try:
        _ask_all(ask, questions, effort, clock, result)
    finally:
        if not kept:
            gc.unfreeze()
    return result


def _ask_all(
    ask: Callable[[Question], Answer],
    questions: Iterable[Question],
    effort: Effort,
    clock: Clock,
    result: Timed[Question, Answer],
) -> None:
    began = perf_counter()
    for question in questions:
        clock.begin(effort.limit)
        start = perf_counter()
        try:
            answer = ask(question)
        except TooSlowError:
            result.seconds.append(effort.limit)
            result.cut += 1
        else:
            result.seconds.append(perf_counter() - start)
            result.answers.append((question, answer))
        asked = len(result.seconds)
        if asked >= effort.answers or (result.cut > ENOUGH_CUT and result.too_slow):
            break
        if asked >= effort.fewest and perf_counter() - began > effort.budget:
            break


def rows(operation: str, gpus: int, reservations: int, found: Mapping[str, Timed[Any, Any]]) -> list[Row]:
    """A row per method that has a median, the best first; `ratio_to_best` compares medians."""
    medians = {method: median(one.seconds) for method, one in found.items() if one.seconds and not one.too_slow}
    best = min(medians.values(), default=0.0)
    return [
        Row(
            operation,
            method,
            gpus,
            reservations,
            round(middle * 1e6, 3),
            round(percentile(found[method].seconds, 0.99) * 1e6, 3),
            round(middle / best, 2),
            len(found[method].seconds),
            found[method].cut,
        )
        for method, middle in sorted(medians.items(), key=lambda pair: pair[1])
    ]


def percentile(values: Sequence[float], part: float) -> float:
    """The smallest value that at least this part (0..1) of the values do not exceed."""
    return sorted(values)[max(0, ceil(len(values) * part) - 1)]


def heading() -> str:
    """The names of the columns of `line`."""
    return f"  {'operation':<28}{'method':<28}{'median':>10}{'p99':>12}{'ratio':>11}{'answers':>9}"


def line(row: Row) -> str:
    """A row as text."""
    p99 = ("≥ " if row.cut else "") + duration(row.p99_us)
    ratio = f"{row.ratio_to_best:,.1f}"
    return f"  {row.operation:<28}{row.method:<28}{duration(row.median_us):>10}{p99:>12}{ratio:>11}{row.answers:>9}"


def duration(microseconds: float) -> str:
    """ "3.1 us", "12.0 ms", "1.50 s"."""
    if microseconds < 1e3:
        return f"{microseconds:.1f} us"
    return f"{microseconds / 1e3:.1f} ms" if microseconds < 1e6 else f"{microseconds / 1e6:.2f} s"
