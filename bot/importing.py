"""`crunchtime import`: the table of a sweep, for those who may reach the database."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from statistics import median

from bot.app import open_desk
from bot.config import Settings, load_lab
from bot.desk.base import CLOCK
from bot.errors import ConfigError
from bot.estimates.imported import Imported
from bot.estimates.imported import imported as kept_of
from bot.estimates.sweep import LARGEST, read_sweep

MOST_TOLD = 20  # doubtful lines


def imported(file: Path, settings: Settings, now: datetime) -> list[str]:
    """Import it whole; what is told of it, a line each. Raises ConfigError for a file with any mistake in it."""
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as error:
        raise ConfigError([f"{file} cannot be read ({error.strerror})."]) from None
    desk = open_desk(settings.database_url.get_secret_value(), load_lab(settings.lab))
    try:
        found = kept_of(read_sweep(content, desk.lab.pools), desk.lab.pools, now)
        desk.import_measurements(CLOCK, found.kept, file.name[:100], now)
    finally:
        desk.ledger.close()
    return list(_told(found))


def _told(found: Imported) -> Iterator[str]:
    runs: dict[tuple[str, str, int, str], list[float]] = {}
    for one in found.kept:
        runs.setdefault((one.name, one.pool, one.gpus, one.settings), []).append(one.step_seconds)
    rows, of = len(found.kept), len(runs)
    what = f"{rows:,} step time{'' if rows == 1 else 's'} of {of:,} run{'' if of == 1 else 's'}"
    yield f"Imported {what}. Estimates rest on {'it' if rows == 1 else 'them'} from now on."
    for (name, pool, gpus, settings), seconds in runs.items():
        yield f"  {name} on {gpus} {pool}: {median(seconds):.4g} s a step ({settings})"
    for name, pool, gpus in found.unfit:
        yield f"  {name} does not fit on {gpus} {pool}"
    for doubt in found.doubts[:MOST_TOLD]:
        what = f"{doubt.trial.name} on {doubt.trial.gpus} {doubt.trial.pool}"
        why = f"would be {doubt.share:.0%} of the peak: did its timer wait for the GPU? Estimates do not rest on it."
        yield f"doubtful  line {doubt.trial.line}: {what} {why}"
    if len(found.doubts) > MOST_TOLD:
        yield f"doubtful  and {len(found.doubts) - MOST_TOLD:,} more lines"
