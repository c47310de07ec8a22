"""The command that writes a month's report."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.options import DatabaseUrl, LabFile, settings_of


def report(
    month: Annotated[
        str, typer.Argument(help='Such as "2026-10", october or "october 2026"; by default the last.')
    ] = "",
    out: Annotated[
        list[Path] | None, typer.Option(help="Where to, by its ending: .pdf, or .csv with every figure. Repeatable.")
    ] = None,
    lab: LabFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Say how a month was: hours reserved and used, waits, refusals, deadlines; and write it as a PDF or CSV."""
    from bot import clock  # noqa: PLC0415
    from bot.month import written  # noqa: PLC0415

    typer.echo(written(settings_of(lab, database_url), month, out or [], clock.now()))
