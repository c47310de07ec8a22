"""The admins' commands as the lab sees them, through real Bolt; and user groups whose members are admins."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot import jobs
from bot.booking.lifecycle import State
from bot.sandbox import payloads
from bot.sandbox.slack.messages import Message
from handlers import exporting
from handlers.context import Context
from handlers.courier import Courier
from make import ADA, ALICE, CAROL, lab
from worlds import Play, all_of, buttons_of, playing


@pytest.fixture
def play(sqlite_url: str) -> Iterator[Play]:
    with playing(sqlite_url) as play:
        yield play


@pytest.fixture
def grouped(sqlite_url: str) -> Iterator[Play]:
    """A lab whose admins are ada and who is in a group, in which alice is."""
    with playing(sqlite_url, lab=lab(admins=(ADA.id, "S0ADMINS"))) as play:
        play.workspace.groups["S0ADMINS"] = [ALICE.id]
        play.bot.groups.refresh()
        yield play


def dm(play: Play, name: str) -> Message:
    return [one for one in play.workspace.timeline if one.channel == f"D{play.person(name).id[1:]}"][-1]


def labels(message: Message) -> list[str]:
    return [one.label for one in buttons_of(message)]


def test_an_outage_says_whom_it_hits_and_ends_with_its_button(play: Play) -> None:
    play.say("alice: /gpu book atlas:0,1 tomorrow 9am for 8h")
    answer = play.type("ada", '/gpu outage atlas:0,1 until fri "fan <!here>"')
    assert answer.text.startswith("atlas:0,1 are out of service, <!date^")
    assert "1 reservation hit; the holders are told:\n• R1 of <@U0ALICE> has atlas:2 and atlas:3 now" in all_of(answer)
    play.world.settle()
    assert "R1 has other GPUs, because of an outage: 2 × A100 on atlas" in dm(play, "alice").text
    assert '"fan &lt;!here&gt;"' in all_of(dm(play, "alice"))
    lab_told = [one.text for one in play.workspace.timeline if one.channel == "C0GPUS"]
    assert any(text.startswith("atlas:0,1 are out of service from <!date^") for text in lab_told)
    assert "0–1: out of service until" in all_of(play.type("bob", "/gpu who"))
    play.click("ada", "Back in service", on=answer)
    assert "atlas:0,1 are back in service." in play.last("ada").text
    assert play.bot.desk.outages(play.world.clock()) == ()


def test_who_loses_everything_to_an_outage_has_offers_as_buttons_and_a_place_on_the_waitlist(play: Play) -> None:
    play.say("alice: /gpu book 2 a100 now for 8h")
    play.say("ada: /gpu outage atlas")
    lost = next(one for one in play.workspace.visible(ALICE.id) if "is lost to an outage" in one.text)
    assert "What you have lost waits as W1" in all_of(lost)
    play.click("alice", "2 × 3090", on=lost)
    assert [one.pool for one in play.reservations() if one.holds] == ["3090"]


def test_an_outage_ends_by_itself_and_the_board_shows_it(play: Play) -> None:
    play.say("ada: /gpu outage atlas:0 for 2h")
    (board,) = [one for one in play.workspace.timeline if one.channel == "C0GPUS" and "free now" in one.text]
    assert board.text.startswith("7 of 8 GPUs free now")
    play.say("ada: advance 2h")
    board = play.workspace.timeline.find(board.channel, board.ts)
    assert board is not None
    assert board.text.startswith("8 of 8 GPUs free now")
    assert [one.text for one in play.workspace.timeline if "back in service" in one.text] == [
        "atlas:0 is back in service"
    ]


def test_who_is_refused_hears_that_gpus_are_out_of_service(play: Play) -> None:
    play.say("ada: /gpu outage atlas")
    text = all_of(play.type("alice", "/gpu book 1 a100 now for 2h"))
    assert "4 are out of service until <!date^" in text
    assert "Ask " not in text


def test_what_is_revoked_is_told_with_offers_that_work(play: Play) -> None:
    play.say("alice: /gpu book 2 a100 tomorrow 9am for 8h")
    assert "R1 revoked by @ada" in play.say("ada: /gpu revoke R1 because the <review> needs it")
    told = dm(play, "alice")
    assert "R1 revoked by <@U0ADA>: 2 × A100 on atlas" in told.text
    assert '"the &lt;review&gt; needs it"' in told.text
    play.hands.click(play.person("alice"), buttons_of(told)[0])
    assert [one.state for one in play.reservations()] == [State.REVOKED, State.BOOKED]
    assert "Only admins revoke" in play.type("alice", "/gpu revoke R2 because I can").text


def test_the_rules_are_told_in_words_with_the_labs_values(play: Play) -> None:
    text = all_of(play.type("alice", "/gpu policy"))
    assert "Without an admin: up to 7 d, and at once up to 2 of 4 A100 and 2 of 4 3090." in text
    assert "What nobody decides within 1 d, or by its start" in text


def test_admins_read_the_audit_and_others_do_not(play: Play) -> None:
    play.say("alice: /gpu book 2 a100 tomorrow 9am for 8h")
    assert "R1 of <@U0ALICE> booked" not in all_of(play.type("ada", "/gpu audit R1"))
    assert "R1 booked by <@U0ALICE>" in all_of(play.type("ada", "/gpu audit R1"))
    assert "R1 booked by <@U0ALICE>" in all_of(play.type("ada", "/gpu audit @alice"))
    assert "Only admins read the audit" in play.type("alice", "/gpu audit").text


class Files:
    """A client that takes files."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []

    def conversations_open(self, users: str) -> dict[str, Any]:
        return {"channel": {"id": f"D{users[1:]}"}}

    def files_upload_v2(self, **file: Any) -> None:
        self.taken.append(file)


@pytest.mark.parametrize("name", ["reservations.csv", "reservations.json", "audit.csv", "audit.json"])
def test_an_export_comes_as_a_file_in_the_admins_own_conversation(play: Play, name: str) -> None:
    play.say("alice: /gpu book 2 a100 tomorrow 9am for 8h")
    client = Files()
    now = play.world.clock()
    member = play.bot.desk.member(play.bot.people.find(ADA.id, now))
    exporting.send_file(name, Context(member, play.bot.desk.lab, {}, now), play.bot.desk, {}, client, Courier())
    (file,) = client.taken
    assert file["channel"] == "D0ADA"
    assert file["filename"] == f"crunchtime-{name.partition('.')[0]}-2026-11-02.{name.partition('.')[2]}"
    assert "U0ALICE" in file["content"]


def test_who_asks_for_a_file_that_slack_does_not_take_is_told_what_else_to_do(play: Play) -> None:
    play.workspace.fail_next("files.getUploadURLExternal", 200, "internal_error", times=3)
    said = play.say("ada: /gpu export json")
    assert "It comes as a file in a direct message from me: reservations as json." in said
    assert "Only admins export" in play.type("alice", "/gpu export").text


def test_who_is_in_the_group_is_an_admin_and_who_leaves_it_is_none(grouped: Play) -> None:
    grouped.say("bob: /gpu book 4 a100 tomorrow 9am for 8h")
    grouped.workspace.groups["S0ADMINS"] = [CAROL.id]
    event = payloads.event(grouped.workspace, {"type": "subteam_members_changed", "subteam_id": "S0ADMINS"})
    assert grouped.hands._send(event).problem == ""
    assert "Only admins decide" in grouped.type("alice", "/gpu approve R1").text
    assert "approved by <@U0CAROL>" in grouped.type("carol", "/gpu approve R1").text


def test_nobody_of_the_group_decides_on_their_own_while_another_is_there(grouped: Play) -> None:
    grouped.say("alice: /gpu book 4 a100 tomorrow 9am for 8h")
    assert "while there is another admin" in grouped.type("alice", "/gpu approve R1").text
    assert "approved" in grouped.type("ada", "/gpu approve R1").text


def test_a_group_that_slack_does_not_tell_stays_as_it_was(grouped: Play) -> None:
    grouped.workspace.fail_next("usergroups.users.list", 500)
    grouped.bot.groups.refresh()
    assert grouped.bot.desk.admins == (ADA.id, ALICE.id)


def test_a_click_never_waits_for_slack_to_say_who_is_in_the_group(grouped: Play) -> None:
    grouped.say("bob: /gpu book 4 a100 tomorrow 9am for 8h")
    before = grouped.sent("usergroups.users.list")
    grouped.type("alice", "/gpu approve R1")
    assert grouped.sent("usergroups.users.list") == before
    assert "admins" in grouped.bot.jobs()
    assert jobs.TIMETABLE["admins"] <= timedelta(minutes=1)


def test_without_a_channel_of_theirs_every_admin_of_the_group_has_a_card_and_all_are_drawn_anew(
    sqlite_url: str,
) -> None:
    with playing(sqlite_url, lab=replace(lab(admins=(ADA.id, "S0ADMINS")), admin_channel="")) as play:
        play.workspace.groups["S0ADMINS"] = [ALICE.id]
        play.bot.groups.refresh()
        play.say("bob: /gpu book 4 a100 tomorrow 9am for 8h")
        cards = [dm(play, name) for name in ("ada", "alice")]
        assert all(labels(card)[0] == "Approve 4" for card in cards)
        play.click("alice", "Approve 4", on=cards[1])
        play.world.settle()
        for name in ("ada", "alice"):
            assert "*Approved* by <@U0ALICE>" in all_of(dm(play, name))
            assert labels(dm(play, name)) == []
