"""What the README and the docs show is what the program prints."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DAY = (ROOT / "docs" / "day.md").read_text(encoding="utf-8")
ESTIMATES = (ROOT / "docs" / "estimates.md").read_text(encoding="utf-8")
FLEET_DAY = (ROOT / "docs" / "fleet-day.md").read_text(encoding="utf-8")


def transcripts(page: str) -> list[str]:
    """What a page shows of the chat."""
    return re.findall(r"```console\n(.*?)```", page, flags=re.DOTALL)


SHOWN = transcripts(README)
NOWS = re.findall(r"try --now (\S+?)`", README)
STORIES = [
    *zip(SHOWN, NOWS, strict=True),
    (transcripts(DAY)[0], "2026-11-02T07:30Z --lab docs/day.toml"),
    (transcripts(FLEET_DAY)[0], "2026-11-03T08:00Z --fleet"),
    *zip(transcripts(ESTIMATES), re.findall(r"try --now (\S+?)`", ESTIMATES), strict=True),
]


@pytest.mark.parametrize(
    ("shown", "now"),
    STORIES,
    ids=["the first words", "before a deadline", "a day", "a watched day", "an estimate", "a measurement"],
)
def test_each_transcript_is_what_try_prints(shown: str, now: str) -> None:
    lines = [line.replace("> ", ": ", 1) for line in shown.split("\n") if re.match(r"[a-z]+> ", line)]
    command = [sys.executable, "-m", "bot", "try", "--now", *now.split()]
    printed = subprocess.run(
        command, input="\n".join(lines), cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert printed.stdout == shown
    assert printed.stderr == ""


def test_the_first_success_fits_on_one_screen() -> None:
    before = README.split("./crunchtime test", maxsplit=1)[0]
    assert before.count("\n") < 20


def test_the_second_story_shows_what_a_crunch_is_about() -> None:
    story = SHOWN[1]
    assert all(
        told in story
        for told in (
            "R2 moved: Tomorrow 08:00 → Nov 4, 2026 09:00, so that @bob makes iclr.",
            "It won't move again.",
            "Proven: between",
            "Tell me if sooner",
            "are free for you",
            "Nov 5, 2026 20:59 (Wed 4 Nov 23:59 AoE)",
            "Nov 5, 2026 03:59 (Wed 4 Nov 23:59 AoE)",
        )
    )


def test_the_day_shows_what_the_bot_says_by_itself() -> None:
    (day,) = transcripts(DAY)
    assert all(
        told in day
        for told in (
            "Details and a picture of the next two days are in the thread.",
            "because you would have 33.3 GPU-h in 7 days (the quota is 30 GPU-h).",
            "[Approve 4] [Offer 3]",
            "@ada offers you 3 × 3090 on titan instead",
            "CUDA_VISIBLE_DEVICES=0,1",
            "Are you there? Nothing has run on R4 yet",
            "R4 was released: nothing ran",
            "are free for you",
            "@carol is next: 2 × A100 on atlas.",
            "@carol has them until 15:30",
        )
    )


def test_the_watched_day_shows_what_follows_from_what_the_gpus_do() -> None:
    (day,) = transcripts(FLEET_DAY)
    assert all(
        told in day
        for told in (
            "You run as bob on titan:0 without a reservation",
            "In use, not booked: titan:0",
            "0–1: @alice until 17:00 (R1), idle 49 min",
            "[1 Still using] [2 Keep 1] [3 Release]",
            "1 × A100 on atlas is free for you",
            "[1 Take it out of service]",
            "R5 has other GPUs, because of an outage",
            "atlas A100 · no reading since",
            "Nothing follows from silence: reservations stay.",
        )
    )


def test_the_estimate_does_not_fit_on_3090s_fits_on_a100s_from_thursday_and_is_booked_by_its_button() -> None:
    story = transcripts(ESTIMATES)[0]
    assert all(
        told in story
        for told in (
            "It does not fit by Nov 7, 2026 18:00, not even at best.",
            "It fits on 2 × A100 from Nov 5, 2026 10:00",
            "[1 2 × A100 from Thu 10:00",
            "alice> click 1",
            "2 × A100 on atlas are yours Nov 5, 2026 10:00",
        )
    )


def test_the_next_estimate_rests_on_the_step_time_of_a_run_and_is_within_10_percent_of_what_it_took() -> None:
    story = transcripts(ESTIMATES)[1]
    assert "tiny-gpt has not been measured here. Nothing is measured yet: a job in crunchtime run can say" in story
    assert "At best 7 h: tiny-gpt as measured here on these GPUs." in story
    estimated = re.search(r"60000 steps of tiny-gpt on 2 × A100: ([0-9.]+) to ([0-9.]+) h\.", story)
    took = re.search(r"R2 released · @alice · .* → .*\(([0-9]+) h ([0-9]+) min\)", story)
    assert estimated is not None
    assert took is not None
    hours = int(took[1]) + int(took[2]) / 60
    assert all(abs(float(end) - hours) <= hours / 10 for end in estimated.groups())
    assert float(estimated[1]) <= hours <= float(estimated[2])
    assert "One such estimate was booked here and its job has run: inside the band, the typical end off by 5%." in story
