"""[Other...] on the card that asks admins: a form with what was asked for, and what is wrong with it beside a field."""

from collections.abc import Iterator

import pytest

from bot.booking.lifecycle import State
from make import ADA, lab, monday, window
from worlds import Play, playing


@pytest.fixture
def play(sqlite_url: str) -> Iterator[Play]:
    with playing(sqlite_url, lab=lab(admins=(ADA.id, "U0EVE"))) as play:
        play.say("alice: /gpu book 4 a100 tomorrow 9am for 8h because ICLR")
        yield play


def test_another_window_is_offered_from_a_form_that_starts_with_what_was_asked_for(play: Play) -> None:
    play.click("ada", "Other…")
    view = play.workspace.modal(ADA.id)
    assert view is not None
    first = {
        block["block_id"]: block["element"]["initial_value"] for block in view.content["blocks"] if "element" in block
    }
    assert first == {"count": "4", "when": "2026-11-03 09:00 for 8h"}
    assert play.submit("ada", count="2", when="wed 10:00 for 6h").problem == ""
    play.world.settle()
    offer = play.last("alice")
    assert offer.text.startswith("<@U0ADA> offers you 2 × A100 on atlas instead, <!date^1793782800^")
    play.click("alice", "Take it")
    (one,) = play.reservations()
    assert (one.state, one.window, one.approved_by, one.reason) == (State.BOOKED, window(57, 63), ADA.id, "ICLR")


def test_sent_as_it_is_it_offers_what_was_asked_for(play: Play) -> None:
    play.click("ada", "Other…")
    play.submit("ada")
    (one,) = play.reservations()
    assert (one.state, one.count, one.window) == (State.OFFERED, 4, window(32, 40))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"when": "before fri 6pm for 3h"}, "Say a start and an end or a length."),
        ({"when": "whenever"}, "whenever"),
        ({"count": "40"}, "That cannot be had in place of R1. Offer fewer GPUs, or another time."),
    ],
    ids=str,
)
def test_what_cannot_be_offered_is_said_in_the_form_and_changes_nothing(
    play: Play, typed: dict[str, str], told: str
) -> None:
    play.click("ada", "Other…")
    outcome = play.submit("ada", **typed)
    assert told in str(outcome)
    assert play.form("ada") != ""
    (one,) = play.reservations()
    assert (one.state, one.version) == (State.PENDING, 1)


def test_a_form_that_was_open_while_another_admin_decided_says_who_did(play: Play) -> None:
    play.click("ada", "Other…")
    play.say("u0eve: /gpu approve R1")
    play.submit("ada", count="2")
    assert "is booked already.* That was <@U0EVE>, <!date^" in play.form("ada")
    assert [one.count for one in play.reservations()] == [4]


def test_the_lab_is_told_that_it_was_an_admins_offer_and_not_the_waitlist(play: Play) -> None:
    play.click("ada", "Offer 3")
    play.world.settle()
    play.click("alice", "Take it")
    play.world.settle()
    assert play.thread()[-1].startswith("R1 booked, as offered by <@U0ADA> · <@U0ALICE> · 3 × A100 on atlas")


def test_the_lab_is_told_of_the_part_that_needs_no_admin(play: Play) -> None:
    play.say("bob: /gpu book 4 3090 now for 8h")
    play.say("ada: advance 61m")
    play.click("bob", "Take it")
    play.world.settle()
    assert play.thread()[-1].startswith("R2 booked: the part that needs no admin · <@U0BOB>")


def test_a_tab_is_drawn_anew_after_its_members_settings_were_changed(play: Play) -> None:
    play.hands.open_home(play.person("alice"))
    play.hands.open_home(play.person("bob"))
    sent = play.sent("views.publish")
    play.say("alice: /gpu settings quiet 23-7")
    play.bot.home(monday(8))
    home = play.workspace.home(play.person("alice").id)
    assert home is not None
    assert "23:00–07:00" in str(home.content)
    assert play.sent("views.publish") == sent + 1
