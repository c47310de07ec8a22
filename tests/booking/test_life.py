"""Use beside reservation: what of that which is seen is worth a word."""

from datetime import timedelta

import pytest

from bot.booking.board import board_of
from bot.booking.calendar import Calendar
from bot.booking.findings import Open
from bot.booking.life import Life, LifeKind, as_found, life_of
from bot.booking.lifecycle import State
from bot.booking.model import Reservation, minute_of
from bot.booking.observed import Finding, FindingKind, Use
from bot.booking.outages import Outage
from make import lab, monday, reservation, window

NOW = monday(12)
MINE = reservation(1, 9, 17, state=State.ACTIVE)
FRESH = NOW - timedelta(minutes=1)
OLD = NOW - timedelta(minutes=5, seconds=1)


@pytest.mark.parametrize(
    ("use", "holder", "life"),
    [
        (None, MINE, None),
        (None, None, None),
        (Use(FRESH, None, occupied=True), MINE, None),
        (Use(FRESH, None, occupied=True), None, Life(LifeKind.UNBOOKED)),
        (Use(FRESH, monday(8)), None, None),
        (Use(FRESH, monday(11)), MINE, Life(LifeKind.IDLE, monday(11))),
        (Use(FRESH, monday(8)), MINE, Life(LifeKind.IDLE, monday(9))),
        (Use(FRESH, NOW - timedelta(minutes=15)), MINE, Life(LifeKind.IDLE, NOW - timedelta(minutes=15))),
        (Use(FRESH, NOW - timedelta(minutes=14)), MINE, None),
        (Use(FRESH, monday(11)), reservation(1, 9, 17, state=State.PENDING), None),
        (Use(OLD, monday(8), occupied=True), MINE, Life(LifeKind.UNREAD, OLD)),
        (Use(OLD, None, occupied=True), None, Life(LifeKind.UNREAD, OLD)),
        (Use(None), MINE, Life(LifeKind.UNREAD)),
    ],
)
def test_what_is_said_of_a_gpu(use: Use | None, holder: Reservation | None, life: Life | None) -> None:
    assert life_of(use, holder, NOW) == life


def test_what_was_found_idle_stays_so_through_a_burst_and_a_squatter_makes_nothing_quiet() -> None:
    uses = {"atlas:0": Use(FRESH, None, occupied=True), "atlas:1": Use(FRESH, monday(9)), "atlas:2": Use(FRESH)}
    findings = [
        Open(1, Finding(FindingKind.PARKED, "atlas:0", monday(11), 1), NOW),
        Open(2, Finding(FindingKind.UNUSED, "atlas:1", monday(11), 1), NOW),
        Open(3, Finding(FindingKind.SQUATTER, "atlas:2", monday(11)), NOW),
        Open(4, Finding(FindingKind.UNUSED, "gone:0", monday(11), 1), NOW),
    ]
    told = as_found(uses, findings)
    assert {gpu: use.quiet_since for gpu, use in told.items()} == {
        "atlas:0": monday(11),
        "atlas:1": monday(9),
        "atlas:2": None,
    }


def test_the_board_has_it_and_nothing_of_what_is_out_of_service() -> None:
    calendar = Calendar(lab(), minute_of(monday()))
    calendar.apply([reservation(1, 9, 17, ("atlas:0", "atlas:1"), state=State.ACTIVE)], 1)
    calendar.take_out([Outage(1, "atlas:3", window(9, 20))])
    board = board_of(calendar, NOW, uses={f"atlas:{index}": Use(FRESH, monday(11), True) for index in range(4)})
    kinds = {one.gpu: one.life.kind for one in board.gpus if one.life}
    assert kinds == {"atlas:0": LifeKind.IDLE, "atlas:1": LifeKind.IDLE, "atlas:2": LifeKind.UNBOOKED}
    assert {one.gpu for one in board.only(pool="3090").gpus if one.life} == set()
