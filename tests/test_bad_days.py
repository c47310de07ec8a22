"""Bad input and bad days: what the bot answers, and that nothing is lost or done twice."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from sqlalchemy import event

from bot.booking.lifecycle import State
from bot.errors import ConfigError
from bot.sandbox import payloads
from bot.sandbox.slack.server import Answer
from bot.sandbox.workspace import ANY, RESPONSE_URL
from make import lab, monday, node
from racing import at_once
from storage.sqlite import driver
from worlds import Play, all_of, of_a_digest, playing

ROOT = Path(__file__).parents[1]
BOOK = "/gpu book 2 a100 tomorrow 9am for 8h"


@pytest.fixture
def play(sqlite_url: str) -> Iterator[Play]:
    with playing(sqlite_url) as play:
        yield play


# What is typed


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("book 2 h100 tomorrow 9am for 8h", 'There is no pool "h100"'),
        ("book 0 a100 tomorrow 9am for 8h", '"0" is not a number of GPUs'),
        ("book -1 a100 tomorrow 9am for 8h", "-1"),
        ("book 1000000000 a100 tomorrow 9am for 8h", "A100 has 4 GPUs that would do, not 1,000,000,000."),
        ("book 2 a100 yesterday 9am for 8h", "is over"),
        ("book 2 a100 2020-01-01T00:00Z/2020-01-02T00:00Z", "more than two years ago"),
        ("book 2 a100 tomorrow 9am until tomorrow 8am", "before it begins"),
        ("book 2 a100 2026-11-03T09:00Z/2026-11-03T09:00Z", "before it begins"),
        ("book 2 a100 2026-11-03T09:00Z/2226-11-03T09:00Z", "two years away"),
        ("book 2 a100 tomorrow for 200 years", "200 years"),
        ("book 2 a100 9999-12-31T23:00Z/9999-12-31T23:59Z", "two years away"),
        ("book 2 a100 tomorrow 9am for 99999999999h", "99999999999h"),
        ("book 2 a100 tomorrow 9am for 8h because " + "x" * 4000, "characters"),
        ("x" * 4000, "characters"),
        ("book 🚀 a100 tomorrow 9am for 8h", "🚀"),
        ("🚀" * 300, "🚀"),
        ("book 2 a100 غدا لمدة 8 ساعات", "غدا"),
        ("book 2 a100 \u202etomorrow 9am for 8h", ""),
        ("book 2 a100 tomor\x00row 9am for 8h", "NUL"),
        ("book 2 a100 tomorrow 9am for 8h for @nobody", "nobody"),
        ("'; DROP TABLE reservation; --", "is not a command"),
        ("book 2 a100 <!channel> for 8h", "&lt;!channel&gt;"),
        ("<script>alert(1)</script>", "&lt;script&gt;"),
    ],
)
def test_what_cannot_be_booked_is_answered_with_the_reason_and_nothing_is_written(
    play: Play, line: str, words: str
) -> None:
    answer = play.type("alice", f"/gpu {line}")
    assert words in answer.text or words in all_of(answer)
    assert answer.only_for == "U0ALICE"
    if "\u202e" not in line:
        assert play.reservations() == []


def test_text_that_would_turn_around_what_is_read_is_read_without_what_turns_it(play: Play) -> None:
    answer = play.type("alice", f"{BOOK} because \u202eevil\u2066 <@U0BOB> *bold*")
    assert "are yours" in answer.text
    assert "\u202e" not in all_of(answer)
    assert "&lt;@U0BOB&gt;" in all_of(answer)
    play.world.settle()
    assert "\u202e" not in play.thread()[0]


# What comes twice, and from whom


def test_the_same_command_delivered_twice_has_one_effect_and_the_same_answer(play: Play) -> None:
    delivery, _ = payloads.command(play.workspace, play.workspace.url, play.person("alice"), BOOK, "C0GPUS")
    answers = [play.world.deliver(delivery.body(), delivery.headers("", monday(8))) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert len(play.reservations()) == 1
    play.world.settle()
    assert len(play.thread()) == 1


def test_the_same_command_delivered_eight_times_at_once_has_one_effect_and_the_same_answer(play: Play) -> None:
    delivery, _ = payloads.command(play.workspace, play.workspace.url, play.person("alice"), BOOK, "C0GPUS")

    def deliver(_: int, barrier: threading.Barrier) -> tuple[int, str]:
        barrier.wait()
        return play.world.deliver(delivery.body(), delivery.headers("", monday(8)))

    answers = at_once(8, deliver)
    assert {status for status, _ in answers} == {200}
    assert len({body for _, body in answers}) == 1
    assert len(play.reservations()) == 1


def test_eight_who_want_the_same_gpus_at_once_get_them_once_and_no_error_reaches_anybody(play: Play) -> None:
    people = ["alice", "bob", "carol", "dan"] * 2
    commands = [
        payloads.command(
            play.workspace,
            play.workspace.url,
            play.person(name),
            "/gpu book 2 a100 2026-11-03T09:00Z/2026-11-03T17:00Z",
            "C0GPUS",
        )[0]
        for name in people
    ]

    def deliver(client: int, barrier: threading.Barrier) -> tuple[int, str]:
        barrier.wait()
        return play.world.deliver(commands[client].body(), commands[client].headers("", monday(8)))

    answers = at_once(8, deliver)
    granted = [body for _, body in answers if "are yours" in body or "Held for you" in body]
    assert {status for status, _ in answers} == {200}
    assert len(granted) == 2
    assert not any("Something went wrong" in body for _, body in answers)
    assert sorted(gpu for one in play.reservations() for gpu in one.gpus) == [f"atlas:{index}" for index in range(4)]


def test_the_button_of_somebody_else_of_an_old_card_and_of_a_decided_request_change_nothing(play: Play) -> None:
    card = play.type("alice", BOOK)
    play.click("bob", "Release", on=card)
    assert play.last("bob").text.startswith("R1 is not yours.")
    play.type("alice", "/gpu extend R1 1h")
    play.click("alice", "Release", on=card)
    assert play.last("alice").text.startswith("R1 has changed since")
    play.type("carol", "/gpu book 4 3090 tomorrow 9am for 1h")
    play.world.settle()
    asked = play.card("ada", "Approve 4")
    play.type("ada", "/gpu deny R2 because of the move")
    before = play.reservations()
    play.click("ada", "Approve", on=asked)
    assert "denied" in play.last("ada").text
    assert "<@U0ADA>" in play.last("ada").text
    assert play.reservations() == before


# What breaks

CRASH = """
import os, sys
from bot.sandbox.world import opened
from bot.sandbox.hands import Hands
from handlers.views.kit import Reply
from make import lab, monday

with opened(lab(), monday(8), sys.argv[1]) as world:
    desk = world.bot.desk
    kept = desk.ledger.writing

    class Dying:
        def __init__(self, transaction):
            self.transaction = transaction
        def __enter__(self):
            return self.transaction.__enter__()
        def __exit__(self, *error):
            self.transaction.__exit__(*error)
            os._exit(9)   # committed, and nobody was told

    desk.ledger.writing = lambda *patience: Dying(kept(*patience))
    hands = Hands(world.workspace, world.deliver)
    hands.type(world.workspace.people["U0ALICE"], "/gpu book 2 a100 tomorrow 9am for 8h", "C0GPUS")
    print("survived")
"""


def test_after_a_crash_between_commit_and_reply_the_reservation_stands_and_its_notice_is_sent(sqlite_url: str) -> None:
    around = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests")))}
    arguments = [sys.executable, "-c", CRASH, sqlite_url]
    crashed = subprocess.run(arguments, capture_output=True, text=True, env=around, check=False)
    assert (crashed.returncode, crashed.stdout) == (9, ""), crashed.stderr
    with playing(sqlite_url, now=monday(9)) as restarted:
        restarted.world.settle()
        assert [one.label for one in restarted.reservations()] == ["R1"]
        assert len(restarted.thread()) <= 1
        told = [message for message in restarted.workspace.timeline if "R1 booked" in message.text]
        assert len(told) == 1
        assert "R1: 2 × A100" in restarted.type("alice", "/gpu mine").text


def test_while_slack_is_down_for_an_hour_notices_wait_and_then_go_out_once(play: Play) -> None:
    play.workspace.fail_next(ANY, 503, times=10_000)
    answer = play.type("alice", BOOK)
    assert "are yours" in answer.text
    play.type("bob", "/gpu book 1 3090 now for 2h")
    for _ in range(60):
        play.world.advance(timedelta(minutes=1))
    assert play.thread() == []
    play.workspace.mend()
    play.world.advance(timedelta(minutes=31))
    lines = [line.partition(" · ")[0] for line in play.thread()]
    assert sorted(lines) == ["R1 booked", "R2 booked"]
    play.world.advance(timedelta(hours=2))
    assert sorted(line.partition(" · ")[0] for line in play.thread()) == ["R1 booked", "R2 booked", "R2 has ended"]
    late = [message for message in play.workspace.timeline if "R1 booked" in message.text]
    assert "Late: this is from" in all_of(late[0])


def test_while_slack_is_down_a_button_that_needs_it_says_that_nothing_was_done(play: Play) -> None:
    play.type("alice", BOOK)
    play.workspace.fail_next("views.open", 503)
    play.click("alice", "Extend")
    told = play.last("alice")
    assert "Slack did not open the form in time." in told.text
    play.click("alice", "Extend", told)
    assert "By how long" in play.form("alice")
    play.workspace.fail_next("views.open", 503)
    answer = play.type("bob", "/gpu")
    assert "try again" in all_of(answer)
    play.workspace.fail_next(RESPONSE_URL, 503)
    play.click("alice", "Release")
    assert play.reservations()[0].state is State.CANCELLED


def test_while_slack_limits_the_rate_notices_wait_as_long_as_it_says(play: Play) -> None:
    play.type("alice", BOOK)
    play.workspace.fail_next("chat.postMessage", 429, retry_after=90)
    play.world.settle()
    assert play.thread() == []
    play.world.advance(timedelta(minutes=1))
    assert play.thread() == []
    play.world.advance(timedelta(minutes=1))
    assert len(play.thread()) == 1


def test_a_busy_database_is_said_within_slacks_3_seconds_and_leaves_nothing_half_written(
    play: Play, sqlite_url: str
) -> None:
    other = driver.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    answer = play.type("alice", BOOK)
    waited = time.monotonic() - began
    other.execute("ROLLBACK")
    other.close()
    assert answer.text == "The ledger is busy; nothing was changed. Please try again in a moment."
    assert waited < 3
    assert play.reservations() == []
    play.world.settle()
    assert play.thread() == []
    assert "are yours" in play.type("alice", BOOK).text


def test_a_database_that_fails_at_any_statement_of_a_booking_is_left_as_it_was(play: Play) -> None:
    engine = play.bot.desk.ledger.engine
    left = [0]

    def fail(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise driver.OperationalError("disk I/O error")

    event.listen(engine, "before_cursor_execute", fail)
    survived = 0
    for number in range(1, 60):
        left[0] = number
        with structlog.testing.capture_logs():
            answer = play.type("alice", BOOK)
        left[0] = 0
        booked = play.reservations()
        if "are yours" in answer.text:
            survived += 1
            assert len(booked) == 1
            break
        assert booked == [], number
    assert survived == 1
    assert number > 5
    play.world.settle()
    assert len(play.thread()) == 1


def test_a_full_disk_is_said_nothing_is_half_written_and_with_room_it_goes_on(play: Play) -> None:
    engine, room = play.bot.desk.ledger.engine, [0]

    def limit(connection: driver.Connection, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {room[0]}")

    event.listen(engine, "connect", limit)
    with engine.connect() as connection:
        room[0] = connection.exec_driver_sql("PRAGMA page_count").scalar_one() + 2
    engine.dispose()
    booked = 0
    for number in range(200):
        start = monday(9, day=1) + timedelta(hours=number)
        answer = play.type("alice", f"/gpu book 1 a100 {start:%Y-%m-%dT%H:%MZ}/PT1H because {'x' * 100}")
        if "are yours" not in answer.text and "is yours" not in answer.text:
            break
        booked += 1
    assert answer.text.startswith("The database has no room left. Nothing was changed.")
    assert len(play.reservations()) == booked > 0
    assert "GPUs free now" in play.type("bob", "/gpu free").text
    room[0] = 2**20
    engine.dispose()
    assert "is yours" in play.type("alice", "/gpu book 1 3090 tomorrow 9am for 1h").text
    play.world.settle()
    play.world.settle()
    assert len(play.reservations()) == booked + 1


FAILURES: list[dict[str, int]] = [{"status": 503}, {"status": 429, "retry_after": 30}, {"status": 200}]


def test_whichever_call_of_slacks_fails_the_ledger_is_the_same_and_each_notice_comes_once(
    upgraded_file: Path, tmp_path: Path, rounds
) -> None:
    def day(number: int, failure: dict[str, int]) -> tuple[int, list[object], list[str]]:
        """What a day left when this call of Slack's failed, counted from 1: calls, ledger, lines in the channel."""
        path = tmp_path / f"{number}.db"
        path.unlink(missing_ok=True)
        url = f"sqlite:///{shutil.copy(upgraded_file, path)}"
        with playing(url) as play:
            calls, answers = [0], play.workspace.answer_call

            def counted(method: str, arguments: dict[str, object], token: str) -> Answer:
                calls[0] += 1
                if calls[0] == number:
                    play.workspace.fail_next(method, **failure)
                return answers(method, arguments, token)

            play.workspace.answer_call = counted  # type: ignore[method-assign]
            play.type("alice", BOOK)
            play.type("carol", "/gpu book 4 3090 tomorrow 9am for 1h")
            for _ in range(2):
                play.world.advance(timedelta(minutes=1))
            play.type("ada", "/gpu approve R2")
            play.click("alice", "Extend", on=play.type("alice", "/gpu show R1"))
            play.type("alice", "/gpu extend R1 1h")
            for _ in range(3):
                play.world.advance(timedelta(minutes=1))
            there = [(one.id, one.state, one.version, one.window) for one in play.reservations()]
            return calls[0], there, sorted(re.split(" · | by ", line)[0] for line in play.thread())

    calls, ledger, lines = day(0, FAILURES[0])
    assert lines == ["R1 booked", "R1 extended", "R2 approved"]
    assert calls > 5
    every = [(number, failure) for number in range(1, calls + 1) for failure in FAILURES]
    for number, failure in every[:: rounds(7, 1)]:
        with structlog.testing.capture_logs():
            _, there, told = day(number, failure)
        assert (there, told) == (ledger, lines), (number, failure)


def test_two_bots_on_one_database_have_one_effect_for_a_command_and_one_line_for_a_notice(sqlite_url: str) -> None:
    with playing(sqlite_url) as one, playing(sqlite_url) as two:
        delivery, _ = payloads.command(one.workspace, one.workspace.url, one.person("alice"), BOOK, "C0GPUS")

        def deliver(client: int, barrier: threading.Barrier) -> tuple[int, str]:
            barrier.wait()
            return (one, two)[client].world.deliver(delivery.body(), delivery.headers("", monday(8)))

        answers = at_once(2, deliver)
        assert answers[0] == answers[1]
        assert len(one.reservations()) == 1

        def settle(client: int, barrier: threading.Barrier) -> None:
            barrier.wait()
            (one, two)[client].world.settle()

        at_once(2, settle)
        one.world.advance(timedelta(days=1, hours=2))
        two.world.advance(timedelta(days=1, hours=2))
        lines = [line.partition(" · ")[0] for line in (*one.thread(), *two.thread())]
        assert sorted(lines) == ["R1 booked", "R1 has started"]
        seen = [message for play in (one, two) for message in play.workspace.visible("U0ALICE") if message.thread]
        assert len([message for message in seen if not of_a_digest(message)]) == 2
        assert [message.text for message in seen if of_a_digest(message)] == ["Details of today", ""], "one digest"


def test_two_bots_see_each_others_reservations_at_once(sqlite_url: str) -> None:
    with playing(sqlite_url) as one, playing(sqlite_url) as two:
        one.type("alice", "/gpu book 2 a100 2026-11-03T09:00Z/2026-11-03T17:00Z")
        refused = two.type("bob", "/gpu book 4 a100 2026-11-03T09:00Z/2026-11-03T17:00Z")
        assert "<@U0ALICE> has 2" in refused.text
        two.type("bob", "/gpu book 2 a100 2026-11-03T09:00Z/2026-11-03T17:00Z")
        assert "none is free" in one.type("carol", "/gpu book 1 a100 2026-11-03T09:00Z/2026-11-03T17:00Z").text


# What is missing


def test_without_an_admin_limits_that_bind_refuse_and_say_that_approvals_are_off(sqlite_url: str) -> None:
    with playing(sqlite_url, lab=lab(admins=())) as play:
        answer = play.type("alice", "/gpu book 4 a100 tomorrow 9am for 8h")
        assert "you would hold 4 of 4 A100 at once" in answer.text.lower() or "would hold 4 of 4" in answer.text
        assert "No admin" in all_of(answer)
        assert play.reservations() == []


def test_a_bot_that_is_not_in_its_channel_still_books(play: Play) -> None:
    channel = play.workspace.channels["C0GPUS"]
    play.workspace.channels["C0GPUS"] = replace(channel, members=channel.members - {"U0CRUNCH"})
    assert "are yours" in play.type("alice", BOOK).text
    play.world.settle()
    assert play.thread() == []
    assert play.bot.outbox.oldest_due(monday(9)) is None


def test_a_gpu_that_leaves_the_lab_file_is_an_outage_its_holders_and_the_admins_are_told(sqlite_url: str) -> None:
    with playing(sqlite_url) as play:
        play.type("bob", "/gpu book 4 a100 tomorrow 9am for 8h")
        play.type("ada", "/gpu approve R1")
        play.type("alice", "/gpu book atlas:3 wed 9am for 2h")
        play.type("carol", "/gpu book 1 3090 wed 9am for 2h")
        play.world.settle()
    smaller = lab(node("atlas", "a100", 3), node("titan", "3090", 4, memory_gb=24))
    with playing(sqlite_url, lab=smaller) as play:
        displaced, moved, untouched = play.reservations()
        assert (displaced.state, moved.state, untouched.version) == (State.DISPLACED, State.BOOKED, 1)
        assert moved.gpus[0] in smaller.gpus
        told = {message.channel: message.text for message in play.workspace.timeline}
        assert told["D0BOB"].startswith("R1 displaced")
        assert told["D0ALICE"].startswith("R2 re-placed")
        admins = [message.text for message in play.workspace.timeline if message.channel == "C0ADMIN"]
        assert len(admins) == 2
        assert "are yours" in play.type("bob", "/gpu book 2 a100 tomorrow 9am for 8h").text


def test_a_pool_that_leaves_the_lab_file_frees_its_people_to_book_others(sqlite_url: str) -> None:
    with playing(sqlite_url) as play:
        play.type("alice", BOOK)
        play.type("bob", "/gpu book 1 a100 now for 4h")
    with playing(sqlite_url, lab=lab(node("titan", "3090", 4, memory_gb=24))) as play:
        assert [one.state for one in play.reservations()] == [State.DISPLACED, State.DISPLACED]
        assert play.type("alice", "/gpu mine").text.startswith("You have no reservations.")
        assert play.type("bob", "/gpu show R2").text.startswith("R2: 1 × A100")
        assert 'There is no pool "a100"' in play.type("alice", BOOK).text
        assert "are yours" in play.type("alice", "/gpu book 2 3090 tomorrow 9am for 8h").text
        play.world.advance(timedelta(days=1))


@pytest.mark.parametrize("heard", ["at once", "at the next start"])
def test_what_somebody_who_leaves_had_not_begun_is_freed_with_a_word_to_the_admins(sqlite_url: str, heard: str) -> None:
    with playing(sqlite_url) as play:
        play.type("alice", BOOK)
        play.type("alice", "/gpu book 1 3090 now for 4h")
        gone = replace(play.person("alice"), deleted=True)
        if heard == "at once":
            play.hands.change(gone)
        else:
            play.workspace.people[gone.id] = gone
            play.bot.people.learn_all(monday(8))
        play.world.settle()
        assert [one.state for one in play.reservations()] == [State.CANCELLED, State.ACTIVE]
        (told,) = [message.text for message in play.workspace.timeline if message.channel == "C0ADMIN"]
        assert "R1" in told
        assert "has left" in told
        assert "are yours" in play.type("bob", "/gpu book 2 a100 tomorrow 9am for 8h").text


def test_a_broken_lab_file_is_refused_whole_with_every_mistake_and_its_line(tmp_path: Path) -> None:
    from bot.config import load_lab  # noqa: PLC0415 - for this test alone

    path = tmp_path / "lab.toml"
    path.write_text(
        '[lab]\nname = "Lab"\ntimezone = "Mars/Olympus"\ncolour = 3\n[[node]]\nname = ""\n', encoding="utf-8"
    )
    with pytest.raises(ConfigError) as caught:
        load_lab(path)
    assert len(caught.value.mistakes) >= 3
    assert all("lab.toml" in mistake for mistake in caught.value.mistakes)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="signals of POSIX")
def test_a_bot_killed_while_it_books_and_books_leaves_a_ledger_without_overlaps(sqlite_url: str) -> None:
    program = """
import sys
from bot.sandbox.world import opened
from bot.sandbox.hands import Hands
from make import lab, monday

with opened(lab(), monday(8), sys.argv[1]) as world:
    hands, alice = Hands(world.workspace, world.deliver), world.workspace.people["U0ALICE"]
    print("begun", flush=True)
    for number in range(10_000):
        hands.type(alice, f"/gpu book 1 a100 2026-11-0{3 + number % 5}T0{number % 9}:00Z for 2h", "C0GPUS")
        if number % 3 == 2:
            hands.type(alice, f"/gpu release R{number - 1}", "C0GPUS")
"""
    around = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests")))}
    with subprocess.Popen([sys.executable, "-c", program, sqlite_url], stdout=subprocess.PIPE, env=around) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        time.sleep(0.4)
        process.kill()
    with playing(sqlite_url) as play:
        held = [one for one in play.reservations() if one.holds]
        for one in held:
            for other in held:
                if one.id < other.id and one.window.overlaps(other.window):
                    assert not {*one.gpus} & {*other.gpus}
        play.world.advance(timedelta(hours=1))
        lines = [line.split(" · ")[0] for line in play.thread()]
        assert len(lines) == len(set(lines))
