"""Approvals as the lab sees them: the card, what it says and becomes, the offer, the reminder; through real Bolt."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.booking.lifecycle import State
from bot.sandbox.slack.messages import Message
from make import ADA, lab, monday
from racing import at_once
from worlds import Play, all_of, buttons_of, playing

ADMINS = (ADA.id, *(f"U0ADMIN{number}" for number in range(7)))
ASK = "alice: /gpu book 4 a100 tomorrow 9am for 8h because ICLR <!channel>"


@pytest.fixture
def play(sqlite_url: str) -> Iterator[Play]:
    with playing(sqlite_url, lab=lab(admins=(ADA.id, "U0EVE"))) as play:
        yield play


def card(play: Play, about: str = "asks for") -> Message:
    (found,) = [
        one
        for one in play.workspace.visible(ADA.id)
        if about in one.text and one.channel == "C0ADMIN" and not one.thread
    ]
    return found


def labels(message: Message) -> list[str]:
    return [one.label for one in buttons_of(message)]


def test_the_card_says_who_what_why_what_it_leaves_and_what_happens_without_a_word(play: Play) -> None:
    play.say(ASK)
    text = all_of(card(play))
    assert "<@U0ALICE> asks for 4 × A100" in text
    assert '"ICLR &lt;!channel&gt;"' in text
    assert "because <@U0ALICE> would hold 4 of 4 A100 at once (over 2)" in text
    assert "It leaves none of 4 for others at its busiest. Nobody would be delayed." in text
    assert "<@U0ALICE> is offered 3, which delays nobody." in text
    assert labels(card(play)) == ["Approve 4", "Offer 3", "Offer 2 for 16 h*", "Other…", "Deny…"]
    assert "_* if your job scales linearly_" in text


def test_it_says_whom_it_would_delay_and_until_when(play: Play) -> None:
    play.say(ASK)
    play.say("carol: /gpu wait 2 a100 2026-11-03T10:00Z/2026-11-03T12:00Z")
    play.say("alice: /gpu release R1 keep 3")
    text = all_of(card(play))
    assert "It leaves 1 of 4 for others at its busiest." in text
    assert "<@U0CAROL> (W1) would start <!date^1793721600^" in text
    assert ", not <!date^1793700000^" in text
    assert labels(card(play))[:2] == ["Approve 3", "Offer 2"]


def test_approved_the_card_says_by_whom_and_when_and_has_no_buttons(play: Play) -> None:
    play.say(ASK)
    play.click("ada", "Approve 4")
    play.world.settle()
    text = all_of(card(play))
    assert "*Approved* by <@U0ADA>, <!date^" in text
    assert labels(card(play)) == []
    assert "approved by <@U0ADA>" in play.last("alice").text


def test_a_late_click_is_told_who_decided_and_when(play: Play) -> None:
    play.say(ASK)
    old = card(play)
    play.click("ada", "Approve 4")
    play.click("u0eve", "Deny…", on=old)
    assert "is booked already. That was <@U0ADA>, <!date^" in play.last("u0eve").text


def test_denied_with_a_reason_in_a_form_the_card_and_the_member_are_told(play: Play) -> None:
    play.say(ASK)
    play.click("ada", "Deny…")
    assert play.submit("ada", reason="nodes are down").problem == ""
    play.world.settle()
    assert "*Denied* by <@U0ADA>" in all_of(card(play))
    told = play.last("alice")
    assert '"nodes are down"' in told.text
    assert labels(told)[0] == "2 from Tue 09:00, twice as long*"
    play.click("alice", labels(told)[0], told)
    assert [(one.state, one.count) for one in play.reservations()] == [(State.DENIED, 4), (State.BOOKED, 2)]


def test_the_part_that_delays_nobody_is_offered_and_taken_with_one_click_each(play: Play) -> None:
    play.say(ASK)
    play.click("ada", "Offer 3")
    play.world.settle()
    assert "*Another offer* by <@U0ADA>" in all_of(card(play))
    assert labels(card(play)) == []
    offer = play.last("alice")
    assert offer.text.startswith("<@U0ADA> offers you 3 × A100 on atlas instead, <!date^")
    assert "You asked for 4 GPUs. Held for you until" in all_of(offer)
    play.click("alice", "Take it")
    (one,) = play.reservations()
    assert (one.state, one.count, one.approved_by) == (State.BOOKED, 3, ADA.id)
    play.world.settle()
    assert "*Another offer* by <@U0ADA>: <@U0ALICE> has taken 3 × A100 on atlas" in all_of(card(play))


def test_an_offer_that_is_passed_or_lapses_is_on_the_card_too(play: Play) -> None:
    play.say(ASK)
    play.click("ada", "Offer 3")
    play.world.settle()
    play.click("alice", "Pass")
    play.world.settle()
    assert "<@U0ALICE> did not take 3 × A100 on atlas" in all_of(card(play))


def test_when_nobody_decides_the_card_says_so_and_the_member_is_offered_the_part(play: Play) -> None:
    play.say("alice: /gpu book 4 a100 now for 8h")
    play.say("ada: advance 61m")
    assert "*Nobody decided in time*" in all_of(card(play))
    assert labels(card(play)) == []
    assert play.last("alice").text.startswith("No admin decided on R1 in time. 3 × A100 on atlas are yours")
    play.click("alice", "Take it")
    assert [one.state for one in play.reservations()] == [State.ACTIVE]


def test_a_member_who_takes_it_back_leaves_a_card_that_says_so(play: Play) -> None:
    play.say(ASK)
    play.say("alice: /gpu release R1")
    assert "No decision is needed any more: R1 is cancelled" in all_of(card(play))
    assert labels(card(play)) == []


def test_a_change_while_it_waits_is_on_the_card_and_its_buttons_work(play: Play) -> None:
    play.say(ASK)
    play.say("alice: /gpu release R1 keep 3")
    assert labels(card(play))[0] == "Approve 3"
    play.click("ada", "Approve 3")
    assert [one.state for one in play.reservations()] == [State.BOOKED]


def test_after_four_hours_it_is_told_again_below_its_card_and_not_once_decided(play: Play) -> None:
    play.say(ASK)
    play.say("ada: advance 4h")
    first = card(play)
    (again,) = [one for one in play.workspace.timeline if "has waited 4 h for an admin" in one.text]
    assert (again.channel, again.thread) == ("C0ADMIN", first.ts)
    play.say("bob: /gpu book 4 3090 tomorrow 9am for 8h")
    play.click("ada", "Approve 4")
    play.say("ada: advance 5h")
    assert sum("has waited" in one.text for one in play.workspace.timeline) == 1


def test_a_third_request_is_not_asked_for_while_two_wait(play: Play) -> None:
    for start in ("tomorrow 9am", "wed 9am"):
        assert "Held for you" in play.say(f"alice: /gpu book 4 a100 {start} for 2h")
    assert "2 requests" in play.say("alice: /gpu book 4 a100 thu 9am for 2h")


def test_a_card_that_slack_will_not_change_now_is_changed_later_and_one_that_is_gone_is_given_up(play: Play) -> None:
    play.say(ASK)
    play.workspace.fail_next("chat.update", 429, retry_after=30, times=2)
    play.say("alice: /gpu release R1")
    assert labels(card(play)) != []
    play.say("ada: advance 1m")
    assert labels(card(play)) == []


def test_of_eight_admins_who_click_at_once_one_decides_and_seven_are_told_who(database_url, rounds) -> None:
    with playing(database_url, lab=lab(admins=ADMINS)) as play:
        for number in range(rounds(2, 100)):
            play.say(
                "ada: advance 11m"
            )  # what follows a message within five minutes is gathered, and so is what follows that
            play.say(f"alice: /gpu book 4 a100 {'tomorrow' if number % 2 else 'wed'} 9am for 1h")
            mine = play.reservations()[-1]
            old = next(one for one in play.workspace.visible(ADA.id) if f"· {mine.label}" in one.text)
            names = [play.workspace.people[id_].name for id_ in ADMINS]
            mark = play.workspace.timeline.mark

            def act(admin: int, barrier: threading.Barrier, old=old, names=names) -> str:
                barrier.wait()
                return play.click(names[admin], "Approve" if admin % 2 else "Offer 3", on=old).problem

            assert at_once(8, act) == [""] * 8
            _, decision = play.bot.desk.show(mine.id, play.world.clock())[1]
            told = [one.text for one in play.workspace.timeline.since(mark) if one.only_for in ADMINS]
            assert sum(f"That was <@{decision.who}>, <!date^" in text for text in told) == 7
            play.world.settle()
            now = play.workspace.timeline.find(old.channel, old.ts)
            assert labels(now) == []
            assert f"by <@{decision.who}>" in all_of(now)
            news = [one for one in play.workspace.timeline.since(mark) if one.channel == "D0ALICE"]
            assert len(news) == 1
            play.bot.desk.release(
                play.bot.desk.member(play.bot.people.find(ADA.id, play.world.clock())), mine.id, play.world.clock()
            )
            play.world.settle()


def test_a_part_that_is_offered_a_while_after_the_card_was_drawn_begins_when_it_is_taken(play: Play) -> None:
    play.say("alice: /gpu book 4 a100 now for 8h")
    play.say("ada: advance 10m")
    play.click("ada", "Offer 3")
    play.world.settle()
    play.click("alice", "Take it")
    (one,) = play.reservations()
    assert (one.state, one.count, one.window.start) == (State.ACTIVE, 3, monday(8) + timedelta(minutes=10))


def test_a_card_that_cannot_be_weighed_still_goes_out_with_its_buttons(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(play.bot.desk, "weighed", lambda *_: 1 / 0)
    play.say(ASK)
    assert labels(card(play)) == ["Approve 4", "Other…", "Deny…"]


def test_a_card_that_cannot_be_drawn_anew_keeps_no_notice_from_going_out(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    play.say(ASK)
    monkeypatch.setattr(play.bot.notifier.__class__, "update", lambda *_, **__: 1 / 0)
    play.say("ada: /gpu approve R1")
    assert "approved by <@U0ADA>" in play.last("alice").text


def test_a_part_that_is_not_taken_in_time_is_told_without_a_word_of_a_waitlist_that_nobody_spoke_of(play: Play) -> None:
    play.say("dan: /gpu book 4 3090 now for 3h")
    play.say("dan: advance 2h")
    told = play.last("dan")
    assert told.text.startswith(
        "R1 is not held for you any more: 3 × 3090 on titan, in place of what you had asked for."
    )
    assert "W1" not in all_of(told)
    assert labels(told) == ["Book"]
