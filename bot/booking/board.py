"""Who has what now, and what is free next: the board, as values."""

from dataclasses import dataclass
from datetime import datetime

from bot.booking.model import Reservation, Window


@dataclass(frozen=True, slots=True)
class PoolFree:
    """How many GPUs of a pool are free over `window`: `steps` are (from when, how many), the first at its start."""

    pool: str
    size: int
    window: Window
    steps: tuple[tuple[datetime, int], ...]


@dataclass(frozen=True, slots=True)
class GpuNow:
    """Who has a GPU now and who is next on it (the next is tentative)."""

    gpu: str
    pool: str
    holder: Reservation | None
    next: Reservation | None


@dataclass(frozen=True, slots=True)
class Board:
    """The whole lab at `now`; pools in the lab file's order, GPUs by pool, node and index."""

    now: datetime
    pools: tuple[PoolFree, ...]
    gpus: tuple[GpuNow, ...]
