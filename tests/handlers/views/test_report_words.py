"""The report in words: labs with little in them are told so plainly, and no figure stands without its meaning."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.booking.lifecycle import State
from bot.booking.model import Window
from bot.report.figures import Report, figures
from bot.report.months import Month
from bot.report.pulse import Pulse
from bot.report.record import Due, Record, Refusal, Run, Seen, Stay
from bot.report.waits import Waits
from handlers.reports import report_csv
from handlers.views.report_paragraph import paragraph
from handlers.views.report_table import table
from handlers.views.report_units import percent, span, spread
from handlers.views.report_words import NO_DEADLINE, NOT_WATCHED, NOTHING, clock_changed, facts, title

OCTOBER = Month(2026, 10)
POOLS = {"a100": 4}
BEGIN, AFTER = datetime(2026, 10, 5, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
HAD = Stay(1, "U0ALICE", "a100", 2, Window(BEGIN, BEGIN + timedelta(hours=8)))
RUN = Run(1, 1, "U0ALICE", State.ENDED, "a100", HAD.window, BEGIN, BEGIN, had=True)


def report(*, zone: str = "UTC", now: datetime = AFTER, before=None, pulse=None, **of) -> Report:
    there = ZoneInfo(zone)
    window = OCTOBER.window(there)
    cut = Window(window.start, min(window.end, now))
    now_, then = (
        figures(month, Record(span_, POOLS, **kept), there)
        for month, span_, kept in (
            (OCTOBER, cut, of),
            (OCTOBER.before, OCTOBER.before.window(there), before or {}),
        )
    )
    return Report("Test Lab", zone, now, now_, then, so_far=now < window.end, pools=POOLS, pulse=pulse)


def test_an_empty_month_is_one_plain_sentence() -> None:
    assert facts(report()) == (NOTHING,)
    assert "nothing was reserved" in paragraph(report())
    assert "arXiv 2410.23261" in paragraph(report())


def test_a_lab_that_is_not_watched_is_not_said_to_use_anything() -> None:
    found = report(stays=(HAD,), runs=(RUN,))
    assert NOT_WATCHED in facts(found)[0]
    assert "observed" not in paragraph(found)
    assert "reserved and used,all,GPU-hours,," in report_csv(found)


def test_what_was_seen_of_it_is_said_with_how_much_that_is() -> None:
    seen = (Seen(BEGIN, "a100", True, 45, 15, 0),)
    found = report(stays=(HAD,), runs=(RUN,), seen=seen)
    assert "0.8 GPU-h were used and 0.2 GPU-h idle (75 % used); 15 GPU-h were not seen." in facts(found)[0]
    assert "Of the 1 GPU-h of it that were observed, 75 % were used." in paragraph(found)


def test_a_lab_without_deadlines_is_told_so() -> None:
    assert NO_DEADLINE in facts(report(stays=(HAD,), runs=(RUN,)))


def test_a_deadline_for_which_nobody_ran_is_named_all_the_same() -> None:
    said = " ".join(facts(report(stays=(HAD,), runs=(RUN,), dues=(Due("cvpr", BEGIN + timedelta(days=9)),))))
    assert "cvpr: no run was promised by it." in said
    assert "In the two weeks before a deadline 1 reservation began" in said


def test_the_month_before_stands_beside_where_something_was_in_it() -> None:
    earlier = replace(HAD, window=Window(datetime(2026, 9, 3, tzinfo=UTC), datetime(2026, 9, 6, tzinfo=UTC)))
    assert "(1 %; September: 5 %)" in facts(report(stays=(HAD,), before={"stays": (earlier,)}))[0]
    assert "In September 2026 nothing was reserved." in facts(report(stays=(HAD,)))[0]
    heads, lines = table(report(stays=(HAD,), before={"stays": (earlier,)}))
    assert heads == ("October 2026", "September 2026", "change")
    assert lines[0] == ("GPU-hours reserved", "16", "144", "−89 %")
    assert lines[1] == ("… of those in service", "1 %", "5 %", "−4 points")
    little = replace(earlier, gpus=1, window=Window(earlier.window.start, earlier.window.start + timedelta(hours=60)))
    assert table(report(stays=(HAD,), before={"stays": (little,)}))[1][1][3] == "−1 point"
    heads, lines = table(report(stays=(HAD,)))
    assert heads == ("October 2026", "September 2026", "")
    assert lines[0] == ("GPU-hours reserved", "16", "–", "")


def test_refusals_that_were_not_kept_yet_are_not_said_to_be_none() -> None:
    kept = {"stays": (HAD,), "runs": (RUN,)}
    assert "on record" in " ".join(facts(report(**kept)))
    assert (
        "Nothing was refused for want of GPUs." in facts(report(refusals_since=BEGIN - timedelta(days=30), **kept))[2]
    )
    refused = Refusal(BEGIN, "U0BOB", "a100", 480, BEGIN)
    said = facts(report(refusals=(refused,), refusals_since=BEGIN, **kept))[2]
    assert said.startswith("1 request, 8 GPU-h, was refused for want of GPUs; 1 of them (8 GPU-h) led to nothing.")


def test_a_month_that_is_not_over_and_one_with_a_clock_change_say_so() -> None:
    assert title(report(now=datetime(2026, 10, 9, tzinfo=UTC), stays=(HAD,))) == "Test Lab · October 2026, so far"
    assert clock_changed(report(zone="Europe/Berlin")) == "The clocks changed: the month had 745 hours."
    assert clock_changed(report()) == ""


def test_a_pulse_stands_beside_the_survey() -> None:
    pulse = Pulse("2026-Q4", (1, 2, 1, 1, 0), ("a night",), 9)
    found = report(stays=(HAD,), pulse=pulse)
    assert "5 of 9 people answered" in facts(found)[-1]
    assert "80 % gave 3 of 5 or less (in the published survey 66 %)" in facts(found)[-1]
    assert "Of 5 members who answered in 2026-Q4, 80 % rated" in paragraph(found)
    assert "a night" not in paragraph(found) + " ".join(facts(found))


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "no time"), (40, "40 min"), (90, "1.5 h"), (600, "10 h"), (47 * 60, "47 h"), (3 * 1440, "3 days")],
)
def test_a_length_is_as_precise_as_it_matters(minutes: int, said: str) -> None:
    assert span(minutes) == said


@pytest.mark.parametrize(
    ("share", "said"),
    [(None, ""), (0, "0 %"), (0.001, "under 1 %"), (0.5, "50 %"), (0.9999, "over 99 %"), (1, "100 %")],
)
def test_a_share_is_never_rounded_to_nothing_or_all(share: float | None, said: str) -> None:
    assert percent(share) == said


def test_waits_are_said_so_that_they_can_be_read_aloud() -> None:
    assert spread(Waits(3, 0, 0, 0, 0)) == "nine of ten at once when GPUs were wanted"
    assert spread(Waits(3, 0, 0, 0, 90)) == "half at once when GPUs were wanted, nine of ten within 1.5 h of it"
    assert spread(Waits(3, 0, 0, 60, 90)) == "half within 1 h and nine of ten within 1.5 h of when GPUs were wanted"
