"""Time phrases: what each means, what is said to be assumed, and what is refused."""

from bisect import bisect
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.booking.model import MINUTE
from bot.errors import InputError
from handlers.when import Movable, Spoken, read_day, read_instant, read_length, read_start, read_when, read_window
from make import monday

BERLIN = ZoneInfo("Europe/Berlin")
AOE = timezone(timedelta(hours=-12), "AoE")
NOW = monday(9.34)  # Monday 10:20:24 in Berlin
DEADLINES = {
    "neurips": datetime(2027, 5, 15, 23, 59, 59, tzinfo=AOE),
    "NeurIPS abstract": datetime(2027, 5, 9, 23, 59, 59, tzinfo=AOE),
    "camera-ready": datetime(2026, 11, 20, 12, tzinfo=UTC),
    "old": datetime(2026, 10, 1, tzinfo=UTC),
}


def shown(instant: datetime, zone: ZoneInfo = BERLIN) -> str:
    return f"{instant.astimezone(zone):%a %Y-%m-%d %H:%M}"


def window_of(phrase: str, now: datetime = NOW, zone: ZoneInfo = BERLIN) -> tuple[str, str]:
    window = read_window(phrase, zone, now, DEADLINES).window
    return shown(window.start, zone), shown(window.end, zone)


@pytest.mark.parametrize(
    ("phrase", "start", "end"),
    [
        ("now for 2h", "Mon 2026-11-02 10:20", "Mon 2026-11-02 12:20"),
        ("for 8h", "Mon 2026-11-02 10:20", "Mon 2026-11-02 18:20"),
        ("now until thursday 5pm", "Mon 2026-11-02 10:20", "Thu 2026-11-05 17:00"),
        ("until thursday 5pm", "Mon 2026-11-02 10:20", "Thu 2026-11-05 17:00"),
        ("until eod", "Mon 2026-11-02 10:20", "Mon 2026-11-02 18:00"),
        ("eod for 2h", "Mon 2026-11-02 18:00", "Mon 2026-11-02 20:00"),
        ("tomorrow 9am for 8h", "Tue 2026-11-03 09:00", "Tue 2026-11-03 17:00"),
        ("9am tomorrow for 8h", "Tue 2026-11-03 09:00", "Tue 2026-11-03 17:00"),
        ("tomorrow at 9 am for half an hour", "Tue 2026-11-03 09:00", "Tue 2026-11-03 09:30"),
        ("tomorrow 9am 8h", "Tue 2026-11-03 09:00", "Tue 2026-11-03 17:00"),
        ("for 8h from tomorrow 9am", "Tue 2026-11-03 09:00", "Tue 2026-11-03 17:00"),
        ("tomorrow for 3h", "Tue 2026-11-03 09:00", "Tue 2026-11-03 12:00"),
        ("day after tomorrow noon for 1h", "Wed 2026-11-04 12:00", "Wed 2026-11-04 13:00"),
        ("yesterday 9am for 8h", "Sun 2026-11-01 09:00", "Sun 2026-11-01 17:00"),
        ("tomorrow 9-17", "Tue 2026-11-03 09:00", "Tue 2026-11-03 17:00"),
        ("9-17 tomorrow", "Tue 2026-11-03 09:00", "Tue 2026-11-03 17:00"),
        ("9am to 5pm tomorrow", "Tue 2026-11-03 09:00", "Tue 2026-11-03 17:00"),
        ("tomorrow 22:00–06:00", "Tue 2026-11-03 22:00", "Wed 2026-11-04 06:00"),
        ("22-6 fri", "Fri 2026-11-06 22:00", "Sat 2026-11-07 06:00"),
        ("fri 14:00-18:00", "Fri 2026-11-06 14:00", "Fri 2026-11-06 18:00"),
        ("Fri, 14:00 - 18:00.", "Fri 2026-11-06 14:00", "Fri 2026-11-06 18:00"),
        ("2-4pm", "Mon 2026-11-02 14:00", "Mon 2026-11-02 16:00"),
        ("tomorrow 11-1pm", "Tue 2026-11-03 11:00", "Tue 2026-11-03 13:00"),
        ("tomorrow 9am-5", "Tue 2026-11-03 09:00", "Tue 2026-11-03 17:00"),
        ("next monday 9 to wed noon", "Mon 2026-11-09 09:00", "Wed 2026-11-11 12:00"),
        ("monday next week for 3h", "Mon 2026-11-09 09:00", "Mon 2026-11-09 12:00"),
        ("next wed for 3h", "Wed 2026-11-11 09:00", "Wed 2026-11-11 12:00"),
        ("fri 9 to fri 17", "Fri 2026-11-06 09:00", "Fri 2026-11-06 17:00"),
        ("2h from now for 3h", "Mon 2026-11-02 12:20", "Mon 2026-11-02 15:20"),
        ("in 2h for 3h", "Mon 2026-11-02 12:20", "Mon 2026-11-02 15:20"),
        ("tonight", "Mon 2026-11-02 20:00", "Tue 2026-11-03 08:00"),
        ("tonight for 3h", "Mon 2026-11-02 20:00", "Mon 2026-11-02 23:00"),
        ("tonight at 9 for 3h", "Mon 2026-11-02 21:00", "Tue 2026-11-03 00:00"),
        ("tonight 2am for 3h", "Tue 2026-11-03 02:00", "Tue 2026-11-03 05:00"),
        ("tomorrow morning", "Tue 2026-11-03 09:00", "Tue 2026-11-03 12:00"),
        ("this afternoon", "Mon 2026-11-02 12:00", "Mon 2026-11-02 18:00"),
        ("this weekend", "Sat 2026-11-07 00:00", "Mon 2026-11-09 00:00"),
        ("for the weekend", "Sat 2026-11-07 00:00", "Mon 2026-11-09 00:00"),
        ("for tonight", "Mon 2026-11-02 20:00", "Tue 2026-11-03 08:00"),
        ("for tomorrow 9am for 3h", "Tue 2026-11-03 09:00", "Tue 2026-11-03 12:00"),
        ("for tomorrow 9am-5", "Tue 2026-11-03 09:00", "Tue 2026-11-03 17:00"),
        ("next weekend", "Sat 2026-11-14 00:00", "Mon 2026-11-16 00:00"),
        ("midnight for 8h", "Tue 2026-11-03 00:00", "Tue 2026-11-03 08:00"),
        ("fri midnight for 8h", "Sat 2026-11-07 00:00", "Sat 2026-11-07 08:00"),
        ("2026-12-01 for 3h", "Tue 2026-12-01 09:00", "Tue 2026-12-01 12:00"),
        ("2026-12-01T10:00 for 3h", "Tue 2026-12-01 10:00", "Tue 2026-12-01 13:00"),
        ("2026-12-01-2026-12-03", "Tue 2026-12-01 09:00", "Thu 2026-12-03 09:00"),
        ("dec 1 9am for 3h", "Tue 2026-12-01 09:00", "Tue 2026-12-01 12:00"),
        ("1 dec 9:00 for 3h", "Tue 2026-12-01 09:00", "Tue 2026-12-01 12:00"),
        ("tue 1st of December 2026 9:00 for 3h", "Tue 2026-12-01 09:00", "Tue 2026-12-01 12:00"),
        ("dec 28 to jan 3", "Mon 2026-12-28 09:00", "Sun 2027-01-03 09:00"),
        ("2026-11-24T17:00Z/2026-11-25T01:00Z", "Tue 2026-11-24 18:00", "Wed 2026-11-25 02:00"),
        ("2026-11-24T17:00Z/PT8H", "Tue 2026-11-24 18:00", "Wed 2026-11-25 02:00"),
        ("2026-11-24T17:00:00+09:00 for 8h", "Tue 2026-11-24 09:00", "Tue 2026-11-24 17:00"),
        ("tomorrow 9:00-17:00 utc", "Tue 2026-11-03 10:00", "Tue 2026-11-03 18:00"),
        ("36h before neurips for 3h", "Sat 2027-05-15 01:59", "Sat 2027-05-15 04:59"),
        ("36h before neurips abstract for 3h", "Sun 2027-05-09 01:59", "Sun 2027-05-09 04:59"),
        ("until 36h before the camera-ready deadline", "Mon 2026-11-02 10:20", "Thu 2026-11-19 01:00"),
        ("in 2 months for 3h", "Sat 2027-01-02 10:20", "Sat 2027-01-02 13:20"),
        ("in 2 days at 9am for 3h", "Wed 2026-11-04 09:00", "Wed 2026-11-04 12:00"),
        ("2 days ago for 3h", "Sat 2026-10-31 10:20", "Sat 2026-10-31 13:20"),
    ],
)
def test_a_phrase_is_the_window_that_it_says(phrase: str, start: str, end: str) -> None:
    assert window_of(phrase) == (start, end)
    assert window_of(phrase.upper()) == (start, end)


def test_a_weekday_counts_today_only_if_its_time_is_still_ahead() -> None:
    assert window_of("mon 11am for 3h")[0] == "Mon 2026-11-02 11:00"
    assert window_of("mon 9am for 3h")[0] == "Mon 2026-11-09 09:00"
    assert window_of("mon 10:20 for 3h")[0] == "Mon 2026-11-02 10:20"


def test_next_monday_said_on_a_sunday_is_tomorrow() -> None:
    assert window_of("next monday 9 for 1h", monday(9, day=6))[0] == "Mon 2026-11-09 09:00"


def test_a_time_that_is_past_today_is_that_of_tomorrow_and_this_is_said() -> None:
    spoken = read_window("9am for 1h", BERLIN, NOW, {})
    assert shown(spoken.window.start) == "Tue 2026-11-03 09:00"
    assert spoken.notes == ("09:00 is past today, so tomorrow, Tue 3 Nov 2026, is meant.",)


def test_a_night_or_weekend_that_has_begun_is_what_is_left_of_it() -> None:
    spoken = read_window("tonight", BERLIN, monday(21), {})
    assert (shown(spoken.window.start), shown(spoken.window.end)) == ("Mon 2026-11-02 22:00", "Tue 2026-11-03 08:00")
    assert "It has begun, so this is what is left of it." in spoken.notes
    assert window_of("this weekend", monday(9, day=6)) == ("Sun 2026-11-08 10:00", "Mon 2026-11-09 00:00")


def test_29_february_is_that_of_the_next_leap_year() -> None:
    assert window_of("29 feb for 2h")[0] == "Tue 2028-02-29 09:00"


@pytest.mark.parametrize(
    ("phrase", "note"),
    [
        ("tomorrow for 3h", "A day without a time begins at 09:00."),
        ("for 8h", "No start was said, so it begins now."),
        ("until eod", "The end of the day (eod) is 18:00."),
        ("tonight", "The night is 20:00-08:00."),
        ("tomorrow morning", "The morning is 09:00-12:00."),
        ("this weekend", "The weekend is Sat 7 Nov 2026 00:00 to Monday 00:00."),
        ("fri 5pm for 1h", '"fri" is the next one ahead, Fri 6 Nov 2026.'),
        ("next monday 9 for 1h", '"next monday" is that of next week, Mon 9 Nov 2026.'),
        ("tomorrow at 5 for 1h", "5 is read as 05:00; say 5pm or 17:00."),
        ("tomorrow 2-4pm", "2 is read as 14:00."),
        ("fri midnight for 1h", "Midnight is the one that ends the day."),
        ("jan 5 9am for 1h", '"jan 5" is Tue 5 Jan 2027.'),
        ("36h before neurips for 3h", '"neurips" is Sat 15 May 2027 23:59 AoE.'),
        ("in 2 months for 3h", '"in 2 months" is read as Sat 2 Jan 2027 10:20.'),
    ],
)
def test_what_is_assumed_is_said(phrase: str, note: str) -> None:
    assert note in read_window(phrase, BERLIN, NOW, DEADLINES).notes


@pytest.mark.parametrize("phrase", ["tomorrow 9am for 8h", "tomorrow 8:00-16:00", "tomorrow 8-16", "now for 2h"])
def test_a_phrase_that_is_clear_has_no_notes(phrase: str) -> None:
    assert read_window(phrase, BERLIN, NOW, DEADLINES).notes == ()


@pytest.mark.parametrize(
    ("phrase", "message"),
    [
        ("", "When?"),
        ("fri", "How long?"),
        ("10h before neurips", "How long?"),
        ("tomorrow foo bar for 3h", 'I did not understand "foo bar".'),
        ("tomorrow 9am for 8", 'I did not understand "8".'),
        ("tomorrow 9am for 1,5h", 'I did not understand "1,5h".'),
        ("tomorrow 9am until", 'I did not understand "until".'),
        ("the 5th for 3h", 'I did not understand "the 5th".'),
        ("tomorrow 25:00 for 3h", 'I did not understand "25:00".'),
        ("tomorrow 9am for 8h for 9h", 'I did not understand "for 9h".'),
        ("tomorrow 9am fri for 8h", 'I did not understand "fri".'),
        ("tomorrow 9am until fri for 8h", "Both an end and a length were said."),
        ("tomorrow 3pm to tomorrow 2pm", "ends (Tue 3 Nov 2026 14:00) before it begins (Tue 3 Nov 2026 15:00)"),
        ("fri 5pm to fri 4pm", "before it begins"),
        ("dec 5 to dec 4", "before it begins"),
        ("tonight at 3pm for 1h", '"3pm" is not in it: The night is 20:00-08:00.'),
        ("12/1 9am for 3h", "more than one date"),
        ("1.12. 9am for 3h", "more than one date"),
        ("31 feb for 3h", 'no "31 feb"'),
        ("2026-02-30 for 3h", 'no "2026-02-30"'),
        ("2026-02-30T10:00Z for 3h", 'no "2026-02-30T10:00Z"'),
        ("wed 1 dec for 3h", '"1 dec" is a Tuesday in 2026, not a Wednesday.'),
        ("wed 2026-12-01 for 3h", '"2026-12-01" is a Tuesday in 2026, not a Wednesday.'),
        ("tomorrow for 400 days", "too long"),
        ("tomorrow until 2028-10-01", "more than a year"),
        ("for 999999999999999999 days", "too long"),
        ("9999-12-31 for 8h", "more than two years away"),
        ("9999-12-31T23:59-12:00 for 8h", "more than two years away"),
        ("0001-01-01 for 8h", "That is past: more than two years ago."),
        ("2020-01-01T00:30Z for 8h", "That is past: more than two years ago."),
        ("until old", 'The deadline "old" was Thu 1 Oct 2026 00:00 UTC'),
        ("until nurips", 'I did not understand "nurips".'),
        ("for 10h before neurips", "A deadline does not say when it begins."),
        ("for 10h after wed", "no deadline was said"),
    ],
)
def test_what_is_not_understood_is_refused_and_quoted(phrase: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        read_window(phrase, BERLIN, NOW, DEADLINES)
    assert message in str(refused.value)
    assert isinstance(read_when(refused.value.example, BERLIN, NOW, DEADLINES), Spoken | Movable)


def test_an_unknown_deadline_names_the_known_ones_and_the_nearest() -> None:
    with pytest.raises(InputError) as refused:
        read_when("for 10h before nurips", BERLIN, NOW, DEADLINES)
    assert "Did you mean neurips?" in refused.value.hint
    assert "NeurIPS abstract, camera-ready, neurips and old" in refused.value.hint


@pytest.mark.parametrize("phrase", ["for 10h before banana", "for 10h by the banana deadline", "36h before banana"])
def test_a_deadline_that_nobody_knows_is_called_so_with_a_time_as_the_example(phrase: str) -> None:
    with pytest.raises(InputError, match=r'^There is no deadline ".*banana.*"\.$') as refused:
        read_when(phrase, BERLIN, NOW, {})
    assert refused.value.hint == "None is known. A time does as well."
    assert isinstance(read_when(refused.value.example, BERLIN, NOW, {}), Movable)


@pytest.mark.parametrize(("phrase", "word"), [("for 10h before fryday", "friday"), ("for 10h by tomorow", "tomorrow")])
def test_a_mistyped_day_is_no_unknown_deadline(phrase: str, word: str) -> None:
    with pytest.raises(InputError) as refused:
        read_when(phrase, BERLIN, NOW, {})
    assert refused.value.hint == f'Did you mean "{word}"?'


@pytest.mark.parametrize(
    ("phrase", "not_before", "due", "name"),
    [
        ("for 10h before neurips", "Mon 2026-11-02 10:20", "Sun 2027-05-16 13:59", "neurips"),
        ("for 10h by fri 6pm", "Mon 2026-11-02 10:20", "Fri 2026-11-06 18:00", None),
        ("before fri 6pm for 10h after wed 9am", "Wed 2026-11-04 09:00", "Fri 2026-11-06 18:00", None),
        ("for 10h not before wed 9am before fri 6pm", "Wed 2026-11-04 09:00", "Fri 2026-11-06 18:00", None),
        ("tomorrow 9am for 10h before neurips", "Tue 2026-11-03 09:00", "Sun 2027-05-16 13:59", "neurips"),
        ("for 10h before 36h before neurips abstract", "Mon 2026-11-02 10:20", "Sun 2027-05-09 01:59", None),
    ],
)
def test_a_deadline_leaves_the_start_open(phrase: str, not_before: str, due: str, name: str | None) -> None:
    said = read_when(phrase, BERLIN, NOW, DEADLINES)
    assert isinstance(said, Movable)
    assert said.length == timedelta(hours=10)
    assert (shown(said.not_before), shown(said.due.at), said.due.name) == (not_before, due, name)


@pytest.mark.parametrize("phrase", ["for 10h before fri until sat", "from wed for 10h after tue before fri"])
def test_a_deadline_with_an_end_or_two_starts_is_refused(phrase: str) -> None:
    with pytest.raises(InputError):
        read_when(phrase, BERLIN, NOW, DEADLINES)


@pytest.mark.parametrize(
    ("phrase", "start", "end"),
    [
        ("fri", "Fri 2026-11-06 00:00", "Sat 2026-11-07 00:00"),
        ("mon", "Mon 2026-11-02 00:00", "Tue 2026-11-03 00:00"),
        ("today", "Mon 2026-11-02 00:00", "Tue 2026-11-03 00:00"),
        ("fri 14:00", "Fri 2026-11-06 14:00", "Sat 2026-11-07 00:00"),
        ("9am", "Tue 2026-11-03 09:00", "Wed 2026-11-04 00:00"),
        ("tomorrow 9-17", "Tue 2026-11-03 09:00", "Tue 2026-11-03 17:00"),
        ("tonight", "Mon 2026-11-02 20:00", "Tue 2026-11-03 08:00"),
    ],
)
def test_a_day_to_look_at_is_all_of_it(phrase: str, start: str, end: str) -> None:
    window = read_day(phrase, BERLIN, NOW, DEADLINES).window
    assert (shown(window.start), shown(window.end)) == (start, end)


@pytest.mark.parametrize(
    ("phrase", "plain"),
    [
        ("tomorrow from 9 to 12", "tomorrow 9-12"),
        ("tomorrow from 9am for 3h", "tomorrow 9-12"),
        ("tomorrow starting 9am until noon", "tomorrow 9-12"),
        ("tomorrow between 9 and 12", "tomorrow 9-12"),
        ("between 9 and 12 tomorrow", "tomorrow 9-12"),
        ("on fri from 14:00 until 18:00", "fri 14:00-18:00"),
        ("tonight from 22:00 for 3h", "today 22:00 for 3h"),
        ("between tomorrow and fri", "tomorrow until fri"),
        ("over the weekend", "the weekend"),
        ("during the weekend", "the weekend"),
    ],
)
def test_there_is_more_than_one_way_to_say_a_window(phrase: str, plain: str) -> None:
    said, meant = read_when(phrase, BERLIN, NOW, DEADLINES), read_when(plain, BERLIN, NOW, DEADLINES)
    assert isinstance(said, Spoken)
    assert isinstance(meant, Spoken)
    assert said.window == meant.window


@pytest.mark.parametrize(
    "phrase", ["the weekend from 9 to 12", "tomorrow from friday for 3h", "over 3h", "tomorrow 9 and 12", "between 9"]
)
def test_what_says_no_window_is_not_guessed(phrase: str) -> None:
    with pytest.raises(InputError):
        read_when(phrase, BERLIN, NOW, DEADLINES)


@pytest.mark.parametrize("phrase", ["every monday 9-12", "daily 9-17", "mon 9am for 3h every week", "Weekly mon 9-12"])
def test_what_would_repeat_is_told_that_it_cannot_and_why(phrase: str) -> None:
    with pytest.raises(InputError, match="does not repeat") as refused:
        read_when(phrase, BERLIN, NOW, DEADLINES)
    assert "weeks that they turn out not to need" in refused.value.hint


def test_a_start_may_come_with_an_end_or_without() -> None:
    assert read_start("sat 9am", BERLIN, NOW, {})[1] is None
    start, end, _ = read_start("sat 9am for 4h", BERLIN, NOW, {})
    assert end == start + timedelta(hours=4)
    with pytest.raises(InputError, match="When does it begin"):
        read_start("for 4h", BERLIN, NOW, {})


def test_one_instant_is_read_alone_and_more_is_refused() -> None:
    assert shown(read_instant("fri 6pm", BERLIN, NOW, {})[0]) == "Fri 2026-11-06 18:00"
    with pytest.raises(InputError, match="for 3h"):
        read_instant("fri 6pm for 3h", BERLIN, NOW, {})


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("8h", 480),
        ("90m", 90),
        ("90 min", 90),
        ("1.5 days", 2160),
        ("2 weeks", 20160),
        ("1h30", 90),
        ("1h30m", 90),
        ("1h 30m", 90),
        ("1 day 4 hours", 1680),
        ("an hour", 60),
        ("half a day", 720),
        ("two hours", 120),
        ("PT8H", 480),
        ("P1DT30M", 1470),
    ],
)
def test_a_length_is_read_to_the_minute(text: str, minutes: int) -> None:
    assert read_length(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "8", "0h", "-8h", "0.001h", "1 month", "8h please", "400 days", "1e9h", "٣h"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_length(text)


def test_times_are_read_in_the_zone_of_who_speaks() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    assert read_window("tomorrow 9am for 1h", tokyo, monday(16), {}).window.start == monday(0, day=2)
    assert read_window("tomorrow 9am for 1h", ZoneInfo("UTC"), monday(16), {}).window.start == monday(9, day=1)


def test_a_skipped_time_is_the_first_that_exists_and_a_repeated_one_the_first_of_the_two() -> None:
    now = datetime(2027, 3, 20, tzinfo=UTC)
    at, notes = read_instant("2027-03-28 02:30", BERLIN, now, {})
    assert at == datetime(2027, 3, 28, 1, tzinfo=UTC)
    assert notes == ("02:30 does not exist on Sun 28 Mar 2027; 03:00 is the first time that does.",)
    at, notes = read_instant("2027-10-31 02:30", BERLIN, now, {})
    assert at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert notes == ("02:30 comes twice on Sun 31 Oct 2027; the first is meant.",)


def changes(zone: ZoneInfo) -> list[datetime]:
    """The instants from 2024 to 2030 at which the zone's offset changes, found by looking at every week."""
    weeks = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(weeks=week) for week in range(366)]
    found = []
    for start, end in pairwise(weeks):
        before = start.astimezone(zone).utcoffset()
        if end.astimezone(zone).utcoffset() != before:
            minutes = range((end - start) // MINUTE)
            later = bisect(minutes, False, key=lambda m: (start + m * MINUTE).astimezone(zone).utcoffset() != before)
            found.append(start + later * MINUTE)
    return found


def test_every_clock_change_of_the_world_is_read_as_the_rule_says() -> None:
    seen = 0
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        for change in changes(zone):
            seen += 1
            last = (change - MINUTE).astimezone(zone).replace(tzinfo=None) + MINUTE
            first = change.astimezone(zone).replace(tzinfo=None)
            size = abs(first - last)
            skipped = first > last
            for share in (timedelta(), size // 2, size - MINUTE, size):
                local = min(first, last) + share
                at, notes = read_instant(f"{local:%Y-%m-%d %H:%M}", zone, change - timedelta(days=3), {})
                inside = share < size
                shift = timedelta() if skipped else share - size if inside else size
                assert at == change + shift, f"{name}: {local}"
                assert bool(notes) == inside, f"{name}: {local}"
    assert seen > 2500


@given(
    minute=st.integers(0, 10**6),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata"]),
)
def test_a_window_from_now_begins_in_this_minute_and_a_weekday_within_a_week(minute: int, zone: str) -> None:
    instant = monday() + minute * timedelta(minutes=1, seconds=1)
    window = read_window("now until fri 5pm", ZoneInfo(zone), instant, {}).window
    assert window.start <= instant < window.start + MINUTE
    assert window.end - window.start <= timedelta(days=7, hours=1)
    assert f"{window.end.astimezone(ZoneInfo(zone)):%a %H:%M}" == "Fri 17:00"
