"""Who comes first: laxity, and what each has had."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.booking.fairness import Laxity, decayed, latest_start, laxity, share_factor
from bot.booking.limits import Ask, passed
from bot.booking.model import Waiting, Window
from bot.booking.reasons import OverOutstanding
from bot.booking.snapshot import Snapshot, Spent
from desks import before, sweep
from make import ALICE, BOB, CAROL, lab, monday, request, reservation, window

NOW = monday(8)
HOUR = timedelta(hours=1)


def test_the_latest_start_is_the_deadline_less_the_run() -> None:
    assert latest_start(before(10, 48), lab()) == monday(38)
    assert latest_start(request(), lab()) is None


def test_of_work_it_is_that_of_the_most_gpus_it_may_have() -> None:
    assert latest_start(sweep(40, 48), lab()) == monday(38), "4 A100s for 10 h"


@pytest.mark.parametrize(
    ("start", "expected"),
    [(13.9, Laxity.SIX_HOURS), (14, Laxity.DAY), (32, Laxity.THREE_DAYS), (80, Laxity.MORE)],
)
def test_laxity_comes_in_classes_by_the_time_until_the_latest_start(start: float, expected: Laxity) -> None:
    assert laxity(Waiting(1, before(10, start + 10), NOW), lab(), NOW) is expected


def test_one_short_run_due_at_once_is_less_urgent_than_a_long_one_due_later() -> None:
    long_one, wide_one = before(24, 8 + 25), before(4, 8 + 30, count=4)
    assert laxity(Waiting(1, long_one, NOW), lab(), NOW) < laxity(Waiting(2, wide_one, NOW), lab(), NOW)


def test_a_withdrawn_claim_has_no_urgency_and_nor_has_a_fixed_window() -> None:
    assert laxity(Waiting(1, before(10, 20), NOW, withdrawn=True), lab(), NOW) is Laxity.MORE
    assert laxity(Waiting(1, request(), NOW), lab(), NOW) is Laxity.MORE


def test_an_hour_counts_whole_now_and_half_a_week_later() -> None:
    spent = Spent(1, Window(NOW - HOUR, NOW), 4)
    assert decayed([spent], NOW) == pytest.approx(4, rel=0.01)
    assert decayed([spent], NOW + timedelta(days=7)) == pytest.approx(decayed([spent], NOW) / 2)


def test_what_lies_ahead_does_not_count() -> None:
    running, ahead = Spent(1, window(7, 20), 1), Spent(2, window(9, 20), 1)
    assert decayed([running, ahead], NOW) == pytest.approx(1, rel=0.01)


@given(st.integers(-60 * 24 * 40, 0), st.integers(2, 60 * 24 * 20), st.integers(1, 8))
def test_a_reservation_counts_as_its_halves_do(start: int, minutes: int, count: int) -> None:
    first = NOW + timedelta(minutes=start)
    middle, end = first + timedelta(minutes=minutes // 2), first + timedelta(minutes=minutes)
    halves = [Spent(1, Window(first, middle), count), Spent(2, Window(middle, end), count)]
    whole = Spent(3, Window(first, end), count)
    assert decayed(halves, NOW) == pytest.approx(decayed([whole], NOW), abs=1e-6)
    assert 0 <= decayed([whole], NOW) <= whole.gpu_hours(Window(first, end)) + 1e-6


@pytest.mark.parametrize(
    ("own", "others", "factor"),
    [(0, [100], 1), (100, [100], 1), (50, [100], 1), (150, [50], 2 / 3), (300, [20, 10], 0.5)],
)
def test_who_had_more_than_the_mean_gets_less_but_at_least_half(own: float, others: list[float], factor: float) -> None:
    past = {f"U{place}": hours for place, hours in enumerate(others)} | {ALICE.id: own}
    assert share_factor(ALICE.id, past) == pytest.approx(factor)
    assert share_factor(ALICE.id, {}) == 1


def test_the_outstanding_cap_is_scaled_by_it() -> None:
    held = reservation(1, 9, 9 + 150, ("atlas:0",))  # 150 of 192 GPU-hours
    ask = Ask(ALICE.id, lab().pools["a100"], 1, window(9, 12))
    had = {ALICE.id: 150.0, BOB.id: 50.0, CAROL.id: 0.0}
    (over,) = passed(ask, Snapshot((held,), past=had), lab().policy)
    assert isinstance(over, OverOutstanding)
    assert (over.hours, over.limit) == (153, pytest.approx(128))
    assert passed(ask, Snapshot((held,), past={ALICE.id: 50.0, BOB.id: 150.0}), lab().policy) == ()
