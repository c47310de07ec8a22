"""Who speaks: strangers get no further, members are known with their zone, and Slack is asked as little as can be."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox import payloads
from bot.sandbox.slack.people import Person
from handlers import identity
from handlers.identity import known_of
from make import monday
from worlds import Play, all_of

BOOK = "/gpu book 1 a100 tomorrow 9am for 2h"


def joined(play: Play, person: Person) -> Person:
    """Somebody who is in the workspace, and of whom the bot has not heard."""
    play.workspace.people[person.id] = person
    channel = play.workspace.channels["C0GPUS"]
    play.workspace.channels["C0GPUS"] = replace(channel, members=channel.members | {person.id})
    return person


def asked(play: Play) -> list[str]:
    return [call.arguments["user"] for call in play.workspace.calls if call.method == "users.info"]


def test_another_teams_people_are_sent_away(play: Play) -> None:
    joined(play, Person("U0EVE", "eve", team="T0OTHER"))
    assert play.type("eve", BOOK).text == "This bot serves another workspace."
    assert play.reservations() == []
    assert asked(play) == []


@pytest.mark.parametrize("kind", ["bot", "deleted"])
def test_bots_and_those_who_left_are_sent_away(play: Play, kind: str) -> None:
    eve = joined(play, Person("U0EVE", "eve", bot=kind == "bot", deleted=kind == "deleted"))
    assert play.type(eve.name, BOOK).text == "Only members of the workspace can book."
    assert play.reservations() == []


@pytest.mark.parametrize("kind", ["bot", "deleted", "other team"])
def test_a_strangers_button_and_form_do_nothing(play: Play, kind: str) -> None:
    card = play.type("alice", BOOK)
    team = "T0OTHER" if kind == "other team" else "T0LAB"
    joined(play, Person("U0EVE", "eve", bot=kind == "bot", deleted=kind == "deleted", team=team))
    assert play.click("eve", "Release", on=card).status == 200
    assert play.reservations()[0].version == 1


def test_somebody_whom_the_workspace_does_not_know_is_sent_away(play: Play) -> None:
    eve = joined(play, Person("U0EVE", "eve"))
    delivery, _ = payloads.command(play.workspace, play.workspace.url, eve, BOOK, "C0GPUS")
    del play.workspace.people[eve.id]
    status, body = play.world.deliver(delivery.body(), delivery.headers("", monday(8)))
    assert (status, "Only members of the workspace can book." in body) == (200, True)
    assert play.reservations() == []


def test_a_guest_of_the_workspace_is_a_member(play: Play) -> None:
    class Guest(Person):
        def described(self, now: Any) -> dict[str, Any]:
            return {**super().described(now), "is_restricted": True, "is_ultra_restricted": True}

    joined(play, Guest("U0GUS", "gus", "Europe/Rome"))
    assert "is yours" in play.type("gus", BOOK).text


def test_an_unknown_member_is_asked_about_once(play: Play) -> None:
    joined(play, Person("U0EVE", "eve", "Asia/Kolkata"))
    play.type("eve", BOOK)
    play.type("eve", "/gpu mine")
    assert asked(play) == ["U0EVE"]
    assert play.reservations()[0].window.start == monday(3.5, day=1)


def test_a_known_member_is_not_asked_about_at_all_not_even_after_a_restart(play: Play) -> None:
    play.type("alice", BOOK)
    people = identity.People(play.bot.desk, play.client, "T0LAB")
    assert people.find("U0ALICE", monday(8)).zone == "Europe/Berlin"
    assert asked(play) == []


def test_while_slack_is_silent_times_are_read_in_the_labs_zone_and_it_is_said(play: Play) -> None:
    joined(play, Person("U0EVE", "eve", "Asia/Kolkata"))
    play.workspace.fail_next("users.info", 500)
    answer = play.type("eve", BOOK)
    assert "Your time zone is not known here, so times are read in that of Europe/Berlin." in all_of(answer)
    assert play.reservations()[0].window.start == monday(8, day=1)
    play.world.clock.move(timedelta(minutes=6))
    assert "not known" not in all_of(play.type("eve", BOOK))
    assert play.reservations()[1].window.start == monday(3.5, day=1)


def test_a_new_time_zone_holds_from_the_moment_slack_tells_of_it(play: Play) -> None:
    play.type("alice", BOOK)
    play.hands.change(Person("U0ALICE", "alice", "America/New_York"))
    play.type("alice", BOOK)
    first, second = play.reservations()
    assert second.window.start - first.window.start == timedelta(hours=6)


def test_somebody_who_leaves_is_refused_from_the_moment_slack_tells_of_it(play: Play) -> None:
    play.hands.change(Person("U0ALICE", "alice", "Europe/Berlin", deleted=True))
    assert play.type("alice", BOOK).text == "Only members of the workspace can book."


def test_a_delivery_without_a_person_is_taken_and_does_nothing(play: Play) -> None:
    delivery, _ = payloads.command(play.workspace, play.workspace.url, play.person("alice"), BOOK, "C0GPUS")
    nobody = replace(delivery, payload={name: value for name, value in delivery.payload.items() if name != "user_id"})
    status, _ = play.world.deliver(nobody.body(), nobody.headers("", monday(8)))
    assert status == 200
    assert play.reservations() == []


def test_whether_somebody_is_an_admin_is_looked_up_at_each_delivery(play: Play) -> None:
    play.type("bob", "/gpu book 4 a100 tomorrow 9am for 2h")
    play.type("ada", "/gpu approve R1")
    lab = play.bot.desk.lab
    object.__setattr__(lab, "admins", ("U0BOB",))
    assert play.type("ada", "/gpu approve R1").text == "Only admins decide on requests."


def test_names_are_read_from_the_ledger_when_somebody_is_named(play: Play) -> None:
    names = play.bot.people.names(monday(8))
    assert names["bob"] == "U0BOB"
    assert "crunchtime" not in names
    assert len(names) == len(list(names)) == 5


@pytest.mark.parametrize(
    ("user", "name", "zone"),
    [
        ({"id": "U1", "name": "login", "profile": {"display_name": "Ann"}, "tz": "UTC"}, "Ann", "UTC"),
        ({"id": "U1", "name": "login", "profile": {}}, "login", ""),
        ({"id": "U1", "tz": None}, "U1", ""),
    ],
)
def test_a_user_is_known_by_the_best_name_there_is(user: dict[str, Any], name: str, zone: str) -> None:
    known = known_of("T0LAB", user, monday(8))
    assert (known.name, known.zone, known.bot, known.deleted) == (name, zone, False, False)


def test_slackbot_is_a_bot() -> None:
    assert known_of("T0LAB", {"id": "USLACKBOT", "is_bot": False}, monday(8)).bot
