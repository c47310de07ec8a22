"""What memory a training needs on each GPU, and the settings that stretch GPUs, in the order to try them.

Mixed-precision Adam keeps 16 bytes a parameter: 2 of weights, 2 of gradients, 12 of states and the 32-bit weights; 18
where gradients are added up in 32 bits (Rajbhandari et al. 2020, ZeRO). Sharding splits parts of them among GPUs.
Activations come on top; they are not known here, so a quarter of the memory is left for them.
"""

from dataclasses import dataclass
from enum import Enum

from bot.estimates.hardware import Place
from bot.estimates.work import Training, Work

LEFT = 0.25  # of a GPU's memory, for activations: our assumption


class Setting(Enum):
    """How a training's states are kept, each the next thing to try where they do not fit."""

    PLAIN = "as it is"
    ZERO_1 = "ZeRO-1"
    ZERO_2 = "ZeRO-2"
    ZERO_3 = "ZeRO-3 or FSDP"
    OFFLOAD = "offloading to the host's memory"


# Bytes a parameter that stay whole on each GPU, and that are split: at least and at most.
_BYTES = {
    Setting.PLAIN: ((16, 0), (18, 0)),
    Setting.ZERO_1: ((4, 12), (6, 12)),
    Setting.ZERO_2: ((2, 14), (2, 16)),
    Setting.ZERO_3: ((0, 16), (0, 18)),
}
_FROZEN = {Setting.PLAIN: ((2, 0), (2, 0)), Setting.ZERO_3: ((0, 2), (0, 2))}  # LoRA: the weights, and little else


@dataclass(frozen=True, slots=True)
class Memory:
    """GB on each GPU for weights, gradients and states with a setting, of `has` (0: not known).

    `low` and `high`: by how gradients are kept. `plain`: the most it needs as it is. `setting`: the first that leaves
    room for activations; OFFLOAD where none does, `low` and `high` being ZeRO-3's then.
    """

    setting: Setting
    low: float
    high: float
    has: float
    plain: float

    @property
    def fits(self) -> bool | None:
        """Whether it leaves room without offloading; None where the GPUs' memory is not known."""
        return None if self.has <= 0 else self.setting is not Setting.OFFLOAD


def memory_for(work: Work, place: Place) -> Memory | None:
    """What the work needs on a place; None where its parameters are not known."""
    if not isinstance(work, Training) or work.model.parameters <= 0:
        return None
    return memory_of(work.model.parameters, place.count, place.memory_gb, lora=work.lora)


def memory_of(parameters: float, count: int, has: float, *, lora: bool = False) -> Memory:
    """For a model of so many parameters (above 0) on `count` GPUs (1 or more) of `has` GB each (0: not known)."""
    table = _FROZEN if lora else _BYTES
    needs = {
        setting: tuple((whole + split / count) * parameters / 1e9 for whole, split in ends)
        for setting, ends in table.items()
    }
    plain = needs[Setting.PLAIN][1]
    tried = needs if count > 1 else {Setting.PLAIN: needs[Setting.PLAIN]}
    for setting, (low, high) in tried.items():
        if has <= 0 or high <= has * (1 - LEFT):
            return Memory(setting, low, high, has, plain)
    low, high = list(tried.values())[-1]
    return Memory(Setting.OFFLOAD, low, high, has, plain)
