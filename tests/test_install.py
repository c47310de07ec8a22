"""A stranger's install, by the commands of docs/admins.md: until `check` is green against a stand-in for Slack."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.lab import PEOPLE
from bot.sandbox.slack.people import Channel
from bot.sandbox.workspace import Workspace
from make import monday

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "admins.md").read_text(encoding="utf-8")
COMMANDS = re.search(r"^## Install\n.*?```sh\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)[1].strip().splitlines()
NUMBERS = {"four": 4, "five": 5, "six": 6, "seven": 7}
GREEN = re.search(r"green with exit status 0:\n\n```\n(.*?)```", PAGE, re.DOTALL)[1]


@pytest.fixture
def slack() -> Iterator[Workspace]:
    """The stranger's workspace, in whose channels the bot is."""
    members = frozenset({"U0CRUNCH", *(person.id for person in PEOPLE)})
    channels = [Channel("C0GPUS", "gpus", members), Channel("C0ADMIN", "gpu-admins", members, private=True)]
    with Workspace(PEOPLE, channels, clock=lambda: monday(8)) as workspace:
        yield workspace


def clean(home: Path, slack: Workspace) -> dict[str, str]:
    """The environment of somebody who has nothing of this yet."""
    kept = {name: value for name, value in os.environ.items() if not re.match("SLACK|CRUNCHTIME|VIRTUAL_ENV|UV_", name)}
    home.mkdir()
    return {**kept, "HOME": str(home), "CRUNCHTIME_SLACK_API_URL": slack.api_url, "GIT_CONFIG_NOSYSTEM": "1"}


def fill_in(folder: Path, slack: Workspace) -> None:
    """What the page has a person do by hand once `.env` is there: put the two tokens behind their names."""
    file = folder / ".env"
    text = file.read_text(encoding="utf-8")
    for name, token in (("SLACK_BOT_TOKEN", slack.token), ("SLACK_APP_TOKEN", slack.app_token)):
        assert f"\n{name}=\n" in text
        text = text.replace(f"\n{name}=\n", f"\n{name}={token}\n")
    file.write_text(text, encoding="utf-8")


def run(command: str, folder: Path, environment: dict[str, str], seconds: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )


def follow(
    commands: list[str], folder: Path, environment: dict[str, str], slack: Workspace, seconds: float = 60
) -> str:
    """Everything as the page has it; what the last command prints."""
    for command in commands:
        done = run(command, folder, environment, seconds)
        assert done.returncode == 0, (command, done.stderr)
        if " .env" in command:
            fill_in(folder, slack)
    return done.stdout


def test_the_readme_and_the_page_say_how_many_commands_there_are() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for text in (readme, PAGE):
        (number,) = re.findall(r"(\w+) commands?,\s(?:and|with)\stwo\sfiles to fill in", text)
        assert NUMBERS[number] == len(COMMANDS)


def test_a_strangers_install_ends_with_a_green_check(slack: Workspace, tmp_path: Path) -> None:
    """Every command but the clone and its setting up, which `--full` tries."""
    for name in (".env.example", "lab.example.toml"):
        shutil.copy(ROOT / name, tmp_path)
    starter = tmp_path / "crunchtime"
    starter.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m bot "$@"\n', encoding="utf-8")
    starter.chmod(0o755)
    environment = {**clean(tmp_path / "home", slack), "PYTHONPATH": str(ROOT)}
    assert follow(COMMANDS[1:], tmp_path, environment, slack, 60) == GREEN
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
    assert '"slash_commands"' in (tmp_path / "manifest.json").read_text(encoding="utf-8")


def test_a_strangers_whole_install_from_a_fresh_clone(
    slack: Workspace, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """As it is committed, with a home of its own and packages from the index: minutes where nothing is cached."""
    if not pytestconfig.getoption("full"):
        pytest.skip("installs packages; --full runs it")
    environment = clean(tmp_path / "home", slack)
    first, *others = COMMANDS
    (entering,) = re.fullmatch(r"git clone https://\S+/crunchtime (&& cd crunchtime)\s+#.*", first).groups()
    done = run(f"git clone {ROOT.as_uri()} crunchtime {entering} && pwd", tmp_path, environment, 60)
    assert done.returncode == 0, done.stderr
    folder = Path(done.stdout.strip())
    assert follow(others, folder, environment, slack, 900) == GREEN
    assert (folder / ".venv" / "bin" / "crunchtime").exists()
