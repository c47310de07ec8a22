"""People, messages and forms for the sandbox's tests, and a small bot made of the real Bolt."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from slack_bolt import Ack, App, BoltRequest, Respond
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.sandbox.delivery import Deliver
from bot.sandbox.lab import sandbox_lab
from bot.sandbox.slack.people import Person
from bot.sandbox.workspace import Workspace
from make import monday

PEOPLE = [
    Person("U0ADA", "ada", "Europe/Berlin"),
    Person("U0ALICE", "alice", "Europe/Berlin"),
    Person("U0BOB", "bob", "America/Los_Angeles"),
    Person("U0CAROL", "carol", "Asia/Tokyo"),
]
EVERYONE = frozenset(person.id for person in PEOPLE) | {"U0CRUNCH"}


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = monday(8)

    def __call__(self) -> datetime:
        return self.now


def section(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(label: str, action_id: str, value: str = "R1:1") -> dict[str, Any]:
    return {"type": "button", "text": {"type": "plain_text", "text": label}, "action_id": action_id, "value": value}


def card(text: str, *labels: str) -> dict[str, Any]:
    """A message with a line of buttons; each label in lower case is its action id."""
    buttons = [button(label, label.lower()) for label in labels]
    return {"text": text, "blocks": [section(text), *([{"type": "actions", "elements": buttons}] if buttons else [])]}


def form() -> dict[str, Any]:
    """A modal with a text, a number and a menu."""

    def field(name: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
        label = {"type": "plain_text", "text": name.title()}
        return {"type": "input", "block_id": name, "label": label, "element": {"action_id": "value", **element}, **more}

    pools = [{"text": {"type": "plain_text", "text": name.upper()}, "value": name} for name in ("a100", "3090")]
    number = {"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "initial_value": "1"}
    return {
        "type": "modal",
        "callback_id": "booking",
        "title": {"type": "plain_text", "text": "Book GPUs"},
        "submit": {"type": "plain_text", "text": "Book"},
        "blocks": [
            field("when", {"type": "plain_text_input"}),
            field("count", number),
            field("pool", {"type": "static_select", "options": pools, "initial_option": pools[0]}, optional=True),
        ],
    }


def small_bot(workspace: Workspace) -> Deliver:
    """A bot with one command, two buttons and one form, as real Bolt hears them: signed, through App.dispatch."""
    client = WebClient(token=workspace.token, base_url=workspace.api_url)
    app = App(
        client=client,
        signing_secret=workspace.signing_secret,
        token_verification_enabled=False,
        authorize=lambda: AuthorizeResult(
            enterprise_id=None, team_id=workspace.team, bot_user_id=workspace.bot.id, bot_token=workspace.token
        ),
        process_before_response=True,
    )

    @app.command("/gpu")
    def gpu(ack: Ack, command: dict[str, Any]) -> None:
        match command["text"].split(" ")[0]:
            case "":
                client.views_open(trigger_id=command["trigger_id"], view=form())
                ack()
            case "fail":
                raise RuntimeError("a bug")
            case "too-long":
                ack(text="x", blocks=[section("x" * 3001)])
            case "echo":
                ack(text=command["text"])
            case "tell":
                client.chat_postMessage(channel="U0BOB", **card("*<@U0ALICE>* asks for 2", "Accept"))
                client.chat_postMessage(channel="C0GPUS", text="asked")
                ack("Asked.")
            case _:
                ack(**card("*2 × A100 on atlas are yours*", "Extend", "Release"))

    @app.action("release")
    def release(ack: Ack, respond: Respond) -> None:
        respond(text="R1 is released", replace_original=True)
        ack()

    @app.action("extend")
    def extend(ack: Ack, respond: Respond) -> None:
        respond(**card("R1 now ends at 19:00", "Undo"), replace_original=True)
        ack()

    @app.view("booking")
    def booking(ack: Ack, view: dict[str, Any], body: dict[str, Any]) -> None:
        values = view["state"]["values"]
        if values["when"]["value"]["value"] == "someday":
            ack(response_action="errors", errors={"when": "'someday' was not understood"})
            return
        picked = values["pool"]["value"]["selected_option"]["value"]
        client.chat_postMessage(
            channel=body["user"]["id"], text=f"{values['count']['value']['value']} × {picked} booked"
        )
        ack()

    @app.options("node")
    def nodes(ack: Ack, payload: dict[str, Any]) -> None:
        names = [name for name in ("atlas", "titan") if name.startswith(payload["value"])]
        ack(options=[{"text": {"type": "plain_text", "text": name}, "value": name} for name in names])

    @app.event("app_home_opened")
    def home(event: dict[str, Any]) -> None:
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [section("Your reservations")]})

    def deliver(body: bytes, headers: Any) -> tuple[int, str]:
        response = app.dispatch(BoltRequest(body=body.decode(), headers=dict(headers)))
        return response.status, response.body

    return deliver


class SmallWorld:
    """The small bot as a world; `due` runs at every settling, once."""

    def __init__(self, workspace: Workspace, clock: Clock) -> None:
        self.workspace = workspace
        self.deliver = small_bot(workspace)
        self.due: list[Callable[[], object]] = []
        self.hosts = None
        self.lab = sandbox_lab()
        self._clock = clock

    def advance(self, by: timedelta) -> None:
        self._clock.now += by

    def settle(self) -> None:
        while self.due:
            self.due.pop()()
