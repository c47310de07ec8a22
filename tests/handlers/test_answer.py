"""The conversation without Slack: each line to its answer, each delivery once."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from bot.booking.lab import Deadline
from bot.booking.lifecycle import State
from bot.booking.members import Member
from bot.desk import Desk
from bot.errors import BotError, InputError, NotFound, NotYours, WrongState
from handlers.answer import Delivery, answer
from handlers.context import Context
from handlers.lines import line_of
from handlers.parse import parse
from handlers.said import OpenForm
from handlers.views.help import TOPICS
from handlers.views.kit import Reply
from make import ADA, ALICE, BOB, PEOPLE, lab, monday
from storage.engine import open_engine
from storage.ledger import Ledger
from worlds import words_of

BOOK = "book 2 a100 tomorrow 9am for 8h"


class Talk:
    """A desk, and lines said to it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.now = monday(8)

    def say(self, who: Member, line: str, delivery: Delivery | None = None, now: datetime | None = None) -> Reply:
        reply = answer(line, Context(who, self.desk.lab, PEOPLE, now or self.now), self.desk, delivery)
        assert isinstance(reply, Reply)
        return reply

    def states(self) -> list[State]:
        with self.desk.ledger.reading() as book:
            return [one.state for one in book.everything()]


@pytest.fixture
def talk(sqlite_url: str) -> Iterator[Talk]:
    desk = Desk(Ledger(open_engine(sqlite_url)), lab())
    desk.ledger.sync_gpus(desk.lab)
    yield Talk(desk)
    desk.ledger.close()


@pytest.mark.parametrize(
    ("line", "decision"),
    [
        (BOOK, "granted"),
        ("book 4 a100 tomorrow 9am for 8h", "held"),
        ("book 9 a100 tomorrow 9am for 8h", "refused"),
        ("book 4 a100 for 10h before fri 6pm", "held"),
        ("book 40 gpu-hours a100 before fri 6pm", "granted"),
        ("free", "answer"),
        ("free a100 fri", "answer"),
        ("mine", "answer"),
        ("who", "answer"),
        ("who atlas:2", "answer"),
        ("help", "answer"),
        ("/gpu help book", "answer"),
    ],
)
def test_each_line_has_its_kind_of_answer(talk: Talk, line: str, decision: str) -> None:
    reply = talk.say(ALICE, line)
    assert reply.decision == decision
    assert reply.text.strip()
    assert reply.blocks


def test_changes_are_done_and_say_what_holds_now(talk: Talk) -> None:
    talk.say(ALICE, BOOK)
    for line, words in [
        ("extend R1 2h", "R1 extended by 2 h"),
        ("move R1 to thu 9am", "R1 moved:"),
        ("undo R1", "Undone. R1 is as it was"),
        ("release R1 keep 1", "R1 keeps 1 × A100"),
        ("cancel R1", "R1 is cancelled."),
        ("undo R1", "Undone. R1 is as it was"),
        ("show R1", "R1: 1 × A100"),
    ]:
        talk.now += timedelta(seconds=1)
        assert talk.say(ALICE, line).text.startswith(words), line
    assert talk.states() == [State.BOOKED]


def test_a_request_waits_for_an_admin_who_approves_or_denies_it(talk: Talk) -> None:
    talk.say(BOB, "book 4 a100 tomorrow 9am for 8h")
    talk.say(BOB, "book 4 a100 wed 9am for 8h")
    assert talk.say(ADA, "approve R1").text.startswith("R1 approved by <@U0ADA>")
    assert talk.say(ADA, "deny R2 because the nodes move").text.startswith("R2 denied by <@U0ADA>")
    assert talk.states() == [State.BOOKED, State.DENIED]


@pytest.mark.parametrize(
    ("who", "line", "error"),
    [
        (ALICE, "bok 2 a100 now for 2h", InputError),
        (ALICE, "show R99", NotFound),
        (BOB, "release R1", NotYours),
        (BOB, "extend R1 2h", NotYours),
        (ALICE, "approve R1", NotYours),
        (ADA, "approve R1", WrongState),
        (ALICE, "release R1 keep 2", InputError),
        (ALICE, "book 1 a100 now for 1h for @bob", NotYours),
    ],
)
def test_what_cannot_go_on_is_an_error_fit_to_show_and_changes_nothing(
    talk: Talk, who: Member, line: str, error: type[BotError]
) -> None:
    talk.say(ALICE, BOOK)
    with pytest.raises(error) as caught:
        talk.say(who, line)
    assert str(caught.value)
    assert talk.desk.show(1, talk.now)[0].version == 1


@pytest.mark.parametrize("line", ["", "book", "book 2 a100", "/gpu", "book 2 a100 because ablations"])
def test_without_a_time_the_form_is_to_be_opened(talk: Talk, line: str) -> None:
    found = answer(line, Context(ALICE, talk.desk.lab, PEOPLE, talk.now), talk.desk)
    assert isinstance(found, OpenForm)
    assert found.prefill == line.removeprefix("/gpu").removeprefix("book").strip()


def test_an_admin_books_for_somebody_else(talk: Talk) -> None:
    reply = talk.say(ADA, "book 1 a100 tomorrow 9am for 2h for @bob")
    assert "booked for <@U0BOB>" in reply.text
    assert reply.reservations[0].member == BOB.id
    assert talk.desk.mine(BOB.id, talk.now) == reply.reservations


def test_every_answer_repeats_the_absolute_window_the_length_and_the_gpus(talk: Talk) -> None:
    reply = talk.say(ALICE, BOOK)
    start, end = int(monday(8, day=1).timestamp()), int(monday(16, day=1).timestamp())
    for part in ("2 × A100 on atlas", f"<!date^{start}^", f"<!date^{end}^", "(8 h)", "R1"):
        assert part in reply.text


def test_every_line_that_the_help_shows_is_understood(talk: Talk) -> None:
    context = Context(ADA, lab(deadlines=(Deadline("neurips", monday(day=20)),)), PEOPLE, talk.now)
    pages = [words_of(talk.say(ADA, f"help {topic}".strip()).blocks) for topic in ("", *sorted(TOPICS))]
    lines = {line for page in pages for line in re.findall(r"`(/gpu[^`]*)`", page) if "..." not in line}
    assert len(lines) > 20
    for line in lines:
        assert parse(line.replace("REASON", "a reason"), context)


@pytest.mark.parametrize("line", ["free now", "free a100 now", "free gpus", "free today", "free tomorrow"])
def test_free_is_asked_in_many_words(talk: Talk, line: str) -> None:
    assert "free" in talk.say(ALICE, line).text


def test_what_was_assumed_is_said(talk: Talk) -> None:
    said = words_of(talk.say(ALICE, "book 1 a100 fri for 2h").blocks)
    assert "09:00" in said
    nowhere = Member("U0NEW", "new", "Mars/Olympus")
    said = words_of(talk.say(nowhere, "book 1 a100 tomorrow 9am for 2h").blocks)
    assert "Your time zone is not known here, so times are read in that of Europe/Berlin." in said


def test_offers_are_lines_that_book_exactly_what_they_say(talk: Talk) -> None:
    talk.say(ALICE, BOOK)
    refused = talk.say(BOB, "book 4 a100 2026-11-03T09:00Z/2026-11-03T13:00Z")
    assert refused.decision == "refused"
    assert [code for code, _ in refused.reasons] == ["taken"]
    *bookable, _ = refused.offers
    assert 1 <= len(bookable) <= 3
    for offer in bookable:
        taken = talk.say(BOB, line_of(offer.request)).reservations[0]
        assert (taken.window, taken.count) == (offer.window, offer.request.count)
        assert (taken.state is State.PENDING) == offer.asks
        talk.say(BOB, f"release {taken.label}")


def test_one_delivery_has_one_effect_and_one_answer(talk: Talk) -> None:
    delivery = Delivery("command:T0LAB:1.2.3", "U0ALICE\nbook")
    first = talk.say(ALICE, BOOK, delivery)
    again = talk.say(ALICE, BOOK, delivery, now=monday(9))
    assert (again.text, again.blocks, again.decision) == (first.text, first.blocks, first.decision)
    assert talk.states() == [State.BOOKED]


def test_a_delivery_keeps_its_refusal_even_when_room_has_come_meanwhile(talk: Talk) -> None:
    talk.say(BOB, "book 2 a100 2026-11-03T08:00Z/2026-11-03T16:00Z")
    refused = Delivery("command:T0LAB:1.2.3")
    wish = "book 4 a100 tomorrow 9am for 8h"
    first = talk.say(ALICE, wish, refused)
    talk.say(BOB, "release R1")
    assert talk.say(ALICE, wish, refused).text == first.text
    assert talk.say(ALICE, wish, Delivery("view:T0LAB:V1", keep_refusals=False)).decision == "held"


def test_what_was_refused_may_be_corrected_where_refusals_are_not_kept(talk: Talk) -> None:
    form = Delivery("view:T0LAB:V1", "9", keep_refusals=False)
    assert talk.say(ALICE, "book 9 a100 tomorrow 9am for 8h", form).decision == "refused"
    corrected = Delivery("view:T0LAB:V1", "2", keep_refusals=False)
    assert talk.say(ALICE, BOOK, corrected).decision == "granted"


def test_the_same_key_with_other_content_is_refused(talk: Talk) -> None:
    talk.say(ALICE, BOOK, Delivery("k", "one"))
    with pytest.raises(WrongState, match="answered before, for another request"):
        talk.say(ALICE, BOOK, Delivery("k", "two"))
    with pytest.raises(WrongState, match="taken already"):
        talk.say(ALICE, BOOK, Delivery("k", "two", used="One of these offers was taken already."))
    assert talk.states() == [State.BOOKED]


@pytest.mark.parametrize(
    ("line", "hours"),
    [
        ("extend R1 until 18:00", 65),
        ("extend R1 until 6pm", 65),
        ("extend R1 until 23:30 utc", 71.5),
        ("extend R1 until 8:00", 79),
        ("extend R1 until wed 6pm", 65),
    ],
)
def test_a_reservation_runs_on_until_that_time_of_its_own_last_day_or_the_next(
    talk: Talk, line: str, hours: float
) -> None:
    talk.say(ALICE, "book 2 a100 wed 9am for 8h")  # till 17:00 in Berlin, 64 hours after Monday began in UTC
    reply = talk.say(ALICE, line)
    assert talk.desk.show(1, talk.now)[0].window.end == monday(hours)
    assert "past today" not in words_of(reply.blocks)


def test_until_the_very_time_at_which_it_ends_is_no_extension(talk: Talk) -> None:
    talk.say(ALICE, "book 2 a100 wed 9am for 8h")
    with pytest.raises(InputError, match="R1 already ends then"):
        talk.say(ALICE, "extend R1 until 17:00")


def test_the_clock_changes_between_do_not_move_the_time_of_day(talk: Talk) -> None:
    talk.now = monday(8, day=-10)  # Friday 23 October 2026: on Sunday clocks go back
    talk.say(ALICE, "book 2 a100 sun 0:00 for 1h")
    talk.say(ALICE, "extend R1 until 18:00")
    assert talk.desk.show(1, talk.now)[0].window.end == monday(17, day=-8)


def test_a_change_of_the_same_delivery_is_made_once(talk: Talk) -> None:
    talk.say(ALICE, BOOK)
    delivery = Delivery("command:T0LAB:4.5.6", "extend")
    first = talk.say(ALICE, "extend R1 2h", delivery)
    assert talk.say(ALICE, "extend R1 2h", delivery).text == first.text
    assert talk.desk.show(1, talk.now)[0].window.hours == 10
