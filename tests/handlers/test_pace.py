"""How quickly a member may speak: no person is ever refused, a program gone wrong is, and in friendly words."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import TooQuick
from bot.sandbox import payloads
from handlers import pace
from handlers.pace import AT_ONCE, REST, Pace
from make import ADA, ALICE, BOB, monday
from worlds import Play, playing

SECOND = timedelta(seconds=1)
WORDS = "You are quick. Try again in 10 s; nothing was changed."


def heard(pace: Pace, member: str, now) -> bool:
    try:
        pace.spoke(member, now)
    except TooQuick:
        return False
    return True


FEW = 4


@pytest.fixture
def play(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Play]:
    """A bot that hears four of each at once."""
    monkeypatch.setattr("bot.app.Pace", lambda: Pace(at_once=FEW))
    with playing(sqlite_url) as play:
        yield play


def burst(play: Play, name: str, count: int = FEW) -> None:
    """As much as is heard at once, of which the last was heard."""
    for _ in range(count):
        assert play.type(name, "/gpu help mine").text != WORDS


def test_a_burst_is_heard_and_after_it_four_a_second() -> None:
    pace, now = Pace(), monday(9)
    assert all(heard(pace, ALICE.id, now) for _ in range(AT_ONCE))
    assert not heard(pace, ALICE.id, now)
    assert heard(pace, BOB.id, now), "one member's haste is nobody else's"
    later = now + REST
    assert [heard(pace, ALICE.id, later) for _ in range(42)] == [True] * 40 + [False] * 2


def test_who_is_too_quick_is_heard_again_when_they_were_told_whatever_they_do_meanwhile() -> None:
    pace, now = Pace(at_once=1, a_second=0.1), monday(9)
    pace.spoke(ALICE.id, now)
    told = []
    for second in range(10):
        with pytest.raises(TooQuick) as refused:
            pace.spoke(ALICE.id, now + second * SECOND)
        told.append((refused.value.rest, refused.value.first))
    assert told == [((10 - second) * SECOND, second == 0) for second in range(10)]
    assert heard(pace, ALICE.id, now + REST)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=400))
def test_nobody_who_clicks_twice_a_second_is_ever_refused(pauses: list[int]) -> None:
    pace, now = Pace(), monday(9)
    for pause in pauses:
        now += pause * SECOND
        assert heard(pace, ALICE.id, now)
        assert heard(pace, ALICE.id, now) or sum(pauses) * 4 < len(pauses)


def test_a_clock_that_jumps_refuses_nobody_for_longer() -> None:
    pace, now = Pace(at_once=1), monday(9)
    pace.spoke(ALICE.id, now)
    assert not heard(pace, ALICE.id, now)
    assert heard(pace, ALICE.id, now + timedelta(days=400))
    assert not heard(pace, ALICE.id, now - timedelta(hours=1))
    assert heard(pace, ALICE.id, now - timedelta(hours=1) + REST)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "MOST", 3)
    kept = Pace(at_once=1)
    for member in "abcd":
        kept.spoke(member, monday(9))
    assert len(kept) == 3
    assert not heard(kept, "d", monday(9))
    assert heard(kept, "a", monday(9)), "the one who spoke longest ago is forgotten"


def test_a_command_that_is_too_quick_is_told_so_and_changes_nothing(play: Play) -> None:
    burst(play, "alice")
    assert play.type("alice", "/gpu book 1 a100 tomorrow 9am for 2h").text == WORDS
    assert play.reservations() == []
    assert "GPUs free now" in play.type("bob", "/gpu free").text
    play.world.clock.move(REST)
    play.type("alice", "/gpu book 1 a100 tomorrow 9am for 2h")
    assert len(play.reservations()) == 1


def test_admins_are_no_exception(play: Play) -> None:
    burst(play, ADA.name)
    assert play.type(ADA.name, "/gpu audit").text == WORDS


def test_a_button_that_is_too_quick_does_nothing_and_is_told_once(play: Play) -> None:
    card = play.type("alice", "/gpu book 1 a100 tomorrow 9am for 2h")
    burst(play, "alice", FEW - 1)
    assert play.click("alice", "Release", on=card).status == 200
    assert play.last("alice").text == WORDS
    before = len(play.workspace.visible("U0ALICE"))
    for _ in range(5):
        assert play.click("alice", "Release", on=card).status == 200
    assert len(play.workspace.visible("U0ALICE")) == before
    assert play.reservations()[0].version == 1


def test_a_form_that_is_too_quick_stays_open_with_what_was_typed(play: Play) -> None:
    play.hands.type(play.person("alice"), "/gpu", "C0GPUS")
    burst(play, "alice", FEW - 1)
    outcome = play.submit("alice", when="tomorrow 9am for 2h")
    assert outcome.errors == {"pool": WORDS}
    assert play.reservations() == []


def test_what_slack_delivers_again_is_not_counted(play: Play) -> None:
    person = play.person("alice")
    delivery, _ = payloads.command(play.workspace, play.workspace.url, person, "/gpu help mine", "C0GPUS")
    for number in range(FEW):
        once = replace(delivery, payload={**delivery.payload, "trigger_id": f"t{number}"})
        play.world.deliver(once.body(), once.headers("", monday(8)))
    status, body = play.world.deliver(delivery.body(), delivery.headers("", monday(8), retry=1))
    assert (status, "You are quick" in body) == (200, False)
    assert "You are quick" in play.world.deliver(delivery.body(), delivery.headers("", monday(8)))[1]


def test_mentions_and_messages_are_paced_too_and_told_once(play: Play) -> None:
    burst(play, "alice")
    for _ in range(4):
        play.hands.write(play.person("alice"), "@crunchtime help mine", "C0GPUS")
    assert [one.text for one in play.workspace.visible("U0ALICE")].count(WORDS) == 1
