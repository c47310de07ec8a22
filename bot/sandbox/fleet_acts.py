"""What is done to the simulated fleet: people's jobs, and what befalls GPUs and nodes. `alice: run atlas:0,1`."""

from dataclasses import dataclass
from typing import Literal, assert_never

from bot.booking.lab import Lab
from bot.booking.observed import Fault
from bot.errors import InputError
from bot.sandbox.fleet import Hosts

LAB = "lab"  # who says what befalls the fleet: nobody does it
EXAMPLES = ("alice: run atlas:0,1", "alice: idle", "alice: stop", "lab: lose atlas:2", "lab: silence atlas")
BUSY = 95  # percent


@dataclass(frozen=True, slots=True)
class Run:
    """A job of theirs begins on these GPUs, and keeps them busy."""

    gpus: str


@dataclass(frozen=True, slots=True)
class Load:
    """All their jobs compute from now on, or hold their memory and do nothing."""

    busy: bool


@dataclass(frozen=True, slots=True)
class Stop:
    """All their jobs end."""


@dataclass(frozen=True, slots=True)
class Befall:
    """A GPU falls off its bus, a node's agent falls silent, or either is well again."""

    what: Literal["lose", "silence", "restore"]
    where: str


FleetAct = Run | Load | Stop | Befall


def read_fleet_act(verb: str, rest: str) -> FleetAct | None:
    """None for what is no such act."""
    match verb:
        case "run" if rest:
            return Run(rest)
        case "idle" | "busy" if not rest:
            return Load(verb == "busy")
        case "stop" if not rest:
            return Stop()
        case "lose" | "silence" | "restore" if rest:
            return Befall(verb, rest)
        case _:
            return None


def do(act: FleetAct, login: str, hosts: Hosts | None, lab: Lab) -> str:
    """Does it, as the Linux login `login`; what happened, in a line. Raises InputError for what cannot be done."""
    if hosts is None:
        raise InputError("nothing watches the GPUs here", hint="Begin with crunchtime try --fleet.")
    match act:
        case Run(said):
            gpus = _gpus(said, lab)
            hosts.run(login, *gpus, utilisation=BUSY)
            return f"{login}'s job runs on {', '.join(gpus)}."
        case Load(busy):
            for pid in _jobs(hosts, login):
                hosts.load(pid, BUSY if busy else 0)
            return f"{login}'s jobs {'compute' if busy else 'hold their memory and compute nothing'}."
        case Stop():
            for pid in _jobs(hosts, login):
                hosts.stop(pid)
            return f"{login}'s jobs have ended."
        case Befall(what, where):
            return _befall(what, where, hosts, lab)
        case _:
            assert_never(act)


def _jobs(hosts: Hosts, login: str) -> list[int]:
    found = hosts.jobs_of(login)
    if not found:
        raise InputError(f"nothing of {login}'s runs", example="alice: run atlas:0,1")
    return found


def _befall(what: Literal["lose", "silence", "restore"], where: str, hosts: Hosts, lab: Lab) -> str:
    node = next((node.name for node in lab.nodes if node.name == where), None)
    if node is not None and what != "lose":
        hosts.silence(node, Fault.UNREACHABLE if what == "silence" else None)
        return f"{node}'s agent {'falls silent' if what == 'silence' else 'answers again'}."
    if what == "silence":
        raise InputError(f"there is no node {where!r}", example="lab: silence atlas")
    gpus = _gpus(where, lab)
    for gpu in gpus:
        hosts.fail(gpu, Fault.LOST if what == "lose" else None)
    told = ", ".join(gpus)
    return f"{told} fell off the bus." if what == "lose" else f"{told} works again."


def _gpus(said: str, lab: Lab) -> list[str]:
    """ "atlas:0,1 titan:2" as names. Raises InputError for one that the lab does not have."""
    found = []
    for part in said.split():
        node, _, numbers = part.partition(":")
        found += [f"{node}:{number}" for number in numbers.split(",")]
    for gpu in found:
        if gpu not in lab.gpus:
            raise InputError(f"there is no GPU {gpu!r}", example="alice: run atlas:0,1")
    return found
