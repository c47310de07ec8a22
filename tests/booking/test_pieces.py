"""A run in pieces: how it is cut up, that it is offered, and that the limits see all of it."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.booking.calendar import Calendar
from bot.booking.decide import decide
from bot.booking.decision import Decision, Granted, Held, OfferKind, Placement, Refused
from bot.booking.judge import judge
from bot.booking.lab import Crunch, Deadline, Lab, Policy
from bot.booking.limits import leaves_none
from bot.booking.model import Before, Promise, Request, Reservation, Waiting, Window, minute_of
from bot.booking.pieces import MOST_PIECES, in_pieces, pieces_of
from bot.booking.reasons import (
    Alone,
    KeptFor,
    NotByDeadline,
    OverCrunch,
    OverHours,
    OverOutstanding,
    OverQuota,
    OverShare,
)
from bot.booking.search import need_of
from bot.booking.snapshot import Scene, Snapshot, Spent
from make import ALICE, BOB, CAROL, monday, request, reservation, window
from scenes import ONE, TWO, picture

NOW = monday(8)
HOUR = timedelta(hours=1)


def split(hours: float, by: float, least: float, *, count: int = 1, not_before: float = 8) -> Request:
    promise = Promise(monday(by), monday(by))
    run = Before(hours * HOUR, promise, monday(not_before), least * HOUR)
    return Request(ALICE.id, count, run, pool="a100", asked_by=ALICE.id)


def calendar(*held: Reservation, of: Lab = ONE) -> Calendar:
    made = Calendar(of, minute_of(NOW))
    made.apply(held, 1)
    return made


def cut(wanted: Request, made: Calendar, last: float = 1000) -> list[Window] | None:
    """Its windows, with a look at what holds for any: and that the calendar comes back."""
    run = wanted.when
    assert isinstance(run, Before)
    assert run.pieces is not None
    need, before = need_of(wanted, made.pools["a100"], wanted.count), picture(made)
    first = max(minute_of(run.not_before), minute_of(NOW))
    found = in_pieces(made, need, run, first, minute_of(monday(last)), minute_of(NOW))
    assert picture(made) == before
    if found is None:
        return None
    pieces = pieces_of(found)
    windows = [piece.window for piece in pieces]
    assert len(windows) <= MOST_PIECES
    assert sum((one.length for one in windows), timedelta()) == run.length
    assert all(one.length >= run.pieces for one in windows[:-1])
    assert all(one.end <= two.start for one, two in pairwise(windows))
    assert windows[0].start >= run.not_before
    assert windows[-1].end <= run.promise.by
    for piece in pieces:
        assert len(piece.gpus) == wanted.count
        assert not piece.rebinds
        assert not made.holders("a100", piece.window, piece.gpus)
    return windows


# How it is cut


def test_around_what_is_there():
    made = calendar(reservation(1, 12, 16), reservation(2, 22, 30))
    assert cut(split(14, by=60, least=4), made) == [window(8, 12), window(16, 22), window(30, 34)]


def test_a_gap_that_is_too_short_is_left_out():
    made = calendar(reservation(1, 10, 16), reservation(2, 22, 30))
    assert cut(split(10, by=60, least=4), made) == [window(16, 22), window(30, 34)]


def test_the_last_may_be_shorter_where_there_is_no_room_to_share():
    made = calendar(reservation(1, 12, 16))
    assert cut(split(5, by=60, least=4), made) == [window(8, 12), window(16, 17)]


def test_rather_a_shorter_piece_now_than_a_scrap_at_the_end():
    made = calendar(reservation(1, 17, 20))
    assert cut(split(10, by=60, least=4), made) == [window(8, 14), window(20, 24)]


def test_in_one_where_it_fits():
    assert cut(split(10, by=60, least=4), calendar()) == [window(8, 18)]


def test_on_other_gpus_after_each_gap():
    made = calendar(reservation(1, 12, 60), reservation(2, 8, 12, ("atlas:1",)), of=TWO)
    assert cut(split(8, by=60, least=4), made) == [window(8, 12), window(12, 16)]


def test_not_where_there_is_no_time_for_all():
    made = calendar(reservation(1, 12, 16), reservation(2, 20, 100))
    assert cut(split(8, by=100, least=4), made) == [window(8, 12), window(16, 20)]
    assert cut(split(9, by=100, least=4), made) is None
    assert cut(split(8, by=19, least=4), made) is None


def test_not_beyond_the_last_start():
    made = calendar(reservation(1, 12, 30))
    assert cut(split(8, by=100, least=4), made, last=29) is None
    assert cut(split(8, by=100, least=4), made, last=30) == [window(8, 12), window(30, 34)]


def test_not_into_more_than_so_many():
    gaps = [reservation(id_, 9 + 2 * id_, 10 + 2 * id_) for id_ in range(40)]
    made = calendar(*gaps)
    assert cut(split(MOST_PIECES, by=100, least=1), made) is not None
    assert cut(split(MOST_PIECES + 1, by=100, least=1), made) is None


def test_a_run_that_is_not_to_be_split_is_not():
    run = Before(4 * HOUR, Promise(monday(60), monday(60)), NOW)
    wanted = Request(ALICE.id, 1, run, pool="a100")
    made = calendar()
    need = need_of(wanted, made.pools["a100"], 1)
    assert in_pieces(made, need, run, minute_of(NOW), minute_of(monday(60)), minute_of(NOW)) is None


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_whatever_is_there_the_pieces_hold(data):
    held, at = [], 8
    for id_ in range(data.draw(st.integers(0, 8))):
        at += data.draw(st.integers(0, 6))
        end = at + data.draw(st.integers(1, 6))
        gpu = data.draw(st.sampled_from(["atlas:0", "atlas:1"]))
        held.append(reservation(id_ + 1, at, end, (gpu,)))
        at = end
    least, hours = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 24))
    wanted = split(hours, by=data.draw(st.integers(20, 70)), least=least, count=data.draw(st.integers(1, 2)))
    cut(wanted, calendar(*held, of=TWO))


# Decisions and offers


def decided(wanted: Request, made: Calendar, policy: Policy | None = None, **seen: object) -> Decision:
    rules = policy or Policy(max_share=1)
    snapshot = Snapshot(made.of(wanted.member), pending=made.pending(), **seen)
    return decide(wanted, snapshot, made, rules, NOW)


def test_a_run_that_may_be_split_is_granted_in_pieces_only_where_it_does_not_fit_whole():
    made = calendar(reservation(1, 14, 20))
    found = decided(split(8, by=60, least=4), made)
    assert isinstance(found, Granted)
    assert (found.placement.window, found.placement.pieces) == (window(20, 28), ())
    found = decided(split(8, by=27, least=4), made)
    assert isinstance(found, Granted)
    assert [piece.window for piece in pieces_of(found.placement)] == [window(8, 12), window(20, 24)]


def test_pieces_are_offered_for_a_run_that_does_not_fit_whole():
    made = calendar(reservation(1, 14, 20))
    whole = split(8, by=27, least=4)
    run = whole.when
    assert isinstance(run, Before)
    asked = Request(ALICE.id, 1, Before(run.length, run.promise, run.not_before), pool="a100", asked_by=ALICE.id)
    found = decided(asked, made)
    assert isinstance(found, Refused)
    assert isinstance(found.refusals[0], NotByDeadline)
    (offer,) = [one for one in found.offers if one.kind is OfferKind.PIECES]
    assert offer.request.when == run
    assert offer.window == window(8, 24)
    assert not offer.asks
    taken = decided(offer.request, made)
    assert isinstance(taken, Granted)
    assert pieces_of(taken.placement)[-1].window.end == offer.window.end


@pytest.mark.parametrize(("hours", "least"), [(7, None), (8, 6)])
def test_pieces_are_not_offered_for_a_short_run_or_one_that_said_how(hours, least):
    made = calendar(reservation(1, 13, 20))
    promise = Promise(monday(26), monday(26))
    asked = Request(ALICE.id, 1, Before(hours * HOUR, promise, NOW, least and least * HOUR), pool="a100")
    found = decided(asked, made)
    assert isinstance(found, Refused)
    assert OfferKind.PIECES not in [one.kind for one in found.offers]


def test_the_offer_says_that_an_admin_would_be_asked():
    made = calendar(reservation(1, 14, 20), of=TWO)
    promise = Promise(monday(27), monday(27))
    asked = Request(ALICE.id, 2, Before(8 * HOUR, promise, NOW), pool="a100", asked_by=ALICE.id)
    found = decided(asked, made, Policy(max_share=0.5))
    assert isinstance(found, Refused)
    assert [one.asks for one in found.offers if one.kind is OfferKind.PIECES] == [True]


# Limits


def judged(
    *windows: Window, policy: Policy, of: Lab = TWO, made: Calendar | None = None, count: int = 1, **seen: object
) -> Decision:
    there = made or calendar(of=of)
    gpus = ("atlas:0", "atlas:1")[:count]
    first, *more = [Placement("a100", gpus, one) for one in windows]
    whole = Placement("a100", gpus, first.window, pieces=tuple(more))
    wanted = split(sum(one.hours for one in windows), by=400, least=1, count=count)
    mine = there.of(ALICE.id)
    return judge(wanted, whole, Scene(Snapshot(mine, **seen), there, policy, NOW))


def limits_of(decision: Decision) -> list[object]:
    assert isinstance(decision, Granted | Held)
    return list(decision.over if isinstance(decision, Granted) else decision.limits)


def test_the_longest_piece_counts_as_its_hours():
    policy = Policy(max_hours=6, max_share=1)
    assert limits_of(judged(window(8, 12), window(20, 26), policy=policy)) == []
    assert limits_of(judged(window(8, 12), window(20, 27), policy=policy)) == [OverHours(7, 6)]


def test_all_pieces_count_as_outstanding():
    policy = Policy(outstanding_pool_days=0.25, max_share=1)  # 12 GPU-hours, of which movable ones count half
    assert limits_of(judged(window(8, 20), window(24, 36), policy=policy)) == []
    assert limits_of(judged(window(8, 20), window(24, 37), policy=policy)) == [OverOutstanding(12.5, 12, "a100")]


def test_all_pieces_in_the_quotas_days_count_for_it():
    policy = Policy(quota_gpu_hours=10, quota_days=2, max_share=1)
    assert limits_of(judged(window(8, 13), window(20, 25), policy=policy)) == []
    assert limits_of(judged(window(8, 13), window(20, 26), policy=policy)) == [OverQuota(11, 10, 2)]
    assert limits_of(judged(window(8, 13), window(80, 86), policy=policy)) == []
    spent = (Spent(7, window(40, 45), 1),)
    assert limits_of(judged(window(8, 13), window(80, 86), policy=policy, spent=spent)) == [OverQuota(11, 10, 2)]


def test_the_share_is_that_of_the_fullest_piece():
    mine = reservation(1, 20, 24, ("atlas:1",))
    policy = Policy(max_share=0.5)
    there = calendar(mine, of=TWO)
    assert limits_of(judged(window(8, 12), window(24, 28), policy=policy, made=there)) == []
    found = judged(window(8, 12), window(20, 24), policy=policy, made=there)
    assert limits_of(found) == [OverShare(2, 1, 2, "a100")]


def test_a_piece_that_takes_the_last_gpu_makes_limits_bind():
    there = calendar(reservation(1, 20, 24, ("atlas:1",), member=BOB.id), of=TWO)
    policy = Policy(max_hours=3, max_share=1)
    assert isinstance(judged(window(8, 12), window(24, 28), policy=policy, made=there), Granted)
    assert isinstance(judged(window(8, 12), window(20, 24), policy=policy, made=there), Held)
    place = Placement("a100", ("atlas:0",), window(8, 12))
    assert not leaves_none(there, place)


def test_somebody_who_waits_for_a_later_piece_makes_limits_bind():
    policy = Policy(max_hours=3, max_share=1)
    listed = (Waiting(1, request(1, 30, 34, member=CAROL.id), NOW),)
    assert isinstance(judged(window(8, 12), window(20, 24), policy=policy, waiting=listed), Granted)
    found = judged(window(8, 12), window(30, 34), policy=policy, waiting=listed)
    assert isinstance(found, Held)
    assert found.delays == (CAROL.id,)
    never = Policy(max_hours=3, max_share=1, approval="never")
    assert judged(window(8, 12), window(30, 34), policy=never, waiting=listed) == Refused((Alone(OverHours(4, 3)),))


def test_pieces_before_a_deadline_count_together_and_each_must_leave_what_is_kept():
    due = Deadline("iclr", monday(72), crunch=Crunch(days=2, max_share=0.1))  # of 96 GPU-hours 9.6
    policy = Policy(max_share=1, max_hours=100)
    assert limits_of(judged(window(8, 12), window(26, 35), policy=policy, deadlines=(due,))) == []
    (limit,) = limits_of(judged(window(26, 31), window(40, 45), policy=policy, deadlines=(due,)))
    assert isinstance(limit, OverCrunch)
    assert limit.hours == 10
    kept = Deadline("iclr", monday(72), crunch=Crunch(days=2, keep=0.5))
    assert limits_of(judged(window(8, 12), window(26, 30), policy=policy, deadlines=(kept,))) == []
    both = judged(window(8, 12), window(26, 30), policy=policy, deadlines=(kept,), count=2)
    assert limits_of(both) == [KeptFor("iclr", 1, "a100")]
    assert limits_of(judged(window(8, 12), window(80, 84), policy=policy, deadlines=(kept,), count=2)) == []
