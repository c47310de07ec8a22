"""docs/alerts.yml: rules for Prometheus over metrics that there are, each with a page that says what to do."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from bot.booking.board import Board
from bot.booking.observed import FindingKind
from bot.desk import Desk
from bot.fleet.seen import Seen
from bot.jobs import TIMETABLE
from bot.metrics import Work, metrics
from gpus import reading, report
from make import lab, monday
from storage.engine import open_engine
from storage.ledger import Ledger

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docs" / "alerts.yml"
RULES = [rule for group in yaml.safe_load(FILE.read_text())["groups"] for rule in group["rules"]]
NOW = monday(10)
PROMTOOL = shutil.which("promtool")


@pytest.fixture
def board(sqlite_url: str) -> Iterator[Board]:
    """Of a lab of which nothing is booked."""
    ledger = Ledger(open_engine(sqlite_url))
    yield Desk(ledger, lab()).board(NOW)
    ledger.close()


@pytest.fixture
def told(board: Board) -> str:
    """/metrics of a bot that watches a node, and has something to do."""
    seen = Seen()
    seen.take([reading("atlas:0", at=NOW, utilisation=80)], {"atlas": report("atlas")})
    work = Work({name: NOW - timedelta(seconds=3) for name in TIMETABLE}, NOW - timedelta(minutes=20), 2, 1, "0.1.0")
    return metrics(board, seen.sight, (), work)


def test_every_metric_and_label_of_a_rule_is_told(told: str) -> None:
    samples: dict[str, set[str]] = {"up": {"job"}}
    for name, labels in re.findall(r"^(crunchtime_\w+)(?:\{(.*?)\})? ", told, re.MULTILINE):
        samples.setdefault(name, set()).update(re.findall(r"(\w+)=", labels))
    for rule in RULES:
        used = re.findall(r"\b(crunchtime_\w+|up)\b(?:\{([^}]*)\})?", rule["expr"])
        assert used, rule["alert"]
        for name, labels in used:
            assert name in samples, rule["alert"]
            assert set(re.findall(r"(\w+)[=!]", labels)) <= samples[name], rule["alert"]


def test_rules_name_jobs_and_kinds_that_there_are() -> None:
    expressions = " ".join(rule["expr"] for rule in RULES)
    assert set(re.findall(r'job!?=~?"(\w+)"', expressions)) <= {*TIMETABLE, "crunchtime"}
    kinds = {kind for found in re.findall(r'kind=~"([\w|]+)"', expressions) for kind in found.split("|")}
    assert kinds
    assert kinds <= set(FindingKind)


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_each_rule_says_where_to_read_what_to_do(rule: dict) -> None:
    page, heading = re.fullmatch(r'(docs/\w+\.md), "(.+)"', rule["annotations"]["runbook"]).groups()
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert heading in headings
    assert rule["labels"]["severity"] in ("page", "ticket")


def test_what_the_bot_has_to_do_is_told(told: str) -> None:
    for line in (
        'crunchtime_build_info{version="0.1.0"} 1.0',
        'crunchtime_job_age_seconds{job="deliver"} 3.0',
        "crunchtime_notice_age_seconds 1200.0",
        "crunchtime_held 2.0",
        "crunchtime_invariant_overlaps 1.0",
        "crunchtime_waiting 0.0",
    ):
        assert line in told.splitlines()


def test_no_message_waits_where_none_is_due(board: Board) -> None:
    told = metrics(board, Seen().sight, (), Work({}, None, 0, 0, "0.1.0"))
    assert "crunchtime_notice_age_seconds 0.0" in told


@pytest.mark.skipif(PROMTOOL is None, reason="no promtool here")
def test_prometheus_itself_reads_the_rules() -> None:
    checked = subprocess.run(
        [str(PROMTOOL), "check", "rules", FILE], capture_output=True, text=True, check=False, timeout=60
    )
    assert checked.returncode == 0, checked.stderr
