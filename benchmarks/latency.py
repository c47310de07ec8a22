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
from itertools import count, product
from pathlib import Path
from typing import Any, TypeVar

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

Size = tuple[int, int]  # GPUs, reservations
Results = defaultdict[str, dict[str, Timed[Any, Any]]]  # by operation and method
Found = TypeVar("Found", bound=Search)
Method = Callable[[Sequence[Stay], Layout, Clock], Search]


@dataclass(frozen=True, slots=True)
class Scale:
    """How thorough a run is: the core's answers, the others' answers, the core's decisions, and building."""

    core: Effort
    others: Effort
    decide: Effort
    build: Effort


WHOLE = Scale(Effort(1000, 5), Effort(200, 2, limit=1), Effort(2000, 10), Effort(3, 2, fewest=1))
QUICK = Scale(Effort(200, 1), Effort(40, 0.2, limit=0.5), Effort(300, 2), Effort(1, 0, fewest=1))


def main(arguments: Sequence[str] | None = None) -> int:
    """The whole run; the exit status."""
    given = _parser().parse_args(arguments)
    sizes = given.sizes or (zip(GPUS, RESERVATIONS, strict=True) if given.quick else product(GPUS, RESERVATIONS))
    bench = Bench(QUICK if given.quick else WHOLE, _installed())
    try:
        for size in sizes:
            bench.run(fill(*size))
    except DisagreementError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n≥: some answers were not waited for any longer. The p99 of fewer than 100 answers is the slowest one.")
    if given.json is not None:
        given.json.write_text(json.dumps([asdict(row) for row in bench.rows], indent=1) + "\n")
    return 0


class Bench:
    """One run over several sizes; `rows` is its table so far."""

    def __init__(self, scale: Scale, methods: Sequence[tuple[str, Method]]) -> None:
        self.rows: list[Row] = []
        self._scale = scale
        self._methods = methods
        self._clock = Clock()
        self._hopeless: dict[str, Size] = {}  # where a method's window check was too slow already

    def run(self, made: Fill) -> None:
        """Every operation at one size, printed. Raises DisagreementError."""
        size = len(made.lab.gpus), len(made.reservations)
        print(
            f"\n{size[0]} GPUs, {size[1]:,} reservations of {made.mean_hours:.1f} h in the mean: "
            f"{made.utilisation:.0%} of the next {made.days:.0f} days"
        )
        if not FEWEST_DAYS <= made.days <= MOST_DAYS:
            print(f"  left out: full for less than {FEWEST_DAYS} or more than {MOST_DAYS} days")
            return
        results, compared = self._measured(made, size)
        print(heading())
        for operation, found in results.items():
            these = rows(operation, *size, found)
            self.rows += these
            print(*map(line, these), sep="\n")
            for method, one in found.items():
                if one.too_slow:
                    print(f"  {operation}, {method}: left out, over {self._scale.others.limit:g} s an answer")
        print(f"  {compared} answers and decisions were held against another method's: all the same")

    def _measured(self, made: Fill, size: Size) -> tuple[Results, int]:
        """What was found, and how many answers could be compared."""
        results: Results = defaultdict(dict)
        scale, clock = self._scale, self._clock
        core = self._asked(lambda: Core(made), made, scale.core, results)
        late = timed(core.earliest_with_late_binding, queries(made), scale.core, clock)
        no_later(results[START][core.name], late)
        decisions = decided(core, made, queries(made, seed=3), scale.decide)
        new = newcomers(core, queries(made, seed=4), first_id=size[1] + 1)
        results[INSERT][core.name] = timed(core.insert, (reservation for reservation, _ in new), scale.core, clock)

        compared, held = 0, stays(made.reservations, core.layout)
        for name, method in self._methods:
            if name in self._hopeless and all(map(int.__le__, self._hopeless[name], size)):
                print(f"  {name}: left out, too slow at {self._hopeless[name]} already")
                continue
            other = self._asked(partial(method, held, core.layout, clock), made, scale.others, results)
            for operation in (CHECK, START):
                compared += same(f"{operation}: {name}", *(results[operation][one] for one in (core.name, name)))
            if results[CHECK][name].too_slow:
                self._hopeless.setdefault(name, size)
            if isinstance(other, IndexedSql):
                for asked, decision in decisions.answers:
                    borne_out(asked, decision, core.layout, other)
                compared += len(decisions.answers)
            if isinstance(other, Book):
                results[INSERT][name] = timed(other.insert, (stay for _, stay in new), scale.others, clock)
        results[START][LATE] = late
        for operation, part in by_outcome(decisions).items():
            results[operation][DECIDE] = part
        return results, compared

    def _asked(self, build: Callable[[], Found], made: Fill, effort: Effort, results: Results) -> Found:
        """Builds a method, and asks it both questions."""
        built = timed(lambda _: build(), count(), self._scale.build, self._clock)
        method = built.answers[-1][1]
        results[CHECK][method.name] = timed(
            lambda query: method.free(query.first, query.first + query.length), queries(made), effort, self._clock
        )
        results[START][method.name] = timed(method.earliest, queries(made), effort, self._clock)
        if isinstance(method, Book):
            results[REBUILD][method.name] = Timed(built.seconds)
        return method


def _installed() -> list[tuple[str, Method]]:
    """The other methods by name, but for those whose package is missing."""
    found: list[tuple[str, Method]] = [(IndexedSql.name, IndexedSql), (PlainSql.name, PlainSql)]
    for package, method in (("intervaltree", Trees), ("blazar", Blazar)):
        if find_spec(package):
            found.append((method.name, method))
        else:
            print(f"{package} is not installed and left out; `uv run --group bench` brings it")
    return found


def _size(text: str) -> Size:
    gpus, reservations = text.split("x")
    return int(gpus), int(reservations)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure search and decide() beside other ways to do the same.")
    parser.add_argument("--quick", action="store_true", help="three sizes and fewer answers: about a minute")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the rows to this file too")
    parser.add_argument("sizes", type=_size, nargs="*", help="GPUs (a multiple of 8) and reservations, as 64x10000")
    return parser


if __name__ == "__main__":
    sys.exit(main())
