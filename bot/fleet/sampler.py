"""Samples this host once a second in a thread of its own, so that a call that hangs in the driver hangs nobody else."""

import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from bot.booking.observed import Fault, Reading
from bot.fleet.probe import Host, Report

log = structlog.get_logger()

EVERY = 1.0  # seconds
LOOK_EVERY = 5.0  # utilisation is seen at each sample, the rest this often
PATIENCE = 5.0  # a call that takes longer hangs
WINDOW = 60.0
BUSY_OVER = 5  # percent
_SLOW_START = 6


class Sampler:
    """A Probe of this host. There is one thread: while a call hangs, no second one is made."""

    def __init__(self, node: str, host: Host, *, every: float = EVERY, patience: float = PATIENCE) -> None:
        """`every` and `patience` in seconds."""
        self._node, self._host = node, host
        self._every, self._patience = every, patience
        self._seen: dict[str, deque[tuple[float, int]]] = {}
        self._lock = threading.Lock()
        self._stopped, self._looked = threading.Event(), threading.Event()
        self._began: float | None = None  # when the call under way was made
        self._looked_at = float("-inf")
        self._last: tuple[float, Report] | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to sample; the thread keeps nobody from ending."""
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="nvml", daemon=True)
        self._thread.start()

    def wait(self, seconds: float = 30.0) -> bool:
        """Wait for the first look, at most so long; whether there was one."""
        return self._looked.wait(seconds)

    def stop(self) -> None:
        """End after the sample under way, which may hang."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(self._every)

    def look(self, now: datetime) -> Report:
        """The last look, as of its own instant, with the last minute's utilisation. Does not wait for the driver."""
        at = time.monotonic()
        with self._lock:
            last, began = self._last, self._began
            # Without nvidia-persistenced the driver wakes each card first, which takes seconds.
            patience = self._patience if last is not None else self._patience * _SLOW_START
            hangs = began is not None and at - began > patience
            means = {} if hangs else {uuid: self._mean(seen, at) for uuid, seen in self._seen.items()}
        if last is None:
            if hangs:
                return Report(self._node, now, fault=Fault.HANGS, why="the driver has not answered since the start")
            return Report(self._node, now, fault=Fault.UNREACHABLE, why="there is no sample yet")
        taken = now - timedelta(seconds=max(0.0, at - last[0]))
        if hangs:
            known = tuple(_failing(reading, taken) for reading in last[1].readings)
            return Report(self._node, taken, known, Fault.HANGS, "a call into the driver does not come back")
        readings = tuple(_averaged(reading, means, taken) for reading in last[1].readings)
        return replace(last[1], at=taken, readings=readings)

    def _run(self) -> None:
        while not self._stopped.is_set():
            began = time.monotonic()
            with self._lock:
                self._began = began
            try:
                if began - self._looked_at >= LOOK_EVERY:
                    self._looked_at = began
                    self._note(self._host.look(_UNDATED), began)
                self._add(self._host.glance(), began)
            except Exception as error:  # whatever the library does: the next sample may succeed
                log.exception("a sample failed")
                self._note(Report(self._node, _UNDATED, fault=Fault.UNKNOWN, why=type(error).__name__), began)
            with self._lock:
                self._began = None
            self._stopped.wait(max(0.0, began + self._every - time.monotonic()))

    def _note(self, report: Report, at: float) -> None:
        with self._lock:
            was = self._last[1].fault if self._last else None
            self._last = at, report
            self._looked.set()
            listed = {reading.uuid for reading in report.readings}
            self._seen = {uuid: seen for uuid, seen in self._seen.items() if uuid in listed}
        if report.fault is not was:
            log.warning("the GPUs' state has changed", fault=report.fault, why=report.why)

    def _add(self, utilisation: Mapping[str, int | None], at: float) -> None:
        with self._lock:
            for uuid, percent in utilisation.items():
                seen = self._seen.setdefault(uuid, deque(maxlen=int(WINDOW / self._every) + 1))
                if percent is not None:
                    seen.append((at, percent))

    @staticmethod
    def _mean(seen: deque[tuple[float, int]], at: float) -> tuple[int, int] | None:
        """Mean utilisation and share of busy samples of the last minute, in percent."""
        recent = [percent for taken, percent in seen if at - taken <= WINDOW]
        if not recent:
            return None
        return round(sum(recent) / len(recent)), round(100 * sum(one > BUSY_OVER for one in recent) / len(recent))


_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)  # a look is dated when it is asked for


def _averaged(reading: Reading, means: dict[str, tuple[int, int] | None], at: datetime) -> Reading:
    mean = means.get(reading.uuid)
    if mean is None or reading.fault is not None or reading.utilisation is None:
        return replace(reading, at=at)
    return replace(reading, at=at, utilisation=mean[0], busy=mean[1])


def _failing(reading: Reading, at: datetime) -> Reading:
    return Reading(reading.node, reading.uuid, reading.index, at, reading.model, processes=None, fault=Fault.HANGS)
