"""The audit: every use case that changes something writes down who did it, in the same transaction, with the values."""

import inspect
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from auditing import Unaudited
from bot.booking.asking import Question
from bot.booking.findings import Seen
from bot.booking.lab import Deadline
from bot.booking.members import Member
from bot.booking.model import Reservation, Window
from bot.booking.observed import Finding, FindingKind
from bot.booking.settings import Change, Reminder
from bot.desk import Asked, Desk, Linked, Waitlisted
from bot.desk.attending import Job
from bot.estimates.band import Basis
from bot.estimates.kept import Forecast
from bot.estimates.reports import Report
from bot.estimates.work import Measurement
from bot.export import of_audit
from desks import EVE, NOW, before, booked, named
from make import ADA, ALICE, BOB, CAROL, lab, monday, request, window
from storage.engine import open_engine
from storage.ledger import Ledger
from storage.tables import RESERVATION

HOUR = timedelta(hours=1)
MEASURED = Measurement("", "tiny", "a100", 1, 0.4, NOW)
SEVEN = Forecast("tiny", "a100", 1, Basis.MEASURED, 7, 7, 7.7)
FILED = Deadline("neurips", monday(56), source="file")
Act = Callable[[], object]

READS = {
    *("month_due", "month_report", "next_month_at", "next_pulse_at", "pulse_opens", "pulse_stands", "report_on"),
    *(
        "admin",
        "admin_digest",
        "audited",
        "awaited",
        "board",
        "estimate",
        "show_seen",
        "cards_of",
        "claims",
        "deadlines",
        "digest",
        "digest_of",
        "entries",
    ),
    *(
        "everything",
        "findings",
        "held",
        "known",
        "links",
        "measured",
        "member",
        "mine",
        "names",
        "outage_due",
        "outages",
        "pending",
    ),
    *(
        "posted",
        "pressure",
        "reminders_due",
        "settings",
        "settings_of",
        "show",
        "stale_cards",
        "standing",
        "subscribed",
    ),
    *("timeline", "version", "waiting", "waitlist_due", "weighed", "whose", "words"),
}
# They write what is told and where it stands, or keep something in memory: nobody's GPUs are others by it.
TELLS = {
    *("answer_pulse", "ask_pulse", "owe_month", "tend_pulse"),
    *("ask_back", "attend", "card_drawn", "card_posted", "card_waits", "digest_told", "feed_failed", "learn_group"),
    *(
        "offer_sooner",
        "owe_digest",
        "owe_reminders",
        "post",
        "remember",
        "renumbered",
        "report",
        "tell_passed",
        "undeliverable",
    ),
}


def pending(desk: Desk) -> Reservation:
    return booked(desk, ALICE, count=4)


def waits(desk: Desk) -> Waitlisted:
    booked(desk, BOB, count=2)
    booked(desk, CAROL, count=2)
    outcome = desk.wait(request(2, 9, 17), ALICE, NOW)
    assert isinstance(outcome, Waitlisted)
    return outcome


def offered(desk: Desk) -> int:
    waits(desk)
    desk.release(BOB, 1, NOW)
    with desk.ledger.reading() as book:
        (one,) = book.waitlist()
    assert one.offered is not None
    return one.offered


def question(desk: Desk) -> tuple[Question, str]:
    booked(desk, ALICE, count=2)
    booked(desk, CAROL, count=2)
    outcome = desk.ask(BOB, 1, request(1, 10, 12, member=BOB.id), NOW)
    assert isinstance(outcome, Asked)
    return outcome.question, outcome.concessions[0].key


def handed(desk: Desk) -> Question:
    outcome = desk.give(ALICE, booked(desk).id, BOB.id, NOW)
    assert isinstance(outcome, Asked)
    return outcome.question


def login(desk: Desk) -> int:
    outcome = desk.link(ALICE, "al", NOW)
    assert isinstance(outcome, Linked)
    return outcome.link.id


def running(desk: Desk) -> Reservation:
    return booked(desk, ALICE, named("atlas:0", "atlas:1", start=8, end=20))


def out(desk: Desk) -> None:
    desk.take_out(ADA, ["atlas:0"], window(8, 10), "a fan", NOW)


def without_atlas(desk: Desk) -> Act:
    booked(desk)
    smaller = lab(lab().nodes[1])
    desk.ledger.sync_gpus(smaller)
    left = Desk(desk.ledger, smaller)
    return lambda: left.gpus_left(NOW)


def on_a_node(desk: Desk) -> Act:
    booked(desk, BOB, count=4, start=8, end=12)
    mine = booked(desk, ALICE, before(2, 40))
    desk.release(BOB, 1, NOW)
    desk.attend(mine.id, Job("job", "atlas", NOW, waits=True))
    return lambda: desk.pull_forward(NOW)


def passed_on(desk: Desk) -> Act:
    one = running(desk)
    seen = tuple(Finding(FindingKind.PARKED, gpu, NOW, one.id) for gpu in one.gpus)
    desk.wait(request(4, 8, 16, member=CAROL.id), CAROL, NOW)
    desk.take_seen(Seen(NOW, seen), NOW)
    idle = tuple(replace(finding, kind=FindingKind.UNUSED) for finding in seen)
    desk.take_seen(Seen(NOW, idle), NOW)
    return lambda: [desk.take_seen(Seen(NOW + 2 * HOUR, idle), NOW + hours * HOUR) for hours in (2, 3)]


def a_claim(desk: Desk) -> Act:
    booked(desk, ALICE, before(4, 56).__class__(**_named_for(FILED)))
    return lambda: desk.withdraw(ADA, "R1", NOW)


def _named_for(deadline: Deadline) -> dict[str, Any]:
    run = before(4, 56)
    promise = replace(run.when.promise, name=deadline.name)
    return {**{name: getattr(run, name) for name in run.__slots__}, "when": replace(run.when, promise=promise)}


# Each makes ready what it needs, and returns the one act that is looked at.
CHANGES: dict[str, Callable[[Desk], Act]] = {
    "reserve": lambda desk: lambda: booked(desk),
    "release": lambda desk: (one := booked(desk)) and (lambda: desk.release(ALICE, one.id, NOW)),
    "extend": lambda desk: (one := booked(desk)) and (lambda: desk.extend(ALICE, one.id, HOUR, NOW)),
    "move": lambda desk: (one := booked(desk)) and (lambda: desk.move(ALICE, one.id, monday(20), None, NOW)),
    "reword": lambda desk: (one := booked(desk)) and (lambda: desk.reword(ALICE, one.id, "camera-ready", NOW)),
    "undo": lambda desk: (one := booked(desk)) and (lambda: desk.undo(ALICE, one.id, NOW)),
    "approve": lambda desk: (one := pending(desk)) and (lambda: desk.approve(ADA, one.id, NOW)),
    "deny": lambda desk: (one := pending(desk)) and (lambda: desk.deny(ADA, one.id, "not now", NOW)),
    "suggest": lambda desk: (one := pending(desk)) and (lambda: desk.suggest(ADA, one.id, request(2), NOW)),
    "revoke": lambda desk: (one := booked(desk)) and (lambda: desk.revoke(ADA, one.id, "a review", NOW)),
    "turnover": lambda desk: booked(desk) and (lambda: desk.turnover(monday(9))),
    "finish": lambda desk: booked(desk) and desk.turnover(monday(9)) and (lambda: desk.finish(monday(17))),
    "wait": lambda desk: lambda: waits(desk),
    "leave": lambda desk: waits(desk) and (lambda: desk.leave(ALICE, 1, NOW)),
    "accept": lambda desk: (id_ := offered(desk)) and (lambda: desk.accept(ALICE, id_, NOW)),
    "let_go": lambda desk: (id_ := offered(desk)) and (lambda: desk.let_go(ALICE, id_, NOW)),
    "serve_waitlist": lambda desk: offered(desk) and (lambda: desk.serve_waitlist(monday(60))),
    "ask": lambda desk: lambda: question(desk),
    "decline": lambda desk: (asked := question(desk)) and (lambda: desk.decline(ALICE, asked[0].id, NOW)),
    "give_up": lambda desk: (asked := question(desk)) and (lambda: desk.give_up(ALICE, asked[0].id, asked[1], NOW)),
    "lapse_questions": lambda desk: question(desk) and (lambda: desk.lapse_questions(monday(18))),
    "give": lambda desk: lambda: handed(desk),
    "take": lambda desk: (asked := handed(desk)) and (lambda: desk.take(BOB, asked.id, NOW)),
    "add_deadline": lambda desk: lambda: desk.add_deadline(ALICE, "thesis", monday(60), "UTC", NOW),
    "drop_deadline": lambda desk: (
        desk.add_deadline(ALICE, "thesis", monday(60), "UTC", NOW)
        and (lambda: desk.drop_deadline(ALICE, "thesis", NOW))
    ),
    "take_file": lambda desk: lambda: desk.take_file(NOW),
    "take_feed": lambda desk: lambda: desk.take_feed([replace(FILED, name="iclr", source="feed")], NOW),
    "withdraw": a_claim,
    "take_out": lambda desk: booked(desk) and (lambda: out(desk)),
    "bring_back": lambda desk: out(desk) or (lambda: desk.bring_back(ADA, ["atlas:0"], NOW)),
    "end_outages": lambda desk: out(desk) or (lambda: desk.end_outages(monday(11))),
    "set": lambda desk: lambda: desk.set(ALICE, Change(on=frozenset({Reminder.MORE}), delegate=BOB.id), NOW),
    "calendar_link": lambda desk: lambda: desk.calendar_link(ALICE, None, NOW),
    "link": lambda desk: lambda: login(desk),
    "decide_link": lambda desk: (id_ := login(desk)) and (lambda: desk.decide_link(ADA, id_, NOW, confirm=True)),
    "unlink": lambda desk: login(desk) and (lambda: desk.unlink(ALICE, "al", NOW)),
    "here": lambda desk: (one := running(desk)) and (lambda: desk.here(ALICE, one.id, NOW)),
    "seen": lambda desk: (one := running(desk)) and (lambda: desk.seen([one.id], NOW)),
    "unseen": lambda desk: (
        (one := running(desk)) and desk.unseen([one.id], NOW + HOUR) == 0 and (lambda: desk.unseen([1], monday(12)))
    ),
    "still_using": lambda desk: (one := running(desk)) and (lambda: desk.still_using(ALICE, one.id, NOW)),
    "keep_used": lambda desk: (one := running(desk)) and (lambda: desk.keep_used(ALICE, one.id, 1, NOW)),
    "take_seen": passed_on,
    "pull_forward": on_a_node,
    "members_left": lambda desk: booked(desk) and (lambda: desk.members_left([ALICE.id], NOW)),
    "gpus_left": without_atlas,
    "take_report": lambda desk: (
        (one := running(desk)) and (lambda: desk.take_report(ALICE, one.id, "job", Report(0.4, "tiny"), NOW))
    ),
    "keep_forecast": lambda desk: (one := booked(desk)) and (lambda: desk.keep_forecast(ALICE, one.id, SEVEN, NOW)),
    "import_measurements": lambda desk: lambda: desk.import_measurements(ADA, [MEASURED], "sweep.csv", NOW),
}


@pytest.fixture
def desk(request: pytest.FixtureRequest) -> Any:
    """The desk of a lab with a deadline in its file; SQLite, unless the test asks for each database."""
    url = request.getfixturevalue("database_url" if "backend" in request.fixturenames else "sqlite_url")
    engine = open_engine(url)
    ledger = Ledger(engine)
    made = lab(deadlines=(FILED,), admins=(ADA.id, EVE.id))
    ledger.sync_gpus(made)
    with ledger.writing() as book:
        for one in (ADA, ALICE, BOB, CAROL):
            book.remember("T0LAB", one.id, one.name, one.zone, bot=False, deleted=False, now=NOW)
    yield Desk(ledger, made)
    engine.dispose()


def test_every_use_case_is_looked_at_here() -> None:
    public = {name for name, _ in inspect.getmembers(Desk, inspect.isfunction) if not name.startswith("_")}
    assert public == READS | TELLS | CHANGES.keys()
    assert not READS & TELLS
    assert not (READS | TELLS) & CHANGES.keys()


@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_something_is_written_down(name: str, desk: Desk, commits: Any) -> None:
    act = CHANGES[name](desk)
    audits = commits.audits
    act()
    assert commits.audits > audits


def test_a_change_without_its_audit_would_not_be_committed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.records.Records.audit", lambda *args: None)
    with pytest.raises(Unaudited, match="settings changed"):
        desk.set(ALICE, Change(delegate=BOB.id), NOW)
    with pytest.raises(Unaudited, match="reservation"):
        booked(desk)
    assert desk.settings(ALICE.id, NOW).delegate == ""
    assert list(desk.everything(ADA)) == []


def everything_done(desk: Desk) -> list[dict[str, Any]]:
    return json.loads("".join(of_audit("json", desk.entries(ADA))))["audit"]


def test_what_is_no_reservation_has_its_values_before_and_after(desk: Desk, backend: str) -> None:
    desk.set(ALICE, Change(delegate=BOB.id), NOW)
    desk.add_deadline(ALICE, "thesis", monday(60), "UTC", NOW)
    desk.add_deadline(ALICE, "thesis", monday(70), "UTC", NOW)
    waits(desk)
    desk.leave(ALICE, 1, NOW)
    done = {entry["act"]: entry for entry in everything_done(desk)}
    changed = done["settings changed"]
    assert (changed["who"], changed["before"]["delegate"], changed["after"]["delegate"]) == (ALICE.id, "", BOB.id)
    moved = next(entry for act, entry in done.items() if act.startswith("deadline thesis: 2026"))
    assert [moved[when]["at"] for when in ("before", "after")] == [
        "2026-11-04T12:00:00+00:00",
        "2026-11-04T22:00:00+00:00",
    ]
    came, left = done["waits as W1"], done["left W1"]
    assert (came["before"], left["after"]) == (None, None)
    assert came["after"] == left["before"]
    assert came["after"]["request"]["member"] == ALICE.id
    assert came["after"]["request"]["when"]["window"]["start"] == "2026-11-02T09:00:00+00:00"


def test_the_file_has_all_of_it_as_json_and_in_columns(desk: Desk) -> None:
    booked(desk)
    desk.set(ALICE, Change(delegate=BOB.id), NOW)
    text = "".join(of_audit("csv", desk.entries(ADA)))
    header, entered, changed = text.splitlines()
    assert header.endswith(",before,after")
    assert ",booked,R1,U0ALICE,booked,a100," in entered
    assert '""delegate"": ""U0BOB""' in changed


def test_whoever_reads_the_audit_cannot_open_anybodys_calendar(desk: Desk) -> None:
    link = desk.calendar_link(ALICE, None, NOW)
    assert [entry["act"] for entry in everything_done(desk)] == ["calendar link to their own reservations made"]
    assert link.token not in json.dumps(everything_done(desk))


def test_the_watch_sees_what_plain_sql_does_too(desk: Desk) -> None:
    one = booked(desk)
    with pytest.raises(Unaudited), desk._writing(NOW) as (book, _):
        book._connection.execute(update(RESERVATION).values(member=BOB.id))
    assert desk.show(one.id, NOW)[0].member == ALICE.id


def test_a_person_who_is_nobody_yet_has_what_they_did_written_down_too(desk: Desk) -> None:
    eve = Member("U0EVIL'; DROP TABLE audit; --", "eve")
    booked(desk, eve, request(1, member=eve.id))
    (entry,) = everything_done(desk)
    assert (entry["who"], entry["after"]["member"]) == (eve.id, eve.id)
    assert Window(monday(9), monday(17)) == desk.show(1, NOW)[0].window
