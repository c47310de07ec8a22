"""Filling in a form: what a person types for each field -> the `state.values` that Slack sends."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.errors import InputError
from bot.sandbox.limits.options import choices
from bot.sandbox.slack.people import Person

Json = dict[str, Any]

# Looks up the options of an external menu: (block id, action id, what was typed) -> options.
Suggest = Callable[[str, str, str], list[Json]]


def fill(
    blocks: list[Json], typed: Mapping[str, str], person: Person, people: Mapping[str, str], suggest: Suggest
) -> tuple[Json, dict[str, str]]:
    """The values of every field, those not typed as they were prefilled; and complaints by block id.

    A field is named by its block id, label or action id, in any case. `people`: lower-case name -> id. The complaints
    are those that Slack's own client makes before it sends anything: a required field left empty, a number out of
    bounds, a text too long. Raises InputError for a field that the form does not have and a choice that a menu does
    not offer.
    """
    fields = [(block, element) for block in blocks for element in _elements(block)]
    given = _given(fields, typed)
    values: Json = {}
    complaints: dict[str, str] = {}
    for place, (block, element) in enumerate(fields):
        if place in given:
            value = _chosen(block["block_id"], element, given[place], person, people, suggest)
        else:
            value = _initial(element)
        values.setdefault(block["block_id"], {})[element["action_id"]] = {"type": element["type"], **value}
        complaint = _complaint(block, element, value)
        if complaint:
            complaints[block["block_id"]] = complaint
    return values, complaints


def _given(fields: list[tuple[Json, Json]], typed: Mapping[str, str]) -> dict[int, str]:
    """What was typed, by the place of its field. A name that several fields share names none of them."""
    owners: dict[str, set[int]] = {}
    for place, (block, element) in enumerate(fields):
        for name in (block["block_id"], block.get("label", {}).get("text", ""), element["action_id"]):
            owners.setdefault(name.lower(), set()).add(place)
    given = {}
    for name, text in typed.items():
        places = owners.get(name.lower(), set())
        if len(places) != 1:
            known = ", ".join(dict.fromkeys(block["block_id"] for block, _ in fields)) or "none"
            raise InputError(f"this form has no field {name!r}", hint=f"Its fields: {known}.")
        given[next(iter(places))] = text
    return given


def _elements(block: Json) -> list[Json]:
    """What in a block has a value; buttons have none."""
    found = [
        block.get("element"),
        block.get("accessory"),
        *(block.get("elements", []) if block["type"] == "actions" else []),
    ]
    return [
        element for element in found if element is not None and element["type"] not in {"button", "image", "overflow"}
    ]


# How each type of element calls its value, and the property with which it is prefilled.
_VALUES = {
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}


def _initial(element: Json) -> Json:
    name, prefilled = _VALUES[element["type"]]
    return {name: element.get(prefilled, [] if name.endswith("s") else None)}


def _chosen(
    block_id: str, element: Json, text: str, person: Person, people: Mapping[str, str], suggest: Suggest
) -> Json:
    kind = element["type"]
    name, _ = _VALUES[kind]
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not text:
        return {name: [] if name.endswith("s") else None}
    if name == "value":
        return {name: text}
    if name in {"selected_option", "selected_options"}:
        words = words if name.endswith("s") else [text]
        external = kind in {"external_select", "multi_external_select"}
        picked = [
            _pick(suggest(block_id, element["action_id"], word) if external else choices(element), word)
            for word in words
        ]
        return {name: picked if name.endswith("s") else picked[0]}
    if name in {"selected_user", "selected_users"}:
        ids = [people.get(word.lstrip("@").lower(), word) for word in words]
        return {name: ids if name.endswith("s") else ids[0]}
    if name == "selected_date_time":
        return {name: _unix(text, person)}
    return {name: text}


def _pick(options: list[Json], typed: str) -> Json:
    """The option whose value or text this is, in any case; else the only one that begins so."""
    wanted = typed.lower()
    exact = [option for option in options if wanted in {option["value"].lower(), option["text"]["text"].lower()}]
    begun = [option for option in options if option["text"]["text"].lower().startswith(wanted)]
    for found in (exact, begun):
        if len(found) == 1:
            return found[0]
    offered = ", ".join(option["text"]["text"] for option in options) or "nothing"
    raise InputError(f"{typed!r} is not offered here", hint=f"Offered: {offered}.")


def _unix(text: str, person: Person) -> int:
    """A picker's instant: unix seconds, or an ISO time, local to the person where it names no zone."""
    if text.isdigit():
        return int(text)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is no date and time", example="2026-11-03T09:00") from None
    local = instant if instant.tzinfo is not None else instant.replace(tzinfo=ZoneInfo(person.zone))
    return int(local.timestamp())


def _complaint(block: Json, element: Json, value: Json) -> str:
    (filled,) = value.values()
    if not filled:
        required = block["type"] == "input" and not block.get("optional", False)
        return "Please complete this required field." if required else ""
    if element["type"] == "number_input":
        return _number_complaint(element, str(filled))
    if element["type"] == "plain_text_input":
        if len(filled) > element.get("max_length", 3000):
            return f"Please keep this to {element.get('max_length', 3000)} characters."
        if len(filled) < element.get("min_length", 0):
            return f"Please write at least {element['min_length']} characters."
    return ""


def _number_complaint(element: Json, typed: str) -> str:
    try:
        number = float(typed)
    except ValueError:
        return "Please enter a number."
    if not element["is_decimal_allowed"] and not number.is_integer():
        return "Please enter a whole number."
    if number < float(element.get("min_value", number)):
        return f"Please enter a number of at least {element['min_value']}."
    if number > float(element.get("max_value", number)):
        return f"Please enter a number of at most {element['max_value']}."
    return ""
