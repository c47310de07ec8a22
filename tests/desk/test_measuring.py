"""Measurements and estimates as they are kept, and what rests on them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.booking.decision import OfferKind
from bot.booking.members import Member
from bot.desk import Desk
from bot.desk.past import KEPT
from bot.estimates.band import Basis, Estimate
from bot.estimates.kept import Forecast, Proved, Record
from bot.estimates.measured import speeds_of_pools
from bot.estimates.reports import Report
from bot.estimates.work import Like, Measurement, Named
from desks import booked, refused
from make import ALICE, BOB, CAROL, monday, request
from storage.measurements import KEPT as MOST_OF_A_MEMBER

NOW = monday(9)


def said(desk: Desk, id_: int, report: Report, job: str = "a", hour: float = 9) -> bool:
    return desk.take_report(ALICE, id_, job, report, monday(hour))


def test_a_job_s_step_time_is_kept_and_the_next_estimate_rests_on_it(desk: Desk) -> None:
    one = booked(desk, wanted=request(2, 9, 17), now=NOW)
    assert said(desk, one.id, Report(0.5, "tiny"))
    assert said(desk, one.id, Report(0.4, "tiny"), hour=10), "it takes the place of what it said before"
    assert [(one.member, one.name, one.step_seconds) for one in desk.measured(NOW)] == [(ALICE.id, "tiny", 0.4)]
    seen = desk.estimate(BOB, Named(36_000, "TINY"), monday(10), pool="a100", count=2)
    assert isinstance(seen.estimate, Estimate)
    assert seen.estimate.basis is Basis.MEASURED
    assert seen.estimate.typical.hours == pytest.approx(4)
    with desk.ledger.reading() as book:
        acts = [line.act for line in book.audited(3)]
    assert acts == ["R1: tiny takes 0.4 s a step", "R1: tiny takes 0.5 s a step", "booked"]
    assert [entry.act for entry in desk.show(one.id, NOW)[1]] == ["booked"], "nothing has become of it by that"


def test_what_is_somebody_else_s_or_cannot_be_is_not_kept(desk: Desk) -> None:
    one = booked(desk, BOB, request(2, 9, 17, member=BOB.id), now=NOW)
    mine = booked(desk, wanted=request(2, 10, 17), now=NOW)
    assert not said(desk, one.id, Report(0.5, "x"))
    assert not said(desk, mine.id, Report(0.5, "x"))  # not begun
    assert not said(desk, mine.id, Report(0.5, "x", 3), hour=11)
    assert not said(desk, mine.id, Report(0.5), hour=11)
    assert not said(desk, mine.id, Report(None, "x", None, 5000), hour=11)
    assert not said(desk, 99, Report(0.5, "x"))
    assert desk.measured(NOW) == ()
    assert said(desk, mine.id, Report(None, "x", None, 3700), hour=11), "clocks differ by seconds"


def test_a_job_is_heard_once_a_minute_and_no_more_once_it_has_ended(desk: Desk) -> None:
    one = booked(desk, wanted=request(2, 9, 17), now=NOW)

    def hears(report: Report, seconds: float) -> bool:
        return desk.take_report(ALICE, one.id, "a", report, NOW + timedelta(seconds=seconds))

    assert hears(Report(0.5, "tiny"), 0)
    assert not hears(Report(0.4, "tiny"), 59)
    assert hears(Report(0.3, "tiny"), 60)
    assert hears(Report(0.2, "tiny", None, 61.0), 61), "its last word counts at once"
    assert not hears(Report(0.1, "tiny", None, 3000.0), 3600)
    assert [one.step_seconds for one in desk.measured(NOW)] == [0.2]


def test_of_a_member_s_jobs_the_newest_are_kept(desk: Desk) -> None:
    with desk.ledger.writing(1) as book:
        book.import_measurements([Measurement("", "old", "a100", 1, 1.0, NOW)])
    for place in range(2):
        one = booked(desk, wanted=request(1, 9, 17), now=NOW)
        with desk.ledger.writing(1) as book:
            for job in range(20):
                book.measure(one, f"{place}:{job}", Report(1.0 + job, "x"), NOW + timedelta(minutes=job))
            assert not book.measure(one, "more", Report(1.0, "x"), NOW), "a reservation has so many jobs at most"
    kept = desk.measured(NOW)
    assert len(kept) == 41
    assert MOST_OF_A_MEMBER == 300
    assert kept[0].step_seconds == 20.0, "the newest first"


def test_an_import_takes_the_place_of_earlier_ones_of_the_same_but_not_of_jobs(desk: Desk) -> None:
    one = booked(desk, wanted=request(2, 9, 17), now=NOW)
    said(desk, one.id, Report(0.5, "tiny"))
    rows = [Measurement("", "tiny", "a100", 2, seconds, NOW) for seconds in (1.0, 2.0)]
    desk.import_measurements(ALICE, [*rows, Measurement("", "big", "a100", 4, 9.0, NOW)], "a.csv", NOW)
    desk.import_measurements(ALICE, rows[:1], "b.csv", NOW)
    assert sorted((one.name, one.step_seconds) for one in desk.measured(NOW)) == [
        ("big", 9.0),
        ("tiny", 0.5),
        ("tiny", 1.0),
    ]
    with desk.ledger.reading() as book:
        acts = [line.act for line in book.audited(2)]
    assert acts == ["imported measurements from b.csv: 1", "imported measurements from a.csv: 3"]


def test_an_estimate_that_was_booked_is_held_against_what_its_job_took(desk: Desk) -> None:
    one = booked(desk, wanted=request(2, 9, 17), now=NOW)
    forecast = Forecast("36000 steps of tiny", "a100", 2, Basis.MEASURED, 4, 5, 6)
    assert desk.keep_forecast(ALICE, one.id, forecast, NOW)
    assert not desk.keep_forecast(ALICE, one.id, replace(forecast, typical=6), NOW), "the first one counts"
    assert not desk.keep_forecast(BOB, one.id, forecast, NOW)
    with desk.ledger.reading() as book:
        assert book.proved(9) == ()
    said(desk, one.id, Report(0.5, "tiny", 2, 4 * 3600.0), hour=13)
    with desk.ledger.reading() as book:
        assert book.proved(9) == (Proved(forecast, 4.0),)
    seen = desk.estimate(BOB, Named(3600, "tiny"), monday(13), pool="a100", count=2)
    assert seen.record == Record(1, 1, 0.25)
    assert desk.estimate(BOB, Named(3600, "tiny"), monday(13), pool="3090", count=2).record is None
    again = desk.estimate(BOB, Like(one.id), monday(13))
    assert isinstance(again.estimate, Estimate)
    assert again.estimate.typical.hours == pytest.approx(4), "as long as its job ran, not as it was booked"


def test_other_pools_are_offered_by_the_speeds_that_were_measured(desk: Desk) -> None:
    booked(desk, BOB, request(4, 9, 20, member=BOB.id), now=NOW)

    def offered() -> tuple[int, bool]:
        offers = refused(desk, ALICE, request(2, 10, 13), now=NOW).offers
        (other,) = (offer for offer in offers if offer.kind is OfferKind.POOL)
        return other.window.minutes, other.measured

    assert offered() == (540, False), "a 3090 is a third of an A100, as published"
    rows = [Measurement("", "tiny", pool, 2, seconds, NOW) for pool, seconds in (("a100", 1.0), ("3090", 2.0))]
    desk.import_measurements(ALICE, rows, "a.csv", NOW)
    desk._past._speeds = None  # as after KEPT
    assert offered() == (360, True)
    assert timedelta(minutes=5) < KEPT < timedelta(hours=1)


def test_two_members_jobs_of_one_name_are_two_jobs(desk: Desk) -> None:
    """A script that does not say its name is called train by everybody."""
    booked(desk, wanted=request(2, 9, 17), now=NOW)
    booked(desk, BOB, request(2, 9, 17, pool="3090", member=BOB.id), now=NOW)
    assert said(desk, 1, Report(1.0, "train"))
    assert desk.take_report(BOB, 2, "b", Report(50.0, "train"), NOW)

    def hours(who: Member, pool: str) -> float:
        band = desk.estimate(who, Named(3600, "train"), NOW, pool=pool, count=2).estimate
        assert isinstance(band, Estimate)
        return band.typical.hours

    assert (hours(ALICE, "a100"), hours(BOB, "3090")) == pytest.approx((1, 50))
    assert 2 < hours(ALICE, "3090") < 5, "her own job, scaled by what is published"
    assert hours(CAROL, "3090") == pytest.approx(50), "who has none goes by everybody's"
    with desk.ledger.reading() as book:
        assert speeds_of_pools(book.measurements(), desk.lab.pools) == {}
