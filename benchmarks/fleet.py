"""What watching costs: an agent's CPU and memory, a round of polling at 1, 20 and 200 nodes, rows and bytes kept.

    uv run --group bench python benchmarks/fleet.py [--quick] [--minutes N] [--json OUT]

The agent is the real command with the real pynvml on a stand-in for the driver's library (8 GPUs, 2 processes each), so
what the driver itself takes is in nobody's figure; it is asked once a minute, as the bot does. Beside it gpustat (also
through pynvml, on the same stand-in): as a loop, and started anew each second, as a script over SSH does. Agents of the
rounds are 200 ports of one process on this machine, which shares its cores.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from bot.app import open_desk
from bot.booking.lab import Gpu, Lab, Node
from bot.booking.observed import Process, Reading
from bot.fleet.fleet import Fleet
from bot.fleet.probe import Report
from bot.fleet.remote import Agents
from bot.fleet.seen import Seen
from bot.fleet.wire import encoded
from bot.jobs.poll import poll
from storage.readings import Readings

ROOT = Path(__file__).parents[1]
TOKEN = "0123456789abcdef"
GPUS = 8
BEGIN = datetime(2026, 11, 2, 8, tzinfo=UTC)
FIRST_PORT = 21_000


def stub(folder: Path) -> dict[str, str]:
    """The environment of a process whose driver is the stand-in, with 8 busy GPUs."""
    source = ROOT / "tests" / "fleet" / "nvml_stub.c"
    name = "libnvidia-ml.so.1"
    command = ["cc", "-shared", "-fPIC", "-O1", f"-Wl,-soname,{name}", "-o", folder / name, source, "-lpthread"]
    subprocess.run(command, check=True)
    cards = [
        f"gpu GPU-{n}\nname NVIDIA A100-SXM4-80GB\nutil 90\nmem 60000 81920\ntemp 70\npower 390000\nmig 0\n"
        f"proc {os.getpid()} 30000 C\nproc {os.getppid()} 30000 C\n"
        for n in range(GPUS)
    ]
    (folder / "gpus.txt").write_text("".join(cards))
    # As what is installed is: compiled already, else the compiler's memory would be in the figures.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        "LD_LIBRARY_PATH": str(folder),
        "NVML_STUB": str(folder / "gpus.txt"),
        "PYTHONPATH": str(ROOT),
    }


def seconds_of(pid: int) -> float:
    """CPU seconds that a process has taken so far."""
    tasks = (task / "schedstat" for task in Path(f"/proc/{pid}/task").iterdir())
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def megabytes_of(pid: int, what: str = "Rss") -> float:
    """Resident memory; "Pss": what it shares with others counted in parts."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{what}:")).split()[1]) / 1024


def asked(url: str) -> None:
    """As the bot asks an agent."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        if len(json.load(answer)["gpus"]) != GPUS:
            raise SystemExit("the agent does not see its GPUs")


def resident(
    command: Sequence[str], environment: dict[str, str], settle: float, seconds: float, url: str | None = None
) -> dict[str, float]:
    """CPU (percent of a core) and memory of a program that goes on; the most of it, looked at every 10 seconds.

    `url` is asked once a minute. It runs twice: at first to be compiled.
    """
    for measured in (False, True):
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(settle)
            if not measured:
                continue
            began, until, most, shared = seconds_of(process.pid), time.monotonic() + seconds, 0.0, 0.0
            ask_at = time.monotonic()
            while (left := until - time.monotonic()) > 0:
                if url is not None and time.monotonic() >= ask_at:
                    asked(url)
                    ask_at += 60
                time.sleep(min(10.0, left))
                most = max(most, megabytes_of(process.pid))
                shared = max(shared, megabytes_of(process.pid, "Pss"))
            used = seconds_of(process.pid) - began
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
    return {"cpu_percent": 100 * used / seconds, "memory_mb": most, "pss_mb": shared}


# In a small process of its own: the most memory of a program counts that of who has started it.
_ONE_BY_ONE = """
import json, os, subprocess, sys
taken = []
for _ in range(int(sys.argv[1]) + 1):
    process = subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{sys.argv[2]} ended with {status}")
    taken.append([usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024])
print(json.dumps(taken[1:]))
"""


def each_second(command: Sequence[str], environment: dict[str, str], times: int) -> dict[str, float]:
    """CPU (percent of a core) and memory of a program that is started once a second; the first time is not counted."""
    starter = [sys.executable, "-c", _ONE_BY_ONE, str(times), *command]
    told = subprocess.run(starter, env=environment, stdout=subprocess.PIPE, check=True).stdout
    taken = json.loads(told)
    return {"cpu_percent": 100 * median(cpu for cpu, _ in taken), "memory_mb": max(mb for _, mb in taken)}


def agents(folder: Path, quick: bool, seconds: float) -> dict[str, dict[str, float]]:
    """The agent beside the others, those that go on for so many seconds each."""
    environment = stub(folder)
    at = f"127.0.0.1:{FIRST_PORT - 1}"
    crunchtime = [sys.executable, "-m", "bot", "agent", "--bind", at]
    settings = {"CRUNCHTIME_AGENT_TOKEN": TOKEN, "CRUNCHTIME_AGENT_SOCKET": str(folder / "agent.sock")}
    found = {"agent": resident(crunchtime, environment | settings, 15, seconds, f"http://{at}/v1/readings")}
    gpustat = shutil.which("gpustat", path=str(Path(sys.executable).parent))
    if gpustat is not None:
        found["gpustat each second"] = each_second([gpustat, "--json"], environment, 3 if quick else 15)
        found["gpustat in a loop"] = resident([gpustat, "-i", "1"], environment | {"TERM": "xterm"}, 5, seconds)
    return found


def lab_of(nodes: int) -> Lab:
    """So many nodes of 8 GPUs, each with an agent on a port of this machine."""
    return Lab(
        "bench",
        tuple(
            Node(
                f"n{n}",
                tuple(Gpu(f"n{n}", index, "a100", "NVIDIA A100-SXM4-80GB", 80) for index in range(GPUS)),
                f"http://127.0.0.1:{FIRST_PORT + n}",
            )
            for n in range(nodes)
        ),
    )


def report_of(node: str, at: datetime) -> Report:
    """8 busy GPUs with 2 processes each."""
    processes = tuple(Process(4000 + n, "alice", "python", 30_000) for n in range(2))
    known: dict[str, Any] = {"memory_used_mb": 60_000, "memory_total_mb": 81_920, "temperature": 70, "power": 390.0}
    return Report(
        node,
        at,
        tuple(
            Reading(
                node,
                f"GPU-{node}-{index}",
                index,
                at,
                "NVIDIA A100-SXM4-80GB",
                utilisation=90,
                processes=processes,
                busy=100,
                **known,
            )
            for index in range(GPUS)
        ),
    )


def answering(nodes: int, ready: Any) -> None:
    """A process of its own: 200 agents."""

    def answer_of(body: bytes) -> Any:
        whole = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while await reader.readuntil(b"\r\n\r\n"):
                    writer.write(whole)
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()

        return answer

    async def serve() -> None:
        for n in range(nodes):
            body = encoded(report_of(f"n{n}", BEGIN), BEGIN)
            await asyncio.start_server(answer_of(body), "127.0.0.1", FIRST_PORT + n)
        ready.set()
        await asyncio.Event().wait()

    asyncio.run(serve())


@contextmanager
def served(nodes: int) -> Iterator[None]:
    """The agents, while they are asked."""
    ready = multiprocessing.Event()
    process = multiprocessing.Process(target=answering, args=(nodes, ready), daemon=True)
    process.start()
    ready.wait(30)
    try:
        yield
    finally:
        process.terminate()
        process.join()


def rounds(folder: Path, nodes: int, times: int) -> dict[str, float]:
    """A round of polling, in seconds: asking, and keeping what was said, on SQLite."""
    lab = lab_of(nodes)
    desk = open_desk(f"sqlite:///{folder / f'{nodes}.db'}", lab)
    asking = Agents(TOKEN, seconds=30)  # however busy this machine is
    fleet, readings, seen = Fleet(lab.nodes, asking, lambda _: None, lambda: BEGIN), Readings(desk.ledger), Seen()  # type: ignore[arg-type,return-value]
    taken, computing = [], []
    with served(nodes):
        for n in range(times + 1):
            began, computed = time.perf_counter(), time.process_time()
            kept = poll(desk, fleet, readings, seen, BEGIN + n * timedelta(minutes=1))
            taken.append(time.perf_counter() - began)
            computing.append(time.process_time() - computed)
            if kept != nodes * GPUS or any(not node.up for node in seen.sight.nodes.values()):
                raise SystemExit("an agent was not heard")
    asking.close()
    desk.ledger.close()
    return {
        "first_s": taken[0],
        "median_s": median(taken[1:]),
        "worst_s": max(taken[1:]),
        "cpu_s": median(computing[1:]),
    }


def kept(folder: Path, minutes: int) -> dict[str, float]:
    """Rows and bytes of 8 GPUs' readings on SQLite, and of their hourly sums."""
    lab = lab_of(1)
    path = folder / "kept.db"
    open_desk(f"sqlite:///{path}", lab).ledger.close()  # what is in the write-ahead log goes into the file
    before = path.stat().st_size
    desk = open_desk(f"sqlite:///{path}", lab)
    readings = Readings(desk.ledger)
    rows = 0
    for n in range(minutes):
        at = BEGIN + n * timedelta(minutes=1)
        rows += readings.write(report_of("n0", at).readings, [], at)
    desk.ledger.close()
    per_day = 1440 / minutes / GPUS
    size = path.stat().st_size - before
    return {"rows_per_gpu_day": rows * per_day, "bytes_per_gpu_day": size * per_day, "summed_rows_per_gpu_day": 24}


def main() -> None:
    """Measure, print, and write JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a minute instead of five")
    parser.add_argument("--minutes", type=float, help="how long the agent and those that go on beside it are watched")
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds = 60 * (options.minutes or (1 / 6 if options.quick else 1))
        found: dict[str, Any] = {"agents": agents(folder, options.quick, seconds)}
        found["rounds"] = {n: rounds(folder, n, 3 if options.quick else 10) for n in (1, 20, 200)}
        found["kept"] = kept(folder, 240 if options.quick else 1440)
    ours = found["agents"]["agent"]
    for what, one in found["agents"].items():
        ratio = one["cpu_percent"] / ours["cpu_percent"]
        print(
            f"{what:22} {one['cpu_percent']:7.2f} % of a core ({ratio:.1f} × ours), {one['memory_mb']:.0f} MB"
            + (f" ({one['pss_mb']:.0f} MB, what is shared counted in parts)" if "pss_mb" in one else "")
        )
    for n, one in found["rounds"].items():
        print(f"{n:4} nodes: {one['median_s']:.3f} s a round (worst {one['worst_s']:.3f}), {one['cpu_s']:.3f} s of CPU")
    print("per GPU and day: {rows_per_gpu_day:.0f} rows, {bytes_per_gpu_day:.0f} bytes".format(**found["kept"]))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
