"""One bot to a SQLite file: its calendar is caught up from the ledger, but its jobs and its board are meant for one."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from bot.errors import ConfigError


@contextmanager
def sole(engine: Engine) -> Iterator[None]:
    """Be the only one inside this block with this SQLite file. With PostgreSQL any number may be.

    The lock is the operating system's, on `FILE.serving`: a process that dies gives it back. `crunchtime ask`, `backup`
    and the like do not need it. Raises ConfigError if another process is inside.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    path = Path(f"{engine.url.database}.serving")
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            pid = file.read().strip() or "unknown"
            raise ConfigError(
                [
                    f"Another bot serves {engine.url.database} already (process {pid})."
                    " Stop it first, or use PostgreSQL, which any number may share."
                ]
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
