"""Ids for blocks and elements that come without one, as Slack gives them."""

import itertools
from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]


class Naming:
    """Gives ids that are unique in a workspace."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def blocks(self, blocks: Iterable[Json]) -> tuple[Json, ...]:
        """The same blocks, each with a block_id, and an action_id for each element that can act."""
        return tuple(self._block(block) for block in blocks)

    def _block(self, block: Json) -> Json:
        named = {"block_id": f"block-{next(self._numbers)}", **block}
        if block["type"] == "actions":
            named["elements"] = [self._element(element) for element in block["elements"]]
        for key in ("accessory", "element"):
            if key in block:
                named[key] = self._element(block[key])
        return named

    def _element(self, element: Json) -> Json:
        if element["type"] == "image":
            return element
        return {"action_id": f"action-{next(self._numbers)}", **element}
