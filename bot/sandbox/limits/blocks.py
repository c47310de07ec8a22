"""Slack's limits on each type of block, and the surfaces on which it may stand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from bot.sandbox.limits.elements import check_element, image
from bot.sandbox.limits.text import (
    ID_MOST,
    TEXT_MOST,
    Json,
    dicts,
    keys,
    objects,
    optional_string,
    optional_text,
    string,
    text_object,
    twice,
)

Surface = Literal["message", "modal", "home"]

TABLE_ROWS_MOST = 100
TABLE_COLUMNS_MOST = 20


def _section(place: str, block: Json) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield f"{place}: needs text or fields"
    yield from optional_text(place, block, "text", most=TEXT_MOST, markup=True)
    if "fields" in block:
        yield from dicts(f"{place}.fields", block["fields"], most=10)
        for index, field in enumerate(objects(block["fields"])):
            yield from text_object(f"{place}.fields[{index}]", field, most=2000)
    accessory = block.get("accessory")
    if isinstance(accessory, dict):
        yield from check_element(f"{place}.accessory", accessory, "section")
    elif accessory is not None:
        yield f"{place}.accessory: must be an element"


def _header(place: str, block: Json) -> Iterator[str]:
    yield from text_object(f"{place}.text", block.get("text"), most=150, markup=False)


def _context(place: str, block: Json) -> Iterator[str]:
    yield from dicts(f"{place}.elements", block.get("elements"), most=10)
    for index, element in enumerate(objects(block.get("elements"))):
        here = f"{place}.elements[{index}]"
        if element.get("type") in {"mrkdwn", "plain_text"}:
            yield from text_object(here, element, most=TEXT_MOST)
        else:
            yield from check_element(here, element, "context")


def _actions(place: str, block: Json) -> Iterator[str]:
    yield from dicts(f"{place}.elements", block.get("elements"), most=25)
    elements = objects(block.get("elements"))
    for index, element in enumerate(elements):
        yield from check_element(f"{place}.elements[{index}]", element, "actions")
    yield from twice(place, "action_id", [element.get("action_id") for element in elements])


def _input(place: str, block: Json) -> Iterator[str]:
    yield from text_object(f"{place}.label", block.get("label"), most=2000, markup=False)
    yield from optional_text(place, block, "hint", most=2000)
    element = block.get("element")
    if isinstance(element, dict):
        yield from check_element(f"{place}.element", element, "input")
    else:
        yield f"{place}.element: must be an element"


def _image(place: str, block: Json) -> Iterator[str]:
    yield from image(place, block)
    yield from optional_text(place, block, "title", most=2000)


def _markdown(place: str, block: Json) -> Iterator[str]:
    # The bound of 12,000 holds for all markdown blocks of a message together: whole.py counts them.
    yield from string(f"{place}.text", block.get("text"), most=12_000)


def _table(place: str, block: Json) -> Iterator[str]:
    rows = block.get("rows")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows) or not rows:
        yield f"{place}.rows: must be a list of rows"
        return
    if len(rows) > TABLE_ROWS_MOST:
        yield f"{place}.rows: {len(rows)} rows, at most {TABLE_ROWS_MOST}"
    for index, row in enumerate(rows):
        here = f"{place}.rows[{index}]"
        yield from dicts(here, row, most=TABLE_COLUMNS_MOST)
        for column, cell in enumerate(objects(row)):
            if cell.get("type") == "raw_text":
                yield from string(f"{here}[{column}].text", cell.get("text"), most=TEXT_MOST)
            elif cell.get("type") != "rich_text":
                yield f"{here}[{column}]: a cell is raw_text or rich_text"
    if "column_settings" in block:
        yield from dicts(f"{place}.column_settings", block["column_settings"], most=TABLE_COLUMNS_MOST)


def _rich_text(place: str, block: Json) -> Iterator[str]:
    yield from dicts(f"{place}.elements", block.get("elements"), most=100)
    known = {"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"}
    for index, element in enumerate(objects(block.get("elements"))):
        if element.get("type") not in known:
            yield f"{place}.elements[{index}]: unknown rich text element {element.get('type')!r}"


def _divider(_place: str, _block: Json) -> Iterator[str]:
    yield from ()


@dataclass(frozen=True, slots=True)
class BlockKind:
    """What Slack says of one type of block: its properties beside type and block_id, and where it may stand."""

    properties: frozenset[str]
    surfaces: frozenset[Surface]
    check: Callable[[str, Json], Iterator[str]]


_EVERYWHERE: frozenset[Surface] = frozenset({"message", "modal", "home"})
_MESSAGES: frozenset[Surface] = frozenset({"message"})

BLOCKS: dict[str, BlockKind] = {
    "section": BlockKind(frozenset({"text", "fields", "accessory", "expand"}), _EVERYWHERE, _section),
    "header": BlockKind(frozenset({"text"}), _EVERYWHERE, _header),
    "context": BlockKind(frozenset({"elements"}), _EVERYWHERE, _context),
    "actions": BlockKind(frozenset({"elements"}), _EVERYWHERE, _actions),
    "divider": BlockKind(frozenset(), _EVERYWHERE, _divider),
    "image": BlockKind(frozenset({"image_url", "slack_file", "alt_text", "title"}), _EVERYWHERE, _image),
    "input": BlockKind(frozenset({"label", "element", "hint", "optional", "dispatch_action"}), _EVERYWHERE, _input),
    "rich_text": BlockKind(frozenset({"elements"}), _EVERYWHERE, _rich_text),
    "markdown": BlockKind(frozenset({"text"}), _MESSAGES, _markdown),
    "table": BlockKind(frozenset({"rows", "column_settings"}), _MESSAGES, _table),
}


def check_block(place: str, block: Json, surface: Surface) -> Iterator[str]:
    """One block on a surface. A type that is not in BLOCKS is refused: the bot has no use for it."""
    name = block.get("type")
    kind = BLOCKS.get(name) if isinstance(name, str) else None
    if kind is None:
        yield f"{place}: unknown block type {name!r}"
        return
    if surface not in kind.surfaces:
        yield f"{place}: {name} is not allowed in a {surface}"
    yield from keys(place, block, kind.properties | {"type", "block_id"})
    yield from optional_string(place, block, "block_id", most=ID_MOST, least=1)
    yield from kind.check(place, block)
