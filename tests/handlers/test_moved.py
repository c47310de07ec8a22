"""What is seen of a reservation that makes way: by who asked, in the channel, and by its holder."""

import json
from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from bot.booking.model import Promise
from bot.booking.notices import Notice, NoticeKind
from handlers.views import notices
from make import monday, reservation
from worlds import Play


def at_a_deadline(play: Play) -> str:
    """Bob's request makes carol's reservation give way; what is seen of it."""
    play.say("ada: /gpu deadlines add iclr 2026-11-04 23:59 AoE")
    play.say("alice: /gpu book 2 a100 now until thu noon")
    play.say("carol: /gpu book 2 a100 for 30h after tomorrow 8am before sun 6pm")
    return play.say("bob: /gpu book 2 a100 for 24h after 4pm before iclr")


def test_who_asks_and_the_channel_hear_that_another_made_way(play: Play) -> None:
    said = at_a_deadline(play)
    assert "R2 made way: it now begins Tomorrow 16:00 on atlas, and its holder is told." in said
    assert any("R2 made way for <@U0BOB> · <@U0CAROL>" in line.replace("*", "") for line in play.thread())


def test_the_holder_reads_why_and_for_whom_and_has_other_times_in_their_own_zone(play: Play) -> None:
    said = at_a_deadline(play)
    assert "R2 moved: Tomorrow 08:00 → Nov 4, 2026 09:00, so that @bob makes iclr." in said
    assert "done 3 d 3 h before your deadline. It won't move again." in said
    card = play.card("carol", "Thu 15:00", "Move")
    assert "Done before Nov 8, 2026 18:00, has made way once." in play.say("carol: /gpu mine")
    assert play.click("carol", "Thu 15:00", card).problem == ""
    assert play.reservations()[1].window.start == monday(78)


def test_a_named_deadline_of_the_holder_s_own_is_called_by_its_name() -> None:
    held = replace(reservation(1, 9, 13), promise=Promise(monday(56), monday(32), "thesis"))
    facts = {"act": "made way", "by": "U0BOB", "was": f"{monday(8).isoformat()}/{monday(12).isoformat()}"}
    drawn = notices.message(Notice(NoticeKind.MOVED, "U0A", 1, monday(8), monday(8), facts), held, late=False, zone=UTC)
    assert "so that <@U0BOB> fits in. Still 1 × A100 on atlas, done 1 d 19 h before thesis." in drawn["text"]


@pytest.mark.parametrize("others", ["", "nonsense", "{}", "[1]", json.dumps(["yesterday"])])
def test_the_notice_goes_out_whatever_its_facts_say(others: str) -> None:
    notice = Notice(NoticeKind.MOVED, "U0A", 1, monday(8), monday(8), {"others": others, "for": "<!channel>"})
    drawn = notices.message(notice, reservation(), late=False, zone=ZoneInfo("Asia/Tokyo"))
    assert "<!channel>" not in drawn["text"]
    assert drawn["text"].startswith("R1 moved, to make room. Still 1 × A100 on atlas.")
