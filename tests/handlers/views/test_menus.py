"""The menus of forms: what is offered for what is typed, with what is free or when it is."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.booking.board import PoolFree
from bot.booking.lifecycle import State
from bot.booking.model import Window
from bot.sandbox.limits import check_options
from handlers.views import menus
from handlers.views.kit import Block
from make import monday, reservation

BERLIN = ZoneInfo("Europe/Berlin")
NOW = monday(8)
DAY = Window(NOW, NOW + timedelta(days=1))
POOLS = (PoolFree("a100", 4, DAY, ((NOW, 2), (monday(17), 4))), PoolFree("3090", 4, DAY, ((NOW, 4),)))
MINE = (
    reservation(12, 33, 41, ("atlas:0", "atlas:1"), version=3, reason="ablations"),
    reservation(13, 57, 60, ("titan:0",), pool="3090", state=State.PENDING),
)


def told(options: list[Block]) -> list[tuple[str, str, str]]:
    return [
        (option["text"]["text"], option.get("description", {}).get("text", ""), option["value"]) for option in options
    ]


def test_every_pool_is_offered_with_what_is_free_in_the_members_zone() -> None:
    assert told(menus.pools(POOLS, "", BERLIN)) == [
        ("Any pool", "The one that fits best", "*"),
        ("A100 · 4 GPUs", "free: 2, then 4 from 18:00", "a100"),
        ("3090 · 4 GPUs", "free: 4 all day", "3090"),
    ]


def test_what_is_typed_narrows_the_pools() -> None:
    assert [value for _, _, value in told(menus.pools(POOLS, "A1", BERLIN))] == ["a100"]
    assert menus.pools(POOLS, "h100", BERLIN) == []


def test_reservations_are_found_by_their_id_their_gpus_or_their_reason() -> None:
    (first, second) = told(menus.reservations(MINE, "", BERLIN))
    assert first == ("R12: 2 × A100 on atlas", "Tue 3 Nov 10:00–18:00 (8 h) · booked", "R12:3")
    assert second[1] == "Wed 4 Nov 10:00–13:00 (3 h) · waits for an admin"
    for typed, label in (("r12", "R12:3"), ("ABLAT", "R12:3"), ("titan", "R13:1")):
        assert [value for _, _, value in told(menus.reservations(MINE, typed, BERLIN))] == [label]


def test_a_large_lab_and_hostile_names_stay_inside_slacks_limits() -> None:
    bad = ["x" * 3000, "<!channel>" * 14, "שלום" * 30, "🦥" * 140]
    pools = [PoolFree(f"{name}{number}", 4, DAY, ((NOW, 2),)) for number in range(40) for name in bad]
    offered = menus.pools(pools, "", BERLIN)
    assert len(offered) == menus.MOST
    assert check_options({"options": offered}) == []
    held = [reservation(number, 33, 41, (f"{name}:0",), pool=name) for number in range(1, 40) for name in bad]
    assert check_options({"options": menus.reservations(held, "", BERLIN)}) == []
