"""A host on this machine that answers as it is told, and the only way that leads to it: no configuration does."""

import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

import httpx

from bot.booking.lab import Feed
from bot.feed import Reader
from bot.feed.fetch import Way

YAML = """\
- title: NeurIPS
  year: 2026
  id: neurips26
  deadlines:
  - type: abstract
    label: Abstract Submission
    date: '2026-11-20 23:59:59'
    timezone: AoE
  - type: paper
    label: Paper Submission
    date: '2026-11-27 23:59:59'
    timezone: AoE
"""

Answer = Callable[[socket.socket, str], None]


class Host:
    """Each connection is answered by `answer`; `asked` are the requests' heads."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked: list[str] = []
        self.answer: Answer = saying(YAML)

    def feed(self, **of: object) -> Feed:
        return Feed(**{"url": f"http://dates.test:{self.port}/all.yml", "conferences": ("neurips",), **of})  # type: ignore[arg-type]

    def way(self, *addresses: str, seconds: float = 5.0) -> Way:
        """To this machine by plain http."""
        return Way(addresses=lambda *_: addresses or ("127.0.0.1",), schemes=("http",), seconds=seconds)

    def reader(self, *, seconds: float = 5.0, allow_private: bool = True) -> Reader:
        return Reader(self.feed(allow_private=allow_private), self.way(seconds=seconds))


def head(status: str = "200 OK", **headers: str) -> bytes:
    """The beginning of a response; "_" in a header's name is "-"."""
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode()


def saying(body: str | bytes, status: str = "200 OK", **headers: str) -> Answer:
    """A whole response."""
    data = body.encode() if isinstance(body, str) else body

    def answer(connection: socket.socket, _: str) -> None:
        connection.sendall(head(status, Content_Length=str(len(data)), **headers) + data)

    return answer


@contextmanager
def hosting() -> Iterator[Host]:
    """The host, on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        host = Host(server.getsockname()[1])
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    try:
                        asked = connection.recv(65536).decode()
                        if asked:
                            host.asked.append(asked)
                            host.answer(connection, asked)
                    except OSError:
                        pass  # the bot hung up, as it should

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield host
        finally:
            over.set()
            with socket.socket() as last:
                last.settimeout(1)
                last.connect_ex(("127.0.0.1", host.port))
            thread.join(3)


class Recording(httpx.AsyncBaseTransport):
    """Takes a request down instead of sending it."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, content=_pieces())


async def _pieces() -> AsyncIterator[bytes]:
    yield YAML.encode()
