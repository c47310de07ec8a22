"""Home tabs: drawn when they are looked at, and again when something changes, never on the way of a request."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from slack_bolt import Ack, App, BoltContext
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.booking.board import Board
from bot.booking.settings import MemberSettings
from bot.booking.waitlist import Shadow
from bot.desk import Desk
from bot.errors import BotError
from handlers.context import Context
from handlers.courier import Courier
from handlers.identity import People, speaking
from handlers.ids import ActionId
from handlers.showing import show
from handlers.views import board, settings
from handlers.views.home import AtHome, Drawn, home

log = structlog.get_logger()

KEPT = timedelta(days=1)  # a tab that nobody looked at for longer is drawn when it is opened again
AGES = timedelta(minutes=10)  # what is free within the next days changes by time alone
MOST = 500
AT_ONCE = 5  # of a tick: views.publish may be called some 100 times a minute
REST = timedelta(seconds=30)
PATIENCE = 0.5  # seconds: couriers have answers to carry


@dataclass(frozen=True, slots=True)
class _Tab:
    """A tab that was looked at: Slack's hash of it, what it shows, and as of which ledger, settings and instant."""

    looked_at: datetime
    hash: str = ""
    digest: str = ""
    version: int = -1
    drawn_at: datetime | None = None
    settings: MemberSettings | None = None


@dataclass(frozen=True, slots=True)
class _Common:
    """What is read once for all tabs that are drawn at a time. `settings`: of their members, by id."""

    now: datetime
    version: int
    board: Board
    waiting: tuple[Shadow, ...]
    settings: Mapping[str, MemberSettings]


class Homes:
    """The Home tabs of those who looked at theirs in the last day. Threads may call it at the same time.

    `client` must not retry by itself: whoever asks again is the next tick.
    """

    def __init__(self, desk: Desk, people: People, client: WebClient) -> None:
        self._desk = desk
        self._people = people
        self._client = client
        self._tabs: OrderedDict[str, _Tab] = OrderedDict()  # the last looked at is the last
        self._lock = threading.Lock()
        self._drawing = threading.Lock()
        self._rests_until: datetime | None = None

    def look(self, member: str, shown: Mapping[str, Any] | None, now: datetime) -> None:
        """`member` looks at their tab, on which Slack shows the view `shown` (None: nothing yet): bring it up to date.

        The view carries what it shows, so that this is known also of one that another bot has published.
        """
        known = shown or {}
        tab = _Tab(now, str(known.get("hash") or ""), str(known.get("private_metadata") or ""))
        with self._lock:
            self._tabs[member] = tab
            self._tabs.move_to_end(member)
            while len(self._tabs) > MOST:
                self._tabs.popitem(last=False)
        if not self._drawing.acquire(timeout=PATIENCE):
            return  # Slack is slow with somebody else's: the next tick draws this one first
        try:
            self._update(member, self._common(now, self._desk.settings_of((member,), now)))
        finally:
            self._drawing.release()

    def refresh(self, now: datetime) -> int:
        """Publish what has changed since it was drawn, a few at a time; how many were."""
        with self._lock:
            for member in [member for member, tab in self._tabs.items() if now - tab.looked_at > KEPT]:
                del self._tabs[member]
            looked_at = list(reversed(self._tabs.items()))
        if not looked_at or self._rests(now):
            return 0
        version = self._desk.version(now)
        set_ = self._desk.settings_of((member for member, _ in looked_at), now)
        stale = [
            member
            for member, tab in looked_at
            if tab.version != version or tab.settings != set_[member] or _aged(tab, now)
        ]
        if not stale:
            return 0
        common, published = self._common(now, set_), 0
        with self._drawing:
            for member in stale:
                published += self._update(member, common)
                if published >= AT_ONCE or self._rests(now):
                    break
        return published

    def _common(self, now: datetime, settings: Mapping[str, MemberSettings]) -> _Common:
        version = self._desk.version(now)  # read first: what changes while this is read makes it stale
        return _Common(now, version, self._desk.board(now), self._desk.waiting(now), settings)

    def _update(self, member: str, common: _Common) -> bool:
        """Draw the tab anew and publish it if it looks different; whether it was published."""
        tab = self._tabs.get(member)
        said = speaking(self._people, self._desk, member, common.now)
        if tab is None:
            return False
        if said is None:
            self._forget(member)
            return False
        drawn = home(self._seen(said, common), zone=said.zone)
        looks_alike = drawn.digest == tab.digest
        hash_ = tab.hash if looks_alike else self._published(member, drawn, tab.hash, common.now)
        if hash_ is not None:
            with self._lock:
                looked_at = self._tabs.get(member, tab).looked_at
                self._tabs[member] = _Tab(
                    looked_at, hash_, drawn.digest, common.version, common.now, common.settings[member]
                )
        return hash_ is not None and not looks_alike

    def _seen(self, said: Context, common: _Common) -> AtHome:
        desk, who = self._desk, said.member
        set_ = settings.rows(common.settings[who.id])
        return AtHome(
            who,
            common.board,
            desk.mine(who.id, common.now),
            tuple(one for one in common.waiting if one.waiting.member == who.id),
            desk.deadlines(who.id, common.now),
            desk.pending(common.now) if who.admin else (),
            settings=[f"{name}: {value}" for name, value in set_],
            changes=[settings.change_button()],
            uuids=said.uuids,
        )

    def _published(self, member: str, drawn: Drawn, hash_: str, now: datetime) -> str | None:
        """Slack's hash of the tab as published; None where it was not."""
        try:
            answer = self._client.views_publish(user_id=member, view=drawn.view, **({"hash": hash_} if hash_ else {}))
        except SlackApiError as error:
            code = str(error.response.get("error") or error.response.status_code)
            if code == "hash_conflict" and hash_:  # another bot was faster, with what nobody here knows
                return self._published(member, drawn, "", now)
            log.warning("a Home tab was not published", error=code)
            if code == "ratelimited" or error.response.status_code >= 500:
                wait = error.response.headers.get("Retry-After") or error.response.headers.get("retry-after") or 0
                self._rests_until = now + max(REST, timedelta(seconds=float(wait)))
            else:  # until it is looked at again: trying at every tick would only keep the others waiting
                self._forget(member)
            return None
        except OSError as error:
            self._rests_until = now + REST
            log.warning("a Home tab was not published", error=type(error).__name__)
            return None
        view: dict[str, Any] = answer.get("view") or {}
        return str(view.get("hash") or "")

    def _forget(self, member: str) -> None:
        with self._lock:
            self._tabs.pop(member, None)

    def _rests(self, now: datetime) -> bool:
        return self._rests_until is not None and now < self._rests_until


def _aged(tab: _Tab, now: datetime) -> bool:
    return tab.drawn_at is None or now - tab.drawn_at >= AGES


def register(app: App, desk: Desk, homes: Homes, courier: Courier) -> None:
    """Somebody looks at their tab, or asks there who has what."""

    @app.action(ActionId.WHO)
    def who(ack: Ack, body: dict[str, Any], client: WebClient, context: BoltContext) -> None:
        said: Context = context["said"]
        ack()
        show(board.who(desk.board(said.now), zone=said.zone), body, client, courier, replace=False)

    @app.event("app_home_opened")
    def opened(event: dict[str, Any], context: BoltContext) -> None:
        if event.get("tab") != "home":
            return
        now: datetime = context["now"]

        def draw() -> None:
            try:
                homes.look(str(event["user"]), event.get("view"), now)
            except BotError as error:  # the next tick tries again
                log.warning("a Home tab was not drawn", error=str(error))

        courier.run(draw)
