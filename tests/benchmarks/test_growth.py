"""The benchmark of ledgers that grow: all that it asks is answered, in ledgers of each size."""

import json
import sys
from pathlib import Path

import pytest

from benchmarks.growth import main


def test_each_question_is_put_to_each_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "growth.json"
    monkeypatch.setattr("benchmarks.growth.FEW", 1)
    monkeypatch.setattr(sys, "argv", ["growth.py", "--past", "10", "30", "--rounds", "1", "--json", str(path)])
    assert main() == 0
    took = json.loads(path.read_text(encoding="utf-8"))
    assert {"free", "book", "answer: mine", "everybody's past", "start"} <= set(took)
    for by_ledger in took.values():
        assert set(by_ledger) == {"10", "30"}
        assert all(seconds > 0 for each in by_ledger.values() for seconds in each)
    assert capsys.readouterr().out.splitlines()[0].split() == ["10", "30"]
