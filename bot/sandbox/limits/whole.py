"""Slack's limits on whole messages, views and option lists: what the sandbox refuses as Slack would.

Sources: Slack's Block Kit reference, and the checks of `slack_sdk.models`, which are asked for a second opinion.
House rules beside them: every message has `text` (it is what notifications and screen readers say).
"""

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from bot.sandbox.limits.blocks import Surface, check_block
from bot.sandbox.limits.options import options_or_groups
from bot.sandbox.limits.text import (
    ID_MOST,
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

MESSAGE_BLOCKS_MOST = 50
VIEW_BLOCKS_MOST = 100
MESSAGE_TEXT_MOST = 40_000
MARKDOWN_MOST = 12_000
TABLE_TEXT_MOST = 10_000
VIEW_BYTES_MOST = 250_000
TITLE_MOST = 24
METADATA_MOST = 3000

_EVERY_VIEW = {"type", "blocks", "private_metadata", "callback_id", "external_id"}
_VIEW_KEYS = {
    "modal": _EVERY_VIEW | {"title", "submit", "close", "clear_on_close", "notify_on_close", "submit_disabled"},
    "home": _EVERY_VIEW,
}


def check_message(payload: Mapping[str, Any]) -> list[str]:
    """What Slack would refuse in a message (its `text` and `blocks`; other arguments are not looked at)."""
    return list(_message(payload))


def check_view(view: Mapping[str, Any]) -> list[str]:
    """What Slack would refuse in a view, modal or home."""
    return list(_view(dict(view)))


def check_options(payload: Mapping[str, Any]) -> list[str]:
    """What Slack would refuse in the answer to a block_suggestion; no options at all are allowed."""
    if payload in ({"options": []}, {"option_groups": []}):
        return []
    return list(options_or_groups("options", dict(payload)))


def _message(payload: Mapping[str, Any]) -> Iterator[str]:
    yield from string("text", payload.get("text", ""), most=MESSAGE_TEXT_MOST)
    blocks = payload.get("blocks") or []
    yield from dicts("blocks", blocks, most=MESSAGE_BLOCKS_MOST, least=0)
    yield from _blocks(objects(blocks), "message")
    written = sum(len(str(block.get("text", ""))) for block in objects(blocks) if block.get("type") == "markdown")
    if written > MARKDOWN_MOST:
        yield f"blocks: {written} characters of markdown, at most {MARKDOWN_MOST}"
    tables = [block.get("rows") for block in objects(blocks) if block.get("type") == "table"]
    if len(tables) > 1:
        yield f"blocks: {len(tables)} tables, at most 1"
    rows = [row for table in tables if isinstance(table, list) for row in table]
    cells = sum(len(str(cell.get("text", ""))) for row in rows for cell in objects(row))
    if cells > TABLE_TEXT_MOST:
        yield f"blocks: {cells} characters in table cells, at most {TABLE_TEXT_MOST}"


def _view(view: Json) -> Iterator[str]:
    kind = view.get("type")
    surface: Surface
    if kind == "modal":
        surface = "modal"
    elif kind == "home":
        surface = "home"
    else:
        yield f"view: unknown type {kind!r}"
        return
    yield from keys("view", view, _VIEW_KEYS[surface], {"blocks"})
    if surface == "modal":
        yield from text_object("view.title", view.get("title"), most=TITLE_MOST, markup=False)
    yield from optional_text("view", view, "submit", most=TITLE_MOST)
    yield from optional_text("view", view, "close", most=TITLE_MOST)
    yield from optional_string("view", view, "private_metadata", most=METADATA_MOST)
    yield from optional_string("view", view, "callback_id", most=ID_MOST)
    yield from optional_string("view", view, "external_id", most=ID_MOST)
    yield from dicts("view.blocks", view.get("blocks"), most=VIEW_BLOCKS_MOST, least=1 if surface == "modal" else 0)
    blocks = objects(view.get("blocks"))
    yield from _blocks(blocks, surface)
    if surface == "modal" and "submit" not in view and any(block.get("type") == "input" for block in blocks):
        yield "view: a modal with input blocks needs submit"
    size = len(json.dumps(view, ensure_ascii=False).encode())
    if size > VIEW_BYTES_MOST:
        yield f"view: {size} bytes, at most {VIEW_BYTES_MOST}"


def _blocks(blocks: list[Json], surface: Surface) -> Iterator[str]:
    focused = 0
    for index, block in enumerate(blocks):
        place = f"blocks[{index}]"
        found = list(check_block(place, block, surface))
        yield from found or _second_opinion(place, block)
        elements = [block.get("element"), block.get("accessory"), *objects(block.get("elements"))]
        focused += sum(element.get("focus_on_load") is True for element in objects(elements))
    yield from twice("blocks", "block_id", [block.get("block_id") for block in blocks])
    if focused > 1:
        yield f"blocks: focus_on_load is set {focused} times, at most once"


def _second_opinion(place: str, block: Json) -> Iterator[str]:
    """The SDK's own validators; its models take their input apart, so they are given a copy."""
    parsed = Block.parse(copy.deepcopy(block))
    if parsed is None:
        return
    try:
        parsed.validate_json()
        parsed.to_dict()
    except SlackObjectFormationError as error:
        yield f"{place}: {error}"
