"""How the sandbox says no to an API call: with Slack's own error code."""

from collections.abc import Sequence
from typing import Any


class SlackRefusal(Exception):
    """`code` is Slack's error code, `messages` the details that it gives, `more` further fields of the answer."""

    def __init__(self, code: str, messages: Sequence[str] = (), **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.messages = tuple(messages)
        self.more = more

    def answer(self) -> dict[str, Any]:
        """The body of the refused call."""
        body: dict[str, Any] = {"ok": False, "error": self.code, **self.more}
        if self.messages:
            body["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        return body
