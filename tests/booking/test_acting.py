"""What follows from findings: who is told when, what is passed on, and which GPUs are bound at a start."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from bot.booking.acting import Ask, PassOn, Stage, TellAdmins, TellUser, due, emptiest
from bot.booking.findings import Open, Seen, changes
from bot.booking.lab import Policy
from bot.booking.lifecycle import State
from bot.booking.observed import Fault, Finding, FindingKind
from make import ALICE, BOB, monday, reservation

NOW = monday(10)
TWO = reservation(1, 9, 17, ("atlas:0", "atlas:1"), state=State.ACTIVE)
_ids = count(1)


def stands(kind: FindingKind, gpu: str = "atlas:0", *, of: int = 1, login: str | None = None, **done: Any) -> Open:
    return Open(next(_ids), Finding(kind, gpu, NOW, of, login), NOW, **done)


def stage(*, waited: bool = True, now: datetime = NOW, rule: Any = "if-waited-for", **of: Any) -> Stage:
    values: dict[str, Any] = {
        "policy": Policy(release_idle=rule),
        "now": now,
        "running": {1: TWO},
        "unsure": frozenset(),
        "waited_for": lambda _: waited,
        "logins": {"bob": BOB.id},
        "zones": {},
    }
    return Stage(**values | of)


def test_the_holder_is_asked_and_told_until_when_if_somebody_waits() -> None:
    unused = stands(FindingKind.UNUSED)
    parked = stands(FindingKind.PARKED, "atlas:1")
    (step,) = due([unused, parked], stage())
    assert step == Ask(TWO, (unused, parked), waited_for=True, answer_by=NOW + timedelta(minutes=30))


@pytest.mark.parametrize(("rule", "waited"), [("if-waited-for", False), ("never", True)])
def test_without_need_they_are_asked_and_nothing_is_threatened(rule: str, waited: bool) -> None:
    (step,) = due([stands(FindingKind.UNUSED)], stage(rule=rule, waited=waited))
    assert isinstance(step, Ask)
    assert step.answer_by is None


def test_a_lab_may_pass_idle_gpus_on_even_where_nobody_waits() -> None:
    (step,) = due([stands(FindingKind.UNUSED)], stage(rule="always", waited=False))
    assert isinstance(step, Ask)
    assert step.answer_by == NOW + timedelta(minutes=30)


@pytest.mark.parametrize("kind", [FindingKind.PARKED, FindingKind.PARTLY_USED])
def test_what_is_held_or_partly_used_is_never_passed_on(kind: FindingKind) -> None:
    one = stands(kind)
    (step,) = due([one], stage(rule="always"))
    assert isinstance(step, Ask)
    assert step.answer_by is None
    late = replace(one, told_at=NOW, answer_by=NOW)
    assert due([late], stage(rule="always", now=NOW + timedelta(hours=3))) == ()


def test_the_time_to_answer_runs_in_the_holders_waking_hours() -> None:
    night = NOW.replace(hour=2)
    running = {1: replace(TWO, window=reservation(1, 0, 17).window)}
    (step,) = due([stands(FindingKind.UNUSED)], stage(now=night, running=running, zones={ALICE.id: "Europe/Berlin"}))
    assert isinstance(step, Ask)
    assert step.answer_by == NOW.replace(hour=7, minute=30)  # 08:30 in Berlin


def test_what_nobody_answered_for_is_passed_on_and_not_before() -> None:
    by = NOW + timedelta(minutes=30)
    one = stands(FindingKind.UNUSED, "atlas:1", told_at=NOW, answer_by=by)
    held = stands(FindingKind.PARKED, "atlas:0", told_at=NOW, answer_by=by)
    assert due([one, held], stage(now=by - timedelta(minutes=1))) == ()
    (step,) = due([one, held], stage(now=by))
    assert step == PassOn(TWO, (one,))
    assert isinstance(step, PassOn)
    assert step.gpus == ("atlas:1",)


@pytest.mark.parametrize(
    "changed",
    [
        {"waited": False},
        {"rule": "never"},
        {"unsure": {(FindingKind.UNUSED, "atlas:0")}},
        {"running": {}},
    ],
)
def test_it_is_not_passed_on_where_any_of_it_does_not_hold_any_more(changed: Mapping[str, Any]) -> None:
    one = stands(FindingKind.UNUSED, told_at=NOW - timedelta(minutes=30), answer_by=NOW)
    assert due([one], stage(**changed)) == ()
    assert due([replace(one, answered_at=NOW)], stage()) == ()
    assert [type(step) for step in due([one], stage())] == [PassOn]


def test_who_was_asked_is_asked_again_only_when_somebody_begins_to_wait() -> None:
    one = stands(FindingKind.UNUSED, told_at=NOW)
    later = NOW + timedelta(minutes=30)
    assert due([one], stage(now=later, waited=False)) == ()
    assert due([one], stage(now=later - timedelta(minutes=1))) == ()
    (step,) = due([one], stage(now=later))
    assert isinstance(step, Ask)
    assert step.answer_by == later + timedelta(minutes=30)


def test_who_uses_it_still_is_left_in_peace_for_a_while() -> None:
    said = stands(FindingKind.PARKED, told_at=NOW, answered_at=NOW)
    new = stands(FindingKind.UNUSED, "atlas:1")
    assert due([said, new], stage(now=NOW + timedelta(hours=3))) == ()
    assert [type(step) for step in due([said, new], stage(now=NOW + timedelta(hours=4)))] == [Ask]


def test_what_is_over_soon_is_not_worth_a_question() -> None:
    one = stands(FindingKind.UNUSED)
    assert due([one], stage(now=TWO.window.end - timedelta(minutes=29))) == ()


def test_a_squatter_hears_of_it_first_and_the_admins_after_a_grace() -> None:
    one = stands(FindingKind.SQUATTER, of=0, login="bob")
    other = stands(FindingKind.SQUATTER, "atlas:1", of=0, login="bob")
    assert due([one, other], stage()) == (TellUser(BOB.id, FindingKind.SQUATTER, (one, other)),)
    told = replace(one, told_at=NOW)
    assert due([told], stage(now=NOW + timedelta(minutes=29))) == ()
    after = stage(now=NOW + timedelta(minutes=30))
    assert due([told], after) == (TellAdmins(FindingKind.SQUATTER, (told,)),)
    assert due([replace(told, admins_at=NOW)], after) == ()


@pytest.mark.parametrize("login", [None, "mallory"])
def test_of_who_is_not_known_the_admins_hear_at_once(login: str | None) -> None:
    one = stands(FindingKind.SQUATTER, of=0, login=login)
    assert due([one], stage()) == (TellAdmins(FindingKind.SQUATTER, (one,)),)


def test_who_lingers_has_a_quarter_hour() -> None:
    one = stands(FindingKind.OVERRUN, of=7, login="bob")
    assert due([one], stage()) == (TellUser(BOB.id, FindingKind.OVERRUN, (one,)),)
    told = replace(one, told_at=NOW)
    assert due([told], stage(now=NOW + timedelta(minutes=14))) == ()
    assert [type(step) for step in due([told], stage(now=NOW + timedelta(minutes=15)))] == [TellAdmins]


def test_gpus_that_are_gone_are_told_of_together_and_once() -> None:
    lost = [stands(FindingKind.LOST, gpu) for gpu in ("atlas:0", "atlas:1")]
    assert due(lost, stage()) == (TellAdmins(FindingKind.LOST, tuple(lost)),)
    assert due([replace(one, admins_at=NOW) for one in lost], stage()) == ()


def test_silence_neither_ends_a_finding_nor_lets_it_outlive_its_reservation() -> None:
    one = stands(FindingKind.UNUSED)
    unsure = Seen(NOW, unsure=frozenset({(FindingKind.UNUSED, "atlas:0")}))
    assert changes([one], unsure, {1}) == ((), ())
    assert changes([one], unsure, set()) == ((one,), ())
    assert changes([one], Seen(NOW), {1}) == ((one,), ())


def test_a_finding_that_holds_on_is_one_and_another_in_its_place_is_new() -> None:
    one = stands(FindingKind.SQUATTER, of=0, login="bob")
    again = replace(one.finding, since=NOW + timedelta(hours=1))
    assert changes([one], Seen(NOW, (again,)), ()) == ((), ())
    other = replace(one.finding, login="eve")
    assert changes([one], Seen(NOW, (other,)), ()) == ((one,), (Open(0, other, NOW),))
    lost = Finding(FindingKind.LOST, "atlas:0", NOW, fault=Fault.LOST)
    assert changes([], Seen(NOW, (lost,)), ()) == ((), (Open(0, lost, NOW),))


def test_what_is_idle_in_another_way_than_before_is_no_news_to_its_holder() -> None:
    told = stands(FindingKind.UNUSED, told_at=NOW, answer_by=NOW, answered_at=NOW)
    parked = replace(told.finding, kind=FindingKind.PARKED)
    assert changes([told], Seen(NOW, (parked,)), {1}) == (
        (told,),
        (Open(0, parked, NOW, told_at=NOW, answered_at=NOW),),
    )
    elsewhere = replace(parked, gpu="atlas:1")
    assert changes([told], Seen(NOW, (elsewhere,)), {1})[1] == (Open(0, elsewhere, NOW),)


def test_at_the_start_a_gpu_on_which_somebody_lingers_is_exchanged_for_an_empty_one_of_its_node() -> None:
    on = {"atlas:0": ("bob",), "atlas:1": (), "atlas:2": (), "atlas:3": ("eve",), "titan:0": ()}
    assert emptiest(TWO, ("titan:0", "atlas:3", "atlas:2"), on) == ("atlas:2", "atlas:1")
    assert emptiest(TWO, ("titan:0", "atlas:3"), on) == TWO.gpus
    assert emptiest(replace(TWO, named=True), ("atlas:2",), on) == TWO.gpus
    assert emptiest(TWO, ("atlas:2",), {"atlas:0": ("bob",)}) == TWO.gpus, "of which there is no reading"
    assert emptiest(TWO, ("atlas:2",), {**on, "atlas:1": (None,)}) == ("atlas:2", "atlas:1")
