"""The clock gives aware UTC instants."""

from datetime import UTC

import time_machine

from bot.clock import now
from make import monday


def test_now_is_aware_and_utc():
    with time_machine.travel(monday(9), tick=False):
        assert now() == monday(9)
        assert now().tzinfo is UTC
