"""Looking up hosts beside the loop: a name server that does not answer keeps nobody else waiting."""

import asyncio
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from ipaddress import ip_address
from threading import Thread

_KEPT = 300.0  # seconds

LookUp = Callable[[str, int], str]


def system_address(host: str, port: int) -> str:
    """The first address that the system knows. Raises OSError."""
    return str(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4][0])


class Names:
    """Addresses by host and port, kept for 5 minutes. At most one look-up of each is under way. For one loop."""

    def __init__(self, look_up: LookUp = system_address) -> None:
        self._look_up = look_up
        self._found: dict[tuple[str, int], tuple[float, Future[str]]] = {}

    async def address(self, host: str, port: int) -> str:
        """An address of the host. Raises OSError; waits as long as the system does."""
        with suppress(ValueError):
            return str(ip_address(host))
        key = host, port
        known = self._found.get(key)
        if known is None or (known[1].done() and (known[1].exception() or time.monotonic() - known[0] > _KEPT)):
            # A look-up cannot be stopped: it is left behind in a thread that keeps nobody from ending.
            known = self._found[key] = time.monotonic(), Future()
            Thread(target=self._into, args=(*key, known[1]), name="names", daemon=True).start()
        return await asyncio.shield(asyncio.wrap_future(known[1]))

    def _into(self, host: str, port: int, found: Future[str]) -> None:
        try:
            found.set_result(self._look_up(host, port))
        except (OSError, UnicodeError) as error:
            found.set_exception(OSError(f"{host} is not known ({type(error).__name__})"))
