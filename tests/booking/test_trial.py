"""Trials on the calendar: it comes back as it was, also from a trial inside another."""

from bot.booking.calendar import Calendar
from bot.booking.decision import Placement
from bot.booking.model import minute_of
from bot.booking.trial import trial
from make import lab, monday, request, reservation, window

HOURS = range(minute_of(monday(8)), minute_of(monday(20)), 30)


def seen(calendar: Calendar) -> object:
    pool = calendar.pools["a100"]
    return [pool.minutes.at(at) for at in HOURS], [pool.stays(bit, HOURS[0], HOURS[-1]) for bit in range(4)]


def test_a_trial_inside_another_gives_the_others_shadows_back_their_gpus() -> None:
    calendar = Calendar(lab(), HOURS[0])
    calendar.apply([reservation(1, 10, 16, ("atlas:0",))], 1)
    before = seen(calendar)
    with trial(calendar) as outer:
        outer.enter(request(), Placement("a100", ("atlas:1",), window(9, 12)))
        around = seen(calendar)
        with trial(calendar) as inner:
            swapped = ((1, ("atlas:1",)), (-2, ("atlas:0",)))
            inner.enter(request(), Placement("a100", ("atlas:2",), window(9, 12), rebinds=swapped))
            assert inner.rebinds() == ((1, ("atlas:1",)),)
        assert seen(calendar) == around
    assert seen(calendar) == before


def test_what_one_trial_enters_twice_is_taken_out_where_it_is_by_then() -> None:
    calendar = Calendar(lab(), HOURS[0])
    calendar.apply([reservation(1, 10, 16, ("atlas:0",))], 1)
    before = seen(calendar)
    with trial(calendar) as tried:
        tried.enter(request(), Placement("a100", ("atlas:1",), window(9, 12)))
        tried.enter(request(), Placement("a100", ("atlas:1",), window(9, 12), rebinds=((-2, ("atlas:2",)),)))
    assert seen(calendar) == before
