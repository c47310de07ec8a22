"""A stand-in for the GPU driver's library, built with the C compiler: the real pynvml speaks with it. And readings."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest

from bot.booking.observed import Fault, Reading
from bot.fleet.probe import Report
from make import monday

SOURCE = Path(__file__).parent / "fleet" / "nvml_stub.c"
LIBRARY = "libnvidia-ml.so.1"


def built(folder: Path) -> Path:
    """The stub, as a library in `folder` under the driver's name. Skips where there is no C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler: the stand-in for libnvidia-ml.so.1 cannot be built")
    path = folder / LIBRARY
    command = [compiler, "-shared", "-fPIC", "-O1", f"-Wl,-soname,{LIBRARY}", "-o", path, SOURCE, "-lpthread"]
    subprocess.run(command, check=True)
    return path


@dataclass(frozen=True)
class Card:
    """A GPU as the stub has it. `rules`: lines such as "fail nvmlDeviceGetUUID 15" and "hang nvmlDeviceGetName"."""

    uuid: str
    name: str = "NVIDIA A100-SXM4-80GB"
    utilisation: int = 0
    used_mb: int = 4
    total_mb: int = 81920
    temperature: int = 40
    milliwatts: int = 60_000
    ecc: int = 0
    throttle: int = 0
    mig: int | None = 0
    processes: tuple[tuple[int, int, str], ...] = ()  # pid, MiB, "C" or "G"
    rules: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        mig = [] if self.mig is None else [f"mig {self.mig}"]
        return [
            f"gpu {self.uuid}",
            f"name {self.name}",
            f"util {self.utilisation}",
            f"mem {self.used_mb} {self.total_mb}",
            f"temp {self.temperature}",
            f"power {self.milliwatts}",
            f"ecc {self.ecc}",
            f"throttle {self.throttle}",
            *mig,
            *(f"proc {pid} {mib} {kind}" for pid, mib, kind in self.processes),
            *self.rules,
        ]


@dataclass
class Driver:
    """What the stub's file says; `set` changes it at once, for whoever has the library open."""

    path: Path
    cards: list[Card] = field(default_factory=list)

    def set(self, *cards: Card, rules: tuple[str, ...] = ()) -> None:
        """From now on there are these cards, and these rules for all of them."""
        self.cards = list(cards)
        fresh = self.path.with_suffix(".new")
        fresh.write_text("\n".join([*rules, *(line for card in cards for line in card.lines())]) + "\n")
        fresh.rename(self.path)

    def change(self, number: int, **of: object) -> None:
        """One card is different from now on."""
        self.cards[number] = replace(self.cards[number], **of)  # type: ignore[arg-type]
        self.set(*self.cards)


@contextmanager
def loaded(library: Path, path: Path) -> Iterator[Driver]:
    """The stub in this process: a library that is loaded is found again by its name, so pynvml gets it."""
    stub = ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    driver = Driver(path)
    driver.set()
    stub.stub_file(str(path).encode())
    yield driver
    driver.set()  # whatever hangs goes on


def around(library: Path, path: Path) -> dict[str, str]:
    """The environment of a process that has the stub for its driver."""
    return {**os.environ, "LD_LIBRARY_PATH": str(library.parent), "NVML_STUB": str(path)}


def reading(
    gpu: str = "atlas:0",
    *,
    uuid: str | None = None,
    at: datetime | None = None,
    fault: Fault | None = None,
    **of: object,
) -> Reading:
    """A reading of an idle A100; with a `fault` nothing else."""
    node, _, index = gpu.rpartition(":")
    known = {"processes": None} if fault is not None else {"utilisation": 0, "memory_total_mb": 81920}
    values = {"model": "NVIDIA A100-SXM4-80GB", "fault": fault, **known, **of}
    return Reading(node, f"GPU-{node}-{index}" if uuid is None else uuid, int(index), at or monday(8), **values)  # type: ignore[arg-type]


def report(node: str, *readings: Reading, fault: Fault | None = None, why: str = "") -> Report:
    """What a node said on Monday at 08:00."""
    return Report(node, monday(8), readings, fault, why)
