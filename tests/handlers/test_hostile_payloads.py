"""Deliveries in shapes that Slack never sends, from people whom a card is not for: no crash, and nothing changes."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.booking.model import Reservation
from bot.sandbox.delivery import Delivery
from bot.web.shapes import is_slacks
from handlers.pace import Pace
from handlers.pictures import wanted_of
from hostile import JUNK, Recorded, body_of, broken, recorded, said_by
from make import DAN, monday
from worlds import Play, playing

NAMES_SOMETHING = ("R", "W", "L", "Q", '{"line": "release', '{"of": "R1:1", "line"', "1.", "😀")


@pytest.fixture(scope="module")
def play(upgraded_file: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """One bot for all: nothing that is done to it here may change it. Nobody is too quick for it."""
    path = tmp_path_factory.mktemp("hostile") / "ledger.db"
    path.write_bytes(upgraded_file.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.app.Pace", lambda: Pace(at_once=10**9))
        patch.setattr("handlers.pictures.timeline_png", lambda _: b"a picture takes a while to draw")
        with playing(f"sqlite:///{path}") as play:
            yield play


@pytest.fixture(scope="module")
def day(play: Play) -> list[Recorded]:
    return recorded(play)


def given(play: Play, kind: str, payload: Any) -> int:
    headers = Delivery(kind, {}).headers("", monday(8))  # type: ignore[arg-type]
    return play.world.deliver(body_of(kind, payload), headers)[0]


def others(play: Play) -> list[Reservation]:
    """What is not the doing of dan, who has done nothing else."""
    return [one for one in play.reservations() if DAN.id not in (one.member, one.asked_by)]


def test_the_day_has_every_kind_of_delivery_and_all_of_them_have_slacks_shape(day: list[Recorded]) -> None:
    kinds = Counter(one.name for one in day)
    assert set(kinds) == {
        *("command", "event", "block_actions", "view_submission", "block_suggestion", "shortcut", "message_action")
    }
    clicked = {one.delivery.payload["actions"][0]["action_id"] for one in day if one.name == "block_actions"}
    assert len(clicked) > 15
    assert [one.name for one in day if not is_slacks(one.delivery.payload)] == []


def test_whatever_is_broken_in_a_delivery_it_is_answered_and_no_bug_is_met(play: Play, day: Any, rounds: Any) -> None:
    generator = random.Random(20261102)
    statuses: Counter[int] = Counter()
    before = others(play)
    with capture_logs() as entries:
        for _ in range(rounds(80, 10_000)):
            one = generator.choice(day)
            payload = said_by(one.delivery.payload, DAN.id)
            statuses[given(play, one.delivery.kind, broken(payload, generator, generator.choice([1, 1, 2, 3])))] += 1
    assert set(statuses) <= {200, 400, 401, 404}
    assert statuses[200]
    assert statuses[404]
    assert [entry for entry in entries if entry["log_level"] in ("error", "critical")] == []
    assert others(play) == before


def test_a_button_or_form_with_a_value_that_names_nothing_changes_nothing(play: Play, day: Any) -> None:
    before, tried = play.reservations(), 0
    for one in day:
        for value in JUNK[::3]:
            if not isinstance(value, str) or value.startswith(NAMES_SOMETHING):
                continue
            payload = json.loads(json.dumps(one.delivery.payload))
            if one.name == "block_actions" and payload["actions"][0]["action_id"] in ("release", "approve", "take"):
                payload["actions"][0]["value"] = value
            elif one.name == "view_submission" and payload["view"]["callback_id"] in ("extend", "move"):
                payload["view"]["private_metadata"] = value
            else:
                continue
            assert given(play, one.delivery.kind, payload) in (200, 404)
            tried += 1
    assert tried > 30
    assert play.reservations() == before


def test_what_is_not_an_object_is_not_slacks() -> None:
    assert [body for body in (None, [], "x", 7, {}, {"type": 7}, {"command": "/gpu"}) if is_slacks(body)] == []
    assert is_slacks({"ssl_check": "1", "token": "x"})
    assert is_slacks({"type": "url_verification", "challenge": "x"})


def test_a_picture_of_centuries_is_one_of_the_next_two_days() -> None:
    assert wanted_of('{"from": "0001-01-01T00:00+00:00", "to": "9999-12-31T00:00+00:00"}') == (None, None)
    assert wanted_of("[" * 2000) == (None, None)
