"""The whole bot in a sandbox workspace, for tests that speak with it as people do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from slack_sdk import WebClient

from bot.at_nodes import AtNodes
from bot.booking.lab import Lab
from bot.booking.model import Reservation
from bot.sandbox.chat import Chat
from bot.sandbox.fleet import Hosts
from bot.sandbox.hands import Hands, Outcome
from bot.sandbox.slack.messages import Button, Message
from bot.sandbox.slack.people import Person
from bot.sandbox.world import SandboxWorld, opened
from make import lab as test_lab
from make import monday


class Play:
    """A sandbox world, who is in it, and what they do: through real Bolt, with messages over real HTTP."""

    def __init__(self, world: SandboxWorld) -> None:
        self.world = world
        self.workspace = world.workspace
        self.bot = world.bot
        self.hands = Hands(world.workspace, world.deliver)
        self.client = WebClient(token=world.workspace.token, base_url=world.workspace.api_url)
        self._chat = Chat(world)

    def say(self, line: str) -> str:
        """What is seen after a line of the chat ("alice: /gpu free", "bob: click 1"), once everything went out."""
        return "\n".join(shown.text for shown in self._chat.say(line) if shown.kind != "said")

    def person(self, name: str) -> Person:
        found = self.workspace.named(name)
        assert found is not None
        return found

    def type(self, name: str, line: str) -> Message:
        """The answer that a command's acknowledgement carries; nothing else goes out yet."""
        outcome = self.hands.type(self.person(name), line, "C0GPUS")
        assert outcome.problem == "", outcome
        return self.last(name)

    def last(self, name: str) -> Message:
        """The message that was last posted or changed, of those that they see."""
        return max(self.workspace.visible(self.person(name).id), key=lambda message: message.touched)

    def card(self, name: str, *labels: str) -> Message:
        """The latest message with these buttons that they see."""
        seen = self.workspace.visible(self.person(name).id)
        found = [message for message in seen if {*labels} <= {one.label for one in buttons_of(message)}]
        return max(found, key=lambda message: message.touched)

    def click(self, name: str, label: str, on: Message | None = None, **changed: Any) -> Outcome:
        """Presses the button whose label begins so, of the latest message that has it; `changed`: a forged one."""
        message = on or self._with(name, label)
        button = next(one for one in buttons_of(message) if one.label.startswith(label))
        return self.hands.click(self.person(name), replace(button, element=button.element | changed))

    def click_in_form(self, name: str, label: str) -> Outcome:
        """Presses a button of the form in front of them."""
        person = self.person(name)
        view = self.workspace.modal(person.id)
        assert view is not None
        blocks = view.content["blocks"]
        found = next(
            (block["block_id"], element)
            for block in blocks
            for element in block.get("elements", ())
            if element["type"] == "button" and element["text"]["text"] == label
        )
        return self.hands.act_in_view(person, view, *found, {})

    def submit(self, name: str, **typed: str) -> Outcome:
        """Fills and sends the form in front of them."""
        return self.hands.submit(self.person(name), typed)

    def form(self, name: str) -> str:
        """Every text of the form in front of them; "" where none is open."""
        view = self.workspace.modal(self.person(name).id)
        return "" if view is None else words_of(view.content["blocks"])

    def reservations(self) -> list[Reservation]:
        """The whole ledger, by id."""
        with self.bot.desk.ledger.reading() as book:
            return list(book.everything())

    def thread(self) -> list[str]:
        """The lines below the board; what is below a digest is none of them."""
        return [message.text for message in self.workspace.timeline if message.thread and not of_a_digest(message)]

    def sent(self, method: str = "chat.postMessage") -> int:
        """How often Slack took a call of this method."""
        return sum(call.method == method and call.error is None for call in self.workspace.calls)

    def _with(self, name: str, label: str) -> Message:
        seen = self.workspace.visible(self.person(name).id)
        found = [message for message in seen if any(one.label.startswith(label) for one in buttons_of(message))]
        return max(found, key=lambda message: message.touched)


def of_a_digest(message: Message) -> bool:
    """Whether it is the details or the picture of a digest."""
    return bool(message.files) or message.text == "Details of today"


def buttons_of(message: Message) -> list[Button]:
    """A message's buttons."""
    return [
        Button(message, block["block_id"], element)
        for block in message.blocks
        for element in [*block.get("elements", ()), *([block["accessory"]] if "accessory" in block else [])]
        if element["type"] == "button"
    ]


def words_of(blocks: Any) -> str:
    """Every text in blocks, one a line, as it was sent."""
    if isinstance(blocks, list | tuple):
        return "\n".join(filter(None, map(words_of, blocks)))
    if not isinstance(blocks, dict):
        return ""
    if isinstance(blocks.get("text"), str):
        return blocks["text"]
    return words_of([value for value in blocks.values() if isinstance(value, list | dict)])


def all_of(message: Message) -> str:
    """Every text of a message's blocks."""
    return words_of(message.blocks)


@contextmanager
def playing(
    database_url: str, *, now: datetime | None = None, lab: Lab | None = None, hosts: Hosts | None = None
) -> Iterator[Play]:
    """A play on Monday 2026-11-02 at 08:00 UTC; at its end no limit of Slack's may have been overstepped."""
    with opened(lab or test_lab(), now or monday(8), database_url, hosts, lambda desk: AtNodes(desk).answer) as world:
        play = Play(world)
        yield play
        assert play.workspace.violations == []
