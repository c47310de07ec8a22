"""A month's figures by hand: small records whose figures can be counted on the fingers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.booking.lifecycle import State
from bot.booking.model import Window
from bot.report.demand import tries
from bot.report.figures import figures
from bot.report.hours import hours
from bot.report.months import Month
from bot.report.promises import OWN, Kept
from bot.report.record import Due, Out, Record, Refusal, Run, Seen, Stay, Wait

OCTOBER = Month(2026, 10)
BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
POOLS = {"a100": 4, "3090": 4}


def on(day: int, hour: float = 0) -> datetime:
    return BEGIN + timedelta(days=day - 1, hours=hour)


def record(**of) -> Record:
    return Record(OCTOBER.window(UTC), POOLS, **of)


def stay(member: str, first: datetime, hours_: float, gpus: int = 1, pool: str = "a100") -> Stay:
    return Stay(1, member, pool, gpus, Window(first, first + timedelta(hours=hours_)))


def run(id_: int, start: datetime, *, made: datetime, wanted: datetime | None = None, **of) -> Run:
    window = Window(start, start + timedelta(hours=of.pop("hours", 4)))
    whole = {"group": id_, "member": "U0ALICE", "state": State.ENDED, "had": True} | of
    return Run(
        id_, whole.pop("group"), whole.pop("member"), whole.pop("state"), "a100", window, made, wanted or start, **whole
    )


def refused(at: datetime, gpu_hours: float = 8, member: str = "U0ALICE", **of) -> Refusal:
    return Refusal(at, member, "a100", round(60 * gpu_hours), of.pop("wanted", at), **of)


def of(kept: Record):
    return figures(OCTOBER, kept, UTC)


def test_a_month_in_which_nothing_was_says_so():
    found = of(record())
    assert found.is_empty
    assert (found.hours.there, found.hours.reserved, found.hours.share_reserved) == (8 * 744 * 60, 0, 0)
    assert (found.hours.share_used, found.waits.wait, found.jain, found.members) == (None, None, None, 0)
    assert len(found.weeks) == 5
    assert not found.refusals_kept


def test_what_lies_half_in_the_month_counts_by_half():
    month = record(stays=(stay("U0ALICE", on(1, -5), 10, 2), stay("U0BOB", on(31, 20), 10)))
    assert of(month).hours.reserved == (5 * 2 + 4) * 60


def test_a_week_counts_what_is_in_it_and_the_weeks_add_up():
    month = record(stays=(stay("U0ALICE", on(4, 20), 10, 2),))  # over a Sunday's midnight
    found = of(month)
    assert [week.hours.reserved // 60 for week in found.weeks] == [8, 12, 0, 0, 0]
    assert sum(week.hours.there for week in found.weeks) == found.hours.there


def test_use_is_what_was_seen_of_what_was_reserved():
    seen = (
        Seen(on(1), "a100", True, 40, 15, 5),
        Seen(on(1), "a100", False, 7, 50, 0),
        Seen(on(2), "3090", True, 0, 60, 0),
        Seen(on(40), "a100", True, 60, 0, 0),
    )
    found = of(record(seen=seen, stays=(stay("U0ALICE", on(1), 4),)))
    assert (found.hours.used, found.hours.idle, found.hours.unknown, found.hours.unbooked) == (40, 75, 5, 7)
    assert found.hours.share_used == 40 / 115
    assert found.pools["3090"].idle == 60


def test_two_outages_of_one_gpu_at_once_count_once():
    first = Out("atlas:0", "a100", Window(on(2), on(3)))
    also = Out("atlas:0", "a100", Window(on(2, 12), on(3, 12)))
    other = Out("titan:0", "3090", Window(on(30), on(40)))
    kept = record(out=(first, also, other))
    assert hours(kept, kept.window, "a100").out == 36 * 60
    assert hours(kept, kept.window).out == (36 + 48) * 60
    assert hours(kept, kept.window).there == (8 * 744 - 84) * 60


@pytest.mark.parametrize(
    ("made", "wanted", "lead", "wait"),
    [
        (on(5, 9), on(5, 9), 0, 0),  # now, and got it
        (on(2, 9), None, 72, 0),  # ahead on purpose
        (on(5, 1), on(5, 1), 8, 8),  # as soon as possible
        (on(4), on(5, 7), 33, 2),  # not before seven
    ],
)
def test_a_wait_runs_from_when_gpus_were_wanted_and_a_lead_from_the_asking(made, wanted, lead, wait):
    found = of(record(runs=(run(1, on(5, 9), made=made, wanted=wanted),))).waits
    assert (found.count, found.lead, found.wait) == (1, 60 * lead, 60 * wait)


def test_what_came_from_the_waitlist_is_as_old_as_the_wait():
    wait = Wait(1, "U0ALICE", "a100", 480, on(3), "taken", on(5), on(4), got=1)
    found = of(record(runs=(run(1, on(5), made=on(5)),), waits=(wait,))).waits
    assert (found.lead, found.wait) == (48 * 60, 24 * 60)


def test_what_was_booked_within_an_hour_after_a_refusal_is_as_old_as_the_refusal():
    later = run(1, on(6), made=on(5, 0.5))
    kept = record(runs=(later,), refusals=(refused(on(5)),))
    assert of(kept).waits.wait == 24 * 60
    long_after = record(runs=(replace(later, made=on(5, 2)),), refusals=(refused(on(5)),))
    assert of(long_after).waits.wait == 0
    assert (of(kept).demand.in_vain, of(long_after).demand.in_vain) == (0, 1)


def test_of_pieces_only_the_first_is_waited_for_and_what_never_began_is_not():
    runs = (
        run(1, on(5), made=on(4), wanted=on(4)),
        run(2, on(9), made=on(4), wanted=on(4), group=1),
        run(3, on(9), made=on(4), state=State.CANCELLED, had=False),
        run(4, on(9), made=on(4), state=State.BOOKED),
    )
    assert of(record(runs=runs)).waits.count == 1


def test_refusals_close_together_are_one_try_as_large_as_the_largest():
    several = (
        refused(on(5), 8),
        refused(on(5, 0.9), 20),
        refused(on(5, 1.8), 4),
        refused(on(5, 3), 2),
        refused(on(5), 1, "U0BOB"),
    )
    found = tries(several, (), ())
    assert [(one.member, one.gpu_minutes // 60) for one in found] == [("U0ALICE", 20), ("U0BOB", 1), ("U0ALICE", 2)]
    assert of(record(refusals=several, refusals_since=on(5))).demand.tries == 3


def test_what_joined_the_waitlist_was_not_refused_in_vain():
    wait = Wait(1, "U0ALICE", "a100", 480, on(5, 0.2), None, None, on(5))
    found = of(record(refusals=(refused(on(5)),), waits=(wait,))).demand
    assert (found.tries, found.in_vain, found.waited, found.open, found.waitlisted) == (1, 0, 1, 1, 480)


def test_waits_before_a_deadline_are_told_apart():
    runs = (run(1, on(10), made=on(9), wanted=on(9)), run(2, on(25), made=on(25), wanted=on(25)))
    found = of(record(runs=runs, dues=(Due("cvpr", on(20)),)))
    assert (found.near.count, found.near.wait, found.far.count, found.far.wait) == (1, 24 * 60, 1, 0)


def test_promises_are_counted_by_deadline_and_members_own_are_not_named():
    by = on(20)
    runs = (
        run(1, on(10), made=on(9), deadline=by, name="cvpr"),
        run(2, on(19, 22), made=on(9), deadline=by, name="cvpr"),  # over it by two hours
        run(3, on(10), made=on(9), deadline=by, name="cvpr", state=State.CANCELLED, had=False),
        run(4, on(10), made=on(9), deadline=by, name="cvpr", state=State.REVOKED),
        run(5, on(10), made=on(9), deadline=on(21), name="my thesis"),
        run(6, on(10), made=on(9), deadline=on(21)),
        run(7, on(10), made=on(9), deadline=by, name="cvpr", group=1, hours=400),  # its last piece comes too late
    )
    lost = Wait(1, "U0BOB", "a100", 480, on(5), "expired", on(19), on(5), deadline=by)
    refusal = refused(on(15), member="U0CAROL", deadline=by)
    found = of(record(runs=runs, waits=(lost,), refusals=(refusal,), dues=(Due("cvpr", by),))).deadlines
    assert found.each == (Kept("cvpr", by, 3, 0), Kept(OWN, None, 2, 2))
    assert found.in_vain == 2


def test_jains_index_counts_those_who_asked_and_had_nothing():
    even = record(stays=(stay("U0ALICE", on(5), 4), stay("U0BOB", on(6), 4)))
    assert of(even).jain == 1
    found = of(replace(even, refusals=(refused(on(5), member="U0CAROL"),)))
    assert found.jain == pytest.approx(2 / 3)
    assert found.members == 3


def test_a_month_that_is_not_over_has_only_what_is_over_of_it():
    cut = replace(record(stays=(stay("U0ALICE", on(9), 48),)), window=Window(on(1), on(10)))
    found = of(cut)
    assert (found.hours.reserved, found.hours.there) == (24 * 60, 8 * 9 * 24 * 60)
    assert [week.first.day for week in found.weeks] == [1, 5]
