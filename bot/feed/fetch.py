"""Fetches the feed: https to one checked address, with limits on time and size; whatever else comes is a FeedError.

The address is resolved once, and the connection goes to that very one, so that nobody can answer the check with one
address and the connection with another (DNS rebinding).
"""

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from threading import Thread

import httpx

from bot.errors import FeedError
from bot.feed.addresses import refusal

LARGEST = 1024 * 1024  # bytes; the real feed has a tenth of that
SECONDS = 30.0  # in all, from the look-up of the name to the last byte


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came, and by what to ask whether it has changed since."""

    text: str
    etag: str = ""
    modified: str = ""


def system_addresses(host: str, port: int) -> list[str]:
    """Every address that the system knows for the host. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Way:
    """How the feed is reached. Only tests have another: no configuration leads to one."""

    addresses: Callable[[str, int], Sequence[str]] = system_addresses
    schemes: tuple[str, ...] = ("https",)
    seconds: float = SECONDS
    transport: Callable[[], httpx.AsyncBaseTransport] | None = None


def fetch(url: str, known: Fetched | None = None, *, allow_private: bool = False, way: Way | None = None) -> Fetched:
    """The feed as it is now; `known` itself if it has not changed since that was fetched. Raises FeedError."""
    way = way or Way()
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise FeedError("The feed's address cannot be read.") from error
    if parts.scheme not in way.schemes:
        raise FeedError(f"The feed is not at an https address but at {parts.scheme or 'none'}.")
    began = time.monotonic()
    addresses = _looked_up(parts, allow_private, way)

    async def in_time() -> Fetched:
        async with asyncio.timeout(way.seconds - (time.monotonic() - began)):
            return await _fetch(parts, addresses, known, way)

    try:
        # asyncio, since it alone can end all of it in time: the limits of a blocking client start anew with each byte.
        return asyncio.run(in_time())
    except (TimeoutError, httpx.TimeoutException):
        raise FeedError(f"The feed did not come within {way.seconds:g} seconds.") from None
    except (httpx.HTTPError, OSError) as error:
        raise FeedError(f"The feed cannot be reached ({type(error).__name__}).") from error


def _looked_up(url: httpx.URL, allow_private: bool, way: Way) -> Sequence[str]:
    """The host's addresses, every one of them checked."""
    found: Future[Sequence[str]] = Future()

    def look_up() -> None:
        try:
            found.set_result(way.addresses(url.raw_host.decode("ascii"), url.port or 443))
        except (OSError, UnicodeError) as error:
            found.set_exception(error)

    # A look-up cannot be stopped: it is left behind in a thread that keeps nobody from ending.
    Thread(target=look_up, daemon=True).start()
    try:
        addresses = found.result(way.seconds)
    except TooLate:
        raise FeedError(f"The feed's host was not found within {way.seconds:g} seconds.") from None
    except (OSError, UnicodeError) as error:
        raise FeedError(f"The feed's host {url.host} is not known ({type(error).__name__}).") from error
    if not addresses:
        raise FeedError(f"The feed's host {url.host} has no address.")
    for address in addresses:
        why = refusal(address, allow_private=allow_private)
        if why is not None:
            raise FeedError(f"The feed's host {url.host} is at {address}, {why}.")
    return addresses


async def _fetch(url: httpx.URL, addresses: Sequence[str], known: Fetched | None, way: Way) -> Fetched:
    asked = {"Host": url.netloc.decode("ascii"), "Accept-Encoding": "identity", "User-Agent": "crunchtime"}
    if known is not None and known.etag:
        asked["If-None-Match"] = known.etag
    elif known is not None and known.modified:
        asked["If-Modified-Since"] = known.modified
    conditional = "If-None-Match" in asked or "If-Modified-Since" in asked
    transport = way.transport() if way.transport is not None else None
    async with httpx.AsyncClient(
        follow_redirects=False, trust_env=False, timeout=way.seconds, transport=transport
    ) as client:
        failed: httpx.ConnectError | None = None
        for address in addresses:
            there = url.copy_with(host=address, fragment=None)
            request = client.build_request(
                "GET", there, headers=asked, extensions={"sni_hostname": url.raw_host.decode("ascii")}
            )
            try:
                response = await client.send(request, stream=True)
            except httpx.ConnectError as error:
                failed = error
                continue
            try:
                if response.status_code == httpx.codes.NOT_MODIFIED and known is not None and conditional:
                    return known
                return await _read(response)
            finally:
                await response.aclose()
    raise failed or httpx.ConnectError("no address")


async def _read(response: httpx.Response) -> Fetched:
    if response.status_code != httpx.codes.OK:
        where = " (it was moved)" if response.is_redirect else ""
        raise FeedError(f"The feed's host answered {response.status_code} instead of 200{where}.")
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise FeedError("The feed came compressed, which was not asked for.")
    if "html" in response.headers.get("content-type", "").lower():
        raise FeedError("A web page came instead of the feed.")
    stated = response.headers.get("content-length", "")
    if stated.isdecimal() and (len(stated) > 12 or int(stated) > LARGEST):
        raise FeedError(_TOO_LARGE)
    read = bytearray()
    async for piece in response.aiter_raw():
        read += piece
        if len(read) > LARGEST:
            raise FeedError(_TOO_LARGE)
    try:
        text = read.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FeedError("The feed is not UTF-8 text.") from None
    return Fetched(text, _sent_back(response, "etag"), _sent_back(response, "last-modified"))


def _sent_back(response: httpx.Response, header: str) -> str:
    """What is to be sent back with the next request; "" for what no header may hold."""
    value: str = response.headers.get(header, "")
    return value if value.isascii() and value.isprintable() and len(value) <= 200 else ""


_TOO_LARGE = "The feed is over 1 MiB."
