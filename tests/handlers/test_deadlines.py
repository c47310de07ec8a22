"""Deadlines as people speak of them: added, seen in each one's zone, moved, dropped, reported."""

from datetime import UTC, timedelta

import pytest

from bot.booking.lab import Deadline
from bot.booking.notices import Notice, NoticeKind
from handlers.views import notices
from make import monday, reservation
from worlds import Play, all_of, buttons_of


def test_an_aoe_deadline_is_shown_in_each_reader_s_own_time(play: Play) -> None:
    play.say("ada: /gpu deadlines add neurips 2026-11-10 23:59 AoE")
    assert "Nov 11, 2026 20:59 (Tue 10 Nov 23:59 AoE)" in play.say("carol: /gpu deadlines")
    assert "Nov 11, 2026 03:59 (Tue 10 Nov 23:59 AoE)" in play.say("bob: /gpu deadlines neurips")


def test_a_member_s_own_is_theirs_alone(play: Play) -> None:
    said = play.say('alice: /gpu deadlines add "my thesis" 2026-11-20')
    assert "Your deadline my thesis is tracked: Nov 20, 2026 23:59" in said
    assert "No time was said, so it is 23:59 that day in Europe/Berlin." in said
    assert "my thesis" in play.say("alice: /gpu deadlines")
    assert "No deadline is tracked." in play.say("bob: /gpu deadlines")
    assert "Done before my thesis" in play.say("alice: /gpu book 1 a100 for 2h before my thesis")
    assert 'There is no deadline "my thesis"' in play.say("bob: /gpu book 1 a100 for 2h before my thesis")


def test_holders_hear_of_a_date_that_moved_with_what_they_can_do(play: Play) -> None:
    play.say("ada: /gpu deadlines add neurips 2026-11-10 12:00 utc")
    play.say("alice: /gpu book 2 a100 today 10:00 for 24h")
    play.say("dan: /gpu book 2 a100 today 09:00 for 24h")
    play.say("bob: /gpu book 2 a100 for 10h before neurips")
    said = play.say("ada: /gpu deadlines add neurips 2026-11-04 12:00 utc")
    assert "neurips has moved: Nov 10, 2026 04:00 → Wed 04:00" in said.replace("Nov 4, 2026", "Wed")
    assert "it cannot be over in time any more" in said
    message = all_of(play.last("bob"))
    assert "You can move or shorten it, release it, or book what still fits." in message
    assert {"Move", "Release"} <= {one.label for one in buttons_of(play.last("bob"))}


def test_dropping_says_what_stays(play: Play) -> None:
    play.say("ada: /gpu deadlines add neurips 2026-11-10 12:00 utc")
    play.say("bob: /gpu book 2 a100 for 10h before neurips")
    said = play.say("ada: /gpu deadlines drop neurips")
    assert "neurips is dropped." in said
    assert "neurips is no deadline any more." in said
    assert "There is no deadline" in play.say("ada: /gpu deadlines drop neurips")


def test_who_asks_for_a_name_that_is_not_tracked_hears_which_are(play: Play) -> None:
    play.say("ada: /gpu deadlines add neurips 2026-11-10 12:00 utc")
    said = play.say("bob: /gpu deadlines icml")
    assert 'There is no deadline "icml". Known deadlines: neurips.' in said


def test_all_dates_of_one_name_are_shown_and_the_list_has_one_of_each(play: Play) -> None:
    dates = [
        Deadline("iclr", monday(12, day=day), "AoE", kind=kind, source="feed")
        for day, kind in ((5, "abstract"), (9, "paper"), (20, "rebuttal-end"))
    ]
    play.bot.desk.take_feed(dates, monday(8))
    said = play.say("bob: /gpu deadlines")
    assert "3 deadlines ahead" in said
    assert "2 more dates" in said
    assert "iclr abstract" not in said
    said = play.say("bob: /gpu deadlines iclr")
    assert all(label in said for label in ("iclr abstract", "iclr rebuttal end", "iclr · 3 dates"))


def test_one_deadline_is_shown_with_what_is_left_of_each_pool_until_then(play: Play) -> None:
    play.bot.desk.take_feed([Deadline("iclr", monday(48), source="feed")], monday(8))
    play.say("alice: /gpu book 2 a100 now until tue 9am")
    play.say("bob: /gpu book 2 a100 for 10h after 4am before iclr")
    said = play.say("bob: /gpu deadlines iclr")
    assert "A100 · 92 of 160 GPU-h left · 68 promised" in said
    assert "3090" in said
    assert "R2 · yours · starts Today 04:00, at the latest 06:00" in said


def test_the_pressure_of_a_name_is_that_until_the_date_that_the_name_means(play: Play) -> None:
    dates = [
        Deadline("iclr", monday(hour), kind=kind, source="feed") for hour, kind in ((18, "abstract"), (28, "paper"))
    ]
    play.bot.desk.take_feed(dates, monday(8))
    assert "Until iclr:\n  A100 · 80 of 80 GPU-h left" in play.say("bob: /gpu deadlines iclr")
    assert "Until then:\n  A100 · 40 of 40 GPU-h left" in play.say("bob: /gpu deadlines iclr abstract")


def test_a_member_s_own_deadline_has_its_pressure_too_and_a_past_one_has_none(play: Play) -> None:
    play.say('alice: /gpu deadlines add "my thesis" 2026-11-03 08:00 utc')
    assert "A100 · 96 of 96 GPU-h left" in play.say('alice: /gpu deadlines "my thesis"')
    play.world.advance(timedelta(days=1))
    said = play.say('alice: /gpu deadlines "my thesis"')
    assert "past" in said
    assert "A100" not in said


def test_a_fault_of_the_feed_reaches_the_admins_channel_once_and_cannot_ping(play: Play) -> None:
    desk = play.bot.desk
    assert desk.feed_failed("The feed is <!channel> bad.", monday(8))
    play.bot.deliver(monday(8.1))
    assert not desk.feed_failed("The feed is bad.", monday(9))
    play.bot.deliver(monday(9.1))
    told = [one for one in play.workspace.timeline if one.channel == "C0ADMIN"]
    assert len(told) == 1
    assert "The conference feed is not used: The feed is &lt;!channel&gt; bad." in told[0].text.replace("*", "")


@pytest.mark.parametrize("facts", [{}, {"from": "x", "to": "y", "was": "z"}, {"act": "replanned", "to": "2026-11-02"}])
def test_a_notice_goes_out_whatever_its_facts_say(facts: dict[str, str]) -> None:
    notice = Notice(NoticeKind.DEADLINE, "U0BOB", 1, monday(8), monday(8), {"act": "repromised", **facts})
    drawn = notices.message(notice, reservation(), late=False, zone=UTC)
    assert "R1" in str(drawn["blocks"])
