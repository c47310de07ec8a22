"""The table that a sweep of academic-pretraining writes: read whole, or not at all with a word for each bad line.

Its columns: apoorvkh/academic-pretraining, `TrainingTimeEmpiricalSweep(...).results().write_csv(...)`; a row is
a trial of some settings, without a step time where the model did not fit.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite

from bot.booking.lab import Pool, pool_name
from bot.errors import ConfigError
from bot.estimates.recipes import RECIPES
from bot.estimates.reports import FASTEST, LONGEST_NAME, MOST_GPUS, SLOWEST, is_name

LARGEST = 4 * 1024 * 1024  # bytes
MOST_ROWS = 20_000
MOST_TOLD = 20  # mistakes
LONGEST_DAYS = 1e6
APART = 0.02  # by which training_days may differ from its steps

NEEDED = ("num_nodes", "gpus_per_node", "gpu_type", "model", "step_time", "training_days")
SWITCHES: Mapping[str, str] = {
    "free_lunch": "free lunch",
    "activation_checkpointing": "activation checkpointing",
    "offloading": "offloading",
    "compile_disabled": "not compiled",
}
_NULL = frozenset({"", "null", "none"})
_TRUE, _FALSE = frozenset({"true", "1"}), frozenset({"false", "0"}) | _NULL
_SHARDING = re.compile(r"[a-z0-9_+]{0,40}")
_WHOLE = re.compile(r"[0-9]{1,6}")
_FIGURE = re.compile(r"[0-9]{1,15}(?:\.[0-9]{0,20})?(?:[eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class Trial:
    """A row: a model on `gpus` GPUs of a pool took `step_seconds` a step (None: it did not fit), with some settings."""

    line: int
    name: str
    pool: str
    gpus: int
    settings: str
    step_seconds: float | None


class _Bad(Exception):
    """What is wrong with a line."""


def read_sweep(content: bytes, pools: Mapping[str, Pool]) -> tuple[Trial, ...]:
    """All rows of the table. Raises ConfigError with every mistake, the first MOST_TOLD of them, by its line."""
    rows = _rows(content)
    found, mistakes, seen = list[Trial](), list[str](), dict[tuple[str, ...], int]()
    for line, row in rows:
        try:
            trial = _trial(line, row, pools)
            if "trial" in row:
                key = tuple(row[name] for name in sorted(row) if name not in {"step_time", "training_days"})
                if key in seen:
                    raise _Bad(f"is the same trial as line {seen[key]}")
                seen[key] = line
            found.append(trial)
        except _Bad as bad:
            mistakes.append(f"line {line}: {bad}")
    if mistakes:
        more = [f"and {len(mistakes) - MOST_TOLD:,} more lines"] if len(mistakes) > MOST_TOLD else []
        raise ConfigError([*mistakes[:MOST_TOLD], *more, "Nothing was imported."])
    return tuple(found)


def _rows(content: bytes) -> list[tuple[int, Mapping[str, str]]]:
    """Each row with its line's number. Raises ConfigError for what is no such table at all."""
    if len(content) > LARGEST:
        raise ConfigError([f"The file has over {LARGEST // 1024 // 1024} MiB. Nothing was imported."])
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        header = [name.strip() for name in next(reader, [])]
        missing = [name for name in NEEDED if name not in header]
        if missing or len(set(header)) < len(header):
            what = f"lacks {', '.join(missing)}" if missing else "names a column twice"
            told = f"line 1: {what}; a sweep's results().write_csv(...) has them. Nothing was imported."
            raise ConfigError([told])
        rows = list[tuple[int, Mapping[str, str]]]()
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                told = f"line {reader.line_num}: has {len(cells)} cells, not {len(header)}. Nothing was imported."
                raise ConfigError([told])
            if len(rows) >= MOST_ROWS:
                raise ConfigError([f"The file has over {MOST_ROWS:,} rows. Nothing was imported."])
            rows.append((reader.line_num, dict(zip(header, map(str.strip, cells), strict=True))))
    except UnicodeDecodeError:
        raise ConfigError(["The file is not UTF-8 text. Nothing was imported."]) from None
    except csv.Error as error:
        raise ConfigError([f"line {reader.line_num}: is not CSV ({error}). Nothing was imported."]) from None
    if not rows:
        raise ConfigError(["The file has no rows. Nothing was imported."])
    return rows


def _trial(line: int, row: Mapping[str, str], pools: Mapping[str, Pool]) -> Trial:
    name = row["model"]
    if not is_name(name):
        raise _Bad(f"model: {_quoted(name)} is no name (letters, digits and ._+/-, at most {LONGEST_NAME})")
    gpus = _whole(row, "num_nodes", 1000) * _whole(row, "gpus_per_node", 1000)
    if gpus > MOST_GPUS:
        raise _Bad(f"{gpus:,} GPUs cannot be")
    pool = _pool(row["gpu_type"], pools)
    seconds = _figure(row, "step_time", FASTEST, SLOWEST)
    days = _figure(row, "training_days", 0, LONGEST_DAYS)
    if (seconds is None) != (days is None):
        raise _Bad("step_time and training_days: either both are there, or none is, where the model does not fit")
    if "trial" in row:
        _whole(row, "trial", 999_999, least=0)
    model = RECIPES.get(name.lower())
    if model is not None and model.steps and seconds is not None and days is not None:
        right = model.steps * seconds / 86_400
        if abs(days - right) > APART * right:
            steps = f"{model.steps:,} steps of {seconds:g} s are {right:.4g} days, not {days:g}"
            raise _Bad(f"training_days: {steps}; call a model with another recipe otherwise")
    return Trial(line, name, pool, gpus, _settings(row), seconds)


def _pool(said: str, pools: Mapping[str, Pool]) -> str:
    """The lab's pool of a model of GPU, as the sweep or the lab calls it."""
    if said in pools:
        return said
    kind = pool_name(said.lower().removeprefix("geforce")) if said else ""
    found = [one.name for one in pools.values() if pool_name(one.gpus[0].model or one.name) == kind]
    if len(found) == 1:
        return found[0]
    known = ", ".join(pools)
    if found:
        raise _Bad(f"gpu_type: {_quoted(said)} may be {' or '.join(found)}; write the pool's name")
    raise _Bad(f"gpu_type: the lab has no {_quoted(said)}; its pools are {known}")


def _settings(row: Mapping[str, str]) -> str:
    """In words: "free lunch, zero_1"."""
    words = list[str]()
    for column, word in SWITCHES.items():
        said = row.get(column, "").lower()
        if said not in _TRUE | _FALSE:
            raise _Bad(f"{column}: {_quoted(said)} is neither true nor false")
        if said in _TRUE:
            words.append(word)
    sharding = row.get("sharding", "").lower()
    if not _SHARDING.fullmatch(sharding):
        raise _Bad(f"sharding: {_quoted(sharding)} is no way to shard")
    if sharding not in _NULL:
        words.insert(1 if row.get("free_lunch", "").lower() in _TRUE else 0, sharding)
    return ", ".join(words) or "plain"


def _whole(row: Mapping[str, str], column: str, most: int, least: int = 1) -> int:
    said = row[column]
    if not (_WHOLE.fullmatch(said) and said.isascii() and least <= int(said) <= most):
        raise _Bad(f"{column}: {_quoted(said)} is not a whole number from {least} to {most:,}")
    return int(said)


def _figure(row: Mapping[str, str], column: str, least: float, most: float) -> float | None:
    """Above `least` or equal, finite; None: there is none."""
    said = row[column]
    if said.lower() in _NULL:
        return None
    value = float(said) if _FIGURE.fullmatch(said) and said.isascii() else -1.0
    if not (isfinite(value) and least <= value <= most and value > 0):
        raise _Bad(f"{column}: {_quoted(said)} is not a number from {least:g} to {most:,g}")
    return value


def _quoted(text: str) -> str:
    """Of a hostile cell what a terminal can bear."""
    plain = "".join(character if character.isprintable() else "?" for character in text[:30])
    return f'"{plain}{"..." if len(text) > 30 else ""}"'


def fits(trials: tuple[Trial, ...]) -> Iterator[tuple[Trial, float]]:
    """Those that fit, with their step time."""
    for one in trials:
        if one.step_seconds is not None:
            yield one, one.step_seconds
