"""Who speaks: the member behind a delivery, or why nobody here may be spoken to."""

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from slack_bolt import Ack, BoltContext
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.booking.members import Member
from bot.desk import Desk
from handlers.context import Context
from handlers.pace import Pace, is_again
from storage.people import KnownMember

log = structlog.get_logger()

FRESH = timedelta(minutes=5)
WAIT = 1  # seconds, of the 3 that Slack leaves
NOBODY = frozenset({"user_not_found", "user_not_visible"})  # whom the workspace does not know


class People:
    """The workspace's people as last seen, remembered for 5 minutes in here and for good in the ledger.

    Slack is asked only about somebody who was never seen: at start all are read, and changes come as events.
    """

    def __init__(self, desk: Desk, client: WebClient, team: str) -> None:
        self.team = team
        self._desk = desk
        self._client = client
        self._seen: dict[str, tuple[datetime, KnownMember]] = {}
        self._lock = threading.Lock()

    def find(self, id_: str, now: datetime) -> KnownMember:
        """The person; one whom Slack does not tell about in time is known by id alone, without a time zone."""
        with self._lock:
            seen = self._seen.get(id_)
        if seen is not None and now - seen[0] < FRESH:
            return seen[1]
        known = self._desk.known(self.team, id_, now) or self._asked(id_, now)
        with self._lock:
            self._seen[id_] = (now, known)
        return known

    def learn(self, user: Mapping[str, Any], now: datetime) -> KnownMember:
        """Take in what Slack says of a user."""
        known = known_of(self.team, user, now)
        self._desk.remember([known], now)
        with self._lock:
            self._seen[known.id] = (now, known)
        if known.deleted:
            self._desk.members_left([known.id], now)
        return known

    def learn_all(self, now: datetime) -> int:
        """Read the whole workspace from Slack; how many there are. Raises SlackApiError."""
        people = [
            known_of(self.team, user, now)
            for page in self._client.users_list(limit=200)
            for user in page.get("members", [])
        ]
        self._desk.remember(people, now)
        with self._lock:
            self._seen.update({known.id: (now, known) for known in people})
        self._desk.members_left([known.id for known in people if known.deleted], now)
        return len(people)

    def names(self, now: datetime) -> Mapping[str, str]:
        """Ids by lower-case name; read from the ledger only if somebody is named."""
        return _Names(lambda: self._desk.names(self.team, now))

    def _asked(self, id_: str, now: datetime) -> KnownMember:
        try:
            answer = WebClient(
                token=self._client.token, base_url=self._client.base_url, timeout=WAIT, retry_handlers=[]
            ).users_info(user=id_)
        except (SlackApiError, OSError) as error:
            log.warning("Slack did not say who this is", user=id_, error=type(error).__name__)
            nobody = isinstance(error, SlackApiError) and error.response.get("error") in NOBODY
            return KnownMember(self.team, id_, id_, "", bot=False, deleted=nobody, seen_at=now)
        return self.learn(answer["user"], now)


class _Names(Mapping[str, str]):
    """A mapping that is read when it is first looked into."""

    def __init__(self, read: Callable[[], dict[str, str]]) -> None:
        self._read = read
        self._names: dict[str, str] | None = None

    def _all(self) -> dict[str, str]:
        if self._names is None:
            self._names = self._read()
        return self._names

    def __getitem__(self, name: str) -> str:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


def known_of(team: str, user: Mapping[str, Any], now: datetime) -> KnownMember:
    """A user object of Slack's as what we keep of it."""
    profile = user.get("profile") or {}
    name = profile.get("display_name") or user.get("name") or user["id"]
    bot = bool(user.get("is_bot")) or user["id"] == "USLACKBOT"
    return KnownMember(
        team, user["id"], name, user.get("tz") or "", bot=bot, deleted=bool(user.get("deleted")), seen_at=now
    )


def speaking(people: People, desk: Desk, id_: str, now: datetime) -> Context | None:
    """The conversation with this person at `now`; None for a bot, and for somebody who has left."""
    known = people.find(id_, now)
    if known.bot or known.deleted:
        return None
    return Context(desk.member(known), desk.lab, people.names(now), now, lambda: desk.deadlines(id_, now), desk.uuids)


def middleware(
    people: People, desk: Desk, pace: Pace, clock: Callable[[], datetime]
) -> Callable[..., BoltResponse | None]:
    """Puts a `handlers.context.Context` of this very moment beside each delivery; strangers get no further.

    Raises TooQuick for a member who is; events are paced by who hears them, since few are somebody's words.
    """

    def identify(
        request: BoltRequest, body: dict[str, Any], context: BoltContext, ack: Ack, next_: Callable[[], BoltResponse]
    ) -> BoltResponse | None:
        now = clock()
        if context.team_id != people.team:
            return _sent_away(body, ack, "This bot serves another workspace.")
        if body.get("type") == "event_callback":
            context["now"] = now
            return next_()
        if context.user_id is None:
            return BoltResponse(status=200)
        said = speaking(people, desk, context.user_id, now)
        if said is None:
            return _sent_away(body, ack, "Only members of the workspace can book.")
        if not is_again(request.headers):
            pace.spoke(said.member.id, now)
        context["said"] = said
        return next_()

    return identify


def _sent_away(body: dict[str, Any], ack: Ack, why: str) -> BoltResponse:
    log.warning("sent away", why=why)
    return ack(text=why, response_type="ephemeral") if "command" in body else ack()


def speaker(request: BoltRequest) -> Member | None:
    """The member behind a delivery, where the middleware has found one."""
    said = request.context.get("said")
    return said.member if isinstance(said, Context) else None
