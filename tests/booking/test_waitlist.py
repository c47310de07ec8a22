"""The waitlist: its order, and conservative backfilling."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.booking.calendar import Calendar
from bot.booking.decision import Refused
from bot.booking.lab import Lab
from bot.booking.limits import Ask, waiting
from bot.booking.model import Before, Fixed, Promise, Request, Reservation, Waiting, Window, minute_of
from bot.booking.reasons import TooLong
from bot.booking.snapshot import Scene, Snapshot
from bot.booking.waitlist import (
    Shadow,
    can_wait,
    could_start,
    in_order,
    is_over,
    next_offers,
    plan,
    plan_again,
    waits_for,
)
from desks import before, named, sweep
from make import ALICE, BOB, CAROL, DAN, lab, monday, node, request, reservation, window

NOW = monday(8)
ATLAS = ("atlas:0", "atlas:1", "atlas:2", "atlas:3")


def calendar(*held: Reservation, of: Lab | None = None) -> Calendar:
    made = Calendar(of or lab(), minute_of(NOW))
    made.apply(held, 1)
    return made


def scene(made: Calendar, now: datetime = NOW, **seen: object) -> Scene:
    return Scene(Snapshot(**seen), made, made.lab.policy, now)  # type: ignore[arg-type]


def waits(id_: int, wanted: Request, **more: object) -> Waiting:
    return Waiting(id_, wanted, NOW + timedelta(seconds=id_), **more)  # type: ignore[arg-type]


def at_once(id_: int, wanted: Request, **more: object) -> Waiting:
    """One that is content with nothing but GPUs at once."""
    return waits(id_, wanted, sooner_than=NOW, **more)


def asap(count: int, hours: float, member: str = ALICE.id) -> Request:
    """A fixed window whose start has passed."""
    return request(count, 7, 7 + hours, member=member)


def starts(ones: Sequence[Waiting], seen: Scene) -> dict[int, float | None]:
    """By id, in hours after Monday 00:00, when each could begin."""
    return {
        shadow.waiting.id: None
        if shadow.placement is None
        else (shadow.placement.window.start - monday()) / timedelta(hours=1)
        for shadow in plan(ones, seen)
    }


def offered(ones: Sequence[Waiting], seen: Scene) -> list[int]:
    return [shadow.waiting.id for shadow in next_offers(ones, seen)]


def picture(made: Calendar) -> tuple[object, ...]:
    """All that a calendar knows."""
    minutes = range(minute_of(NOW), minute_of(NOW) + 60 * 24 * 9, 7)
    masks = [[pool.minutes.at(minute) for minute in minutes] for pool in made.pools.values()]
    stays = [[pool.stays(bit, 0, 1 << 40) for bit in sorted(pool.layout.name)] for pool in made.pools.values()]
    return masks, stays, dict(made.live), list(made.live)


def test_the_order_is_laxity_then_past_use_then_first_come() -> None:
    urgent = waits(4, before(10, 20, member=DAN.id))
    modest, greedy = waits(3, request(member=CAROL.id)), waits(1, request(member=BOB.id))
    first, second = waits(2, request(member=ALICE.id)), waits(5, request(member=ALICE.id))
    seen = scene(calendar(), past={BOB.id: 90.0, ALICE.id: 10.0})
    ones = [greedy, first, modest, urgent, second]
    assert [one.id for one in in_order(ones, seen)] == [4, 3, 2, 5, 1]


def test_who_let_an_offer_pass_comes_behind_those_of_the_class_who_did_not() -> None:
    passed, fresh, urgent = waits(1, request(), declined=1), waits(2, request()), waits(3, before(10, 20), declined=2)
    assert [one.id for one in in_order([passed, fresh, urgent], scene(calendar()))] == [3, 2, 1]


def test_what_is_free_now_is_offered_to_the_first() -> None:
    made = calendar(reservation(1, 7, 20, ("atlas:0", "atlas:1")))
    ones = [at_once(1, asap(2, 4)), at_once(2, asap(2, 4, BOB.id))]
    (due,) = next_offers(ones, scene(made))
    assert due.waiting.id == 1
    assert due.placement is not None
    assert (due.placement.gpus, due.placement.window) == (("atlas:2", "atlas:3"), window(8, 12))
    assert starts(ones, scene(made)) == {1: 8, 2: 12}


def test_a_small_one_passes_a_large_one_only_where_it_does_not_delay_it() -> None:
    made = calendar(reservation(1, 7, 12, ("atlas:0", "atlas:1")))
    large, short, long_one = at_once(1, asap(4, 6)), at_once(2, asap(2, 4, BOB.id)), at_once(3, asap(2, 5, CAROL.id))
    seen = scene(made)
    assert starts([large], seen) == {1: 12}
    assert offered([large, long_one], seen) == [], "it would end at 13:00"
    assert starts([large, long_one], seen) == {1: 12, 3: 18}
    assert offered([large, short], seen) == [2], "it is over at 12:00"
    assert starts([large, short, long_one], seen) == {1: 12, 2: 8, 3: 18}


def test_after_a_change_only_those_are_looked_for_anew_who_cannot_stay() -> None:
    made = calendar(reservation(1, 7, 12, ("atlas:0", "atlas:1")))
    ones = [waits(1, asap(4, 6)), waits(2, asap(2, 4, BOB.id)), waits(3, asap(2, 5, CAROL.id))]
    seen = scene(made)
    before = plan(ones, seen)
    assert again(plan_again(before, seen)) == {1: (12, 18), 2: (8, 12), 3: (18, 23)}
    made.apply([reservation(9, 8, 10, ("atlas:2",), member=DAN.id)], 2)
    assert again(plan_again(before, seen)) == {1: (12, 18), 2: (18, 22), 3: (18, 23)}
    made.apply([reservation(10, 17, 19, ("atlas:2",), member=DAN.id)], 3)
    assert again(plan_again(before, seen)) == {1: (19, 25), 2: (10, 14), 3: (12, 17)}


def again(shadows: Sequence[Shadow]) -> dict[int, tuple[float, float]]:
    """By id, from when to when, in hours after Monday 00:00."""
    hour = timedelta(hours=1)
    return {
        one.waiting.id: ((one.placement.window.start - monday()) / hour, (one.placement.window.end - monday()) / hour)
        for one in shadows
        if one.placement is not None
    }


def test_without_the_large_one_the_long_one_is_offered_what_is_free() -> None:
    made = calendar(reservation(1, 7, 12, ("atlas:0", "atlas:1")))
    assert offered([waits(3, asap(2, 5, CAROL.id))], scene(made)) == [3]


def test_who_has_an_offer_is_not_offered_more_and_keeps_nobody_waiting() -> None:
    made = calendar(reservation(1, 7, 20, ("atlas:0", "atlas:1")))
    ones = [waits(1, asap(2, 4), offered=7, until=monday(9)), waits(2, asap(2, 4, BOB.id))]
    assert offered(ones, scene(made)) == [2]


def test_a_window_ahead_is_offered_as_soon_as_it_is_free() -> None:
    one = waits(1, request(4, 14, 18), sooner_than=monday(20))
    assert offered([one], scene(calendar(reservation(1, 9, 20, ATLAS)))) == []
    (due,) = next_offers([one], scene(calendar()))
    assert due.placement is not None
    assert due.placement.window == window(14, 18)


def test_only_a_start_that_is_sooner_than_what_could_be_had_anyway_is_news() -> None:
    one = waits(1, request(4, 9, 12), sooner_than=monday(17))
    assert offered([one], scene(calendar(reservation(1, 9, 17, ATLAS)))) == []
    assert offered([one], scene(calendar(reservation(1, 9, 16, ATLAS)))) == [1]
    assert offered([one], scene(calendar(reservation(1, 9, 17, ATLAS)), monday(17))) == [1], "at once is always news"


def test_before_a_deadline_any_start_that_makes_it_is_offered() -> None:
    one = waits(1, before(4, 20, count=4))
    assert offered([one], scene(calendar(reservation(1, 9, 17, ATLAS)))) == []
    (due,) = next_offers([one], scene(calendar(reservation(1, 9, 16, ATLAS))))
    assert due.placement is not None
    assert due.placement.window == window(16, 20)


def test_work_is_offered_on_as_many_gpus_as_are_done_first() -> None:
    made = calendar(reservation(1, 7, 30, ("atlas:0",)))
    (due,) = next_offers([waits(1, sweep(8, 20))], scene(made))
    assert due.placement is not None
    assert (len(due.placement.gpus), due.placement.window) == (2, window(8, 12))


def test_nobody_is_woken_for_an_offer_and_others_have_the_night() -> None:
    at_night = monday(23)
    sleeper = at_once(1, asap(4, 4, BOB.id))
    early, late = at_once(2, asap(4, 6, CAROL.id)), at_once(3, asap(4, 9, CAROL.id))
    zones = {BOB.id: "UTC"}
    seen = scene(calendar(), at_night, zones=zones)
    assert offered([sleeper], seen) == []
    assert starts([sleeper], seen) == {1: 32}
    assert offered([sleeper, early], seen) == [2]
    assert offered([sleeper, late], seen) == [3], "it is over at 08:00"
    assert offered([sleeper, at_once(4, asap(4, 10, CAROL.id))], seen) == [], "it would delay who sleeps"
    assert offered([at_once(1, asap(4, 4, BOB.id), auto=True)], seen) == [1]


def test_who_would_miss_the_deadline_by_morning_is_woken() -> None:
    seen = scene(calendar(), monday(23), zones={ALICE.id: "UTC"})
    assert offered([waits(1, before(2, 34))], seen) == [], "a start at 08:00 is early enough"
    assert offered([waits(1, before(2, 30))], seen) == [1]


def test_who_has_just_let_an_offer_pass_rests() -> None:
    one = waits(1, asap(4, 4), rests_until=monday(9))
    assert offered([one], scene(calendar())) == []
    assert offered([one, waits(2, asap(4, 1, BOB.id))], scene(calendar())) == [2]
    assert offered([one], scene(calendar(), monday(9))) == [1]


def test_others_tentative_gpus_make_way_in_what_is_offered_too() -> None:
    """Two of the node are free all along, but not the same two: late binding finds them."""
    halves = [
        reservation(1, 9, 12, ("atlas:0", "atlas:1")),
        reservation(2, 12, 15, ("atlas:2", "atlas:3")),
    ]
    made = calendar(*halves)
    (due,) = next_offers([waits(1, asap(2, 7))], scene(made))
    assert due.placement is not None
    assert due.placement.window == window(8, 15)
    assert due.placement.rebinds != ()
    after = Calendar(made.lab, minute_of(NOW))
    moved = dict(due.placement.rebinds)
    held = [Reservation(**{**_fields(one), "gpus": moved.get(one.id, one.gpus)}) for one in halves]
    after.apply(held, 1)
    free = after.pools["a100"].minutes.over(minute_of(monday(8)), minute_of(monday(15)))
    mask = after.pools["a100"].layout.mask(due.placement.gpus)
    assert free & mask == mask


def _fields(one: Reservation) -> dict[str, object]:
    return {name: getattr(one, name) for name in Reservation.__slots__}


def test_it_is_over_once_its_deadline_cannot_be_made_or_the_horizon_has_passed() -> None:
    made = calendar()
    assert not is_over(waits(1, before(4, 20)), scene(made, monday(16)))
    assert is_over(waits(1, before(4, 20)), scene(made, monday(16.1)))
    assert not is_over(waits(1, asap(1, 1)), scene(made, monday(6, day=7)))
    assert is_over(waits(1, asap(1, 1)), scene(made, monday(8, day=7)))


def test_what_could_be_had_anyway_is_the_earliest_start_there_is() -> None:
    made = calendar(reservation(1, 9, 17, ATLAS))
    assert could_start(request(2), scene(made)) == monday(17)
    assert could_start(named("atlas:0"), scene(made)) == monday(17)
    assert could_start(request(9), scene(made)) is None


def test_waiting_helps_where_only_others_reservations_are_in_the_way() -> None:
    assert not can_wait(Refused((TooLong(1, 1),)))


def test_those_who_wait_make_a_pool_contended_where_they_wait() -> None:
    a100, old = lab().pools["a100"], lab().pools["3090"]
    one = waits(1, request(4, 9, 12, member=BOB.id), sooner_than=monday(17))
    assert waits_for(one, a100, window(8, 10))
    assert waits_for(one, a100, window(19, 22)), "it would be content with 16:59"
    assert not waits_for(one, a100, window(20, 22))
    assert not waits_for(one, a100, window(8, 9))
    assert not waits_for(one, old, window(8, 10))
    assert waits_for(waits(2, request(1, pool=None)), old, window(9, 10))
    assert not waits_for(waits(3, named("atlas:0")), old, window(9, 10))
    assert waits_for(waits(4, before(4, 20)), a100, window(19, 30))
    assert not waits_for(waits(4, before(4, 20)), a100, window(20, 30))
    assert not waits_for(waits(5, request(), offered=3, until=monday(9)), a100, window(9, 17))


def test_ones_own_waiting_is_not_somebody_else_who_waits() -> None:
    ask = Ask(ALICE.id, lab().pools["a100"], 1, window(9, 12))
    others = (waits(1, request(member=BOB.id)), waits(2, request(member=ALICE.id)), waits(3, request(member=BOB.id)))
    assert waiting(ask, Snapshot(waiting=others)) == (BOB.id,)


LAB = lab(node("atlas", "a100", 4), node("borea", "a100", 2))
GPUS = sorted(LAB.gpus)


@st.composite
def held_somehow(draw: st.DrawFn) -> list[Reservation]:
    """Reservations that do not overlap, some of them running."""
    found: list[Reservation] = []
    for id_ in range(1, draw(st.integers(0, 8)) + 1):
        start = draw(st.integers(6, 30))
        gpus = tuple(draw(st.lists(st.sampled_from(GPUS), min_size=1, max_size=3, unique=True)))
        one = reservation(id_, start, start + draw(st.integers(1, 12)), gpus, named=draw(st.booleans()))
        if not any(set(one.gpus) & set(other.gpus) and one.window.overlaps(other.window) for other in found):
            found.append(one)
    return found


@st.composite
def waiting_somehow(draw: st.DrawFn) -> list[Waiting]:
    ones = []
    for id_ in range(1, draw(st.integers(1, 7)) + 1):
        count, hours = draw(st.integers(1, 6)), draw(st.integers(1, 10))
        if draw(st.booleans()):
            wanted = asap(count, hours)
        else:
            due = monday(draw(st.integers(10, 60)))
            wanted = Request(ALICE.id, count, Before(timedelta(hours=hours), Promise(due, due), NOW), pool="a100")
        ones.append(waits(id_, wanted, declined=draw(st.integers(0, 2))))
    return ones


@settings(max_examples=150, deadline=None)
@given(held_somehow(), waiting_somehow())
def test_nobody_further_down_delays_anybody_ahead_and_the_calendar_comes_back(
    held: list[Reservation], ones: list[Waiting]
) -> None:
    made = calendar(*held, of=LAB)
    seen = scene(made)
    before_it = picture(made)
    shadows = plan(ones, seen)
    assert picture(made) == before_it
    order = [shadow.waiting for shadow in shadows]
    # Each one's start is the same whoever comes behind it.
    for length in range(1, len(order) + 1):
        fewer = plan(order[:length], seen)
        assert [one.placement for one in fewer] == [one.placement for one in shadows[:length]]
    # An offer can be booked as it stands: with its rebinds nothing overlaps, and every promise is kept.
    for shadow in next_offers(ones, seen):
        placement = shadow.placement
        assert placement is not None
        moved = dict(placement.rebinds)
        assert all(id_ > 0 for id_ in moved)
        stays = [(moved.get(one.id, one.gpus), one.window) for one in held] + [(placement.gpus, placement.window)]
        for place, (gpus, at) in enumerate(stays):
            for other, then in stays[:place]:
                assert not (set(gpus) & set(other) and at.overlaps(then))
        assert all(moved.get(one.id, one.gpus) == one.gpus for one in held if one.named)
        match shadow.waiting.request.when:
            case Fixed(Window() as asked):
                assert placement.window.length == asked.length
            case Before(length, promise):
                assert placement.window.length == length
                assert placement.window.end <= promise.by


def test_for_a_job_that_waits_only_gpus_at_once_are_worth_it_and_its_start_is_kept_for_it() -> None:
    made = calendar(reservation(1, 8, 12, ATLAS), reservation(2, 14, 20, ATLAS))
    job = waits(1, asap(4, 2), at_once=True)
    assert starts([job], scene(made)) == {1: 12}
    assert offered([job], scene(made)) == []
    assert waits_for(job, made.lab.pools["a100"], window(12, 14))
    assert offered([job], scene(made, monday(12))) == [1]
    later = waits(2, request(4, 12, 14), at_once=True)
    assert offered([later], scene(made)) == [2], "its own window has fallen free"
