"""What a holder could give up so that somebody else's request fits."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.booking.asking import Concession, Question, as_if, conceded, concessions, lapsed, remaining, without_it
from bot.booking.calendar import Calendar
from bot.booking.decide import decide
from bot.booking.decision import Granted, Held, OfferKind, Refused
from bot.booking.giving import Gives, Plea
from bot.booking.lab import Policy
from bot.booking.lifecycle import State
from bot.booking.model import Before, Fixed, Promise, Request, Reservation, Work, minute_of
from bot.booking.snapshot import Scene, Snapshot
from make import ALICE, BOB, CAROL, lab, monday, request, reservation, window

NOW = monday(8)
MINE = reservation(7, 9, 17, ("atlas:0", "atlas:1"))
CAROLS = reservation(8, 9, 17, ("atlas:2", "atlas:3"), member=CAROL.id)


def calendar(*holding: Reservation) -> Calendar:
    made = Calendar(lab(), minute_of(NOW))
    made.apply(holding, 1)
    return made


def plea(
    wanted: Request,
    held: Reservation = MINE,
    others: Iterable[Reservation] = (CAROLS,),
    *,
    exchange: Reservation | None = None,
    policy: Policy | None = None,
) -> Plea:
    made = calendar(held, *others, *([exchange] if exchange else []))
    scene = Scene(Snapshot(made.of(wanted.member), pending=made.pending()), made, policy or Policy(), NOW)
    return Plea(wanted, held, scene, Snapshot(made.of(held.member)), exchange)


def wanted(count: int = 1, start: float = 10, end: float = 12, **of: str) -> Request:
    return request(count, start, end, member=BOB.id, **of)


def kinds(found: Iterable[Concession]) -> list[Gives]:
    return [one.kind for one in found]


def test_the_least_given_up_comes_first_and_three_at_most() -> None:
    found = concessions(plea(wanted()))
    assert kinds(found) == [Gives.MOVED, Gives.LATER, Gives.FEWER]
    assert [one.lost for one in found] == [0, 2 * 3 * 60, 8 * 60]
    moved, later, fewer = found
    assert moved.becomes == replace(MINE, window=window(12, 20), gpus=moved.becomes.gpus)
    assert later.becomes == replace(MINE, window=window(12, 17))
    assert fewer.becomes == replace(MINE, gpus=("atlas:0",))
    assert [one.key for one in found] == [f"moved:{minute_of(monday(12))}", f"later:{minute_of(monday(12))}", "fewer:1"]
    assert {one.granted.placement.window for one in found} == {window(10, 12)}


def test_the_end_of_it_is_given_where_the_asker_needs_the_end() -> None:
    found = conceded(plea(wanted(2, 15, 17)), Gives.SHORTER, minute_of(monday(15)))
    assert found is not None
    assert (found.becomes.window, found.lost) == (window(9, 15), 2 * 2 * 60)
    assert Gives.SHORTER in kinds(concessions(plea(wanted(2, 15, 17))))
    assert conceded(plea(wanted(2, 15, 17)), Gives.SHORTER, minute_of(monday(16))) is None, "that is not enough"


def test_as_few_gpus_as_will_do_are_given() -> None:
    held = reservation(7, 9, 17, ("atlas:0", "atlas:1", "atlas:2", "atlas:3"))
    found = [one for one in concessions(plea(wanted(2, 9, 17), held, ())) if one.kind is Gives.FEWER]
    assert [one.becomes.gpus for one in found] == [("atlas:0", "atlas:1")]


def test_the_very_gpus_that_are_asked_for_are_given() -> None:
    named = replace(wanted(1, 9, 17), gpus=("atlas:0",))
    held = replace(MINE, named=True)
    found = conceded(plea(named, held), Gives.FEWER, 1)
    assert found is not None
    assert (found.becomes.gpus, found.granted.placement.gpus) == (("atlas:1",), ("atlas:0",))


def test_a_running_one_is_neither_moved_nor_begun_later() -> None:
    running = reservation(7, 7, 17, ("atlas:0", "atlas:1"), state=State.ACTIVE)
    found = concessions(plea(wanted(2, 10, 12), running))
    assert kinds(found) == [Gives.SHORTER, Gives.ALL]
    everything = found[-1].becomes
    assert (everything.state, everything.window) == (State.RELEASED, window(7, 8))
    assert found[-1].lost == 2 * 9 * 60, "what it had already is not lost"


def test_a_movable_one_is_moved_only_inside_its_promise() -> None:
    promised = replace(MINE, movable=True, not_before=monday(8), promise=Promise(monday(19), monday(19)))
    assert Gives.MOVED not in kinds(concessions(plea(wanted(), promised)))
    later = replace(promised, promise=Promise(monday(20), monday(20)))
    assert Gives.MOVED in kinds(concessions(plea(wanted(), later)))
    assert conceded(plea(wanted(), later), Gives.MOVED, minute_of(monday(12.5))) is None


def test_a_holder_is_not_moved_over_a_limit_of_their_own() -> None:
    mine = reservation(9, 12, 30, ("titan:0",), pool="3090")
    strict = Policy(max_share=0.5, approval="always")
    also = reservation(10, 17, 24, ("atlas:2",))
    assert Gives.MOVED in kinds(concessions(plea(wanted(), others=(CAROLS, mine), policy=strict)))
    found = concessions(plea(wanted(), others=(CAROLS, also), policy=strict))
    assert conceded(plea(wanted(), others=(CAROLS, also), policy=strict), Gives.MOVED, minute_of(monday(12))) is None
    assert all(one.becomes.window.start != monday(12) for one in found if one.kind is Gives.MOVED)


def test_a_rest_that_nobody_would_keep_is_no_part() -> None:
    assert kinds(concessions(plea(wanted(2, 9.5, 16.5)))) == [Gives.MOVED, Gives.ALL]


def test_a_swap_gives_the_holder_the_askers_place() -> None:
    offered = reservation(9, 20, 30, ("atlas:2", "atlas:3"), member=BOB.id)
    asked = plea(wanted(2, 9, 17), exchange=offered)
    swap = concessions(asked)[0]
    assert (swap.kind, swap.lost, swap.key) == (Gives.SWAP, 0, "swap:9")
    assert (swap.becomes.window, swap.becomes.gpus) == (window(20, 28), ("atlas:2", "atlas:3"))
    assert swap.granted.placement.window == window(9, 17)


@pytest.mark.parametrize(
    "offered",
    [
        reservation(9, 20, 27, ("atlas:2", "atlas:3"), member=BOB.id),
        reservation(9, 20, 30, ("atlas:2",), member=BOB.id),
        reservation(9, 20, 30, ("titan:2", "titan:3"), member=BOB.id, pool="3090"),
        reservation(9, 20, 30, ("atlas:2", "atlas:3"), member=CAROL.id),
    ],
    ids=["too short", "too few", "another pool", "not the asker's"],
)
def test_what_is_no_equal_is_no_exchange(offered: Reservation) -> None:
    assert conceded(plea(wanted(2, 9, 17), exchange=offered), Gives.SWAP, 9) is None


def test_where_even_all_of_it_would_not_do_there_is_nothing_to_ask_for() -> None:
    asked = plea(wanted(4))
    assert concessions(asked) == ()
    assert isinstance(without_it(asked), Refused)


def test_what_an_admin_would_have_to_allow_is_not_asked_of_a_holder() -> None:
    asked = plea(wanted(4), others=())
    assert concessions(asked) == ()
    assert isinstance(without_it(asked), Held)


def test_a_request_before_a_deadline_gets_its_place_too() -> None:
    run = Before(timedelta(hours=2), Promise(monday(12), monday(12)), NOW)
    early = reservation(7, 8, 17, ("atlas:0", "atlas:1"), state=State.ACTIVE)
    full = reservation(8, 8, 17, ("atlas:2", "atlas:3"), member=CAROL.id, state=State.ACTIVE)
    asked = plea(Request(BOB.id, 2, run, pool="a100", asked_by=BOB.id), early, (full,))
    found = concessions(asked)
    assert kinds(found) == [Gives.ALL]
    assert found[0].granted.placement.window == window(8, 10)


def test_the_calendar_comes_back_as_it_was() -> None:
    offered = reservation(9, 20, 30, ("atlas:2", "atlas:3"), member=BOB.id)
    asked = plea(wanted(2), exchange=offered)
    made = asked.scene.calendar
    before = [(name, pool.minutes.over(a, a + 1)) for name, pool in made.pools.items() for a in minutes()]
    live, stays = dict(made.live), made.holders("a100", window(0, 48))
    assert concessions(asked)
    assert [(name, pool.minutes.over(a, a + 1)) for name, pool in made.pools.items() for a in minutes()] == before
    assert (made.live, made.holders("a100", window(0, 48))) == (live, stays)


def minutes() -> range:
    return range(minute_of(monday(8)), minute_of(monday(40)), 15)


def test_the_calendar_comes_back_even_after_an_error() -> None:
    made = calendar(MINE)
    shorter = replace(MINE, window=window(9, 10))

    def fail() -> None:
        with as_if(made, MINE, shorter):
            assert made.live[7] == shorter
            assert made.pools["a100"].free_share(minute_of(monday(12))) == 1
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert made.live[7] == MINE
    assert made.pools["a100"].free_share(minute_of(monday(12))) == 0.5


@pytest.mark.parametrize(
    ("kind", "figure"),
    [
        (Gives.FEWER, 0),
        (Gives.FEWER, 2),
        (Gives.LATER, minute_of(monday(9))),
        (Gives.LATER, minute_of(monday(17))),
        (Gives.SHORTER, minute_of(monday(9))),
        (Gives.SHORTER, minute_of(monday(18))),
        (Gives.MOVED, minute_of(monday(7))),
        (Gives.SWAP, 7),
    ],
)
def test_what_cannot_be_is_no_concession(kind: Gives, figure: int) -> None:
    assert conceded(plea(wanted()), kind, figure) is None


def test_a_question_lapses_with_its_reservation_or_its_window() -> None:
    ask = Question(7, 1, ALICE.id, BOB.id, "2026-11-02", wanted(), NOW)
    assert not lapsed(ask, MINE, monday(11))
    assert lapsed(ask, MINE, monday(12))
    assert lapsed(ask, replace(MINE, state=State.CANCELLED), NOW)
    by = Promise(monday(30), monday(10))
    for when in (Before(timedelta(hours=1), by, NOW), Work(4, by, NOW)):
        due = replace(ask, request=replace(wanted(), when=when))
        assert [lapsed(due, MINE, monday(hour)) for hour in (9, 10)] == [False, True]


def test_of_a_window_that_has_begun_the_rest_is_meant() -> None:
    assert remaining(wanted(), monday(11)).when == Fixed(window(11, 12))
    assert remaining(wanted(), NOW) == wanted()


def ask_offers(asked: Plea) -> list[tuple[int | None, Request]]:
    scene = asked.scene
    decision = decide(asked.request, scene.snapshot, scene.calendar, scene.policy, NOW)
    assert isinstance(decision, Refused)
    return [(offer.reservation, offer.request) for offer in decision.offers if offer.kind is OfferKind.ASK]


def test_a_refusal_offers_to_ask_the_one_whose_giving_up_would_do() -> None:
    asked = plea(wanted())
    assert ask_offers(asked) == [(7, asked.request)]
    assert ask_offers(plea(wanted(), replace(MINE, window=window(9, 11)))) == [(7, wanted())]


def test_a_refusal_does_not_offer_what_would_be_of_no_use() -> None:
    assert ask_offers(plea(wanted(3))) == [], "two holders stand in the way"
    assert ask_offers(plea(wanted(4), others=())) == [], "an admin would be asked besides"
    assert ask_offers(plea(replace(wanted(), member=ALICE.id, asked_by=ALICE.id))) == [
        (8, replace(wanted(), member=ALICE.id, asked_by=ALICE.id))
    ], "nobody asks themselves"
    pending = replace(MINE, state=State.PENDING)
    assert ask_offers(plea(wanted(), pending, (replace(CAROLS, state=State.PENDING),))) == []


def test_every_concession_is_room_for_the_request() -> None:
    """Applied for real, the calendar grants what was asked for."""
    for count, start, end in ((1, 10, 12), (2, 9, 17), (2, 15, 19), (1, 8, 10), (2, 12, 13)):
        asked = plea(wanted(count, start, end))
        for one in concessions(asked):
            made = calendar(one.becomes, CAROLS)
            granted = decide(asked.request, Snapshot(), made, Policy(), NOW)
            assert isinstance(granted, Granted), (one, start, end)


def due(hours: float, by: float, count: int = 2) -> Request:
    """For so long on so many GPUs, or as a sweep of so many GPU-hours (count 0), to be over by then."""
    promise = Promise(monday(by), monday(by))
    when = Before(timedelta(hours=hours), promise, NOW) if count else Work(hours, promise, NOW)
    return Request(BOB.id, count, when, pool="a100", asked_by=BOB.id)


EARLY = replace(MINE, window=window(8, 17))
LATE = replace(CAROLS, window=window(8, 17))


@pytest.mark.parametrize("asked", [due(6, 16), due(1, 10, 1), due(10, 16, 0)], ids=["before", "one", "sweep"])
def test_a_movable_request_that_is_not_in_time_offers_to_ask_whoever_could_make_it_so(asked: Request) -> None:
    made = plea(asked, EARLY, (LATE,))
    assert ask_offers(made) == [(7, asked)]
    assert concessions(made), "and there is something to ask for"


def test_a_movable_request_does_not_ask_whose_giving_up_would_be_too_late_or_too_little() -> None:
    assert ask_offers(plea(due(6, 16, 3), EARLY, (LATE,))) == [], "two holders stand in the way"
    assert ask_offers(plea(due(9, 16), EARLY, (LATE,))) == [], "there are no nine hours until then"
    assert ask_offers(plea(replace(due(6, 16), asked_by=CAROL.id), EARLY, (LATE,))) == [], "asked for by another"
