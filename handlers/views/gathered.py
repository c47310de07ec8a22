"""Several notices in one message, and the answer to one of them in its place, the others as they were."""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.views.kit import MESSAGE_BLOCKS, SECTION, Block, Reply, clip_mrkdwn

_MARK = "part"
_ROOM_TO_ANSWER = 4  # blocks: an answer may be longer than what was asked


def gathered(messages: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], int]:
    """The first of them, each {"text", "blocks"}, in one message; and how many it holds (1 at least)."""
    blocks: list[Block] = []
    texts: list[str] = []
    for place, message in enumerate(messages):
        more: list[Block] = [{"type": "divider"}] if blocks else []
        more += _marked(message["blocks"], place)
        if blocks and len(blocks) + len(more) > MESSAGE_BLOCKS - _ROOM_TO_ANSWER:
            break
        blocks += more
        texts.append(message["text"])
    return {"text": clip_mrkdwn("\n".join(texts), SECTION), "blocks": blocks}, len(texts)


def part_of(body: Mapping[str, Any]) -> str | None:
    """Which part of a gathered message was clicked in; None where it was no such message."""
    block_id = str(body["actions"][0].get("block_id") or "")
    mark, _, rest = block_id.partition(":")
    return f"{mark}:{rest.partition(':')[0]}:" if mark == _MARK and rest else None


def answered(body: Mapping[str, Any], reply: Reply) -> dict[str, Any] | None:
    """The message that was clicked in with the reply in place of its part; None where that cannot be."""
    part = part_of(body)
    blocks = (body.get("message") or {}).get("blocks") or []
    mine = [at for at, block in enumerate(blocks) if part and str(block.get("block_id", "")).startswith(part)]
    if part is None or not mine:
        return None
    place = int(part.split(":")[1])
    changed = [*blocks[: mine[0]], *_marked(reply.blocks, place), *blocks[mine[-1] + 1 :]]
    return None if len(changed) > MESSAGE_BLOCKS else {"text": reply.text, "blocks": changed}


def _marked(blocks: Sequence[Block], place: int) -> list[Block]:
    return [{**block, "block_id": f"{_MARK}:{place}:{number}"} for number, block in enumerate(blocks)]
