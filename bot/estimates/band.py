"""What an estimate says: a band, each end with what it rests on; or why there is none."""

from dataclasses import dataclass
from enum import Enum


class Basis(Enum):
    """What an estimate rests on, the best first."""

    MEASURED = "measured"  # here, by the lab, on GPUs like these and as many
    STEP_TIME = "step time"  # told by the member
    EARLIER = "earlier run"  # or a measurement on other GPUs, scaled
    FIGURES = "figures"  # published


@dataclass(frozen=True, slots=True)
class End:
    """So many hours (above 0, finite), and what says so: the run and its source, in a phrase."""

    hours: float
    because: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """A band: optimistic <= typical <= pessimistic. `notes`: what it leaves out, in sentences.

    `own_speeds`: it goes from one pool to another by what the lab has measured.
    """

    optimistic: End
    typical: End
    pessimistic: End
    basis: Basis
    notes: tuple[str, ...] = ()
    own_speeds: bool = False


@dataclass(frozen=True, slots=True)
class NoPeak:
    """Nothing is known of what a GPU of this pool can do."""

    pool: str


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """The lab has no measurement under this name; `near`: those that it has, at most three."""

    name: str
    near: tuple[str, ...] = ()


Unknown = NoPeak | NotMeasured
