"""Other hosts' agents, all asked at once through httpx, with limits on time and size for each."""

import asyncio
import ssl
import threading
from collections.abc import Callable, Mapping
from datetime import datetime

import httpx

from bot.booking.observed import Fault
from bot.fleet.agent import READINGS
from bot.fleet.names import LookUp, Names, system_address
from bot.fleet.probe import Report
from bot.fleet.wire import decoded

LARGEST = 512 * 1024  # bytes; 64 GPUs with 8 processes each have a tenth of that
AT_ONCE = 32  # so that on a busy machine the last ones' time is not over before their turn has come
SECONDS = 1.5  # in all, from the look-up of the name to the last byte


class Agents:
    """Asks agents, on a loop of its own in a thread that keeps nobody from ending; connections are kept open."""

    def __init__(self, token: str, *, seconds: float = SECONDS, look_up: LookUp = system_address) -> None:
        """`token`: what they want to see. Only tests have another `look_up`."""
        self._token, self._seconds = token, seconds
        self._names = Names(look_up)
        self._loop = asyncio.new_event_loop()
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._trust: ssl.SSLContext | None = None
        self._turns, self._silent = asyncio.Semaphore(AT_ONCE), set[str]()
        self._thread = threading.Thread(target=self._run, name="agents", daemon=True)
        self._thread.start()

    def ask(self, urls: Mapping[str, str], clock: Callable[[], datetime]) -> dict[str, Report]:
        """A report by node, of all nodes of `urls`, after little more than `seconds` (where over 32 have just fallen
        silent, once after as many times that).

        An agent that does not answer in time, or with anything but readings, is Fault.UNREACHABLE, with why.
        """
        asked = asyncio.run_coroutine_threadsafe(self._all(urls, clock), self._loop)
        reports = asked.result()
        return dict(zip(urls, reports, strict=True))

    def close(self) -> None:
        """Close the connections and end the thread."""

        async def close() -> None:
            for client in self._clients.values():
                await client.aclose()
            asyncio.get_running_loop().stop()

        asyncio.run_coroutine_threadsafe(close(), self._loop)
        self._thread.join(5)

    def _run(self) -> None:
        self._loop.run_forever()
        self._loop.close()

    async def _all(self, urls: Mapping[str, str], clock: Callable[[], datetime]) -> list[Report]:
        return await asyncio.gather(*(self._in_turn(node, url, clock) for node, url in urls.items()))

    async def _in_turn(self, node: str, url: str, clock: Callable[[], datetime]) -> Report:
        """Who was silent last time waits for nobody, and nobody for them."""
        if node in self._silent:
            report = await self._one(node, url, clock)
        else:
            async with self._turns:
                report = await self._one(node, url, clock)
        (self._silent.discard if report.fault is not Fault.UNREACHABLE else self._silent.add)(node)
        return report

    def _client(self, url: str) -> httpx.AsyncClient:
        """One for each agent: a pool looks through all its connections for each request, which for 200 agents in one
        pool takes ten times as long."""
        if url not in self._clients:
            if url.startswith("https:") and self._trust is None:
                # The system's certificates (or SSL_CERT_FILE's): a lab signs its hosts itself. Making it takes 20 ms.
                self._trust = ssl.create_default_context()
            self._clients[url] = httpx.AsyncClient(
                verify=self._trust or False,
                follow_redirects=False,
                trust_env=False,  # a proxy of the environment would be shown the token
                timeout=self._seconds,
                limits=httpx.Limits(max_connections=2, max_keepalive_connections=1, keepalive_expiry=120),
            )
        return self._clients[url]

    async def _one(self, node: str, url: str, clock: Callable[[], datetime]) -> Report:
        try:
            # httpx's own limits begin anew with each byte.
            async with asyncio.timeout(self._seconds):
                body = await self._body(self._client(url), httpx.URL(url))
            return decoded(body, node, clock())
        except (TimeoutError, httpx.TimeoutException):
            why = f"no answer within {self._seconds:g} seconds"
        except ValueError as error:
            why = str(error)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            why = f"{type(error).__name__}: {error}"[:200]
        return Report(node, clock(), fault=Fault.UNREACHABLE, why=why)

    async def _body(self, client: httpx.AsyncClient, url: httpx.URL) -> bytes:
        """Raises ValueError for an answer that is none."""
        host = url.raw_host.decode("ascii")
        port = url.port or (443 if url.scheme == "https" else 80)
        address = await self._names.address(host, port)
        headers = {
            "Host": url.netloc.decode("ascii"),
            "Accept-Encoding": "identity",
            "Authorization": f"Bearer {self._token}",
            "User-Agent": "crunchtime",
        }
        there = url.copy_with(host=address, path=READINGS, query=None, fragment=None)
        async with client.stream("GET", there, headers=headers, extensions={"sni_hostname": host}) as response:
            if response.status_code != httpx.codes.OK:
                raise ValueError(_refused(response.status_code))
            if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
                raise ValueError("the answer came compressed, which was not asked for")
            body = bytearray()
            async for piece in response.aiter_raw():
                body += piece
                if len(body) > LARGEST:
                    raise ValueError(f"the answer is over {LARGEST // 1024} KiB")
            return bytes(body)


def _refused(status: int) -> str:
    if status == httpx.codes.UNAUTHORIZED:
        return "the agent has another CRUNCHTIME_AGENT_TOKEN (401)"
    return f"the agent answered {status} instead of 200"
