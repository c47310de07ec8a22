"""serve, as a process of its own: it listens, answers, and ends in order on SIGTERM."""

import contextlib
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from bot.errors import ConfigError
from bot.web import serve
from bot.web.draining import SECONDS_IN_ALL, SECONDS_SEEN, SECONDS_TO_ANSWER

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


DRAINS = """
import sys, threading, time
from bot.clock import now
from bot.web import Draining, asgi, serve

draining = Draining(lambda: print("leaving", flush=True), seconds=float(sys.argv[2]))
app = asgi(handle=None, signing_secret="", ready=draining.ready(lambda: None), clock=now)
print("begun", flush=True)
serve(app, "127.0.0.1", int(sys.argv[1]), draining=draining)
print("served", flush=True)
time.sleep(float(sys.argv[3]))  # a job that takes its time
print("over", flush=True)
"""


def asked(port: int, page: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{page}", timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def drained(seconds: float, job: float) -> tuple[str, float, list[int]]:
    """What a server said that was stopped, how long it took, and its readiness before and after the signal."""
    port = free_port()
    arguments = [sys.executable, "-c", DRAINS, str(port), str(seconds), str(job)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            while True:
                with contextlib.suppress(urllib.error.URLError):
                    before = asked(port, "/readyz")
                    break
            process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            assert process.stdout.readline() == "leaving\n"
            states = [before, asked(port, "/readyz"), asked(port, "/healthz")]
            said = process.communicate(timeout=20)[0]
        finally:
            process.kill()
    assert process.returncode == 0
    return said, time.monotonic() - began, states


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_at_sigterm_it_is_not_ready_any_more_but_goes_on_answering_for_a_moment():
    said, seconds, states = drained(8, 0)
    assert (said, states) == ("served\nover\n", [200, 503, 200])
    assert SECONDS_SEEN <= seconds < 8


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_what_takes_longer_than_its_time_ends_with_the_process():
    said, seconds, _ = drained(2.5, 60)
    assert said.startswith("served\n")
    assert "what is under way is left" in said
    assert "over" not in said
    assert 2.4 <= seconds < 20


def test_all_parts_of_a_drain_fit_into_the_eight_seconds_that_are_promised():
    assert SECONDS_SEEN + SECONDS_TO_ANSWER < SECONDS_IN_ALL <= 8
