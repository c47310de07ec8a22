"""The fetching: what comes through, and every way in which it must not."""

import gzip
import socket
import time

import pytest

from bot.errors import FeedError
from bot.feed.fetch import LARGEST, Fetched, Way, fetch
from feeds import YAML, Host, Recording, head, saying


def got(host: Host, known: Fetched | None = None, *, seconds: float = 5.0) -> Fetched:
    return fetch(host.feed().url, known, allow_private=True, way=host.way(seconds=seconds))


def refused(host: Host, *, seconds: float = 5.0) -> str:
    with pytest.raises(FeedError) as caught:
        got(host, seconds=seconds)
    return str(caught.value)


def test_the_feed_comes_with_the_name_of_its_host_asked_for_uncompressed(host: Host) -> None:
    assert got(host).text == YAML
    assert f"host: dates.test:{host.port}\r\n" in host.asked[0].lower()
    assert "accept-encoding: identity\r\n" in host.asked[0].lower()


def test_what_has_not_changed_is_asked_for_by_its_tag_and_not_sent_again(host: Host) -> None:
    host.answer = saying(YAML, ETag='"one"', Last_Modified="Mon, 02 Nov 2026 08:00:00 GMT")
    first = got(host)
    host.answer = lambda connection, _: connection.sendall(head("304 Not Modified"))
    assert got(host, first) is first
    assert 'if-none-match: "one"\r\n' in host.asked[1].lower()
    dated = Fetched(YAML, modified="Mon, 02 Nov 2026 08:00:00 GMT")
    assert got(host, dated) is dated
    assert "if-modified-since: mon, 02 nov 2026" in host.asked[2].lower()


def test_a_tag_that_no_header_may_hold_is_not_sent_back(host: Host) -> None:
    host.answer = saying(YAML, ETag='"é"')
    first = got(host)
    assert first.etag == ""
    assert got(host, first).text == YAML


@pytest.mark.parametrize("url", ["https://[::1", "https://a:99999/", "https:///x", "ftp://dates.test/", "file:///etc"])
def test_an_address_that_is_none_is_a_fault(url: str) -> None:
    with pytest.raises(FeedError):
        fetch(url, way=Way(addresses=lambda *_: ["127.0.0.1"]))


def test_unchanged_since_never_is_no_answer(host: Host) -> None:
    host.answer = lambda connection, _: connection.sendall(head("304 Not Modified"))
    assert "answered 304" in refused(host)


def test_a_host_that_is_down_is_a_fault() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(FeedError, match="cannot be reached"):
        got(Host(port))


def drip(data: bytes, every: float = 0.05):
    def answer(connection: socket.socket, _: str) -> None:
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(every)

    return answer


@pytest.mark.parametrize("first", [b"", head(Content_Length="100000")], ids=["in the head", "in the body"])
def test_a_slow_drip_is_given_up_in_time(host: Host, first: bytes) -> None:
    host.answer = (
        drip(head(X_Slow="x" * 200))
        if not first
        else lambda connection, asked: (
            connection.sendall(first),
            drip(b"-" * 200)(connection, asked),
        )
    )
    began = time.monotonic()
    assert "did not come within 0.5 seconds" in refused(host, seconds=0.5)
    assert time.monotonic() - began < 6  # all of it would take ten


def test_a_name_that_is_looked_up_for_ever_is_given_up_in_time(host: Host) -> None:
    way = Way(addresses=lambda *_: time.sleep(3) or ["127.0.0.1"], schemes=("http",), seconds=0.3)
    with pytest.raises(FeedError, match=r"was not found within 0\.3 seconds"):
        fetch(host.feed().url, allow_private=True, way=way)


def test_a_stated_size_over_the_cap_is_refused_before_it_comes(host: Host) -> None:
    host.answer = lambda connection, _: connection.sendall(head(Content_Length=str(300 * 1024 * 1024)))
    assert refused(host) == "The feed is over 1 MiB."


def test_of_300_mb_no_more_is_read_than_the_cap(host: Host) -> None:
    sent = [0]

    def flood(connection: socket.socket, _: str) -> None:
        connection.sendall(head())
        piece = b"#" * 65536
        while sent[0] < 300 * 1024 * 1024:
            connection.sendall(piece)
            sent[0] += len(piece)

    host.answer = flood
    assert refused(host) == "The feed is over 1 MiB."
    time.sleep(0.1)
    assert LARGEST <= sent[0] < 50 * LARGEST


def test_the_largest_feed_there_may_be_comes_through(host: Host) -> None:
    host.answer = saying("#" * LARGEST)
    assert len(got(host).text) == LARGEST


def test_a_gzip_bomb_is_not_unpacked(host: Host) -> None:
    host.answer = saying(gzip.compress(b"0" * 50_000_000), Content_Encoding="gzip")
    assert refused(host) == "The feed came compressed, which was not asked for."


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Moved"])
def test_a_redirect_is_not_followed(host: Host, status: str) -> None:
    host.answer = saying("", status, Location=f"http://dates.test:{host.port}/other.yml")
    assert "it was moved" in refused(host)
    assert len(host.asked) == 1


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oh", "204 No Content", "403 Forbidden"])
def test_only_200_is_a_feed(host: Host, status: str) -> None:
    host.answer = saying(YAML, status) if not status.startswith("204") else lambda c, _: c.sendall(head(status))
    assert f"answered {status[:3]} instead of 200" in refused(host)


def test_a_web_page_is_no_feed(host: Host) -> None:
    host.answer = saying("<html>", Content_Type="text/html; charset=utf-8")
    assert refused(host) == "A web page came instead of the feed."


def test_what_is_not_utf_8_is_no_feed(host: Host) -> None:
    host.answer = saying(b"- title: \xff")
    assert refused(host) == "The feed is not UTF-8 text."


@pytest.mark.parametrize("answer", [b"nonsense\r\n\r\n", b"", head(Content_Length="50") + b"- title"])
def test_what_is_no_http_is_a_fault(host: Host, answer: bytes) -> None:
    host.answer = lambda connection, _: connection.sendall(answer)
    assert "cannot be reached" in refused(host)


def test_only_https_is_fetched_unless_a_test_says_otherwise(host: Host) -> None:
    with pytest.raises(FeedError, match="not at an https address but at http"):
        fetch(host.feed().url, allow_private=True)
    assert host.asked == []


@pytest.mark.parametrize(
    "addresses", [("127.0.0.1",), ("93.184.215.14", "10.0.0.1"), ("::1",), ("169.254.169.254",)], ids=str
)
def test_a_private_address_is_not_connected_to(host: Host, addresses: tuple[str, ...]) -> None:
    with pytest.raises(FeedError, match="is at"):
        fetch(host.feed().url, way=host.way(*addresses))
    assert host.asked == []


def test_it_is_connected_to_the_very_address_that_was_checked_under_the_host_s_name() -> None:
    """The name is looked up once: who answers a second look-up with another address (DNS rebinding) is not asked."""
    asked: list[str] = []
    sent = Recording()

    def once(host: str, port: int) -> list[str]:
        asked.append(f"{host}:{port}")
        return ["93.184.215.14"] if len(asked) == 1 else ["127.0.0.1"]

    fetch("https://dates.example/all.yml?x=1#y", way=Way(addresses=once, transport=lambda: sent))
    (request,) = sent.requests
    assert asked == ["dates.example:443"]
    assert str(request.url) == "https://93.184.215.14/all.yml?x=1"
    assert request.headers["host"] == "dates.example"
    assert request.extensions["sni_hostname"] == "dates.example"


def test_proxies_of_the_environment_are_not_asked(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert got(host).text == YAML
