"""The board: what is free as words, who has what, and the lab channel's message."""

from datetime import UTC, timedelta

import pytest

from bot.booking.board import Board, GpuNow, PoolFree
from bot.booking.model import Window
from handlers.views import board as views
from handlers.views import words
from make import ALICE, BOB, monday, reservation

NOW = monday(8)
DAY = Window(NOW, NOW + timedelta(days=1))
ALICES = reservation(7, 8, 17, ("atlas:0", "atlas:1"), member=ALICE.id)
BOBS = reservation(9, 20, 30, ("atlas:0",), member=BOB.id)
A100 = PoolFree("a100", 4, DAY, ((NOW, 2), (monday(18), 4)))
OLD = PoolFree("3090", 4, DAY, ((NOW, 4),))
GPUS = (
    GpuNow("atlas:0", "a100", ALICES, BOBS),
    GpuNow("atlas:1", "a100", ALICES, None),
    GpuNow("atlas:2", "a100", None, None),
    GpuNow("atlas:3", "a100", None, BOBS),
    *(GpuNow(f"titan:{index}", "3090", None, None) for index in range(4)),
)
BOARD = Board(NOW, (OLD, A100), GPUS)


def test_what_is_free_now_and_next_is_told_per_pool() -> None:
    reply = views.free(BOARD, zone=UTC)
    assert reply.text == f"6 of 8 GPUs free now · 3090: 4 all day · A100: 2, then 4 from {words.clock(monday(18))}"
    assert reply.blocks[0]["text"]["text"].startswith("*6 of 8 GPUs free now* · 3090: 4 all day")
    assert reply.blocks[1]["elements"][0]["text"]["text"] == "Book"


def test_what_was_assumed_is_small_print() -> None:
    reply = views.free(BOARD, zone=UTC, notes=("friday is the next one <x>",))
    assert reply.blocks[1]["elements"][0]["text"] == "Friday is the next one &lt;x&gt;."


def test_many_pools_take_a_line_each() -> None:
    pools = tuple(PoolFree(f"p{index}", 4, DAY, ((NOW, 4),)) for index in range(5))
    reply = views.free(Board(NOW, pools, ()), zone=UTC)
    assert reply.text == "20 of 20 GPUs free now"
    assert reply.blocks[0]["text"]["text"].endswith("P3: 4 all day\nP4: 4 all day")


def test_what_is_free_in_a_window_ahead_is_what_is_free_in_all_of_it() -> None:
    later = Window(monday(33), monday(41))
    a100 = PoolFree("a100", 4, later, ((monday(33), 3), (monday(36), 2)))
    old = PoolFree("3090", 4, later, ((monday(33), 4),))
    span, at = words.span(later, UTC), words.clock(monday(36))
    assert views.free(Board(NOW, (a100, old), ()), zone=UTC).text == (
        f"6 of 8 GPUs free throughout {span} · A100: 3, then 2 from {at} · 3090: 4 throughout"
    )


def test_two_quiet_days_are_told_as_the_next_two_days() -> None:
    pool = PoolFree("a100", 4, Window(NOW, NOW + timedelta(days=2)), ((NOW, 4),))
    assert views.pool_free(pool, NOW, UTC) == "4 for the next 2 d"


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (((8, 0),), "none all day"),
        (((8, 2), (18, 0)), "2, then none from {18}"),
        (((8, 2), (10, 0), (12, 4), (14, 1), (16, 4)), "2, then none from {10}, 4 from {12}, 1 from {14} …"),
    ],
)
def test_steps_are_told_in_order_and_not_without_end(steps: tuple[tuple[int, int], ...], told: str) -> None:
    pool = PoolFree("a100", 4, DAY, tuple((monday(hour), count) for hour, count in steps))
    for hour in (10, 12, 14, 18):
        told = told.replace(f"{{{hour}}}", words.clock(monday(hour)))
    assert views.pool_free(pool, NOW, UTC) == told


def test_a_day_with_a_clock_change_is_a_day() -> None:
    longer = Window(NOW, NOW + timedelta(hours=25))
    assert views.pool_free(PoolFree("a100", 4, longer, ((NOW, 4),)), NOW, UTC) == "4 all day"


def test_who_has_what_is_told_by_node_with_who_is_next() -> None:
    reply = views.who(BOARD, zone=UTC)
    until, since = words.clock(monday(17)), words.clock(monday(20))
    assert [line for block in reply.blocks if "text" in block for line in block["text"]["text"].split("\n")] == [
        "*2 of 8 GPUs held* by 1 member",
        "*atlas* A100",
        f"0: <@U0ALICE> until {until} (R7), then <@U0BOB> from {since} (R9)",
        f"1: <@U0ALICE> until {until} (R7)",
        "2: free",
        f"3: free, then <@U0BOB> from {since} (R9)",
        "*titan* 3090 · 0–3: free",
    ]


def test_an_empty_lab_is_held_by_nobody() -> None:
    assert views.who(Board(NOW, (OLD,), GPUS[4:]), zone=UTC).text == "0 of 4 GPUs held now"


def test_the_channels_message_says_what_is_free_who_has_what_and_as_of_when() -> None:
    reply = views.pinned(BOARD, zone=UTC)
    assert reply.text.startswith("6 of 8 GPUs free now")
    assert "<@U0ALICE>" in reply.blocks[1]["text"]["text"]
    assert f"As of {words.moment(NOW)}." in reply.blocks[-1]["elements"][0]["text"]
