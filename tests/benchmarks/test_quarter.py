"""A lab's quarter, lived at the real desk: every figure of its reports is computed a second time from the export."""

import csv
import io
import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.living import BEGIN, FULL, SMALL, lab_of, lived, months
from benchmarks.quarter import EXPORTS
from benchmarks.wishing import Shape
from bot.desk import Desk
from bot.exporting import exported
from bot.report.months import Month
from handlers.reports import report_csv
from recomputing import Recomputed


@pytest.fixture(scope="module")
def quarter(rounds, upgraded_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Shape, str, Desk]:
    """The small one, or with --full that of 40 people and 16 GPUs."""
    shape = [SMALL, FULL][rounds(0, 1)]
    url = f"sqlite:///{shutil.copy(upgraded_file, tmp_path_factory.mktemp('quarter') / 'quarter.db')}"
    return shape, url, lived(shape, 1, url)


def read(url: str, what: str, now: datetime) -> str:
    """What `crunchtime export` prints."""
    with exported(url, what, "json", now) as file:
        return file.read()


def test_every_figure_of_the_reports_is_recomputed_from_the_export(quarter) -> None:
    shape, url, desk = quarter
    end = BEGIN + shape.days * timedelta(days=1)
    export = {what: json.loads(read(url, what, end))[what] for what in EXPORTS}
    assert all(export[what] for what in EXPORTS)
    pools = {name: pool.size for name, pool in lab_of(shape).pools.items()}
    for month in (*months(shape), Month(2026, 9)):
        rows = list(csv.DictReader(io.StringIO(report_csv(desk.report_on(month, end)))))
        there = {(row["figure"], row["of"], row["unit"]): row["value"] for row in rows}
        assert len(there) == len(rows)
        again = Recomputed(export, pools, "Europe/Berlin", month.year, month.number, end).figures()
        again |= pulse(export, end, month)
        assert there.keys() == again.keys()
        for key, value in again.items():
            assert there[key] == "" if value is None else float(there[key]) == pytest.approx(value, abs=1e-4), key
        before = Recomputed(export, pools, "Europe/Berlin", month.before.year, month.before.number, end).figures()
        for row in rows:
            key = (row["figure"], row["of"], row["unit"])
            if row["of"] in {"all", "before deadlines", "otherwise", *(f"pool {pool}" for pool in pools)}:
                value = before[key]
                told = row["month_before"]
                assert told == "" if value is None else float(told) == pytest.approx(value, abs=1e-4), key


def pulse(export, end: datetime, month: Month) -> dict:
    """Its rows, where it was asked before the month's end."""
    if month < Month(2026, 10):
        return {}
    (one,) = export["pulse"]
    marks = {
        (f"compute satisfaction {mark} of 5", f"pulse {one['quarter']}", "count"): one[f"gave_{mark}"]
        for mark in range(1, 6)
    }
    return marks | {("asked", f"pulse {one['quarter']}", "count"): one["asked"]}


def test_the_quarter_has_everything_in_it_that_a_report_tells_of(quarter) -> None:
    shape, _, desk = quarter
    october = desk.report_on(Month(2026, 10), BEGIN + shape.days * timedelta(days=1))
    found = october.figures
    assert found.window.minutes == 745 * 60  # the clocks change
    assert min(found.hours.out, found.hours.used, found.hours.idle, found.hours.unbooked) > 0
    assert min(found.waits.count, found.waits.wait_90 or 0, found.demand.tries, found.demand.waited) > 0
    assert found.deadlines.promised > 0
    assert found.members <= shape.people
    assert 1 / found.members <= (found.jain or 0) <= 1
    assert october.pulse is not None


def test_the_same_seed_lives_the_same_weeks_again(upgraded_file: Path, tmp_path: Path) -> None:
    few = Shape(6, 1, 6, timedelta(hours=12), timedelta(hours=12), (("cvpr", 5),), 0.3)
    told = []
    for name in ("once", "again"):
        url = f"sqlite:///{shutil.copy(upgraded_file, tmp_path / name)}"
        lived(few, 7, url).ledger.close()
        told.append(read(url, "audit", BEGIN))
    assert told[0] == told[1]
    assert len(json.loads(told[0])["audit"]) > 5
