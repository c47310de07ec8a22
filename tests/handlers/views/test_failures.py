"""What is said when a conversation cannot go on."""

import pytest

from bot.errors import BotError, Busy, Full, InputError, NotFound, NotYours, Unsure, WrongState
from handlers.views import failures, words
from make import ADA, monday


def test_a_line_that_was_not_read_is_answered_with_a_hint_and_an_example() -> None:
    error = InputError('Not understood: "<!here>".', hint="Say when.", example="book 2 a100 now for 2h")
    reply = failures.failed(error)
    assert reply.text == 'Not understood: "&lt;!here&gt;". Say when.'
    assert reply.blocks[1]["elements"][0]["text"] == "For example: `/gpu book 2 a100 now for 2h`"
    assert reply.decision == "error"


def test_without_an_example_there_is_no_small_print() -> None:
    assert len(failures.failed(InputError("Not understood.")).blocks) == 1


def test_who_was_first_is_named_with_the_time() -> None:
    reply = failures.failed(WrongState("R12 is denied already.", who=ADA.id, when=monday(9)))
    assert reply.text == f"R12 is denied already. That was <@U0ADA>, {words.moment(monday(9))}."
    assert failures.failed(WrongState("R12 has ended.")).text == "R12 has ended."


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (Busy("x"), "busy", "The ledger is busy; nothing was changed. Please try again in a moment."),
        (
            Full("x"),
            "full",
            "The database has no room left. Nothing was changed. An admin has to make room on its disk.",
        ),
        (
            Unsure("x"),
            "unsure",
            "The database went away while this was written: it may be done."
            " Please look at `/gpu mine` before you try again.",
        ),
        (NotFound("There is no R99."), "not_found", "There is no R99. `/gpu mine` lists yours."),
        (NotYours("R12 is somebody else's."), "not_yours", "R12 is somebody else's."),
        (BotError("Not now."), "error", "Not now."),
    ],
)
def test_every_error_has_its_words_and_its_code(error: BotError, code: str, text: str) -> None:
    reply = failures.failed(error)
    assert (reply.text, reply.reasons) == (text, ((code, text),))


def test_a_bug_is_told_with_the_reference_under_which_it_is_logged() -> None:
    assert "`ab12cd34`" in failures.bug("ab12cd34").text


def test_code_cannot_be_left_by_a_backtick() -> None:
    assert failures.command("book `x`") == "`/gpu book 'x'`"
    assert failures.command("sat 9am") == "`sat 9am`"
