"""What several commands can be told on the command line."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.config import Settings

LabFile = Annotated[Path | None, typer.Option("--lab", help="The lab file (default: CRUNCHTIME_LAB or lab.toml).")]
DatabaseUrl = Annotated[str | None, typer.Option("--database", help="The database (default: CRUNCHTIME_DATABASE_URL).")]


def settings_of(lab: Path | None, database_url: str | None) -> "Settings":
    """The settings, with what was said on the command line in place of the environment."""

    from bot.config import load_settings  # noqa: PLC0415

    said = {"CRUNCHTIME_LAB": str(lab) if lab else None, "CRUNCHTIME_DATABASE_URL": database_url}
    os.environ.update({name: value for name, value in said.items() if value})
    return load_settings()
