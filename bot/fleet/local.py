"""The agent's Unix socket, for the people on its node: a line of JSON in, a line out.

Who asks is known by the socket's peer credentials (unix(7), SO_PEERCRED), never by what they say.
"""

import json
import os
import socket
import stat
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from bot.fleet.processes import login_of
from bot.fleet.to_bot import failed

log = structlog.get_logger()

LARGEST = 4096
MOST_A_MINUTE = 120  # of one user: a job asks three times
MOST_AT_ONCE = 4
_THREADS = 16
_SECONDS_TO_SAY = 2.0
_SAID = {"act": str, "text": str, "reservation": str, "job": str, "waits": bool, "report": str}
_PEER = struct.Struct("3i")  # pid, uid, gid

Forward = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class Local:
    """Serves the socket at `path` in threads of its own. `forward` asks the bot; it must come to an end."""

    def __init__(self, path: Path, node: str, forward: Forward) -> None:
        self._path, self._node, self._forward = path, node, forward
        self._users = _Users()
        self._listener: socket.socket | None = None
        self._inode = 0
        self._stopped = threading.Event()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="local")

    def start(self) -> None:
        """Listen from now on; what an agent before has left there is taken away. Raises OSError."""
        _clear(self._path)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self._path))
        self._path.chmod(0o666)  # whoever is on the node may ask; who they are, the kernel says
        self._inode = self._path.lstat().st_ino
        self._listener.listen(64)
        threading.Thread(target=self._accept, args=(self._listener,), name="local", daemon=True).start()

    def stop(self) -> None:
        """Listen no more."""
        self._stopped.set()
        if self._listener is not None:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
            self._listener.close()
            with suppress(OSError):
                if self._path.lstat().st_ino == self._inode:  # and not the next agent's
                    self._path.unlink()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                if self._stopped.wait(0.1):
                    return
                continue  # out of descriptors, say: it goes on when there are some
            self._take(caller)

    def _take(self, caller: socket.socket) -> None:
        try:
            _, uid, _ = _PEER.unpack(caller.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
            caller.settimeout(_SECONDS_TO_SAY)
        except OSError:
            caller.close()
            return
        if not self._users.may(uid, time.monotonic()):
            _tell(caller, failed("busy", "You ask too often: wait a minute."))
            return
        try:
            self._threads.submit(self._serve, caller, uid)
        except RuntimeError:  # stopped meanwhile
            self._users.done(uid)
            caller.close()

    def _serve(self, caller: socket.socket, uid: int) -> None:
        try:
            asked = _asked(caller)
            if asked is None:
                _tell(caller, failed("refused", "This is nothing that an agent is asked."))
                return
            _tell(caller, self._forward({**asked, "node": self._node, "login": login_of(uid)}))
        except Exception:
            log.exception("a question from this node could not be answered")
            _tell(caller, failed("unreachable", "This node's agent failed; see its log."))
        finally:
            self._users.done(uid)


class _Users:
    """Who asks how often, and how much of theirs is under way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: dict[int, deque[float]] = {}
        self._under_way: dict[int, int] = {}

    def may(self, uid: int, now: float) -> bool:
        """Whether this user may ask at `now` (seconds of a steady clock); then `done` must follow."""
        with self._lock:
            self._asked = {one: times for one, times in self._asked.items() if times and now - times[-1] < 60}
            times = self._asked.setdefault(uid, deque())
            while times and now - times[0] >= 60:
                times.popleft()
            if len(times) >= MOST_A_MINUTE or self._under_way.get(uid, 0) >= MOST_AT_ONCE:
                return False
            times.append(now)
            self._under_way[uid] = self._under_way.get(uid, 0) + 1
            return True

    def done(self, uid: int) -> None:
        """What was under way is answered."""
        with self._lock:
            left = self._under_way.get(uid, 1) - 1
            if left:
                self._under_way[uid] = left
            else:
                self._under_way.pop(uid, None)


def _asked(caller: socket.socket) -> dict[str, Any] | None:
    """The line, of which only what is known is kept; None if it is none."""
    until, line = time.monotonic() + _SECONDS_TO_SAY, b""
    try:
        while b"\n" not in line:
            caller.settimeout(max(0.001, until - time.monotonic()))
            more = caller.recv(LARGEST)
            line += more
            if not more or len(line) > LARGEST:
                return None
        said = json.loads(line.partition(b"\n")[0])
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    known = {name: said[name] for name in _SAID if name in said}
    return known if all(type(value) is _SAID[name] for name, value in known.items()) else None


def _tell(caller: socket.socket, answer: Mapping[str, Any]) -> None:
    with suppress(OSError), caller:
        caller.settimeout(_SECONDS_TO_SAY)
        caller.sendall(json.dumps(answer).encode() + b"\n")


def _clear(path: Path) -> None:
    """Take away a socket on which nobody listens. Raises OSError where somebody does, or it is something else."""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise FileExistsError(f"{path} is there, and no socket")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        if probe.connect_ex(os.fspath(path)) == 0:
            raise FileExistsError("another agent listens there")
    path.unlink()
