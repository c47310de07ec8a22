"""What members and admins see of what GPUs really do, in the chat: from readings to messages to clicks."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from bot.booking.lifecycle import State
from bot.booking.notices import Notice, NoticeKind
from bot.booking.observed import Fault, Reading
from bot.errors import InputError
from bot.fleet.watch import Watch
from bot.jobs.watch import watch
from handlers.context import Context
from handlers.link_line import read_link
from handlers.said_watched import Link, Links, Unlink
from handlers.views.notices import message
from make import ADA, BOB, PEOPLE, lab, monday, reservation
from watching import broken, reading
from worlds import Play, all_of, playing, words_of

LAB = replace(lab(), logins={"alice": "U0ALICE", "bob": "U0BOB"})
CONTEXT = Context(ADA, LAB, PEOPLE, monday(8))


class Day:
    """A play whose GPUs are watched; `doing` says what is on each of atlas's."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.watch = Watch(play.bot.desk.lab.policy)
        self.doing: dict[str, tuple[int, tuple[str, ...]]] = {f"atlas:{index}": (0, ()) for index in range(4)}
        self.faulty: dict[str, Fault] = {}

    def go_on(self, minutes: int) -> None:
        """A reading a minute, and a look at the last of every four."""
        while minutes > 0:
            step = min(minutes, 4)
            minutes -= step
            began = self.play.world.clock()
            self.play.world.advance(timedelta(minutes=step))
            read = [one for ahead in range(step) for one in self._read(began + timedelta(minutes=1 + ahead))]
            watch(self.play.bot.desk, self.watch, read, self.play.world.clock())
        self.play.world.settle()

    def comes(self, login: str, *gpus: str) -> None:
        """They run something there for a few minutes, and are no no-show."""
        before = dict(self.doing)
        self.doing |= dict.fromkeys(gpus, (90, (login,)))
        self.go_on(4)
        self.doing = before

    def _read(self, now) -> Iterator[Reading]:
        for gpu, (use, who) in self.doing.items():
            yield broken(now, self.faulty[gpu], gpu) if gpu in self.faulty else reading(now, gpu, use, *who)

    def seen_by(self, name: str) -> str:
        return "\n".join(map(all_of, self.play.workspace.visible(self.play.person(name).id)))


@pytest.fixture
def day(sqlite_url: str) -> Iterator[Day]:
    with playing(sqlite_url, lab=LAB) as play:
        yield Day(play)


def test_alice_idles_while_carol_waits_keeps_one_and_carol_gets_the_offer(day: Day) -> None:
    play = day.play
    play.say("alice: /gpu book atlas:0,1 now for 8h")
    play.say("bob: /gpu book atlas:2,3 now for 8h")
    play.say("carol: /gpu wait 1 a100 now for 2h")
    day.doing |= {f"atlas:{index}": (90, ("bob",)) for index in (2, 3)}
    day.comes("alice", "atlas:0", "atlas:1")
    day.go_on(61)
    card = play.card("alice", "Still using", "Keep 1", "Release")
    assert "Your 2 × A100 on atlas have been quiet for 1 h" in card.text
    assert "Someone is waiting" in card.text
    assert "empty GPUs are passed on. No process is touched." in all_of(card)
    assert play.click("alice", "Keep 1", card).problem == ""
    play.world.settle()
    assert play.reservations()[0].count == 1
    assert "Take it" in {one["text"]["text"] for one in play.card("carol", "Take it").blocks[-1]["elements"]}


def test_who_says_that_they_use_it_keeps_it(day: Day) -> None:
    day.play.say("alice: /gpu book atlas:0,1,2,3 now for 8h")
    day.play.say("ada: /gpu approve R1")
    day.play.say("carol: /gpu wait 1 a100 now for 2h")
    day.comes("alice", "atlas:0")
    day.go_on(61)
    assert day.play.click("alice", "Still using").problem == ""
    day.go_on(45)
    assert day.play.reservations()[0].count == 4
    assert "stays as it is" in day.seen_by("alice")


def test_without_an_answer_what_is_empty_is_passed_on_and_alice_is_told(day: Day) -> None:
    day.play.say("alice: /gpu book atlas:0,1,2,3 now for 8h")
    day.play.say("ada: /gpu approve R1")
    day.play.say("carol: /gpu wait 1 a100 now for 2h")
    day.doing["atlas:0"] = (0, ("alice",))
    day.go_on(92)
    mine = day.play.reservations()[0]
    assert (mine.gpus, mine.state) == (("atlas:0",), State.ACTIVE)
    assert "atlas:1, atlas:2 and atlas:3 of R1 are passed on" in day.seen_by("alice")


def test_bob_runs_without_a_reservation_and_books_it_with_one_click(day: Day) -> None:
    day.doing["atlas:1"] = (80, ("bob",))
    day.go_on(12)
    card = day.play.card("bob", "Book it now")
    assert "You run as bob on atlas:1 without a reservation" in card.text
    assert day.play.click("bob", "Book it now", card).problem == ""
    day.play.world.settle()
    (mine,) = day.play.reservations()
    assert (mine.member, mine.gpus, mine.state) == (BOB.id, ("atlas:1",), State.ACTIVE)
    day.go_on(40)
    assert "without a reservation" not in day.seen_by("ada")


def test_a_login_that_is_nobodys_is_named_to_the_admins_who_say_whose_it_is(day: Day) -> None:
    day.doing["atlas:1"] = (80, ("cc",))
    day.go_on(12)
    assert "login cc, which is nobody's here" in day.seen_by("ada")
    day.play.say("ada: /gpu link cc for @carol")
    day.go_on(2)
    assert "The Linux login cc is yours" in day.seen_by("carol")
    assert day.play.card("carol", "Book it now")


def test_a_lost_gpu_is_told_to_the_admins_and_a_dead_agent_concludes_nothing(day: Day) -> None:
    day.play.say("alice: /gpu book atlas:0,1 now for 8h")
    day.faulty["atlas:0"] = Fault.LOST
    day.go_on(4)
    assert "atlas:0 · fell off the bus, or needs a reset" in day.seen_by("ada")
    day.faulty = {f"atlas:{index}": Fault.UNREACHABLE for index in range(4)}
    day.go_on(120)
    assert "the node does not answer" in day.seen_by("ada")
    assert day.play.reservations()[0].state is State.ACTIVE
    assert "quiet" not in day.seen_by("alice")


def test_the_admins_take_a_lost_gpu_out_of_service_with_one_click_and_are_told_once(day: Day) -> None:
    play = day.play
    play.say("bob: /gpu book 1 a100 in 2h for 3h")
    (gpu,) = play.reservations()[0].gpus
    day.faulty[gpu] = Fault.LOST
    day.go_on(4)
    card = play.card("ada", "Take it out of service")
    assert play.click("bob", "Take it out of service", card).problem == ""
    assert play.bot.desk.outages(play.world.clock()) == ()
    assert play.click("ada", "Take it out of service", card).problem == ""
    play.world.settle()
    assert [one.gpu for one in play.bot.desk.outages(play.world.clock())] == [gpu]
    assert gpu not in play.reservations()[0].gpus
    assert "R1 has other GPUs, because of an outage" in day.seen_by("bob")
    sent = play.sent()
    day.faulty[gpu] = Fault.UNREACHABLE
    day.go_on(8)
    assert play.sent() == sent


def test_an_agent_that_is_silent_is_no_reason_to_take_gpus_out_of_service(day: Day) -> None:
    day.faulty = {f"atlas:{index}": Fault.UNREACHABLE for index in range(4)}
    day.go_on(4)
    assert "Nothing follows from silence" in day.seen_by("ada")
    assert "Take" not in day.seen_by("ada")


def test_a_lost_gpu_is_told_of_once_whoever_has_it(day: Day) -> None:
    day.play.say("alice: /gpu book atlas:0 now for 1h")
    day.play.say("bob: /gpu book atlas:0 in 1h for 1h")
    day.faulty["atlas:0"] = Fault.LOST
    day.go_on(68)
    told = [one for one in day.play.workspace.timeline if "1 GPU is gone" in one.text]
    assert len(told) == 1


def test_who_lingers_where_another_begins_is_named_on_their_card(day: Day) -> None:
    day.play.say("carol: /gpu book atlas:0,1 in 8m for 2h")
    day.doing["atlas:0"] = (80, ("bob", "carol"))
    day.doing["atlas:1"] = (80, ("cc", None))
    day.play.say("ada: /gpu link carol for @carol")
    day.go_on(12)
    card = next(one for one in day.play.workspace.visible("U0CAROL") if "R1 has begun" in one.text)
    assert (
        "Still running there: <@U0BOB> on atlas:0, login cc on atlas:1 and somebody's job on atlas:1. "
        "No process is touched." in all_of(card)
    )


def test_whose_own_job_is_there_already_keeps_those_gpus_and_others_are_exchanged(day: Day) -> None:
    day.play.say("alice: /gpu book 1 a100 in 8m for 2h")
    day.play.say("bob: /gpu book 1 a100 in 8m for 2h")
    mine, theirs = (one.gpus[0] for one in day.play.reservations())
    day.doing[mine] = day.doing[theirs] = (80, ("alice",))
    day.go_on(12)
    first, second = day.play.reservations()
    assert first.gpus == (mine,)
    assert second.gpus != (theirs,)
    assert "Still running there" not in day.seen_by("alice")


def test_what_is_idle_unbooked_or_unread_stands_beside_who_has_it(day: Day) -> None:
    day.play.say("alice: /gpu book atlas:0,1 now for 8h")
    day.doing["atlas:3"] = (80, ("bob",))
    day.comes("alice", "atlas:0", "atlas:1")
    day.go_on(30)
    assert "0–1: @alice until 17:00 (R1), idle 29 min" in day.play.say("alice: /gpu who")
    assert "3: in use, not booked" in day.play.say("alice: /gpu who")
    free = day.play.say("alice: /gpu free")
    assert "Reserved, but idle: atlas:0,1 (29 min)" in free
    assert "In use, not booked: atlas:3" in free
    assert "In use" not in day.play.say("alice: /gpu free tomorrow")
    home = day.play.say("alice: home")
    assert home.count("Reserved, but idle: atlas:0,1 (since 09:05)") == 2
    assert "idle" not in "\n".join(one.text for one in day.play.workspace.visible("U0DAN"))
    day.play.world.advance(timedelta(minutes=6))
    assert "atlas A100 · no reading since 09:34" in day.play.say("alice: /gpu who")
    assert "No reading since 09:34: atlas:0,1,2,3" in day.play.say("alice: /gpu free")


def test_carol_links_her_login_and_ada_confirms_it(day: Day) -> None:
    assert "An admin is asked" in day.play.say("carol: /gpu link cc")
    assert "waits for an admin" in all_of(day.play.type("carol", "/gpu link"))
    card = day.play.card("ada", "Confirm", "Refuse")
    assert "<@U0CAROL> says that the Linux login cc is theirs" in card.text
    assert day.play.click("ada", "Confirm", card).problem == ""
    day.play.world.settle()
    assert "confirmed by <@U0ADA>" in day.seen_by("carol")
    assert day.play.bot.desk.held(monday(8)).logins["cc"] == "U0CAROL"
    assert "is not yours any more" in day.play.say("carol: /gpu link drop cc")


def test_who_is_not_an_admin_cannot_confirm(day: Day) -> None:
    day.play.say("carol: /gpu link cc")
    card = day.play.card("ada", "Confirm", "Refuse")
    day.play.click("bob", "Confirm", card)
    day.play.world.settle()
    assert "cc" not in day.play.bot.desk.held(monday(8)).logins


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("", Links()),
        ("alice", Link("alice")),
        ("drop alice", Unlink("alice")),
        ("bobby for @bob", Link("bobby", "U0BOB")),
        ("bobby for <@U0CAROL|carol>", Link("bobby", "U0CAROL")),
    ],
)
def test_link_is_read(rest: str, said: object) -> None:
    assert read_link(rest, CONTEXT) == said


@pytest.mark.parametrize("rest", ["two logins", "drop two logins", "x for @nobody", "for @bob"])
def test_anything_else_is_not_understood(rest: str) -> None:
    with pytest.raises(InputError):
        read_link(rest, CONTEXT)


@pytest.mark.parametrize("act", ["idle", "passed_on", "overrun", "squatter", "admins lost", "admins squatter", "", "x"])
@pytest.mark.parametrize(
    "facts", ["", "[]", "{}", '[["a"]]', '[["<!channel>:0","x","2026-11-02T09:00:00Z","<l>","",""]]']
)
def test_a_notice_with_unreadable_facts_still_goes_out_and_pings_nobody(act: str, facts: str) -> None:
    told = Notice(NoticeKind.WATCH, "U0ALICE", 1, monday(9), monday(9), {"act": act, "gpus": facts})
    for of in (reservation(1, state=State.ACTIVE), reservation(1, state=State.RELEASED), None):
        drawn = message(told, of, late=False, zone=UTC)
        assert drawn["text"].strip()
        shown = drawn["text"] + words_of(drawn["blocks"])
        assert "<!channel>" not in shown
        assert "<l>" not in shown
