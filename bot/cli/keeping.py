"""The commands that look after the database: export, backup, restore, db upgrade."""

import shutil
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.options import DatabaseUrl, LabFile, settings_of


class Format(StrEnum):
    """How an export is written."""

    JSON = "json"
    CSV = "csv"


class What(StrEnum):
    """What is exported."""

    RESERVATIONS = "reservations"
    AUDIT = "audit"
    READINGS = "readings"  # of the last 48 hours
    USAGE = "usage"  # hourly sums per GPU and reservation
    WAITLIST = "waitlist"
    REFUSALS = "refusals"
    OUTAGES = "outages"
    DEADLINES = "deadlines"  # the lab's, of papers
    PULSE = "pulse"  # what may be shown of it


def export(
    form: Annotated[Format, typer.Option("--format", help="json or csv.")] = Format.JSON,
    what: Annotated[What, typer.Option("--what", help="What to export.")] = What.RESERVATIONS,
    database_url: DatabaseUrl = None,
) -> None:
    """Print all reservations, the audit, what was seen of the GPUs, or what else was kept. Needs no lab file."""
    from bot import clock  # noqa: PLC0415
    from bot.exporting import exported  # noqa: PLC0415

    url = settings_of(None, database_url).database
    with exported(url, what.value, form.value, clock.now()) as file:
        shutil.copyfileobj(file, sys.stdout)


def backup(
    file: Annotated[Path, typer.Argument(help="Where to; a file that is there is replaced.")],
    database_url: DatabaseUrl = None,
) -> None:
    """Write the whole database to a file, while people go on booking."""
    from storage.backup import backup as written  # noqa: PLC0415
    from storage.engine import open_engine  # noqa: PLC0415

    engine = open_engine(settings_of(None, database_url).database)
    count = written(engine, file)
    engine.dispose()
    typer.echo(f"Backed up to {file} (rows: {count:,}).")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `crunchtime backup` wrote, on either kind of database.")],
    database_url: DatabaseUrl = None,
) -> None:
    """Fill a new, empty database from a backup. Stop the bot first."""
    from storage.backup import restore as restored  # noqa: PLC0415
    from storage.engine import open_engine  # noqa: PLC0415

    engine = open_engine(settings_of(None, database_url).database)
    count = restored(engine, file)
    engine.dispose()
    typer.echo(f"Restored from {file} (rows: {count:,}). The database is up to date, and refuses overlaps.")


def import_(
    file: Annotated[Path, typer.Argument(help="A CSV of academic-pretraining's sweep: results().write_csv(...).")],
    lab: LabFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Import measured step times, so that estimates rest on them. Any mistake in the file, and nothing is imported."""
    from bot import clock  # noqa: PLC0415
    from bot.importing import imported  # noqa: PLC0415

    for line in imported(file, settings_of(lab, database_url), clock.now()):
        typer.echo(line)


def upgrade(database_url: DatabaseUrl = None) -> None:
    """Bring the database to this version's schema."""
    from storage.engine import open_engine  # noqa: PLC0415
    from storage.schema import prove_guard  # noqa: PLC0415
    from storage.schema import upgrade as upgraded  # noqa: PLC0415

    engine = open_engine(settings_of(None, database_url).database)
    upgraded(engine)
    prove_guard(engine)
    engine.dispose()
    typer.echo("The database is up to date, and refuses overlaps.")
