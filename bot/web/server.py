"""serve: uvicorn on one address until SIGTERM or SIGINT."""

import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from bot.errors import ConfigError
from bot.web.draining import SECONDS_SEEN, SECONDS_TO_ANSWER, Draining

if TYPE_CHECKING:
    from starlette.types import ASGIApp
    from uvicorn import Config, Server

_SECONDS_KEPT_OPEN = 75  # longer than between two polls, so that an agent's connection is used again


def serve(
    app: "ASGIApp",
    host: str,
    port: int,
    *,
    what: str = "CRUNCHTIME_BIND",
    certificate: Path | None = None,
    key: Path | None = None,
    draining: Draining | None = None,
) -> None:
    """Listens and blocks; returns after SIGTERM or SIGINT, when what was under way is answered (at most 6 s).

    With `draining` it is told of the signal, and connections are taken for 2 s more; at the second signal no more.
    With `certificate` and `key` (PEM files) over TLS. Raises ConfigError if the address cannot be listened on, where
    `what` names the setting, or if the certificate cannot be used.
    """
    import uvicorn  # noqa: PLC0415  only this command needs it

    config = uvicorn.Config(
        app,
        log_config=None,  # its records go through the root logger, where secrets are masked
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nothing here trusts an address
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=SECONDS_TO_ANSWER,
        timeout_keep_alive=_SECONDS_KEPT_OPEN,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    try:
        config.load()
    except OSError as error:  # ssl.SSLError is one
        raise ConfigError([f"--cert, --key: cannot be used ({error}); they must be PEM files that fit"]) from None
    with _listening(host, port, what) as listener, _outliving_signals():
        server = uvicorn.Server(config) if draining is None else _draining(config, draining)
        server.run(sockets=[listener])


def _draining(config: "Config", draining: Draining) -> "Server":
    """A server that goes on for a while after the first signal."""
    import uvicorn  # noqa: PLC0415

    class Server(uvicorn.Server):
        leaves_at: float | None = None

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            if self.leaves_at is not None:
                super().handle_exit(sig, frame)
            self.leaves_at = time.monotonic() + SECONDS_SEEN
            draining.begin()

        async def on_tick(self, counter: int) -> bool:
            if self.leaves_at is not None and time.monotonic() >= self.leaves_at:
                self.should_exit = True
            return await super().on_tick(counter)

    return Server(config)


@contextmanager
def _listening(host: str, port: int, what: str) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        fix = "stop what listens there, or choose another address"
        raise ConfigError([f"{what}: cannot listen on {host}:{port} ({error.strerror}); {fix}"]) from None
    with listener:
        yield listener


@contextmanager
def _outliving_signals() -> Iterator[None]:
    """Uvicorn raises the signal that stopped it once more when it is done, which would end the process before the
    caller has closed its jobs and its database; inside here that second signal does nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ignore(_: int, __: FrameType | None) -> None:
        return

    before = {number: signal.signal(number, ignore) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
