"""The one door: each error is told where the member is, a bug gets a reference that is in the log, and all is a 200."""

import re
from typing import Any

import pytest
import structlog

from bot.errors import BotError, Busy, InputError, NotFound, NotYours, WrongState
from bot.sandbox.workspace import RESPONSE_URL
from handlers.errors import reply_for
from make import monday
from worlds import Play, all_of, buttons_of

EXPECTED: list[tuple[BotError, str]] = [
    (InputError("No <such> day.", hint="Say one.", example="book 1 a100 fri for 2h"), "No &lt;such&gt; day. Say one."),
    (NotFound("There is no R9."), "There is no R9. `/gpu mine` lists yours."),
    (NotYours("R1 is not yours."), "R1 is not yours."),
    (WrongState("R1 is over.", who="U0BOB", when=monday(7)), "R1 is over. That was <@U0BOB>, "),
    (WrongState("R1 is over."), "R1 is over."),
    (Busy("no turn"), "The ledger is busy; nothing was changed. Please try again in a moment."),
    (BotError("Something that can be told."), "Something that can be told."),
]
CASES = pytest.mark.parametrize(("error", "words"), EXPECTED, ids=[type(error).__name__ for error, _ in EXPECTED])
BUG = re.compile(r"Something went wrong here.* under `([0-9a-f]{8})`")


def failing(play: Play, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """From now on every use case that changes something fails so."""

    def fail(*_: Any, **__: Any) -> None:
        raise error

    for use_case in ("reserve", "release", "extend", "undo", "board"):
        monkeypatch.setattr(play.bot.desk, use_case, fail)


@CASES
def test_a_command_is_answered_in_its_acknowledgement(
    play: Play, monkeypatch: pytest.MonkeyPatch, error: BotError, words: str
) -> None:
    failing(play, monkeypatch, error)
    answer = play.type("alice", "/gpu book 1 a100 tomorrow 9am for 2h")
    assert answer.only_for == "U0ALICE"
    assert answer.text.startswith(words)
    assert play.sent(RESPONSE_URL) == 0


@CASES
def test_a_button_is_answered_below_its_message_for_that_person_alone(
    play: Play, monkeypatch: pytest.MonkeyPatch, error: BotError, words: str
) -> None:
    card = play.type("alice", "/gpu book 1 a100 tomorrow 9am for 2h")
    failing(play, monkeypatch, error)
    assert play.click("alice", "Release").status == 200
    told = play.last("alice")
    assert told.ts != card.ts
    assert told.only_for == "U0ALICE"
    assert told.text.startswith(words)
    assert [button.label for button in buttons_of(card)] == ["Extend", "Release", "Move", "Undo"]


@CASES
def test_a_form_is_answered_in_its_place_or_beside_a_field(
    play: Play, monkeypatch: pytest.MonkeyPatch, error: BotError, words: str
) -> None:
    play.hands.type(play.person("alice"), "/gpu", "C0GPUS")
    failing(play, monkeypatch, error)
    outcome = play.submit("alice", when="tomorrow 9am for 2h")
    assert outcome.status == 200
    if isinstance(error, InputError):
        assert outcome.errors == {"when": "No <such> day. Say one. For example: fri for 2h"}
    elif isinstance(error, Busy):
        assert outcome.errors == {"pool": words}
    else:
        assert words in play.form("alice").replace("*", "")


def test_an_example_is_shown_as_a_line_to_type() -> None:
    reply = reply_for(EXPECTED[0][0])
    assert "For example: `/gpu book 1 a100 fri for 2h`" in str(reply.blocks)


@pytest.mark.parametrize("where", ["command", "form", "button", "button of a form", "question"])
def test_a_bug_is_told_with_a_reference_that_is_in_the_log(
    play: Play, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    bug = ZeroDivisionError("secret detail")
    play.type("alice", "/gpu book 1 a100 tomorrow 9am for 2h")
    if where.startswith("form") or where.endswith("form"):
        play.hands.type(play.person("alice"), "/gpu", "C0GPUS")
    if where == "button of a form":
        play.submit("alice", when="wed 9am for 2h")
    failing(play, monkeypatch, bug)
    with structlog.testing.capture_logs() as logged:
        match where:
            case "command":
                told = all_of(play.type("alice", "/gpu book 1 a100 tomorrow 9am for 2h"))
            case "form":
                told = play.submit("alice", when="tomorrow 9am for 2h").errors["pool"]
            case "button":
                assert play.click("alice", "Release").status == 200
                told = all_of(play.last("alice"))
            case "button of a form":
                assert play.click_in_form("alice", "Release").status == 200
                told = play.form("alice")
            case _:
                told = all_of(play.type("alice", "/gpu free"))
    found = BUG.search(told.replace("*", ""))
    assert found is not None, told
    assert "secret detail" not in told
    (entry,) = [entry for entry in logged if entry["event"] == "bug"]
    assert (entry["reference"], entry["exc_info"], entry["log_level"]) == (found[1], bug, "error")


def test_a_busy_ledger_is_logged_with_its_cause(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    error = Busy("no turn")
    error.__cause__ = TimeoutError("waited 2 s")
    failing(play, monkeypatch, error)
    with structlog.testing.capture_logs() as logged:
        play.type("alice", "/gpu book 1 a100 tomorrow 9am for 2h")
    assert [(entry["event"], entry["error"]) for entry in logged] == [("busy", "waited 2 s")]


def test_a_bug_in_what_an_event_tells_is_logged_and_taken(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(play.bot.people, "learn", fail)
    with structlog.testing.capture_logs() as logged:
        assert play.hands.change(play.person("alice")).status == 200
    assert [entry["event"] for entry in logged] == ["bug"]
