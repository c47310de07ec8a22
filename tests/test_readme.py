"""What the README shows is what the program prints."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


SHOWN = re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL)
NOWS = re.findall(r"try --now (\S+?)`", README)


@pytest.mark.parametrize(
    ("shown", "now"), [*zip(SHOWN, NOWS, strict=True)], ids=["the first words", "before a deadline"]
)
def test_each_transcript_in_the_readme_is_what_try_prints(shown: str, now: str) -> None:
    lines = [line.replace("> ", ": ", 1) for line in shown.split("\n") if re.match(r"[a-z]+> ", line)]
    command = [sys.executable, "-m", "bot", "try", "--now", now]
    printed = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, timeout=60, check=True)
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
