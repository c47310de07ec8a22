"""The warm calendar: taking in what was written."""

from dataclasses import replace

from bot.booking.calendar import Calendar
from bot.booking.lifecycle import State
from bot.booking.model import minute_of
from make import lab, monday, reservation

AT_TEN = minute_of(monday(10))


def free(calendar: Calendar) -> tuple[str, ...]:
    pool = calendar.pools["a100"]
    return pool.layout.names(pool.minutes.at(AT_TEN))


def test_two_that_swap_their_gpus_keep_both_taken() -> None:
    calendar = Calendar(lab(), minute_of(monday(8)))
    one, other = reservation(1, gpus=("atlas:0",)), reservation(2, gpus=("atlas:1",))
    calendar.apply([one, other], 1)
    calendar.apply([replace(one, gpus=other.gpus), replace(other, gpus=one.gpus)], 2)
    assert free(calendar) == ("atlas:2", "atlas:3")


def test_of_one_that_was_written_twice_the_last_counts() -> None:
    calendar = Calendar(lab(), minute_of(monday(8)))
    one = reservation(1, gpus=("atlas:0",))
    calendar.apply([one, replace(one, gpus=("atlas:1",))], 1)
    assert free(calendar) == ("atlas:0", "atlas:2", "atlas:3")
    calendar.apply([replace(one, state=State.ENDED)], 2)
    assert free(calendar) == ("atlas:0", "atlas:1", "atlas:2", "atlas:3")
