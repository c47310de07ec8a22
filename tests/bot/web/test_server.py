"""serve, as a process of its own: it listens, answers, and ends in order on SIGTERM."""

import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from bot.errors import ConfigError
from bot.web import serve

PROGRAM = """
import sys, threading, time, urllib.request
from bot.clock import now
from bot.web import asgi, serve

port = int(sys.argv[1])

def announce():
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as page:
                return print(page.read().decode(), flush=True)
        except OSError:
            time.sleep(0.02)

threading.Thread(target=announce).start()
serve(asgi(handle=None, signing_secret="", ready=lambda: None, clock=now), "127.0.0.1", port)
print("closed in order", flush=True)
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_it_answers_until_sigterm_and_then_returns_to_its_caller():
    port = free_port()
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(port)], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "alive\n"
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as page:
                assert page.read() == b"ready"
                assert page.headers["server"] is None
            process.send_signal(signal.SIGTERM)
            assert process.communicate(timeout=10)[0] == "closed in order\n"
        finally:
            process.kill()
    assert process.returncode == 0


def test_an_address_in_use_is_named_with_the_fix():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"CRUNCHTIME_BIND: cannot listen on 127\.0\.0\.1:{port}"):
            serve(None, "127.0.0.1", port)
