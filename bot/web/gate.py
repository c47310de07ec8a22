"""The gate: whether a delivery is really Slack's, and each delivery once."""

import asyncio
import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

T = TypeVar("T")

_TIMESTAMP = re.compile(r"[0-9]{10}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")

OLDEST = timedelta(seconds=300)
# A delivery is let in from 300 s before its timestamp to 300 s after it; what is kept this long cannot come again.
KEPT = 2 * OLDEST


def signature_of(headers: Sequence[tuple[bytes, bytes]]) -> tuple[str, str] | None:
    """Timestamp and signature, if each stands there once and has the right shape. Looks at no body.

    `headers` as ASGI has them: lower-case names and values, in bytes.
    """
    timestamps = [value.decode("latin-1") for name, value in headers if name == b"x-slack-request-timestamp"]
    signatures = [value.decode("latin-1") for name, value in headers if name == b"x-slack-signature"]
    if len(timestamps) != 1 or len(signatures) != 1:
        return None
    if not _TIMESTAMP.fullmatch(timestamps[0]) or not _SIGNATURE.fullmatch(signatures[0]):
        return None
    return timestamps[0], signatures[0]


def objection(secret: str, timestamp: str, signature: str, body: bytes, now: datetime) -> str | None:
    """Why the delivery is not taken, in words for the log; None if it is Slack's and at most 300 s off `now`.

    The signature is v0=HMAC-SHA256(secret, "v0:TIMESTAMP:BODY") over the raw bytes
    (docs.slack.dev/authentication/verifying-requests-from-slack), compared in constant time.
    """
    if abs(now.timestamp() - int(timestamp)) > OLDEST.total_seconds():
        return "its timestamp is more than 5 minutes off"
    wanted = hmac.new(secret.encode(), b"v0:%s:%s" % (timestamp.encode(), body), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(f"v0={wanted}", signature):
        return "its signature is wrong"
    return None


class Replays(Generic[T]):
    """Answers of the last 10 minutes by delivery: one that comes again, even at the same time, gets the same answer.

    Only genuine deliveries get here, so a stranger cannot fill it; `most` bounds it all the same, the oldest go first.
    """

    def __init__(self, most: int = 2048) -> None:
        self._most = most
        self._kept: OrderedDict[str, tuple[datetime, asyncio.Future[T]]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    async def once(self, key: str, now: datetime, begin: Callable[[], asyncio.Future[T]]) -> T:
        """The answer kept for `key`, else that of the work that `begin` begins, which must not raise.

        The work goes on when the client that brought it hangs up, and a twin waits for it.
        """
        while self._kept and next(iter(self._kept.values()))[0] <= now - KEPT:
            self._kept.popitem(last=False)
        if key in self._kept:
            begun = self._kept[key][1]
        else:
            begun = begin()
            self._kept[key] = (now, begun)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return await asyncio.shield(begun)
