"""What is found is kept and acted upon: asked, told, passed on, on both databases."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from bot.booking.findings import Seen
from bot.booking.lifecycle import State
from bot.booking.notices import NoticeKind
from bot.booking.observed import Fault, Finding, FindingKind
from bot.desk import Desk
from bot.errors import NotYours, WrongState
from desks import NOW, booked, changed, named, stands
from make import ADA, ALICE, BOB, CAROL, lab, monday, request
from storage.tables import FINDING

LOGINS = {"alice": ALICE.id, "bob": BOB.id}
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture
def desk(ledger) -> Desk:
    return Desk(ledger, replace(lab(), logins=LOGINS))


def running(desk: Desk, *gpus: str, end: float = 20) -> int:
    """A reservation of alice's that has begun, on these GPUs."""
    return booked(desk, ALICE, named(*gpus, start=8, end=end)).id


def found(kind: FindingKind, *gpus: str, of: int = 0, at: datetime = NOW, **more: Any) -> Seen:
    return Seen(at, tuple(Finding(kind, gpu, NOW, of, **more) for gpu in gpus))


def told(owed, act: str = "") -> list[Any]:
    return [one for one in owed() if one.kind is NoticeKind.WATCH and one.facts["act"].startswith(act)]


def carol_waits(desk: Desk, count: int = 4) -> None:
    desk.wait(request(count, 8, 16, member=CAROL.id), CAROL, NOW)


def test_findings_are_kept_once_each_and_close_when_they_do_not_hold_any_more(desk):
    id_ = running(desk, "atlas:0", "atlas:1")
    seen = found(FindingKind.PARKED, "atlas:0", "atlas:1", of=id_)
    desk.take_seen(seen, NOW)
    first = desk.findings(NOW)
    desk.take_seen(seen, NOW + HALF_HOUR)
    assert [one.id for one in desk.findings(NOW)] == [one.id for one in first]
    assert {one.finding.gpu for one in first} == {"atlas:0", "atlas:1"}
    desk.take_seen(replace(seen, findings=seen.findings[:1]), NOW)
    assert [one.finding.gpu for one in desk.findings(NOW)] == ["atlas:0"]
    desk.take_seen(Seen(NOW, unsure=frozenset({(FindingKind.PARKED, "atlas:0")})), NOW)
    assert len(desk.findings(NOW)) == 1
    desk.release(ALICE, id_, NOW)
    desk.take_seen(Seen(NOW, unsure=frozenset({(FindingKind.PARKED, "atlas:0")})), NOW)
    assert desk.findings(NOW) == ()


def test_a_second_open_finding_of_a_kind_on_a_gpu_is_refused_by_the_database(desk):
    desk.take_seen(found(FindingKind.LOST, "atlas:0", fault=Fault.LOST), NOW)
    row = {"kind": "lost", "gpu": "atlas:0", "since": NOW, "opened_at": NOW}
    with pytest.raises(IntegrityError), desk.ledger.writing() as book:
        book._connection.execute(insert(FINDING), row)
    with desk.ledger.writing() as book:
        book._connection.execute(insert(FINDING), row | {"closed_at": NOW})
    assert len(desk.findings(NOW)) == 1


def test_where_nothing_has_changed_nothing_is_written(desk):
    desk.take_seen(found(FindingKind.LOST, "atlas:0", fault=Fault.LOST), NOW)
    before = desk.version(NOW)
    assert desk.take_seen(found(FindingKind.LOST, "atlas:0", fault=Fault.LOST), NOW) == 0
    assert desk.version(NOW) == before


def test_the_holder_is_asked_once_and_told_until_when_where_somebody_waits(desk, owed):
    id_ = running(desk, "atlas:0", "atlas:1")
    carol_waits(desk)
    seen = found(FindingKind.UNUSED, "atlas:0", "atlas:1", of=id_)
    for _ in range(3):
        desk.take_seen(seen, NOW)
    (notice,) = told(owed)
    assert (notice.to, notice.reservation, notice.facts["act"]) == (ALICE.id, id_, "idle")
    assert notice.facts["until"] == (NOW + HALF_HOUR).isoformat()
    assert notice.facts["waited_for"] == "yes"


def test_who_waits_for_other_gpus_or_is_the_holder_is_no_reason(desk, owed):
    id_ = running(desk, "atlas:0")
    booked(desk, BOB, request(4, 8, 16, pool="3090", member=BOB.id))
    desk.wait(request(4, 8, 16, pool="3090", member=CAROL.id), CAROL, NOW)
    desk.wait(request(4, 8, 16, member=ALICE.id), ALICE, NOW)
    desk.take_seen(found(FindingKind.UNUSED, "atlas:0", of=id_), NOW)
    (notice,) = told(owed)
    assert "until" not in notice.facts


def test_what_nobody_answers_for_is_passed_on_and_offered_to_who_waits(desk, owed):
    id_ = running(desk, "atlas:0", "atlas:1")
    booked(desk, BOB, named("atlas:2", "atlas:3", start=8, end=20, member=BOB.id))
    carol_waits(desk, 1)
    seen = Seen(
        NOW,
        (Finding(FindingKind.UNUSED, "atlas:0", NOW, id_), Finding(FindingKind.PARKED, "atlas:1", NOW, id_)),
    )
    desk.take_seen(seen, NOW)
    assert stands(desk, id_).count == 2
    desk.take_seen(seen, NOW + HALF_HOUR - timedelta(minutes=1))
    assert stands(desk, id_).count == 2
    desk.take_seen(seen, NOW + HALF_HOUR)
    after = stands(desk, id_)
    assert (after.gpus, after.state) == (("atlas:1",), State.ACTIVE)
    (notice,) = told(owed, "passed_on")
    assert (notice.to, notice.facts["given"]) == (ALICE.id, "atlas:0")
    (offered,) = [one for one in desk.waiting(NOW + HALF_HOUR) if one.waiting.member == CAROL.id]
    assert stands(desk, offered.waiting.offered).gpus == ("atlas:0",)
    assert [one.finding.gpu for one in desk.findings(NOW)] == ["atlas:1"]


def test_all_of_it_unused_and_unanswered_ends_it(desk):
    id_ = running(desk, "atlas:0", "atlas:1")
    carol_waits(desk)
    seen = found(FindingKind.UNUSED, "atlas:0", "atlas:1", of=id_)
    desk.take_seen(seen, NOW)
    desk.take_seen(seen, NOW + HALF_HOUR)
    assert stands(desk, id_).state is State.RELEASED
    assert stands(desk, id_).window.end == NOW + HALF_HOUR


def test_nothing_is_passed_on_after_an_answer_or_in_silence(desk):
    id_ = running(desk, "atlas:0")
    carol_waits(desk)
    seen = found(FindingKind.UNUSED, "atlas:0", of=id_)
    desk.take_seen(seen, NOW)
    silence = Seen(NOW, unsure=frozenset((kind, "atlas:0") for kind in FindingKind))
    desk.take_seen(silence, NOW + 2 * HALF_HOUR)
    assert stands(desk, id_).state is State.ACTIVE
    desk.still_using(ALICE, id_, NOW)
    desk.take_seen(seen, NOW + 2 * HALF_HOUR)
    assert stands(desk, id_).state is State.ACTIVE
    with pytest.raises(NotYours):
        desk.still_using(BOB, id_, NOW)


def test_keeping_some_keeps_those_that_are_used_and_can_be_undone(desk):
    id_ = running(desk, "atlas:0", "atlas:1", "atlas:2")
    seen = Seen(
        NOW,
        (Finding(FindingKind.PARTLY_USED, "atlas:0", NOW, id_), Finding(FindingKind.PARTLY_USED, "atlas:2", NOW, id_)),
    )
    desk.take_seen(seen, NOW)
    outcome = desk.keep_used(ALICE, id_, 1, NOW, version=1)
    assert changed(outcome).gpus == ("atlas:1",)
    with pytest.raises(WrongState):
        desk.keep_used(ALICE, id_, 1, NOW, version=1)
    assert changed(desk.undo(ALICE, id_, NOW)).gpus == ("atlas:0", "atlas:1", "atlas:2")
    with pytest.raises(NotYours):
        desk.keep_used(BOB, id_, 1, NOW)


def test_a_squatter_is_told_and_after_a_grace_the_admins_are(desk, owed):
    seen = found(FindingKind.SQUATTER, "atlas:0", "atlas:1", login="bob")
    desk.take_seen(seen, NOW)
    (notice,) = told(owed)
    assert (notice.to, notice.reservation, notice.facts["act"]) == (BOB.id, 0, "squatter")
    desk.take_seen(seen, NOW + HALF_HOUR)
    _, notice = told(owed)
    assert (notice.to, notice.facts["act"]) == ("C0ADMIN", "admins squatter")
    assert BOB.id in notice.facts["gpus"]
    desk.take_seen(seen, NOW + 2 * HALF_HOUR)
    assert len(told(owed)) == 2


def test_of_a_login_that_is_nobodys_only_the_admins_hear(desk, owed):
    desk.take_seen(found(FindingKind.SQUATTER, "atlas:0", login="mallory"), NOW)
    (notice,) = told(owed)
    assert notice.to == "C0ADMIN"


def test_for_a_lost_gpu_the_admins_are_told_and_its_reservation_stays(desk, owed):
    id_ = running(desk, "atlas:0")
    desk.take_seen(found(FindingKind.LOST, "atlas:0", of=id_, fault=Fault.LOST), NOW)
    (notice,) = told(owed)
    assert notice.facts["act"] == "admins lost"
    assert stands(desk, id_).state is State.ACTIVE


def test_the_watch_is_told_what_is_held_what_ended_lately_and_who_is_who(desk):
    ended = running(desk, "atlas:0", end=9)
    desk.turnover(monday(9))
    live = booked(desk, BOB, now=monday(9), start=10, end=12)
    desk.release(BOB, booked(desk, BOB, now=monday(9), start=15, end=16).id, monday(9))
    held = desk.held(monday(9))
    assert [one.id for one in held.live] == [live.id]
    assert [one.id for one in held.over] == [ended]
    assert held.logins == LOGINS
    assert desk.held(monday(9, day=8)).over == ()


def test_at_its_start_a_reservation_gets_the_gpu_that_is_really_empty(desk):
    first = booked(desk, ALICE, start=10, end=12)
    (gpu,) = first.gpus
    on = {f"atlas:{index}": () for index in range(4)} | {gpu: ("bob",)}
    booked(desk, BOB, named("atlas:1" if gpu != "atlas:1" else "atlas:2", start=11, end=13, member=BOB.id))
    desk.take_seen(Seen(monday(10), on=on), monday(10))
    desk.turnover(monday(10))
    after = stands(desk, first.id)
    assert after.state is State.ACTIVE
    assert after.gpus != (gpu,)
    assert len(after.gpus) == 1


def test_on_stale_readings_nobody_gets_another_gpu(desk):
    first = booked(desk, ALICE, start=10, end=12)
    on = {f"atlas:{index}": () for index in range(4)} | {first.gpus[0]: ("bob",)}
    desk.take_seen(Seen(monday(9), on=on), monday(9))
    desk.turnover(monday(10))
    assert stands(desk, first.id).gpus == first.gpus


def test_two_that_begin_at_once_do_not_get_the_same_empty_gpu(desk):
    both = [booked(desk, who, start=10, end=12) for who in (ALICE, BOB)]
    on = {f"atlas:{index}": () for index in range(4)} | {one.gpus[0]: ("carol",) for one in both}
    desk.take_seen(Seen(monday(10), on=on), monday(10))
    desk.turnover(monday(10))
    after = [stands(desk, one.id).gpus[0] for one in both]
    assert len({*after, *(one.gpus[0] for one in both)}) == 4


def test_admins_may_answer_for_others(desk):
    id_ = running(desk, "atlas:0", "atlas:1")
    assert desk.still_using(ADA, id_, NOW).id == id_
