"""Home: what it shows, when it is published, and what its buttons do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.booking.lifecycle import State
from bot.sandbox import payloads
from bot.sandbox.hands import Outcome
from handlers.home import AGES, AT_ONCE, KEPT, REST
from make import monday
from worlds import Play, playing, words_of


def shown(play: Play, name: str) -> str:
    view = play.workspace.home(play.person(name).id)
    return "" if view is None else words_of(view.content["blocks"])


def published(play: Play) -> int:
    return play.sent("views.publish")


def looks(play: Play, name: str) -> str:
    assert play.hands.open_home(play.person(name)).status == 200
    return shown(play, name)


def press(play: Play, name: str, label: str) -> Outcome:
    person = play.person(name)
    view = play.workspace.home(person.id)
    assert view is not None
    block_id, element = next(
        (block["block_id"], element)
        for block in view.content["blocks"]
        for element in [*block.get("elements", ()), *([block["accessory"]] if "accessory" in block else [])]
        if element["type"] == "button" and element["text"]["text"].startswith(label)
    )
    return play.hands.act_in_view(person, view, block_id, element, {})


def test_it_shows_what_is_free_what_is_theirs_what_they_wait_for_and_the_deadlines(play: Play) -> None:
    play.say("alice: /gpu book 2 a100 now for 8h because ablations")
    play.say("bob: /gpu book 2 a100 now for 8h")
    play.say("alice: /gpu wait 4 a100 now for 2h")
    play.say("alice: /gpu deadlines add thesis 2027-02-01")
    told = looks(play, "alice")
    assert "4 of 8 GPUs free now" in told
    assert "*R1: 2 × A100 on atlas*" in told
    assert "CUDA_VISIBLE_DEVICES=0,1" in told
    assert "*W1* · 4 × A100" in told
    assert "*thesis*" in told
    assert "Europe/Berlin" in told
    assert "R2" not in told
    assert "thesis" not in looks(play, "bob")


def test_admins_see_what_waits_for_them_and_decide_there(play: Play) -> None:
    play.say("carol: /gpu book 4 a100 now for 8h because rebuttal")
    assert "<@U0CAROL> asks for 4 × A100" in looks(play, "ada")
    assert "asks for" not in looks(play, "carol")
    press(play, "ada", "Approve 4")
    assert "R1 approved" in play.form("ada")
    assert play.reservations()[0].state is State.ACTIVE
    play.world.settle()
    assert "asks for" not in shown(play, "ada")
    assert "running" in shown(play, "carol")


def test_what_looks_as_before_is_not_published_again_not_even_by_another_bot(play: Play) -> None:
    looks(play, "alice")
    looks(play, "alice")
    play.world.settle()
    assert published(play) == 1
    play.bot.homes._tabs.clear()  # as in a bot that has just been started
    looks(play, "alice")
    assert published(play) == 1


def test_a_change_is_published_to_those_who_looked_and_to_nobody_else(play: Play) -> None:
    looks(play, "alice")
    play.say("alice: /gpu book 2 a100 now for 8h")
    assert "*R1: 2 × A100 on atlas*" in shown(play, "alice")
    play.say("alice: /gpu release R1")
    assert "R1" not in shown(play, "alice")
    assert published(play) == 3
    assert shown(play, "bob") == ""


def test_a_tab_that_nobody_looks_at_any_more_is_left_alone(play: Play) -> None:
    looks(play, "alice")
    play.world.clock.move(KEPT + timedelta(minutes=1))
    play.say("alice: /gpu book 2 a100 now for 8h")
    assert published(play) == 1
    assert "R1" in looks(play, "alice")


def test_what_only_time_changes_is_drawn_again_after_a_while(play: Play) -> None:
    play.say("bob: /gpu book 2 a100 2026-11-04T08:05Z/2026-11-04T12:00Z")
    before = looks(play, "alice")
    play.world.clock.move(AGES)
    play.world.settle()
    assert "then 2 from" in shown(play, "alice")
    assert "then 2 from" not in before


def test_a_lab_that_looks_at_home_is_published_to_a_few_at_a_time(sqlite_url: str) -> None:
    with playing(sqlite_url) as play:
        people = [replace(play.person("dan"), id=f"U0P{number}", name=f"p{number}") for number in range(AT_ONCE * 2)]
        play.workspace.people.update({person.id: person for person in people})
        for person in people:
            play.hands.open_home(person)
        before = published(play)
        play.type("alice", "/gpu book 2 a100 now for 8h")
        assert [play.bot.home(play.world.clock()) for _ in range(3)] == [AT_ONCE, AT_ONCE, 0]
        assert published(play) == before + 2 * AT_ONCE


def test_a_tab_that_another_bot_has_published_meanwhile_is_published_all_the_same(play: Play) -> None:
    looks(play, "alice")
    with play.workspace.lock:
        other = {"type": "home", "blocks": [], "private_metadata": "another"}
        play.workspace.modals.publish("U0ALICE", other, expected=None)
    play.say("alice: /gpu book 2 a100 now for 8h")
    assert "*R1:" in shown(play, "alice")
    assert any(call.error == "hash_conflict" for call in play.workspace.calls)


@pytest.mark.parametrize(("status", "wait"), [(429, 40), (503, 0)])
def test_a_slack_that_is_busy_is_left_alone_for_a_while(play: Play, status: int, wait: int) -> None:
    play.workspace.fail_next("views.publish", status, retry_after=wait or None)
    assert looks(play, "alice") == ""
    play.world.settle()
    assert shown(play, "alice") == ""
    play.world.clock.move(max(REST, timedelta(seconds=wait)))
    play.world.settle()
    assert "free now" in shown(play, "alice")


def test_a_tab_that_slack_refuses_does_not_keep_the_others_waiting(play: Play) -> None:
    for name in ("alice", "bob"):
        looks(play, name)
    play.workspace.fail_next("views.publish", 200, "not_enabled")
    play.say("carol: /gpu book 2 a100 now for 8h")
    assert published(play) == 3
    play.say("carol: /gpu release R1")
    assert published(play) == 4


def test_a_release_from_home_is_answered_over_it_and_can_be_undone_there(play: Play) -> None:
    play.say("alice: /gpu book 2 a100 tomorrow 9am for 8h")
    looks(play, "alice")
    press(play, "alice", "Release")
    assert "R1 is cancelled." in play.form("alice")
    play.world.settle()
    assert "R1" not in shown(play, "alice")
    play.click_in_form("alice", "Undo")
    assert "R1 is as it was" in play.form("alice")
    assert play.reservations()[0].state is State.BOOKED


def test_forms_open_from_home_and_are_answered_in_their_place(play: Play) -> None:
    play.say("alice: /gpu book 2 a100 tomorrow 9am for 8h")
    looks(play, "alice")
    press(play, "alice", "Extend")
    play.submit("alice", length="2h")
    assert "R1 extended by 2 h" in play.form("alice")
    press(play, "alice", "Book GPUs")
    assert "How many GPUs" in play.form("alice")
    press(play, "alice", "Who has what")
    assert "held" in play.form("alice")


def test_an_offer_is_taken_from_home(play: Play) -> None:
    play.say("alice: /gpu book 4 3090 now for 8h")
    play.say("ada: /gpu approve R1")
    play.say("carol: /gpu wait 2 3090 now for 2h")
    play.say("alice: /gpu release R1")
    told = looks(play, "carol")
    assert "held for you" in told
    assert "then the next who waits is asked" in told
    press(play, "carol", "Take it")
    assert "are yours" in play.form("carol")


def test_a_trigger_that_came_too_late_is_answered_by_a_message_whose_button_opens_the_form(play: Play) -> None:
    play.say("alice: /gpu book 2 a100 tomorrow 9am for 8h")
    looks(play, "alice")
    play.workspace.fail_next("views.open", 200, "expired_trigger_id", times=2)
    press(play, "alice", "Move")
    told = play.last("alice")
    assert (told.channel, told.text) == ("D0ALICE", "Slack did not open the form in time. Please try again.")
    play.click("alice", "Move", told)
    assert "To when" in play.form("alice")


@pytest.fixture
def stranger(play: Play) -> str:
    person = replace(play.person("dan"), id="U0GONE", name="gone", deleted=True)
    play.workspace.people[person.id] = person
    return "gone"


def test_somebody_who_has_left_has_no_home(play: Play, stranger: str) -> None:
    assert play.hands.open_home(play.person(stranger)).status == 200
    assert published(play) == 0
    assert play.bot.homes._tabs == {}


def test_whoever_carries_answers_does_not_wait_for_a_slow_tab(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.home.PATIENCE", 0.01)
    with play.bot.homes._drawing:
        assert looks(play, "alice") == ""
    play.world.settle()
    assert "free now" in shown(play, "alice")


def test_the_messages_tab_is_no_home(play: Play) -> None:
    delivery = payloads.event(play.workspace, {"type": "app_home_opened", "user": "U0ALICE", "tab": "messages"})
    status, _ = play.world.deliver(delivery.body(), delivery.headers("", monday(8)))
    assert (status, published(play)) == (200, 0)
