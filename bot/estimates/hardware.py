"""GPUs by model: how much they can do at best, and what memory they have."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.booking.lab import Pool, pool_name

_PAPER = "apoorvkh/academic-pretraining, experiments/training_time_analytic.py"
_FABRIC = "Lightning-AI/pytorch-lightning, fabric/utilities/throughput.py"
_TITAN = "pytorch/torchtitan, torchtitan/tools/utils.py"
_SHEET = "NVIDIA's data sheet"


@dataclass(frozen=True, slots=True)
class Hardware:
    """A model of GPU. `peak`: dense TFLOPS in 16 bits (bf16, or fp16 where there is no bf16), `tf32` in TF32 (0: it has
    none); `memory_gb` of its largest variant. `source`: of the peaks.
    """

    name: str
    peak: float
    memory_gb: float
    source: str
    tf32: float = 0


HARDWARE: Mapping[str, Hardware] = {
    "3090": Hardware("RTX 3090", 71, 24, _PAPER, 35.6),
    "4090": Hardware("RTX 4090", 165.2, 24, "ftuneai 0.4.1 on PyPI, data/gpus.yaml", 82.6),
    "a6000": Hardware("A6000", 154.8, 48, _PAPER, 77.4),
    "a40": Hardware("A40", 149.7, 48, _SHEET, 74.8),
    "a10g": Hardware("A10G", 125, 24, _FABRIC),
    "l4": Hardware("L4", 121, 24, "ftuneai 0.4.1 on PyPI, data/gpus.yaml"),
    "l40s": Hardware("L40S", 362, 48, _TITAN),
    "t4": Hardware("T4", 65, 16, _FABRIC),
    "v100": Hardware("V100", 125, 32, _FABRIC),
    "a100": Hardware("A100", 312, 80, _PAPER, 156),
    "h100": Hardware("H100", 989.5, 80, _FABRIC),
    "h100-pcie": Hardware("H100 PCIe", 756, 80, _PAPER, 378),
    "h100-nvl": Hardware("H100 NVL", 835, 94, _TITAN),
    "h200": Hardware("H200", 989, 141, _TITAN),
    "b200": Hardware("B200", 2250, 180, _TITAN),
}


@dataclass(frozen=True, slots=True)
class Place:
    """`count` GPUs (1 or more) of a pool."""

    pool: Pool
    count: int

    @property
    def hardware(self) -> Hardware | None:
        """The model of the pool's GPUs; where that is not known, by the pool's speed; None where neither is."""
        found = hardware_of(self.pool.gpus[0].model or self.pool.name)
        if found is None and self.pool.speed != 1:  # the lab has stated it: it is the default of what is not known
            peak = HARDWARE["a100"].peak * self.pool.speed
            return Hardware(self.pool.name, peak, 0, "the lab's speed for it, relative to an A100")
        return found

    @property
    def memory_gb(self) -> float:
        """What each GPU has at least, by the lab file, else by its model; 0 where neither is known."""
        stated = min(gpu.memory_gb for gpu in self.pool.gpus)
        known = self.hardware
        return stated or (known.memory_gb if known else 0)


def hardware_of(model: str) -> Hardware | None:
    """By the name that a driver or a lab file gives a model; None for one that is not known.

    >>> hardware_of("NVIDIA H100 PCIe").peak, hardware_of("NVIDIA H100 80GB HBM3").peak, hardware_of("abacus")
    (756, 989.5, None)
    """
    low, name = model.lower(), pool_name(model)
    variant = next((f"{name}-{kind}" for kind in ("pcie", "nvl") if kind in low), "")
    return HARDWARE.get(variant) or HARDWARE.get(name)
