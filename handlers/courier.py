"""Answers that an acknowledgement cannot carry: sent to a response URL, after the commit."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Any

import structlog
from slack_sdk.webhook import WebhookClient

log = structlog.get_logger()

TIMEOUT = 10  # seconds


class Courier:
    """Sends in the background (`executor`), or at once where there is none.

    A reply that does not arrive costs nothing: what it tells of is in the ledger, and `mine` shows it.
    """

    def __init__(self, executor: Executor | None = None) -> None:
        self._executor = executor

    def reply(self, url: str, message: Mapping[str, Any], *, replace: bool) -> None:
        """The message in place of the one that was clicked, or (not `replace`) below it, for that person alone."""

        def send() -> None:
            try:
                answer = WebhookClient(url, timeout=TIMEOUT).send(
                    text=message["text"],
                    blocks=message["blocks"],
                    replace_original=replace,
                    response_type="ephemeral",
                )
                if answer.status_code != 200:
                    log.warning("a reply was not taken", status=answer.status_code)
            except OSError as error:
                log.warning("a reply did not arrive", error=type(error).__name__)

        self.run(send)

    def run(self, work: Callable[[], None]) -> None:
        """Do it in the background, or at once."""
        if self._executor is None:
            work()
        else:
            self._executor.submit(work)
