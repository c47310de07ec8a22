"""The callback in docs/estimates.md, as it stands there, in loops of its own on the CPU."""

import os
import re
import sys
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from bot.estimates.reports import read_report

PAGE = (Path(__file__).parents[2] / "docs" / "estimates.md").read_text(encoding="utf-8")
LOOP, TRAINER = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


class Loop:
    """What torch and transformers are to the callback; `waits` counts how often the GPU was waited for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, cuda: bool = True) -> None:
        self.waits = 0
        torch, transformers = ModuleType("torch"), ModuleType("transformers")
        torch.cuda = SimpleNamespace(is_available=lambda: cuda, synchronize=self._wait)  # type: ignore[attr-defined]
        transformers.TrainerCallback = type("TrainerCallback", (), {})  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "torch", torch)
        monkeypatch.setitem(sys.modules, "transformers", transformers)
        self.there: dict[str, Any] = {}
        exec(compile(LOOP + TRAINER, "docs/estimates.md", "exec"), self.there)

    def _wait(self) -> None:
        self.waits += 1


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CRUNCHTIME_STEPS", str(tmp_path / "steps"))
    (tmp_path / "steps").touch()
    return tmp_path / "steps"


def times(file: Path) -> list[float]:
    reports = [read_report(line) for line in file.read_text().splitlines()]
    assert all(report is not None and report.step_seconds for report in reports), file.read_text()
    return [report.step_seconds for report in reports if report is not None and report.step_seconds]


def test_a_loop_says_what_its_steps_take_and_its_slow_first_one_does_not_count(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = Loop(monkeypatch)
    said = loop.there["StepTimes"]("tiny-gpt", every=0.05)
    time.sleep(0.2)
    said.step()
    for _ in range(20):
        time.sleep(0.01)
        said.step()
    seen = times(file)
    assert 2 <= len(seen) <= 5
    assert all(0.01 <= one < 0.1 for one in seen), seen
    assert loop.waits == len(seen) + 1, "the GPU is waited for when a time is taken, and at no other step"
    assert "name=tiny-gpt" in file.read_text()
    assert "gpus=" not in file.read_text()


def test_of_several_processes_the_first_speaks_for_all(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "4")
    for rank in ("0", "1"):
        monkeypatch.setenv("RANK", rank)
        said = Loop(monkeypatch, cuda=False).there["StepTimes"](f"rank{rank}", every=0)
        for _ in range(3):
            said.step()
    assert [line.split()[1:] for line in file.read_text().splitlines()] == [["name=rank0", "gpus=4"]] * 2


def test_without_crunchtime_run_it_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRUNCHTIME_STEPS", raising=False)
    loop = Loop(monkeypatch)
    said = loop.there["StepTimes"]("tiny-gpt", every=0)
    for _ in range(3):
        said.step()
    assert loop.waits == 0
    assert "CRUNCHTIME_STEPS" not in os.environ


def test_a_file_that_cannot_be_written_ends_no_training(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRUNCHTIME_STEPS", str(file / "no" / "folder"))
    said = Loop(monkeypatch).there["StepTimes"]("tiny-gpt", every=0)
    for _ in range(3):
        said.step()
    assert times(file) == []


def test_the_trainer_s_callback_is_called_as_the_trainer_calls_it(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    callback = Loop(monkeypatch).there["StepTimesCallback"]("tiny-gpt")
    callback.times.every = 0
    for _ in range(3):
        assert callback.on_step_end(None, None, None, model=None, optimizer=None) is None
    assert len(times(file)) == 2
