"""How it stands with a deadline, in words."""

from dataclasses import replace
from datetime import UTC

from bot.booking.lab import Deadline
from bot.booking.model import Waiting
from bot.booking.pressure import PoolPressure, Pressure, Safe
from handlers.views import words
from handlers.views.pressure import pressure_blocks, pressure_lines
from make import ALICE, BOB, monday, request, reservation

DEADLINE = Deadline("<neurips>", monday(40))


def said(pool: PoolPressure) -> list[str]:
    (text,) = pressure_lines(Pressure(DEADLINE, monday(8), (pool,)), reader=ALICE.id, zone=UTC)
    return text.split("\n")


def test_figures_are_said_and_what_is_too_little() -> None:
    assert said(PoolPressure("a100", 96, 36.5, 0)) == ["*A100* · 59.5 of 96 GPU-h left · 36.5 promised"]
    (line,) = said(PoolPressure("a100", 96, 90, 10))
    assert line == "*A100* · 6 of 96 GPU-h left · 90 promised · 10 waited for · *4 GPU-h too few*"


def test_each_start_is_said_with_how_late_it_may_be() -> None:
    mine, bobs = reservation(1, 9, 13), reservation(2, 9, 13, member=BOB.id)
    waits = Waiting(3, request(member=BOB.id), monday(8))
    starts = (Safe(waits, None), Safe(bobs, monday(9)), Safe(mine, monday(12)), Safe(replace(waits, id=4), monday(20)))
    _, *lines = said(PoolPressure("a100", 96, 8, 8, starts))
    nine = words.moment(monday(9))
    assert lines == [
        "W3 · <@U0BOB> · no place in time is left",
        f"R2 · <@U0BOB> · starts {nine}, no later",
        f"R1 · yours · starts {nine}, at the latest {words.clock(monday(12))}",
        f"W4 · <@U0BOB> · must start by {words.moment(monday(20))}",
    ]


def test_of_many_starts_the_first_are_said() -> None:
    starts = tuple(Safe(reservation(number), monday(12)) for number in range(20))
    assert said(PoolPressure("a100", 96, 8, 8, starts))[-1] == "and 12 others with more time"


def test_a_deadline_that_is_past_is_over() -> None:
    past = Pressure(DEADLINE, monday(41), ())
    assert pressure_lines(past, reader=ALICE.id, zone=UTC) == ["&lt;neurips&gt; is over."]
    assert len(pressure_blocks(past, reader=ALICE.id, zone=UTC)) == 1
