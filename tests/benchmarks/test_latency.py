"""The benchmark of search and decide(): it runs, its rows have the agreed form, and a wrong answer stops it."""

import json
from collections import defaultdict
from itertools import islice, pairwise
from pathlib import Path

import pytest

from benchmarks.agreement import DisagreementError, borne_out, no_later
from benchmarks.fills import POOL, Fill, fill, fixed, queries
from benchmarks.latency import Bench, Scale, main
from benchmarks.ours import Core
from benchmarks.rivals import IndexedSql, stays
from benchmarks.timing import Clock, Effort, Timed
from bot.booking.decision import Granted, Placement, Refused
from bot.booking.layout import Layout
from bot.booking.reasons import Taken

FEW = Effort(20, 0.1)
SMALLEST = Scale(FEW, FEW, FEW, Effort(1, 0, fewest=1))


@pytest.fixture(scope="module")
def full() -> Fill:
    return fill(8, 300)


def test_a_quick_run_writes_rows_of_the_agreed_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "latency.json"
    assert main(["--quick", "--json", str(path), "8x300"]) == 0
    rows = json.loads(path.read_text())
    by_operation = defaultdict(list)
    for row in rows:
        assert {"operation", "method", "gpus", "reservations", "median_us", "p99_us", "ratio_to_best"} <= row.keys()
        assert (row["gpus"], row["reservations"]) == (8, 300)
        assert 0 < row["median_us"] <= row["p99_us"]
        by_operation[row["operation"]].append(row["ratio_to_best"])
    operations = {"window check", "earliest start", "decide, all", "decide, whole ladder", "insert", "rebuild"}
    assert operations <= by_operation.keys()
    assert {min(ratios) for ratios in by_operation.values()} == {1.0}
    methods = {row["method"] for row in rows if row["operation"] == "earliest start"}
    assert {"masks and jump scan", "with late binding", "indexed SQL", "TensorHive's predicate"} <= methods
    assert "all the same" in capsys.readouterr().out


def test_a_method_that_calls_a_taken_gpu_free_stops_the_run(full: Fill) -> None:
    class Liar(IndexedSql):
        name = "liar"

        def free(self, start: int, end: int) -> int:
            return self._layout.full

    with pytest.raises(DisagreementError, match="window check: liar says"):
        Bench(SMALLEST, [(Liar.name, Liar)]).run(full)


def test_a_method_that_finds_a_later_start_stops_the_run(full: Fill) -> None:
    class Late(IndexedSql):
        name = "late"

        def earliest(self, query) -> int | None:
            start = super().earliest(query)
            return None if start is None else start + 1

    with pytest.raises(DisagreementError, match="earliest start: late says"):
        Bench(SMALLEST, [(Late.name, Late)]).run(full)


def test_a_refusal_of_free_gpus_and_a_grant_of_taken_ones_are_noticed(full: Fill) -> None:
    core = Core(full)
    other = IndexedSql(stays(full.reservations, core.layout), core.layout, Clock())
    asked = [(query, fixed(query, "U0MEMBER0")) for query in islice(queries(full), 200)]
    ends = [query.first + query.length for query, _ in asked]
    free = [core.free(query.first, end) for (query, _), end in zip(asked, ends, strict=True)]
    room = next(at for at, mask in enumerate(free) if mask.bit_count() >= asked[at][0].count)
    window = asked[room][1].when.window
    with pytest.raises(DisagreementError, match="refused"):
        borne_out(asked[room], Refused((Taken(window, 1, 0, POOL, ()),)), core.layout, other)
    tight = next(at for at, mask in enumerate(free) if mask != core.layout.full)
    window = asked[tight][1].when.window
    everything = Placement(POOL, core.layout.names(core.layout.full), window)
    with pytest.raises(DisagreementError, match="not all of them free"):
        borne_out(asked[tight], Granted(everything), core.layout, other)


def test_late_binding_that_loses_a_start_is_noticed(full: Fill) -> None:
    query = next(queries(full))
    plain = Timed([0.1], [(query, query.first + 5)])
    no_later(plain, Timed([0.1], [(query, query.first)]))
    for worse in (None, query.first + 6, query.first - 1):
        with pytest.raises(DisagreementError, match="late binding"):
            no_later(plain, Timed([0.1], [(query, worse)]))


def test_a_full_calendar_is_full_and_books_nobody_twice(full: Fill) -> None:
    assert 0.6 < full.utilisation < 0.8
    layout = Layout(full.lab.pools[POOL])
    for bit in layout.name:
        held = sorted((start, end) for start, end, mask in stays(full.reservations, layout) if mask >> bit & 1)
        assert all(one[1] <= other[0] for one, other in pairwise(held))
