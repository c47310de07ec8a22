"""Slack's limits on the interactive elements and images that stand inside blocks."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.sandbox.limits.options import confirmation, initial_options, options, options_or_groups
from bot.sandbox.limits.text import (
    ID_MOST,
    TEXT_MOST,
    Json,
    keys,
    one_of,
    optional_string,
    optional_text,
    string,
    text_object,
)

Check = Callable[[str, Json], Iterator[str]]

ALT_TEXT_MOST = 2000
BUTTON_TEXT_MOST = 75


def _button(place: str, element: Json) -> Iterator[str]:
    yield from text_object(f"{place}.text", element.get("text"), most=BUTTON_TEXT_MOST, markup=False)
    yield from optional_string(place, element, "value", most=2000)
    yield from optional_string(place, element, "url", most=3000)
    yield from optional_string(place, element, "accessibility_label", most=75)
    yield from one_of(place, element, "style", "primary", "danger")


def image(place: str, element: Json) -> Iterator[str]:
    """What an image block and an image element share."""
    if ("image_url" in element) == ("slack_file" in element):
        yield f"{place}: needs either image_url or slack_file"
    yield from optional_string(place, element, "image_url", most=3000, least=1)
    yield from string(f"{place}.alt_text", element.get("alt_text"), most=ALT_TEXT_MOST)


def _static_select(place: str, element: Json) -> Iterator[str]:
    yield from options_or_groups(place, element)
    yield from initial_options(place, element)
    yield from _most_selected(place, element)


def _external_select(place: str, element: Json) -> Iterator[str]:
    yield from initial_options(place, element, known=False)
    yield from _most_selected(place, element)
    least = element.get("min_query_length", 0)
    if not isinstance(least, int) or least < 0:
        yield f"{place}.min_query_length: must be a whole number of at least 0"


def _most_selected(place: str, element: Json) -> Iterator[str]:
    most = element.get("max_selected_items", 1)
    if not isinstance(most, int) or most < 1:
        yield f"{place}.max_selected_items: must be at least 1"


def _overflow(place: str, element: Json) -> Iterator[str]:
    yield from options(f"{place}.options", element.get("options"), most=5)


def _choice(place: str, element: Json) -> Iterator[str]:
    yield from options(f"{place}.options", element.get("options"), most=10, markup=True)
    yield from initial_options(place, element, markup=True)


def _datepicker(place: str, element: Json) -> Iterator[str]:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", str(element.get("initial_date", "2026-11-02"))):
        yield f"{place}.initial_date: must read YYYY-MM-DD"


def _timepicker(place: str, element: Json) -> Iterator[str]:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", str(element.get("initial_time", "09:00"))):
        yield f"{place}.initial_time: must read HH:MM"
    zone = element.get("timezone", "UTC")
    try:
        ZoneInfo(str(zone))
    except (ValueError, OSError, ZoneInfoNotFoundError):
        yield f"{place}.timezone: {zone!r} is no IANA time zone"


def _datetimepicker(place: str, element: Json) -> Iterator[str]:
    instant = element.get("initial_date_time", 10**9)
    if not isinstance(instant, int) or len(str(instant)) != 10:
        yield f"{place}.initial_date_time: must be unix seconds of 10 digits"


def _text_input(place: str, element: Json) -> Iterator[str]:
    least, most = element.get("min_length", 0), element.get("max_length", TEXT_MOST)
    if not all(isinstance(bound, int) and 0 <= bound <= TEXT_MOST for bound in (least, most)) or most < max(least, 1):
        yield f"{place}: min_length and max_length must be ordered and at most {TEXT_MOST}"
    else:
        yield from optional_string(place, element, "initial_value", most=most)


def _number_input(place: str, element: Json) -> Iterator[str]:
    if not isinstance(element.get("is_decimal_allowed"), bool):
        yield f"{place}: is_decimal_allowed is missing"
    numbers: dict[str, float] = {}
    for name in ("min_value", "initial_value", "max_value"):
        if name in element:
            try:
                numbers[name] = float(str(element[name]))
            except ValueError:
                yield f"{place}.{name}: {element[name]!r} is no number"
    if list(numbers.values()) != sorted(numbers.values()):
        yield f"{place}: min_value, initial_value and max_value are out of order"


def _nothing_more(_place: str, _element: Json) -> Iterator[str]:
    yield from ()


@dataclass(frozen=True, slots=True)
class ElementKind:
    """What Slack says of one type of element: its properties beside type and action_id, and the blocks it may be in."""

    properties: frozenset[str]
    blocks: frozenset[str]
    check: Check


def _kind(properties: str, blocks: str, check: Check = _nothing_more) -> ElementKind:
    return ElementKind(frozenset(properties.split()), frozenset(blocks.split()), check)


_MENU = "placeholder confirm focus_on_load "
_MANY = _MENU + "max_selected_items "
_TYPED = "placeholder initial_value dispatch_action_config focus_on_load "
_CHOICE = "options confirm focus_on_load "
_CONVERSATION = "response_url_enabled filter default_to_current_conversation "

ELEMENTS: dict[str, ElementKind] = {
    "button": _kind("text url value style confirm accessibility_label", "actions section", _button),
    "image": _kind("image_url slack_file alt_text", "section context", image),
    "overflow": _kind("options confirm", "actions section", _overflow),
    "static_select": _kind(_MENU + "options option_groups initial_option", "actions section input", _static_select),
    "external_select": _kind(_MENU + "initial_option min_query_length", "actions section input", _external_select),
    "users_select": _kind(_MENU + "initial_user", "actions section input"),
    "conversations_select": _kind(_MENU + _CONVERSATION + "initial_conversation", "actions section input"),
    "channels_select": _kind(_MENU + "response_url_enabled initial_channel", "actions section input"),
    "multi_static_select": _kind(_MANY + "options option_groups initial_options", "section input", _static_select),
    "multi_external_select": _kind(_MANY + "initial_options min_query_length", "section input", _external_select),
    "multi_users_select": _kind(_MANY + "initial_users", "section input", _most_selected),
    "datepicker": _kind(_MENU + "initial_date", "actions section input", _datepicker),
    "timepicker": _kind(_MENU + "initial_time timezone", "actions section input", _timepicker),
    "datetimepicker": _kind("initial_date_time confirm focus_on_load", "actions input", _datetimepicker),
    "checkboxes": _kind(_CHOICE + "initial_options", "actions section input", _choice),
    "radio_buttons": _kind(_CHOICE + "initial_option", "actions section input", _choice),
    "plain_text_input": _kind(_TYPED + "multiline min_length max_length", "input", _text_input),
    "number_input": _kind(_TYPED + "is_decimal_allowed min_value max_value", "input", _number_input),
    "email_text_input": _kind(_TYPED, "input"),
    "url_text_input": _kind(_TYPED, "input"),
}


def check_element(place: str, element: Json, block: str) -> Iterator[str]:
    """One element of a block of type `block` ("actions", "section", "input", "context")."""
    name = element.get("type")
    kind = ELEMENTS.get(name) if isinstance(name, str) else None
    if kind is None:
        yield f"{place}: unknown element type {name!r}"
        return
    if block not in kind.blocks:
        yield f"{place}: {name} is not allowed in a block of type {block}"
    own = frozenset({"type"}) if name == "image" else frozenset({"type", "action_id"})
    yield from keys(place, element, kind.properties | own)
    yield from optional_string(place, element, "action_id", most=ID_MOST, least=1)
    yield from optional_text(place, element, "placeholder", most=150)
    yield from confirmation(place, element)
    yield from kind.check(place, element)
