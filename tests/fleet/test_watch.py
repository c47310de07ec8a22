"""The watch: what readings amount to, held against the ledger; and what they do not amount to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.booking.lifecycle import State
from bot.booking.observed import Fault, FindingKind
from make import ALICE, BOB, monday, reservation
from watching import Watched, broken, kinds, only, process, reading

START = monday(9)
MINE = reservation(1, 9, 17, ("atlas:0",), state=State.ACTIVE)
TWO = reservation(1, 9, 17, ("atlas:0", "atlas:1"), state=State.ACTIVE)
BOTH = ("atlas:0", "atlas:1")
PAST = reservation(7, 1, 9, ("atlas:0",), state=State.ENDED)


def test_no_process_for_an_hour_is_unused_and_not_a_minute_earlier() -> None:
    watched = Watched(START, MINE)
    assert FindingKind.UNUSED not in dict(kinds(watched.run(59)))
    found = only(watched.run(1))
    assert (found.kind, found.gpu, found.since, found.reservation) == (FindingKind.UNUSED, "atlas:0", START, 1)


def test_memory_held_without_compute_is_parked() -> None:
    assert only(Watched(START, MINE).run(60, ("atlas:0",), 3, "alice")).kind is FindingKind.PARKED


def test_memory_that_no_listed_process_holds_is_parked_too() -> None:
    assert only(Watched(START, MINE).run(60, memory_used_mb=9000)).kind is FindingKind.PARKED


def test_processes_that_are_not_known_are_no_reason_to_call_it_unused() -> None:
    assert only(Watched(START, MINE).run(60, processes=None)).kind is FindingKind.PARKED


def test_a_job_that_ended_ten_minutes_ago_has_parked_not_left() -> None:
    watched = Watched(START, MINE)
    watched.run(50, ("atlas:0",), 0, "alice")
    assert only(watched.run(10)).kind is FindingKind.PARKED


def test_one_gpu_of_two_in_use_is_partly_used() -> None:
    watched = Watched(START, TWO)
    for _ in range(60):
        seen = watched.take([reading(watched.now, "atlas:0", 90, "alice"), reading(watched.now, "atlas:1")])
    assert kinds(seen) == [(FindingKind.PARTLY_USED, "atlas:1")]


@pytest.mark.parametrize("seconds", [10, 30, 60])
def test_a_burst_of_thirty_seconds_in_an_idle_hour_does_not_hide_it(seconds: int) -> None:
    watched = Watched(START, MINE)
    for second in range(0, 3600, seconds):
        at = START + timedelta(seconds=second)
        bursts = 1790 <= second < 1820
        watched.watch.take([reading(at, "atlas:0", 100 if bursts else 0)], at)
    watched.now = START + timedelta(hours=1)
    assert only(watched.look()).kind is FindingKind.UNUSED


def test_a_job_that_loads_data_for_ten_minutes_is_not_idle() -> None:
    watched = Watched(START, MINE)
    watched.run(50, ("atlas:0",), 95, "alice")
    for _ in range(6):
        assert not watched.run(10, ("atlas:0",), 0, "alice").findings
        assert not watched.run(20, ("atlas:0",), 95, "alice").findings


def test_an_agents_share_of_busy_samples_counts_where_its_mean_hides_them() -> None:
    watched = Watched(START, MINE)
    assert not watched.run(60, ("atlas:0",), 4, "alice", busy=20).findings


def test_a_gpu_that_is_cut_up_is_never_called_idle_or_empty() -> None:
    seen = Watched(START, MINE).run(120, mig=True)
    assert not seen.findings
    assert (FindingKind.UNUSED, "atlas:0") in seen.unsure
    assert seen.unseen == frozenset()


def test_utilisation_that_the_card_does_not_say_is_no_idleness() -> None:
    assert not Watched(START, MINE).run(120, ("atlas:0",), None).findings  # type: ignore[arg-type]


def test_nothing_follows_from_silence() -> None:
    watched = Watched(START, MINE)
    assert kinds(watched.run(60)) == [(FindingKind.UNUSED, "atlas:0")]
    for _ in range(10):
        seen = watched.silence(7)
        assert not seen.findings
        assert {(kind, "atlas:0") for kind in FindingKind} <= seen.unsure
        assert "atlas:0" not in seen.on


def test_a_gap_that_could_hide_a_job_keeps_it_from_being_idle() -> None:
    watched = Watched(START, MINE)
    watched.run(30)
    watched.silence(6)
    assert not watched.run(30).findings
    assert kinds(watched.run(25)) == [(FindingKind.UNUSED, "atlas:0")]


def test_some_missed_readings_do_no_harm() -> None:
    watched = Watched(START, MINE)
    for _ in range(12):
        watched.run(4)
        seen = watched.silence(1)
    assert kinds(seen) == [(FindingKind.UNUSED, "atlas:0")]


def test_readings_that_come_late_or_from_the_future_are_none() -> None:
    watched = Watched(START, MINE)
    late = [reading(START + timedelta(minutes=minute)) for minute in range(60)]
    watched.now = START + timedelta(minutes=66)
    assert not watched.take(late).on
    watched = Watched(START, MINE)
    assert not watched.take([reading(START + timedelta(hours=1))]).on


def test_another_device_in_the_same_place_begins_anew() -> None:
    """After a reboot the numbers have shifted, or two GPUs are swapped."""
    watched = Watched(START, TWO)
    watched.run(59, BOTH)
    swapped = [reading(watched.now, gpu, uuid=f"GPU-{other}") for gpu, other in zip(BOTH, BOTH[::-1], strict=True)]
    assert not watched.take(swapped).findings
    for _ in range(50):
        swapped = [reading(watched.now, gpu, uuid=f"GPU-{other}") for gpu, other in zip(BOTH, BOTH[::-1], strict=True)]
        seen = watched.take(swapped)
    assert not seen.findings


def test_a_gpu_that_the_lab_does_not_name_is_left_out() -> None:
    seen = Watched(START).run(15, ("vega:0", "atlas:9"), 90, "mallory")
    assert not seen.findings
    assert not seen.on


def test_a_stranger_for_ten_minutes_is_a_squatter() -> None:
    watched = Watched(START)
    assert not watched.run(7, ("atlas:0",), 90, "bob").findings
    found = only(watched.run(3, ("atlas:0",), 90, "bob"))
    assert (found.kind, found.login, found.since, found.reservation) == (FindingKind.SQUATTER, "bob", START, 0)
    assert not watched.run(1).findings


def test_who_comes_and_goes_is_no_squatter() -> None:
    watched = Watched(START)
    for _ in range(10):
        watched.run(3, ("atlas:0",), 90, "bob")
        assert not watched.run(2).findings


def test_on_somebody_elses_gpu_they_are_one_too() -> None:
    watched = Watched(START, MINE)
    assert kinds(watched.run(10, ("atlas:0",), 90, "alice", "bob")) == [(FindingKind.SQUATTER, "atlas:0")]


def test_root_in_a_container_is_not_known_and_unknown_logins_are_named() -> None:
    watched = Watched(START)
    inside = process("root", container="3f4e")
    for _ in range(10):
        seen = watched.take(
            [reading(watched.now, "atlas:0", 9, processes=(inside,)), reading(watched.now, "atlas:1", 9, "eve")]
        )
    assert [(one.gpu, one.login) for one in seen.findings] == [("atlas:0", None), ("atlas:1", "eve")]


@pytest.mark.parametrize("login", [None, "root", "alice"])
def test_what_may_be_the_holders_own_is_theirs(login: str | None) -> None:
    assert not Watched(START, MINE).run(15, ("atlas:0",), 90, login).findings


def test_as_long_as_the_holder_has_not_said_who_they_are_any_unknown_login_may_be_theirs() -> None:
    watched = Watched(START, MINE, logins={"bob": BOB.id})
    assert not watched.run(15, ("atlas:0",), 90, "al").findings
    assert only(watched.run(15, ("atlas:0",), 90, "bob")).login == "bob"
    watched = Watched(START, MINE)
    assert only(watched.run(15, ("atlas:0",), 90, "al")).login == "al"


def test_graphics_are_nobodys_use() -> None:
    watched = Watched(START, MINE)
    screen = process("gdm", compute=False)
    assert only(watched.run(60, processes=(screen,))).kind is FindingKind.UNUSED


def test_a_job_may_run_on_past_its_end_while_nobody_is_next() -> None:
    before = START - timedelta(hours=1)
    watched = Watched(before, over=(PAST,))
    assert not watched.run(300, ("atlas:0",), 90, "alice").findings


def test_a_job_is_no_squatter_s_in_the_moments_before_the_ledger_ends_its_reservation() -> None:
    mine = reservation(1, 9, 11, ("atlas:0",), state=State.ACTIVE)
    watched = Watched(START, mine)
    assert not watched.run(125, ("atlas:0",), 90, "alice").findings
    watched = Watched(START, mine, reservation(2, 11, 17, ("atlas:0",), member=BOB.id))
    assert kinds(watched.run(121, ("atlas:0",), 90, "alice")) == [(FindingKind.OVERRUN, "atlas:0")]


def test_it_is_an_overrun_from_a_quarter_hour_before_the_next_start() -> None:
    following = reservation(2, 11, 17, ("atlas:0",), member=BOB.id)
    watched = Watched(START - timedelta(hours=1), following, over=(PAST,))
    assert not watched.run(60 + 104, ("atlas:0",), 90, "alice").findings
    found = only(watched.run(1, ("atlas:0",), 90, "alice"))
    assert (found.kind, found.reservation, found.login) == (FindingKind.OVERRUN, 7, "alice")
    assert found.since == PAST.window.end
    watched.held = replace(watched.held, live=(replace(following, state=State.ACTIVE),))
    assert kinds(watched.run(30, ("atlas:0",), 90, "alice")) == [(FindingKind.OVERRUN, "atlas:0")]


def test_who_is_next_themselves_runs_over_nobody() -> None:
    again = reservation(2, 11, 17, ("atlas:0",), member=ALICE.id)
    watched = Watched(START - timedelta(hours=1), again, over=(PAST,))
    assert not watched.run(170, ("atlas:0",), 90, "alice").findings


def test_a_job_that_began_after_the_end_is_a_squatters() -> None:
    watched = Watched(START - timedelta(hours=1), over=(PAST,))
    watched.run(120)
    assert only(watched.run(10, ("atlas:0",), 90, "alice")).kind is FindingKind.SQUATTER


def test_after_a_restart_the_job_of_the_last_holder_is_taken_for_one_that_runs_on() -> None:
    watched = Watched(START + timedelta(hours=1), over=(PAST,))
    assert not watched.run(60, ("atlas:0",), 90, "alice").findings
    watched = Watched(START + timedelta(hours=1), over=(PAST,))
    assert only(watched.run(10, ("atlas:0",), 90, "bob")).kind is FindingKind.SQUATTER


def test_nobody_has_come_where_nothing_ran_since_the_start() -> None:
    watched = Watched(START - timedelta(minutes=20), TWO)
    watched.held = replace(watched.held, live=())
    watched.run(20, BOTH)
    watched.held = replace(watched.held, live=(TWO,))
    seen = watched.run(15, BOTH)
    assert seen.unseen == {1}
    assert not seen.findings
    seen = watched.run(15, BOTH)
    assert kinds(seen) == [(FindingKind.NO_SHOW, "atlas:0"), (FindingKind.NO_SHOW, "atlas:1")]


@pytest.mark.parametrize("late", [0, 10])
def test_one_minute_of_one_gpu_is_enough_to_have_come(late: int) -> None:
    watched = Watched(START, TWO)
    watched.run(late, BOTH)
    seen = watched.take([reading(watched.now, "atlas:0"), reading(watched.now, "atlas:1", 0, "alice")])
    assert seen.came == {1}
    seen = watched.run(40, BOTH)
    assert seen.unseen == frozenset()
    assert not seen.findings


def test_somebody_elses_job_is_no_sign_of_the_holder_nor_of_their_absence() -> None:
    seen = Watched(START, MINE).run(9, ("atlas:0",), 90, "bob")
    assert (seen.came, seen.unseen) == (frozenset(), frozenset())


def test_of_a_gpu_that_is_not_read_nobody_can_say_that_nobody_came() -> None:
    watched = Watched(START, TWO)
    assert watched.run(40, ("atlas:0",)).unseen == frozenset()
    watched = Watched(START, MINE)
    watched.silence(20)
    assert watched.run(30).unseen == frozenset()


@pytest.mark.parametrize("fault", list(Fault))
def test_a_gpu_that_cannot_be_read_is_gone_after_three_minutes_and_only_then(fault: Fault) -> None:
    watched = Watched(START, MINE)
    watched.run(20)
    for _ in range(2):
        assert not watched.take([broken(watched.now, fault)]).findings
    found = only(watched.take([broken(watched.now, fault)]))
    assert found.kind is (FindingKind.LOST if fault is Fault.LOST else FindingKind.MISSING)
    assert (found.kind, "atlas:0") not in watched.look().unsure
    assert (found.fault, found.reservation, found.since) == (fault, 1, START + timedelta(minutes=20))
    assert not watched.run(1).findings


def test_faults_do_not_make_an_hour_idle() -> None:
    watched = Watched(START, MINE)
    watched.run(40)
    for _ in range(15):
        watched.take([broken(watched.now, Fault.UNREACHABLE)])
    assert not watched.run(10).findings


def test_an_hour_of_readings_takes_little_room() -> None:
    import tracemalloc  # noqa: PLC0415

    tracemalloc.start()
    watched = Watched(START)
    gpus = tuple(f"{node}:{index}" for node in ("atlas", "titan") for index in range(4))
    watched.run(90, gpus, 90, "alice", "bob", uuid="GPU-0123")
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used / len(gpus) < 20_000


def test_a_gpu_is_quiet_since_its_last_compute_and_occupied_while_memory_is_held() -> None:
    watched = Watched(START, MINE)
    watched.run(20, BOTH, 90, "alice")
    seen = watched.run(30, BOTH, 0, "alice")
    assert seen.uses["atlas:0"].quiet_since == START + timedelta(minutes=20)
    assert seen.uses["atlas:0"].occupied
    seen = watched.run(1)
    assert not seen.uses["atlas:0"].occupied
    assert seen.uses["atlas:0"].at == START + timedelta(minutes=50)
    assert watched.run(1, BOTH, 90, "alice").uses["atlas:0"].quiet_since is None


def test_it_is_not_called_quiet_for_a_time_in_which_nobody_looked() -> None:
    watched = Watched(START, MINE)
    watched.run(20)
    watched.silence(10)
    back = watched.now
    assert watched.run(12).uses["atlas:0"].quiet_since == back
    late = watched.silence(8).uses["atlas:0"]
    assert (late.quiet_since, late.at) == (None, back + timedelta(minutes=11))


def test_of_a_gpu_that_is_cut_up_nobody_says_that_it_is_quiet() -> None:
    assert Watched(START, MINE).run(60, mig=True).uses["atlas:0"].quiet_since is None
