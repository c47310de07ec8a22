"""SIGTERM: the bot says that it is not ready any more, answers what is under way, and is gone within 8 seconds."""

import logging
import os
import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger()

SECONDS_IN_ALL = 8.0
SECONDS_SEEN = 2.0
"""How long it goes on listening, so that a proxy that asks /readyz sends nothing more before it is refused."""
SECONDS_TO_ANSWER = 4
"""For answers under way, after that; what is left of the 8 is for the jobs."""


class Draining:
    """Whether the bot is on its way out. `leaving` is called once, when that begins."""

    def __init__(self, leaving: Callable[[], None] = lambda: None, seconds: float = SECONDS_IN_ALL) -> None:
        self._leaving, self._seconds = leaving, seconds
        self._begun = threading.Event()

    def begin(self) -> None:
        """From a signal's handler: now it is. Whatever still runs when its time is over ends with the process."""
        if self._begun.is_set():
            return
        self._begun.set()
        last = threading.Timer(self._seconds, _end)
        last.daemon = True
        last.start()
        threading.Thread(target=self._leaving, daemon=True).start()  # it may take locks, and a handler must not

    def ready(self, ready: Callable[[], str | None]) -> Callable[[], str | None]:
        """For /readyz: that it is leaving, else what `ready` says."""
        return lambda: "the bot is being stopped" if self._begun.is_set() else ready()


def _end() -> None:
    """As safe as kill -9, and that is safe: what is owed is in the ledger."""
    log.warning("what is under way is left; the next start goes on with it")
    logging.shutdown()
    os._exit(0)
