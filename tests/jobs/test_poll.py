"""Polling: what the GPUs do is kept, what was replaced is told, and nothing is concluded from silence."""

from datetime import timedelta

import pytest
import structlog

from bot.booking.notices import NoticeKind
from bot.booking.observed import Fault
from bot.desk import Desk
from bot.fleet.seen import Seen
from bot.jobs import Ticks
from bot.jobs.poll import poll
from bot.sandbox.fleet import Hosts
from bot.watching import measured
from make import lab, monday
from storage.ledger import Ledger
from storage.outbox import Outbox
from storage.readings import Readings
from worlds import playing

MINUTE = timedelta(minutes=1)


class Round:
    """A simulated fleet, and a bot that polls it each minute from Monday 08:00."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.hosts, self.seen = desk, Hosts(desk.lab), Seen()
        self.readings = Readings(desk.ledger)
        self.now = monday(8)

    def poll(self, times: int = 1) -> int:
        for _ in range(times):
            kept = poll(self.desk, self.hosts.fleet(lambda: self.now), self.readings, self.seen, self.now)
            self.now += MINUTE
        return kept

    def told(self) -> list[str]:
        claimed = Outbox(self.desk.ledger).claim(self.now, MINUTE, 100)
        return [one.notice.facts["reason"] for one in claimed if one.notice.kind is NoticeKind.REPORT]

    def now_of(self, gpu: str) -> tuple[int | None, Fault | None]:
        found = self.seen.sight.readings[gpu]
        return found.utilisation, found.fault


@pytest.fixture
def rounds_of(ledger: Ledger) -> Round:
    return Round(Desk(ledger, lab()))


def test_each_round_keeps_a_reading_of_each_gpu_and_who_runs_there(rounds_of: Round) -> None:
    pid = rounds_of.hosts.run("alice", "atlas:0", "atlas:1", utilisation=90)
    assert rounds_of.poll(3) == 8
    kept = rounds_of.readings.since(monday(8))
    assert len(kept) == 24
    assert {f"{one.node}:{one.index}" for one in kept if one.utilisation == 90} == {"atlas:0", "atlas:1"}
    assert [one.login for one in kept[0].processes or ()] == ["alice"]
    rounds_of.hosts.stop(pid)
    rounds_of.poll()
    assert rounds_of.now_of("atlas:0") == (0, None)
    assert rounds_of.told() == []


def test_a_silent_node_is_logged_once_and_its_gpus_are_not_known_while_the_others_go_on(rounds_of: Round) -> None:
    rounds_of.poll()
    with structlog.testing.capture_logs() as logged:
        rounds_of.hosts.silence("titan")
        rounds_of.poll(3)
        rounds_of.hosts.silence("titan", None)
        rounds_of.poll()
    assert [entry["event"] for entry in logged] == ["no readings of a node", "a node answers again"]
    kept = rounds_of.readings.since(monday(8) + MINUTE)
    assert [one.fault for one in kept if one.node == "titan"][:4] == [Fault.UNREACHABLE] * 4
    assert all(one.fault is None for one in kept if one.node == "atlas")
    assert rounds_of.told() == []


def test_the_last_good_reading_of_a_silent_node_and_its_age_are_still_known(rounds_of: Round) -> None:
    rounds_of.hosts.run("alice", "titan:2", utilisation=70)
    rounds_of.poll()
    rounds_of.hosts.silence("titan")
    rounds_of.poll(10)
    sight = rounds_of.seen.sight
    assert sight.readings["titan:2"].fault is Fault.UNREACHABLE
    assert (sight.last_good["titan:2"].utilisation, sight.last_good["titan:2"].at) == (70, monday(8))
    assert (sight.nodes["titan"].up, sight.nodes["titan"].answered_at) == (False, monday(8))


def test_after_a_reboot_with_other_numbers_each_reading_is_still_of_its_own_gpu_and_it_is_told_once(
    rounds_of: Round,
) -> None:
    rounds_of.hosts.run("alice", "atlas:0", utilisation=90)
    rounds_of.poll()
    rounds_of.hosts.reorder("atlas", 1, 0, 2, 3)
    rounds_of.poll(2)
    assert rounds_of.now_of("atlas:0") == (90, None)
    assert rounds_of.now_of("atlas:1") == (0, None)
    (told,) = rounds_of.told()
    assert "atlas:0 is GPU 1 of atlas's driver now, not 0." in told
    assert "atlas:1 is GPU 0 of atlas's driver now, not 1." in told


def test_a_card_that_falls_off_and_lets_the_others_move_up_is_the_one_that_is_missing(rounds_of: Round) -> None:
    rounds_of.hosts.run("bob", "atlas:3", utilisation=80)
    rounds_of.poll()
    rounds_of.hosts.fail("atlas:1", Fault.MISSING)
    rounds_of.poll()
    assert [rounds_of.now_of(f"atlas:{index}") for index in range(4)] == [
        (0, None),
        (None, Fault.MISSING),
        (0, None),
        (80, None),
    ]
    rounds_of.hosts.fail("atlas:1", Fault.LOST)
    rounds_of.poll()
    assert rounds_of.now_of("atlas:1") == (None, Fault.LOST)


def test_the_whole_bot_polls_its_simulated_fleet_as_time_passes(sqlite_url: str) -> None:
    hosts = Hosts(lab())
    with playing(sqlite_url, hosts=hosts) as play:
        play.say("alice: /gpu book 2 a100 now for 2h")
        hosts.run("alice", "atlas:0", utilisation=95)
        play.say("alice: advance 10m")
        assert play.bot.watching is not None
        kept = play.bot.watching.readings.usage(monday(8), monday(9))
        text = measured(play.bot.desk, play.bot.watching, play.world.clock, play.bot.outbox, Ticks())()
    by_gpu = {one.gpu: (one.reservation, one.used, one.idle) for one in kept if one.gpu < "atlas:3"}
    assert by_gpu["atlas:0"][0] == by_gpu["atlas:1"][0] == 1
    assert by_gpu["atlas:0"][1] == 10, "from the minute after the job began"
    assert by_gpu["atlas:1"][1:] == (0, 11)
    assert by_gpu["atlas:2"] == (0, 0, 11)
    assert 'crunchtime_gpu_reserved{gpu="atlas:1",node="atlas",pool="a100"} 1.0' in text
    assert 'crunchtime_gpu_idle{gpu="atlas:1",node="atlas",pool="a100"} 1.0' in text
    assert 'crunchtime_node_gpus_used{node="atlas"} 1.0' in text


def test_after_a_reboot_that_counts_the_gpus_anew_people_are_told_what_they_are_called_now(sqlite_url: str) -> None:
    hosts = Hosts(lab())
    with playing(sqlite_url, hosts=hosts) as play:
        assert "On atlas: CUDA_VISIBLE_DEVICES=0,1." in play.say("alice: /gpu book atlas:0,1 now for 8h")
        play.say("bob: /gpu book atlas:2 in 10m for 1h")
        play.say("ada: advance 2m")
        hosts.reorder("atlas", 2, 3, 0, 1)
        uuids = "On atlas: CUDA_VISIBLE_DEVICES=GPU-atlas-0,GPU-atlas-1."
        told = play.say("ada: advance 1m")
        assert "@alice (DM):\n      GPUs of R1 have other numbers now: atlas counts them anew.\n      " + uuids in told
        assert "@bob" not in told
        for line in ("mine", "show R1", "extend R1 by 1h"):
            assert uuids in play.say(f"alice: /gpu {line}"), line
        assert uuids in play.say("alice: home")
        told = play.say("ada: advance 8m")
        assert "R2 has begun" in told
        assert "On atlas: CUDA_VISIBLE_DEVICES=GPU-atlas-2." in told
        assert "CUDA_VISIBLE_DEVICES=GPU-atlas-3." in play.say("carol: /gpu book atlas:3 now for 1h")
        assert "On titan: CUDA_VISIBLE_DEVICES=0." in play.say("carol: /gpu book titan:0 now for 1h"), "as it was"
        hosts.reorder("atlas", 2, 3, 0, 1)
        assert "On atlas: CUDA_VISIBLE_DEVICES=0,1.\n" in play.say("ada: advance 1m")
