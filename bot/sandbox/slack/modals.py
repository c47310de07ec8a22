"""The views that are open in a sandbox workspace: a stack of modals for each person, and their Home tabs."""

import itertools
from dataclasses import dataclass, field, replace
from secrets import token_hex
from typing import Any

from bot.sandbox.slack.naming import Naming
from bot.sandbox.slack.refusal import SlackRefusal

Json = dict[str, Any]

STACK_MOST = 3


@dataclass(frozen=True, slots=True)
class OpenView:
    """A view on somebody's screen. `errors` are the complaints under its fields, by block id."""

    id: str
    owner: str
    hash: str
    root: str
    previous: str | None
    content: Json
    errors: dict[str, str] = field(default_factory=dict)

    def described(self, team: str, bot: str) -> Json:
        """The `view` object of payloads and answers; values that are being typed are added by the payload."""
        defaults: Json = {"private_metadata": "", "callback_id": "", "external_id": "", "state": {"values": {}}}
        return {
            **defaults,
            **self.content,
            "id": self.id,
            "team_id": team,
            "hash": self.hash,
            "root_view_id": self.root,
            "previous_view_id": self.previous,
            "app_id": "A0CRUNCH",
            "bot_id": bot,
        }


class Modals:
    """Every open view. Contents are taken as they are: limits are the caller's business."""

    def __init__(self, naming: Naming) -> None:
        self._naming = naming
        self._stacks: dict[str, list[OpenView]] = {}
        self._homes: dict[str, OpenView] = {}
        self._numbers = itertools.count(1)

    def top(self, person: str) -> OpenView | None:
        """The modal in front of this person."""
        stack = self._stacks.get(person)
        return stack[-1] if stack else None

    def home(self, person: str) -> OpenView | None:
        """What was published to this person's Home tab."""
        return self._homes.get(person)

    def open(self, person: str, content: Json) -> OpenView:
        """Begins a new stack."""
        self._stacks[person] = []
        return self.push(person, content)

    def push(self, person: str, content: Json) -> OpenView:
        """Lays a modal on top of the stack of at most three."""
        stack = self._stacks.setdefault(person, [])
        if len(stack) >= STACK_MOST:
            raise SlackRefusal("push_limit_reached")
        name = self._new_id()
        content = self._named(content)
        below = stack[-1] if stack else None
        root = below.root if below else name
        view = OpenView(name, person, self._hash(), root, below.id if below else None, content)
        stack.append(view)
        return view

    def update(self, content: Json, *, view_id: str | None, external_id: str | None, expected: str | None) -> OpenView:
        """Replaces a view; `expected` is the hash that the caller last saw, if it cares."""
        content = self._named(content)
        for stack in self._stacks.values():
            for index, view in enumerate(stack):
                if view.id == view_id or (external_id and view.content.get("external_id") == external_id):
                    self._unchanged(view, expected)
                    stack[index] = replace(view, content=content, hash=self._hash(), errors={})
                    return stack[index]
        raise SlackRefusal("not_found")

    def publish(self, person: str, content: Json, *, expected: str | None) -> OpenView:
        """Shows a view on a person's Home tab."""
        content = self._named(content)
        before = self._homes.get(person)
        if before is None:
            name = self._new_id()
            self._homes[person] = OpenView(name, person, self._hash(), name, None, content)
        else:
            self._unchanged(before, expected)
            self._homes[person] = replace(before, content=content, hash=self._hash())
        return self._homes[person]

    def complain(self, person: str, errors: dict[str, str]) -> None:
        """Writes errors under the fields of the modal in front."""
        stack = self._stacks[person]
        stack[-1] = replace(stack[-1], errors=errors)

    def close(self, person: str, *, every: bool = False) -> None:
        """Closes the modal in front, or the whole stack."""
        stack = self._stacks.get(person, [])
        del stack[0 if every else len(stack) - 1 :]

    def _new_id(self) -> str:
        """Not even another sandbox gives it again: a bot with the same database takes a form once."""
        return f"V{next(self._numbers):04d}{token_hex(4).upper()}"

    def _named(self, content: Json) -> Json:
        return {**content, "blocks": list(self._naming.blocks(content["blocks"]))}

    def _unchanged(self, view: OpenView, expected: str | None) -> None:
        if expected and expected != view.hash:
            raise SlackRefusal("hash_conflict")

    def _hash(self) -> str:
        return f"{next(self._numbers)}.{next(self._numbers):08x}"
