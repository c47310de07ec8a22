"""A simulated fleet: GPUs whose processes, load and faults a test or a script sets, seen through the Probe protocol."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.booking.lab import Gpu, Lab, Node
from bot.booking.observed import Fault, Process, Reading
from bot.fleet.fleet import LOCAL, Fleet
from bot.fleet.probe import Probe, Report

_FIRST_PID = 4001


@dataclass(frozen=True, slots=True)
class Job:
    """A process on GPUs ("atlas:0"), and what it does to each of them."""

    process: Process
    gpus: tuple[str, ...]
    utilisation: int


class Hosts:
    """The lab's nodes as they would be with every GPU of its file in place."""

    def __init__(self, lab: Lab) -> None:
        self._cards = {node.name: [_uuid(gpu) for gpu in node.gpus] for node in lab.nodes}
        self._made = {_uuid(gpu): gpu for gpu in lab.gpus.values()}
        self._faults: dict[str, Fault] = {}
        self._silent: dict[str, Fault] = {}
        self._jobs: dict[int, Job] = {}
        self._last_pid = _FIRST_PID - 1

    def run(
        self,
        login: str | None,
        *gpus: str,
        utilisation: int = 95,
        memory_mb: int = 8000,
        command: str = "python",
        container: str | None = None,
    ) -> int:
        """Begin a job of `login` on `gpus`; returns its pid. `utilisation` 0: it only holds memory."""
        self._last_pid += 1
        process = Process(self._last_pid, login, command, memory_mb, container=container)
        self._jobs[process.pid] = Job(process, gpus, utilisation)
        return process.pid

    def load(self, pid: int, utilisation: int) -> None:
        """From now on the job keeps its GPUs so busy, in percent."""
        self._jobs[pid] = replace(self._jobs[pid], utilisation=utilisation)

    def stop(self, pid: int) -> None:
        """The job ends."""
        del self._jobs[pid]

    def jobs_of(self, login: str) -> list[int]:
        """The pids of what runs as `login`, in the order in which it began."""
        return [pid for pid, job in self._jobs.items() if job.process.login == login]

    def fail(self, gpu: str, fault: Fault | None) -> None:
        """The GPU fails so (None: it is well again). MISSING: it is not listed any more, and later ones move up."""
        uuid = next(uuid for uuid, one in self._made.items() if one.name == gpu)
        self._faults.pop(uuid, None)
        if fault is not None:
            self._faults[uuid] = fault

    def silence(self, node: str, fault: Fault | None = Fault.UNREACHABLE) -> None:
        """The whole node does not answer (None: it does again)."""
        self._silent.pop(node, None)
        if fault is not None:
            self._silent[node] = fault

    def reorder(self, node: str, *order: int) -> None:
        """The driver numbers the node's cards anew: the n-th of `order` is what number n was."""
        cards = self._cards[node]
        self._cards[node] = [cards[number] for number in order]

    def probe(self, node: str) -> Probe:
        """What looks at the node."""
        return _Probe(lambda now: self._report(node, now))

    def fleet(self, clock: Callable[[], datetime]) -> Fleet:
        """All of them."""
        return Fleet([Node(name, (), LOCAL) for name in self._cards], None, self.probe, clock)

    def _report(self, node: str, now: datetime) -> Report:
        if node in self._silent:
            return Report(node, now, fault=self._silent[node], why="simulated")
        listed = [uuid for uuid in self._cards[node] if self._faults.get(uuid) is not Fault.MISSING]
        return Report(node, now, tuple(self._reading(uuid, number, now) for number, uuid in enumerate(listed)))

    def _reading(self, uuid: str, number: int, now: datetime) -> Reading:
        gpu = self._made[uuid]
        if uuid in self._faults:
            fault = self._faults[uuid]
            return Reading(gpu.node, uuid, number, now, gpu.model, processes=None, fault=fault)
        jobs = [job for job in self._jobs.values() if gpu.name in job.gpus]
        load = min(100, sum(job.utilisation for job in jobs))
        return Reading(
            gpu.node,
            uuid,
            number,
            now,
            gpu.model,
            utilisation=load,
            memory_used_mb=sum(job.process.memory_mb or 0 for job in jobs),
            memory_total_mb=gpu.memory_gb * 1024,
            temperature=35 + load // 3,
            power=60.0 + 3 * load,
            processes=tuple(job.process for job in jobs),
            busy=100 if load > 5 else 0,
        )


class _Probe:
    def __init__(self, look: Callable[[datetime], Report]) -> None:
        self._look = look

    def look(self, now: datetime) -> Report:
        return self._look(now)


def _uuid(gpu: Gpu) -> str:
    return f"GPU-{gpu.node}-{gpu.index}"
