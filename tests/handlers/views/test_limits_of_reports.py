"""Reports and the pulse against Slack's limits and the pages' edges, with the worst that they can hold."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.booking.lifecycle import State
from bot.booking.model import Window
from bot.booking.notices import Notice, NoticeKind
from bot.report.figures import Report, figures
from bot.report.months import Month
from bot.report.pulse import Pulse
from bot.report.record import Due, Record, Refusal, Run, Seen, Stay, Wait
from bot.sandbox.limits import check_message, check_view
from handlers.reports import ALT_MOST, report_csv
from handlers.views import notices, pulse, report
from handlers.views.kit import SECTION, clip
from handlers.views.report_pages import drawn
from handlers.views.report_pdf import report_pdf
from handlers.views.report_words import facts, title
from handlers.views.sheets import FOOT

HOSTILE = (
    "x" * 3000,
    "🦥👩‍👩‍👧" * 900,
    "<!channel> <@U0BOB> &<> *_~`" * 90,
    "$a_{b}$ \\frac{" * 200,
    "שלום \u202eabc\n\x00" * 200,
    "深度" * 999,
)
MONTH = Month(2026, 10)
ZONE = ZoneInfo("Europe/Berlin")
BAIT = ("<!channel>", "<@U0BOB>")


def worst(text: str) -> Report:
    """A month with as many pools, deadlines and members as may be, all called so."""
    window = MONTH.window(ZONE)
    at = [window.start + timedelta(days=day, hours=3) for day in range(30)]
    pools = {f"{text}{n}": 999 for n in range(30)}
    stays = tuple(Stay(n, f"U{n}", f"{text}{n % 30}", 999, Window(at[n % 30], window.end)) for n in range(300))
    runs = tuple(
        Run(n, n, f"U{n}", State.ENDED, text, Window(at[n % 30], window.end), at[0], at[0], True, at[n % 30], text)
        for n in range(300)
    )
    record = Record(
        window,
        pools,
        stays,
        runs,
        tuple(Refusal(at[n % 30], f"V{n}", text, 10**7, at[n % 30]) for n in range(300)),
        tuple(Wait(n, f"W{n}", text, 10**7, at[n % 30], None, None, at[n % 30]) for n in range(300)),
        tuple(Seen(one, f"{text}{n}", True, 10**6, 10**6, 10**6) for n, one in enumerate(at)),
        dues=tuple(Due(text if n % 2 else f"{text}{n}", one) for n, one in enumerate(at)),
        refusals_since=at[0],
    )
    found = figures(MONTH, record, ZONE)
    said = Pulse("2026-Q4", (9999,) * 5, (clip(text, 300),) * 500, 99999)
    return Report(text, "Europe/Berlin", window.end, found, found, pools=pools, pulse=said)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_report_is_inside_slacks_limits_and_calls_nobody(text: str) -> None:
    found = worst(text)
    assert check_message(report.summary(found).payload()) == []
    for said in (report.commented(found), str(report.summary(found).payload())):
        assert not any(bait in said for bait in BAIT)
    assert len(report.commented(found)) <= SECTION
    assert len(clip(" ".join((title(found), *facts(found))), ALT_MOST)) <= ALT_MOST


@pytest.mark.parametrize("text", HOSTILE[:4], ids=range(4))
def test_its_pages_are_drawn_whatever_things_are_called_and_nothing_runs_over_their_feet(text: str) -> None:
    assert report_pdf(worst(text)).startswith(b"%PDF-")
    assert drawn(worst(text)).lowest > FOOT


def test_no_cell_of_its_table_is_a_formula() -> None:
    assert not [line for line in report_csv(worst("=1+1")).splitlines() if line.startswith(("=", "+", "@"))]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_the_pulse_is_inside_slacks_limits_and_calls_nobody(text: str) -> None:
    now = datetime(2026, 11, 2, tzinfo=UTC)
    notice = Notice(NoticeKind.PULSE, "U0BOB", 0, now, now, {"act": "pulse", "quarter": "2026-Q4"})
    message = notices.message(notice, None, late=True, zone=ZONE)
    shown = pulse.stands(Pulse("2026-Q4", (1, 2, 3, 4, 5), (clip(text, 300),) * 200, 99), now)
    for each in (message, shown.payload(), pulse.thanks().payload(), pulse.asked(99_999).payload()):
        assert check_message(each) == []
        assert not any(bait in str(each) for bait in BAIT)
    assert check_view(pulse.form("2026-Q4")) == []
