"""Links to calendars: whose they are, what they show, and when they open nothing any more."""

import pytest

from bot.desk import Desk
from bot.errors import NotFound
from desks import NOW, booked
from make import ALICE, BOB, lab
from storage.ledger import Ledger
from storage.people import KnownMember


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    return Desk(ledger, lab())


def shown(desk: Desk, token: str) -> list[int] | None:
    found = desk.subscribed(token, NOW)
    return None if found is None else [one.id for one in found.reservations]


def test_a_member_s_link_stays_the_same_and_shows_only_their_own(desk: Desk) -> None:
    late, early = booked(desk, start=14, end=15), booked(desk, start=9, end=10)
    booked(desk, BOB, start=9, end=10)
    link = desk.calendar_link(ALICE, None, NOW)
    assert desk.calendar_link(ALICE, None, NOW) == link
    assert shown(desk, link.token) == [early.id, late.id]
    assert desk.calendar_link(BOB, None, NOW).token != link.token


def test_a_pool_s_link_shows_everybody_s_there(desk: Desk) -> None:
    of_alice, of_bob = booked(desk, start=9, end=10), booked(desk, BOB, start=11, end=12)
    booked(desk, BOB, pool="3090", start=9, end=10)
    assert shown(desk, desk.calendar_link(ALICE, "a100", NOW).token) == [of_alice.id, of_bob.id]


def test_another_link_ends_the_one_before_and_no_other(desk: Desk) -> None:
    own, pool = desk.calendar_link(ALICE, None, NOW), desk.calendar_link(ALICE, "a100", NOW)
    new = desk.calendar_link(ALICE, None, NOW, renew=True)
    assert shown(desk, own.token) is None
    assert shown(desk, new.token) == shown(desk, pool.token) == []


def test_what_is_released_is_gone_from_it(desk: Desk) -> None:
    one = booked(desk)
    link = desk.calendar_link(ALICE, None, NOW)
    desk.release(ALICE, one.id, NOW)
    assert shown(desk, link.token) == []


def test_a_member_who_left_shows_nothing_any_more(desk: Desk) -> None:
    link = desk.calendar_link(ALICE, "a100", NOW)
    desk.remember([KnownMember("T1", ALICE.id, "alice", "UTC", bot=False, deleted=True, seen_at=NOW)], NOW)
    assert shown(desk, link.token) is None


@pytest.mark.parametrize("token", ["", "x", "' OR 1=1 --", "a" * 10_000])
def test_what_is_no_token_opens_nothing(desk: Desk, token: str) -> None:
    desk.calendar_link(ALICE, None, NOW)
    assert shown(desk, token) is None


def test_there_is_no_calendar_of_a_pool_that_is_not_there(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.calendar_link(ALICE, "h100", NOW)
