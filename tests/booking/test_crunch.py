"""The days before a deadline: caps, the kept part, and when they bind."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.booking.amend import extend
from bot.booking.calendar import Calendar
from bot.booking.decide import decide
from bot.booking.decision import Decision, Granted, Held, Refused
from bot.booking.lab import Crunch, Deadline, Lab, Policy
from bot.booking.lifecycle import State
from bot.booking.model import Before, Promise, Request, Reservation, Waiting, minute_of
from bot.booking.reasons import Alone, KeptFor, OverCrunch
from bot.booking.snapshot import Scene, Snapshot
from make import ALICE, BOB, CAROL, lab, monday, node, request, reservation

NOW = monday(8)
EIGHT = lab(node("atlas", "a100", 8), policy=Policy(max_share=1))
AT = monday(8 + 48)
NEURIPS = Promise(AT, AT, "neurips")
CAP = Deadline("neurips", AT, crunch=Crunch(days=1, max_share=0.25))
KEEP = Deadline("neurips", AT, crunch=Crunch(days=1, keep=0.5))


def run(member: str = BOB.id, *, promise: Promise = NEURIPS, count: int = 1, **of: object) -> Request:
    when = Before(timedelta(hours=4), promise, NOW)
    return replace(Request(member, count, when, pool="a100"), **of)


def waits(member: str = BOB.id, *, withdrawn: bool = False, **of: object) -> Waiting:
    return Waiting(1, run(member, **of), NOW, withdrawn=withdrawn)


def decided(
    wanted: Request,
    deadlines: tuple[Deadline, ...],
    *held: Reservation,
    waiting: tuple[Waiting, ...] = (),
    of: Lab = EIGHT,
) -> Decision:
    calendar = Calendar(of, minute_of(NOW))
    calendar.apply(held, 1)
    snapshot = Snapshot(calendar.of(wanted.member), (), calendar.pending(), waiting=waiting, deadlines=deadlines)
    return decide(wanted, snapshot, calendar, of.policy, NOW)


# A day of eight GPUs has 192 GPU-hours, a quarter of which is 48.
IN_CRUNCH = request(5, 8 + 30, 8 + 40)  # 50 GPU-hours of Alice's
FEWER = request(4, 8 + 30, 8 + 40)


def test_who_is_without_the_deadline_is_capped_while_somebody_waits_with_it() -> None:
    assert decided(IN_CRUNCH, (CAP,), waiting=(waits(),)).limits == (OverCrunch("neurips", 50, 48, 1, "a100"),)  # type: ignore[union-attr]
    assert isinstance(decided(FEWER, (CAP,), waiting=(waits(),)), Granted)


def test_what_the_member_holds_there_without_the_deadline_counts_and_what_is_for_it_does_not() -> None:
    mine = reservation(1, 8 + 20, 8 + 30, ("atlas:0", "atlas:1"))  # 6 of its 10 hours lie inside of the day
    decision = decided(FEWER, (CAP,), mine, waiting=(waits(),))
    assert isinstance(decision, Held)
    assert decision.limits == (OverCrunch("neurips", 40 + 12, 48, 1, "a100"),)
    claimed = replace(mine, movable=True, promise=NEURIPS, not_before=NOW)
    assert isinstance(decided(FEWER, (CAP,), claimed, waiting=(waits(),)), Granted)
    assert isinstance(decided(FEWER, (CAP,), replace(claimed, withdrawn=True), waiting=(waits(),)), Held)


@pytest.mark.parametrize(
    ("waiting", "binds"),
    [
        ((), False),
        ((waits(),), True),
        ((waits(withdrawn=True),), False),
        ((waits(ALICE.id),), False),
        ((waits(promise=Promise(AT, AT, "iclr")),), False),
        ((waits(promise=Promise(AT, AT, "NeurIPS abstract")),), True),
        ((waits(promise=Promise(AT, AT)),), False),
        ((waits(pool="h100"),), False),
        ((waits(pool=None),), True),
        ((waits(pool=None, gpus=("titan:0",)),), False),
        ((waits(), waits(CAROL.id, withdrawn=True)), True),
    ],
)
@pytest.mark.parametrize("deadline", [CAP, KEEP])
def test_it_binds_only_while_another_waits_for_the_pool_with_a_claim(
    deadline: Deadline, waiting: tuple[Waiting, ...], binds: bool
) -> None:
    decision = decided(IN_CRUNCH, (deadline,), waiting=waiting)
    assert isinstance(decision, Held if binds else Granted)
    assert isinstance(decision, Held) or len(decision.over) == 1  # type: ignore[union-attr]


@pytest.mark.parametrize(("withdrawn", "verdict"), [(False, Held), (True, Granted)])
def test_who_waits_for_an_admin_with_the_deadline_waits_too(withdrawn: bool, verdict: type) -> None:
    pending = replace(
        reservation(1, 9, 10, ("atlas:7",), member=BOB.id, state=State.PENDING),
        movable=True,
        promise=NEURIPS,
        not_before=NOW,
        withdrawn=withdrawn,
    )
    assert isinstance(decided(IN_CRUNCH, (CAP,), pending), verdict)


def test_work_for_the_deadline_is_neither_capped_nor_kept_out() -> None:
    both = replace(CAP, crunch=Crunch(days=2, max_share=0.01, keep=0.9))
    assert isinstance(decided(run(ALICE.id, count=8), (both,), waiting=(waits(),)), Granted)


def test_the_kept_part_is_lent_out_until_the_notice_that_a_move_takes() -> None:
    soon, later = request(5, 8 + 12, 8 + 34), request(5, 8 + 12.5, 8 + 34)
    assert isinstance(decided(soon, (KEEP,), waiting=(waits(),)), Granted)
    assert decided(later, (KEEP,), waiting=(waits(),)).limits == (KeptFor("neurips", 4, "a100"),)  # type: ignore[union-attr]


def test_all_work_without_the_deadline_together_leaves_the_kept_part() -> None:
    carols = reservation(1, 8 + 30, 8 + 34, ("atlas:0", "atlas:1"), member=CAROL.id)
    ends_before = reservation(2, 8 + 20, 8 + 30, ("atlas:0", "atlas:1", "atlas:2"), member=CAROL.id)
    three, two = request(3, 8 + 30, 8 + 36), request(2, 8 + 30, 8 + 36)
    assert isinstance(decided(three, (KEEP,), carols, ends_before, waiting=(waits(),)), Held)
    assert isinstance(decided(two, (KEEP,), carols, ends_before, waiting=(waits(),)), Granted)
    claimed = replace(carols, movable=True, promise=NEURIPS, not_before=NOW)
    assert isinstance(decided(three, (KEEP,), claimed, ends_before, waiting=(waits(),)), Granted)


@pytest.mark.parametrize(
    ("wanted", "deadline"),
    [
        (request(8, 8 + 13, 8 + 24), KEEP),  # before its days
        (request(8, 8 + 48, 8 + 60), KEEP),  # after it
        (IN_CRUNCH, replace(KEEP, crunch=Crunch(days=1, keep=0.5, max_share=0.1, pools=("h100",)))),
        (IN_CRUNCH, replace(KEEP, crunch=None)),
        (IN_CRUNCH, replace(KEEP, at=NOW)),
    ],
)
def test_other_days_and_other_pools_are_left_alone(wanted: Request, deadline: Deadline) -> None:
    assert decided(wanted, (deadline,), waiting=(waits(),)).over == ()  # type: ignore[union-attr]


def test_of_crunches_that_overlap_the_nearest_counts_among_those_waited_for() -> None:
    later = Deadline("iclr", AT + timedelta(hours=6), crunch=Crunch(days=2, max_share=0.01))
    both = (later, CAP)
    iclr = waits(promise=Promise(later.at, later.at, "iclr"))
    assert isinstance(decided(FEWER, both, waiting=(waits(), iclr)), Granted)
    decision = decided(FEWER, both, waiting=(iclr,))
    assert isinstance(decision, Held)
    assert [limit.deadline for limit in decision.limits if isinstance(limit, OverCrunch)] == ["iclr"]
    nobody = decided(IN_CRUNCH, both)
    assert isinstance(nobody, Granted)
    assert [limit.deadline for limit in nobody.over if isinstance(limit, OverCrunch)] == ["neurips"]


def test_a_kept_part_is_at_least_one_gpu() -> None:
    little = replace(KEEP, crunch=Crunch(days=1, keep=0.01))
    assert decided(request(8, 8 + 30, 8 + 31), (little,), waiting=(waits(),)).limits[-1] == KeptFor(
        "neurips", 1, "a100"
    )  # type: ignore[union-attr]


@pytest.mark.parametrize(("withdrawn", "verdict"), [(False, Granted), (True, Refused)])
def test_a_reservation_for_the_deadline_keeps_its_claim_when_it_is_extended(withdrawn: bool, verdict: type) -> None:
    made = replace(
        reservation(1, 8 + 30, 8 + 36, tuple(f"atlas:{index}" for index in range(4))),
        movable=True,
        promise=NEURIPS,
        not_before=NOW,
        withdrawn=withdrawn,
    )
    calendar = Calendar(EIGHT, minute_of(NOW))
    calendar.apply([made], 1)
    snapshot = Snapshot((made,), waiting=(waits(),), deadlines=(replace(CAP, crunch=Crunch(1, max_share=0.2)),))
    decision = extend(made, monday(8 + 42), Scene(snapshot, calendar, EIGHT.policy, NOW))
    assert isinstance(decision, verdict)
    if isinstance(decision, Refused):
        assert decision.refusals == (Alone(OverCrunch("neurips", 48, 38.400000000000006, 1, "a100")),)


def test_a_deadline_a_second_before_midnight_has_its_crunch_days_in_whole_minutes():
    at = monday(47.999)  # as "23:59:59" is written
    made = lab(deadlines=(Deadline("iclr", at, "AoE", Crunch(7, max_share=0.25)),))
    calendar = Calendar(made, minute_of(monday()))
    snapshot = Snapshot(deadlines=made.deadlines)
    assert isinstance(decide(request(2), snapshot, calendar, made.policy, monday()), Granted)
