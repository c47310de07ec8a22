"""One delivery from Slack to the bot: signed HTTP, or the envelope that carries it over Socket Mode."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlencode
from uuid import uuid4

Json = dict[str, Any]
Kind = Literal["slash_commands", "interactive", "events_api"]

# Hands a body and its headers to the bot, as a POST to /slack/events would; gives back the status and the body.
Deliver = Callable[[bytes, Mapping[str, str]], tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is delivered. A command's payload is a form of strings; the others are JSON."""

    kind: Kind
    payload: Json

    def body(self) -> bytes:
        """The body of the HTTP request, as Slack encodes it."""
        match self.kind:
            case "slash_commands":
                return urlencode(self.payload).encode()
            case "interactive":
                return urlencode({"payload": json.dumps(self.payload)}).encode()
            case "events_api":
                return json.dumps(self.payload).encode()

    def headers(self, secret: str, at: datetime, *, retry: int = 0) -> dict[str, str]:
        """Headers with the v0 signature of the body at `at`; `retry` is the number of an event's repetition."""
        stamp = str(int(at.timestamp()))
        signed = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + self.body(), hashlib.sha256).hexdigest()
        form = "application/x-www-form-urlencoded"
        headers = {
            "Content-Type": "application/json" if self.kind == "events_api" else form,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={signed}",
        }
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"}
        return headers

    def envelope(self) -> Json:
        """The message that carries it over a Socket Mode connection."""
        return {
            "envelope_id": str(uuid4()),
            "type": self.kind,
            "payload": self.payload,
            "accepts_response_payload": self.kind != "events_api",
        }
