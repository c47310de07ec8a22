"""The pulse: one question in a quarter, and answers that nobody can lay beside a name."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, inspect, text

from bot.booking.members import Member
from bot.booking.notices import NoticeKind
from bot.booking.settings import Change, Reminder
from bot.errors import InputError, NotFound, NotYours, WrongState
from desks import NOW, booked
from make import ADA, ALICE, BOB, CAROL, DAN, request
from storage.people import KnownMember

EVERYBODY = (ADA, ALICE, BOB, CAROL, DAN)
QUARTER = "2026-Q4"
DAY = timedelta(days=1)


@pytest.fixture
def asked(desk):
    """The desk of a lab in which everybody has had GPUs, and was asked by hand."""
    used(desk)
    assert desk.ask_pulse(ADA, NOW) == 5
    return desk


def used(desk, people=EVERYBODY) -> None:
    known = [KnownMember("T0", one.id, one.name, one.zone, False, False, NOW) for one in EVERYBODY]
    desk.remember(known, NOW)
    for place, one in enumerate(people):
        booked(desk, one, request(1, 9 + place, 10 + place, member=one.id))


def answered(desk, people=EVERYBODY, mark: int = 2, line: str = "") -> None:
    for one in people:
        desk.answer_pulse(one, QUARTER, mark, line, NOW + DAY)


def test_those_who_use_the_gpus_are_asked_once_in_a_quarter(asked, owed):
    told = [one for one in owed() if one.kind is NoticeKind.PULSE]
    assert sorted(one.to for one in told) == sorted(one.id for one in EVERYBODY)
    with pytest.raises(WrongState, match="once in a quarter"):
        asked.ask_pulse(ADA, NOW + 30 * DAY)
    assert asked.ask_pulse(ADA, datetime(2027, 1, 5, 9, tzinfo=UTC)) == 5


def test_only_an_admin_has_people_asked(desk):
    used(desk)
    for act in (desk.ask_pulse, desk.pulse_stands):
        with pytest.raises(NotYours):
            act(ALICE, NOW)


def test_where_too_few_would_answer_nobody_is_asked(desk, owed):
    used(desk, EVERYBODY[:4])
    with pytest.raises(WrongState, match="Nobody was asked"):
        desk.ask_pulse(ADA, NOW)
    used(desk, [DAN])
    desk.set(BOB, Change(off=frozenset({Reminder.PULSE})), NOW)
    with pytest.raises(WrongState, match="Nobody was asked"):
        desk.ask_pulse(ADA, NOW)
    assert not [one for one in owed() if one.kind is NoticeKind.PULSE]
    desk.set(BOB, Change(on=frozenset({Reminder.PULSE})), NOW)
    assert desk.ask_pulse(ADA, NOW) == 5


def test_each_answers_once_and_only_who_was_asked(asked):
    asked.answer_pulse(ALICE, QUARTER, 4, "", NOW)
    with pytest.raises(WrongState, match="answered this already"):
        asked.answer_pulse(ALICE, QUARTER, 1, "", NOW)
    for who, quarter in ((Member("U0EVE", "eve"), QUARTER), (BOB, "2026-Q3"), (BOB, "")):
        with pytest.raises(NotFound):
            asked.answer_pulse(who, quarter, 3, "", NOW)
    for mark in (0, 6, -1):
        with pytest.raises(InputError):
            asked.answer_pulse(BOB, QUARTER, mark, "", NOW)


def test_it_is_closed_after_two_weeks_and_shown_only_then(asked):
    answered(asked)
    asked.tend_pulse(NOW + 13 * DAY)
    assert asked.pulse_stands(ADA, NOW + 13 * DAY) == (None, NOW + 14 * DAY)
    asked.tend_pulse(NOW + 15 * DAY)
    shown, until = asked.pulse_stands(ADA, NOW + 15 * DAY)
    assert (shown.marks, shown.asked, shown.low, until) == ((0, 5, 0, 0, 0), 5, 1, None)


def test_fewer_than_five_answers_are_never_shown(asked):
    answered(asked, EVERYBODY[:4])
    asked.tend_pulse(NOW + 15 * DAY)
    assert asked.pulse_stands(ADA, NOW + 15 * DAY) == (None, None)
    with pytest.raises(NotFound):
        asked.answer_pulse(DAN, QUARTER, 3, "", NOW + 15 * DAY)


def test_who_is_late_is_told_so_even_before_the_job_has_closed_it(asked):
    with pytest.raises(NotFound, match="closed"):
        asked.answer_pulse(DAN, QUARTER, 3, "", NOW + 14 * DAY)


def test_no_table_has_an_answer_beside_a_member_or_an_instant(asked, engine: Engine):
    before = dump(engine)
    asked.answer_pulse(CAROL, QUARTER, 5, "zebra", NOW + DAY)
    asked.answer_pulse(ALICE, QUARTER, 1, "a night", NOW + 2 * DAY)
    after = dump(engine)
    assert {table for table, rows in after.items() if rows != before[table]} == {"pulse", "pulse_asked"}
    (row,) = after["pulse"]
    assert (json_of(row["marks"]), json_of(row["lines"])) == ([1, 0, 0, 0, 1], ["a night", "zebra"])
    assert not {one.id for one in EVERYBODY} & {str(value) for value in row.values()}
    assert after["pulse_asked"][0].keys() == {"quarter", "member", "answered"}
    asked.tend_pulse(NOW + 15 * DAY)
    assert dump(engine)["pulse_asked"] == []


def test_the_same_answers_in_another_order_lie_in_the_database_alike(asked, engine: Engine):
    given = [(ALICE, 5, "c"), (BOB, 1, "a"), (CAROL, 3, ""), (DAN, 3, "b")]
    for who, mark, line in given:
        asked.answer_pulse(who, QUARTER, mark, line, NOW)
    first = dump(engine)["pulse"]
    with engine.begin() as connection:
        connection.execute(text("UPDATE pulse_asked SET answered = false"))
        connection.execute(text("UPDATE pulse SET marks = '[0, 0, 0, 0, 0]', lines = '[]'"))
    for who, mark, line in reversed(given):
        asked.answer_pulse(who, QUARTER, mark, line, NOW + DAY)
    assert dump(engine)["pulse"] == first


def test_a_line_is_kept_as_one_line_and_not_longer_than_was_said(asked):
    answered(asked, line="two\n\n nights \u2028" + "x" * 900)
    asked.tend_pulse(NOW + 15 * DAY)
    shown, _ = asked.pulse_stands(ADA, NOW + 15 * DAY)
    assert set(map(len, shown.lines)) == {300}
    assert all(line.startswith("two nights x") for line in shown.lines)


def test_a_quarter_is_asked_by_itself_on_its_day_and_not_twice(desk, owed):
    used(desk)
    due = datetime(2027, 1, 15, 9, tzinfo=UTC)
    assert desk.next_pulse_at(NOW) == due
    assert not desk.tend_pulse(due - timedelta(minutes=1))
    assert desk.tend_pulse(due)
    assert not desk.tend_pulse(due + timedelta(minutes=1))
    assert len([one for one in owed() if one.kind is NoticeKind.PULSE]) == 5
    assert desk.next_pulse_at(due) == due + 14 * DAY


def test_what_was_asked_by_hand_is_not_asked_again_by_itself(desk):
    used(desk)
    begin = datetime(2027, 1, 4, 9, tzinfo=UTC)
    assert desk.ask_pulse(ADA, begin) == 5
    assert not desk.tend_pulse(datetime(2027, 1, 15, 9, tzinfo=UTC))


def test_who_switched_it_off_after_it_was_owed_is_not_told(asked, owed):
    told = next(one for one in owed() if one.kind is NoticeKind.PULSE and one.to == BOB.id)
    (word,) = asked.words([told], NOW)
    assert not word.pointless
    asked.set(BOB, Change(off=frozenset({Reminder.PULSE})), NOW)
    (word,) = asked.words([told], NOW)
    assert word.pointless


def test_it_waits_for_the_end_of_quiet_hours(asked, owed):
    told = next(one for one in owed() if one.kind is NoticeKind.PULSE and one.to == ALICE.id)
    (word,) = asked.words([told], datetime(2026, 11, 2, 23, tzinfo=UTC))
    assert word.waits_until == datetime(2026, 11, 3, 7, tzinfo=UTC)
    assert replace(word, waits_until=None).pointless == ""


def json_of(value):
    return json.loads(value) if isinstance(value, str) else value


def dump(engine: Engine) -> dict[str, list[dict]]:
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        return {
            table: [dict(row) for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings()]
            for table in tables
        }
