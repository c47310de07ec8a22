"""Asking a holder and handing over, as people do: through real Bolt, with cards, messages and buttons."""

from collections.abc import Iterator

import pytest

from bot.booking.lifecycle import State
from make import ALICE, BOB, DAN, window
from worlds import Play, all_of, buttons_of, playing

DAY = "2026-11-02T09:00Z/2026-11-02T17:00Z"
NEED = "2026-11-02T10:00Z/2026-11-02T12:00Z"


@pytest.fixture
def play(sqlite_url: str) -> Iterator[Play]:
    """Alice (R1) and carol (R2) have two A100 each from 9 to 17 UTC; it is 8."""
    with playing(sqlite_url) as play:
        for name in ("alice", "carol"):
            play.say(f"{name}: /gpu book 2 a100 {DAY}")
        yield play


def labels(play: Play, name: str) -> list[str]:
    return [one.label for one in buttons_of(play.last(name))]


def asked(play: Play) -> str:
    """Bob is refused, and presses the button that asks alice; what is seen then."""
    play.say(f"bob: /gpu book 1 a100 {NEED} because our <rebuttal>")
    assert "Ask alice for R1" in labels(play, "bob")
    return play.say(f"bob: click {labels(play, 'bob').index('Ask alice for R1') + 1}")


def test_a_holder_who_is_asked_gives_a_part_and_both_are_told(play: Play) -> None:
    seen = asked(play)
    assert "Asked @alice for room on R1: 1 × A100, Today 02:00–04:00 (2 h)." in seen
    question = play.last("alice")
    assert "<@U0BOB> asks whether you could make room:" in all_of(question)
    assert "our &lt;rebuttal&gt;" in all_of(question)
    assert labels(play, "alice") == ["Move it to 13:00", "Start it 13:00", "Keep 1, give 1", "Decline"]
    thanks = play.say("alice: click 3")
    assert "Thank you: @bob has 1 × A100 on atlas, Today 11:00–13:00 (2 h)." in thanks
    assert "Your R1 is 1 × A100 on atlas, Today 10:00–18:00 (8 h)." in thanks
    assert "@alice made room: 1 × A100 on atlas is yours Today 02:00–04:00 (2 h) · R3" in thanks
    hers, _, his = play.reservations()
    assert (hers.member, hers.count, hers.window, hers.state) == (ALICE.id, 1, window(9, 17), State.BOOKED)
    assert (his.member, his.count, his.window, his.state) == (BOB.id, 1, window(10, 12), State.BOOKED)
    assert "R3: 1 × A100 on atlas · Today 02:00–04:00 (2 h) · booked" in play.say("bob: /gpu mine")
    assert "R1: 1 × A100 on atlas · Today 10:00–18:00 (8 h) · booked" in play.say("alice: /gpu mine")
    assert [line.split(" ·")[0] for line in play.thread()[-2:]] == ["R1 gives some of its GPUs back", "R3 booked"]


def test_a_second_click_on_the_question_says_that_it_is_answered(play: Play) -> None:
    asked(play)
    question = play.card("alice", "Decline")
    play.click("alice", "Keep 1", question)
    before = play.reservations()
    play.click("alice", "Start it", question)
    assert "This is answered already." in all_of(play.last("alice"))
    play.click("alice", "Decline", question)
    assert play.reservations() == before


def test_a_click_on_what_has_changed_since_changes_nothing(play: Play) -> None:
    asked(play)
    question = play.card("alice", "Decline")
    play.say("alice: /gpu extend R1 1h")
    before = play.reservations()
    play.click("alice", "Keep 1", question)
    assert "R1 has changed since this card was drawn" in all_of(play.last("alice"))
    assert play.reservations() == before
    play.click("alice", "Decline", question)
    assert "Declined." in all_of(play.last("alice"))


def test_declining_is_one_click_and_the_day_is_used_up(play: Play) -> None:
    asked(play)
    before = play.reservations()
    seen = play.say("alice: click 4")
    assert "Declined. R1 stays as it is, and @bob is told." in seen
    assert "@alice declined: R1 stays as it is, and nothing was booked." in seen
    assert play.reservations() == before
    assert "one question a day" in play.say(f"bob: /gpu ask R1 {NEED}")
    assert "Asked @carol for room on R2" in play.say("bob: /gpu ask R2")


def test_one_who_does_not_answer_lets_it_lapse(play: Play) -> None:
    asked(play)
    play.say("ada: advance 4h")
    assert "<@U0ALICE> did not answer in time: your question about R1 has lapsed." in play.last("bob").text
    play.click("alice", "Keep 1", play.card("alice", "Decline"))
    assert "This has lapsed." in all_of(play.last("alice"))


def test_somebody_elses_question_is_not_answered_by_a_forged_click(play: Play) -> None:
    asked(play)
    before = play.reservations()
    play.click("carol", "Extend", action_id="give_up:2", value="Q1:1:fewer:1")
    assert "somebody else to answer" in all_of(play.last("carol"))
    play.click("alice", "Keep 1", value="Q1:1:nothing:1")
    assert "I do not understand this choice." in all_of(play.last("alice"))
    assert play.reservations() == before


def test_a_reservation_is_handed_over_and_taken(play: Play) -> None:
    assert "Offered R1 to @dan: 2 × A100 on atlas" in play.say("alice: /gpu give R1 to @dan")
    assert "<@U0ALICE> hands R1 over to you:" in all_of(play.last("dan"))
    assert labels(play, "dan") == ["Take it", "No thanks"]
    seen = play.say("dan: click 1")
    assert "R1 is yours now: 2 × A100 on atlas, Today 09:00–17:00 (8 h)." in seen
    assert "@dan has taken R1 over" in seen
    assert play.reservations()[0].member == DAN.id
    assert "You have no reservations" in play.say("alice: /gpu mine")
    assert "R1" in play.say("dan: /gpu mine")


def test_a_reservation_that_is_not_taken_stays(play: Play) -> None:
    play.say("alice: /gpu give R1 to @dan")
    seen = play.say("dan: click 2")
    assert "Declined. R1 stays theirs, and @alice is told." in seen
    assert "@dan does not take R1. It stays as it is." in seen
    assert play.reservations()[0].member == ALICE.id


def test_what_nobody_takes_in_time_stays_too(play: Play) -> None:
    play.say("alice: /gpu give R1 to @dan")
    play.say("ada: advance 10h")
    assert "<@U0DAN> did not answer in time: R1 stays yours." in play.last("alice").text
    assert play.reservations()[0].member == ALICE.id


def test_who_would_be_over_a_limit_is_told_and_may_still_decline(play: Play) -> None:
    play.say("dan: /gpu book 2 a100 2026-11-02T17:00Z/2026-11-02T18:00Z")
    play.say("alice: /gpu extend R1 1h")
    play.say("alice: /gpu give R1 to @dan")
    before = play.reservations()
    seen = play.say("dan: click 1")
    assert "You would hold 4 of 4 A100 at once (over 2)." in seen
    assert "R1 stays as it is" in seen
    assert play.reservations() == before
    assert "Declined" in play.say("dan: click 2")


def test_whoever_needs_gpus_before_a_deadline_asks_with_one_click_too(play: Play) -> None:
    play.say("bob: /gpu book 2 a100 for 6h before 2026-11-02T16:00Z")
    assert "Ask alice for R1" in labels(play, "bob")
    play.say(f"bob: click {labels(play, 'bob').index('Ask alice for R1') + 1}")
    assert "<@U0BOB> asks whether you could make room:" in all_of(play.card("alice", "Decline"))
    play.click("alice", "Give all of it")
    his = play.reservations()[-1]
    assert (his.member, his.movable, his.window.length.seconds) == (BOB.id, True, 6 * 3600)
