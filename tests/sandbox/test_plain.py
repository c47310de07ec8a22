"""What Slack's markup looks like in a terminal, and what it must not do there."""

from zoneinfo import ZoneInfo

import pytest

from bot.sandbox.plain import Reader, from_markup, safe
from bot.sandbox.plain_blocks import block_lines, message_lines, view_lines
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.modals import OpenView
from make import monday
from sandbox.small_bot import button, card, form, section

NAMES = {"U0ALICE": "alice", "U0BOB": "bob", "U0STAR": "a*b*c"}
BERLIN = Reader(ZoneInfo("Europe/Berlin"), monday(8), NAMES, {"C0GPUS": "gpus"})
LOS_ANGELES = Reader(ZoneInfo("America/Los_Angeles"), monday(8), NAMES, {})
TOKYO = Reader(ZoneInfo("Asia/Tokyo"), monday(8), NAMES, {})


def date(form: str, hour: float, day: int = 0) -> str:
    return f"<!date^{int(monday(hour, day=day).timestamp())}^{form}|some other day>"


def test_a_time_is_shown_in_each_readers_own_zone() -> None:
    token = date("{date_short_pretty} {time}", 20)
    assert from_markup(token, BERLIN) == "Today 21:00"
    assert from_markup(token, LOS_ANGELES) == "Today 12:00"
    assert from_markup(token, TOKYO) == "Tomorrow 05:00"


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("{date_num}", "2026-11-24"),
        ("{date}", "November 24th, 2026"),
        ("{date_short}", "Nov 24, 2026"),
        ("{date_long}", "Tuesday, November 24th, 2026"),
        ("{date_short_pretty} {time}", "Nov 24, 2026 10:00"),
        ("{date_long_pretty}", "Tuesday, November 24th, 2026"),
        ("{time_secs}", "10:00:00"),
        ("from {time} on", "from 10:00 on"),
        ("{lunar_phase}", "some other day"),
    ],
)
def test_each_date_token_reads_as_slack_writes_it(form: str, shown: str) -> None:
    assert from_markup(date(form, 9, day=22), BERLIN) == shown


def test_days_near_today_go_by_their_names() -> None:
    days = [from_markup(date("{date_pretty}", 9, day=day), BERLIN) for day in (-1, 0, 1)]
    assert days == ["Yesterday", "Today", "Tomorrow"]
    assert from_markup(date("ends {date_short_pretty}", 9, day=1), BERLIN) == "ends tomorrow"


@pytest.mark.parametrize(("day", "shown"), [(-1, "1st"), (0, "2nd"), (1, "3rd"), (2, "4th"), (9, "11th"), (20, "22nd")])
def test_the_days_of_a_month_are_counted_in_english(day: int, shown: str) -> None:
    assert shown in from_markup(date("{date}", 9, day=day), BERLIN)


def test_a_date_that_cannot_be_read_falls_back_to_its_label() -> None:
    assert from_markup("<!date^never^{time}|at some time>", BERLIN) == "at some time"
    assert from_markup(f"<!date^{10**18}^{{time}}|far away>", BERLIN) == "far away"


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("*<@U0BOB>* has 2", "@bob has 2"),
        ("<@U0BOB|bobby> and <@U0EVE|eve>", "@bob and @eve"),
        ("<#C0GPUS|x> <#C0OTHER|other>", "#gpus #other"),
        ("<!here> <!channel|all> <!subteam^S1|@lab>", "@here all @lab"),
        ("<https://x.org/_a_|docs> <https://x.org/_b_>", "docs (https://x.org/_a_) https://x.org/_b_"),
        ("<mailto:a@b.org|a@b.org>", "a@b.org"),
        ("*bold* _italic_ ~struck~ `code_` *_both_*", "bold italic struck code_ both"),
        ("*Not Thu 14:00: you need 4, 2 are free.*", "Not Thu 14:00: you need 4, 2 are free."),
        ("4*5*6 and a_b_c and 2 * 3 * 4 * 5", "4*5*6 and a_b_c and 2 * 3 * 4 * 5"),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("&lt;@U0BOB&gt;", "<@U0BOB>"),
        ("<@U0STAR>", "@a*b*c"),
        ("```x = a*b*c```", "x = a*b*c"),
        ("_* if your job scales linearly_", "* if your job scales linearly"),
    ],
)
def test_markup_reads_as_text(markup: str, shown: str) -> None:
    assert from_markup(markup, BERLIN) == shown


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;https://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jcleared", "cleared"),
        ("back\x08\x08 bell\x07 nul\x00", "back bell nul"),
        ("\x1bcreset", "reset"),
        ("over\rwritten", "overwritten"),
        ("one\r\ntwo\tthree", "one\ntwo three"),
        ("\u202eevil\u2066", "evil"),
        ("\ud800half", "half"),
        ("Grüße 日本 🎉 שלום", "Grüße 日本 🎉 שלום"),
    ],
)
def test_nothing_that_people_write_can_steer_the_terminal(hostile: str, shown: str) -> None:
    assert safe(hostile) == shown
    assert block_lines([section(hostile)], BERLIN) == shown.split("\n")


def test_a_card_shows_its_buttons_with_the_numbers_that_click_takes() -> None:
    payload = card("*2 × A100 on atlas are yours* " + date("{time}", 8), "Extend", "Release")
    message = Message("C0GPUS", "1.1", "U0CRUNCH", payload["text"], tuple(payload["blocks"]))
    assert message_lines(message, BERLIN) == ["2 × A100 on atlas are yours 09:00", "[1 Extend] [2 Release]"]
    assert message_lines(message, BERLIN, numbered=False)[1] == "[Extend] [Release]"


def test_buttons_are_numbered_through_the_whole_message() -> None:
    blocks = [
        section("R1", accessory=button("Show", "show")),
        {"type": "divider"},
        {"type": "actions", "elements": [button("Book", "book"), button("Free", "free")]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "_details in thread_"}]},
    ]
    assert block_lines(blocks, BERLIN) == ["R1", "[1 Show]", "", "[2 Book] [3 Free]", "details in thread"]


def test_a_message_without_blocks_is_its_text() -> None:
    assert message_lines(Message("C0GPUS", "1.1", "U0CRUNCH", "*a*\nb"), BERLIN) == ["a", "b"]


def test_a_table_has_columns_and_a_picture_its_description() -> None:
    rows = [["GPU", "who"], ["atlas:0", "alice"], ["日本", "bob"]]
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": text} for text in row] for row in rows]}
    image = {"type": "image", "image_url": "https://x/y", "alt_text": "6 of 8 GPUs are free"}
    assert block_lines([table, image], BERLIN) == [
        "GPU      who",
        "atlas:0  alice",
        "日本     bob",
        "(6 of 8 GPUs are free)",
    ]


def test_rich_text_is_read_line_by_line() -> None:
    def line(*elements: dict[str, str]) -> dict[str, object]:
        return {"type": "rich_text_section", "elements": list(elements)}

    block = {
        "type": "rich_text",
        "elements": [
            line({"type": "text", "text": "held by "}, {"type": "user", "user_id": "U0BOB"}),
            line({"type": "text", "text": "until noon"}),
        ],
    }
    assert block_lines([block], BERLIN) == ["held by @bob", "until noon"]


def test_a_form_shows_its_fields_what_is_filled_in_and_what_is_wrong() -> None:
    view = OpenView("V1", "U0ALICE", "1", "V1", None, form(), {"when": "'someday' was not understood"})
    assert view_lines(view, BERLIN) == [
        "Form: Book GPUs",
        "  When =",
        "  ! 'someday' was not understood",
        "  Count = 1",
        "  Pool (optional) = A100  (A100 | 3090)",
    ]
