"""What a person types for the fields of a form, as the values that Slack sends."""

from collections.abc import Mapping
from typing import Any

import pytest

from bot.errors import InputError
from bot.sandbox.forms import fill
from make import PEOPLE
from sandbox.small_bot import PEOPLE as PERSONS

BOB = PERSONS[2]  # in Los Angeles
POOLS = [{"text": {"type": "plain_text", "text": text}, "value": value} for text, value in
         (("Any pool", "any"), ("A100 · 4 GPUs", "a100"), ("A40 · 2 GPUs", "a40"))]  # fmt: skip


def field(element: dict[str, Any], **more: Any) -> dict[str, Any]:
    label = {"type": "plain_text", "text": "The Field"}
    return {"type": "input", "block_id": "it", "label": label, "element": {"action_id": "value", **element}, **more}


def filled(block: dict[str, Any], typed: Mapping[str, str]) -> tuple[Any, dict[str, str]]:
    """The value of the only field, and the complaints."""
    values, complaints = fill([block], typed, BOB, PEOPLE, lambda block, action, query: POOLS)
    return values["it"]["value"], complaints


@pytest.mark.parametrize(
    ("element", "typed", "name", "value"),
    [
        ({"type": "plain_text_input"}, "tomorrow, 9am", "value", "tomorrow, 9am"),
        ({"type": "number_input", "is_decimal_allowed": False}, "2", "value", "2"),
        ({"type": "static_select", "options": POOLS}, "a100", "selected_option", POOLS[1]),
        ({"type": "static_select", "options": POOLS}, "any POOL", "selected_option", POOLS[0]),
        ({"type": "static_select", "options": POOLS}, "a40 ·", "selected_option", POOLS[2]),
        (
            {"type": "static_select", "option_groups": [{"label": POOLS[0]["text"], "options": POOLS}]},
            "a40",
            "selected_option",
            POOLS[2],
        ),
        ({"type": "external_select"}, "a100", "selected_option", POOLS[1]),
        ({"type": "checkboxes", "options": POOLS}, "a100, a40", "selected_options", POOLS[1:]),
        ({"type": "users_select"}, "@Bob", "selected_user", "U0BOB"),
        ({"type": "multi_users_select"}, "alice,U0BOB", "selected_users", ["U0ALICE", "U0BOB"]),
        ({"type": "datepicker"}, "2026-11-03", "selected_date", "2026-11-03"),
        ({"type": "timepicker"}, "09:00", "selected_time", "09:00"),
        # 09:00 in Los Angeles is 17:00 UTC.
        ({"type": "datetimepicker"}, "2026-11-03T09:00", "selected_date_time", 1793725200),
        ({"type": "datetimepicker"}, "2026-11-03T17:00+00:00", "selected_date_time", 1793725200),
        ({"type": "datetimepicker"}, "1793725200", "selected_date_time", 1793725200),
        ({"type": "radio_buttons", "options": POOLS}, "any", "selected_option", POOLS[0]),
    ],
)
def test_what_is_typed_becomes_the_value_that_the_element_sends(
    element: dict[str, Any], typed: str, name: str, value: object
) -> None:
    sent, complaints = filled(field(element), {"the field": typed})
    assert sent == {"type": element["type"], name: value}
    assert complaints == {}


@pytest.mark.parametrize(
    ("element", "name", "value"),
    [
        ({"type": "plain_text_input", "initial_value": "8h"}, "value", "8h"),
        ({"type": "static_select", "options": POOLS, "initial_option": POOLS[1]}, "selected_option", POOLS[1]),
        ({"type": "checkboxes", "options": POOLS}, "selected_options", []),
        ({"type": "datetimepicker", "initial_date_time": 1793725200}, "selected_date_time", 1793725200),
        ({"type": "plain_text_input"}, "value", None),
    ],
)
def test_what_is_not_typed_stays_as_it_was_prefilled(element: dict[str, Any], name: str, value: object) -> None:
    sent, complaints = filled(field(element, optional=True), {})
    assert sent == {"type": element["type"], name: value}
    assert complaints == {}


def test_a_prefilled_field_can_be_emptied() -> None:
    block = field({"type": "plain_text_input", "initial_value": "8h"}, optional=True)
    assert filled(block, {"it": ""})[0]["value"] is None


@pytest.mark.parametrize(
    ("element", "typed", "complaint"),
    [
        ({"type": "plain_text_input"}, "", "complete this required field"),
        ({"type": "plain_text_input", "max_length": 3}, "four", "to 3 characters"),
        ({"type": "plain_text_input", "min_length": 3}, "no", "at least 3 characters"),
        ({"type": "number_input", "is_decimal_allowed": False}, "two", "enter a number"),
        ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "whole number"),
        ({"type": "number_input", "is_decimal_allowed": True, "max_value": "8"}, "8.5", "at most 8"),
    ],
)
def test_slacks_client_complains_before_it_sends(element: dict[str, Any], typed: str, complaint: str) -> None:
    assert complaint in filled(field(element), {"it": typed})[1]["it"]


@pytest.mark.parametrize(
    ("element", "typed", "words"),
    [
        ({"type": "static_select", "options": POOLS}, "a", "'a' is not offered here"),
        ({"type": "datetimepicker"}, "tomorrow", "'tomorrow' is no date and time"),
    ],
)
def test_what_cannot_be_chosen_is_refused(element: dict[str, Any], typed: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        filled(field(element), {"it": typed})
