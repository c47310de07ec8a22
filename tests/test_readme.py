"""What the README shows is what the program prints."""

import re
import subprocess
import sys
from pathlib import Path

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_transcript_in_the_readme_is_what_try_prints() -> None:
    (shown,) = re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL)
    (now,) = re.findall(r"try --now (\S+)`", README)
    lines = [line.replace("> ", ": ", 1) for line in shown.split("\n") if re.match(r"[a-z]+> ", line)]
    command = [sys.executable, "-m", "bot", "try", "--now", now]
    printed = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, timeout=60, check=True)
    assert printed.stdout == shown
    assert printed.stderr == ""


def test_the_first_success_fits_on_one_screen() -> None:
    before = README.split("./crunchtime test", maxsplit=1)[0]
    assert before.count("\n") < 20
