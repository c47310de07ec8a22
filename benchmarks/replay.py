"""How many deadlines the core keeps on real traces, beside calendars, queues and what is possible at all.

`uv run --group bench python benchmarks/replay.py --trace FILE [--cluster N] --gpus G --deadlines A|B|C --seeds 5
[--json OUT]`, or with `--generate` in place of a trace. Deadlines are synthetic: A is 1.1 to 5 times the length, B the
length and 6 hours to 7 days, C the next of the lab's shared conference deadlines that the job can make. Ends with
status 1 if the core does what it never may, as booking a GPU twice; with 2 for a trace that cannot be replayed.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.replaying.deadlines import KINDS
from benchmarks.replaying.figures import means, table
from benchmarks.replaying.games import POLICIES, Game, Played, play
from benchmarks.replaying.ledger import BrokenRuleError
from benchmarks.replaying.traces import load


def main(arguments: Sequence[str] | None = None) -> int:
    """The whole run; the exit status."""
    given = _parser().parse_args(arguments)
    try:
        game = _game(given)
    except (OSError, ValueError, KeyError) as error:
        print(f"cannot replay this: {error}", file=sys.stderr)
        return 2
    try:
        played = _played(game, range(1, given.seeds + 1), given.processes)
    except BrokenRuleError as error:
        print(error, file=sys.stderr)
        return 1
    result = summary(game, given, played)
    _show(result, played[0])
    if given.json is not None:
        given.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


def _played(game: Game, seeds: Sequence[int], processes: int) -> list[Played]:
    if processes == 1:
        return [play(game, seed) for seed in seeds]
    with ProcessPoolExecutor(max_workers=processes) as pool:
        return list(pool.map(partial(play, game), seeds))


def summary(game: Game, given: argparse.Namespace, played: Sequence[Played]) -> dict[str, Any]:
    """Means over the seeds, in the agreed form."""
    return {
        "setting": {
            "trace": game.trace.name if game.trace else "generated",
            "cluster": given.cluster,
            "gpus": game.gpus,
            "deadlines": game.kind,
            "seeds": len(played),
            "jobs": played[0].jobs,
            "offered_load": fmean(one.load for one in played),
            "fixed_share": game.fixed_share,
            "overrun": game.overrun.name if game.overrun else None,
            "failure_days": game.failure_days or None,
        },
        "policies": {name: means([one.policies[name] for one in played]) for name in game.policies},
        "bounds": means([one.bounds for one in played]),
        "on_windows": {name: means([one.on_windows[name] for one in played]) for name in played[0].on_windows},
    }


def _show(result: dict[str, Any], first: Played) -> None:
    setting = result["setting"]
    where = setting["trace"] + (f" cluster {setting['cluster']}" if setting["cluster"] else "")
    print(
        f"{where}: {setting['jobs']:,} jobs on {setting['gpus']} GPUs, load {setting['offered_load']:.2f}, "
        f"deadlines {setting['deadlines']}, {setting['seeds']} seeds; {first.dropped} left out as too wide or empty"
    )
    print(table(result["policies"]))
    for name, value in result["bounds"].items():
        print(f"  {name:24} {'-' if value is None else format(value, '.3f')}")
    for name, found in result["on_windows"].items():
        print(f"  on CP-SAT's windows: {name:21} {found['met_by_gpu_hours']:.3f} {found['met_by_count']:.3f}")
    _compare(result)


def _compare(result: dict[str, Any]) -> None:
    """As parts of the bound, and how many times fewer GPU-hours miss their deadline than with each calendar."""
    met = {name: found["met_by_gpu_hours"] for name, found in result["policies"].items()}
    bound = result["bounds"]["lp_gpu_hours"]
    if bound:
        print("  GPU-hours met / LP: " + ", ".join(f"{name} {value / bound:.3f}" for name, value in met.items()))
    for calendar in ("calendar", "calendar-refuse-late"):
        for core in ("core", "core-move-rules"):
            if calendar in met and core in met and met[core] < 1:
                fewer = (1 - met[calendar]) / (1 - met[core])
                possible = (
                    f" ({(1 - met[calendar]) / (1 - bound):.2f} at the bound)" if bound and bound < 0.9999 else ""
                )
                print(f"  {core}: {fewer:.2f} times fewer GPU-hours late than {calendar}{possible}")


def _game(given: argparse.Namespace) -> Game:
    """Raises ValueError, KeyError or OSError for what cannot be replayed."""
    if (given.trace is None) == (not given.generate):
        raise ValueError("either --trace or --generate says which jobs")
    if given.windows and not find_spec("ortools"):
        raise ValueError("--windows needs ortools; `uv run --group bench` brings it")
    trace = None
    if given.trace is not None:
        trace = load(given.trace, given.gpus, cluster=given.cluster, skip=given.skip, limit=given.jobs)
    return Game(
        gpus=given.gpus,
        kind=given.deadlines,
        trace=trace,
        jobs=given.jobs or Game.jobs,
        load=given.load,
        policies=tuple(given.policies),
        bounds=not given.no_bounds,
        windows=given.windows,
        window_jobs=given.window_jobs,
        cpsat_seconds=given.cpsat_seconds,
        fixed_share=given.fixed_share,
        overrun=given.overrun,
        failure_days=given.failures,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Replay a trace's jobs under the core, its peers and its bounds.")
    parser.add_argument("--trace", type=Path, metavar="FILE", help="a CSV file with submit_s, duration_s and gpus")
    parser.add_argument("--generate", action="store_true", help="make the jobs instead")
    parser.add_argument("--load", type=float, default=0.8, help="of what is made: the part of the GPUs' time asked for")
    parser.add_argument("--cluster", help="only this cluster of the trace")
    parser.add_argument("--skip", type=int, default=0, metavar="N", help="leave out the first N jobs of the trace")
    parser.add_argument("--jobs", type=int, metavar="N", help="at most so many jobs")
    parser.add_argument("--gpus", type=int, required=True)
    parser.add_argument("--deadlines", choices=KINDS, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--policies", nargs="+", choices=list(POLICIES), default=list(POLICIES), metavar="NAME")
    parser.add_argument("--no-bounds", action="store_true", help="leave out the linear program")
    parser.add_argument("--windows", type=int, default=0, metavar="N", help="CP-SAT on N stretches of the trace")
    parser.add_argument("--window-jobs", type=int, default=80, metavar="N", help="how many jobs each has")
    parser.add_argument("--cpsat-seconds", type=float, default=20, help="for each stretch and figure")
    parser.add_argument("--fixed-share", type=float, default=0, help="the part of the jobs booked as fixed windows")
    parser.add_argument("--overrun", type=Path, metavar="FILE", help="a trace with requested_s: how wrong lengths are")
    parser.add_argument(
        "--failures", type=float, default=0, metavar="DAYS", help="mean days until a GPU fails; 0: never"
    )
    parser.add_argument("--processes", type=int, default=2, help="seeds at once; 1 for quiet decision times")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures to this file too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
