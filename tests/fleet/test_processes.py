"""Whose a process is, from files as /proc has them, and from the real /proc."""

import os
import pwd
from pathlib import Path

import pytest

from bot.booking.observed import Process
from bot.fleet.processes import process_of
from bot.fleet.wire import decoded, encoded
from gpus import reading, report
from make import monday

DIGITS = "3f1b7c" + "0" * 58


def proc(folder: Path, *, status: str = "", cgroup: str | None = None) -> Path:
    (folder / "42").mkdir()
    (folder / "42" / "status").write_text(status)
    if cgroup is not None:
        (folder / "42" / "cgroup").write_text(cgroup)
    return folder


def test_this_very_process_is_its_users(monkeypatch: pytest.MonkeyPatch) -> None:
    found = process_of(os.getpid(), 12)
    assert (found.login, found.memory_mb, found.compute) == (pwd.getpwuid(os.getuid()).pw_name, 12, True)
    assert found.command == Path("/proc/self/comm").read_text().strip()


def test_a_process_that_is_not_to_be_seen_is_nobodys(tmp_path: Path) -> None:
    assert process_of(42, 7, compute=False, proc=tmp_path) == Process(42, None, "", 7, compute=False)


def test_the_real_user_counts_and_one_without_a_name_goes_by_the_number(tmp_path: Path) -> None:
    status = "Name:\tpython3\nUmask:\t0022\nUid:\t4123456\t0\t0\t0\n"
    assert process_of(42, proc=proc(tmp_path, status=status)) == Process(42, "4123456", "python3")


def test_a_process_cannot_give_itself_a_name_that_would_blind_the_bot(tmp_path: Path) -> None:
    found = process_of(42, proc=proc(tmp_path, status="Name:\ta\x1b[31m\u202e\x85Uid:9\nUid:\t0\t0\t0\t0\n"))
    assert found.command == "a?[31m??Uid:9"
    assert found.login == "root"
    said = report("atlas", reading(processes=(found,)))
    assert decoded(encoded(said, monday(8)), "atlas", monday(8)) == said


@pytest.mark.parametrize(
    ("cgroup", "container"),
    [
        (f"0::/system.slice/docker-{DIGITS}.scope\n", DIGITS[:12]),
        (f"12:memory:/docker/{DIGITS}\n0::/\n", DIGITS[:12]),
        (f"0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-{DIGITS}.scope\n", DIGITS[:12]),
        (f"0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{DIGITS}.scope/container\n", DIGITS[:12]),
        ("0::/lxc.payload.alice-box/user.slice\n", "alice-box"),
        ("9:cpu:/lxc/alice-box\n", "alice-box"),
        ("0::/user.slice/user-1000.slice/session-3.scope\n", None),
        ("0::/\n", None),
        (None, None),
    ],
)
def test_a_container_is_known_by_its_cgroup(tmp_path: Path, cgroup: str | None, container: str | None) -> None:
    status = "Name:\tpython\nUid:\t0\t0\t0\t0\n"
    assert process_of(42, proc=proc(tmp_path, status=status, cgroup=cgroup)).container == container
