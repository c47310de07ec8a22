"""How long search and decide() take in full calendars of 8, 64 and 1024 GPUs, beside other ways to answer the same.

`uv run --group bench python benchmarks/latency.py [--quick] [--json OUT]`. Ends with status 1 if two methods answer
the same question differently. Methods that are not installed are left out.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.util import find_spec
from itertools import count, islice, product
from pathlib import Path
from typing import TypeVar

from benchmarks.agreement import DisagreementError, borne_out, no_later, same
from benchmarks.fills import Fill, fill, queries
from benchmarks.leases import Blazar
from benchmarks.ours import Core, by_outcome, decided, newcomers
from benchmarks.rivals import Book, IndexedSql, PlainSql, Search, Stay, Trees, stays
from benchmarks.timing import Clock, Effort, Row, Timed, heading, line, rows, timed
from bot.booking.layout import Layout

GPUS = (8, 64, 1024)
RESERVATIONS = (1_000, 10_000, 100_000)
CHECK, START, INSERT, REBUILD = "window check", "earliest start", "insert", "rebuild"
LATE, DECIDE = "with late binding", "decide()"

# A calendar that is full for less than the questions reach, or for longer than anybody plans, says little.
FEWEST_DAYS, MOST_DAYS = 21, 366

Results = defaultdict[str, dict[str, Timed]]
Found = TypeVar("Found", bound=Search)
Method = Callable[[Sequence[Stay], Layout, Clock], Search]


@dataclass(frozen=True, slots=True)
class Scale:
    """How thorough a run is: the core's answers, the others' answers, the core's decisions, and building."""

    core: Effort
    others: Effort
    decide: Effort
    build: Effort


WHOLE = Scale(Effort(1000, 5), Effort(200, 2, limit=2), Effort(2000, 10), Effort(3, 2, fewest=1))
QUICK = Scale(Effort(200, 1), Effort(40, 0.2, limit=0.5), Effort(300, 2), Effort(1, 0, fewest=1))


def main(arguments: Sequence[str] | None = None) -> int:
    """The whole run; the exit status."""
    given = _parser().parse_args(arguments)
    found: list[Row] = []
    methods = _installed()
    try:
        for gpus, reservations in product(given.gpus, given.reservations):
            made = fill(gpus, reservations)
            print(
                f"\n{gpus} GPUs, {reservations:,} reservations of {made.mean_hours:.1f} h in the mean: "
                f"{made.utilisation:.0%} of the next {made.days:.0f} days"
            )
            if FEWEST_DAYS <= made.days <= MOST_DAYS:
                found += _measured(made, methods, QUICK if given.quick else WHOLE)
            else:
                print(f"  left out: full for less than {FEWEST_DAYS} or more than {MOST_DAYS} days")
    except DisagreementError as error:
        print(error, file=sys.stderr)
        return 1
    if given.json is not None:
        given.json.write_text(json.dumps([asdict(row) for row in found], indent=1) + "\n")
    return 0


def _measured(made: Fill, methods: Sequence[Method], scale: Scale) -> list[Row]:
    """Every operation at one size, printed."""
    results: Results = defaultdict(dict)
    clock = Clock()
    core = _searched(lambda: Core(made), results, made, scale.core, scale.build, clock)
    late = timed(core.earliest_with_late_binding, queries(made), scale.core, clock)
    no_later(results[START][core.name], late)
    new = newcomers(core, islice(queries(made, seed=3), 200), first_id=len(made.reservations) + 1)
    decisions = decided(core, made, queries(made, seed=4), scale.decide)
    results[INSERT][core.name] = timed(lambda one: core.insert(one[0]), new, scale.core, clock)

    held = stays(made.reservations, core.layout)
    for method in methods:
        other = _searched(partial(method, held, core.layout, clock), results, made, scale.others, scale.build, clock)
        if isinstance(other, IndexedSql):
            for asked, decision in decisions.answers:
                borne_out(asked, decision, core.layout, other)
        if isinstance(other, Book):
            results[INSERT][other.name] = timed(other.insert, (stay for _, stay in new), scale.others, clock)
    compared = same(CHECK, results[CHECK]) + same(START, results[START])
    results[START][LATE] = late
    for operation, part in by_outcome(decisions).items():
        results[operation][DECIDE] = part
    return _reported(results, made, scale.others.limit, compared)


def _searched(
    build: Callable[[], Found], results: Results, made: Fill, effort: Effort, building: Effort, clock: Clock
) -> Found:
    """Build a method, and ask it both questions."""
    built = timed(lambda _: build(), count(), building, clock)
    method = built.answers[-1][1]
    results[REBUILD][method.name] = Timed(built.seconds)
    results[CHECK][method.name] = timed(
        lambda query: method.free(query.first, query.first + query.length), queries(made), effort, clock
    )
    results[START][method.name] = timed(method.earliest, queries(made), effort, clock)
    return method


def _reported(results: Results, made: Fill, limit: float, compared: int) -> list[Row]:
    found: list[Row] = []
    print(heading())
    for operation in (CHECK, START, *sorted(name for name in results if name.startswith("decide")), INSERT, REBUILD):
        these = rows(operation, len(made.lab.gpus), len(made.reservations), results[operation])
        found += these
        print("\n".join(map(line, these)))
        for method, one in results[operation].items():
            if one.too_slow:
                print(f"  {operation:<28}{method:<28}left out: over {limit:g} s an answer")
    print(f"  {compared} answers compared with the core's, all the same")
    return found


def _installed() -> list[Method]:
    """The other methods, but for those whose package is missing."""
    found: list[Method] = [IndexedSql, PlainSql]
    for package, method in (("intervaltree", Trees), ("blazar", Blazar)):
        if find_spec(package):
            found.append(method)
        else:
            print(f"{package} is not installed and left out; it comes with `uv run --group bench`")
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure search and decide() beside other ways to do the same.")
    parser.add_argument("--quick", action="store_true", help="fewer answers each: about a minute")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the rows to this file too")
    parser.add_argument("--gpus", type=int, nargs="+", default=GPUS, help="sizes of the lab, multiples of 8")
    parser.add_argument("--reservations", type=int, nargs="+", default=RESERVATIONS, help="sizes of the calendar")
    return parser


if __name__ == "__main__":
    sys.exit(main())
