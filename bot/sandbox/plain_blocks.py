"""Blocks, messages and forms as lines of plain text: buttons as [1 Extend] [2 Release], fields as name = value."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from rich.cells import cell_len

from bot.sandbox.limits.options import choices
from bot.sandbox.plain import Reader, from_markup, safe
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.modals import OpenView

Json = dict[str, Any]


@dataclass(slots=True)
class _Page:
    """Who reads, and the numbers for the buttons; without numbers they cannot be pressed from here."""

    reader: Reader
    numbers: Iterator[int] | None = field(default_factory=lambda: count(1))

    def button(self, element: Json) -> str:
        label = text_of(element["text"], self.reader)
        return f"[{next(self.numbers)} {label}]" if self.numbers is not None else f"[{label}]"


def message_lines(message: Message, reader: Reader, *, numbered: bool = True) -> list[str]:
    """A message as it reads. `numbered`: its buttons are those that `click N` presses."""
    files = [f"(picture: {safe(file['alt_txt'] or file['title'])})" for file in message.files]
    if files and not message.blocks and not message.text:
        return files
    if not message.blocks:
        return [*from_markup(message.text, reader).split("\n"), *files]
    return [*block_lines(message.blocks, reader, numbered=numbered), *files]


def block_lines(blocks: Iterable[Json], reader: Reader, *, numbered: bool = True) -> list[str]:
    """Blocks as they read, from top to bottom, without empty lines at the ends."""
    page = _Page(reader) if numbered else _Page(reader, None)
    lines = [line.rstrip() for block in blocks for line in _block(block, page)]
    return "\n".join(lines).strip("\n").split("\n")


def view_lines(view: OpenView, reader: Reader) -> list[str]:
    """A form or a Home tab, with what is filled in and the complaints; `click N` presses its buttons."""
    content, page = view.content, _Page(reader)
    lines = [f"Form: {text_of(content['title'], reader)}" if content["type"] == "modal" else "Home"]
    for block in content["blocks"]:
        lines += (f"  {line}" for line in _block(block, page))
        if block["block_id"] in view.errors:
            lines.append(f"  ! {safe(view.errors[block['block_id']])}")
    return [line.rstrip() for line in lines]


def text_of(text: Json, reader: Reader) -> str:
    """A text object: mrkdwn is read, plain_text shown as it is."""
    written = str(text["text"])
    return from_markup(written, reader) if text["type"] == "mrkdwn" else safe(written)


def _block(block: Json, page: _Page) -> Iterator[str]:
    reader = page.reader
    match block["type"]:
        case "section":
            yield from _section(block, page)
        case "header":
            yield text_of(block["text"], reader)
        case "context":
            shown = [_contextual(element, reader) for element in block["elements"]]
            yield from " · ".join(text for text in shown if text).split("\n")
        case "actions":
            yield " ".join(_element(element, page) for element in block["elements"])
        case "divider":
            yield ""
        case "image":
            yield f"({safe(block['alt_text'])})"
        case "input":
            yield from _field(block, page)
        case "markdown":
            yield from safe(block["text"]).split("\n")
        case "table":
            yield from _table(block["rows"], reader)
        case _:
            yield from _flat(block, reader).split("\n")


def _section(block: Json, page: _Page) -> Iterator[str]:
    if "text" in block:
        yield from text_of(block["text"], page.reader).split("\n")
    for text in block.get("fields", []):
        yield from text_of(text, page.reader).split("\n")
    accessory = block.get("accessory")
    if accessory is not None:
        yield _element(accessory, page)


def _contextual(element: Json, reader: Reader) -> str:
    return f"({safe(element['alt_text'])})" if element["type"] == "image" else text_of(element, reader)


def _element(element: Json, page: _Page) -> str:
    match element["type"]:
        case "button":
            return page.button(element)
        case "image":
            return f"({safe(element['alt_text'])})"
        case _:
            return f"<{_filled(element, page.reader) or '...'}>"


def _field(block: Json, page: _Page) -> Iterator[str]:
    element = block["element"]
    options = [text_of(option["text"], page.reader) for option in choices(element)]
    offered = f"  ({' | '.join(options)})" if options else ""
    optional = " (optional)" if block.get("optional") else ""
    label = text_of(block["label"], page.reader)
    named = "" if label.lower() == block["block_id"].lower() else f" [{safe(block['block_id'])}]"
    yield f"{label}{named}{optional} = {_filled(element, page.reader)}{offered}".rstrip()
    if "hint" in block:
        yield f"  {text_of(block['hint'], page.reader)}"


def _filled(element: Json, reader: Reader) -> str:
    """What a field is prefilled with."""
    for name, value in element.items():
        if name.startswith("initial_"):
            shown = value if isinstance(value, list) else [value]
            if name == "initial_date_time":
                return from_markup(f"<!date^{value}^{{date_num}} {{time}}|{value}>", reader)
            return ", ".join(text_of(one["text"], reader) if isinstance(one, dict) else safe(str(one)) for one in shown)
    return ""


def _table(rows: list[list[Json]], reader: Reader) -> Iterator[str]:
    """Columns as wide as their widest cell, two blanks apart."""
    texts = [[_flat(cell, reader).replace("\n", " ") for cell in row] for row in rows]
    columns = max(len(row) for row in texts)
    widths = [max(cell_len(row[column]) for row in texts if column < len(row)) for column in range(columns)]
    for row in texts:
        yield "  ".join(
            text + " " * (width - cell_len(text)) for text, width in zip(row, widths, strict=False)
        ).rstrip()


def _flat(value: object, reader: Reader) -> str:
    """Every text inside a structure that has no rendering of its own (rich text, table cells), in reading order."""
    if isinstance(value, list):
        return "".join(_flat(item, reader) for item in value)
    if not isinstance(value, dict):
        return ""
    if value.get("type") == "user":
        return f"@{reader.people.get(value['user_id'], value['user_id'])}"
    if isinstance(value.get("text"), str):
        return safe(value["text"])
    inner = _flat(value.get("elements", []), reader)
    # The parts of a rich text stand below each other.
    return inner.rstrip("\n") if value.get("type") == "rich_text" else f"{inner}\n"


def complaints(view: OpenView, reader: Reader) -> Iterator[str]:
    """What a form says is wrong with what was filled in, a line a field."""
    for block in view.content["blocks"]:
        if block["block_id"] in view.errors:
            label = text_of(block["label"], reader) if "label" in block else block["block_id"]
            yield f"{label}: {safe(view.errors[block['block_id']])}"
