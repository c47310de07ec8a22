"""The feed's job: what it brings, and that no fault of it changes anything or is told twice."""

import gzip
import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.booking.lab import Deadline
from bot.booking.notices import Notice, NoticeKind
from bot.desk import Desk
from bot.jobs.feed import feed
from feeds import YAML, Answer, Host, head, hosting, saying
from make import ADA, ALICE, lab, monday
from storage.ledger import Ledger
from storage.outbox import Outbox

NOW = monday(8)


@pytest.fixture
def host() -> Iterator[Host]:
    with hosting() as host:
        yield host


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    return Desk(ledger, lab())


def tracked(desk: Desk) -> list[tuple[str, str]]:
    return [(one.label, f"{one.at:%m-%d %H:%M}") for one in desk.deadlines(ALICE.id, NOW)]


def reports(desk: Desk) -> list[Notice]:
    claimed = Outbox(desk.ledger).claim(monday(23, day=30), monday(1) - monday(0), 100)
    return [one.notice for one in claimed if one.notice.kind is NoticeKind.REPORT]


def test_what_the_feed_says_is_tracked(desk: Desk, host: Host) -> None:
    feed(desk, host.reader(), NOW)
    assert tracked(desk) == [("neurips abstract", "11-21 11:59"), ("neurips", "11-28 11:59")]
    assert reports(desk) == []


def test_a_feed_that_says_that_nothing_changed_is_asked_by_tag_and_changes_nothing(desk: Desk, host: Host) -> None:
    reader = host.reader()
    host.answer = saying(YAML, ETag='"one"')
    feed(desk, reader, NOW)
    host.answer = lambda connection, _: connection.sendall(head("304 Not Modified"))
    feed(desk, reader, monday(14))
    assert 'if-none-match: "one"' in host.asked[-1].lower()
    assert len(tracked(desk)) == 2
    # The abstract is past by then, and the same text says so.
    feed(desk, reader, monday(0, day=20))
    assert reports(desk) == []


def slow(connection: socket.socket, _: str) -> None:
    for byte in head() * 20:
        connection.sendall(bytes([byte]))
        time.sleep(0.02)


def flood(connection: socket.socket, _: str) -> None:
    connection.sendall(head())
    for _ in range(300 * 16):
        connection.sendall(b"#" * 65536)


BOMB = "\n".join(
    ["- &a0 [x, x, x, x, x, x, x, x, x]", *(f"- &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))]
)
FAULTS: dict[str, tuple[Answer, str]] = {
    "slow drip": (slow, "did not come within"),
    "300 MB": (flood, "over 1 MiB"),
    "gzip bomb": (saying(gzip.compress(b"0" * 20_000_000), Content_Encoding="gzip"), "came compressed"),
    "redirect": (saying("", "302 Found", Location="http://127.0.0.1/"), "it was moved"),
    "HTML": (saying("<!doctype html><title>Sign in</title>"), "A web page came"),
    "HTML by its type": (saying("- a", Content_Type="text/html"), "A web page came"),
    "bad YAML": (saying("- title: ["), "not YAML"),
    "alias bomb": (saying(BOMB), "YAML aliases"),
    "unknown zone": (saying(YAML.replace("AoE", "Mars/Base")), "is not a time zone"),
    "another shape": (saying("conferences: []"), "not a list of conferences"),
    "an error": (saying("oh", "503 Service Unavailable"), "answered 503"),
}


@pytest.mark.parametrize(("answer", "said"), FAULTS.values(), ids=FAULTS)
def test_a_fault_leaves_the_deadlines_as_they_were_and_is_told_to_the_admins_once(
    desk: Desk, host: Host, answer: Answer, said: str
) -> None:
    reader = host.reader(seconds=0.7)
    feed(desk, reader, NOW)
    before = tracked(desk)
    host.answer = answer
    for hour in (14, 20, 26):
        feed(desk, reader, monday(hour))
        assert tracked(desk) == before
    (told,) = reports(desk)
    assert told.to == "C0ADMIN"
    assert told.reservation == 0
    assert said in told.facts["reason"]


def test_a_feed_that_is_down_or_at_a_private_address_is_told_once_too(desk: Desk, host: Host) -> None:
    feed(desk, host.reader(), NOW)
    before = tracked(desk)
    for hour in (14, 20):
        feed(desk, host.reader(allow_private=False), monday(hour))
    assert tracked(desk) == before
    (told,) = reports(desk)
    assert "127.0.0.1, which is private" in told.facts["reason"]


def test_a_host_that_is_down_is_told_once(desk: Desk, host: Host) -> None:
    feed(desk, host.reader(), NOW)
    before = tracked(desk)
    with socket.create_server(("127.0.0.1", 0)) as server:
        down = Host(server.getsockname()[1])
    for hour in (14, 20):
        feed(desk, down.reader(), monday(hour))
    assert tracked(desk) == before
    assert ["cannot be reached" in told.facts["reason"] for told in reports(desk)] == [True]


def test_it_is_told_again_only_after_it_has_worked_in_between_even_after_a_restart(
    desk: Desk, host: Host, ledger: Ledger
) -> None:
    works, fails = saying(YAML), saying("", "500 Oh")
    for hour, answer in ((9, fails), (10, fails), (11, works), (12, fails), (13, fails), (14, works), (15, works)):
        host.answer = answer
        feed(Desk(ledger, lab()), host.reader(), monday(hour))
    assert [told.about for told in reports(desk)] == [monday(9), monday(12)]


def test_without_an_admin_channel_each_admin_is_told(ledger: Ledger, host: Host) -> None:
    desk = Desk(ledger, replace(lab(admins=(ADA.id, "U0EVE")), admin_channel=""))
    host.answer = saying("", "500 Oh")
    feed(desk, host.reader(), NOW)
    assert {told.to for told in reports(desk)} == {ADA.id, "U0EVE"}


def test_a_conference_that_left_the_feed_is_a_fault_and_its_dates_stay(desk: Desk, host: Host) -> None:
    feed(desk, host.reader(), NOW)
    host.answer = saying(YAML.replace("NeurIPS", "ICML").replace("neurips", "icml"))
    feed(desk, host.reader(), monday(14))
    assert len(tracked(desk)) == 2
    assert 'no conference "neurips"' in reports(desk)[0].facts["reason"]


def test_the_deadlines_are_the_feed_s_again_once_it_works(desk: Desk, host: Host) -> None:
    host.answer = saying("", "500 Oh")
    feed(desk, host.reader(), NOW)
    assert tracked(desk) == []
    host.answer = saying(YAML.replace("11-27", "12-04"))
    feed(desk, host.reader(), monday(14))
    assert ("neurips", "12-05 11:59") in tracked(desk)
    assert all(isinstance(one, Deadline) and one.source == "feed" for one in desk.deadlines(ALICE.id, NOW))
