"""The text of /metrics: what Prometheus reads. Names begin with crunchtime_; nobody's name is in it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.booking.board import Board, GpuNow
from bot.booking.findings import Open
from bot.booking.observed import FindingKind, Reading
from bot.fleet.seen import Sight

STALE = timedelta(minutes=5)
USED_OVER = 5  # percent


@dataclass(frozen=True, slots=True)
class Work:
    """What the bot itself has to do: when each job last came through, since when its oldest due notice waits (None:
    none does), how many reservations are held until an admin decides, how often one GPU has two holders, its version.
    """

    came_through: Mapping[str, datetime]
    oldest_notice: datetime | None
    held: int
    overlaps: int
    version: str


def metrics(board: Board, sight: Sight, findings: Iterable[Open] = (), work: Work | None = None) -> str:
    """Who has what at `board.now`, beside what was seen: a GPU whose reading is older than 5 minutes has no values.

    `findings`: those that are open.
    """
    registry = CollectorRegistry()
    of_work = _of_work(work, board.now) if work is not None else ()
    registry.register(
        _Told([*_of_gpus(board, sight), *_of_nodes(board, sight), _of_findings(findings), _of_waiting(board), *of_work])
    )
    return generate_latest(registry).decode()


class _Told(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def _of_gpus(board: Board, sight: Sight) -> Iterator[Metric]:
    labels = ("gpu", "node", "pool")

    def family(name: str, what: str, values: Iterable[tuple[GpuNow, float | None]]) -> Metric:
        made = GaugeMetricFamily(f"crunchtime_gpu_{name}", what, labels=labels)
        for one, value in values:
            if value is not None:
                made.add_metric((one.gpu, one.gpu.rpartition(":")[0], one.pool), value)
        return made

    fresh = {one.gpu: _fresh(sight.readings.get(one.gpu), board.now) for one in board.gpus}
    seen = [(one, reading) for one in board.gpus if (reading := fresh[one.gpu]) is not None]
    used = [(one, _used(reading)) for one, reading in seen]
    yield family("reserved", "1: it is reserved now.", [(one, one.holder is not None) for one in board.gpus])
    yield family("used", "1: over 5 % utilisation in the last minute.", used)
    idle = [(one, None if is_used is None else one.holder is not None and not is_used) for one, is_used in used]
    yield family("idle", "1: reserved, and not used in the last minute.", idle)
    yield family("utilisation_ratio", "Of the last minute.", [(one, _part(seen.utilisation)) for one, seen in seen])
    yield family(
        "memory_used_bytes",
        "Memory in use.",
        [(one, None if seen.memory_used_mb is None else float(seen.memory_used_mb << 20)) for one, seen in seen],
    )
    yield family("temperature_celsius", "Temperature.", [(one, seen.temperature) for one, seen in seen])
    yield family("power_watts", "Power drawn.", [(one, seen.power) for one, seen in seen])
    good = ((one, sight.last_good.get(one.gpu)) for one in board.gpus)
    ages = [(one, (board.now - reading.at).total_seconds()) for one, reading in good if reading is not None]
    yield family("reading_age_seconds", "Since its last reading that did not fail.", ages)


def _of_nodes(board: Board, sight: Sight) -> Iterator[Metric]:
    up = GaugeMetricFamily("crunchtime_node_up", "1: it answered when it was last asked.", labels=("node",))
    age = GaugeMetricFamily("crunchtime_node_reading_age_seconds", "Since it last answered.", labels=("node",))
    for name, node in sight.nodes.items():
        up.add_metric((name,), node.up)
        if node.answered_at is not None:
            age.add_metric((name,), (board.now - node.answered_at).total_seconds())
    counts: dict[str, dict[str, int]] = {"reserved": {}, "used": {}, "idle": {}}
    for one in board.gpus:
        name, reserved = one.gpu.rpartition(":")[0], one.holder is not None
        reading = _fresh(sight.readings.get(one.gpu), board.now)
        used = _used(reading) if reading is not None else None
        for what, holds in (("reserved", reserved), ("used", used is True), ("idle", reserved and used is False)):
            counts[what][name] = counts[what].get(name, 0) + holds
    yield up
    yield age
    for what, by_node in counts.items():
        made = GaugeMetricFamily(f"crunchtime_node_gpus_{what}", f"Its GPUs that are {what} now.", labels=("node",))
        for name, count in by_node.items():
            made.add_metric((name,), count)
        yield made


def _of_findings(findings: Iterable[Open]) -> Metric:
    count = Counter(one.finding.kind for one in findings)
    made = GaugeMetricFamily("crunchtime_findings_open", "What is found of GPUs and not over.", labels=("kind",))
    for kind in FindingKind:
        made.add_metric((kind.value,), count[kind])
    return made


def _of_waiting(board: Board) -> Metric:
    return GaugeMetricFamily("crunchtime_waiting", "Requests on the waitlist.", value=len(board.waiting))


def _of_work(work: Work, now: datetime) -> Iterator[Metric]:
    info = GaugeMetricFamily("crunchtime_build_info", "1: this version runs.", labels=("version",))
    info.add_metric((work.version,), 1)
    yield info
    age = GaugeMetricFamily("crunchtime_job_age_seconds", "Since the job last came through.", labels=("job",))
    for name, last in work.came_through.items():
        age.add_metric((name,), (now - last).total_seconds())
    yield age
    waits = (now - work.oldest_notice).total_seconds() if work.oldest_notice is not None else 0
    yield GaugeMetricFamily("crunchtime_notice_age_seconds", "Since the oldest message is due that waits.", value=waits)
    doubled = "Times that a GPU has two holders at once: 0, or a guard of the database is gone."
    yield GaugeMetricFamily("crunchtime_invariant_overlaps", doubled, value=work.overlaps)
    yield GaugeMetricFamily("crunchtime_held", "Reservations that are held until an admin decides.", value=work.held)


def _fresh(reading: Reading | None, now: datetime) -> Reading | None:
    return reading if reading is not None and reading.fault is None and now - reading.at <= STALE else None


def _used(reading: Reading) -> bool | None:
    return None if reading.utilisation is None else reading.utilisation > USED_OVER


def _part(percent: int | None) -> float | None:
    return None if percent is None else percent / 100
