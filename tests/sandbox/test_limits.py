"""Slack's limits, each at its bound and one past it."""

from typing import Any

import pytest

from bot.sandbox.limits import check_message, check_options, check_view

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "2 × A100 are yours", **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(text: str = "Release", action_id: str = "release", **more: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": action_id, **more}


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def choice(text: str = "a100", value: str = "a100", **more: Any) -> Json:
    return {"text": plain(text), "value": value, **more}


def select(**more: Any) -> Json:
    return {"type": "static_select", "action_id": "pool", "options": [choice()], **more}


def entry(element: Json, **more: Any) -> Json:
    return {"type": "input", "block_id": "when", "label": plain("When"), "element": element, **more}


def text_input(**more: Any) -> Json:
    return {"type": "plain_text_input", "action_id": "when", **more}


def modal(*blocks: Json, **more: Any) -> Json:
    return {
        "type": "modal",
        "title": plain("Book GPUs"),
        "submit": plain("Book"),
        "blocks": list(blocks) or [section()],
        **more,
    }


def message(*blocks: Json, text: str = "2 × A100 are yours") -> Json:
    return {"text": text, "blocks": list(blocks)}


CONFIRM = {"title": plain("Release?"), "text": mrkdwn("R12 ends now"), "confirm": plain("Release"), "deny": plain("No")}


def test_a_card_with_every_kind_of_block_passes() -> None:
    card = message(
        {"type": "header", "text": plain("Board")},
        section(fields=[mrkdwn("*atlas*"), mrkdwn("free")], accessory=button(confirm=CONFIRM)),
        {"type": "divider"},
        {
            "type": "context",
            "elements": [mrkdwn("R12"), {"type": "image", "image_url": "https://x/y", "alt_text": "y"}],
        },
        actions(
            button(style="danger", value="R12:3"),
            {"type": "overflow", "action_id": "more", "options": [choice()]},
            {"type": "datetimepicker", "action_id": "at", "initial_date_time": 1793610000},
        ),
        {"type": "image", "image_url": "https://example.org/t.png", "alt_text": "6 of 8 GPUs are free"},
        {"type": "markdown", "text": "**free**"},
        {"type": "table", "rows": [[{"type": "raw_text", "text": "atlas:0"}]]},
    )
    assert check_message(card) == []


def test_a_form_with_every_kind_of_field_passes() -> None:
    form = modal(
        entry(text_input(max_length=200, initial_value="tomorrow 9am", focus_on_load=True)),
        entry(select(initial_option=choice()), block_id="pool"),
        entry({"type": "number_input", "action_id": "n", "is_decimal_allowed": False, "min_value": "1"}, block_id="n"),
        entry({"type": "external_select", "action_id": "gpu", "min_query_length": 0}, block_id="gpu"),
        entry({"type": "timepicker", "action_id": "t", "timezone": "Europe/Berlin"}, block_id="t", optional=True),
        entry({"type": "checkboxes", "action_id": "c", "options": [choice()]}, block_id="c"),
        callback_id="book",
        private_metadata="{}",
    )
    assert check_view(form) == []


REFUSED_IN_MESSAGES = {
    "no text": (message(section(), text=""), "text: is empty"),
    "blank text": (message(section(), text=" \n"), "text: is empty"),
    "51 blocks": (message(*[{"type": "divider"}] * 51), "51 items, at most 50"),
    "section of 3001": (message(section("x" * 3001)), "3001 characters, at most 3000"),
    "empty section": (message(section("")), "blocks[0].text.text: is empty"),
    "section without text": (message({"type": "section"}), "needs text or fields"),
    "11 fields": (message({"type": "section", "fields": [mrkdwn("x")] * 11}), "11 items, at most 10"),
    "field of 2001": (message({"type": "section", "fields": [mrkdwn("x" * 2001)]}), "2001 characters, at most 2000"),
    "26 actions": (message(actions(*[button(action_id=str(n)) for n in range(26)])), "26 items, at most 25"),
    "no actions": (message(actions()), "0 items, at least 1"),
    "button text of 76": (message(actions(button("x" * 76))), "76 characters, at most 75"),
    "button in mrkdwn": (message(actions(button() | {"text": mrkdwn("x")})), "'mrkdwn' is not allowed"),
    "button value of 2001": (message(actions(button(value="x" * 2001))), "2001 characters, at most 2000"),
    "button style": (message(actions(button(style="green"))), "'green' is none of primary, danger"),
    "action_id of 256": (message(actions(button(action_id="x" * 256))), "256 characters, at most 255"),
    "one action_id twice": (message(actions(button(), button())), "action_id 'release' is used 2 times"),
    "one block_id twice": (
        message(section(block_id="a"), section(block_id="a")),
        "block_id 'a' is used 2 times",
    ),
    "block_id of 256": (message(section(block_id="x" * 256)), "256 characters, at most 255"),
    "header of 151": (message({"type": "header", "text": plain("x" * 151)}), "151 characters, at most 150"),
    "header in mrkdwn": (message({"type": "header", "text": mrkdwn("x")}), "'mrkdwn' is not allowed"),
    "11 in a context": (message({"type": "context", "elements": [mrkdwn("x")] * 11}), "11 items, at most 10"),
    "button in a context": (message({"type": "context", "elements": [button()]}), "button is not allowed in a block"),
    "overflow of 6": (
        message(actions({"type": "overflow", "action_id": "o", "options": [choice(value=str(n)) for n in range(6)]})),
        "6 items, at most 5",
    ),
    "confirm title of 101": (
        message(actions(button(confirm=CONFIRM | {"title": plain("x" * 101)}))),
        "101 characters, at most 100",
    ),
    "confirm text of 301": (
        message(actions(button(confirm=CONFIRM | {"text": mrkdwn("x" * 301)}))),
        "301 characters, at most 300",
    ),
    "confirm deny of 31": (
        message(actions(button(confirm=CONFIRM | {"deny": plain("x" * 31)}))),
        "31 characters, at most 30",
    ),
    "alt text of 2001": (
        message({"type": "image", "image_url": "https://x/y", "alt_text": "x" * 2001}),
        "2001 characters, at most 2000",
    ),
    "image without alt text": (message({"type": "image", "image_url": "https://x/y"}), "alt_text: must be a string"),
    "option text of 76": (message(actions(select(options=[choice("x" * 76)]))), "76 characters, at most 75"),
    "option value of 151": (message(actions(select(options=[choice(value="x" * 151)]))), "151 characters, at most 150"),
    "101 options": (message(actions(select(options=[choice()] * 101))), "101 items, at most 100"),
    "options and groups": (
        message(actions(select(option_groups=[{"label": plain("x"), "options": [choice()]}]))),
        "needs either options or option_groups",
    ),
    "empty option group": (
        message(
            actions(
                {
                    "type": "static_select",
                    "action_id": "pool",
                    "option_groups": [{"label": plain("x"), "options": []}],
                }
            )
        ),
        "0 items, at least 1",
    ),
    "initial option unknown": (
        message(actions(select(initial_option=choice("h100", "h100")))),
        "'h100' is none of the options",
    ),
    "text input in a message's actions": (message(actions(text_input())), "plain_text_input is not allowed"),
    "datetimepicker beside a section": (
        message(section(accessory={"type": "datetimepicker", "action_id": "at"})),
        "datetimepicker is not allowed in a block of type section",
    ),
    "unknown block": (message({"type": "fireworks"}), "unknown block type 'fireworks'"),
    "unknown element": (message(actions({"type": "lever", "action_id": "a"})), "unknown element type 'lever'"),
    "unknown property": (message(section(colour="red")), "unknown property 'colour'"),
    "two tables": (message(*[{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}] * 2), "2 tables"),
    "101 rows": (message({"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]] * 101}), "101 rows"),
    "21 columns": (message({"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 21]}), "21 items"),
    "12,001 of markdown": (message(*[{"type": "markdown", "text": "x" * 6001}] * 2), "12002 characters of markdown"),
}


@pytest.mark.parametrize("case", REFUSED_IN_MESSAGES)
def test_a_message_past_a_limit_is_refused_with_the_place_and_the_figure(case: str) -> None:
    payload, words = REFUSED_IN_MESSAGES[case]
    assert any(words in violation for violation in check_message(payload)), check_message(payload)


REFUSED_IN_VIEWS = {
    "title of 25": (modal(title=plain("x" * 25)), "view.title.text: 25 characters, at most 24"),
    "submit of 25": (modal(submit=plain("x" * 25)), "view.submit.text: 25 characters, at most 24"),
    "close of 25": (modal(close=plain("x" * 25)), "view.close.text: 25 characters, at most 24"),
    "metadata of 3001": (modal(private_metadata="x" * 3001), "3001 characters, at most 3000"),
    "callback_id of 256": (modal(callback_id="x" * 256), "256 characters, at most 255"),
    "101 blocks": (modal(*[{"type": "divider"}] * 101), "101 items, at most 100"),
    "no title": ({"type": "modal", "blocks": [section()]}, "view.title: must be a text object"),
    "input without submit": (
        {"type": "modal", "title": plain("Book"), "blocks": [entry(text_input())]},
        "a modal with input blocks needs submit",
    ),
    "table in a modal": (
        modal({"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}),
        "table is not allowed in a modal",
    ),
    "markdown on Home": (
        {"type": "home", "blocks": [{"type": "markdown", "text": "x"}]},
        "markdown is not allowed in a home",
    ),
    "submit on Home": ({"type": "home", "blocks": [section()], "submit": plain("x")}, "unknown property 'submit'"),
    "over 250 KB": (modal(*[section("x" * 3000)] * 90), "bytes, at most 250000"),
    "two in focus": (
        modal(
            entry(text_input(focus_on_load=True)),
            entry(text_input(focus_on_load=True), block_id="other"),
        ),
        "focus_on_load is set 2 times",
    ),
    "number out of bounds": (
        modal(
            entry(
                {
                    "type": "number_input",
                    "action_id": "n",
                    "is_decimal_allowed": False,
                    "min_value": "4",
                    "max_value": "1",
                }
            )
        ),
        "out of order",
    ),
    "time zone unknown": (
        modal(entry({"type": "timepicker", "action_id": "t", "timezone": "Mars/Olympus"})),
        "'Mars/Olympus' is no IANA time zone",
    ),
    "initial text too long": (modal(entry(text_input(max_length=3, initial_value="four"))), "4 characters, at most 3"),
    "label of 2001": (modal(entry(text_input()) | {"label": plain("x" * 2001)}), "2001 characters, at most 2000"),
    "unknown type": ({"type": "workflow_step", "blocks": []}, "unknown type 'workflow_step'"),
}


@pytest.mark.parametrize("case", REFUSED_IN_VIEWS)
def test_a_view_past_a_limit_is_refused_with_the_place_and_the_figure(case: str) -> None:
    view, words = REFUSED_IN_VIEWS[case]
    assert any(words in violation for violation in check_view(view)), check_view(view)


AT_THE_BOUND = [
    message(*[{"type": "divider"}] * 50),
    message(section("x" * 3000), actions(button("x" * 75, value="x" * 2000))),
    message({"type": "section", "fields": [mrkdwn("x" * 2000)] * 10}),
    message({"type": "header", "text": plain("x" * 150)}),
    message({"type": "context", "elements": [mrkdwn("x")] * 10}),
    message(actions(*[button(action_id=str(n)) for n in range(25)])),
    message(actions(select(options=[choice("x" * 75, "x" * 149 + str(n % 10)) for n in range(100)]))),
    message(actions(button()), actions(button())),
]


@pytest.mark.parametrize("payload", AT_THE_BOUND)
def test_a_message_at_a_limit_passes(payload: Json) -> None:
    assert check_message(payload) == []


HOSTILE: list[Any] = [
    {"text": 7, "blocks": 9},
    {"text": "x", "blocks": ["section"]},
    {"text": "x", "blocks": [{"type": ["section"]}]},
    {"text": "x", "blocks": [{"type": "section", "text": "bare"}]},
    {"text": "x", "blocks": [{"type": "section", "text": mrkdwn("x"), "accessory": 3}]},
    {"text": "x", "blocks": [{"type": "actions", "elements": [button(style={"a": 1}, confirm="yes")]}]},
    {"text": "x", "blocks": [{"type": "table", "rows": [1, [2]]}]},
    {"text": "x", "blocks": [{"type": "input", "block_id": {}, "label": None, "element": None}]},
]


@pytest.mark.parametrize("payload", HOSTILE)
def test_a_payload_of_the_wrong_shape_is_a_violation_and_no_crash(payload: Json) -> None:
    assert check_message(payload)


def test_the_answer_to_a_suggestion_may_be_empty_but_not_past_100_options() -> None:
    assert check_options({"options": []}) == []
    assert check_options({"options": [choice()]}) == []
    assert any("101 items" in violation for violation in check_options({"options": [choice()] * 101}))
    assert check_options({}) == ["options: needs either options or option_groups"]
