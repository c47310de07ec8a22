"""What people do in the workspace: type, click, send a form. It is delivered, and answered as Slack answers."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

from bot import clock
from bot.errors import InputError
from bot.sandbox import payloads
from bot.sandbox.delivery import Deliver, Delivery
from bot.sandbox.forms import fill
from bot.sandbox.limits import check_options
from bot.sandbox.slack.messages import Button, Message
from bot.sandbox.slack.modals import OpenView
from bot.sandbox.slack.people import Person
from bot.sandbox.slack.refusal import SlackRefusal
from bot.sandbox.slack.respond import answer_command
from bot.sandbox.slack.web_views import checked_view
from bot.sandbox.workspace import Workspace

Json = dict[str, Any]

ACK_WITHIN_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an act: the HTTP status and body, what Slack complains of (`problem`), and errors by block id."""

    status: int
    body: str
    problem: str = ""
    errors: dict[str, str] = field(default_factory=dict)


class Hands:
    """Acts as any person of the workspace.

    `signed_at` gives the time of the signatures. It is real time even where the workspace's clock is a sandbox's,
    because the bot compares it with its own; `stopwatch` gives the seconds by which an answer can be too late.
    """

    def __init__(
        self,
        workspace: Workspace,
        deliver: Deliver,
        *,
        signed_at: Callable[[], datetime] = clock.now,
        stopwatch: Callable[[], float] = monotonic,
    ) -> None:
        self._workspace = workspace
        self._deliver = deliver
        self._signed_at = signed_at
        self._stopwatch = stopwatch

    def type(self, person: Person, line: str, channel: str) -> Outcome:
        """Types a slash command in a channel. The answer, or Slack's word that it failed, is seen by them alone."""
        workspace = self._workspace
        delivery, token = payloads.command(workspace, workspace.url, person, line, channel)
        name = str(delivery.payload["command"])
        outcome = self._send(delivery)
        reply = _reply(outcome.body)
        if outcome.problem:
            self._failed(person, channel, name, outcome.problem)
        elif reply:
            try:
                answer_command(workspace, token, reply)
            except SlackRefusal as refusal:
                self._failed(person, channel, name, refusal.code)
                return Outcome(outcome.status, outcome.body, refusal.code)
        return outcome

    def click(self, person: Person, button: Button) -> Outcome:
        """Presses a button of a message."""
        return self.act(person, button.message, button.block_id, button.element)

    def act(self, person: Person, message: Message, block_id: str, element: Json, **chosen: Any) -> Outcome:
        """Uses an element of a message; `chosen` is what a menu or picker was set to, as Slack names it."""
        workspace = self._workspace
        action = _action(block_id, element, chosen)
        return self._send(payloads.action_on_message(workspace, workspace.url, person, message, action))

    def act_in_view(
        self, person: Person, view: OpenView, block_id: str, element: Json, typed: Mapping[str, str], **chosen: Any
    ) -> Outcome:
        """Uses an element of a modal or Home tab, with the other fields as `typed`."""
        values, _ = self._filled(person, view, typed)
        action = _action(block_id, element, chosen)
        return self._send(payloads.action_in_view(self._workspace, person, view, action, values))

    def submit(self, person: Person, typed: Mapping[str, str]) -> Outcome:
        """Fills in and sends the modal in front of this person. Raises InputError if there is none, or no such field.

        A form that Slack's client would not send is not delivered; the complaints are shown under its fields.
        """
        view = self._workspace.modal(person.id)
        if view is None or "submit" not in view.content:
            raise InputError("no form is open for you", example="/gpu")
        values, complaints = self._filled(person, view, typed)
        if complaints:
            self._workspace.modals.complain(person.id, complaints)
            return Outcome(0, "", errors=complaints)
        outcome = self._send(payloads.submission(self._workspace, person, view, values))
        return outcome if outcome.problem else self._shown(person, view, outcome)

    def suggest(self, person: Person, view: OpenView, block_id: str, action_id: str, typed: str) -> list[Json]:
        """The options that an external menu offers for what was typed; none if the bot does not answer properly."""
        outcome = self._send(payloads.suggestion(self._workspace, person, view, block_id, action_id, typed))
        offered = _reply(outcome.body)
        violations = [] if outcome.problem else check_options(offered)
        self._workspace.violations += violations
        if outcome.problem or violations:
            return []
        groups = offered.get("option_groups", [{"options": offered.get("options", [])}])
        return [option for group in groups for option in group["options"]]

    def shortcut(self, person: Person, callback_id: str) -> Outcome:
        """Uses a global shortcut."""
        return self._send(payloads.shortcut(self._workspace, person, callback_id))

    def shortcut_on(self, person: Person, message: Message, callback_id: str) -> Outcome:
        """Uses a shortcut of the menu of a message."""
        workspace = self._workspace
        return self._send(payloads.message_shortcut(workspace, workspace.url, person, message, callback_id))

    def write(self, person: Person, text: str, channel: str, thread: str | None = None) -> Outcome:
        """Writes a message, in a channel or to the bot. The bot hears of it if it is mentioned or written to."""
        workspace = self._workspace
        message = workspace.write(person.id, channel, payloads.escaped(workspace, text), thread)
        direct = workspace.channels[channel].direct
        if not direct and f"<@{workspace.bot.id}" not in message.text:
            return Outcome(0, "")
        return self._send(payloads.written(workspace, person, message, to_bot=direct))

    def open_home(self, person: Person) -> Outcome:
        """Looks at the bot's Home tab."""
        return self._send(payloads.home_opened(self._workspace, person))

    def change(self, person: Person) -> Outcome:
        """Lets somebody's profile be as `person` says, and tells the bot."""
        self._workspace.people[person.id] = person
        return self._send(payloads.user_changed(self._workspace, person))

    def _filled(self, person: Person, view: OpenView, typed: Mapping[str, str]) -> tuple[Json, dict[str, str]]:
        names = {known.name: known.id for known in self._workspace.people.values()}

        def offered(block_id: str, action_id: str, query: str) -> list[Json]:
            return self.suggest(person, view, block_id, action_id, query)

        return fill(view.content["blocks"], typed, person, names, offered)

    def _shown(self, person: Person, view: OpenView, outcome: Outcome) -> Outcome:
        """Does with the modal what the answer to its submission says."""
        reply = _reply(outcome.body)
        modals = self._workspace.modals
        with self._workspace.lock:
            try:
                match reply.get("response_action"):
                    case None:
                        modals.close(person.id)
                    case "clear":
                        modals.close(person.id, every=True)
                    case "errors":
                        errors = {str(block): str(text) for block, text in reply.get("errors", {}).items()}
                        if not errors or errors.keys() - {block["block_id"] for block in view.content["blocks"]}:
                            raise SlackRefusal("invalid_arguments", ["errors: must name blocks of the view"])
                        modals.complain(person.id, errors)
                        return Outcome(outcome.status, outcome.body, errors=errors)
                    case "update":
                        content = checked_view(self._workspace, reply.get("view"), "modal")
                        modals.update(content, view_id=view.id, external_id=None, expected=None)
                    case "push":
                        modals.push(person.id, checked_view(self._workspace, reply.get("view"), "modal"))
                    case unknown:
                        raise SlackRefusal("invalid_arguments", [f"response_action: unknown {unknown!r}"])
            except SlackRefusal as refusal:
                self._workspace.violations += [f"{refusal.code}: {message}" for message in refusal.messages]
                return Outcome(outcome.status, outcome.body, refusal.code)
        return outcome

    def _failed(self, person: Person, channel: str, command: str, code: str) -> None:
        """Slackbot's word when a command was not answered."""
        self._workspace.post(channel, {"text": f'{command} failed with the error "{code}"'}, only_for=person.id)

    def _send(self, delivery: Delivery) -> Outcome:
        headers = delivery.headers(self._workspace.signing_secret, self._signed_at())
        began = self._stopwatch()
        status, body = self._deliver(delivery.body(), headers)
        if self._stopwatch() - began > ACK_WITHIN_SECONDS:
            return Outcome(status, body, "operation_timeout")
        return Outcome(status, body, "" if status == 200 else "dispatch_failed")


def _action(block_id: str, element: Json, chosen: Json) -> Json:
    kept: Json = {key: element[key] for key in ("type", "action_id", "text", "value") if key in element}
    return {**kept, "block_id": block_id, **chosen}


def _reply(body: str) -> Json:
    """What an acknowledgement carries: JSON, or a plain text; nothing if it is empty."""
    try:
        loaded = json.loads(body) if body.strip() else {}
    except ValueError:
        return {"text": body}
    return loaded if isinstance(loaded, dict) else {"text": body}
