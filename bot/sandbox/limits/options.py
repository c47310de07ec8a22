"""Slack's limits on options, option groups and confirmation dialogs."""

from collections.abc import Iterator

from bot.sandbox.limits.text import (
    Json,
    dicts,
    keys,
    objects,
    one_of,
    optional_string,
    optional_text,
    string,
    text_object,
)

OPTION_TEXT_MOST = 75
OPTION_VALUE_MOST = 150
OPTIONS_MOST = 100


def option(place: str, value: Json, *, markup: bool = False) -> Iterator[str]:
    """One option; `markup`: its texts may be mrkdwn, as in checkboxes and radio buttons."""
    yield from keys(place, value, {"text", "value", "description", "url"}, {"text", "value"})
    yield from optional_text(place, value, "text", most=OPTION_TEXT_MOST, markup=markup)
    if "value" in value:
        yield from string(f"{place}.value", value["value"], most=OPTION_VALUE_MOST)
    yield from optional_text(place, value, "description", most=OPTION_TEXT_MOST, markup=markup)
    yield from optional_string(place, value, "url", most=3000)


def options(place: str, value: object, *, most: int, markup: bool = False) -> Iterator[str]:
    """1 to `most` options."""
    yield from dicts(place, value, most=most)
    for index, item in enumerate(objects(value)):
        yield from option(f"{place}[{index}]", item, markup=markup)


def option_groups(place: str, value: object) -> Iterator[str]:
    """1 to 100 labelled groups of 1 to 100 options."""
    yield from dicts(place, value, most=OPTIONS_MOST)
    for index, group in enumerate(objects(value)):
        here = f"{place}[{index}]"
        yield from keys(here, group, {"label", "options"}, {"label", "options"})
        yield from optional_text(here, group, "label", most=OPTION_TEXT_MOST)
        if "options" in group:
            yield from options(f"{here}.options", group["options"], most=OPTIONS_MOST)


def options_or_groups(place: str, owner: Json) -> Iterator[str]:
    """Exactly one of `options` and `option_groups`."""
    if ("options" in owner) == ("option_groups" in owner):
        yield f"{place}: needs either options or option_groups"
    if "options" in owner:
        yield from options(f"{place}.options", owner["options"], most=OPTIONS_MOST)
    if "option_groups" in owner:
        yield from option_groups(f"{place}.option_groups", owner["option_groups"])


def choices(owner: Json) -> list[Json]:
    """Every option of an element, those inside groups included."""
    grouped = [item for group in objects(owner.get("option_groups")) for item in objects(group.get("options"))]
    return objects(owner.get("options")) + grouped


def initial_options(place: str, owner: Json, *, markup: bool = False, known: bool = True) -> Iterator[str]:
    """What is chosen at first; `known`: it must be one of the options, word for word."""
    several = owner.get("initial_options", [])
    if "initial_options" in owner:
        yield from dicts(f"{place}.initial_options", several, most=OPTIONS_MOST)
    chosen = objects(several) + ([owner["initial_option"]] if "initial_option" in owner else [])
    for item in chosen:
        if not isinstance(item, dict):
            yield f"{place}.initial_option: must be an option"
        elif known and item not in choices(owner):
            yield f"{place}: the initial option {item.get('value')!r} is none of the options"
        elif not known:
            yield from option(f"{place}.initial_option", item, markup=markup)


def confirmation(place: str, owner: Json) -> Iterator[str]:
    """The dialog that asks before an act, if there is one."""
    value = owner.get("confirm")
    if value is None:
        return
    here = f"{place}.confirm"
    if not isinstance(value, dict):
        yield f"{here}: must be an object"
        return
    yield from keys(here, value, {"title", "text", "confirm", "deny", "style"}, {"title", "text", "confirm", "deny"})
    yield from optional_text(here, value, "title", most=100)
    if "text" in value:
        yield from text_object(f"{here}.text", value["text"], most=300)
    yield from optional_text(here, value, "confirm", most=30)
    yield from optional_text(here, value, "deny", most=30)
    yield from one_of(here, value, "style", "primary", "danger")
