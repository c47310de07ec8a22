"""Lines and buttons that ask for a reservation or hand one over."""

import pytest

from bot.booking.decision import Offer, OfferKind
from bot.booking.model import Fixed, Request, Window
from bot.errors import InputError
from handlers.context import Context
from handlers.lines import line_of
from handlers.parse import parse
from handlers.questions import question_of
from handlers.said import Ask, Give
from handlers.views.offers import offer_buttons, offer_line, offer_text
from make import BOB, PEOPLE, lab, monday, request, window

CONTEXT = Context(BOB, lab(), PEOPLE, monday(8))
TOMORROW = Window(monday(41), monday(44))  # 9 to 12 in Los Angeles, where it is Monday 00:00


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ask R7", Ask(7)),
        ("ask r7", Ask(7)),
        ("/gpu ask 7 because the rebuttal", Ask(7, reason="the rebuttal")),
        ("ask R7 for R9", Ask(7, exchange=9)),
        ("ask R7 in exchange for r9 because so", Ask(7, exchange=9, reason="so")),
        ("give R12 to @dan", Give(12, PEOPLE["dan"])),
        ("give R12 @dan", Give(12, PEOPLE["dan"])),
        ("give 12 to <@U0DAN|dan>", Give(12, "U0DAN")),
    ],
)
def test_what_is_read(line: str, said: object) -> None:
    assert parse(line, CONTEXT) == said


def test_what_is_needed_is_read_as_after_book() -> None:
    command = parse("ask R7 2 a100 tuesday 9am for 3h for R9 because of R7", CONTEXT)
    assert isinstance(command, Ask)
    assert command.request == Request(BOB.id, 2, command.request.when, "a100", reason="of R7", asked_by=BOB.id)
    assert isinstance(command.request.when, Fixed)
    assert command.request.when.window.minutes == 180
    assert command.exchange == 9


def test_a_window_alone_has_no_note_of_any_pool() -> None:
    command = parse("ask R7 2026-11-02T10:00Z/2026-11-02T12:00Z", CONTEXT)
    assert isinstance(command, Ask)
    assert command.request is not None
    assert (command.request.count, command.request.pool, command.notes) == (1, None, ())


@pytest.mark.parametrize(
    "line",
    [
        "ask",
        "ask bob",
        "ask R7 2 a100",
        "ask R7 because",
        "ask R7 2 tpus now for 2h",
        "give",
        "give R12",
        "give R12 to bob",
        "give R12 to @nobody",
        "give R12 to @dan and @alice",
        "give @dan",
    ],
)
def test_what_is_not_understood_gets_an_example_that_is(line: str) -> None:
    with pytest.raises(InputError) as error:
        parse(line, CONTEXT)
    assert error.value.example
    assert parse(error.value.example, CONTEXT)


def test_an_offer_to_ask_carries_the_line_that_was_refused() -> None:
    wanted = request(2, 10, 12, member=BOB.id, reason="the rebuttal")
    offer = Offer(OfferKind.ASK, wanted, window(10, 12), reservation=7, holder="alice")
    assert offer_text(offer, wanted, monday(8), CONTEXT.zone) == "Ask alice for R7"
    line = offer_line(offer, line_of(wanted))
    assert parse(line, CONTEXT) == Ask(7, wanted)
    (row,) = offer_buttons([offer], wanted, key="k", line_of=line_of, now=monday(8), zone=CONTEXT.zone)
    assert line in row["elements"][0]["value"]


@pytest.mark.parametrize(
    ("value", "read"),
    [("Q5:3", (5, 3, "")), ("Q5:3:fewer:1", (5, 3, "fewer:1")), ("Q5:3:later:29700000", (5, 3, "later:29700000"))],
)
def test_what_a_button_carries(value: str, read: tuple[int, int, str]) -> None:
    assert question_of({"actions": [{"value": value}]}) == read


@pytest.mark.parametrize("value", [None, "", "R5:3", "Q5", "Q5:3:", "Q5:3:fewer", "Q5:3:fewer:1:2", "Q5:3:\u0661:1"])
def test_a_button_of_another_time_is_too_old(value: str | None) -> None:
    with pytest.raises(InputError, match="too old"):
        question_of({"actions": [{"value": value}]})
