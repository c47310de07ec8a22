"""`crunchtime agent`: the real command with the real pynvml, asked by the bot over a real network."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from bot import node
from bot.booking.observed import Fault
from bot.config import load_settings
from bot.errors import ConfigError
from bot.fleet.remote import Agents
from gpus import Card, Driver, around, built
from make import monday

TOKEN = "0123456789abcdef"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("nvml"))


@contextmanager
def agent(folder: Path, library: Path, *options: str, token: str = TOKEN) -> Iterator[tuple[int, Driver]]:
    """The command on a free port, with two GPUs."""
    driver = Driver(folder / "gpus.txt")
    driver.set(Card("GPU-a", utilisation=40, processes=((os.getpid(), 500, "C"),)), Card("GPU-b"))
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    command = [sys.executable, "-m", "bot", "agent", "--bind", f"127.0.0.1:{port}", *options]
    environment = around(library, driver.path) | {"CRUNCHTIME_AGENT_TOKEN": token, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(1000):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.02)
        yield port, driver
    finally:
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert "Traceback" not in err


def test_an_agent_says_what_its_gpus_do_and_ends_in_order(tmp_path: Path, library: Path) -> None:
    with agent(tmp_path, library) as (port, driver):
        asking = Agents(TOKEN, seconds=10)
        url = f"http://127.0.0.1:{port}"
        found = asking.ask({"atlas": url}, lambda: monday(8))["atlas"]
        assert [(one.uuid, one.utilisation, one.fault) for one in found.readings] == [
            ("GPU-a", 40, None),
            ("GPU-b", 0, None),
        ]
        ((process,), _) = (one.processes or () for one in found.readings)
        assert (process.pid, process.memory_mb) == (os.getpid(), 500)
        assert process.login is not None
        stranger = Agents("another-token-of-16", seconds=10)
        assert stranger.ask({"atlas": url}, lambda: monday(8))["atlas"].fault is Fault.UNREACHABLE
        assert httpx.get(f"{url}/healthz").text == "alive"
        driver.set(Card("GPU-a"), rules=("hang nvmlDeviceGetUtilizationRates",))
        began = time.monotonic()
        assert asking.ask({"atlas": url}, lambda: monday(8))["atlas"].readings
        assert time.monotonic() - began < 5, "it answers while its driver hangs, and ends all the same"
        asking.close()
        stranger.close()


def test_over_tls_only_who_trusts_the_certificate_asks(
    tmp_path: Path, library: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    if not pytestconfig.getoption("full") or shutil.which("openssl") is None:
        pytest.skip("with --full, where openssl can make a certificate")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=atlas.test"
    names = ["-addext", "subjectAltName=DNS:atlas.test", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    with agent(tmp_path, library, "--cert", str(certificate), "--key", str(key)) as (port, _):
        urls = {"atlas": f"https://atlas.test:{port}"}
        distrustful = Agents(TOKEN, seconds=10, look_up=lambda *_: "127.0.0.1")
        assert "certificate" in distrustful.ask(urls, lambda: monday(8))["atlas"].why
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        trusting = Agents(TOKEN, seconds=10, look_up=lambda *_: "127.0.0.1")
        assert trusting.ask(urls, lambda: monday(8))["atlas"].fault is None
        distrustful.close()
        trusting.close()


@pytest.mark.parametrize(
    ("arguments", "token", "words"),
    [
        ((node.ADDRESS, "", ""), "", "CRUNCHTIME_AGENT_TOKEN: is missing"),
        ((node.ADDRESS, "", ""), "short", "CRUNCHTIME_AGENT_TOKEN: is missing"),
        (("9845", "", ""), TOKEN, "--bind: '9845' is not HOST:PORT"),
        (("atlas:99999", "", ""), TOKEN, "--bind: 'atlas:99999' is not HOST:PORT"),
        ((node.ADDRESS, "cert.pem", ""), TOKEN, "--cert: and --key go together"),
        ((node.ADDRESS, "none.pem", "none.pem"), TOKEN, "--cert: none.pem cannot be read"),
    ],
)
def test_what_keeps_an_agent_from_starting_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...], token: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CRUNCHTIME_AGENT_TOKEN", token)
    bind, certificate, key = arguments
    files = (Path(certificate) if certificate else None, Path(key) if key else None)
    with pytest.raises(ConfigError) as caught:
        node.agent(load_settings(None), lambda: monday(8), bind, *files)
    assert len(caught.value.mistakes) >= 1
    assert words in caught.value.mistakes[0]


def test_an_agent_loads_neither_sql_nor_slack() -> None:
    heavy = ("sqlalchemy", "psycopg", "slack_sdk", "slack_bolt", "httpx", "matplotlib")
    loaded = f"import bot.node, sys; print([name for name in {heavy!r} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout == "[]\n"
