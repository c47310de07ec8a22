"""Whatever comes: what the watch says of random readings, held against the plainest possible reckoning."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.booking.findings import IDLE
from bot.booking.lifecycle import State
from bot.booking.observed import Fault, FindingKind, Process, Reading
from bot.fleet.sight import STALE
from make import BOB, monday, reservation
from watching import Watched

START = monday(9)
MINE = reservation(1, 9, 17, ("atlas:0",), state=State.ACTIVE)
NEXT = reservation(2, 17, 20, ("atlas:0",), member=BOB.id)
MINUTES = 95

# What one minute may bring: no reading, a fault, or a use with who is on it.
minutes = st.one_of(
    st.none(),
    st.sampled_from([Fault.LOST, Fault.UNREACHABLE]),
    st.tuples(st.sampled_from([0, 0, 0, 3, 80, None]), st.sampled_from([(), (), ("alice",), ("bob",), (None,), None])),
)
# Long stretches of the same, with something in between: days are like that, and only they come near a finding.
days = st.lists(st.tuples(minutes, st.integers(1, 60)), min_size=1, max_size=8).map(
    lambda stretches: [minute for minute, length in stretches for _ in range(length)][:MINUTES]
)


def made(minute: object, at: datetime) -> Reading | None:
    match minute:
        case None:
            return None
        case Fault() as fault:
            return Reading("atlas", "GPU-0", 0, at, processes=None, fault=fault)
        case (use, who):
            found = None if who is None else tuple(Process(1, login, "python", 4096) for login in who)
            return Reading("atlas", "GPU-0", 0, at, utilisation=use, memory_used_mb=500, processes=found)
    raise AssertionError(minute)


@settings(max_examples=100, deadline=None)
@given(days, st.integers(0, 12))
def test_what_is_said_is_borne_out_by_fresh_readings(day: list[object], silence: int) -> None:
    watched = Watched(START, MINE, NEXT)
    taken: list[Reading] = []
    for minute in day:
        found = made(minute, watched.now)
        taken += [found] if found else []
        seen = watched.take([found] if found else [])
    seen = watched.silence(silence) if silence else seen
    said = {one.kind for one in seen.findings}
    assert len(seen.findings) == len({(one.kind, one.gpu) for one in seen.findings})
    newest = taken[-1] if taken else None
    if newest is None or watched.now - newest.at > STALE:
        assert not said, "never from what is stale"
        assert not seen.unseen
        return
    hour = [one for one in taken if one.at > watched.now - timedelta(hours=1)]
    if said & IDLE:
        assert len(said & IDLE) == 1
        assert newest.fault is None
        assert sum((one.utilisation or 0) > 5 for one in hour) <= 2, "a burst at most"
        assert sum(one.utilisation is not None for one in hour) >= 45, "most of the hour was read"
        assert watched.now - START >= timedelta(hours=1)
    if FindingKind.UNUSED in said:
        assert newest.processes == ()
        assert sum(bool(one.processes) for one in hour) <= 2, "nobody's process"
    if FindingKind.SQUATTER in said:
        last = [one for one in taken if one.at > watched.now - timedelta(minutes=11)]
        assert sum(any(each.login == "bob" for each in one.processes or ()) for one in last) >= 8
    if said & {FindingKind.LOST, FindingKind.MISSING}:
        assert newest.fault is not None
        assert sum(one.fault is not None for one in taken[-5:]) >= 3
    if seen.unseen or FindingKind.NO_SHOW in said:
        assert not any((one.utilisation or 0) > 5 or one.processes for one in taken)
    assert not seen.came & seen.unseen


@settings(max_examples=30, deadline=None)
@given(days)
def test_as_many_readings_a_minute_as_one_likes_say_the_same(day: list[object]) -> None:
    once, often = Watched(START, MINE), Watched(START, MINE)
    for minute in day:
        first = made(minute, once.now)
        several = [made(minute, often.now + timedelta(seconds=10 * place)) for place in range(6)]
        often.watch.take([one for one in several if one], often.now + timedelta(seconds=50))
        one, many = once.take([first] if first else []), often.take([])
        assert (one.findings, one.unsure, one.unseen) == (many.findings, many.unsure, many.unseen)
