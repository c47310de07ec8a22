"""The messages of a sandbox workspace: posted, changed in place, removed, and who sees them in which order."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.sandbox.slack.naming import Naming

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it stands now.

    `only_for`: an ephemeral one, seen by this person alone. `thread`: the ts of the message it replies to.
    `touched` grows with every post and change, over the whole workspace: the largest is the most recent.
    """

    channel: str
    ts: str
    author: str
    text: str
    blocks: tuple[Json, ...] = ()
    only_for: str | None = None
    thread: str | None = None
    touched: int = 0
    edited: bool = False
    files: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Button:
    """A button that can be pressed, and where it stands."""

    message: Message
    block_id: str
    element: Json

    @property
    def label(self) -> str:
        """What is written on it."""
        return str(self.element["text"]["text"])


class Timeline:
    """Every message of the workspace in the order of posting; a change keeps a message's place."""

    def __init__(self, naming: Naming) -> None:
        self._messages: dict[tuple[str, str], Message] = {}
        self._touches = itertools.count(1)
        self._last_touch = 0
        self._numbers = itertools.count(1)
        self._naming = naming

    @property
    def mark(self) -> int:
        """The number of the latest post or change; `since(mark)` gives what comes later."""
        return self._last_touch

    def post(self, message: Message, now: datetime) -> Message:
        """Adds a message; its `ts` is given here and is unique even if the clock stands still."""
        ts = f"{int(now.timestamp())}.{next(self._numbers):06d}"
        return self._keep(replace(message, ts=ts, blocks=self._naming.blocks(message.blocks)))

    def change(self, message: Message, text: str, blocks: Iterable[Json]) -> Message:
        """Puts other contents into a message, in its place."""
        return self._keep(replace(message, text=text, blocks=self._naming.blocks(blocks), edited=True))

    def remove(self, message: Message) -> None:
        """Takes a message away."""
        del self._messages[message.channel, message.ts]

    def find(self, channel: str, ts: str) -> Message | None:
        """The message as it stands now."""
        return self._messages.get((channel, ts))

    def __iter__(self) -> Iterator[Message]:
        return iter(list(self._messages.values()))

    def since(self, mark: int) -> list[Message]:
        """What was posted or changed after `mark`, each once as it stands now, the most recent last."""
        return sorted((message for message in self if message.touched > mark), key=lambda message: message.touched)

    def _keep(self, message: Message) -> Message:
        self._last_touch = next(self._touches)
        kept = replace(message, touched=self._last_touch)
        self._messages[message.channel, message.ts] = kept
        return kept


def buttons_of(message: Message) -> tuple[Button, ...]:
    """The buttons of a message in the order in which they are read."""
    return tuple(Button(message, block_id, element) for block_id, element in buttons_in(message.blocks))


def buttons_in(blocks: Iterable[Json]) -> Iterator[tuple[str, Json]]:
    """The buttons of blocks in the order in which they are read, each with the id of its block."""
    for block in blocks:
        for element in [block.get("accessory"), *(block.get("elements", []) if block["type"] == "actions" else [])]:
            if element is not None and element["type"] == "button":
                yield block["block_id"], element
