"""What jobs say of themselves in a line: read where it is right, passed over where it is not."""

import random
from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.estimates.reports import Report, is_name, name_of, read_report


@pytest.mark.parametrize(
    ("line", "report"),
    [
        ("step_seconds=0.42", Report(0.42)),
        ("crunchtime: step_seconds=4.2e-1 name=tiny-gpt gpus=4 steps=100000", Report(0.42, "tiny-gpt", 4)),
        ("  gpus=1\tstep_seconds=12\r", Report(12.0, "", 1)),
        ("ran=3600 name=x", Report(None, "x", None, 3600.0)),
        ("step_seconds=1 step_seconds=2", Report(2.0)),
    ],
)
def test_a_line_is_read_in_any_order_and_what_is_not_known_is_passed_over(line: str, report: Report) -> None:
    assert read_report(line) == report


@pytest.mark.parametrize(
    "line",
    [
        "",
        "loss=0.3",
        "step_seconds=",
        "step_seconds=nan",
        "step_seconds=inf",
        "step_seconds=-1",
        "step_seconds=0",
        "step_seconds=1e99",
        "step_seconds=1e-9",
        "step_seconds=0.4 name=<!channel>",
        "step_seconds=0.4 name=" + "x" * 61,
        "step_seconds=0.4 gpus=0",
        "step_seconds=0.4 gpus=99999",
        "step_seconds=0.4 gpus=2.5",
        "step_seconds=0.4 and more",
        "\x1b[32mstep_seconds=0.4\x1b[0m",
        "step_seconds=٣",
        "step_seconds=0.4" + " x=1" * 200,
        "step_seconds=0.4 ran=-1",
    ],
)
def test_a_line_that_is_not_right_is_none(line: str) -> None:
    assert read_report(line) is None


def test_ten_thousand_hostile_lines_are_none_or_within_bounds() -> None:
    draw = random.Random(7)
    parts = ["step_seconds=", "ran=", "name=", "gpus=", "0.4", "1e9", "-", "nan", "=", " ", "\x00", "é", "9" * 20, "x"]
    parts += ["step_seconds=0.4 ", "ran=5 ", "name=x ", " gpus=2"]
    read = 0
    for _ in range(10_000):
        report = read_report("".join(draw.choice(parts) for _ in range(draw.randint(1, 12))))
        if report is not None:
            read += 1
            seconds = report.step_seconds
            assert seconds is None or (isfinite(seconds) and 0 < seconds <= 86_400)
            assert report.ran is None or 0 <= report.ran <= 400 * 86_400
            assert not report.name or is_name(report.name)
            assert report.gpus is None or 1 <= report.gpus <= 10_000
    assert read > 50, "some of them must be read, else this says nothing"


@given(
    st.floats(1e-6, 86_400),
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+/-]{0,59}", fullmatch=True),
    st.none() | st.integers(1, 10_000),
)
def test_what_is_written_is_read(seconds: float, name: str, gpus: int | None) -> None:
    report = read_report(Report(seconds, name, gpus).line())
    assert report is not None
    assert report.step_seconds == pytest.approx(seconds, rel=1e-8)
    assert (report.name, report.gpus) == (name, gpus)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("python train.py --lr 0.1", "train"),
        ("torchrun --nproc-per-node=2 src/gpt/train.py -m big.py", "train"),
        ("python -m gpt.train --config x.py", "gpt.train"),
        ("/opt/bin/train", "train"),
        ("bash run.sh", "run"),
        ("./日本", "job"),
    ],
)
def test_a_job_that_does_not_say_its_name_is_called_after_its_script(command: str, name: str) -> None:
    assert name_of(tuple(command.split())) == name
