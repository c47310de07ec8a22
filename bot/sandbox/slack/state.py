"""Everything that a sandbox workspace knows: people, channels, messages, views, and what was asked of it."""

import itertools
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.manifest import SCOPES
from bot.sandbox.slack.files import Files
from bot.sandbox.slack.messages import Button, Message, Timeline, buttons_of
from bot.sandbox.slack.modals import Modals, OpenView
from bot.sandbox.slack.naming import Naming
from bot.sandbox.slack.people import Channel, Person
from bot.sandbox.slack.tickets import ResponseUrls, Triggers

Json = dict[str, Any]

BOT = Person("U0CRUNCH", "crunchtime", bot=True)
BOT_ID = "B0CRUNCH"
APP_ID = "A0CRUNCH"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the Web API: the method, its arguments, and the error code it was refused with, if any."""

    method: str
    arguments: Json
    error: str | None = None


class State:
    """The workspace's contents, and what each person sees of them; `lock` is held around steps that belong together.

    `calls` lists every API call, `violations` every limit of Slack's that the bot overstepped.
    """

    def __init__(
        self,
        people: Iterable[Person],
        channels: Iterable[Channel],
        clock: Callable[[], datetime],
        *,
        team: str = "T0LAB",
        bot: Person = BOT,
        scopes: Iterable[str] = SCOPES,
    ) -> None:
        naming = Naming()
        self.lock = threading.RLock()
        self.clock = clock
        self.team = team
        self.bot = replace(bot, team=team)
        self.scopes = frozenset(scopes)
        self.people = {person.id: person for person in (*people, self.bot)}
        self.channels = {channel.id: channel for channel in channels}
        self.timeline = Timeline(naming)
        self.modals = Modals(naming)
        self.triggers = Triggers()
        self.responses = ResponseUrls()
        self.files = Files()
        self.groups: dict[str, list[str]] = {}  # who is in a user group
        self.pins: set[tuple[str, str]] = set()
        self.event_numbers = itertools.count(1)
        self.calls: list[Call] = []
        self.violations: list[str] = []

    @property
    def url(self) -> str:
        """Where it is served, without a slash at the end."""
        raise NotImplementedError

    def named(self, name: str) -> Person | None:
        """The person with this name, in any case."""
        return next((person for person in self.people.values() if person.name == name.lower()), None)

    def direct(self, person: str) -> Channel:
        """The bot's conversation with this person, begun if there is none yet."""
        with self.lock:
            name = f"D{person[1:]}"
            members = frozenset({person, self.bot.id})
            return self.channels.setdefault(name, Channel(name, "", members, private=True, direct=True))

    def sees(self, person: str, message: Message) -> bool:
        """Members of the channel see its messages; an ephemeral one is seen by the one it is for."""
        if message.only_for is not None:
            return message.only_for == person
        return person in self.channels[message.channel].members

    def visible(self, person: str) -> list[Message]:
        """Every message that this person sees, in the order of posting."""
        with self.lock:
            return [message for message in self.timeline if self.sees(person, message)]

    def buttons(self, person: str) -> tuple[Button, ...]:
        """The buttons of the most recently posted or changed message that has buttons and that this person sees."""
        seen = [(message.touched, buttons_of(message)) for message in self.visible(person)]
        return max((pair for pair in seen if pair[1]), key=lambda pair: pair[0], default=(0, ()))[1]

    def modal(self, person: str) -> OpenView | None:
        """The form in front of this person."""
        with self.lock:
            return self.modals.top(person)

    def home(self, person: str) -> OpenView | None:
        """This person's Home tab."""
        with self.lock:
            return self.modals.home(person)

    def write(self, person: str, channel: str, text: str, thread: str | None = None) -> Message:
        """Adds a message by a person; `text` is as Slack keeps it."""
        with self.lock:
            return self.timeline.post(Message(channel, "", person, text, thread=thread), self.clock())

    def post(self, channel: str, payload: Json, *, only_for: str | None = None, thread: str | None = None) -> Message:
        """Adds a message by the bot; limits are the caller's business."""
        with self.lock:
            message = Message(
                channel,
                "",
                self.bot.id,
                str(payload.get("text") or ""),
                tuple(payload.get("blocks") or ()),
                only_for=only_for,
                thread=thread,
                files=tuple(payload.get("files") or ()),
            )
            return self.timeline.post(message, self.clock())
