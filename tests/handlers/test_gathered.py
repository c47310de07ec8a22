"""Several notices in one message: inside Slack's limits, each with buttons that work and answers in their place."""

from dataclasses import replace
from datetime import timedelta

from bot.booking.lifecycle import State
from bot.booking.notices import Notice, NoticeKind, Part
from bot.sandbox.limits import check_message
from handlers.views import notices
from handlers.views.gathered import gathered
from make import BOB, monday, reservation
from worlds import Play, all_of, buttons_of

MINUTE = timedelta(minutes=1)


def test_it_holds_as_many_as_slack_takes_and_says_how_many() -> None:
    held = replace(reservation(3, reason="x" * 3000, member=BOB.id), state=State.ACTIVE)
    start = Notice(NoticeKind.START, BOB.id, 3, monday(9), monday(9), {"act": "started"})
    one = notices.message(start, held, late=True, zone=monday().tzinfo)
    message, count = gathered([one] * 30)
    assert 5 < count < 30
    assert check_message(message) == []
    assert message["text"].count("R3 has begun") == min(count, message["text"].count("\n") + 1)


def test_an_answer_takes_the_place_of_its_part_and_leaves_the_others(play: Play) -> None:
    for pool in ("a100", "3090"):
        play.type("dan", f"/gpu book 1 {pool} 9:00 for 4h")
    play.world.advance(timedelta(hours=1))
    told = play.card("dan", "Extend", "Release")
    assert "R1 has begun" in all_of(told)
    assert "R2 has begun" in all_of(told)
    releases = [one for one in buttons_of(told) if one.label == "Release"]
    play.hands.click(play.person("dan"), releases[1])
    after = play.workspace.timeline.find(told.channel, told.ts)
    assert after is not None
    assert "R1 has begun" in all_of(after)
    assert "R2 has begun" not in all_of(after)
    assert [one.state for one in play.reservations()] == [State.ACTIVE, State.RELEASED]
    play.hands.click(play.person("dan"), next(one for one in buttons_of(after) if one.label == "Release"))
    assert [one.state for one in play.reservations()] == [State.RELEASED, State.RELEASED]


def test_a_form_that_is_opened_from_a_part_is_answered_in_its_place(play: Play) -> None:
    for pool in ("a100", "3090"):
        play.type("dan", f"/gpu book 1 {pool} 9:00 for 4h")
    play.world.advance(timedelta(hours=1))
    told = play.card("dan", "Extend", "Release")
    play.hands.click(play.person("dan"), next(one for one in buttons_of(told) if one.label == "Extend"))
    play.submit("dan", length="1h")
    assert "R1" in play.form("dan")
    after = play.workspace.timeline.find(told.channel, told.ts)
    assert after is not None
    assert all_of(after) == all_of(told)


def test_the_notifier_sends_them_as_one_message(play: Play) -> None:
    held = replace(reservation(1, member=BOB.id), state=State.ACTIVE)
    parts = [Part(Notice(NoticeKind.START, BOB.id, 1, monday(9), monday(9), {"act": "started"}), held)] * 3
    before = play.sent()
    assert play.bot.notifier.gather(parts, monday(9)) == 3
    assert play.sent() == before + 1
    assert play.last("bob").channel == "D0BOB"


def test_who_stays_away_is_asked_and_one_click_keeps_it(play: Play) -> None:
    play.say("dan: away")
    play.type("dan", "/gpu book 1 a100 9:00 for 1h")
    play.type("dan", "/gpu book 1 3090 10:00 for 4h")
    play.world.advance(timedelta(minutes=80))
    assert "Nothing has run on R1 yet" in all_of(play.card("dan", "I'm here"))
    play.click("dan", "I'm here")
    assert "R1 is kept" in all_of(play.last("dan"))
    play.world.advance(timedelta(minutes=80))
    kept, released = play.reservations()
    assert (kept.state, released.state) == (State.ENDED, State.NO_SHOW)
    assert released.window.end == monday(10.5)
