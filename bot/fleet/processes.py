"""Whose a process is: its Linux user, command and container, as /proc has them."""

import pwd
import re
from functools import lru_cache
from pathlib import Path

from bot.booking.observed import Process

# docker, containerd, CRI-O and podman name a container's cgroup by its 64 digits; LXC and systemd-nspawn by its name.
_CONTAINER = re.compile(
    r"[0-9a-f]{64}|(?<=/lxc/)[\w.-]+|(?<=lxc\.payload[./])[\w.-]+|(?<=/machine-)[\w.\\-]+(?=\.scope)"
)


def process_of(pid: int, memory_mb: int | None = None, *, compute: bool = True, proc: Path = Path("/proc")) -> Process:
    """The process with this pid of the host, as /proc says.

    Its login is the real user's name, or number where it has no name; None where the process is not to be seen. (The
    owner of /proc/PID would be root for a process that may not be dumped.) The command is its name alone: arguments
    may hold secrets.
    """
    try:
        status = (proc / str(pid) / "status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return Process(pid, None, "", memory_mb, compute)
    fields = dict(line.split(":", 1) for line in status.split("\n") if ":" in line)
    uids = fields.get("Uid", "").split()
    command = _plain(fields.get("Name", "").strip())
    return Process(pid, login_of(int(uids[0])) if uids else None, command, memory_mb, compute, _container(pid, proc))


@lru_cache(1024)
def login_of(uid: int) -> str:
    """The name of a Linux user, or the number where it has no name."""
    try:
        return _plain(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return str(uid)


def _container(pid: int, proc: Path) -> str | None:
    """A container's name, or the first 12 digits of its id, as `docker ps` shows it; None: in none, or not known."""
    try:
        cgroups = (proc / str(pid) / "cgroup").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    found = _CONTAINER.search(cgroups)
    return None if found is None else _plain(found[0]) if len(found[0]) != 64 else found[0][:12]


def _plain(name: str) -> str:
    """A process gives itself its name: one that no reading may hold would have the whole node's refused."""
    return "".join(character if character.isprintable() else "?" for character in name[:64])
