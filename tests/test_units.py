"""The systemd units in docs/: hardened, without a secret in them, and such as systemd itself reads."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.config import Settings
from bot.config.settings import SECRETS
from bot.log import mask

ROOT = Path(__file__).parents[1]
UNITS = {name: (ROOT / "docs" / f"{name}.service").read_text() for name in ("crunchtime", "crunchtime-agent")}
ANALYZE = shutil.which("systemd-analyze")


def values(unit: str, key: str) -> list[str]:
    """What a unit gives a key, in the order of its lines; comments left out."""
    return re.findall(rf"^{key}=(.*)$", UNITS[unit], re.MULTILINE)


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_may_do_no_more_than_its_work(unit: str) -> None:
    for key in ("DynamicUser", "NoNewPrivileges", "ProtectHome", "PrivateTmp", "RestrictNamespaces", "LockPersonality"):
        assert values(unit, key) == ["yes"], key
    assert values(unit, "CapabilityBoundingSet") == [""]
    assert values(unit, "ProtectSystem") == ["strict"]
    assert values(unit, "SystemCallFilter")[0] == "@system-service"
    assert values(unit, "MemoryMax")
    assert values(unit, "Restart") == ["always"]


@pytest.mark.parametrize("unit", UNITS)
def test_a_units_secrets_are_files_that_systemd_hands_over(unit: str) -> None:
    assert mask(UNITS[unit]) == UNITS[unit]
    named = re.findall(r"(\w+)_FILE=%d/(\w+)", UNITS[unit])
    assert named
    credentials = set(re.findall(r"LoadCredential=(\w+):/etc/crunchtime/secrets/\1$", UNITS[unit], re.MULTILINE))
    assert {file for _, file in named} == credentials
    assert {name for name, _ in named} <= set(SECRETS)


def test_the_bots_unit_sets_what_it_reads() -> None:
    known = {str(field.validation_alias) for field in Settings.model_fields.values()}
    said = re.findall(r"\b((?:CRUNCHTIME|SLACK)_[A-Z_]+)=", UNITS["crunchtime"])
    assert said
    assert {name.removesuffix("_FILE") for name in said} <= known


def test_a_stop_has_time_to_answer_what_is_under_way() -> None:
    (seconds,) = values("crunchtime", "TimeoutStopSec")
    assert int(seconds) > 8


@pytest.mark.skipif(ANALYZE is None, reason="no systemd here")
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_itself_finds_nothing_wrong_and_little_exposed(unit: str, tmp_path: Path) -> None:
    # It looks whether the program is there, which it is only where Crunchtime is installed.
    file = tmp_path / f"{unit}.service"
    file.write_text(UNITS[unit].replace("/opt/crunchtime/.venv/bin/crunchtime", "/bin/true"))
    verified = subprocess.run([str(ANALYZE), "verify", file], capture_output=True, text=True, check=False, timeout=60)
    assert (verified.returncode, verified.stderr) == (0, "")
    told = subprocess.run(
        [str(ANALYZE), "security", "--offline=true", "--threshold=30", "--no-pager", file],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert told.returncode == 0, told.stdout[-400:]
