"""The replay of traces: it runs, its file has the agreed form, and each of its parts is right on cases made by hand."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise, product
from pathlib import Path
from random import Random

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from benchmarks.replay import main
from benchmarks.replaying.bounds import linear
from benchmarks.replaying.calendars import FirstFree
from benchmarks.replaying.core import Core
from benchmarks.replaying.deadlines import next_shared, shared, with_deadlines
from benchmarks.replaying.failing import Failure, failures, resumed, struck
from benchmarks.replaying.figures import figures, jain, quantile
from benchmarks.replaying.games import POLICIES, Game, jobs_of
from benchmarks.replaying.labs import FREE, OPEN, UNMOVED, zones_of
from benchmarks.replaying.ledger import BEGIN, BrokenRuleError
from benchmarks.replaying.profile import Profile
from benchmarks.replaying.queues import Queue
from benchmarks.replaying.runs import Outcome, Player
from benchmarks.replaying.traces import DAY, Job, load, made, misjudged, offered_load, ratios, with_fixed, with_people
from benchmarks.replaying.waiting import Waitlist
from bot.booking.decision import Granted, Moved, Placement
from bot.booking.lab import Policy
from bot.booking.model import minute_of, window_of

NAMES = (
    "calendar",
    "calendar-refuse-late",
    "easy",
    "edf",
    "edf-drop-late",
    "core-no-moves",
    "core",
    "core-move-rules",
)


def job(number: int, submit: int, length: int, gpus: int, due: int, *, runs: int | None = None, **more) -> Job:
    return Job(number, f"U0MEMBER{number % 3}", submit, length, gpus, runs or length, due, **more)


def starts(outcome: Outcome) -> list[int | None]:
    return [run.start for run in outcome.runs.values()]


def met(outcome: Outcome) -> list[bool]:
    return [run.met for run in outcome.runs.values()]


def some_jobs(seed: int, count: int = 60, gpus: int = 8) -> tuple[Job, ...]:
    random = Random(seed)
    return with_deadlines(with_people(made(gpus, count, 1.0, random).jobs, random), "A", random)


@pytest.fixture
def csv(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "trace.csv"
        path.write_text(text)
        return path

    return write


# Traces and deadlines


def test_a_trace_is_loaded_in_whole_minutes_without_what_is_too_wide_or_empty(csv) -> None:
    path = csv(
        "job_id,cluster,submit_s,duration_s,gpus,user\n"
        "3,1,1000,61,2,ann\n1,1,100,60,1,bo\n2,1,161,1,8,bo\n4,1,1001,0,1,bo\n5,1,1002,50,9,bo\n6,2,3,50,1,bo\n"
    )
    trace = load(path, 8, cluster="1")
    assert [(one.submit, one.length, one.gpus, one.member) for one in trace.jobs] == [
        (0, 1, 1, "bo"),
        (2, 1, 8, "bo"),
        (15, 2, 2, "ann"),
    ]
    assert trace.dropped == 2
    assert [one.gpus for one in load(path, 8, cluster="1", skip=1, limit=1).jobs] == [8]


def test_a_trace_that_cannot_be_used_is_told(csv, capsys: pytest.CaptureFixture[str]) -> None:
    path = csv("submit_s,gpus\n1,1\n")
    with pytest.raises(ValueError, match="no column duration_s"):
        load(path, 8)
    wanted = ["--gpus", "8", "--deadlines", "A"]
    assert main(["--trace", str(path), *wanted]) == 2
    assert main(wanted) == 2
    assert main(["--trace", str(path.with_name("missing.csv")), *wanted]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 3
    assert all(error.startswith("cannot replay this: ") for error in errors)


def test_every_deadline_can_be_made_by_the_job_alone() -> None:
    jobs = made(8, 2000, 0.8, Random(1)).jobs
    for one in with_deadlines(jobs, "A", Random(2)):
        assert one.length <= one.due - one.submit <= 5 * one.length
    slacks = sorted(one.due - one.submit - one.length for one in with_deadlines(jobs, "B", Random(2)))
    assert slacks[0] >= 6 * 60
    assert slacks[-1] <= 7 * DAY
    assert slacks[1000] == pytest.approx((6 * 60 * 7 * DAY) ** 0.5, rel=0.15)  # log-uniform: the geometric mean
    for one in with_deadlines(jobs, "C", Random(2)):
        assert one.latest >= one.submit


def test_shared_deadlines_are_noons_and_each_job_takes_the_next_that_it_can_make() -> None:
    instants = shared(100 * DAY, Random(1))
    assert all(instant % DAY == 720 for instant in instants)
    assert instants[-1] >= 100 * DAY
    jobs = [job(1, 0, 50, 1, 0), job(2, 60, 40, 1, 0), job(3, 61, 40, 1, 0)]
    assert [one.due for one in next_shared(jobs, (100, 200))] == [100, 100, 200]


def test_made_jobs_ask_for_the_load_that_was_wanted() -> None:
    assert offered_load(made(64, 3000, 0.8, Random(5)).jobs, 64) == pytest.approx(0.8, rel=0.1)


def test_people_misjudge_lengths_as_in_the_trace_they_are_drawn_from(csv) -> None:
    drawn = ratios(csv("duration_s,requested_s\n100,200\n100,90\n1,9999\n0,10\n"))
    assert drawn == (0.9, 2.0, 10.0)
    jobs = misjudged(made(8, 300, 0.8, Random(1)).jobs, drawn, Random(1))
    assert {one.length for one in jobs if one.runs == 120} <= {108, 240, 1200}
    assert any(one.length < one.runs for one in jobs)
    fixed = with_fixed(jobs, 0.5, Random(1))
    assert 100 < sum(one.fixed for one in fixed) < 200


# Peers


def test_a_profile_finds_the_first_stretch_with_enough_gpus() -> None:
    profile = Profile(4)
    profile.change(10, 20, -3)
    profile.change(20, 30, -1)
    assert profile.earliest(0, 10, 4) == 0
    assert profile.earliest(1, 10, 4) == 30
    assert profile.earliest(1, 10, 3) == 20
    assert profile.earliest(1, 10, 3, last=19) is None
    assert profile.earliest(15, 100, 1) == 15
    profile.forget(25)
    assert (profile.at(25), profile.at(30)) == (3, 4)


@pytest.mark.parametrize("seed", range(5))
def test_a_profile_agrees_with_counting_each_minute(seed: int) -> None:
    random, profile, free = Random(seed), Profile(6), [6] * 400
    for _ in range(40):
        start, length, count = random.randrange(200), random.randrange(1, 40), random.randrange(1, 7)
        fits = (at for at in range(start, 360) if min(free[at : at + length]) >= count)
        expected = next(fits, None)
        found = profile.earliest(start, length, count, 359)
        assert found == expected
        if found is not None:
            profile.change(found, found + length, -count)
            free[found : found + length] = [one - count for one in free[found : found + length]]


CROWD = (job(1, 0, 100, 8, 1000), job(2, 1, 50, 4, 60), job(3, 2, 10, 4, 120))


def test_a_calendar_books_late_ones_anyway_or_refuses_them() -> None:
    anyway = FirstFree(8).play(CROWD)
    assert starts(anyway) == [0, 100, 100]
    assert met(anyway) == [True, False, True]
    refusing = FirstFree(8, refuse_late=True).play(CROWD)
    assert starts(refusing) == [0, None, 100]
    assert [run.promised for run in refusing.runs.values()] == [True, False, True]


def test_a_calendar_gives_back_what_is_over_early_and_lets_runs_go_on_where_nobody_follows() -> None:
    early = FirstFree(8).play([job(1, 0, 100, 8, 1000, runs=10), job(2, 20, 5, 8, 1000)])
    assert starts(early) == [0, 20]
    free_after = FirstFree(8).play([job(1, 0, 10, 8, 1000, runs=15), job(2, 12, 5, 8, 1000)])
    assert met(free_after) == [True, True]
    assert starts(free_after) == [0, 15]
    taken_after = FirstFree(8).play([job(1, 0, 100, 8, 1000, runs=105), job(2, 1, 5, 8, 1000)])
    assert met(taken_after) == [False, True]


def test_easy_lets_only_those_pass_who_do_not_delay_the_first() -> None:
    jobs = [job(1, 0, 100, 6, 999), job(2, 1, 50, 8, 999), job(3, 2, 100, 2, 999), job(4, 3, 90, 2, 999)]
    assert starts(Queue(8).play(jobs)) == [0, 100, 150, 3]


def test_edf_begins_with_who_is_due_first_and_may_drop_who_is_late() -> None:
    jobs = [job(1, 0, 100, 8, 999), job(2, 1, 50, 8, 400), job(3, 2, 50, 8, 200), job(4, 3, 50, 8, 120)]
    assert starts(Queue(8).play(jobs)) == [0, 100, 150, 200]
    assert starts(Queue(8, by_deadline=True).play(jobs)) == [0, 200, 150, 100]
    assert starts(Queue(8, by_deadline=True, drop_late=True).play(jobs)) == [0, 150, 100, None]


def test_a_queue_ends_runs_that_are_longer_than_was_asked_for() -> None:
    outcome = Queue(8).play([job(1, 0, 10, 8, 999, runs=20), job(2, 1, 10, 8, 999, runs=5), job(3, 2, 1, 8, 999)])
    assert met(outcome) == [False, True, True]
    assert starts(outcome) == [0, 10, 15]


# The core


@pytest.mark.parametrize("seed", range(3))
def test_the_core_promises_only_what_it_keeps(seed: int) -> None:
    jobs = some_jobs(seed)
    for player in (Core(8, UNMOVED), Core(8, FREE), Core(8, OPEN, zones_of(jobs))):
        outcome = player.play(jobs)
        promised = [run for run in outcome.runs.values() if run.promised]
        assert promised
        assert all(run.met and run.kept for run in promised)
        assert all(run.start is None for run in outcome.runs.values() if not run.promised)
        assert len(outcome.seconds) == len(jobs)


@pytest.mark.parametrize("seed", range(3))
def test_without_moves_the_core_does_as_the_calendar_that_refuses_late_ones(seed: int) -> None:
    """On one node late binding finds every start that counting finds."""
    jobs = some_jobs(seed)
    assert starts(Core(8, UNMOVED).play(jobs)) == starts(FirstFree(8, refuse_late=True).play(jobs))


def test_the_core_takes_back_what_is_over_early_and_asks_again_for_those_it_refused() -> None:
    outcome = Core(8, UNMOVED).play([job(1, 0, 100, 8, 999, runs=30), job(2, 1, 20, 8, 60), job(3, 40, 20, 8, 80)])
    assert starts(outcome) == [0, 30, 50]
    assert met(outcome) == [True, True, True]


def test_who_was_refused_is_served_in_the_order_of_the_bots_waitlist() -> None:
    """First come where they are as urgent and have had as much; then who has had less."""
    full = job(1, 0, 100, 8, 999, runs=30)
    alike = Core(8, UNMOVED).play([full, job(2, 1, 20, 8, 90), job(3, 2, 20, 8, 60)])
    assert starts(alike) == [0, 30, None]
    had_more = replace(job(2, 1, 20, 8, 90), member=full.member)
    assert starts(Core(8, UNMOVED).play([full, had_more, job(3, 2, 20, 8, 60)])) == [0, 50, 30]


def test_what_a_member_has_had_counts_half_as_much_a_week_later() -> None:
    waitlist = Waitlist()
    waitlist.had("U0MEMBER1", window_of(minute_of(BEGIN) - 60, minute_of(BEGIN)), 4, BEGIN)
    assert waitlist.past(BEGIN)["U0MEMBER1"] == pytest.approx(4, rel=0.01)
    assert waitlist.past(BEGIN + timedelta(days=7))["U0MEMBER1"] == pytest.approx(2, rel=0.01)


def test_the_core_extends_a_run_that_needs_longer_where_nobody_follows() -> None:
    alone = Core(8, UNMOVED).play([job(1, 0, 100, 8, 999, runs=150)])
    assert met(alone) == [True]
    followed = Core(8, UNMOVED).play([job(1, 0, 100, 8, 999, runs=150), job(2, 1, 50, 8, 150, fixed=True)])
    assert met(followed) == [False, True]


def test_a_fixed_job_is_booked_as_a_window_in_time() -> None:
    outcome = Core(8, UNMOVED).play([job(1, 0, 100, 8, 999, fixed=True), job(2, 1, 50, 8, 200, fixed=True)])
    assert starts(outcome) == [0, 100]


def moving(monkeypatch: pytest.MonkeyPatch, second: Granted, policy: Policy = FREE, *, fixed: bool = False) -> Outcome:
    """The first job is placed at 50, and the second as `second` says, with what it moves."""
    core = Core(8, policy)
    base = minute_of(BEGIN)
    everything = tuple(f"n000:{index}" for index in range(8))
    first = Granted(Placement("gpus", everything, window_of(base + 50, base + 100)))
    answers = iter([first, second])
    monkeypatch.setattr("benchmarks.replaying.core.decide", lambda *_: next(answers))
    return core.play([job(1, 0, 50, 8, 200, fixed=fixed), job(2, 10, 50, 8, 100)])


def moved_to(start: int) -> Granted:
    base = minute_of(BEGIN)
    everything = tuple(f"n000:{index}" for index in range(8))
    move = Moved(1, window_of(base + start, base + start + 50), everything)
    return Granted(Placement("gpus", everything, window_of(base + 50, base + 100), moves=(move,)))


def test_moves_are_carried_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = moving(monkeypatch, moved_to(100))
    assert starts(outcome) == [100, 50]
    assert met(outcome) == [True, True]
    assert figures(outcome, 8)["moves_per_accept"] == 0.5
    assert figures(outcome, 8)["promises_broken"] == 0


def test_a_move_beyond_its_deadline_is_a_broken_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = moving(monkeypatch, moved_to(170))
    assert figures(outcome, 8)["promises_broken"] == 1


def test_a_double_booking_stops_the_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BrokenRuleError, match="which is taken"):
        moving(monkeypatch, moved_to(60))


@pytest.mark.parametrize(
    ("policy", "fixed"),
    [(UNMOVED, False), (replace(FREE, move_notice=timedelta(minutes=41)), False), (FREE, True)],
    ids=["too often", "inside its notice", "a fixed one"],
)
def test_a_move_that_the_rules_forbid_stops_the_replay(
    monkeypatch: pytest.MonkeyPatch, policy: Policy, *, fixed: bool
) -> None:
    with pytest.raises(BrokenRuleError, match="was moved"):
        moving(monkeypatch, moved_to(100), policy, fixed=fixed)


# Failures


def test_gpus_fail_as_often_as_was_said_and_never_while_they_are_out() -> None:
    found = failures(10, 1000 * DAY, 20, Random(1))
    assert 400 < len(found) < 500  # 20 days of service and the repair in the mean
    for place in range(10):
        mine = [one for one in found if one.place == place]
        assert all(one.end <= other.start for one, other in pairwise(mine))


def test_a_run_that_is_struck_goes_on_from_its_last_checkpoint() -> None:
    one = job(1, 0, 200, 8, 999)
    assert resumed(one, 10, 139) == replace(one, submit=139, length=80, runs=80)
    assert resumed(one, None, 139) == replace(one, submit=139)
    running = [(7, 2), (9, 4)]
    assert [struck(Failure(place, 0, 1), running, 8) for place in range(8)] == [7, 7, 9, 9, 9, 9, None, None]


@pytest.mark.parametrize("make", [FirstFree, Queue, lambda gpus: Core(gpus, UNMOVED)], ids=["calendar", "easy", "core"])
def test_who_was_on_a_gpu_that_fails_runs_the_rest_when_there_are_gpus_again(make) -> None:
    jobs = [job(1, 0, 200, 8, 500), job(2, 1, 50, 8, 260)]
    outcome = make(8).play(jobs, [Failure(0, 130, 190)])
    first, second = outcome.runs.values()
    assert first.stretches[0] == (0, 130)
    assert first.met
    assert sum(end - start for start, end in first.stretches) == 200 + 10  # ten minutes since the checkpoint
    assert all(start >= 190 for start, _ in first.stretches[1:] + second.stretches)
    assert figures(outcome, 8)["promises_broken"] == 0


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("policy", [UNMOVED, FREE, OPEN], ids=["no moves", "free", "rules"])
def test_everything_at_once_keeps_the_rules(seed: int, policy: Policy) -> None:
    random = Random(seed)
    jobs = with_fixed(misjudged(made(8, 100, 1.0, random).jobs, (0.8, 1.0, 2.0, 5.0), random), 0.5, random)
    jobs = with_deadlines(with_people(jobs, random), "B", random)
    outcome = Core(8, policy, zones_of(jobs)).play(jobs, failures(8, max(one.due for one in jobs), 10, random))
    found = figures(outcome, 8)
    assert found["promises_broken"] == 0
    assert found["promises_delivered"] is not None
    assert 0 < found["promises_delivered"] < 1


# Figures


def test_figures_of_a_small_outcome() -> None:
    found = figures(FirstFree(8).play(CROWD), 8)
    assert found["met_by_count"] == pytest.approx(2 / 3)
    assert found["met_by_gpu_hours"] == pytest.approx((800 + 40) / (800 + 200 + 40))
    assert found["mean_wait_hours"] == pytest.approx((0 + 99 + 98) / 3 / 60)
    assert found["utilisation"] == 1
    assert found["promises_delivered"] == 1


def test_jains_index_and_quantiles() -> None:
    assert jain([0.5, 0.5]) == 1
    assert jain([1, 0, 0, 0]) == 0.25
    assert jain([0, 0]) is None
    assert quantile([1, 2, 3, 4], 0.5) == 2
    assert quantile([1, 2, 3, 4], 0.99) == 4
    assert quantile([], 0.5) is None


# Bounds


def brute(jobs: Sequence[Job], gpus: int, worth: Callable[[Job], int]) -> int:
    """The best of all plans, each job being left out or begun in any minute in which it can be."""
    best = 0
    choices = [[None, *range(one.submit, one.latest + 1)] for one in jobs]
    for plan in product(*choices):
        used: dict[int, int] = {}
        for one, start in zip(jobs, plan, strict=True):
            if start is not None:
                for minute in range(start, start + one.length):
                    used[minute] = used.get(minute, 0) + one.gpus
        if max(used.values(), default=0) <= gpus:
            best = max(best, sum(worth(one) for one, start in zip(jobs, plan, strict=True) if start is not None))
    return best


def best_of_all(jobs: Sequence[Job], gpus: int) -> tuple[float, float]:
    """By GPU-hours and by count, as parts of all."""
    hours, count = brute(jobs, gpus, lambda one: one.work), brute(jobs, gpus, lambda _: 1)
    return hours / sum(one.work for one in jobs), count / len(jobs)


def tiny(seed: int) -> list[Job]:
    random = Random(seed)
    made_ = []
    for number in range(1, 5):
        submit, length = random.randrange(4), random.randrange(1, 5)
        made_.append(job(number, submit, length, random.randrange(1, 4), submit + length + random.randrange(3)))
    return made_


def test_the_linear_program_on_cases_with_known_answers() -> None:
    two = [job(1, 0, 60, 4, 60), job(2, 0, 60, 4, 60)]
    assert linear(two, 8).gpu_hours == pytest.approx(1)
    half = linear(two, 4)
    assert half.gpu_hours == pytest.approx(0.5)
    assert half.count == pytest.approx(0.5)
    wide_and_small = [job(1, 0, 60, 8, 60), job(2, 0, 60, 2, 60)]
    assert linear(wide_and_small, 8).gpu_hours == pytest.approx(8 / 10)
    assert linear(wide_and_small, 8).count == pytest.approx((1 + 6 / 8) / 2)


def by_flow(jobs: Sequence[Job], gpus: int) -> int:
    """GPU-minutes that can be met in pieces: the flow from jobs through the intervals that they may run in."""
    points = sorted({one.submit for one in jobs} | {one.due for one in jobs})
    intervals = list(pairwise(points))
    source, sink = len(jobs) + len(intervals), len(jobs) + len(intervals) + 1
    edges = [(source, at, one.work) for at, one in enumerate(jobs)]
    for place, (start, end) in enumerate(intervals, len(jobs)):
        edges.append((place, sink, gpus * (end - start)))
        inside = (at for at, one in enumerate(jobs) if one.submit <= start and end <= one.due)
        edges += [(at, place, jobs[at].gpus * (end - start)) for at in inside]
    rows, columns, sizes = zip(*edges, strict=True)
    graph = csr_array((np.array(sizes, dtype=np.int32), (rows, columns)), shape=(sink + 1, sink + 1))
    return maximum_flow(graph, source, sink).flow_value


@pytest.mark.parametrize("seed", range(3))
def test_the_linear_program_is_a_flow_and_stays_a_bound_with_joined_intervals(seed: int) -> None:
    jobs = some_jobs(seed, 120)
    exact = linear(jobs, 8)
    assert exact.gpu_hours == pytest.approx(by_flow(jobs, 8) / sum(one.work for one in jobs))
    joined = linear(jobs, 8, most=800)
    assert exact.gpu_hours <= joined.gpu_hours + 1e-9 <= exact.gpu_hours * 1.1
    assert exact.count <= joined.count + 1e-9 <= exact.count * 1.1


@pytest.mark.parametrize("seed", range(8))
def test_no_plan_passes_the_linear_program(seed: int) -> None:
    jobs, bound = tiny(seed), linear(tiny(seed), 4)
    hours, count = best_of_all(jobs, 4)
    assert hours - 1e-6 <= bound.gpu_hours <= 1 + 1e-6
    assert count - 1e-6 <= bound.count <= 1 + 1e-6


@pytest.mark.parametrize("seed", range(8))
def test_cp_sat_finds_the_best_of_all_plans(seed: int) -> None:
    pytest.importorskip("ortools")
    from benchmarks.replaying.cpsat import best  # noqa: PLC0415

    jobs = tiny(seed)
    hours, count = best_of_all(jobs, 4)
    reached = best(jobs, 4, 10)
    assert (reached.met.gpu_hours, reached.met.count) == pytest.approx((hours, count))
    assert (reached.at_most.gpu_hours, reached.at_most.count) == pytest.approx((hours, count))


@pytest.mark.parametrize("name", NAMES)
def test_no_policy_passes_the_bound(name: str) -> None:
    jobs = some_jobs(7, 150)
    found = figures(POLICIES[name](8, jobs).play(jobs), 8)
    bound = linear(jobs, 8)
    assert found["met_by_gpu_hours"] <= bound.gpu_hours + 1e-6
    assert found["met_by_count"] <= bound.count + 1e-6


@pytest.mark.parametrize("player", [FirstFree(8), Queue(8), Queue(8, by_deadline=True, drop_late=True), Core(8, FREE)])
def test_nobody_runs_more_than_the_gpus_or_before_they_came(player: Player) -> None:
    jobs = some_jobs(3, 150)
    runs = [run for run in player.play(jobs).runs.values() if run.start is not None]
    assert all(run.start >= run.job.submit and run.end - run.start == run.job.length for run in runs)
    for instant in {run.start for run in runs}:
        assert sum(run.job.gpus for run in runs if run.start <= instant < run.end) <= 8


# The whole


def test_a_whole_run_writes_the_agreed_form(tmp_path: Path, csv, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (f"{number * 900},{600 + number * 977 % 40000},{1 + number % 8}" for number in range(60))
    trace, out = csv("\n".join(["submit_s,duration_s,gpus", *lines]) + "\n"), tmp_path / "out.json"
    given = ["--trace", str(trace), "--gpus", "8", "--deadlines", "A", "--seeds", "2", "--processes", "1"]
    assert main([*given, "--json", str(out)]) == 0
    result = json.loads(out.read_text())
    assert {"trace", "cluster", "gpus", "deadlines", "seeds", "jobs", "offered_load"} <= result["setting"].keys()
    assert tuple(result["policies"]) == NAMES
    wanted = {"met_by_count", "met_by_gpu_hours", "promises_broken", "moves_per_accept", "utilisation"}
    wanted |= {"mean_wait_hours", "jain", "decision_p50_ms", "decision_p99_ms"}
    for found in result["policies"].values():
        assert wanted <= found.keys()
        assert 0 <= found["met_by_gpu_hours"] <= result["bounds"]["lp_gpu_hours"] + 1e-6
    assert {"lp_gpu_hours", "lp_count", "cpsat_gpu_hours", "cpsat_count"} <= result["bounds"].keys()
    assert result["bounds"]["cpsat_gpu_hours"] is None
    printed = capsys.readouterr().out
    assert all(name in printed for name in NAMES)
    assert main([*given, "--no-bounds", "--policies", "edf", "--json", str(out)]) == 0
    result = json.loads(out.read_text())
    assert set(result["policies"]) == {"edf"}
    assert result["bounds"]["lp_gpu_hours"] is None


def test_a_seed_gives_the_same_jobs_again_and_another_seed_others() -> None:
    game = Game(8, "B", jobs=50)
    assert jobs_of(game, 1) == jobs_of(game, 1)
    assert jobs_of(game, 1) != jobs_of(game, 2)
    assert jobs_of(replace(game, fixed_share=1), 1)[0].fixed
