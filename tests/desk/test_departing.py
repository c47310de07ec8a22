"""GPUs that leave the lab file, and people who leave the workspace."""

from dataclasses import replace

from bot.booking.lifecycle import State
from bot.booking.members import Member
from bot.booking.model import Fixed, Request
from bot.booking.notices import NoticeKind
from bot.desk import Booked, Desk
from make import ALICE, BOB, lab, monday, node, request, window
from storage.ledger import Ledger
from storage.outbox import Outbox

NOW = monday(8)
LATER = monday(8.5)


def booked(desk: Desk, who: Member, wanted: Request) -> int:
    outcome = desk.reserve(wanted, who, NOW)
    assert isinstance(outcome, Booked)
    assert outcome.reservation is not None
    return outcome.reservation.id


def without(ledger: Ledger, *left: int) -> Desk:
    """The desk of a lab whose atlas has only the GPUs with these numbers."""
    whole = lab()
    atlas = replace(whole.nodes[0], gpus=tuple(gpu for gpu in whole.nodes[0].gpus if gpu.index in left))
    smaller = lab(*([atlas] if left else []), whole.nodes[1])
    ledger.sync_gpus(smaller)
    return Desk(ledger, smaller)


def named(*gpus: str, start: float = 9, end: float = 17) -> Request:
    return Request(ALICE.id, len(gpus), Fixed(window(start, end)), gpus=gpus, asked_by=ALICE.id)


def told(ledger: Ledger) -> set[tuple[str, str, str]]:
    claimed = Outbox(ledger).claim(monday(9), monday(10) - monday(9), 50)
    return {(one.notice.kind.value, one.notice.to, one.notice.facts["act"]) for one in claimed}


def test_a_future_reservation_gets_other_gpus_of_its_pool_and_its_holder_is_told(ledger: Ledger) -> None:
    id_ = booked(Desk(ledger, lab()), ALICE, named("atlas:0", "atlas:1"))
    desk = without(ledger, 2, 3)
    assert desk.gpus_left(LATER) == 1
    reservation, history = desk.show(id_, LATER)
    assert (reservation.state, reservation.gpus) == (State.BOOKED, ("atlas:2", "atlas:3"))
    assert history[-1].act == "re-placed"
    assert (NoticeKind.DECISION.value, ALICE.id, "re-placed") in told(ledger)
    assert desk.gpus_left(LATER) == 0


def test_where_there_is_no_other_gpu_it_is_displaced_and_the_admins_are_told_too(ledger: Ledger) -> None:
    id_ = booked(Desk(ledger, lab()), ALICE, named("atlas:0", "atlas:1"))
    desk = without(ledger)
    assert desk.gpus_left(LATER) == 1
    assert desk.show(id_, LATER)[0].state is State.DISPLACED
    assert {("decision", ALICE.id, "displaced"), ("decision", "C0ADMIN", "displaced")} <= told(ledger)


def test_one_that_runs_ends_now(ledger: Ledger) -> None:
    id_ = booked(Desk(ledger, lab()), ALICE, named("atlas:0", start=8, end=17))
    desk = without(ledger, 1, 2, 3)
    assert desk.gpus_left(LATER) == 1
    reservation, _ = desk.show(id_, LATER)
    assert (reservation.state, reservation.window.end) == (State.DISPLACED, LATER)


def test_two_that_are_stranded_do_not_get_the_same_gpus(ledger: Ledger) -> None:
    first = Desk(ledger, lab())
    ids = [
        booked(first, ALICE, named("atlas:0")),
        booked(first, BOB, replace(request(1, member=BOB.id), gpus=("atlas:1",))),
    ]
    desk = without(ledger, 2, 3)
    assert desk.gpus_left(LATER) == 2
    gpus = {desk.show(id_, LATER)[0].gpus for id_ in ids}
    assert gpus == {("atlas:2",), ("atlas:3",)}


def test_what_somebody_who_left_had_not_begun_is_cancelled_and_the_admins_are_told(ledger: Ledger) -> None:
    desk = Desk(ledger, lab())
    future = booked(desk, BOB, request(1, member=BOB.id))
    running = booked(desk, BOB, request(1, 8, 12, pool="3090", member=BOB.id))
    kept = booked(desk, ALICE, request(1))
    assert desk.members_left([BOB.id], LATER) == 1
    assert [desk.show(id_, LATER)[0].state for id_ in (future, running, kept)] == [
        State.CANCELLED,
        State.ACTIVE,
        State.BOOKED,
    ]
    assert ("decision", "C0ADMIN", "cancelled") in told(ledger)


def test_a_node_that_is_there_still_is_left_alone(ledger: Ledger) -> None:
    desk = Desk(ledger, lab(node("atlas", "a100", 4), node("titan", "3090", 4)))
    booked(desk, ALICE, request(2))
    assert desk.gpus_left(LATER) == 0
