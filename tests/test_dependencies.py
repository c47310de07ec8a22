"""What the project is made of: each dependency is wanted for something, and each file is the one that was locked."""

import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK: dict[str, Any] = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
# Shorter names that CONTRIBUTING.md says for them.
CALLED = {"pytest-xdist": "xdist", "ortools": "or-tools"}


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[><=;~! ]", one, maxsplit=1)[0].lower() for one in requirements}


def justified() -> str:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return text.partition("## What each dependency is for")[2].lower()


def test_contributing_says_what_each_dependency_is_for() -> None:
    wanted = names(PROJECT["project"]["dependencies"])
    for group in PROJECT["dependency-groups"].values():
        wanted |= names(group)
    assert len(wanted) > 30
    said = set(re.findall(r"[a-z0-9][a-z0-9.-]*[a-z0-9]", justified()))
    assert {name for name in wanted if CALLED.get(name, name) not in said} == set()


def test_contributing_speaks_of_no_dependency_that_is_gone() -> None:
    wanted = names(PROJECT["project"]["dependencies"])
    rows = re.findall(r"^\| ([a-z][^|*]*) \|", justified(), re.MULTILINE)
    said = {name.strip() for row in rows for name in row.split(",")}
    assert said - wanted == set()
    assert len(said) > 15


def test_every_file_of_every_package_in_the_lock_has_its_hash() -> None:
    packages = [one for one in LOCK["package"] if "registry" in one["source"]]
    files = [file for one in packages for file in [*one.get("wheels", ()), *filter(None, [one.get("sdist")])]]
    assert len(packages) > 60
    assert len(files) > len(packages)
    assert [file["url"] for file in files if not re.fullmatch(r"sha256:[0-9a-f]{64}", file.get("hash", ""))] == []
    assert {one["name"] for one in LOCK["package"] if "registry" not in one["source"]} == {"crunchtime"}
