"""From an agent to the bot: one question, one answer, over HTTP with the agents' token.

By the standard library's client: httpx would take a fifth of the memory that an agent may have.
"""

import json
import ssl
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import structlog

log = structlog.get_logger()

PATH = "/agent/v1/line"
SECONDS = 10.0
_LARGEST = 256 * 1024


class ToBot:
    """Asks the bot at `url`. Threads may ask at the same time."""

    def __init__(self, url: str | None, token: str, *, seconds: float = SECONDS) -> None:
        """`url` None: it is not known where the bot is, and that is what everybody is told."""
        self._parts = urlsplit(url) if url is not None else None
        self._token, self._seconds = token, seconds

    def ask(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """The bot's answer, or an "error" in its form. A redirect is none; nothing over 256 KiB is read."""
        if self._parts is None:
            return failed("set-up", "This node's agent does not know where the bot is: it needs CRUNCHTIME_BOT_URL.")
        try:
            status, body = self._posted(json.dumps(question).encode())
            if status == 200:
                answer = json.loads(body)
                if isinstance(answer, dict):
                    return answer
        except (OSError, HTTPException, ValueError) as error:
            log.warning("the bot does not answer", error=type(error).__name__)
            return failed("unreachable", f"The bot does not answer ({type(error).__name__}).")
        log.warning("the bot did not take what was asked", status=status)
        if status == 401:
            return failed("set-up", "The bot has another CRUNCHTIME_AGENT_TOKEN than this node's agent.")
        if status == 404:
            return failed("set-up", "There is no bot that speaks with agents: it needs CRUNCHTIME_AGENT_TOKEN.")
        if status in (400, 413):
            return failed("refused", "The bot does not understand this.")
        return failed("unreachable", f"The bot does not answer ({status}).")

    def _posted(self, body: bytes) -> tuple[int, bytes]:
        parts = self._parts
        assert parts is not None  # noqa: S101 - asked before
        host = parts.hostname or ""
        connection = (
            HTTPSConnection(host, parts.port, timeout=self._seconds, context=ssl.create_default_context())
            if parts.scheme == "https"
            else HTTPConnection(host, parts.port, timeout=self._seconds)
        )
        try:
            headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
            connection.request("POST", parts.path + PATH, body, headers)
            with connection.getresponse() as answer:
                told = answer.read(_LARGEST + 1)
            if len(told) > _LARGEST:
                raise ValueError("too much")
            return answer.status, told
        finally:
            connection.close()


def failed(code: str, text: str) -> dict[str, Any]:
    """An error in the form of the bot's answers."""
    return {"error": {"code": code, "text": text, "offers": []}}
