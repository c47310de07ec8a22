"""The node's agent as its people ask it: a line of JSON over its socket, and what is believed of its answer."""

import json
import re
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import BotError, Unreachable

SECONDS = 15.0
_LARGEST = 512 * 1024
# What is written where a shell reads it.
_UUID = re.compile(r"GPU-[A-Za-z0-9-]{1,80}")
_GPU = re.compile(r"[A-Za-z0-9_.-]{1,64}:([0-9]{1,4})")
_ID = re.compile(r"R[0-9]{1,9}")
_AGAIN = frozenset({"busy", "unreachable"})


@dataclass(frozen=True, slots=True)
class Mine:
    """A reservation of the caller's, with its GPUs on this node; times in seconds from now.

    `needed_in`: until somebody else's begins on its GPUs (None: nobody's does). `job`: which job says that it has it.
    """

    id: str
    state: str
    gpus: tuple[str, ...]
    uuids: tuple[str, ...]
    elsewhere: tuple[str, ...]
    when: str
    starts_in: float
    ends_in: float
    needed_in: float | None = None
    job: str | None = None


class Agent:
    """The agent behind the socket at `path`."""

    def __init__(self, path: Path, *, seconds: float = SECONDS) -> None:
        self._path, self._seconds = path, seconds

    def ask(self, act: str, **said: str | bool) -> Mapping[str, Any]:
        """What the bot answers by way of the agent. Raises Unreachable (it may answer later), BotError (it says no)."""
        try:
            answer = json.loads(self._told(json.dumps({"act": act, **said}).encode() + b"\n"))
        except (OSError, ValueError, RecursionError) as error:
            why = f"The agent of this node does not answer at {self._path} ({type(error).__name__})."
            raise Unreachable(why) from None
        if not isinstance(answer, dict):
            raise Unreachable("The agent of this node answers what is no answer.")
        refusal = answer.get("error")
        if refusal is None:
            return answer
        said_so = refusal if isinstance(refusal, dict) else {}
        lines = [str(said_so.get("text", "The agent of this node says no."))]
        lines += [f'  --book "{str(one).removeprefix("book ")}"' for one in said_so.get("offers") or ()]
        text = "\n".join(map(printable, lines))
        raise Unreachable(text) if said_so.get("code") in _AGAIN else BotError(text)

    def _told(self, line: bytes) -> bytes:
        until, told = time.monotonic() + self._seconds, b""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line_to:
            line_to.settimeout(self._seconds)
            line_to.connect(str(self._path))
            with suppress(BrokenPipeError, ConnectionResetError):  # it has answered before it was asked: "too often"
                line_to.sendall(line)
            while not told.endswith(b"\n"):
                line_to.settimeout(max(0.001, until - time.monotonic()))
                more = line_to.recv(65536)
                told += more
                if not more or len(told) > _LARGEST:
                    raise ValueError("no whole answer")
        return told


def reservations(answer: Mapping[str, Any]) -> tuple[Mine, ...]:
    """Those in an answer, by start. Raises Unreachable where it is none that the bot gives."""
    try:
        return tuple(_mine(one) for one in answer["reservations"])
    except (KeyError, TypeError, ValueError):
        raise Unreachable("The agent of this node answers what is no answer.") from None


def variables(of: tuple[Mine, ...]) -> dict[str, str]:
    """What CUDA is to be told so that it sees these GPUs; by their numbers where the bot has not seen them all."""
    uuids = [uuid for one in of for uuid in one.uuids]
    if all(uuids):
        return {"CUDA_VISIBLE_DEVICES": ",".join(uuids)}
    numbers = [gpu.rpartition(":")[2] for one in of for gpu in one.gpus]
    return {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": ",".join(numbers)}


def _mine(values: Mapping[str, Any]) -> Mine:
    needed, job = values["needed_in"], values["job"]
    found = Mine(
        id=str(values["id"]),
        state=str(values["state"]),
        gpus=tuple(map(str, values["gpus"])),
        uuids=tuple(map(str, values["uuids"])),
        elsewhere=tuple(map(printable, values["elsewhere"])),
        when=printable(values["when"]),
        starts_in=float(values["starts_in"]),
        ends_in=float(values["ends_in"]),
        needed_in=None if needed is None else float(needed),
        job=None if job is None else str(job),
    )
    good = _ID.fullmatch(found.id) and all(map(_GPU.fullmatch, found.gpus))
    if not good or not all(not uuid or _UUID.fullmatch(uuid) for uuid in found.uuids):
        raise ValueError("not what the bot says")
    return found


def printable(text: object) -> str:
    """Without what a terminal would take for a command."""
    return "".join(character for character in str(text) if character.isprintable())
