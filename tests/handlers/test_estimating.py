"""Estimates as people meet them: the command, its buttons, and the booking form."""

import pytest

from bot.booking.lifecycle import State
from bot.sandbox.lab import with_logins
from desks import stands
from handlers.forecasts import forecast_from, forecast_values
from make import lab
from worlds import Play, all_of, buttons_of, playing

UNTIL_THURSDAY = (
    "dan: /gpu book 2 a100 now until 2026-11-05T09:00Z",
    "carol: /gpu book 2 a100 now until 2026-11-05T17:00Z",
)


def test_what_does_not_fit_on_3090s_is_booked_on_a100s_from_thursday_by_its_button(play: Play) -> None:
    for line in UNTIL_THURSDAY:
        play.say(line)
    told = play.type("alice", "/gpu estimate 30000 steps at 16.5s on 2 3090 before sat 18:00")
    assert "*30000 steps at 16.5s on 2 × 3090: 5.7 to 6.3 days.*" in all_of(told)
    assert "*It does not fit* by " in all_of(told)
    assert "It fits on 2 × A100 from " in all_of(told)
    assert buttons_of(told)[0].label.startswith("2 × A100 from Thu ")
    play.click("alice", "2 × A100 from Thu")
    (*_, booked) = play.reservations()
    assert (booked.member, booked.pool, booked.count, booked.state) == ("U0ALICE", "a100", 2, State.BOOKED)
    assert booked.promise is not None
    assert booked.window.end <= booked.promise.by
    assert booked.window.start.isoformat() == "2026-11-05T09:00:00+00:00"


def test_of_one_estimate_one_button_can_be_taken(play: Play) -> None:
    told = play.type("alice", "/gpu estimate 3600 steps at 10s on 2 3090")
    first, second = buttons_of(told)[:2]
    play.click("alice", first.label, told)
    play.click("alice", second.label, told)
    assert len(play.reservations()) == 1


def test_an_estimate_changes_nothing(play: Play) -> None:
    play.type("alice", "/gpu estimate pythia-1b on 4 a100")
    assert play.reservations() == []
    assert play.thread() == []


def test_an_earlier_run_is_asked_about_by_anybody_and_one_that_is_not_there_is_said(play: Play) -> None:
    play.say("bob: /gpu book 2 a100 now for 8h")
    assert "*like R1 on 2 × A100: 8 h.*" in all_of(play.type("alice", "/gpu estimate like R1"))
    assert "There is no R7." in all_of(play.type("alice", "/gpu estimate like R7 on 2"))
    assert "not 9" in all_of(play.type("alice", "/gpu estimate like R1 on 9"))


def test_the_booking_form_tells_how_long_it_takes_and_books_it_by_a_button(play: Play) -> None:
    play.type("alice", "/gpu free")
    play.say("alice: /gpu")
    play.submit("alice", pool="a100", count="2", estimate="pythia-160m 1b tokens", when="before wed 18:00")
    assert "pythia-160m 1b tokens on 2 × A100" in play.form("alice")
    assert "It fits" in play.form("alice")
    assert play.reservations() == []
    play.say("alice: click 1")
    (booked,) = play.reservations()
    assert (booked.pool, booked.count) == ("a100", 2)


def test_the_form_says_beside_the_field_what_is_not_understood(play: Play) -> None:
    for typed, told in (
        ({"pool": "a100", "estimate": "pythia1z"}, "Did you mean pythia-1b?"),
        ({"pool": "a100", "estimate": "pythia-1b", "when": "tomorrow 9am"}, "That is no deadline."),
        ({"estimate": "pythia-1b"}, "Choose a pool."),
        ({"pool": "a100", "count": "9", "estimate": "pythia-1b"}, "are more than there are"),
    ):
        play.say("alice: /gpu")
        assert told in str(play.submit("alice", **typed).errors)
    assert play.reservations() == []


def test_what_is_too_large_is_said_to_be_and_offered_where_it_is_not(play: Play) -> None:
    told = all_of(play.type("alice", "/gpu estimate 3b params 100m tokens on 2 3090 before wed 18:00"))
    assert "*It is too large* for 24 GB on each GPU" in told
    assert "It fits on 2 × A100" in told
    assert "latest start" not in told
    labels = [button.label for button in buttons_of(play.last("alice"))]
    assert labels
    assert not any(label.startswith("2 × 3090") for label in labels)


def test_a_run_says_how_long_its_steps_take_and_an_estimate_that_is_booked_is_held_against_what_it_took(
    sqlite_url: str,
) -> None:
    with playing(sqlite_url, lab=with_logins(lab())) as play:
        assert "has not been measured here" in all_of(play.type("bob", "/gpu estimate 9000 steps of tiny on 2 a100"))
        play.say("alice: /gpu book 2 a100 now for 2h")
        play.say("alice: train 3600 steps of tiny at 1s")
        play.say("alice: advance 2h")
        scaled = all_of(play.type("bob", "/gpu estimate 9000 steps of tiny on 2 3090"))
        assert "This rests on tiny as measured on 2 of a100; the pools' speeds" in scaled
        assert "At worst also 10% more for validation and checkpoints, which is assumed." in scaled
        told = play.type("bob", "/gpu estimate 9000 steps of tiny on 2 a100")
        assert "*9000 steps of tiny on 2 × A100: 2.5 to 2.8 h.*" in all_of(told)
        play.click("bob", "2 × A100 now", told)
        booked = play.reservations()[-1]
        assert (booked.member, booked.window.minutes) == ("U0BOB", 165)
        for line in ("bob: train 9000 steps of tiny at 1s", "bob: advance 3h"):
            play.say(line)
        with play.bot.desk.ledger.reading() as book:
            (proved,) = book.proved(9)
        assert proved.forecast.asked == "9000 steps of tiny"
        assert (proved.forecast.typical, proved.hours) == (2.5, 2.625), "5 % more than its steps, in the sandbox"
        told = all_of(play.type("carol", "/gpu estimate 9000 steps of tiny on 2 a100"))
        assert "One such estimate was booked here and its job has run: inside the band" in told
        assert stands(play.bot.desk, booked.id).state is State.RELEASED


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {},
        {"hours": [1, 2]},
        {"hours": [3, 2, 1]},
        {"hours": [0, 1, 2]},
        {"hours": [1, 2, float("inf")]},
        {"hours": [1, float("nan"), 2]},
        {"hours": ["x", 1, 2]},
        {"basis": "guessed"},
        {"gpus": 0},
        {"gpus": "x"},
    ],
)
def test_what_is_no_estimate_in_a_button_is_not_remembered(wrong: object) -> None:
    good = {"asked": "tiny", "pool": "a100", "gpus": 2, "basis": "measured", "hours": [1.0, 2.0, 3.0]}
    found = forecast_from(good)
    assert found is not None
    assert forecast_values(found) == good
    assert forecast_from(good | wrong if isinstance(wrong, dict) and wrong else wrong) is None
