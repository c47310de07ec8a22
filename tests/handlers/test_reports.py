"""The report as admins meet it: typed, by itself on the first, as files; and the pulse as members do."""

import csv
import io
from datetime import UTC, datetime

import pytest

from bot.errors import InputError
from bot.report.months import Month
from bot.sandbox.hands import Hands
from handlers.context import Context
from handlers.overseeing import Pulse, Report
from handlers.parse import parse
from make import ADA, PEOPLE, lab, monday
from worlds import Play, all_of, words_of


@pytest.fixture
def patient(play: Play) -> Play:
    """Drawing goes on in the background; here it is done at once, and longer than Slack waits: not the point."""
    play.hands = Hands(play.workspace, play.world.deliver, stopwatch=lambda: 0.0)
    return play


CONTEXT = Context(ADA, lab(), PEOPLE, monday(8))


@pytest.mark.parametrize(
    ("line", "month"),
    [
        ("report", Month(2026, 10)),
        ("report last month", Month(2026, 10)),
        ("report this", Month(2026, 11)),
        ("report october", Month(2026, 10)),
        ("/gpu REPORT Dec", Month(2025, 12)),
        ("report nov", Month(2026, 11)),
        ("report october 2024", Month(2024, 10)),
        ("report 2025-3", Month(2025, 3)),
    ],
)
def test_a_month_is_said_in_several_ways(line, month):
    assert parse(line, CONTEXT) == Report(month)


@pytest.mark.parametrize("line", ["report 2026-13", "report foo", "report 1999-1", "report ma", "report october nov"])
def test_what_is_no_month_is_answered_with_an_example_that_works(line):
    with pytest.raises(InputError) as caught:
        parse(line, CONTEXT)
    assert isinstance(parse(caught.value.example, CONTEXT), Report)


def test_the_month_is_that_of_the_labs_zone():
    eve = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)  # the first of November in Berlin
    assert parse("report", Context(ADA, lab(), PEOPLE, eve)) == Report(Month(2026, 10))


def test_pulse_is_read_and_asks_only_where_that_is_said():
    assert parse("pulse", CONTEXT) == Pulse()
    assert parse("pulse ask", CONTEXT) == Pulse(ask=True)
    with pytest.raises(InputError):
        parse("pulse everybody", CONTEXT)


def test_a_report_comes_as_two_files_in_one_message_and_is_said_at_once(patient: Play) -> None:
    patient.say("alice: /gpu book 2 a100 now for 8h")
    patient.say("alice: advance 9h")
    said = all_of(patient.type("ada", "/gpu report this"))
    assert "16 GPU-h" in said
    assert "The GPUs were not watched" in said
    assert "66 % rated" in said
    (message,) = [one for one in patient.workspace.visible("U0ADA") if one.files]
    assert patient.workspace.channels[message.channel].direct
    names = {file["name"] for file in message.files}
    assert names == {"gpus-2026-11.pdf", "gpus-2026-11.csv"}
    assert "not watched" in next(file["alt_txt"] for file in message.files if file["name"].endswith("pdf"))
    contents = {
        file["name"].rpartition(".")[2]: patient.workspace.files.find(file["id"]).content for file in message.files
    }
    assert contents["pdf"].startswith(b"%PDF-")
    assert contents["pdf"].count(b"/Type /Page\n") + contents["pdf"].count(b"/Type /Page ") == 2
    rows = list(csv.DictReader(io.StringIO(contents["csv"].decode())))
    assert {"figure": "reserved", "of": "all", "unit": "GPU-hours", "value": "16", "month_before": "0"} in rows
    assert "To paste into a proposal" in message.text


def test_only_admins_are_told_and_a_month_to_come_is_refused(play: Play) -> None:
    assert "Only admins" in play.type("alice", "/gpu report").text
    assert "Only admins" in play.type("alice", "/gpu pulse").text
    assert "Only admins" in play.type("alice", "/gpu pulse ask").text
    assert "has not begun" in play.type("ada", "/gpu report 2026-12").text


def test_who_asks_for_a_report_that_slack_does_not_take_is_told_so(play: Play) -> None:
    play.workspace.fail_next("files.getUploadURLExternal", 200, "internal_error", times=3)
    assert "crunchtime report" in play.say("ada: /gpu report this")


def test_on_the_first_of_the_month_the_admins_get_it_by_themselves_once(play: Play) -> None:
    play.say("alice: /gpu book 2 a100 now for 8h")
    play.say("ada: advance 30 days")
    found = [one for one in play.workspace.timeline if any("pdf" in file["name"] for file in one.files)]
    assert [one.channel for one in found] == ["C0ADMIN"]
    assert found[0].ts.startswith(str(int(datetime(2026, 12, 1, 8, tzinfo=UTC).timestamp())))
    assert "*Test Lab · November 2026*" in found[0].text


def test_a_report_that_slack_does_not_take_at_once_goes_out_later(play: Play) -> None:
    play.say("alice: /gpu book 2 a100 now for 8h")
    play.say("ada: advance 29 days")
    play.workspace.fail_next("files.completeUploadExternal", 200, "internal_error", times=1)
    play.say("ada: advance 1 day")
    assert sum(bool(one.files) for one in play.workspace.timeline if one.channel == "C0ADMIN") == 1


def test_the_pulse_is_asked_answered_once_and_shown_when_it_is_closed(patient: Play) -> None:
    everybody = ("ada", "alice", "bob", "carol", "dan")
    for name in everybody:
        patient.say(f"{name}: /gpu book 1 {'3090' if name in 'ada' else 'a100'} now for 1h")
    assert "No answers to show yet" in patient.type("ada", "/gpu pulse").text
    assert "5 people are asked now" in patient.type("ada", "/gpu pulse ask").text
    assert "once in a quarter" in patient.type("ada", "/gpu pulse ask").text
    patient.say("ada: advance 10h")  # it is ten in the morning where bob is
    for mark, name in enumerate(everybody, 1):
        patient.click(name, "Answer")
        outcome = patient.submit(name, mark=str(mark), waiting="a <!channel> of nights" if name == "bob" else "")
        assert not outcome.errors, outcome
        assert "counted, without your name" in patient.form(name)
    patient.click("bob", "Answer")
    assert "answered this already" in patient.last("bob").text
    patient.say("ada: advance 15 days")
    shown = all_of(patient.type("ada", "/gpu pulse"))
    assert "5 of 5 people answered" in shown
    assert "60 %" in shown
    assert "a &lt;!channel&gt; of nights" in shown
    patient.click("bob", "Answer")
    assert "closed" in patient.last("bob").text
    assert "60 % gave 3 of 5 or less" in all_of(patient.type("ada", "/gpu report this"))


def test_nothing_of_an_answer_is_logged_or_sent_back(play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("ada", "alice", "bob", "carol", "dan"):
        play.say(f"{name}: /gpu book 1 {'3090' if name == 'ada' else 'a100'} now for 1h")
    play.say("ada: /gpu pulse ask")
    play.say("ada: advance 10h")
    capsys.readouterr()
    calls = len(play.workspace.calls)
    play.click("bob", "Answer")
    play.submit("bob", mark="1", waiting="zebra")
    told = capsys.readouterr()
    assert "zebra" not in told.out + told.err
    assert all("zebra" not in str(call) for call in play.workspace.calls[calls:])
    assert "zebra" not in words_of([message.blocks for message in play.workspace.timeline])


def test_who_switches_it_off_is_not_asked(play: Play) -> None:
    said = all_of(play.type("bob", "/gpu settings pulse off"))
    assert "once in a quarter" not in said
    for name in ("ada", "alice", "bob", "carol", "dan"):
        play.say(f"{name}: /gpu book 1 {'3090' if name == 'ada' else 'a100'} now for 1h")
    assert "Nobody was asked" in play.type("ada", "/gpu pulse ask").text
