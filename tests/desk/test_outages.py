"""GPUs out of service: whom it hits, what becomes of theirs, and that nobody is ever booked on what is out."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.booking.calendar import Calendar
from bot.booking.decision import Refused
from bot.booking.lab import Policy
from bot.booking.lifecycle import State
from bot.booking.model import Window, minute_of
from bot.booking.notices import NoticeKind
from bot.booking.outages import is_out
from bot.booking.reasons import Taken
from bot.desk import Back, Booked, Desk, TakenOut
from bot.errors import BotError, NotYours, WrongState
from desks import NOW, before, booked, named, refused, stands
from make import ADA, ALICE, BOB, CAROL, lab, monday, request, window
from storage.ledger import Ledger
from storage.offers import offers_from_json

SOON = NOW + timedelta(minutes=20)
FREE = lab(policy=Policy(max_share=1))
ATLAS = ("atlas:0", "atlas:1", "atlas:2", "atlas:3")


@pytest.fixture
def desk(ledger) -> Desk:
    """A lab in which anybody may take a whole pool without asking."""
    return Desk(ledger, FREE)


def out(desk, *gpus, start=8, end=48, now=NOW, reason="fan") -> TakenOut:
    outcome = desk.take_out(ADA, gpus, window(start, end), reason, now)
    assert isinstance(outcome, TakenOut)
    return outcome


def acts(outcome: TakenOut):
    return [(one.after.id, one.act) for one in outcome.hits]


def told(owed):
    return [(one.to, one.facts["act"]) for one in owed() if one.kind is NoticeKind.OUTAGE]


def waits(desk):
    with desk.ledger.reading() as book:
        return book.waitlist()


def test_what_is_out_is_not_booked_and_the_refusal_says_so(desk):
    out(desk, "atlas:0", "atlas:1")
    assert booked(desk, count=2).gpus == ("atlas:2", "atlas:3")
    no = refused(desk, BOB, request(1, member=BOB.id))
    (taken,) = no.refusals
    assert isinstance(taken, Taken)
    assert [is_out(one.reservation) for one in taken.holders].count(True) == 2


def test_another_bot_learns_of_it_with_its_next_transaction(desk, engine):
    other = Desk(Ledger(engine), FREE)
    assert other.board(NOW).pools[0].steps[0][1] == 4
    out(desk, "atlas:0")
    assert other.board(NOW).pools[0].steps[0][1] == 3
    desk.bring_back(ADA, ["atlas:0"], SOON)
    assert other.board(SOON).pools[0].steps[0][1] == 4


def test_what_is_ahead_gets_other_gpus_and_its_holder_is_told(desk, owed):
    one = booked(desk, ALICE, named("atlas:0", "atlas:1"))
    assert acts(out(desk, "atlas:0")) == [(one.id, "re-placed")]
    assert not {*stands(desk, one.id).gpus} & {"atlas:0"}
    assert stands(desk, one.id).window == one.window
    assert told(owed) == [(ALICE.id, "re-placed"), ("C0GPUS", "out")]


def test_a_movable_one_without_other_gpus_moves_inside_its_bounds(desk):
    booked(desk, BOB, count=3, start=8, end=20)
    one = booked(desk, ALICE, before(4, 40))
    assert one.window.start == NOW
    two = booked(desk, ALICE, before(4, 40))
    assert two.window.start == monday(12)
    assert acts(out(desk, "atlas:3", start=12, end=30)) == [(two.id, "re-placed")]
    moved = stands(desk, two.id)
    assert (moved.window.start, moved.window.length, moved.movable) == (monday(20), two.window.length, True)


def test_a_fixed_one_without_a_place_is_displaced_and_waits_with_offers(desk, owed):
    booked(desk, BOB, count=2)
    one = booked(desk, ALICE, count=2)
    outcome = out(desk, *one.gpus)
    assert acts(outcome) == [(one.id, "displaced")]
    assert stands(desk, one.id).state is State.DISPLACED
    (waiting,) = waits(desk)
    assert (waiting.request.count, waiting.request.when.window, waiting.created_at) == (2, one.window, one.created_at)
    (notice,) = [note for note in owed() if note.kind is NoticeKind.OUTAGE and note.to == ALICE.id]
    assert notice.facts["waiting"] == waiting.label
    assert offers_from_json(notice.facts["offers"]) != ()


def test_one_that_runs_gets_a_spare_on_its_node_in_place_of_the_broken_one(desk):
    one = booked(desk, ALICE, named("atlas:0", "atlas:1", start=8))
    assert acts(out(desk, "atlas:0", now=SOON)) == [(one.id, "re-placed")]
    assert (stands(desk, one.id).gpus, stands(desk, one.id).state) == (("atlas:2", "atlas:1"), State.ACTIVE)


def test_without_a_spare_it_keeps_those_that_work_and_the_rest_waits(desk):
    one = booked(desk, ALICE, count=4, start=8, end=17)
    assert acts(out(desk, "atlas:1", now=SOON)) == [(one.id, "reduced")]
    assert stands(desk, one.id).gpus == ("atlas:0", "atlas:2", "atlas:3")
    (waiting,) = waits(desk)
    assert (waiting.request.count, waiting.request.when.window) == (1, Window(SOON, one.window.end))


def test_one_that_runs_on_nothing_else_ends_now(desk):
    one = booked(desk, ALICE, count=4, start=8, end=17)
    assert acts(out(desk, *ATLAS, now=SOON)) == [(one.id, "displaced")]
    assert (stands(desk, one.id).state, stands(desk, one.id).window.end) == (State.DISPLACED, SOON)


def test_one_that_runs_until_an_outage_ahead_ends_then(desk):
    one = booked(desk, ALICE, named("atlas:0", start=8, end=17))
    assert acts(out(desk, "atlas:0", start=12, end=20, now=SOON)) == [(one.id, "shortened")]
    now = stands(desk, one.id)
    assert (now.state, now.window.end) == (State.ACTIVE, monday(12))


def test_two_that_are_hit_do_not_get_the_same_gpus(desk):
    first, second = booked(desk, ALICE, named("atlas:0")), booked(desk, BOB, named("atlas:1", member=BOB.id))
    out(desk, "atlas:0", "atlas:1")
    assert {stands(desk, first.id).gpus, stands(desk, second.id).gpus} == {("atlas:2",), ("atlas:3",)}


def test_what_ends_before_it_is_left_alone(desk):
    one = booked(desk, ALICE, named("atlas:0", end=12))
    assert out(desk, "atlas:0", start=12).hits == ()
    assert stands(desk, one.id) == one


def test_an_outage_of_the_same_gpu_is_replaced_by_a_new_one(desk):
    out(desk, "atlas:0", end=48)
    out(desk, "atlas:0", end=20, reason="fan, sooner")
    assert [(one.window.end, one.reason) for one in desk.outages(NOW)] == [(monday(20), "fan, sooner")]
    assert booked(desk, ALICE, named("atlas:0", start=20, end=24)).state is State.BOOKED


def test_it_ends_by_itself_once_and_the_lab_is_told(desk, owed):
    out(desk, "atlas:0", end=10)
    assert desk.end_outages(monday(10) - timedelta(minutes=1)) == 0
    assert desk.end_outages(monday(10)) == 1
    assert desk.end_outages(monday(10)) == 0
    assert desk.outages(monday(10)) == ()
    assert told(owed)[-1] == ("C0GPUS", "back")


def test_who_waits_is_served_when_it_is_ended_early(desk):
    out(desk, "atlas:0")
    booked(desk, BOB, count=3, start=8, end=20)
    desk.wait(request(1, 8, 12, member=CAROL.id), CAROL, NOW)
    assert isinstance(desk.bring_back(ADA, ["atlas:0"], SOON), Back)
    (waiting,) = waits(desk)
    assert waiting.offered is not None
    assert stands(desk, waiting.offered).gpus == ("atlas:0",)


def test_only_admins_do_it_and_what_works_cannot_be_brought_back(desk):
    with pytest.raises(NotYours):
        desk.take_out(ALICE, ["atlas:0"], window(8, 20), "", NOW)
    with pytest.raises(NotYours):
        desk.bring_back(ALICE, ["atlas:0"], NOW)
    with pytest.raises(WrongState, match="in service already"):
        desk.bring_back(ADA, ["atlas:0"], NOW)


def test_an_undone_transaction_leaves_no_trace(desk, monkeypatch):
    one = booked(desk, ALICE, count=4, start=8, end=17)
    before = desk.board(NOW)

    def fail(*_, **__) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(desk, "_tell_hit", fail)
    with pytest.raises(ZeroDivisionError):
        out(desk, "atlas:0")
    assert desk.board(NOW) == before
    assert (desk.outages(NOW), stands(desk, one.id), waits(desk)) == ((), one, ())


def test_undo_gives_nothing_back_that_is_out_by_then(desk):
    one = booked(desk, ALICE, named("atlas:0"))
    desk.release(ALICE, one.id, NOW)
    out(desk, "atlas:0", now=NOW)
    with pytest.raises(WrongState, match="somebody else has GPUs"):
        desk.undo(ALICE, one.id, NOW + timedelta(minutes=5))


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_done_nobody_holds_what_is_out_and_the_warm_calendar_is_as_a_new_one(engine, ledger, rounds, seed):
    dice = random.Random(seed)
    desks = [Desk(ledger, FREE), Desk(Ledger(engine), FREE)]
    gpus = [*FREE.gpus]
    now, ids = NOW, []
    hits = 0
    for _ in range(rounds(60, 1000)):
        desk, who = dice.choice(desks), dice.choice([ALICE, BOB, CAROL])
        now += timedelta(minutes=dice.choice([0, 1, 30, 90]))
        start = now + timedelta(minutes=dice.choice([0, 0, 60, 300]))
        start = start.replace(second=0, microsecond=0)
        length = timedelta(minutes=dice.choice([30, 120, 600]))
        try:
            match dice.choice(["book", "book", "book", "movable", "out", "back", "release", "undo", "tick", "tick"]):
                case "book":
                    wanted = replace(request(dice.choice([1, 2, 4]), pool=dice.choice(["a100", "3090"]), member=who.id))
                    wanted = replace(wanted, when=replace(wanted.when, window=Window(start, start + length)))
                    outcome = desk.reserve(wanted, who, now)
                    assert isinstance(outcome, Booked)
                    ids += [] if isinstance(outcome.decision, Refused) else [outcome.reservation.id]
                case "movable":
                    hour = (start - monday()) / timedelta(hours=1)
                    wanted = before(2, hour + dice.choice([3, 12]), member=who.id)
                    wanted = replace(wanted, when=replace(wanted.when, not_before=start))
                    outcome = desk.reserve(wanted, who, now)
                    ids += [outcome.reservation.id] if outcome.reservation else []
                case "out":
                    chosen = dice.sample(gpus, dice.choice([1, 1, 3]))
                    hits += len(desk.take_out(ADA, chosen, Window(start, start + length), "", now).hits)
                case "back":
                    desk.bring_back(ADA, dice.sample(gpus, 3), now)
                case "release":
                    desk.release(ADA, dice.choice(ids or [0]), now)
                case "undo":
                    desk.undo(ADA, dice.choice(ids or [0]), now)
                case "tick":
                    desk.end_outages(now)
                    desk.turnover(now)
                    desk.serve_waitlist(now)
        except BotError:
            pass
        check(desks, now)
    assert hits > 0


def check(desks, now) -> None:
    with desks[0].ledger.reading() as book:
        held, outages, version = book.changes(0), book.outages(), book.version
    for one in held:
        broken = [each for each in outages if each.gpu in one.gpus and each.window.overlaps(one.window)]
        # One that runs may have been hit while it ran out anyway: what has passed is past.
        assert all(min(each.window.end, one.window.end) <= now for each in broken), (one, broken)
    fresh = Calendar(FREE, minute_of(NOW))
    fresh.apply(held, version)
    fresh.take_out(outages)
    start = minute_of(now)
    for desk in desks:
        desk.board(now)
        for name, pool in desk._calendar.pools.items():
            assert pool.minutes.masks(start, start + 3000) == fresh.pools[name].minutes.masks(start, start + 3000)
