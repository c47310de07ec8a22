"""Notices and the board as Slack messages: what Slack says to them decides whether to try again."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackRequestError

from bot.booking.board import Board
from bot.booking.digest import AdminDigest, Digest, DigestPart
from bot.booking.lab import Lab
from bot.booking.model import Reservation
from bot.booking.notices import Notice, NoticeKind, Part, Place
from bot.booking.reminding import is_person
from bot.errors import DeliveryError
from bot.report.figures import Report
from handlers import reports
from handlers.identity import People
from handlers.pictures import upload
from handlers.views import approvals, digest, gathered, notices
from handlers.views import board as board_view

log = structlog.get_logger()

# Trying again cannot help (docs.slack.dev/reference/methods/chat.postMessage).
PERMANENT = frozenset(
    {
        "account_inactive",
        "channel_not_found",
        "file_uploads_disabled",
        "invalid_auth",
        "invalid_blocks",
        "is_archived",
        "missing_scope",
        "msg_too_long",
        "no_text",
        "not_authed",
        "not_in_channel",
        "restricted_action",
        "token_revoked",
        "user_disabled",
        "user_not_found",
    }
)
REST = timedelta(minutes=10)  # for a board that Slack will not take
SHORT_REST = 10.0  # seconds, for one that it might
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
# Nothing that a member wrote may ping, link or unfold.
_QUIET = {"parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False}


class SlackNotifier:
    """Speaks to people through Slack. `client` must not retry by itself, or a message could be sent twice."""

    def __init__(self, client: WebClient, lab: Lab, people: People) -> None:
        self._client = client
        self._lab = lab
        self._people = people
        self._rests_until: datetime | None = None

    def send(
        self, notice: Notice, reservation: Reservation | None, *, thread: str | None, late: bool, now: datetime
    ) -> Place | None:
        """Tell it. `thread`: the message below which changes are told, and again what waits. Raises DeliveryError."""
        message = notices.message(notice, reservation, late=late, zone=self._zone(notice.to, now))
        below: dict[str, Any] = {}
        again = notice.kind is NoticeKind.APPROVAL and notice.facts.get("act") == approvals.NAG
        if thread and (again or notice.kind is NoticeKind.CHANGE):
            below = {"thread_ts": thread, "reply_broadcast": again}
        answer = _call(self._client, "chat.postMessage", {"channel": notice.to, **message, **below, **_QUIET})
        return Place(answer["channel"], answer["ts"]) if "ts" in answer else None

    def update(self, notice: Notice, reservation: Reservation, place: Place, *, now: datetime) -> None:
        """Tell it anew in its place. Raises DeliveryError, permanent for a message that is gone."""
        message = notices.message(notice, reservation, late=False, zone=self._zone(notice.to, now))
        try:
            _call(self._client, "chat.update", {"channel": place.channel, "ts": place.ts, **message, **_QUIET})
        except DeliveryError as error:
            if str(error) in GONE:
                raise DeliveryError(str(error), permanent=True) from error
            raise

    def tell(self, told: Digest | AdminDigest, part: DigestPart, to: str, thread: str | None) -> str:
        """One part of a digest: words, or the picture. Raises DeliveryError."""
        zone, below = ZoneInfo(self._lab.timezone), {"thread_ts": thread} if thread else {}
        if isinstance(told, AdminDigest):
            reply = digest.admin_digest(told, zone=zone)
        elif part == "picture":
            _sent(lambda: upload(self._client, told.timeline, to, thread))
            return thread or ""
        else:
            reply = (digest.details if part == "details" else digest.lab_digest)(told, zone=zone)
        posted = _call(self._client, "chat.postMessage", {"channel": to, **reply.payload(), **below, **_QUIET})
        return str(posted["ts"])

    def hand(self, report: Report, to: str) -> None:
        """A report as files, with its word, in one message. Raises DeliveryError."""
        channel = to
        if is_person(to):
            channel = _call(self._client, "conversations.open", {"users": to})["channel"]["id"]
        _sent(lambda: reports.upload(self._client, report, channel))

    def gather(self, parts: Sequence[Part], now: datetime) -> int:
        """Tell as many of them, all to one person, as one message holds; how many. Raises DeliveryError."""
        to = parts[0].notice.to
        zone = self._zone(to, now)
        drawn = [notices.message(part.notice, part.reservation, late=part.late, zone=zone) for part in parts]
        message, count = gathered.gathered(drawn)
        _call(self._client, "chat.postMessage", {"channel": to, **message, **_QUIET})
        return count

    def _zone(self, to: str, now: datetime) -> ZoneInfo:
        """A reader's zone: a person's own, else the lab's."""
        theirs = _zone(self._people.find(to, now).zone) if is_person(to) else None
        return theirs or ZoneInfo(self._lab.timezone)

    def draw(self, board: Board, ts: str | None) -> str | None:
        """The board of the lab's channel, in place of the message `ts` or as a new one, pinned where Slack lets us.

        Returns its ts, or None where it failed too recently to try again. Raises DeliveryError.
        """
        if self._rests_until is not None and board.now < self._rests_until:
            return None
        try:
            drawn = self._drawn(board, ts)
        except DeliveryError as error:
            rest = REST if error.permanent else timedelta(seconds=max(error.retry_after, SHORT_REST))
            self._rests_until = board.now + rest
            raise
        self._rests_until = None
        return drawn

    def _drawn(self, board: Board, ts: str | None) -> str:
        channel = self._lab.channel
        message = board_view.pinned(board, zone=ZoneInfo(self._lab.timezone)).payload()
        if ts is not None:
            try:
                _call(self._client, "chat.update", {"channel": channel, "ts": ts, **message, **_QUIET})
            except DeliveryError as error:
                if str(error) not in GONE:
                    raise
            else:
                return ts
        posted: str = _call(self._client, "chat.postMessage", {"channel": channel, **message, **_QUIET})["ts"]
        try:
            _call(self._client, "pins.add", {"channel": channel, "timestamp": posted})
        except DeliveryError as error:
            # It stands there all the same; whoever raised now would have it posted again at every tick.
            log.warning("the board is not pinned", channel=channel, error=str(error))
        return posted


def _sent(upload: Callable[[], None]) -> None:
    """A file that is uploaded. Raises DeliveryError."""
    try:
        upload()
    except SlackApiError as error:
        raise _refused(error) from error
    except (SlackRequestError, OSError) as error:
        raise DeliveryError(type(error).__name__, permanent=False) from error


def _call(client: WebClient, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
    try:
        answer = client.api_call(method, json=arguments)
    except SlackApiError as error:
        raise _refused(error) from error
    except OSError as error:
        raise DeliveryError(type(error).__name__, permanent=False) from error
    return dict(answer.data) if isinstance(answer.data, dict) else {}


def _refused(error: SlackApiError) -> DeliveryError:
    code = str(error.response.get("error") or error.response.status_code)
    wait = error.response.headers.get("Retry-After") or error.response.headers.get("retry-after") or 0
    return DeliveryError(code, permanent=code in PERMANENT, retry_after=float(wait))


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None
