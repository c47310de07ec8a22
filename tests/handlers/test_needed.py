"""Still needed? As its holder sees it once the deadline has passed, and what each button does."""

from datetime import timedelta

import pytest

from bot.booking.lifecycle import State
from worlds import Play, words_of


@pytest.fixture
def passed(play: Play) -> Play:
    """iclr has passed; carol's run for it was extended far beyond it."""
    play.say("ada: /gpu deadlines add iclr 2026-11-04 08:00 utc")
    play.say("carol: /gpu book 1 a100 for 4h before iclr")
    play.say("carol: /gpu extend R1 4d")
    play.world.advance(timedelta(days=2))
    play.world.settle()
    return play


def test_the_holder_is_asked_and_says_that_it_is(passed: Play) -> None:
    card = passed.card("carol", "Still needed", "Release")
    assert "iclr has passed. Is R1 still needed?" in card.text
    assert passed.click("carol", "Still needed", card).problem == ""
    passed.world.settle()
    told = words_of(passed.last("carol").blocks)
    assert told.startswith("*Good.* R1 stays as it is")
    assert "Release" not in told
    assert passed.reservations()[0].state is State.ACTIVE


def test_what_is_not_needed_is_released_with_one_click(passed: Play) -> None:
    assert passed.click("carol", "Release", passed.card("carol", "Still needed", "Release")).problem == ""
    passed.world.settle()
    assert passed.reservations()[0].state is State.RELEASED


def test_who_answers_after_it_was_released_hears_that(passed: Play) -> None:
    card = passed.card("carol", "Still needed", "Release")
    passed.say("carol: /gpu release R1")
    passed.click("carol", "Still needed", card)
    passed.world.settle()
    assert any("R1 is released" in words_of(message.blocks) for message in passed.workspace.visible("U0CAROL"))


def test_nobody_is_asked_about_what_was_given_back_before_the_deadline(play: Play) -> None:
    play.say("ada: /gpu deadlines add iclr 2026-11-04 08:00 utc")
    play.say("carol: /gpu book 1 a100 for 4h before iclr")
    play.say("carol: /gpu extend R1 4d")
    play.say("carol: /gpu release R1")
    play.world.advance(timedelta(days=2, hours=1))
    assert not any("still needed" in message.text for message in play.workspace.visible("U0CAROL"))
