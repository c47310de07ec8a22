"""docs/security.md: every test and guard that it names is there, and every guard is named."""

import ast
import re
from pathlib import Path

from test_guards_taken_out import GUARDS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)))


def test_every_test_that_the_page_names_is_there() -> None:
    there = {
        (file, node.name)
        for file in {file for file, _ in NAMED}
        for node in ast.parse((ROOT / file).read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    assert len(NAMED) > 40
    assert [one for one in NAMED if one not in there] == []


def test_every_row_of_a_threat_names_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and line.count(" | ") == 2]
    threats = [row for row in rows if "What is tried" not in row]
    assert len(threats) > 30
    assert [row for row in threats if not re.search(r"`tests/[\w/]+\.py::test_\w+` \|$", row)] == []


def test_the_guards_of_the_page_are_those_that_are_taken_out() -> None:
    tables = "\n".join(line for line in PAGE.splitlines() if line.startswith("|"))
    assert set(re.findall(r"\*\*([^*]+)\*\*", tables)) == GUARDS.keys()


def test_what_is_not_defended_is_said() -> None:
    said = PAGE.partition("## What is not defended")[2]
    assert len(re.findall(r"^- ", said, re.MULTILINE)) >= 8
