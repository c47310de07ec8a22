"""One bot to a SQLite file, any number to a PostgreSQL."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.errors import ConfigError
from storage.engine import open_engine
from storage.sole import sole

HOLDS = """
import os, sys
from storage.engine import open_engine
from storage.sole import sole
with sole(open_engine(sys.argv[1])):
    print("inside", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_told_who_serves_and_the_next_comes_in_when_it_is_killed(sqlite_url: str) -> None:
    root = Path(__file__).parents[2]
    first = subprocess.Popen(
        [sys.executable, "-c", HOLDS, sqlite_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root
    )
    assert first.stdout is not None
    assert first.stdout.readline() == "inside\n"
    engine = open_engine(sqlite_url)
    with pytest.raises(ConfigError, match=rf"process {first.pid}\).*PostgreSQL"), sole(engine):
        raise AssertionError("two bots on one file")
    first.kill()
    first.communicate()
    with sole(engine):
        assert Path(f"{engine.url.database}.serving").exists()
    engine.dispose()


def test_bots_on_different_files_do_not_mind_each_other(sqlite_url: str, tmp_path: Path) -> None:
    first, second = open_engine(sqlite_url), open_engine(f"sqlite:///{tmp_path / 'other.db'}")
    with sole(first), sole(second):
        assert Path(f"{second.url.database}.serving").read_text() == Path(f"{first.url.database}.serving").read_text()


def test_any_number_share_a_postgresql(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        with sole(engine), pytest.raises(ConfigError), sole(engine):
            raise AssertionError("two bots on one file")
        return
    with sole(engine), sole(engine):
        assert engine.dialect.name == "postgresql"
