"""What is to be done: a training, a number of steps, or an earlier run again."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Kind(Enum):
    """What is trained: the bands are not the same for both."""

    LANGUAGE = "language models"
    VISION = "vision models"


class Precision(Enum):
    """What it computes in: bf16 (or fp16), or TF32."""

    BITS_16 = "16 bits"
    TF32 = "TF32"


@dataclass(frozen=True, slots=True)
class Model:
    """A model. `flops`: of one token or image, forwards and backwards. `parameters` 0: not known.

    `items` (tokens or images) and `steps` (of the optimiser) are those of its published recipe, 0 where it has none.
    `source`: where the figures are from ("": they are the member's own).
    """

    name: str
    kind: Kind
    parameters: float
    flops: float
    items: float = 0
    steps: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True)
class Training:
    """A model trained on so many `items`: tokens, or images (above 0).

    `lora`: only small matrices beside the weights are trained.
    """

    model: Model
    items: float
    precision: Precision = Precision.BITS_16
    lora: bool = False

    @property
    def flops(self) -> float:
        """All floating-point operations. With LoRA the third that is for the gradients of the weights is spared."""
        return self.model.flops * self.items * (2 / 3 if self.lora else 1)


@dataclass(frozen=True, slots=True)
class Steps:
    """So many steps, each of so many `seconds` as the member has measured on the very GPUs that are asked about."""

    steps: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Named:
    """So many steps of what the lab has measured under this name."""

    steps: int
    name: str


@dataclass(frozen=True, slots=True)
class Again:
    """An earlier run, by what it is called (a reservation's label): it had `count` GPUs of a pool for so many hours.

    `more`: what it may take besides, as a factor of its worst end.
    """

    label: str
    hours: float
    pool: str
    count: int
    more: float = 1.0


@dataclass(frozen=True, slots=True)
class Like:
    """An earlier run by the number of its reservation: it becomes an `Again` once that is looked up."""

    reservation: int


Work = Training | Steps | Named | Again


@dataclass(frozen=True, slots=True)
class Measurement:
    """A step time of the lab's own: `name` as its member called the job, on `gpus` GPUs of a pool, seen at `at` (UTC).

    `step_seconds` (above 0): of one step of the optimiser, all accumulations included, the GPU synchronised.
    `settings`: with which it was measured ("" where that is not known).
    """

    member: str
    name: str
    pool: str
    gpus: int
    step_seconds: float
    at: datetime
    settings: str = ""
