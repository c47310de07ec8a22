"""Where a movable request waits on for an admin: asked at Monday 08:00, with a day to be decided in."""

from dataclasses import replace
from typing import Any

import pytest

from bot.booking.lab import Policy
from bot.booking.lifecycle import State
from bot.booking.model import Reservation, Window
from bot.booking.postponing import postponed
from make import monday, reservation, window
from scenes import NOW, TWO, picture, run, scene

AT = monday(9)


def asked(start: float = 8, end: float = 12, by: float = 80, **of: Any) -> Reservation:
    return run(1, start, end, by, state=State.PENDING, created_at=NOW, **of)


def later(pending: Reservation, *others: Reservation, **of: Any) -> Window | None:
    at = scene(pending, *others, **({"now": AT} | of))
    before = picture(at.calendar)
    found = postponed(pending, at)
    assert picture(at.calendar) == before
    if found is None:
        return None
    assert (found.moves, found.rebinds, len(found.gpus)) == ((), (), pending.count)
    assert found.window.length == pending.window.length
    return found.window


def test_it_waits_until_admins_had_the_whole_timeout() -> None:
    assert later(asked()) == window(32, 36)


def test_it_goes_where_gpus_are_free() -> None:
    assert later(asked(), reservation(2, 30, 40)) == window(40, 44)
    assert later(asked(), reservation(2, 30, 40), of=TWO) == window(32, 36)


def test_what_is_due_before_that_goes_as_late_as_it_can() -> None:
    assert later(asked(by=30)) == window(26, 30)
    assert later(asked(by=30), reservation(2, 28, 40)) == window(24, 28)


def test_nobody_makes_way_for_it() -> None:
    assert later(asked(), run(2, 32, 76, 90)) == window(76, 80)


@pytest.mark.parametrize(
    "pending",
    [
        asked(by=13),
        asked(start=40, end=44),
        replace(asked(), created_at=monday(-16)),
        replace(asked(), named=True),
        replace(asked(), group=1),
        replace(asked(), promise=None, movable=False),
        replace(asked(), state=State.BOOKED),
        replace(asked(), state=State.OFFERED),
    ],
    ids=["no time left", "asked in time", "waited", "named", "pieces", "fixed", "booked", "offered"],
)
def test_others_do_not(pending: Reservation) -> None:
    assert later(pending) is None


def test_there_may_be_no_room() -> None:
    assert later(asked(by=40), reservation(2, 12, 40)) is None


def test_it_begins_after_now_however_late_the_bot_comes() -> None:
    assert later(asked(by=30), now=monday(25)) == window(26, 30)
    assert later(asked(by=30), now=monday(26)) is None


def test_it_stays_within_the_horizon() -> None:
    near = Policy(movable_horizon_days=1)
    assert later(asked(), policy=near) == window(32, 36)
    assert later(asked(), reservation(2, 32, 40), policy=near) == window(28, 32)
