"""What nobody sends: every delivery of a day at the bot, taken down, and then broken in every way."""

import copy
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode

from bot.errors import InputError
from bot.sandbox.delivery import Delivery
from bot.sandbox.hands import Hands
from worlds import Play, buttons_of

JUNK: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 10**30, 1.5, float("nan"), float("inf"), "", " ", "\x00", "\ud800", "😀" * 300),
    *("x" * 5000, "[" * 3000, '{"a":' * 1500, "R1:1", "R999999999:1", "R٣:٣", "W1", "Q1:1:all:0", "L1", "R1", "-1"),
    *('{"line": "release R1", "key": "k"}', '{"line": 7, "key": "k"}', '{"of": "R1:1", "line": "4 a100 now for 1h"}'),
    *('{"from": "0001-01-01T00:00+00:00", "to": "9999-12-31T00:00+00:00"}', '{"pool": ["a100"]}', "null", "[]", "{}"),
    *('{"id": 1, "version": 1, "url": "http://169.254.169.254/"}', '{"id": "1; DROP TABLE audit"}', "' OR 1=1 --"),
    *("<!channel>", "<@U0ALICE>", "%s%s%n", "${jndi:ldap://x}", "{{7*7}}", "\u202eevil", "=cmd|' /C calc'!A0"),
    *([], {}, [[]], [None], {"id": None}, {"value": {}}, ["R1:1"], [{"type": []}]),
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One delivery, as it was first made."""

    delivery: Delivery
    name: str


def recorded(play: Play) -> list[Recorded]:
    """What is done in a day: lines, every button that anybody sees, forms, menus, shortcuts, events.

    It leaves bookings of alice's and bob's, and a request that waits for ada; the rest is taken down only.
    """
    found: list[Recorded] = []
    lines = (
        ("alice", "/gpu book 2 a100 tomorrow 9am for 8h"),
        ("bob", "/gpu book 4 3090 tomorrow 9am for 2h"),
        ("bob", "/gpu book 4 a100 2026-11-03T08:00Z/2026-11-03T16:00Z"),
        ("carol", "/gpu wait 4 a100 2026-11-03T08:00Z/2026-11-03T16:00Z"),
        ("carol", "/gpu ask R1 4 a100 2026-11-03T08:00Z/2026-11-03T10:00Z"),
        ("alice", "/gpu give R1 to @carol"),
        ("alice", "/gpu free"),
        ("alice", "/gpu settings"),
        ("ada", "/gpu claims"),
    )
    for name, line in lines:
        play.type(name, line)
    play.world.settle()
    play.hands.open_home(play.person("alice"))
    taker = _taker(play, found)
    for name, line in lines:
        taker.type(play.person(name), line, "C0GPUS")
    for name in ("alice", "bob", "carol", "ada"):
        person = play.person(name)
        for message in play.workspace.visible(person.id):
            for button in buttons_of(message):
                taker.click(person, button)
        taker.open_home(person)
    card = play.card("alice", "Extend", "Move")
    for label in ("Extend", "Move"):
        play.click("alice", label, on=card)
        taker.submit(play.person("alice"), {"length" if label == "Extend" else "when": "2h"})
    for line, typed in (("/gpu", {"when": "fri 9am for 2h"}), ("/gpu settings", {})):
        play.hands.type(play.person("alice"), line, "C0GPUS")
        if line != "/gpu":
            play.click("alice", "Change", on=play.last("alice"))
        view = play.workspace.modal("U0ALICE")
        assert view is not None
        try:
            taker.submit(play.person("alice"), typed)
        except InputError:
            raise AssertionError(f"no form for {line}") from None
        for block in view.content["blocks"]:
            if block.get("element", {}).get("type") == "external_select":
                taker.suggest(play.person("alice"), view, block["block_id"], block["element"]["action_id"], "a")
    taker.shortcut(play.person("alice"), "book_gpus")
    taker.shortcut_on(play.person("alice"), card, "book_for_this")
    taker.write(play.person("alice"), "@crunchtime free", "C0GPUS")
    taker.change(play.person("dan"))
    return found


def _taker(play: Play, found: list[Recorded]) -> Hands:
    """Hands that hand nothing on."""

    def take(body: bytes, headers: Any) -> tuple[int, str]:
        del headers
        text = body.decode()
        if text.startswith("{"):
            found.append(Recorded(Delivery("events_api", json.loads(text)), "event"))
        else:
            form = {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}
            if "payload" in form:
                payload = json.loads(form["payload"])
                found.append(Recorded(Delivery("interactive", payload), str(payload["type"])))
                if payload["type"] == "block_suggestion":
                    return 200, '{"options": []}'
            else:
                found.append(Recorded(Delivery("slash_commands", form), "command"))
        return 200, ""

    return Hands(play.workspace, take)


def broken(payload: dict[str, Any], random_: random.Random, times: int = 1) -> dict[str, Any]:
    """A copy in which something is missing, is something else, or is twice."""
    changed = copy.deepcopy(payload)
    for _ in range(times):
        places = list(_places(changed))
        inside, key = random_.choice(places)
        match random_.randrange(4):
            case 0:
                del inside[key]
            case 1 | 2:
                inside[key] = random_.choice(JUNK)
            case _ if isinstance(inside, list):
                inside.append(inside[key])
            case _:
                inside[key] = [inside[key]]
        if not changed:
            break
    return changed


def said_by(payload: dict[str, Any], user: str) -> dict[str, Any]:
    """The same, as `user` would have done it."""
    changed = copy.deepcopy(payload)
    if isinstance(changed.get("user"), dict):
        changed["user"] |= {"id": user}
    if "user_id" in changed:
        changed["user_id"] = user
    if isinstance(changed.get("event"), dict) and isinstance(changed["event"].get("user"), str):
        changed["event"]["user"] = user
    return changed


def body_of(kind: str, payload: Any) -> bytes:
    """As it would be sent; what cannot be written as JSON or a form is left to the receiver to stumble over."""
    match kind:
        case "slash_commands":
            return urlencode({str(name): str(value) for name, value in payload.items()}, errors="replace").encode()
        case "interactive":
            return urlencode({"payload": json.dumps(payload)}).encode()
        case _:
            return json.dumps(payload).encode()


def _places(inside: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(inside) if isinstance(inside, dict) else range(len(inside))
    for key in keys:
        yield inside, key
        if isinstance(inside[key], dict | list):
            yield from _places(inside[key])
