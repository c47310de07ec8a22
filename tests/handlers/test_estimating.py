"""Estimates as people meet them: the command, its buttons, and the booking form."""

from bot.booking.lifecycle import State
from worlds import Play, all_of, buttons_of

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
